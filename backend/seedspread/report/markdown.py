"""Render a report as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedspread.report.model import Report, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_BLOCK = re.compile(r"^(\s*)([-+=>]|\d+[.)])", re.MULTILINE)


def render(report: Report) -> str:
    """Return the report without figures, for an issue, wiki or pull request."""
    parts = [
        f"# {escape(report.title)}",
        f"{escape(report.subtitle)} · {report.made} · metric: {escape(report.metric)}",
    ]
    for finding in report.findings:
        parts += [f"**{escape(finding.headline)}**", escape(" ".join(finding.detail))]
    parts.append(escape(" ".join(report.shared)))
    parts.append("\n".join(f"- {escape(caveat)}" for caveat in report.caveats))
    for table in report.tables:
        parts += [f"## {table.name.capitalize()}", escape(table.caption), _table(table)]
    parts += ["## Methods", escape(" ".join(report.methods))]
    if report.notes:
        parts += ["## Notes", *(escape(paragraph) for paragraph in re.split(r"\n\s*\n", report.notes))]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """Escape the text for Markdown, on one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _BLOCK.sub(lambda match: f"{match[1]}\\{match[2]}" if not match[2][0].isdigit() else match[0], line)


def _table(table: Table) -> str:
    lines = ["| " + " | ".join(table.heads) + " |", "|" + " --- |" * len(table.heads)]
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in table.rows]
    return "\n".join(lines)
