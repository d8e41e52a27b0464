"""Render a report as one HTML file.

The file has no script and no external resources, and follows its reader's light or dark theme.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedspread import words
from seedspread.figures.kit.figure import Figure
from seedspread.figures.kit.look import THEMES
from seedspread.figures.svg.svg import draw_svg

if TYPE_CHECKING:
    from seedspread.report.model import Finding, Report, Table

_STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; color: var(--text); background: var(--ground);
  max-width: 760px; margin: 32px auto; padding: 0 16px; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; }
.about, figcaption, .notes, .detail { color: var(--muted); font-size: 13px; }
.verdict { font-size: 17px; border-left: 3px solid var(--arm0); padding-left: 12px; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 6px 8px 6px 0; border-bottom: 1px solid var(--grid); vertical-align: top;
  overflow-wrap: break-word; }
th { color: var(--muted); font-weight: 600; }
figure { margin: 16px 0 24px; break-inside: avoid; }
figure svg { display: block; width: 100%; max-width: 680px; height: auto; }
figure h3 { font-size: 14px; margin: 0 0 4px; overflow-wrap: anywhere; }
@media screen and (max-width: 620px) { body { margin-top: 16px; } table { min-width: 600px; } }
@media print { .wide { overflow: visible; } body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""

WIDTH, HEIGHT = 560, 320
"""Of a drawing, in its own units: narrow enough to be read on a phone."""

_PAINT = re.compile(r'(fill|stroke)="(#[0-9A-Fa-f]{6}|rgba\((\d+),(\d+),(\d+),([\d.]+)\))"')


def render(report: Report) -> str:
    """Return the whole file."""
    body = [
        f"<h1>{_safe(report.title)}</h1>",
        f'<p class="about">{_safe(report.subtitle)} · {_safe(report.made)} · metric: {_safe(report.metric)}</p>',
        *(_finding(finding) for finding in report.findings),
        _list("detail", report.shared),
        _notes("Caveats", report.caveats),
        *(_table(table) for table in report.tables),
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
        f"<title>{_safe(report.title)}</title><style>{_themes()}{_STYLE}{_drawn(''.join(body))}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _themes() -> str:
    """Return both themes' colours by role.

    A screen is dark by its own setting or by `data-theme`; paper is light.
    """

    def colours(theme: str) -> str:
        return f"color-scheme: {theme}; " + "".join(f"--{name}: {colour}; " for name, colour in THEMES[theme].items())

    dark = colours("dark")
    return (
        f"\n:root {{ {colours('light')}}}\n@media screen {{ :root[data-theme=dark] {{ {dark}}} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ {dark}}} }}"
    )


def _drawn(body: str) -> str:
    """Return rules that adapt drawings to the reader's theme."""
    roles = {colour.lower(): name for name, colour in THEMES["light"].items()}
    rules = set()
    for paint, value, *parts in _PAINT.findall(body):
        alpha = parts.pop()
        name = roles.get("#{:02x}{:02x}{:02x}".format(*map(int, parts)) if alpha else value.lower())
        if name is not None:
            share = words.number(100 * float(alpha)) if alpha else ""
            mixed = f"color-mix(in srgb, var(--{name}) {share}%, transparent)" if alpha else f"var(--{name})"
            rules.add(f'figure svg [{paint}="{value}"] {{ {paint}: {mixed}; }}\n')
    return "".join(sorted(rules))


def _finding(finding: Finding) -> str:
    return f'<p class="verdict">{_safe(finding.headline)}</p>{_list("detail", finding.detail)}'


def _figure(figure: Figure) -> str:
    caption = _safe(" ".join(figure.notes))
    # The page reads the names, to offer each figure by itself.
    return (
        f'<figure data-figure="{_safe(figure.name)}"><h3>{_safe(figure.title)}</h3>'
        f"{draw_svg(figure, WIDTH, HEIGHT)}<figcaption>{caption}</figcaption></figure>"
    )


def _notes(title: str, notes: Sequence[str]) -> str:
    return f"<h2>{title}</h2>{_list('notes', notes)}" if notes else ""


def _list(style: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{_safe(line)}</li>" for line in lines)
    return f'<ul class="{style}">{items}</ul>' if items else ""


def _table(table: Table) -> str:
    head = "".join(f"<th>{_safe(name)}</th>" for name in table.heads)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    content = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    name = table.name.capitalize()
    return f'<h2>{_safe(name)}</h2><p class="about">{_safe(table.caption)}</p>{_scrolled(name, content)}'


def _scrolled(name: str, content: str) -> str:
    """Wrap a wide table in a box that scrolls.

    The box can have the keyboard's focus.
    """
    return f'<div class="wide" role="region" aria-label="{_safe(name)}" tabindex="0">{content}</div>'


def _safe(text: str) -> str:
    return html.escape(text)
