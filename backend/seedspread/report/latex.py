"""Render a report as LaTeX to paste into a paper.

The text has results, caveats, tables and methods, without a preamble. Every character outside printable ASCII becomes
a command or plain ASCII, so that any engine compiles it; user text can end neither a comment nor a group nor a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedspread.report.model import Report, Table

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": "{`}",
    "\u2060": "{}",  # keeps hyphens from becoming a dash
    '"': "{''}",
    "−": "$-$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "“": "``",
    "”": "{''}",
    "‘": "`",
    "’": "{'}",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "≡": r"$\equiv$",
    "∞": r"$\infty$",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "↔": r"$\leftrightarrow$",
    "⇒": r"$\Rightarrow$",
    "√": r"$\surd$",
    "∑": r"$\sum$",
    "∂": r"$\partial$",
    "∇": r"$\nabla$",
    "∈": r"$\in$",
    "°": r"$^{\circ}$",
    "²": "$^{2}$",
    "³": "$^{3}$",
    "¹": "$^{1}$",
    "½": "1/2",
    "§": r"\S{}",
    "©": r"\copyright{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "µ": r"$\mu$",
}
_GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau "
    "upsilon phi chi psi omega",
)
_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))  # Greek letters that TeX writes with Latin ones
_GREEK_COMMANDS = {chr(0x3B1 + index): rf"$\{name}$" for index, name in enumerate(_GREEK)} | {
    chr(0x391 + index): rf"$\{name.capitalize()}$" for index, name in enumerate(_GREEK) if name != "varsigma"
}
_COMMANDS = _GREEK_COMMANDS | {letter: f"${latin}$" for letter, latin in _LATIN.items()} | _SPECIAL
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
}
_JOINER = "\u2060"
_INVISIBLE = ("Cc", "Cf", "Mn", "Me")
_LONGEST_WORD = 8  # letters that stay together in a cell
_LONGEST_HYPHENATED = 12  # words that TeX's own hyphenation can be trusted to break
_LONGEST_IN_TEXT = 16  # TeX does not hyphenate code, so longer words would run into the margin


def render(report: Report) -> str:
    """Return results, caveats, tables and the methods paragraph."""
    comments = (f"{report.title}: {report.subtitle}, {report.made}.", r"Needs \usepackage{array,booktabs}.")
    results = [text for finding in report.findings for text in (finding.headline, *finding.detail)]
    parts = [
        "\n".join(f"% {_comment(line)}" for line in comments),
        _paragraph("Results", (*results, *report.shared)),
        *([_paragraph("Caveats", report.caveats)] if report.caveats else []),
        *(_table(report, table) for table in report.tables),
        _paragraph("Methods", report.methods),
    ]
    return "\n\n".join(parts) + "\n"


def _paragraph(title: str, sentences: Sequence[str]) -> str:
    text = _breaking(" ".join(sentences), _LONGEST_IN_TEXT)
    return rf"{{\sloppy\paragraph{{{title}.}} {text}\par}}"


def escape(text: str) -> str:
    """Escape the text for LaTeX, on one line in ASCII."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(map(_character, re.sub("-(?=-)", f"-{_JOINER}", line)))


def _character(character: str) -> str:
    if character in _COMMANDS:
        return _COMMANDS[character]
    if " " <= character <= "~":
        return character
    base, marks = (parts := unicodedata.normalize("NFD", character))[0], parts[1:]
    if base.isascii() and base.isalpha() and marks in _ACCENTS:
        return rf"\{_ACCENTS[marks]}{{{base}}}"
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii():
        return "".join(_COMMANDS.get(letter, letter) for letter in plain)
    return "" if unicodedata.category(character) in _INVISIBLE else rf"[U+{ord(character):04X}]\allowbreak{{}}"


def _comment(text: str) -> str:
    """Return the text as one line of a comment.

    The line is printable ASCII without any line break.
    """
    plain = "".join(character if " " <= character <= "~" else " " for character in text.replace("−", "-"))
    return " ".join(plain.split())


def _table(report: Report, table: Table) -> str:
    columns = len(table.heads)
    gaps = 2 * (columns - 1) / columns  # of \tabcolsep, per column
    widths = "".join(
        rf">{{\raggedright\arraybackslash}}p{{\dimexpr {share:.3f}\linewidth-{gaps:.3f}\tabcolsep\relax}}"
        for share in table.shares
    )
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            r"\footnotesize",
            r"\setlength{\tabcolsep}{3pt}",
            rf"\caption{{{_breaking(table.caption, _LONGEST_IN_TEXT)}}}",
            rf"\label{{tab:{report.label}-{table.name}}}",
            rf"\begin{{tabular}}{{@{{}}{widths}@{{}}}}",
            r"\toprule",
            " & ".join(map(_cell, table.heads)) + r" \\",
            r"\midrule",
            *(" & ".join(map(_cell, row)) + r" \\" for row in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _cell(text: str) -> str:
    """Return a cell, long words allowed to break."""
    return _breaking(text, _LONGEST_WORD) or "{}"


def _breaking(text: str, longest: int) -> str:
    """Return the text, words longer than this allowed to break."""
    return " ".join(_breakable(word, longest) for word in text.split())


def _breakable(word: str, longest: int) -> str:
    if len(word) <= longest:
        return escape(word)
    if len(word) <= _LONGEST_HYPHENATED and word.isascii() and word.isalpha():
        return rf"\hspace{{0pt}}{word}"  # TeX hyphenates no first word of a cell without something before it
    pieces = [
        piece[start : start + _LONGEST_WORD]
        for piece in re.findall(r"[^_\-/.=,:]*[_\-/.=,:]?", word)
        for start in range(0, len(piece), _LONGEST_WORD)
    ]
    return r"\allowbreak{}".join(escape(piece) for piece in pieces if piece)
