"""Sentences of what studies answer by their design.

They cover spreads, shares of the variance, plans, best of k and test sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedspread import words
from seedspread.core.states import RunState
from seedspread.figures.variance import Share
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.best_of_k import BestOf, Standing
from seedspread.stats.inference.means import Summary
from seedspread.stats.inference.outliers import StandingApart
from seedspread.stats.inference.proportions import McNemar
from seedspread.stats.spread.components import VarianceComponents
from seedspread.stats.spread.test_set_noise import CorrectnessVariance, ExamplesDifference
from seedspread.summaries import first_step, unusable
from seedspread.views.statistics import ArmSpread, ComparisonView, ExcludedRun, SpreadTest

GONE = "It was deleted, or the address is wrong."
MORE_ARMS = "This needs two arms: add another to compare with."
VARY_TOGETHER = "Sources vary together here: a study of the preset 'sources' or 'factorial' tells them apart."

SPLIT_VARIES = "The split varies, so every run has different test examples. Fix the split to compare them one by one."
NOTHING_REPORTED = "No finished run has reported which examples it got right."
OTHER_TEST_SETS = "The runs were tested on different numbers of examples."
NEEDS_TWO_RUNS = "This needs at least 2 runs."
NO_ARM_WITH_TWO_RUNS = "no arm has two finished runs"
NO_SOURCE_WITH_TWO_RUNS = "no source has two finished runs in which it varies alone"
LUCK_LOOKS_REAL = "luck alone looks like a difference"
LUCK_SHOWS_NOTHING = "luck alone shows no difference"
LUCK_UNJUDGED = "no verdict on luck alone"

FEW = 10
"""Runs per arm below which the test of equal spread detects only very unequal ones."""

_NAMED = 3  # sources that a short answer names


def in_study(study: str, clause: str) -> str:
    """Return a clause about one study: `in trees, all 4 runs failed`."""
    return f"in {words.name(study)}, {clause}"


def run_name(arm: str, seed: int, replay_of: int | None = None) -> str:
    """Return a run's name in figures: `wide, seed 3 (replay of 12)`."""
    return f"{arm}, seed {seed}" + ("" if replay_of is None else f" (replay of {replay_of})")


def sd_value(spread: ArmSpread, unit: str) -> str:
    """Return an arm's SD as `0.92`, in points for shares.

    The text is `?` if the SD is not known.
    """
    if spread.std is None:
        return "?"
    if spread.std == 0:
        return "0"
    scale = words.difference_scale(unit)
    if spread.interval is None:
        return words.sd(spread.std * scale)
    return words.rounded(spread.std * scale, (scale * spread.interval.low, scale * spread.interval.high))


def sd_amount(spread: ArmSpread, unit: str) -> str:
    """Return `SD 0.92 points (95% CI 0.7 to 1.3, 20 runs)`."""
    amount = words.with_unit(sd_value(spread, unit), words.difference_unit(unit))
    runs = words.counted(spread.n, "run")
    if spread.interval is None or not spread.std:
        return f"SD {amount} ({runs})"
    scale = words.difference_scale(unit)
    low, high = spread.interval.low * scale, spread.interval.high * scale
    return f"SD {amount} ({words.interval(low, high, spread.interval.level)}, {runs})"


def rounds_headline(metric: str, spreads: Sequence[ArmSpread], unit: str) -> str:
    """Return how far runs spread from one arm to the next."""
    parts = [
        f"{words.with_unit(sd_value(spread, unit), words.difference_unit(unit))} with {words.name(spread.name)}"
        if spread.std is not None
        else f"unknown with {words.name(spread.name)}"
        for spread in spreads
    ]
    return f"The SD of {words.name(metric)} is {words.listing(parts)}."


def rounds_intervals(spreads: Sequence[ArmSpread], unit: str) -> list[str]:
    """Return one sentence per arm: its SD, interval and runs."""
    return [f"{words.name(spread.name)}: {sd_amount(spread, unit)}." for spread in spreads if spread.std is not None]


def rounds_short(spreads: Sequence[ArmSpread], unit: str) -> str:
    """Return `SD 1.1 → 0.4 → 0 points`."""
    return words.with_unit(
        f"SD {' → '.join(sd_value(spread, unit) for spread in spreads)}", words.difference_unit(unit)
    )


