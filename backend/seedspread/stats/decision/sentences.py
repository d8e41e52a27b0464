"""Sentences of a verdict.

The headline can be quoted by itself; the details follow as one short sentence each. A signed difference is always B − A
(arm minus baseline), as in tables and figures; every interval that has a sign names the subtraction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seedspread import words
from seedspread.stats.data.conditions import ANY_METRIC, Conditions
from seedspread.stats.data.finite import OVERFLOW, UNDERFLOW
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.judgement import REFUSALS, Judgement, State
from seedspread.stats.decision.planning import SeedsNeeded
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.inference.outliers import StandingApart
from seedspread.summaries import first_step, unusable, why_identical

_SMALLEST, _LARGEST = words.number(UNDERFLOW), words.number(OVERFLOW)
# The p-value is that of a difference, and says nothing where the interval shows that there is none that matters.
_UNTESTED = (REFUSALS - {"standing_apart"}) | {
    *("too_few_seeds", "between_looks", "no_interval_yet", "inside_smallest_difference")
}


def state_words(state: State, winner: str | None, arm: str, *, directed: bool = True) -> str:
    """Return the state for a table's cell, worded as in the headline.

    If `directed`, a direction says which values are better; otherwise the arm is higher or lower than its baseline.
    """
    if state == "better" and winner is not None:
        return f"{winner} better" if directed else f"{arm} {'higher' if winner == arm else 'lower'}"
    return state.replace("_", " ")


def p_to_show(reason: str, p: float) -> float | None:
    """Return a verdict's p for a table's cell, None without a test."""
    return None if reason in _UNTESTED else p


def headline(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> str:
    """Return the verdict in one short sentence."""
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    n = counted(evidence)
    match judgement.reason:
        case "no_values":
            return f"Cannot be judged: {_without_values(evidence, conditions)}."
        case "too_few_seeds":
            are = "is" if evidence.n == 1 else "are"
            return f"Undecided: {n} {are} too few for a confidence interval of {_quantity(evidence)}."
        case "identical":
            gave = "identical values" if _equal_on_paper(evidence) else f"values equal within {_tolerance(evidence)}"
            return f"Cannot be judged: {b} and {a} gave {gave} ({n})."
        case "no_variation":
            within = "" if _equal_on_paper(evidence) else f", within {_tolerance(evidence)}"
            return f"Cannot be judged: {_still(evidence, conditions)} gave one value under every seed{within}."
        case "standing_apart":
            return f"Cannot be judged by means: {words.listing(_apart(evidence))}."
        case "copies":
            return f"Cannot be judged: {words.listing(_copied(evidence))}."
        case "no_logarithm":
            arms = words.listing([words.name(arm) for arm in evidence.not_positive])
            return f"Cannot be judged by a ratio: {arms} {_has(evidence.not_positive)} values of 0 or below."
        case "fails_more":
            return _failing(evidence, judgement, conditions)
        case "between_looks":
            ahead = [
                size for size in rule.schedule() if size > min(evidence.sample_a.started, evidence.sample_b.started)
            ]
            at = words.counted(ahead[0] if ahead else rule.most_seeds or 0, "seed")
            return f"Undecided, {b} against {a}: the next planned look is at {at} per arm."
    return _about_interval(evidence, judgement, rule, conditions)


def _about_interval(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> str:
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    if evidence.interval is None and evidence.same_difference:
        return f"Undecided: {measured(evidence, conditions)}."
    if evidence.interval is None or evidence.moments_a is None or evidence.moments_b is None:
        return f"Undecided: no finite confidence interval of {_quantity(evidence)} yet ({counted(evidence)})."
    is_measured = measured(evidence, conditions)
    luck = "Luck alone does not look like a difference here" if conditions.luck_alone else ""
    match judgement.reason:
        case "interval_excludes_zero" | "separated" | "exact_tests_agree" | "same_difference":
            return _winning(evidence, judgement, rule, conditions, is_measured)
        case "inside_smallest_difference":
            margin = "" if rule.smallest_difference is None else f" within {stated_margin(rule, conditions)}"
            return f"{luck or f'{b} and {a} are equivalent{margin}'}: {is_measured}."
        case "interval_covers_zero":
            return f"{luck or 'Undecided'}: {is_measured}."
        case "below_minimum" | "few_seeds" if judgement.leaning is not None and not conditions.same_variant:
            arm = words.name(judgement.leaning)
            leans = f"{arm} has the higher mean" if rule.direction is None else f"leaning to {arm}"
            return f"Undecided, {leans}: {is_measured}."
        case "failures_disagree":
            return _blocked_by_failures(evidence, judgement, rule, conditions)
        case "check_disagrees":
            p = "" if judgement.check is None or judgement.check.p is None else f" ({words.p_value(judgement.check.p)})"
            return f"Undecided: {is_measured}, but the permutation test does not confirm it{p}."
    return f"Undecided: {is_measured}."


def _blocked_by_failures(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> str:
    """Return the sentence about a lead that failed runs cancel out."""
    interval, arm, rank = evidence.interval, judgement.leaning, judgement.worst_rank
    # The p is set to 1 where ranks with failures point the other way, which is no measured p.
    p = "" if rank is None or rank.p is None or rank.p >= 1 else f" ({words.p_value(rank.p)})"
    but = f"but not when failed runs are ranked last{p}."
    if interval is None or interval.holds(0.0) or arm is None:
        return f"Undecided: {measured(evidence, conditions)}, {but}"
    how = "leads by" if rule.direction is not None else "is higher by"
    return f"Undecided: {words.name(arm)} {how} {_amount(evidence, conditions, signed=False, upwards=True)}, {but}"


def _winning(
    evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions, is_measured: str
) -> str:
    """Return the sentence about a difference that the rule confirms."""
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    clear = evidence.interval is not None and evidence.interval.low > 0
    higher = (judgement.winner == evidence.sample_b.arm) == (rule.direction != "minimize")
    metric = _on_metric(conditions)
    luck = "Luck alone looks like a difference here: " if conditions.luck_alone else ""
    if rule.direction is None or conditions.same_variant:
        # One variant under two policies has no winner: means may differ, but nothing was made better.
        plain = clear and evidence.centre == "mean"
        by = f" by {_amount(evidence, conditions, signed=False)}" if plain else f": {is_measured}"
        return f"{luck}{b} is {'higher' if higher else 'lower'} than {a}{metric}{by}."
    if clear and higher and rule.direction == "maximize" and evidence.centre == "mean":
        return f"{b} beats {a}{metric} by {_amount(evidence, conditions, signed=False)}."
    winner, other = (b, a) if judgement.winner == evidence.sample_b.arm else (a, b)
    if evidence.centre == "mean" and evidence.interval is not None and not evidence.interval.holds(0.0):
        return f"{winner} beats {other}{metric} by {_size(evidence, conditions)}."
    return f"{winner} beats {other}{metric}: {is_measured}."


def _size(evidence: Evidence, conditions: Conditions) -> str:
    """Format how far the winner is ahead, with the signed interval.

    Example: `2.1 points (wide − base: 95% CI −2.7 to −1.4, 24 paired seeds)`.
    """
    interval, scale = evidence.interval, conditions.scale
    if interval is None or (evidence.same_difference and evidence.difference is not None):
        return _amount(evidence, conditions, signed=False, upwards=True)
    marks = _marks(evidence)
    ahead = words.difference(abs(evidence.value or 0.0), interval.ends, conditions.unit, signed=False, marks=marks)
    scaled = [mark * scale for mark in marks]
    within = words.interval(interval.low * scale, interval.high * scale, interval.level, signed=True, marks=scaled)
    subtraction = f"{words.name(evidence.sample_b.arm)} − {words.name(evidence.sample_a.arm)}"
    return f"{ahead} ({subtraction}: {_at_its_level(within, evidence, conditions)}, {counted(evidence)})"


def _at_its_level(within: str, evidence: Evidence, conditions: Conditions) -> str:
    """Say beside an interval why its level is not the rule's.

    Example: `99% CI, as seeds were added: +1.6 to +2.9`.
    """
    why = level_reason(conditions, planned=evidence.look is not None)
    return within.replace(" CI ", f" CI, {why}: ", 1) if why else within


def level_reason(conditions: Conditions, *, planned: bool = False) -> str:
    """Return why an interval's level is not the rule's, or ""."""
    if conditions.peeked and conditions.unpaid and not conditions.added:
        return "as runs are pending"
    if conditions.added and not conditions.unspent:
        return "as seeds were added"
    return "at a planned look" if planned else ""


def measured(evidence: Evidence, conditions: Conditions) -> str:
    """Return the measured difference as a clause.

    Example: `wide − base is +2.1 points (95% CI +1.4 to +2.7, 24 paired seeds)`.
    """
    quantity = _quantity(evidence)
    if evidence.robust and not evidence.same_difference:
        centre = "median" if evidence.centre == "median" else "20% trimmed mean"
        quantity = f"the {centre} of {quantity}" if evidence.paired else f"the difference of {centre}s, {quantity},"
    return f"{quantity} is {_amount(evidence, conditions, signed=True)}"


def _quantity(evidence: Evidence) -> str:
    """Return what is estimated: `wide − base`, or `wide / base`."""
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    return f"{b} / {a}" if evidence.centre == "log_ratio" else f"{b} − {a}"


def stated_margin(rule: DecisionRule, conditions: Conditions) -> str:
    """Format the smallest difference that matters; for ratios a share."""
    if rule.smallest_difference is None:
        return ""
    if rule.centre == "log_ratio":
        return f"{words.exact(100 * rule.smallest_difference)}%"
    return conditions.entered(rule.smallest_difference)


def after_correction(
    evidence: Evidence, judgement: Judgement, conditions: Conditions, comparisons: int, p: float | None
) -> tuple[str, str]:
    """Return headline and detail of a verdict that correction removes."""
    compared = words.counted(comparisons, "comparison")
    corrected = f"Corrected {words.p_value(p)} (Holm); t" if p is not None and judgement.leaning is not None else "T"
    headline = f"Undecided after correction for {compared}: {measured(evidence, conditions)}."
    return headline, f"{corrected}he interval is of this comparison alone."


def _amount(evidence: Evidence, conditions: Conditions, *, signed: bool, upwards: bool = False) -> str:
    """Format the difference with its interval and seeds.

    If `upwards`, a difference below 0 is reversed, for sentences that name the leading arm.
    """
    interval = evidence.interval
    if evidence.same_difference and evidence.centre == "log_ratio":
        value = math.exp(max(-700.0, min(700.0, evidence.value or 0.0)))
        return f"{words.number(value)} in each of {counted(evidence)}"
    if evidence.same_difference and evidence.difference is not None:
        same = -evidence.difference.mean if upwards and evidence.difference.mean < 0 else evidence.difference.mean
        return f"{words.difference(same, None, conditions.unit, signed=signed)} in each of {counted(evidence)}"
    if interval is None or evidence.moments_a is None or evidence.moments_b is None:
        return words.NOTHING
    if evidence.centre == "log_ratio":
        return _ratio(evidence, interval, conditions, upwards=upwards)
    mean, scale = evidence.value or 0.0, conditions.scale
    low, high = interval.low * scale, interval.high * scale
    if upwards and mean < 0:
        mean, low, high = -mean, -high, -low
    marks = _marks(evidence)
    amount = words.difference(mean, interval.ends, conditions.unit, signed=signed, marks=marks)
    within = words.interval(low, high, interval.level, signed=signed, marks=[mark * scale for mark in marks])
    return f"{amount} ({_at_its_level(within, evidence, conditions)}, {counted(evidence)})"


def _ratio(evidence: Evidence, interval: Interval, conditions: Conditions, *, upwards: bool) -> str:
    """Format the ratio of geometric means with its interval."""
    value, low, high = evidence.value or 0.0, interval.low, interval.high
    if upwards and value < 0:
        value, low, high = -value, -high, -low
    # Beyond e**700 a float64 overflows.
    value, low, high = (math.exp(max(-700.0, min(700.0, end))) for end in (value, low, high))
    marks = [1.0, *map(math.exp, _marks(evidence))]
    amount = words.rounded(value, (low, high), marks=marks)
    within = words.interval(low, high, interval.level, marks=marks)
    return f"{amount} ({_at_its_level(within, evidence, conditions)}, {counted(evidence)})"


def _marks(evidence: Evidence) -> tuple[float, ...]:
    """Return the differences besides 0 on which the verdict turns."""
    return () if evidence.margin is None else (-evidence.margin, evidence.margin)


def _equal_on_paper(evidence: Evidence) -> bool:
    """Return True if values that count as equal differ in no digit.

    Fractions such as k of 360 that differ in the last bit are equal on paper.
    """
    samples = (evidence.sample_a, evidence.sample_b)
    if any(sample.traces for sample in samples):
        return False
    if evidence.lattice.denominator is not None:
        return True
    if evidence.pairs is not None and evidence.difference is not None and evidence.difference.mean == 0:
        return bool(np.array_equal(evidence.a, evidence.b))
    flat = [arm for arm, constant in _constant_arms(evidence) if constant]
    return all(np.unique(sample.usable).size == 1 for sample in samples if sample.arm in flat)


def _tolerance(evidence: Evidence) -> str:
    """Return the distance within which values count as equal."""
    if evidence.sample_a.traces or evidence.sample_b.traces:
        return _SMALLEST
    return words.number(evidence.lattice.unit)


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _copied(evidence: Evidence) -> list[str]:
    """Return a clause for each arm whose values repeat."""
    arms = ((evidence.sample_a.arm, evidence.copies_a), (evidence.sample_b.arm, evidence.copies_b))
    return [
        f"{words.name(arm)} has only {words.counted(copies.distinct, 'different value')} in "
        f"{words.counted(copies.n, 'run')}"
        for arm, copies in arms
        if copies is not None
    ]


def _failing(evidence: Evidence, judgement: Judgement, conditions: Conditions) -> str:
    """Return the headline for arms that fail at different rates."""
    a, b = evidence.sample_a, evidence.sample_b
    worse, other = (b, a) if judgement.fails_more == b.arm else (a, b)
    first = f"{words.count(worse.left_out)} of {words.counted(worse.ended, 'run')}"
    p = "" if judgement.failures_p is None else f" ({words.p_value(judgement.failures_p)})"
    often = f"more often: {first} against {words.count(other.left_out)} of {words.count(other.ended)}{p}."
    fails = fails_how(evidence, conditions.metric)
    if judgement.winner is None:
        return f"{words.name(worse.arm)} {fails} {often}"
    return f"{words.name(other.arm)} beats {words.name(worse.arm)}, which {fails} {often}"


def fails_how(evidence: Evidence, metric: str) -> str:
    """Return the verb for runs without a value: `fails`.

    Runs that only never met the condition of a first step did not fail.
    """
    samples = (evidence.sample_a, evidence.sample_b)
    return fails_verb(metric, unmet=all(sample.left_out == sample.non_finite for sample in samples))


def fails_verb(metric: str, *, unmet: bool) -> str:
    """Return `fails`, or that an unmet condition is all there is."""
    return "misses the condition" if unmet and first_step(metric) is not None else "fails"


def _on_metric(conditions: Conditions) -> str:
    """Return ` on val_loss` if the unit does not identify the metric."""
    if conditions.metric == ANY_METRIC or words.difference_unit(conditions.unit) == "points":
        return ""
    return f" on {words.name(conditions.metric)}"


def details(
    evidence: Evidence,
    judgement: Judgement,
    rule: DecisionRule,
    conditions: Conditions,
    needed: SeedsNeeded | None,
    corrected: tuple[int, float | None] = (1, None),
) -> tuple[str, ...]:
    """Return the details of a comparison, one sentence each.

    They name the method, what varied, what was left out and how many seeds a verdict needs. corrected: the number of
    comparisons, and the p after Holm's correction for them.
    """
    sentences = [*_why(evidence, judgement, rule, conditions), *_compared(evidence, judgement, rule, conditions)]
    comparisons, holm = corrected
    if comparisons > 1 and holm is not None and judgement.outcome == "better":
        compared = words.counted(comparisons, "comparison")
        sentences.append(f"Corrected for {compared}: {words.p_value(holm)} (Holm); the interval is of this one alone.")
    for label, names in (
        ("Varied with the seed", conditions.varied),
        ("Held fixed", conditions.fixed),
        ("Drawn anew in every run", conditions.free),
    ):
        if names:
            sentences.append(f"{label}: {', '.join(names)}.")
    sentences += [*_differing(evidence, conditions), *_left_out(evidence, conditions.metric)]
    sentences += _unmatched(evidence, conditions)
    planned = needed is None or conditions.luck_alone or judgement.reason == "between_looks"
    return (*sentences, *([] if planned or needed is None else [advice(needed, rule, conditions, evidence)]))


def _why(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> list[str]:
    """Explain why there is no verdict, and what to do."""
    match judgement.reason:
        case "identical" | "no_variation" if not _equal_on_paper(evidence):
            if evidence.sample_a.traces or evidence.sample_b.traces:
                return [f"Values below {_SMALLEST} count as 0. Report the metric multiplied by a constant."]
            how = "Values are rounded to this before they are compared, since later digits are seldom exact."
            return [f"{how} If they are, report the metric as a distance from a fixed value."]
        case "identical":
            return [why_identical(conditions.metric)]
        case "no_logarithm":
            return ["Compare by means, or by another centre."]
        case "no_variation":
            return [_no_variation(evidence, conditions)]
        case "fails_more" if evidence.interval is not None:
            return [f"Among runs with a value, {measured(evidence, conditions)}."]
        case "copies":
            return ["The same runs seem to be counted several times."]
        case "separated":
            if evidence.paired:
                return ["Every paired difference has the same sign, so the exact tests decide."]
            return ["Every value of one arm lies beyond every value of the other, so the exact tests decide."]
        case "same_difference":
            what = "The ratio" if evidence.centre == "log_ratio" else "The difference"
            if rule.looks == "anytime":
                decided = f"so the signs decide, by a test that holds at every look ({words.p_value(judgement.p)})"
                return [f"{what} does not vary with the seed, {decided}."]
            p = "" if judgement.check is None else f" ({words.p_value(judgement.check.p)})"
            return [f"{what} does not vary with the seed, so the exact sign-flip test decides{p}."]
        case "exact_tests_agree":
            return ["Outliers distort the interval, so the permutation test and the rank test decide."]
        case "standing_apart":
            return ["Compare how often this happens, and compare the other seeds separately."]
        case "too_few_seeds":
            return [f"An interval needs at least {FEWEST_FOR_INTERVAL} seeds per arm."]
        case "few_seeds" if evidence.look is not None:
            return [f"With {counted(evidence)}, no exact test can reach the level of this look."]
        case "few_seeds":
            return [f"{words.sentence(counted(evidence))[:-1]} {_are(evidence)} too few for a verdict."]
        case "below_minimum":
            return [f"The rule asks for at least {rule.minimum_seeds} seeds per arm before a verdict."]
    return []


def _compared(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> list[str]:
    """Return the metric and method behind the headline's interval."""
    unused = judgement.reason in (*REFUSALS, "between_looks", "too_few_seeds")
    if evidence.interval is None or unused:
        return []
    sentences = []
    if conditions.metric != ANY_METRIC:
        better = {"maximize": " (higher is better)", "minimize": " (lower is better)"}.get(rule.direction or "", "")
        sentences.append(f"Metric: {words.name(conditions.metric)}{better}.")
    if evidence.same_difference:
        return sentences
    if evidence.centre != "mean":
        centre = {"trimmed": "20% trimmed means", "median": "medians", "log_ratio": "geometric means"}[evidence.centre]
        sentences.append(f"Compared by {centre}, as the rule states.")
    check = judgement.check
    confirmed, decides = "", []
    if judgement.outcome == "better" and check is not None and check.p is not None:
        confirmed = f"; the {check.name} test confirms it ({words.p_value(check.p)})"
        decides = _deciding_p(judgement)
    return [*sentences, f"Interval: {evidence.interval.method}{confirmed}.", *decides]


