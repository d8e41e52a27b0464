"""Read delimited text.

It accepts any delimiter, comment lines, `sep=;`, any line end, and files with or without a header.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from seedspread.errors import InvalidInput
from seedspread.readers.formats import sentences
from seedspread.readers.formats.markup import find_table
from seedspread.readers.formats.table import ABSENT, Table, make_table, written_number
from seedspread.readers.formats.vocabulary import flat_name, index_name, two_levels

DELIMITERS = ";\t|,"
_SPACES, _GAPS, _ONE_COLUMN = " ", "  ", ""
_WORDS = {";": "semicolons", "\t": "tabs", "|": "bars", _SPACES: "spaces", _GAPS: "spaces"}
_COMMENTS = ("#", "//", "%")
_SEED_HEAD = re.compile(r"\s*(?:seed[\s_.=-]*)?-?\d+(?:\.0+)?\s*", re.IGNORECASE)

_NOT_FINITE = re.compile(r"(?<=: )(-?(?:nan|inf))(?=[,}])")
_WHOLE = re.compile(r"[+-]?\d+")
_DIGITS = re.compile(r"[^\d.-]|(?<=\w)-")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")

Numbered = list[tuple[int, list[str]]]


def read_delimited(text: str, name: str) -> Table:
    """Read delimited text, or the table of a document, as a table.

    Without a header, columns are named `value` or `column 1`, `column 2`, …

    Raises:
        InvalidInput: an empty file, or a row with another number of cells than the first.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    notes = []
    if (marked := find_table(text)) is not None:
        numbered = marked.rows
        notes.append(sentences.table_in_document(marked.kind, marked.count))
    else:
        declared, text, skipped = _stated_delimiter(text)
        delimiter = declared or _delimiter(text)
        numbered = [row for row in _parsed(text, delimiter, skipped, name) if any(cell.strip() for cell in row[1])]
        if delimiter not in (",", _ONE_COLUMN):
            notes.append(sentences.separator(_WORDS.get(delimiter, delimiter)))
    numbered, comments = _without_comments(numbered)
    numbered, above = _below_titles(numbered)
    if not numbered:
        raise InvalidInput("FILE", name, "numbers; this is empty")
    # A name over two lines would break the line that says what was read.
    head = [flat_name(" ".join(cell.split())) for cell in numbered[0][1]]
    body = [(number, [cell.strip() for cell in cells]) for number, cells in numbered]
    if len(body) > 2 and (joined := two_levels(head, body[1][1])) is not None:
        index = index_name(body[2][1])
        head, body = [index, *joined[1:]] if index else joined, body[3 if index else 2 :]
    elif _is_header(head, [cells for _, cells in body[1:]]):
        body = body[1:]
    elif _is_unnamed_series(head, [cells for _, cells in body[1:]]):
        head, body = _named_levels(head, body[1][1]), body[1:]
    else:
        head = ["value"] if len(head) == 1 else [f"column {at + 1}" for at in range(len(head))]
    rows_below = [(number, cells) for number, cells in body if [" ".join(cell.split()) for cell in cells] != head]
    head, rows = _with_objects(*_squared(head, rows_below, name))
    table = make_table(name, head, rows, [f"row {number}" for number, _ in rows_below])
    table.notes[:0] = notes
    table.notes += sentences.skipped_lines(comments, above, len(body) - len(rows_below))
    return table


def _stated_delimiter(text: str) -> tuple[str | None, str, int]:
    """Return the delimiter of a first line `sep=;`.

    The other items are the text after that line and the number of lines it took.
    """
    first, _, below = text.partition("\n")
    match = re.fullmatch(r'\s*"?sep=(.)"?\s*', first, re.IGNORECASE)
    return (match[1], below, 1) if match else (None, text, 0)