def steadier(test: SpreadTest, a: ArmSpread, b: ArmSpread, alpha: float) -> str:
    """Return which of two arms varies less, by Brown and Forsythe's test."""
    first, second = words.name(a.name), words.name(b.name)
    if test.holm is None:
        return f"The spreads of {first} and {second} cannot be compared: {test.reason}."
    tested = f"Brown-Forsythe test: {words.p_value(test.holm)}"
    if test.holm <= alpha:
        steady, other = (first, second) if (a.std or 0) < (b.std or 0) else (second, first)
        return f"{steady} varies less than {other} ({tested})."
    few = f"; below {FEW} runs per arm it detects only very unequal spreads" if min(a.n, b.n) < FEW else ""
    return f"The spreads of {first} and {second} cannot be told apart ({tested}{few})."


def sources_headline(metric: str, ordered: Sequence[tuple[str, ArmSpread]], unit: str) -> str:
    """Return which source spreads the metric most when it varies alone.

    `ordered` holds the known spreads, widest first.
    """
    top, widest = ordered[0]
    if not widest.std:
        return f"No source moves {words.name(metric)} when it varies alone ({len(ordered)} tried)."
    return f"{words.sentence(top)[:-1]} alone spreads {words.name(metric)} most: {sd_amount(widest, unit)}."


def sources_rest(ordered: Sequence[tuple[str, ArmSpread]], unit: str) -> str:
    """Return the spreads of the other sources."""
    parts = [f"{source} {sd_amount(spread, unit)}" for source, spread in ordered]
    return f"The other sources alone: {words.listing(parts)}."


def sources_short(ordered: Sequence[tuple[str, ArmSpread]], unit: str) -> str:
    """Return `SD alone: init 0.9, shuffle 0.4 points`."""
    if not ordered[0][1].std:
        return "no source moves it alone"
    parts = ", ".join(f"{source} {sd_value(spread, unit)}" for source, spread in ordered[:_NAMED])
    return words.with_unit(f"SD alone: {parts}", words.difference_unit(unit))


def largest_source(top: str, second: str, test: SpreadTest, alpha: float) -> str:
    """Say if the widest source is wider than the next."""
    if test.p is None:
        return f"The spreads of {top} and {second} cannot be compared: {test.reason}."
    tested = f"Brown-Forsythe test: {words.p_value(test.p)}"
    if test.p <= alpha:
        return f"{words.sentence(top)[:-1]} spreads it more than {second} ({tested})."
    return f"{words.sentence(top)[:-1]} and {second} cannot be told apart ({tested})."


def together(spread: ArmSpread, unit: str) -> str:
    """Return the spread with every source varying."""
    return f"With every source varying: {sd_amount(spread, unit)}."


def repeats_floor(floor: ArmSpread | None, unit: str) -> str:
    """Return the spread of repeats in which nothing varies."""
    if floor is None or floor.std is None:
        return "No repeats without variation were run, so the floor of the spread is unknown."
    if floor.std == 0:
        return f"With nothing varied, all {words.counted(floor.n, 'run')} agree exactly."
    return f"With nothing varied: {sd_amount(floor, unit)}; some randomness escapes the seeds."


def no_spread(why: str, *, pending: bool) -> str:
    """Say that there is no spread to show, and why."""
    return f"No spread{' yet' if pending else ''}: {why}."


def held_and_spread(spread: ArmSpread) -> str:
    """Say that an arm varies although every source is held fixed."""
    return f"{words.name(spread.name)} holds every source fixed and still varies: some randomness escapes the seeds."


def nothing_left(spread: ArmSpread) -> str:
    """Say that an arm with every source held fixed does not vary."""
    return f"With {words.name(spread.name)}, every run gives the same value."


def one_value(spread: ArmSpread) -> str:
    """Say that an arm does not vary although not everything is fixed."""
    runs = words.counted(spread.n, "run")
    return f"{words.name(spread.name)} gave one value in all {runs}, although not every source is fixed."


def outliers_spread(arm: str, apart: StandingApart) -> str:
    """Say that a few runs make an arm's spread."""
    lies = "run lies" if apart.n == 1 else "runs lie"
    return (
        f"{words.count(apart.count)} of {words.count(apart.n)} {lies} far {apart.side} the rest in {words.name(arm)} "
        "and dominate its spread."
    )