def _deciding_p(judgement: Judgement) -> list[str]:
    """Say which of several p-values a verdict stands on."""
    if judgement.reason != "interval_excludes_zero":
        return []
    agreement = "Both tests must agree, so the larger p-value"
    if judgement.worst_rank is not None:
        agreement = "All tests must agree, so the largest p-value"
    return [f"{agreement} decides ({words.p_value(judgement.p)})."]


def _still(evidence: Evidence, conditions: Conditions) -> str:
    """List the arms whose values are constant.

    Only arms whose seed should have varied something are listed, if there are any.
    """
    flat = [arm for arm, constant in _constant_arms(evidence) if constant]
    seeded = [arm for arm in flat if arm not in (*conditions.all_fixed, *conditions.unseeded)]
    still = seeded or flat
    return words.listing([words.name(arm) for arm in still]) + (" each" if len(still) > 1 else "")


def _no_variation(evidence: Evidence, conditions: Conditions) -> str:
    """Explain why arms with constant values have no verdict.

    Only if the seed should have varied something does it suggest that the seed is not applied.
    """
    flat = [arm for arm, constant in _constant_arms(evidence) if constant]
    if any(arm not in (*conditions.all_fixed, *conditions.unseeded) for arm in flat):
        return "Check that the seed is applied."
    if all(arm in conditions.all_fixed for arm in flat):
        return "Every source is held fixed there, so there is no spread to judge by."
    return "No source follows the seed there."


