"""Lay out a report's tables: arms, and comparisons.

Arms have mean, CI and SD; comparisons have difference, CI and p-values.
"""

from __future__ import annotations

from collections.abc import Sequence

from seedspread import words
from seedspread.report.model import Table
from seedspread.report.sentences import WITHOUT_METRIC
from seedspread.stats.inference.means import Summary
from seedspread.summaries import unusable
from seedspread.views.statistics import ComparisonView, FamilyView

_ARM_SHARES = (0.28, 0.06, 0.14, 0.22, 0.12, 0.18)
_COMPARISON_SHARES = (0.2, 0.145, 0.18, 0.115, 0.09, 0.125, 0.145)


def arm_table(rows: Sequence[tuple[str, ...]], level: float, caption: str) -> Table:
    """Return the table of arms.

    `rows` come from `arm_row`; `level` is that of their CIs.
    """
    heads = ("arm", "n", "mean", f"{words.level(level)} CI", "SD", "left out")
    return Table("arms", caption, heads, tuple(rows), _ARM_SHARES)


def arm_row(name: str, summary: Summary, differs: str = "", *, metric: str = "", excluded: int = 0) -> tuple[str, ...]:
    """Return an arm's cells.

    `differs` distinguishes the arm, and is shown if its name does not say it.
    """
    interval = summary.mean_interval if summary.n > 2 else None
    ends = None if interval is None else interval.ends
    parts = (
        (summary.failures, "failed"),
        (summary.missing, WITHOUT_METRIC),
        (summary.non_finite, unusable(metric)),
        (summary.cancelled, "cancelled"),
        (excluded, "excluded"),
    )
    left_out = ", ".join(f"{words.count(count)} {cause}" for count, cause in parts if count)
    return (
        words.plain(name) + (f" ({words.plain(differs)})" if differs and differs not in name else ""),
        words.count(summary.n),
        words.rounded(summary.mean, ends),
        words.NOTHING if interval is None else words.span(interval.low, interval.high),
        words.sd(summary.std),
        left_out or "none",
    )


def comparison_table(family: FamilyView) -> Table:
    """Return the table of differences from the baseline (arm − baseline)."""
    views = family.comparisons
    levels = {interval.level for view in views if (interval := view.deciding[1]) is not None}
    one_level = next(iter(levels)) if len(levels) == 1 else None
    level = "CI" if one_level is None else f"{words.level(one_level)} CI"
    ratios = any(view.is_ratio for view in views)
    heads = ("comparison", "ratio" if ratios else "difference", level, "seeds", "p", "corrected p", "verdict")
    rows = tuple(_comparison_row(view, one_level) for view in views)
    baseline = words.name(family.baseline)
    caption = (
        f"Ratios to {baseline} (arm / {baseline})." if ratios else f"Differences from {baseline} (arm − {baseline})."
    )
    return Table("comparisons", caption, heads, rows, _COMPARISON_SHARES)


def _comparison_row(view: ComparisonView, one_level: float | None) -> tuple[str, ...]:
    ratio, (value, interval) = view.is_ratio, view.deciding
    scale = 1.0 if ratio else words.difference_scale(view.unit)
    ends = None if interval is None else interval.ends
    marks = view.marks
    within = words.NOTHING
    if interval is not None:
        scaled = [mark * scale for mark in marks]
        within = words.span(interval.low * scale, interval.high * scale, signed=not ratio, marks=scaled)
        within += "" if one_level is not None else f" ({words.level(interval.level)})"
    p = view.shown_p
    return (
        f"{words.plain(view.b.name)} {'/' if ratio else '−'} {words.plain(view.a.name)}",
        words.rounded(value, ends, marks=marks) if ratio else words.difference(value, ends, view.unit, marks=marks),
        within,
        words.seeds_used(
            view.difference.n_a,
            view.difference.n_b,
            paired=view.paired,
            alone=(view.difference.alone_a, view.difference.alone_b),
        ),
        words.p_cell(p),
        words.p_cell(None if p is None else view.p_corrected),
        view.shown_verdict,
    )
