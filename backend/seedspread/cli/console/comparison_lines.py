"""Print a comparison on a terminal.

It shows the answers, the arms with every seed as a dot, and the differences.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from seedspread import words
from seedspread.cli.text import sentences
from seedspread.core.environment import EnvironmentDifference
from seedspread.core.repeat import RepeatVerdict, ValueDifference
from seedspread.stats.decision.ranking import Ranking
from seedspread.stats.inference.means import Summary
from seedspread.summaries import unusable
from seedspread.views.statistics import Answer, ComparisonView, FamilyView, VariantAnswer, caveat_lines

COLUMNS = 36
_MARKS = ((5, "#"), (3, "+"), (2, ":"), (1, "."))
_WIDEST_WORD = 24
_GAP, _FEWEST_COLUMNS = 2, 12

Values = Mapping[str, Sequence[float]]


def show_family(console: Console, family: FamilyView, values: Values) -> None:
    """Print the design's answer, and every arm against the baseline."""
    views = family.comparisons
    _show_answers(console, family.answers or views)
    console.print(*_arms(views, values, console.width))
    console.print(_differences(views, corrected=family.m > 1))
    if family.ranking is not None:
        for line in (family.ranking.headline, *(f"  {line}" for line in family.ranking.detail)):
            console.print(line, markup=False, soft_wrap=True)
        console.print(_ranked(family.ranking))
    _show_caveats(console, views)