def _left_out(evidence: Evidence, metric: str) -> list[str]:
    sentences = []
    for sample in (evidence.sample_a, evidence.sample_b):
        parts = (
            (sample.failures, "failed"),
            (sample.missing, "did not report the metric"),
            (sample.non_finite - sample.beyond, unusable(metric)),
            (sample.beyond, f"beyond {_LARGEST}"),
            (sample.cancelled, "cancelled"),
        )
        if count := sum(number for number, _ in parts):
            how = ", ".join(f"{words.count(number)} {outcome}" for number, outcome in parts if number)
            of = words.counted(sample.started, "run")
            sentences.append(f"{words.count(count)} of {of} of {words.name(sample.arm)} left out: {how}.")
    return sentences


def _without_values(evidence: Evidence, conditions: Conditions) -> str:
    """Name the arms that have no values, and say why."""
    metric = words.name(conditions.metric)
    samples = (evidence.sample_a, evidence.sample_b)
    if not any(sample.usable.size or sample.beyond for sample in samples) and all(sample.ended for sample in samples):
        return f"neither {words.name(samples[0].arm)} nor {words.name(samples[1].arm)} has a finite value of {metric}"
    for sample, to_come in zip((evidence.sample_a, evidence.sample_b), conditions.to_come, strict=True):
        if not sample.usable.size:
            if to_come and not sample.values.size:
                return f"no run of {words.name(sample.arm)} has finished yet"
            least = f"value below {_LARGEST}" if sample.beyond else "finite value"
            return f"{words.name(sample.arm)} has no {least} of {metric}"
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    return f"{b} and {a} share no seed with finite values of {metric}"


