"""Words on figures.

They are axis titles with unit and direction, safe names, rounded numbers and counts.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence

from seedspread import words
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.stats.data.arms import ArmSeries, ArmValues, LeftOut
from seedspread.stats.data.results import Interval
from seedspread.summaries import first_step, unusable

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
    condition = first_step(name)
    if condition is not None:
        relation = condition.relation.replace(">=", "≥").replace("<=", "≤")
        within = f" (at most {condition.horizon})" if condition.horizon else ""
        return f"first step with {metric_words(condition.metric)} {relation} {condition.threshold}{within}"
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


def difference_axis(metric: MetricInfo, a: str, b: str, *, directed: bool = True, ratio: bool = False) -> str:
    """Return the title of an axis of differences, or of ratios.

    `directed` tells whether one of the two may be called better.
    """
    unit, first, second = difference_unit(metric), label(a, 18), label(b, 18)
    higher_wins = metric.direction is Direction.MAXIMIZE or not directed
    way = f"{'→' if higher_wins else '←'} {second} {'better' if directed else 'higher'}"
    if ratio:
        return f"{second} / {first}, {way}"
    return f"{second} − {first}{f' ({label(unit)})' if unit else ''}, {way}"


def difference_title(a: str, b: str, centre: str, amount: str, how: str, *, paired: bool) -> str:
    """Return what was measured between two arms, as the verdict says it.

    Example: `wide − base: +2.1 points (24 paired seeds)`.
    """
    kind = {"trimmed": "20% trimmed mean", "median": "median"}.get(centre, "")
    if kind and not paired:
        kind = f"difference of {kind}s"
    sign = "/" if centre == "log_ratio" else "−"
    return f"{short(b)} {sign} {short(a)}: {f'{kind} ' if kind else ''}{amount} ({how})"


def n_at_every_step(sizes: Collection[int], step_name: str) -> str:
    """Return constant sizes: `n = 9 and 14 at every step`."""
    return f"n = {words.listing([words.count(n) for n in sorted(sizes)])} at every {step_name}"


def difference_unit(metric: MetricInfo) -> str:
    """Return `points` for a share, else the metric's own unit."""
    return words.difference_unit(metric.unit)


def amount(number: str, unit: str) -> str:
    """Format a number with its unit: `1 point`, `0.5 points`, `0.02`."""
    return words.with_unit(number, unit)


def difference_scale(metric: MetricInfo) -> float:
    """Return the factor by which differences are shown: 100 for a share."""
    return words.difference_scale(metric.unit)


def rounded(value: float, interval: Interval | None = None, scale: float = 1.0, marks: Sequence[float] = ()) -> str:
    """Round a value by its CI, both multiplied by the scale.

    Without a CI it gets four significant digits.
    """
    ends = None if interval is None else (interval.low * scale, interval.high * scale)
    return words.rounded(value * scale, ends, marks=[mark * scale for mark in marks])


def interval_words(interval: Interval, scale: float = 1.0, unit: str = "", marks: Sequence[float] = ()) -> str:
    """Format an interval: `95% CI 0.4 to 1.2 points`."""
    scaled = [mark * scale for mark in marks]
    within = words.interval(interval.low * scale, interval.high * scale, interval.level, marks=scaled)
    return words.with_unit(within, unit)


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


def log_hides(values: int) -> str:
    """Say what a logarithmic axis cannot show."""
    verb = "is" if values == 1 else "are"
    return f"{counted(values, 'value')} at or below zero {verb} not shown on the logarithmic axis."


def log_impossible() -> str:
    """Say why the axis is not logarithmic."""
    return "No value is above zero: the axis is linear."


def range_leaves_out(low: float, high: float, shown: tuple[float, float]) -> str:
    """Say that a few values lie outside the axis."""
    ends = [f"up to {words.number(high)}"] if high > shown[1] else []
    ends += [f"down to {words.number(low)}"] if low < shown[0] else []
    return f"The axis leaves out a few values ({' and '.join(ends)}). Zoom out or use the logarithmic axis to see them."


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


# Figures without data.
CURVE_AFTER_RUN = "The curve appears as soon as a run has finished."
CURVES_AFTER_REPORT = "Curves appear as soon as a run reports."
POINTS_AFTER_RUN = "Points appear as soon as a run has finished."
PROFILE_AFTER_RUN = "The profile appears as soon as a run has finished."
SHARES_AFTER_RUNS = "Shares appear as soon as the runs of every source have finished."
NEEDS_TWO_SEEDS = "This needs at least 2 seeds per arm."
NEEDS_A_RUN_PER_ARM = "This needs at least one finished run of each of two arms."
NEEDS_SPREAD = "This needs the spread between seeds: at least 3 finished runs that differ."
NO_EXAMPLES = "No run has reported per-example results."
NO_FINITE_VALUE = "No run has a finite value; the marks at the edge are the runs."
NO_RUN_FINISHED = "no run finished"

