"""Words on figures.

They are axis titles with unit and direction, safe names, rounded numbers and counts.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from seedspread import words
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.stats.data.arms import ArmSeries, ArmValues, LeftOut
from seedspread.stats.data.results import Interval

LONGEST_LABEL = 32


def escaped(text: str) -> str:
    """Escape the markup that plotly would act on."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")


def label(name: str, longest: int = LONGEST_LABEL) -> str:
    """Make a user's name safe for a figure.

    It is on one line, shortened, isolated if it could turn the text around it, and free of markup.
    """
    return escaped(words.plain(words.short(name, longest)))


def short(name: str, longest: int = LONGEST_LABEL) -> str:
    """Cut the name to `longest` characters for a sentence.

    Quoted where its own punctuation could be taken for the sentence's.
    """
    return words.name(words.short(name, longest))


def metric_words(name: str) -> str:
    """Spell out a metric's name: `val_accuracy` becomes `validation accuracy`."""
    return (
        name.replace("val_", "validation ", 1).replace("_", " ") if name.startswith("val_") else name.replace("_", " ")
    )


def sentence(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def better(metric: MetricInfo) -> str:
    """Return `↑ better` or `↓ better`."""
    return "↑ better" if metric.direction is Direction.MAXIMIZE else "↓ better"


def value_axis(metric: MetricInfo) -> str:
    """Return the title of an axis of values: name, unit, direction."""
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{label(metric_words(metric.name))}{label(unit)}, {better(metric)}"


def difference_axis(metric: MetricInfo, a: str, b: str, *, directed: bool = True) -> str:
    """Return the title of an axis of differences b − a.

    `directed` tells whether one of the two may be called better.
    """
    unit, first, second = difference_unit(metric), label(a, 18), label(b, 18)
    higher_wins = metric.direction is Direction.MAXIMIZE or not directed
    way = f"{'→' if higher_wins else '←'} {second} {'better' if directed else 'higher'}"
    return f"{second} − {first}{f' ({label(unit)})' if unit else ''}, {way}"


def difference_unit(metric: MetricInfo) -> str:
    """Return `points` for a share, else the metric's own unit."""
    return words.difference_unit(metric.unit)


def amount(number: str, unit: str) -> str:
    """Format a number with its unit: `1 point`, `0.5 points`, `0.02`."""
    return words.with_unit(number, unit)


def difference_scale(metric: MetricInfo) -> float:
    """Return the factor by which differences are shown: 100 for a share."""
    return words.difference_scale(metric.unit)


def rounded(value: float, width: float | None = None) -> str:
    """Round a value by its CI's width.

    Without a width it gets four significant digits.
    """
    return words.rounded(value, None if width is None else width / 2)


def interval_words(interval: Interval, scale: float = 1.0, unit: str = "") -> str:
    """Format an interval: `95% CI 0.4 to 1.2 points`."""
    return words.with_unit(words.interval(interval.low * scale, interval.high * scale, interval.level), unit)


def share_interval(interval: Interval) -> str:
    """Format an interval of shares: `95% CI 12% to 43%`."""
    return f"{words.level(interval.level)} CI {words.percent_span(interval.low, interval.high)}"


def counted(number: int, singular: str, many: str | None = None) -> str:
    """Format a count: `1 seed`, `20 seeds`."""
    return words.counted(number, singular, many)


def seeds_per_arm(counts: Sequence[int]) -> str:
    """Format numbers of seeds: `20 seeds per arm`, `20 seeds`."""
    if not counts:
        return "no seeds"
    tail = " per arm" if len(counts) > 1 else ""
    low, high = min(counts), max(counts)
    return counted(high, "seed") + tail if low == high else f"{words.count(low)} to {words.counted(high, 'seed')}{tail}"


def left_out_notes(arms: Iterable[ArmValues | ArmSeries]) -> list[str]:
    """Describe the runs that were left out, one sentence per arm.

    Exclusions are given with their reasons.
    """
    return [f"{words.name(arm.name)}: {text}." for arm in arms if (text := _left_out(arm.left_out))]


def _left_out(left_out: LeftOut) -> str:
    parts = []
    if left_out.failures:
        parts.append(f"{counted(left_out.failures, 'run')} failed")
    if left_out.missing:
        parts.append(f"{counted(left_out.missing, 'run')} without this metric")
    if left_out.cancelled:
        parts.append(f"{counted(left_out.cancelled, 'run')} cancelled")
    parts += [
        f"seed {seed} excluded ({' '.join(reason.split())})" for seed, reason in list(left_out.excluded.items())[:20]
    ]
    if len(left_out.excluded) > 20:
        parts.append(f"{len(left_out.excluded) - 20} more excluded")
    return ", ".join(parts)