def _unmatched(evidence: Evidence, conditions: Conditions) -> list[str]:
    """Return sentences about seeds without a pair.

    Seeds whose pair is still to come are distinguished from those that have none.
    """
    if evidence.pairs is None:
        return []
    first, second = (
        set() if sample.seeds is None else set(sample.seeds[sample.finite].tolist())
        for sample in (evidence.sample_a, evidence.sample_b)
    )
    lone = ((evidence.sample_a.arm, first - second), (evidence.sample_b.arm, second - first))
    waiting: list[str] = []
    ignored: list[str] = []
    for (arm, seeds), to_come in zip(lone, reversed(conditions.to_come), strict=True):
        if coming := len(seeds & to_come):
            waiting.append(f"{words.counted(coming, 'seed')} of {words.name(arm)}")
        # Unpaired seeds of both arms count beside the pairs.
        if (alone := len(seeds - to_come)) and evidence.alone is None:
            ignored.append(f"{words.counted(alone, 'unpaired seed')} of {words.name(arm)}")
    return [
        *([f"Waiting for a pair: {words.listing(waiting)}."] if waiting else []),
        *([f"{words.listing(ignored)} ignored."] if ignored else []),
    ]


def _differing(evidence: Evidence, conditions: Conditions) -> list[str]:
    """Return sentences about sources whose policy differs between the arms.

    Sources with the same pair of policies share a sentence.
    """
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    kinds: dict[tuple[str | None, str | None], list[str]] = {}
    for source, in_a, in_b in conditions.differing:
        kinds.setdefault((in_a, in_b), []).append(source)
    sentences = []
    for (in_a, in_b), names in kinds.items():
        many = len(names) > 1
        did = f"{_did(in_a, many=many)} in {a} and {_did(in_b, many=many)} in {b}"
        sentences.append(words.sentence(f"{words.listing(names)} {did}"))
    return sentences