def shares_listed(shares: Sequence[Share], most: int = 6) -> str:
    """Return the largest shares, each with its interval.

    An example is `split 61% (20% to 93%), init 30% (4% to 70%)`.
    """
    usable = [share for share in shares[:most] if share.share is not None]
    return ", ".join(
        f"{share.name} {words.part(share.share, _ends(share.interval))}{_share_range(share)}" for share in usable
    )


def shares_short(shares: Sequence[Share]) -> str:
    """Return `spread from split 61%, init 30%`."""
    usable = [share for share in shares if share.share is not None and not share.remainder]
    parts = ", ".join(f"{share.name} {words.part(share.share)}" for share in usable[:_NAMED])
    return f"spread from {parts}" if parts else "no shares of the spread"


def crossed_headline(metric: str, components: VarianceComponents, shares: Sequence[Share], few: str) -> str:
    """Return where the variance of crossed sources comes from.

    `few` lists the sources with too few levels, in words.
    """
    if few:
        return f"No variance shares: too few levels ({few})."
    if not any(share.share is not None for share in shares):
        return f"No variance to divide: {words.name(metric)} is the same in every cell."
    top = next(share for share in shares if share.share is not None)
    source = "Unexplained variation" if top.remainder else words.sentence(top.name)[:-1]
    share, of = words.percent(top.share, _ends(top.interval)), f"the variance of {words.name(metric)}"
    return f"{source} accounts for {share} of {of}{_range_after(top)}."


def crossed_detail(components: VarianceComponents, shares: Sequence[Share], fewest_levels: int, few: str) -> list[str]:
    """Return all shares and the table they rest on."""
    cells = " × ".join(f"{n} {source}" for source, n in zip(components.sources, components.levels, strict=True))
    basis = [f"Based on {words.counted(components.n, 'run')}: {cells} levels.", *_unbalanced(components)]
    if few:
        return [f"A share needs at least {fewest_levels} levels of its source.", *basis]
    listed = shares_listed(shares)
    return [*([f"Shares of the variance: {listed}."] if listed else []), *basis]


def _unbalanced(components: VarianceComponents) -> list[str]:
    """Say how a table with failed cells was estimated."""
    if components.method == "moments":
        return []
    why = "Cells differ in their number of usable runs"
    if components.empty_cells:
        verb = "has" if components.empty_cells == 1 else "have"
        why = f"{components.empty_cells:,} of {words.counted(components.cells, 'cell')} {verb} no usable run"
    return [f"{why}, so the shares come from a mixed model for unbalanced tables (REML)."]


def levels_without_values(levels: Mapping[str, Sequence[str | int]]) -> list[str]:
    """Name the levels of each source that took no part."""
    lines = []
    for source, absent in levels.items():
        named = words.listing([words.name(level) if isinstance(level, str) else str(level) for level in absent])
        subject, verb = ("Level", "has") if len(absent) == 1 else ("Levels", "have")
        lines.append(f"{subject} {named} of {source} {verb} no usable run and took no part.")
    return lines


def alone_shares_detail(
    metric: str, shares: Sequence[Share], runs: int, *, too_few: bool, exceeds: bool, pending: bool
) -> list[str]:
    """List the shares of sources varied alone, or explain their absence."""
    if not any(share.share is not None for share in shares):
        yet = " yet" if pending else ""
        return [f"No variance shares{yet}: they need runs in which every source varies and runs in which one does."]
    basis = f"with all sources varying ({words.counted(runs, 'run')})"
    detail = [f"Shares of the variance of {words.name(metric)} {basis}: {shares_listed(shares)}."]
    if too_few:
        detail.append("There are too few seeds for reliable shares.")
    if exceeds:
        detail.append("The shares add up to more than the whole: so few runs leave them this uncertain.")
    return detail


def no_shares(why: str, *, pending: bool) -> str:
    """Say that crossed sources have no shares, and why."""
    return f"No variance shares{' yet' if pending else ''}: {why}"


def luck_is_rare(one_in: int) -> str:
    """Return how often luck alone looks like a difference."""
    return f"Luck alone does this in at most 1 of {words.count(one_in)} such studies."


def excluded(runs: Sequence[tuple[str, ExcludedRun]], most: int = 10) -> str:
    """List the excluded runs with their reasons, in one sentence.

    The sentence is empty if there are none.
    """
    if not runs:
        return ""
    parts = [f"seed {run.seed} of {words.name(arm)} ({' '.join(run.reason.split())})" for arm, run in runs]
    return f"Excluded by hand: {words.listing(parts, most)}."


