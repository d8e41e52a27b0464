"""Show a comparison on a terminal: sentence, arms, differences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from seedspread.core.environment import EnvironmentDifference
from seedspread.core.repeat import RepeatVerdict, ValueDifference
from seedspread.figures.kit.sentences import POINTS, rounded
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.ranking import Ranking
from seedspread.stats.decision.sentences import outcome_words
from seedspread.stats.inference.means import Summary
from seedspread.views.statistics import ComparisonView, FamilyView

COLUMNS = 36
_MARKS = ((5, "#"), (3, "+"), (2, ":"), (1, "."))

Values = Mapping[str, Sequence[float]]


def show_family(console: Console, family: FamilyView, values: Values) -> None:
    """Show every arm against the first.

    Preceded by the answer to the study's design question, where it has one.
    """
    for sentence in family.answers or [member.comparison.sentence for member in family.comparisons]:
        console.print(sentence, markup=False, soft_wrap=True)
    views = [member.comparison for member in family.comparisons]
    console.print(_arms(views, values))
    holm = [member.holm for member in family.comparisons] if family.m > 1 else None
    console.print(_differences(views, holm))
    if family.ranking is not None:
        console.print(_ranked(family.ranking))
    _show_caveats(console, views)


def _ranked(ranking: Ranking) -> Table:
    """Return the arms best first, with the group that cannot be told from the best."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rank", "arm", "P(best)", f"worse than the best (p, {ranking.comparisons} pairs)"):
        table.add_column(name, justify="left" if name == "arm" else "right")
    for place, arm in enumerate(ranking.arms, start=1):
        group = "with the best" if arm.with_best else ""
        p = "best" if arm.p_worse is None else f"{_short(arm.p_worse)} {group}".strip()
        chance = "–" if arm.p_best is None else f"{100 * arm.p_best:.0f}%"
        table.add_row(str(place), _plain(arm.arm), chance, p)
    return table


def show_one(console: Console, view: ComparisonView, values: Values) -> None:
    """Show one arm against another."""
    console.print(view.sentence, markup=False, soft_wrap=True)
    console.print(_arms([view], values))
    console.print(_differences([view], None))
    _show_caveats(console, [view])


def strip(values: Sequence[float], low: float, high: float, columns: int = COLUMNS) -> str:
    """Draw seeds on a line from low to high.

    . is one seed, : two, + three or four, # five and more.
    """
    counts = [0] * columns
    span = high - low
    for value in values:
        if math.isfinite(value):
            share = (value - low) / span if span > 0 else 0.5
            counts[min(columns - 1, int(share * columns))] += 1
    return "".join(next((mark for least, mark in _MARKS if count >= least), " ") for count in counts)