def _did(policy: str | None, *, many: bool) -> str:
    """Describe a source in an arm by its policy."""
    was = "were" if many else "was"
    did = {"vary": "varied", "fixed": f"{was} held fixed", "free": f"{was} drawn anew", "levels": f"{was} crossed"}
    return f"{was} absent" if policy is None else did.get(policy, policy)


def advice(needed: SeedsNeeded, rule: DecisionRule, conditions: Conditions, evidence: Evidence) -> str:
    """Return a sentence about the number of seeds that a verdict needs.

    Where runs ended without a value it says that they do not count.
    """
    if needed.per_arm is None or needed.additional is None:
        return "No feasible number of seeds would settle this."
    more, total = words.counted(needed.additional, "more seed"), words.counted(needed.per_arm, "seed")
    cautious = f"; up to {words.count(needed.cautious or 0)} if the spread is underestimated" if _more(needed) else ""
    margin = stated_margin(rule, conditions)
    match needed.basis:
        case "minimum_seeds":
            return f"A verdict needs {more} per arm ({total} in each arm{not_counted(evidence, conditions.metric)})."
        case "smallest_difference":
            power = words.percent(rule.power)
            return f"Detecting {margin} with {power} power takes about {more} per arm ({total} in each arm{cautious})."
        case "interval_within_difference":
            return f"About {more} per arm should settle this ({total} in each arm{cautious})."
        case "half_the_interval":
            plan = "set the smallest difference that matters for a better plan"
            return f"Halving the interval takes about {more} per arm ({total} in each arm); {plan}."