def _parsed(text: str, delimiter: str, skipped: int, name: str) -> Numbered:
    csv.field_size_limit(2**31 - 1)
    if delimiter in (_SPACES, _GAPS, _ONE_COLUMN):
        return [(number, _spaced(line, delimiter)) for number, line in enumerate(text.split("\n"), start=skipped + 1)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = []
    start = 1
    try:
        for cells in reader:
            rows.append((start + skipped, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"{name}, row {start + skipped}", str(error), "a table of cells") from None
    return rows


def _spaced(line: str, delimiter: str) -> list[str]:
    if delimiter == _ONE_COLUMN:
        return [line]
    return re.split(r"\s{2,}", line.strip()) if delimiter == _GAPS else line.split()


def _delimiter(text: str) -> str:
    """Return the delimiter that gives rows of equal width.

    Most rows then have as many cells, and more than one.
    """
    lines = text.split("\n")[:400]
    sample = [line for line in lines if line.strip() and not line.lstrip().startswith(_COMMENTS)][:100]
    decimals = [line for line in sample if _DECIMAL_COMMA.fullmatch(line)]
    titled = len(decimals) == len(sample) - 1 > 0 and "," not in sample[0]
    if titled or (len(decimals) == len(sample) and _share_wholes(decimals)):
        return _ONE_COLUMN
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        score = _agreement(_widths(sample, delimiter))
        if score > best_score:
            best, best_score = delimiter, score
    if best_score[0] > 0:
        return best
    for delimiter in (_GAPS, _SPACES):
        widths = [len(_spaced(line, delimiter)) for line in sample]
        # pandas prints no name above its index.
        if widths and widths[0] > 1 and len(set(widths[1:])) == 1 and widths[1] - widths[0] in (0, 1):
            return delimiter
    signs = dict.fromkeys(sign for sign in sample[0] if not sign.isalnum() and sign not in " \"'._-+/()[]{}<>\\")
    return next((sign for sign in signs if _agreement(_widths(sample, sign))[0] == 1), ",") if sample else ","


def _share_wholes(decimals: Sequence[str]) -> bool:
    """Return True if numbers such as `0,912` begin alike.

    Their commas are then no delimiters.
    """
    return len(decimals) > 1 and len({line.strip().partition(",")[0] for line in decimals}) == 1


def _widths(sample: Sequence[str], delimiter: str) -> list[int]:
    try:
        return [len(_untrailed(row)) for row in csv.reader(sample, delimiter=delimiter, skipinitialspace=True)]
    except csv.Error:
        return []


def _untrailed(cells: list[str]) -> list[str]:
    return cells[:-1] if len(cells) > 1 and not cells[-1].strip() else cells


def _agreement(widths: Sequence[int]) -> tuple[float, int]:
    """Return the commonest width above one.

    The first item is the share of rows that have it.
    """
    counts = Counter(width for width in widths if width > 1).most_common(1)
    return (counts[0][1] / len(widths), counts[0][0]) if counts else (0.0, 0)


def _below_titles(rows: Numbered) -> tuple[Numbered, int]:
    """Return rows from the header on.

    The second item is the number of lines above it.

    Titles and notes above a table are narrower than it. A header that is one cell short, as R and pandas write it, gets
    an empty first cell for the index.
    """
    width = _agreement([len(_untrailed(cells)) for _, cells in rows])[1]
    above = 0
    while len(rows) - above > 1:
        cells, below = rows[above][1], rows[above + 1][1]
        if (
            len(cells) == width - 1 == len(below) - 1
            and not any(map(_is_number, cells))
            and any(map(_is_number, below))
        ):
            return [(rows[above][0], ["", *cells]), *rows[above + 1 :]], above
        title = _filled(cells) == 1 < min(width, _filled(below)) and cells[-1].strip() != "0"
        if len(cells) >= width and not title:
            break
        above += 1
    return rows[above:], above


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _without_comments(rows: Numbered) -> tuple[Numbered, int]:
    """Return rows without comment lines, and the number of comment lines.

    A comment such as `#seed,acc` before the first row is a header.
    """
    plain = Counter(len(_untrailed(cells)) for _, cells in rows if not cells[0].lstrip().startswith(_COMMENTS))
    width = plain.most_common(1)[0][0] if plain else 1
    data_rows: Numbered = []
    comments = 0
    for at, (number, cells) in enumerate(rows):
        if cells[0].lstrip().startswith(_COMMENTS):
            heads = len(_untrailed(cells)) == width > 1 and not data_rows
            after = rows[at + 1][1] if at + 1 < len(rows) else []
            if heads and after and not after[0].lstrip().startswith(_COMMENTS) and _is_header(cells, [after]):
                cells = [cells[0].lstrip().lstrip("#/%"), *cells[1:]]
            elif len(_untrailed(cells)) != width or not data_rows:
                comments += 1
                continue
        data_rows.append((number, cells))
    return data_rows, comments


def _is_number(cell: str) -> bool:
    bare = cell.strip()
    return bare.lower() in ABSENT or written_number(bare) is not None or written_number(bare, comma=True) is not None


def _is_header(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return True if the first row names columns.

    Names are words, or the seeds of a wide table.
    """
    filled = [cell for cell in head if cell.strip()]
    if len(filled) == 1 and filled[0].strip().lower() in ABSENT:
        return False
    # A column may be called "none"; as a word for nothing it would stand among numbers.
    numbers = [cell for cell in filled if _is_number(cell) and cell.strip().lower() not in ABSENT]
    if not numbers:
        return True
    if len(numbers) < len(filled) and filled[-1] not in numbers:
        return True
    seeds = [cell for cell in filled if _SEED_HEAD.fullmatch(cell)]
    if len(seeds) < 2 or len(set(seeds)) < len(seeds) or len(seeds) < len(numbers):
        return False
    # Seeds over results: what stands below is not written as whole numbers, or the seeds count up.
    below = [cell.strip() for row in rows for cell in row[len(filled) - len(seeds) :] if cell.strip()]
    counting = sorted(int(float(_DIGITS.sub("", cell))) for cell in seeds)
    consecutive = len(counting) > 2 and counting == list(range(counting[0], counting[0] + len(counting)))
    return bool(below) and (consecutive or any(not _WHOLE.fullmatch(cell) for cell in below))


def _is_unnamed_series(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return True for pandas's header of a series without a name.

    It calls the values 0, after the levels of the index, which may have no names.
    """
    *levels, last = head
    if last != "0" or not levels or not rows or any(len(cells) != len(head) or not all(cells) for cells in rows):
        return False
    # A first row of data has values, and words that stand below as well.
    return all(
        not name or not (_is_number(name) or name in {cells[at] for cells in rows}) for at, name in enumerate(levels)
    ) and all(_is_number(cells[-1]) for cells in rows)


def _named_levels(head: Sequence[str], first: Sequence[str]) -> list[str]:
    """Return names of the levels of an index, and of the values.

    Of two levels without names, whole numbers are the seeds and words the arms.
    """
    kinds = ["seed" if _WHOLE.fullmatch(cell) else "arm" for cell in first[:-1]]
    levels = head[:-1] if any(head[:-1]) or sorted(kinds) != ["arm", "seed"] else kinds
    return [*levels, "value"]


def _squared(
    head: list[str], body: Sequence[tuple[int, list[str]]], name: str
) -> tuple[list[str], list[list[str | None]]]:
    """Return header and rows of one width.

    Trailing delimiters and an index column without a name are dropped.
    """
    rows = [cells for _, cells in body]
    while len(head) > 1 and not head[-1] and all(len(cells) < len(head) or not cells[-1] for cells in rows):
        head = head[:-1]
        rows = [cells[: len(head)] if len(cells) > len(head) else cells for cells in rows]
    rows = [cells[:-1] if len(cells) == len(head) + 1 and not cells[-1] else cells for cells in rows]
    for (number, _), cells in zip(body, rows, strict=True):
        if len(cells) != len(head):
            raise InvalidInput(f"{name}, row {number}", cells, f"{len(head)} cells, as the first row has")
    if len(head) > 1 and not head[0] and _counts_up([cells[0] for cells in rows]):
        head, rows = head[1:], [cells[1:] for cells in rows]
    named = [column or f"column {at + 1}" for at, column in enumerate(head)]
    return named, [list(cells) for cells in rows]


def _with_objects(head: list[str], rows: list[list[str | None]]) -> tuple[list[str], list[list[str | None]]]:
    """Replace columns of objects by a column for each value.

    W&B's API exports `summary` and `config` as such.
    """
    for column in [name for at, name in enumerate(head) if rows and all(_is_object(row[at]) for row in rows)]:
        at = head.index(column)
        documents = [dict(_values(_parsed_object(row[at] or ""))) for row in rows]
        keys = list(dict.fromkeys(key for document in documents for key in document))
        head = [*head[:at], *(f"{column}.{key}" for key in keys), *head[at + 1 :]]
        rows = [
            [*row[:at], *(document.get(key) for key in keys), *row[at + 1 :]]
            for row, document in zip(rows, documents, strict=True)
        ]
    return head, rows


def _is_object(cell: str | None) -> bool:
    return cell is not None and cell.startswith("{") and cell.endswith("}") and bool(_parsed_object(cell))


def _parsed_object(cell: str) -> dict[str, Any]:
    """Parse an object in JSON or as Python prints it.

    The result is empty for other texts.
    """
    try:
        document = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            # Python prints NaN as a name.
            document = ast.literal_eval(_NOT_FINITE.sub(r"'\1'", cell))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return {}
    return document if isinstance(document, dict) else {}


def _values(document: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _values(value, f"{before}{key}.")
        elif not str(key).startswith("_") and isinstance(value, str | int | float):
            yield f"{before}{key}", str(value)


def _counts_up(cells: Sequence[str]) -> bool:
    """Return True if a column numbers the rows, like pandas's index."""
    if not all(cell.removesuffix(".0").isdecimal() for cell in cells):
        return False
    numbers = [int(cell.removesuffix(".0")) for cell in cells]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
