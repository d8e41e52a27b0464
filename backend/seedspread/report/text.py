"""A report as Markdown and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedspread.report.model import Report

ARM_HEADS = ("arm", "n", "mean", "range of the mean", "sd", "left out")
COMPARISON_HEADS = ("comparison", "difference", "range", "p", "p, corrected", "verdict")

_LATEX = {
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
    "−": "$-$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "–": "--",
    "…": r"\ldots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(report: Report) -> str:
    """The report without its figures, for an issue, a wiki or a pull request."""
    parts = [
        f"# {_marked(report.title)}",
        f"{_marked(report.subtitle)} · {report.made} · decided by {_marked(report.metric)}",
        *(f"**{_marked(sentence)}**" for sentence in report.sentences),
        "\n".join(f"- {_marked(caveat)}" for caveat in report.caveats),
        "## Arms",
        _markdown_table(ARM_HEADS, _arm_rows(report)),
    ]
    if report.comparisons:
        parts += ["## Comparisons with the first arm", _markdown_table(COMPARISON_HEADS, _comparison_rows(report))]
    parts += ["## Methods", _marked(" ".join(report.methods))]
    if report.notes:
        parts += ["## Notes", report.notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def latex(report: Report) -> str:
    """The tables (they need the package booktabs) and the methods paragraph."""
    parts = [
        f"% {' '.join(report.title.split())}: {report.subtitle}, {report.made}. Needs \\usepackage{{booktabs}}.",
        *(f"% {sentence}" for sentence in report.sentences),
        _latex_table(ARM_HEADS, _arm_rows(report), report.title),
    ]
    if report.comparisons:
        parts.append(_latex_table(COMPARISON_HEADS, _comparison_rows(report), "Comparisons with the first arm"))
    parts.append(f"\\paragraph{{Methods.}} {_tex(' '.join(report.methods))}")
    return "\n\n".join(parts) + "\n"


def _arm_rows(report: Report) -> list[Sequence[str]]:
    return [(arm.name, arm.n, arm.mean, arm.interval, arm.std, arm.left_out) for arm in report.arms]


def _comparison_rows(report: Report) -> list[Sequence[str]]:
    return [(c.name, c.difference, c.interval, c.p, c.corrected, c.verdict) for c in report.comparisons]


def _markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(_marked(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _latex_table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    lines = [" & ".join(_tex(cell) for cell in row) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_tex(caption)}}}",
            r"\begin{tabular}{" + "l" * len(heads) + "}",
            r"\toprule",
            " & ".join(_tex(head) for head in heads) + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _marked(words: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(words.split()))


def _tex(words: str) -> str:
    return "".join(_LATEX.get(character, character) for character in words)