def best_of(arm: str, curve: BestOf, quoted: Standing | None) -> tuple[str, list[str]]:
    """Phrase the expected best of k, and a quoted value's rank."""
    label = words.name(arm)
    if not curve.ks:
        return f"{label}: {curve.reason}.", []
    item, best = words.number(curve.values[0]), words.number(curve.values[-1])
    headline = f"{label}: one run gives {item} on average; the best of {words.counted(curve.n, 'seed')} gave {best}."
    if quoted is None:
        return headline, []
    good = quoted.better + quoted.equal
    seeds = f"{words.count(good)} of {words.counted(quoted.n, 'seed')} {'is' if good == 1 else 'are'} as good or better"
    match quoted.like_best_of:
        case None:
            like = "no seed reached it"
        case 1:
            like = "one run is as good or better on average"
        case k:
            like = f"the best of {words.count(k)} reaches it on average"
    return headline, [f"The quoted {words.exact(quoted.value)}: {seeds}; {like}."]


def test_set(arm: str, result: CorrectnessVariance, spread: float) -> tuple[str, list[str]]:
    """Return how much of an arm's spread is real.

    `spread` is the SD of the accuracy over seeds, as a share.
    """
    opening = f"The accuracy of {words.name(arm)} has SD {words.sd(100 * spread)} points over seeds"
    basis = f"{words.counted(result.runs, 'seed')} on the same {words.counted(result.examples, 'example')}"
    if result.real_share is None:
        headline = f"{opening}, no more than the finite test set explains."
    else:
        headline = (
            f"{opening}; {words.percent(result.real_share)} of that variance is real, the rest is test-set noise."
        )
    fresh, both = words.sd(100 * result.se_fresh_runs), words.sd(100 * result.se_fresh_runs_and_test_set)
    errors = f"{fresh} points over fresh seeds, {both} points over fresh seeds and a fresh test set"
    return headline, [f"Based on {basis}.", f"Standard error of the mean: {errors}."]


def fresh_test_set(view: ComparisonView, result: ExamplesDifference) -> str:
    """Return the interval of a difference over fresh seeds and fresh examples."""
    interval, own = result.fresh_test_set, result.this_test_set
    scale = words.difference_scale(view.unit)
    amount = words.difference(result.mean, None if interval is None else interval.ends, view.unit)
    within = (
        ""
        if interval is None
        else words.interval(scale * interval.low, scale * interval.high, interval.level, signed=True)
    )
    wider = ""
    if own is not None and interval is not None and own.width() > 0:
        wider = f", {words.number(interval.width() / own.width())} times as wide as for this test set"
    names = f"{words.name(view.b.name)} − {words.name(view.a.name)}"
    examples = words.counted(result.examples, "example")
    return f"Over fresh seeds and a fresh test set of {examples}, {names} is {amount} ({within}{wider})."


def runs_on_examples(view: ComparisonView, runs: McNemar) -> str:
    """Return McNemar's comparison of one run per arm."""
    a, b = words.name(view.a.name), words.name(view.b.name)
    scale = words.difference_scale(view.unit)
    interval = runs.interval
    within = words.interval(scale * interval.low, scale * interval.high, interval.level, signed=True)
    amount = words.difference(runs.difference, interval.ends, view.unit)
    right = f"only {b} is right on {words.count(runs.only_b)}, only {a} on {words.count(runs.only_a)}"
    return (
        f"One run each on {words.counted(runs.examples, 'example')}: {right} (McNemar test: "
        f"{words.p_value(runs.test.p)}); {b} − {a} is {amount} ({within}) over fresh examples, "
        "for these two runs alone."
    )


