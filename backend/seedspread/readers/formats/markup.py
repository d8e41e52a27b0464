"""Find the table in a document.

Documents are Markdown, LaTeX, reStructuredText, or what consoles draw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Numbered = list[tuple[int, list[str]]]

_LOOKED_AT = 200_000
"""Characters in which a document shows its first table."""

_HINTS = re.compile(r"^\s*\|?\s*:?-+:?\s*[|+]|&.*\\\\|^\s*[+┌┏╔╭╒]|^\s*=+\s+=+", re.MULTILINE)
_MARKDOWN_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*([|+]\s*:?-+:?\s*)*\|?\s*")
_BOX_RULE = re.compile(r"[\s+\-=|:─━═┄│┃║┌┬┐├┼┤└┴┘┏┳┓┡╇┩╞╪╡┢╋┪╔╦╗╠╬╣╚╩╝╒╤╕╘╧╛╭╮╰╯]{3,}")
_BARS = re.compile(r"[│┃║]")
_SIMPLE_RULE = re.compile(r"\s*=+(\s+=+)+\s*")
_LATEX_END = re.compile(r"\\\\(\[[^\]]*\])?\s*((\\(hline|midrule|bottomrule|toprule)|\\cline\{[^}]*\})\s*)*$")
_LATEX_RULE = re.compile(r"\\(hline|toprule|midrule|bottomrule|cmidrule|cline|addlinespace)(\([^)]*\))?(\{[^}]*\})?")
_LATEX_MACRO = re.compile(r"\\(?:textbf|textit|emph|underline|mathbf|mathrm|text|texttt|bm|multicolumn\{\d+\}\{[^}]*\})"
                          r"\s*\{([^{}]*)\}")  # fmt: skip
_LATEX_SIGNS = (
    (r"\pm", "±"),
    (r"\%", "%"),
    (r"\_", "_"),
    (r"\&", "&"),
    (r"\,", ""),
    (r"\#", "#"),
    ("$", ""),
    ("~", " "),
)
_EMPHASIS = re.compile(r"^(\*{1,3}|_{1,3}|`|~~)(.+)\1$")


@dataclass(frozen=True)
class MarkedTable:
    """Cells of a table in a document.

    Attributes:
        rows: header first, each with its line number. kind: such as `Markdown`. count: tables in the document.
    """

    rows: Numbered
    kind: str
    count: int


def find_table(text: str) -> MarkedTable | None:
    """Return the first table of a document, or None."""
    if not _HINTS.search(text[:_LOOKED_AT]):
        return None
    lines = list(enumerate(text.split("\n"), start=1))
    for kind, blocks in (("LaTeX", _latex(lines)), ("Markdown", _markdown(lines)), ("drawn", _boxes(lines))):
        tables = [rows for rows in blocks if len(rows) > 1 and len(rows[0][1]) > 1]
        if tables:
            return MarkedTable(tables[0], kind, len(tables))
    return None


def _markdown(lines: Sequence[tuple[int, str]]) -> Iterator[Numbered]:
    """Yield tables with a rule such as `|---|---|` below their header."""
    at = 1
    while at < len(lines):
        rule, head = lines[at][1], lines[at - 1][1]
        at += 1
        if not (_MARKDOWN_RULE.fullmatch(rule) and re.search(r"[|+]", rule) and "|" in head):
            continue
        rows = [(lines[at - 2][0], _cells(head))]
        while at < len(lines) and "|" in lines[at][1]:
            if "--" not in lines[at][1] or not _MARKDOWN_RULE.fullmatch(lines[at][1]):
                rows.append((lines[at][0], _cells(lines[at][1])))
            at += 1
        yield rows


def _cells(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    bare = bare[:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare
    return [_plain(cell) for cell in re.split(r"(?<!\\)\|", bare)]


def _plain(cell: str) -> str:
    """Return a cell without emphasis."""
    bare = cell.strip().replace("\\|", "|")
    while (match := _EMPHASIS.match(bare)) is not None:
        bare = match[2].strip()
    return bare


def _boxes(lines: Sequence[tuple[int, str]]) -> Iterator[Numbered]:
    """Yield tables that consoles draw.

    They have rules and bars, or columns under `====`.
    """
    rows: Numbered = []
    ruled = simple = False
    for number, line in [*lines, (len(lines) + 1, "")]:
        if _SIMPLE_RULE.fullmatch(line):
            simple = True
        elif line.strip() and _BOX_RULE.fullmatch(line):
            ruled = True
        elif ruled and (_BARS.search(line) or "|" in line):
            rows.append((number, _cells(_BARS.sub("|", line))))
        elif simple and line.strip():
            rows.append((number, re.split(r"\s{2,}", line.strip())))
        elif rows:
            yield rows
            rows, ruled, simple = [], False, False


def _latex(lines: Sequence[tuple[int, str]]) -> Iterator[Numbered]:
    """Yield tables whose rows end in two backslashes."""
    rows: Numbered = []
    row, start = "", 0
    for number, line in lines:
        if line.lstrip().startswith("%"):
            continue
        line = re.sub(r"(?<!\\)%.*$", "", line)
        if r"\end{tabular" in line:
            yield rows
            rows, row = [], ""
            continue
        if not row and "&" not in line:
            continue
        row, start = f"{row} {line}", start if row else number
        if _LATEX_END.search(line.rstrip()):
            rows.append((start, _latex_cells(row)))
            row = ""
    yield rows


def _latex_cells(row: str) -> list[str]:
    bare = _LATEX_RULE.sub("", _LATEX_END.sub("", row.rstrip()))
    cells = []
    for cell in re.split(r"(?<!\\)&", bare):
        while (short := _LATEX_MACRO.sub(r"\1", cell)) != cell:
            cell = short
        for sign, plain in _LATEX_SIGNS:
            cell = cell.replace(sign, plain)
        cells.append(re.sub(r"\\(bf|bfseries|itshape|small|rm)\b", "", cell).strip(" {}"))
    return cells
