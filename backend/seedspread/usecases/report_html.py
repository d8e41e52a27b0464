"""A report as one HTML file: no script, no link, nothing from elsewhere; prints as it looks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from seedspread.figures.figure import Figure
from seedspread.figures.svg import draw_svg

if TYPE_CHECKING:
    from seedspread.usecases.report import Report

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; color: #1a1d24; background: #fff;
  max-width: 760px; margin: 32px auto; padding: 0 16px; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; }
.about, figcaption, .notes { color: #5b6270; font-size: 13px; }
.verdict { font-size: 17px; border-left: 3px solid #0072b2; padding-left: 12px; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 6px 8px 6px 0; border-bottom: 1px solid #e3e6eb; vertical-align: top;
  overflow-wrap: break-word; }
th { color: #5b6270; font-weight: 600; }
figure { margin: 16px 0 24px; break-inside: avoid; }
figure svg { width: 100%; height: auto; }
figure h3 { font-size: 14px; margin: 0 0 4px; overflow-wrap: anywhere; }
@media print { .table { overflow: visible; } body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


def render(report: Report) -> str:
    """The whole file."""
    body = [
        f"<h1>{_safe(report.title)}</h1>",
        f'<p class="about">{_safe(report.subtitle)} · {_safe(report.made)} · decided by {_safe(report.metric)}</p>',
        *(f'<p class="verdict">{_safe(sentence)}</p>' for sentence in report.sentences),
        _notes("What to keep in mind", report.caveats),
        "<h2>Arms</h2>",
        _table(
            "Arms",
            ("arm", "parameters", "n", "mean", "range of the mean", "sd between seeds", "left out"),
            ((a.name, a.differs, a.n, a.mean, a.interval, a.std, a.left_out) for a in report.arms),
        ),
        *_comparisons(report),
        "<h2>Figures</h2>" if report.figures else "",
        *(_figure(figure) for figure in report.figures),
        "<h2>Methods</h2>",
        f"<p>{_safe(' '.join(report.methods))}</p>",
        f"<h2>Notes</h2><p>{_safe(report.notes)}</p>" if report.notes else "",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_safe(report.title)}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _comparisons(report: Report) -> list[str]:
    if not report.comparisons:
        return []
    rows = ((c.name, c.difference, c.interval, c.p, c.corrected, c.verdict) for c in report.comparisons)
    heads = ("comparison", "difference", "range of the difference", "p", "p, corrected", "verdict")
    return ["<h2>Comparisons with the first arm</h2>", _table("Comparisons", heads, rows)]


def _figure(figure: Figure) -> str:
    caption = _safe(" ".join(figure.notes))
    return f"<figure><h3>{_safe(figure.title)}</h3>{draw_svg(figure)}<figcaption>{caption}</figcaption></figure>"


def _notes(title: str, notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{_safe(note)}</li>" for note in notes)
    return f'<h2>{title}</h2><ul class="notes">{items}</ul>'


def _table(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_safe(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    # The keyboard reaches what a narrow screen hides: the box that scrolls takes the focus.
    box = f'<div class="table" role="region" aria-label="{_safe(name)}" tabindex="0">'
    return f"{box}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _safe(words: str) -> str:
    return html.escape(words)