def seed_plan(
    difference: float,
    needed: int | None,
    cautious: int | None,
    sd: float,
    sd_seeds: int,
    *,
    paired: bool,
    power: float,
    level: float,
    comparisons: int,
    unit: str,
    at_least: int,
) -> tuple[str, list[str]]:
    """Phrase the seeds that a difference needs, and the basis.

    Args:
        difference, sd: in the metric's units.
        comparisons: number of comparisons that the numbers are corrected for.
        sd_seeds: seeds that the SD was taken from; 0 if the SD was stated.
        at_least: seeds below which the decision rule gives no verdict.
    """
    noun = "paired seed" if paired else "seed"
    per_arm = "" if paired else " per arm"
    amount = words.entered(difference, unit)
    scale = words.difference_scale(unit)
    of = "SD of the paired differences" if paired else "SD"
    usable = words.with_unit(words.sd(sd * scale), words.difference_unit(unit))
    source = f"from {words.counted(sd_seeds, 'seed')}" if sd_seeds else "as stated"
    basis = f"{of} {usable} ({source})."
    corrected = f", corrected for {words.counted(comparisons, 'comparison')}" if comparisons > 1 else ""
    detail = [f"Power {words.percent(power)}, confidence level {words.level(level)}{corrected}.", basis]
    if needed is None:
        return f"Detecting a difference of {amount} takes more than a million {noun}s{per_arm}.", detail
    if cautious is not None and cautious > needed:
        detail.append(f"If the SD is underestimated, up to {words.count(cautious)} are needed.")
    if needed < at_least:
        detail.append(f"A verdict needs at least {words.counted(at_least, noun)}{per_arm}.")
    return f"Detecting a difference of {amount} takes about {words.counted(needed, noun)}{per_arm}.", detail


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else interval.ends


def _share_range(share: Share) -> str:
    interval = share.interval
    return "" if interval is None else f" ({words.part_span(interval.low, interval.high)})"


def _range_after(share: Share) -> str:
    interval = share.interval
    if interval is None:
        return ""
    return f" ({words.level(interval.level)} CI {words.percent_span(interval.low, interval.high)})"


# Short statements, for lists.

_REFUSED = {
    "no_values": "an arm has no value",
    "identical": "the arms gave identical values",
    "no_variation": "no variation between seeds",
    "standing_apart": "outliers",
}
_ARMS_NAMED = 3


def waiting_short(open_runs: int) -> str:
    """Return `waiting for 12 runs`."""
    return f"waiting for {words.counted(open_runs, 'run')}"


def waiting(finished: int, total: int) -> str:
    """Phrase how many runs have ended, until all have."""
    has = "has" if finished == 1 else "have"
    return f"{words.count(finished)} of {words.counted(total, 'run')} {has} ended; the verdict follows when all have."


def between_looks_short(looked_at: int | None, next_at: int | None) -> str:
    """Return what an adaptive study waits for.

    `looked_at` is the number of seeds of the last look, None before the first.
    """
    at = "" if next_at is None else f" at {words.counted(next_at, 'seed')} per arm"
    if looked_at is None:
        return f"first look{at}"
    return f"undecided at {words.counted(looked_at, 'seed')} per arm; next look{at}"


def measured_mean(mean: float, half_width: float | None, n: int) -> str:
    """Return `0.9132 ± 0.0042 (20 seeds)`."""
    return f"{words.mean(mean, half_width)} ({words.counted(n, 'seed')})"


def one_arm(metric: str, summary: Summary) -> tuple[str, list[str]]:
    """Phrase one arm's mean with its CI, and its SD."""
    label, n = words.name(metric), words.counted(summary.n, "seed")
    interval = summary.mean_interval if summary.n > 2 else None
    if summary.mean is None:
        return f"No run gave a finite value of {label}.", []
    mean = words.rounded(summary.mean, None if interval is None else interval.ends)
    within = "" if interval is None else f"{words.interval(interval.low, interval.high, interval.level)}, "
    spread = [f"SD {words.sd(summary.std)} over seeds."] if summary.std is not None else []
    return f"Mean {label}: {mean} ({within}{n}).", [*spread, "One arm: there is nothing to compare it with."]


def pair_short(view: ComparisonView, *, named: bool = False) -> str:
    """Return the verdict on two arms: `wide better by 0.9 points`.

    `named` adds the other arm's name.
    """
    if view.state == "equivalent":
        return "equivalent"
    if view.state != "better" or view.winner is None:
        return open_short([view])
    other = f" than {words.name(view.a.name if view.winner == view.b.name else view.b.name)}" if named else ""
    start = f"{words.name(view.winner)} {'better' if view.direction is not None else 'higher'}{other}"
    mean = view.difference.mean
    if mean is None or view.interval is None:
        return start
    return f"{start} by {words.difference(abs(mean), view.interval.ends, view.unit, signed=False, marks=view.marks)}"