# Axes and legends.
SEEDS_PER_ARM = "seeds per arm"
CHANCE_OF_OTHER_WINNER = "chance of the other winner, ↓ better"
SHARE_RIGHT = "share of seeds that get an example right"
SHARE_AT_OR_BELOW = "share of seeds at or below"
SHARE_OF_RUNS = "share of runs, ↑ better"
SHARE_OF_VARIANCE = "share of the variance"
VALID_AFTER_EVERY_SEED = "valid after every seed"
VALID_FOR_ONE_N = "valid for one planned n"
INTERACTIONS = "interactions: variance that sources cause only together"

# Notes.
BEST_OF_K_NOTE = (
    "Expected best of k seeds, drawn without replacement from the available seeds. Compare arms at the same k."
)
MEDIAN_CURVE_NOTE = "Line: median of the seeds. Band: IQR. Diverged seeds count as the worst."
PROFILE_NOTE = "Band: pointwise Wilson interval. Failed and diverged runs count as never reaching a value."
ARRIVAL_NOTE = "If you check after every seed, only the wide band is valid; the narrow band assumes one planned n."
TOO_FEW_FOR_INTERVAL_NOTE = "No interval: it takes at least 3 seeds per arm."
SAME_DIFFERENCE_NOTE = "No interval: the difference is the same for every seed."
NO_INTERVAL_NOTE = "No interval: the seeds show no variation, or too few of them have arrived."
IMPROVEMENT_NOTE = "With shared seeds: share of seeds on which the arm was better; ties count half."
POWER_NOTE = "The SD is itself uncertain; with few seeds, plan for more."


def best_of_k_title(metric: str) -> str:
    """Return the title of the expected best of k."""
    return f"{metric} expected of the best of k seeds"


def other_winner_title(a: str, b: str) -> str:
    """Return the title of the chances of another winner."""
    return f"How often k seeds would name the other winner, {short(b)} against {short(a)}"


def means_differ_note(interval: Interval, scale: float, unit: str, n: int) -> str:
    """Return the difference of two arms' means with its interval and n."""
    return f"Difference of the means: {interval_words(interval, scale, unit)}, n = {n}."


def unpaired_note(runs: int, *, used: bool) -> str:
    """Say whether runs without a pair take part."""
    return f"{counted(runs, 'unpaired run')} {'count for the mean and its interval' if used else 'ignored'}."


def resampled_note(n: int) -> str:
    """Return that a chance comes from the n available seeds."""
    return f"Resampled from the {n} available seeds, so optimistic: without any difference it should be 50%."


def churn_title() -> str:
    """Return the title of the examples that only some seeds get right."""
    return "Test examples on which the seeds disagree"


def churn_note(arm: str, examples: int, always: int, never: int, disagreement: float | None) -> str:
    """Return how many examples every, some and no seed gets right.

    `disagreement` is the share of examples on which two runs differ, if there are two.
    """
    counts = f"{words.count(always)} are right under every seed, {words.count(examples - always - never)} under some"
    text = f"{words.name(arm)}: of {words.counted(examples, 'example')}, {counts}, {words.count(never)} under none"
    return f"{text}." if disagreement is None else f"{text}; two runs differ on {words.percent(disagreement)}."


def churn_hover(arm: str) -> str:
    """Return the hover text of a bar of examples."""
    return f"right in about %{{x:.0%}} of the seeds: %{{y}} examples<extra>{label(arm)}</extra>"


def chance_hover() -> str:
    """Return the hover text of a chance at k seeds."""
    return "%{x} seeds per arm: %{y:.1%}<extra></extra>"


def profile_hover(arm: str) -> str:
    """Return the hover text of runs that reach a value."""
    return f"%{{y:.1%}} of runs reach %{{x:.6~g}}<extra>{label(arm)}</extra>"


def broken_hover(arm: str, step_name: str) -> str:
    """Return the hover text of a curve that stops being finite."""
    return f"seed %{{customdata[1]}} is not finite from {label(step_name)} %{{x}}<extra>{label(arm)}</extra>"


def detectable_hover(seeds: int, seeds_name: str, difference: str, unit: str) -> str:
    """Return the hover text of the difference that the available seeds detect."""
    return f"the {seeds} available {seeds_name} detect {difference} {label(unit)}<extra></extra>"