def not_counted(evidence: Evidence, metric: str) -> str:
    """Say which runs are no seeds of a verdict, or return "".

    Example: `, not counting 6 runs of base that never met the condition`.
    """
    left_out = [sample for sample in (evidence.sample_a, evidence.sample_b) if sample.left_out]
    if not left_out:
        return ""
    unmet = first_step(metric) is not None and all(sample.left_out == sample.non_finite for sample in left_out)
    runs = words.listing([f"{words.counted(item.left_out, 'run')} of {words.name(item.arm)}" for item in left_out])
    return f", not counting {runs} {'that never met the condition' if unmet else 'without a value'}"


def look_sentence(
    reason: str, evidence: Evidence, rule: DecisionRule, conditions: Conditions, started: int, following: int
) -> str:
    """Return a sentence about an adaptive study at a look.

    The reason is a code of `adaptive.StopReason` or `adaptive.ContinueReason`.
    """
    at, then = f"{words.counted(started, 'seed')} per arm", f"next look at {words.count(following)}"
    width = "no finite interval yet"
    if evidence.interval is not None and rule.width is not None:
        unit = "" if evidence.centre == "log_ratio" else conditions.unit
        wide = words.difference(evidence.interval.width(), (0.0, evidence.interval.width()), unit, signed=False)
        width = f"the interval is {wide} wide (target {conditions.entered(rule.width)})"
    match reason:
        case "between_looks":
            return f"{words.sentence(at)[:-1]} finished; {then}."
        case "decided":
            return f"Decided at {at}."
        case "narrow_enough":
            return f"Stopped at {at}: {width}."
        case "seeds_exhausted":
            return _used_up(evidence, rule)
        case "hopeless":
            return f"Stopped at {at}: no variation to judge by, and more seeds would not help."
        case "too_wide":
            return f"{width[:1].upper()}{width[1:]} at {at}; {then}."
        case "not_at_most":
            return f"{words.count(started)} of {words.counted(rule.most_seeds or 0, 'seed')} per arm finished; {then}."
    return f"Undecided at {at}; {then}."