def _arms(views: Sequence[ComparisonView], values: Values) -> Table:
    finite = [value for group in values.values() for value in group if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("arm", "n", "mean", "sd", "left out"):
        words = name in ("arm", "left out")
        table.add_column(name, justify="left" if words else "right", no_wrap=not words)
    table.add_column(f"{low:.4g} {'·' * 3} {high:.4g}" if finite else "", no_wrap=True)
    first = views[0]
    rows = [(first.a.name, first.comparison.a), *((view.b.name, view.comparison.b) for view in views)]
    for name, summary in rows:
        drawn = strip(values.get(name, ()), low, high)
        table.add_row(_plain(name), str(summary.n), _mean(summary), _short(summary.std), _left_out(summary), drawn)
    return table


def _differences(views: Sequence[ComparisonView], holm: Sequence[float] | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    scale, unit = (POINTS, " (points)") if views[0].unit == "share" else (1.0, "")
    for name in ("comparison", f"difference{unit}", "range", "p", *(["p (Holm)"] if holm else []), "verdict"):
        table.add_column(name)
    for index, view in enumerate(views):
        comparison = view.comparison
        interval = _scaled(comparison.verdict.interval or comparison.difference.interval, scale)
        mean = comparison.difference.mean
        p = comparison.tests[0].p
        corrected = [f"{holm[index]:.2g}"] if holm else []
        table.add_row(
            _plain(f"{view.b.name} − {view.a.name}"),
            _difference(None if mean is None else mean * scale, interval),
            _range(interval) or comparison.difference.reason or "–",
            "–" if p is None else f"{p:.2g}",
            *corrected,
            _plain(_verdict(view)),
        )
    return table


def _verdict(view: ComparisonView) -> str:
    verdict = view.comparison.verdict
    directed = view.direction is not None and not view.same_variant
    return outcome_words(verdict.outcome, verdict.winner, directed=directed)


def _show_caveats(console: Console, views: Sequence[ComparisonView]) -> None:
    for text in dict.fromkeys(_caveats(views)):
        console.print(f"- {text}", style="dim", markup=False, soft_wrap=True)


def _caveats(views: Sequence[ComparisonView]) -> Iterator[str]:
    for view in views:
        yield from (caveat.text for caveat in view.comparison.verdict.caveats)


def _plain(name: str) -> str:
    return name.replace("[", r"\[")


def _mean(summary: Summary) -> str:
    if summary.mean is None:
        return "–"
    interval = summary.mean_interval if summary.n > 2 else None
    width = interval.width() if interval is not None else None
    half = f" ± {rounded(width / 2, width)}" if width else ""
    return f"{rounded(summary.mean, width)}{half}"


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"


def _left_out(summary: Summary) -> str:
    ended = ((summary.failures, "failed"), (summary.missing, "missing"), (summary.non_finite, "not finite"))
    parts = (*ended, (summary.cancelled, "cancelled"))
    return ", ".join(f"{count} {reason}" for count, reason in parts if count) or "–"


def _difference(mean: float | None, interval: Interval | None) -> str:
    if mean is None:
        return "–"
    return f"{'+' if mean > 0 else ''}{rounded(mean, interval.width() if interval else None)}"


def _scaled(interval: Interval | None, scale: float) -> Interval | None:
    return None if interval is None else replace(interval, low=interval.low * scale, high=interval.high * scale)


def _range(interval: Interval | None) -> str:
    if interval is None:
        return ""
    width = interval.width()
    return f"{rounded(interval.low, width)} to {rounded(interval.high, width)} ({interval.stated_level})"


DIVERGED = 3
"""The exit code of a replay that ran and was not the same."""


def lines_of(verdict: RepeatVerdict) -> Iterator[str]:
    """Yield the verdict's sentence, then the first divergence and its possible causes."""
    yield verdict.sentence
    if verdict.first_value is not None:
        yield from _values(verdict.first_value)
    broken = verdict.first_fingerprint
    if broken is not None:
        epoch = f", epoch {broken.step}" if broken.step else ""
        yield f"  first fingerprint to differ: {broken.kind.value}{epoch}: {_digest(broken.a)} | {_digest(broken.b)}"
    if not verdict.identical:
        yield (
            f"  {verdict.values_differing} of {verdict.values} metric values and {verdict.fingerprints_differing} of "
            f"{verdict.fingerprints} fingerprints differ; the farthest are {_ulps(verdict.largest_ulps)} apart"
        )
    for item in verdict.environment:
        if item.matters:
            yield f"  {_environment(item)}"


def _values(first: ValueDifference) -> Iterator[str]:
    yield f"  {first.metric}, epoch {first.step}: {first.a_hex} ({first.a_bits})"
    yield f"  {' ' * len(f'{first.metric}, epoch {first.step}')}  {first.b_hex} ({first.b_bits})"


def _environment(item: EnvironmentDifference) -> str:
    return f"{item.key}: {item.a} | {item.b} ← may matter: {item.why}"


def _digest(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:16]}…"


def _ulps(count: int | None) -> str:
    return "–" if count is None else f"{count} float64 ulp{'' if count == 1 else 's'}"