def mean_curve_note(level: float) -> str:
    """Return what a curve's line and band are."""
    return f"Line: mean of the finite values. Band: pointwise {words.level(level)} CI of the mean (t)."


def some_curves_note(drawn: int, runs: int, centre: str, *, live: bool = False) -> str:
    """Return how many of the runs have a line, and which.

    While runs are to come they are the first ones.
    """
    which = "the first seeds until all runs have ended" if live else "evenly spread over their last values"
    lines = f"{words.count(drawn)} of {words.counted(runs, 'run')} drawn, {which}"
    return f"{lines}; {centre} and band use all runs."


def not_finite_curves_note(arm: str, runs: int, total: int) -> str:
    """Return how many of an arm's curves are not finite."""
    has = "has" if runs == 1 else "have"
    return f"{words.name(arm)}: {counted(runs, 'run')} of {words.count(total)} {has} values that are not finite (▲)."


def not_finite_steps_note(name: str, steps: int, total: int, step_name: str, first: float) -> str:
    """Return the steps at which a curve is not finite."""
    count = f"{words.count(steps)} of {counted(total, step_name)}"
    return f"{words.name(name)} is not finite at {count}, first at {step_name} {words.number(first)}."


def not_finite_runs_note(arm: str, metric: str, runs: int, total: int) -> str:
    """Return how many of an arm's runs the mean leaves out."""
    of_all, be = f"{counted(runs, 'run')} of {words.count(total)}", "is" if runs == 1 else "are"
    how = f"{be} not finite (▲) and" if first_step(metric) is None else f"{unusable(metric)} (▲) and {be}"
    return f"{words.name(arm)}: {of_all} {how} not part of the mean."


def far_from_rest_note(arm: str, seeds: int, n: int) -> str:
    """Return how many of an arm's seeds stand apart."""
    lie = "lies" if seeds == 1 else "lie"
    return f"{words.count(seeds)} of {counted(n, 'seed')} of {words.name(arm)} {lie} far from the rest."


def no_variation_note(arm: str, *, suspect: bool) -> str:
    """Return that an arm's runs are all equal.

    `suspect` tells whether the seed may not be applied; one arm at a bound is a result.
    """
    return f"{words.name(arm)}: no variation between runs." + (" Check that the seed is applied." if suspect else "")


def one_seed_note(arm: str) -> str:
    """Return that an arm has a single seed."""
    return f"{words.name(arm)}: one seed does not show the spread."


def profile_title(metric: str) -> str:
    """Return the title of the share of runs that reach each value."""
    return f"Share of runs at least as good as each {metric_words(metric)}"


def share_note(n: int, *, above_noise: bool) -> str:
    """Return the runs behind a share of the variance."""
    return f"n = {n}" + ("" if above_noise else ", not above the noise floor")


def share_hover(share: float | None, interval: Interval | None = None) -> str:
    """Return the share of the variance that a source has."""
    return f"{words.part(share, None if interval is None else interval.ends)} of the variance"


def arrival_title(a: str, b: str, *, ratio: bool = False) -> str:
    """Return the title of a difference, or a ratio, while seeds arrive."""
    if ratio:
        return f"The ratio {short(b)} / {short(a)} as seeds arrive"
    return f"The difference {short(b)} − {short(a)} as seeds arrive"


def arrival_legend(*, ratio: bool) -> str:
    """Return what the line of a figure of arrival is."""
    return "ratio of geometric means" if ratio else "mean difference"


def no_differences(a: str, b: str) -> str:
    """Return that differences need a finished run of both arms."""
    return f"Differences appear as soon as a run of {short(a)} and one of {short(b)} have finished."


def no_finite_value_of(arm: str) -> str:
    """Return that an arm's finished runs have no finite value."""
    return f"No finished run of {short(arm)} gave a finite value."


def no_seed_in_both(a: str, b: str) -> str:
    """Return that two arms share no seed with values."""
    return f"No seed has a value in both {short(a)} and {short(b)}."


def improvement_title(against: str | None) -> str:
    """Return the title of the chance that a run wins."""
    return f"How often a run beats one of {short(against) if against is not None else 'another arm'}"


def power_title() -> str:
    """Return the title of the seeds that a difference needs."""
    return "Seeds needed to detect a difference"


def power_axis(unit: str) -> str:
    """Return the axis of the smallest detectable difference."""
    return f"smallest detectable difference{f' ({label(unit)})' if unit else ''}"


def planned_sd_note(std: float, *, paired: bool) -> str:
    """Return the SD that a plan rests on."""
    return f"SD {'of the paired differences' if paired else 'between seeds'}: {words.sd(std)}."
