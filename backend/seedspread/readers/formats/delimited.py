"""Read delimited text.

It accepts any delimiter, comment lines, `sep=;`, any line end, and files with or without a header.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from seedspread.errors import InvalidInput
from seedspread.readers.formats.table import ABSENT, Table, make_table, written_number

DELIMITERS = ",;\t|"
_SPACES = " "
_SEED_HEAD = re.compile(r"\s*(?:seed[\s_.=-]*)?-?\d+(?:\.0+)?\s*", re.IGNORECASE)

_WHOLE = re.compile(r"[+-]?\d+")
_DIGITS = re.compile(r"[^\d.-]|(?<=\w)-")


def read_delimited(text: str, name: str) -> Table:
    """Read delimited text as a table.

    Without a header, columns are named `value` or `column 1`, `column 2`, …

    Raises:
        InvalidInput: an empty file, or a row with another number of cells than the first.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    declared, text, skipped = _stated_delimiter(text)
    delimiter = declared or _delimiter(text)
    numbered = [
        (number, cells)
        for number, cells in _parsed(text, delimiter, skipped, name)
        if any(cell.strip() for cell in cells)
    ]
    numbered, comments = _without_comments(numbered)
    if not numbered:
        raise InvalidInput("FILE", name, "numbers; this is empty")
    head = [cell.strip() for cell in numbered[0][1]]
    body = [(number, [cell.strip() for cell in cells]) for number, cells in numbered]
    if _is_header(head, [cells for _, cells in body[1:]]):
        body = body[1:]
    else:
        head = ["value"] if len(head) == 1 else [f"column {at + 1}" for at in range(len(head))]
    head, rows = _squared(head, body, name)
    table = make_table(name, head, rows, [f"row {number}" for number, _ in body])
    if delimiter != ",":
        words = {";": "semicolons", "\t": "tabs", "|": "bars", _SPACES: "spaces"}
        table.notes.insert(0, f"cells separated by {words.get(delimiter, delimiter)}")
    if comments:
        table.notes.append(f"{comments} comment line{'s' if comments > 1 else ''} skipped")
    return table


def _stated_delimiter(text: str) -> tuple[str | None, str, int]:
    """Return the delimiter of a first line `sep=;`.

    The other items are the text after that line and the number of lines it took.
    """
    first, _, rest = text.partition("\n")
    match = re.fullmatch(r'\s*"?sep=(.)"?\s*', first, re.IGNORECASE)
    return (match[1], rest, 1) if match else (None, text, 0)


def _parsed(text: str, delimiter: str, skipped: int, name: str) -> list[tuple[int, list[str]]]:
    csv.field_size_limit(2**31 - 1)
    if delimiter == _SPACES:
        return [(number, line.split()) for number, line in enumerate(text.split("\n"), start=skipped + 1)]
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


def _delimiter(text: str) -> str:
    """Return the delimiter that gives rows of equal width.

    Most rows then have as many cells as the first one, and more than one.
    """
    sample = [line for line in text.split("\n")[:400] if line.strip() and not line.lstrip().startswith("#")][:100]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(sample, delimiter=delimiter, skipinitialspace=True))
        except csv.Error:
            continue
        score = _agreement([len(_untrailed(row)) for row in rows])
        if score > best_score + 1e-9:
            best, best_score = delimiter, score
    if best_score == 0 and _agreement([len(line.split()) for line in sample]) == 1:
        return _SPACES
    return best


def _untrailed(cells: list[str]) -> list[str]:
    return cells[:-1] if len(cells) > 1 and not cells[-1].strip() else cells


def _agreement(widths: Sequence[int]) -> float:
    """Return the share of rows that are as wide as the first.

    It is 0 if the first row is a single cell.
    """
    if not widths or widths[0] < 2:
        return 0.0
    return Counter(widths)[widths[0]] / len(widths)


def _without_comments(rows: list[tuple[int, list[str]]]) -> tuple[list[tuple[int, list[str]]], int]:
    """Return rows without comment lines, and the number of comment lines.

    A comment such as `#seed,acc` before the first row is a header.
    """
    plain = Counter(len(_untrailed(cells)) for _, cells in rows if not cells[0].lstrip().startswith("#"))
    width = plain.most_common(1)[0][0] if plain else 1
    kept: list[tuple[int, list[str]]] = []
    comments = 0
    for at, (number, cells) in enumerate(rows):
        if cells[0].lstrip().startswith("#"):
            heads = len(_untrailed(cells)) == width > 1 and not kept
            after = rows[at + 1][1] if at + 1 < len(rows) else []
            if heads and after and not after[0].lstrip().startswith("#") and _is_header(cells, [after]):
                cells = [cells[0].lstrip()[1:], *cells[1:]]
            elif len(_untrailed(cells)) != width or not kept:
                comments += 1
                continue
        kept.append((number, cells))
    return kept, comments


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


def _counts_up(cells: Sequence[str]) -> bool:
    """Return True if a column numbers the rows, like pandas's index."""
    if not all(cell.removesuffix(".0").isdecimal() for cell in cells):
        return False
    numbers = [int(cell.removesuffix(".0")) for cell in cells]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