def open_short(views: Sequence[ComparisonView]) -> str:
    """Explain why comparisons are open, and what it takes to close them."""
    if all(view.state == "cannot_be_judged" for view in views):
        return f"cannot be judged: {_REFUSED.get(views[0].reason, 'see the details')}"
    leaning = views[0].leaning if len(views) == 1 else None
    start = "undecided"
    if leaning is not None:
        arm = words.name(leaning)
        start = f"leaning to {arm}" if views[0].direction is not None else f"undecided, {arm} has the higher mean"
    more = more_seeds(views)
    return f"{start}; about {words.counted(more, 'more seed')} per arm" if more else start


def more_seeds(views: Sequence[ComparisonView]) -> int | None:
    """Return the most seeds per arm that undecided comparisons still need."""
    needed = [view.seeds_needed for view in views]
    return max((seeds.additional for seeds in needed if seeds is not None and seeds.additional), default=None)


def family_short(
    baseline: str,
    won: Sequence[str],
    lost: Sequence[str],
    equal: int,
    still_open: Sequence[ComparisonView],
    total: int,
    best: str | None = None,
) -> str:
    """Return the verdicts on several arms in a few words.

    `won` and `lost` are the arms better and worse than the baseline, `best` the one of `won` with the best mean.
    """
    base = words.name(baseline)
    if len(lost) == total:
        short = f"{base} better than all {words.count(total)} others"
    elif best is not None:
        short = (
            f"{words.name(best)} has the best mean; {words.count(len(won))} of {words.count(total)} better than {base}"
        )
    elif won:
        short = f"{words.count(len(won))} of {words.count(total)} better than {base}: {_some(won)}"
    elif lost:
        short = f"{base} better than {_some(lost)}"
    elif equal == total:
        short = f"all equivalent to {base}"
    else:
        return open_short(still_open)
    return short + open_count(len(still_open), total)


def open_count(still_open: int, total: int) -> str:
    """Return `; 2 of 5 open`; empty where none is."""
    return f"; {words.count(still_open)} of {words.count(total)} open" if still_open else ""


def _some(arms: Sequence[str]) -> str:
    return words.listing([words.name(arm) for arm in arms], _ARMS_NAMED)


# Sentences of a report.


def interim(pending: int) -> str:
    """Say that runs are still to come."""
    has = "has" if pending == 1 else "have"
    return f"Interim: {words.counted(pending, 'run')} {has} not ended yet."


def later_runs(n: int, later: int) -> str:
    """Say that an adaptive study's numbers stop at its last look."""
    finished = words.counted(later, "run")
    return (
        f"All numbers use the first {words.counted(n, 'seed')} per arm, those of the last planned look; {finished} "
        "finished later."
    )


def looks_differ() -> str:
    """Say that arms cover more runs than an adaptive study's verdicts."""
    return "Verdicts use the seeds of each pair's last planned look; the table of arms covers all finished runs."


def spread_comes_from(metric: str) -> str:
    """Return the title of the shares of a metric's spread."""
    return f"Where the spread of {metric} comes from"


def valueless_runs(way: str, count: int, metric: str) -> str:
    """Return how runs ended without a value of the metric.

    `way` is a state of runs, "not finite" or "excluded".
    """
    phrases = {
        RunState.FAILED.value: "failed",
        RunState.CANCELLED.value: "was cancelled" if count == 1 else "were cancelled",
        RunState.FINISHED.value: f"finished without {metric}",
        "not finite": f"reported no finite {metric}" if first_step(metric) is None else unusable(metric),
        "excluded": "is excluded" if count == 1 else "are excluded",
    }
    return phrases[way]


def no_values(clauses: Sequence[tuple[int, str]]) -> str:
    """Return why no run has a value, from counts and causes."""
    if len(clauses) > 1:
        return f"no run gave a value: {', '.join(f'{words.count(count)} {phrase}' for count, phrase in clauses)}"
    count, phrase = clauses[0]
    return f"the only run {phrase}" if count == 1 else f"all {words.count(count)} runs {phrase}"


def of_arms(arms: Sequence[str], text: str) -> str:
    """Return what happened to the runs of these arms."""
    return f"of {', '.join(map(words.name, arms))}, {text}"


def smoothed(weight: str) -> str:
    """Say how curves were smoothed; the weight as it is offered."""
    return f"Every run is smoothed by itself (exponential moving average, weight {weight}); so are center and band."


def along_time(step_name: str) -> str:
    """Say what the time along a curve is, and is not."""
    return (
        f"Time: each run's training time spread evenly over its {step_name}s, as if all took equally long. Runs "
        "without a training time are not drawn."
    )