def _used_up(evidence: Evidence, rule: DecisionRule) -> str:
    samples = (evidence.sample_a, evidence.sample_b)
    cancelled = sum(sample.cancelled for sample in samples)
    if cancelled:
        total = words.counted(sum(sample.started for sample in samples), "run")
        return f"No seeds are left: {words.count(cancelled)} of {total} were cancelled."
    return f"All {words.counted(rule.most_seeds or 0, 'seed')} per arm are used."


def counted(evidence: Evidence) -> str:
    """Format n as paired seeds, or as seeds per arm."""
    alone = (0, 0) if evidence.alone is None else (evidence.alone[0].size, evidence.alone[1].size)
    return words.seeds_used(evidence.a.size, evidence.b.size, paired=evidence.paired, alone=alone)


def _are(evidence: Evidence) -> str:
    return "is" if evidence.paired and evidence.n == 1 else "are"


def _constant_arms(evidence: Evidence) -> tuple[tuple[str, bool], ...]:
    arms = ((evidence.sample_a.arm, evidence.moments_a), (evidence.sample_b.arm, evidence.moments_b))
    return tuple((arm, moments is not None and moments.constant) for arm, moments in arms)


def _apart(evidence: Evidence) -> list[str]:
    a, b = words.name(evidence.sample_a.arm), words.name(evidence.sample_b.arm)
    groups: tuple[tuple[str, StandingApart], ...] = ((a, evidence.apart_a), (b, evidence.apart_b))
    if evidence.apart_difference is not None:
        groups = ((f"{b} − {a}", evidence.apart_difference),)
    return [
        f"{words.count(apart.count)} of {words.counted(apart.n, 'seed')} of {group} "
        f"{'lies' if apart.count == 1 else 'lie'} far {apart.side} the rest"
        for group, apart in groups
        if apart.count
    ]


def _more(needed: SeedsNeeded) -> bool:
    return needed.cautious is not None and needed.per_arm is not None and needed.cautious > needed.per_arm