def _ranked(ranking: Ranking) -> Table:
    """Rank the arms, with the group that may be best."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rank", "arm", "P(best)", sentences.worse_than_best(ranking.comparisons)):
        table.add_column(name, justify="left" if name == "arm" else "right")
    for index, arm in enumerate(ranking.arms, start=1):
        p = "best" if arm.p_worse is None else words.p_cell(arm.p_worse)
        if arm.with_best and arm.p_worse is not None:
            p = sentences.maybe_best(p)
        table.add_row(words.count(index), _plain(arm.arm), words.percent(arm.p_best), p)
    return table


def show_one(console: Console, view: ComparisonView, values: Values) -> None:
    """Print one arm against another."""
    _show_answers(console, [view])
    console.print(*_arms([view], values, console.width))
    console.print(_differences([view], corrected=False))
    _show_caveats(console, [view])


def answer_lines(answers: Sequence[Answer]) -> list[str]:
    """Return every headline with its details, then the shared details."""
    shared = [line for line in answers[0].detail if all(line in answer.detail for answer in answers)] if answers else []
    lines = []
    for answer in answers:
        variant = answer.variant if isinstance(answer, VariantAnswer) else ""
        lines.append(f"{words.name(variant)}: {answer.headline}" if variant else answer.headline)
        lines += [f"  {line}" for line in answer.detail if line not in shared]
    return [*lines, *(f"  {line}" for line in shared)]


def _show_answers(console: Console, answers: Sequence[Answer]) -> None:
    for line in answer_lines(answers):
        console.print(line, style="dim" if line.startswith("  ") else None, markup=False, soft_wrap=True)


def strip(values: Sequence[float], low: float, high: float, columns: int = COLUMNS) -> str:
    """Draw seeds along a line from `low` to `high`.

    `.` is one seed, `:` two, `+` three or four, `#` five or more.
    """
    counts = [0] * columns
    span = high - low
    for value in values:
        if math.isfinite(value):
            share = (value - low) / span if span > 0 else 0.5
            counts[min(columns - 1, int(share * columns))] += 1
    return "".join(next((mark for least, mark in _MARKS if count >= least), " ") for count in counts)


def _arms(views: Sequence[ComparisonView], values: Values, width: int) -> list[Table]:
    """Return the table of arms.

    On a narrow terminal the dots are a table of their own.
    """
    finite = [value for group in values.values() for value in group if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    table = Table(box=None, pad_edge=False, header_style="dim")
    arms = (views[0].a, *(view.b for view in views))
    # On a narrow terminal text wraps between words, never within one.
    widest = {
        "arm": max(len(word) for arm in arms for word in words.plain(arm.name).split() or [""]),
        "left out": max(
            len(word) for arm in arms for word in ("left", *_left_out(arm.values, views[0].metric).split())
        ),
    }
    rows = [
        (
            _plain(arm.name),
            words.count(arm.n),
            _mean(arm.values),
            words.sd(arm.values.std),
            _left_out(arm.values, views[0].metric),
        )
        for arm in arms
    ]
    names = ("arm", "n", "mean", "SD", "left out")
    for name in names:
        text = name in widest
        least = min(widest.get(name, 0), _WIDEST_WORD) or None
        table.add_column(name, justify="left" if text else "right", no_wrap=not text, min_width=least)
    title = f"{words.number(low)} {'·' * 3} {words.number(high)}" if finite else ""
    widths = [max(map(len, column)) + _GAP for column in zip(names, *rows, strict=True)]
    least = sum(
        min(widest[name] + _GAP, size) if name in widest else size for name, size in zip(names, widths, strict=True)
    )
    fewest = max(len(title), _FEWEST_COLUMNS)
    # Cut dots would be seeds that nobody sees; names wrap before the line of dots gets too short to read.
    apart = least + fewest > width
    taken = min(widths[0], widest["arm"] + _GAP) if apart else sum(widths)
    columns = min(COLUMNS, max(width - taken, fewest))
    dots = Table(box=None, pad_edge=False, header_style="dim") if apart else table
    if apart:
        dots.add_column("arm", min_width=min(widest["arm"], _WIDEST_WORD) or None)
    dots.add_column(title, no_wrap=True, min_width=columns)
    for arm, cells in zip(arms, rows, strict=True):
        line = strip(values.get(arm.name, ()), low, high, columns)
        if apart:
            table.add_row(*cells)
            dots.add_row(cells[0], line)
        else:
            table.add_row(*cells, line)
    return [table, dots] if apart else [table]


def _differences(views: Sequence[ComparisonView], *, corrected: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("comparison", "difference", "CI", "p", *(["corrected p"] if corrected else []), "verdict"):
        table.add_column(name)
    for view in views:
        ratio, (mean, interval) = view.is_ratio, view.deciding
        scale = 1.0 if ratio else words.difference_scale(view.unit)
        p = view.shown_p
        ends = None if interval is None else interval.ends
        marks = view.marks
        within = view.no_interval or words.NOTHING
        if interval is not None:
            scaled = [mark * scale for mark in marks]
            low, high = interval.low * scale, interval.high * scale
            within = words.interval(low, high, interval.level, signed=not ratio, marks=scaled)
        table.add_row(
            f"{_plain(view.b.name)} {'/' if ratio else '−'} {_plain(view.a.name)}",
            words.rounded(mean, ends, marks=marks) if ratio else words.difference(mean, ends, view.unit, marks=marks),
            within,
            words.p_cell(p),
            *([words.p_cell(None if p is None else view.p_corrected)] if corrected else []),
            view.shown_verdict.replace("[", r"\["),
        )
    return table


def _show_caveats(console: Console, views: Sequence[ComparisonView]) -> None:
    for text in caveat_lines(views):
        console.print(f"- {text}", style="dim", markup=False, soft_wrap=True)


def _plain(name: str) -> str:
    return words.plain(name).replace("[", r"\[")


def _mean(summary: Summary) -> str:
    interval = summary.mean_interval if summary.n > 2 else None
    return words.mean(summary.mean, None if interval is None else interval.width() / 2)


def _left_out(summary: Summary, metric: str) -> str:
    ended = ((summary.failures, "failed"), (summary.missing, "missing"), (summary.non_finite, unusable(metric)))
    parts = (*ended, (summary.cancelled, "cancelled"))
    return ", ".join(f"{words.count(count)} {cause}" for count, cause in parts if count) or words.NOTHING


DIVERGED = 3
"""The exit code of a replay that ran and was not the same."""


def lines_of(verdict: RepeatVerdict) -> Iterator[str]:
    """Yield the verdict's sentence, then the first divergence and its possible causes."""
    yield verdict.sentence
    if verdict.first_value is not None:
        yield from _values(verdict.first_value)
    broken = verdict.first_fingerprint
    if broken is not None:
        sentence = sentences.first_fingerprint(broken.kind.value, broken.step, _digest(broken.a), _digest(broken.b))
        yield f"  {sentence}"
    if not verdict.identical:
        values = (verdict.values_differing, verdict.values)
        fingerprints = (verdict.fingerprints_differing, verdict.fingerprints)
        yield f"  {sentences.differing(values, fingerprints, _ulps(verdict.largest_ulps))}"
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
    return words.NOTHING if count is None else words.counted(count, "float64 ulp")
