"""The sentence a person may quote: numbers first, no stars, no "significant", never "statistically equal"."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.judgement import Judgement, Outcome
from seedspread.stats.decision.planning import SeedsNeeded
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.inference.outliers import StandingApart

POINTS = 100.0


@dataclass(frozen=True)
class Conditions:
    """What the numbers were made under, for the sentence: the metric's name and unit, and each source's policy.

    unit: "share" for fractions of 1, whose differences are told in points; else a unit or nothing. varied, fixed, free:
    names of the sources of randomness that did the same in both arms. differing: the others, each as (source, what it
    did in A, what in B), None for a source an arm does not have. same_variant: both arms train the same, so that they
    differ in luck (and in their sources) alone. held: arms in which every source is held fixed; unseeded: others in
    which none follows the seed. peeked: the runs were looked at while they came in, without a rule that pays for it.
    added: the seeds asked for at first, then those of each batch added once results were in; empty where all were asked
    for at once. to_come: the seeds of A and of B whose runs have not ended. codes: digests
    of the code that trained A and B, None where it was the same.
    """

    metric: str = "the metric"
    unit: str = ""
    varied: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    differing: tuple[tuple[str, str | None, str | None], ...] = ()
    same_variant: bool = False
    held: tuple[str, ...] = ()
    unseeded: tuple[str, ...] = ()
    peeked: bool = False
    added: tuple[int, ...] = ()
    to_come: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    codes: tuple[str, str] | None = None

    @property
    def interim(self) -> bool:
        """Return True while runs are pending, or after seeds were added because of a result."""
        return self.peeked or bool(self.added)

    @property
    def unvaried(self) -> tuple[str, ...]:
        """Return the arms in which no source follows the seed."""
        return (*self.held, *self.unseeded)

    @property
    def luck_alone(self) -> bool:
        """Whether nothing but luck tells the arms apart: one variant, every source doing the same in both."""
        return self.same_variant and not self.differing

    @property
    def scale(self) -> float:
        """What differences are multiplied with to be told."""
        return POINTS if self.unit == "share" else 1.0

    @property
    def unit_word(self) -> str:
        """What follows a difference, with the blank before it."""
        word = "points" if self.unit == "share" else self.unit
        return f" {word}" if word else ""

    def told(self, difference: float) -> str:
        """An exact difference with its unit, as it was stated: `0.5 points`, `1 point`."""
        number = _minus(f"{difference * self.scale:g}")
        return f"{number} point" if self.unit == "share" and number == "1" else f"{number}{self.unit_word}"


def headline(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> str:
    """The verdict in one sentence."""
    a, b = evidence.sample_a.arm, evidence.sample_b.arm
    n = counted(evidence)
    match judgement.reason:
        case "no_values":
            return f"No verdict: {_without_values(evidence, conditions)}."
        case "too_few_seeds":
            return (
                f"Too few seeds to judge a difference ({n}): {FEWEST_FOR_INTERVAL} per arm are the least for a range."
            )
        case "identical":
            return f"{a} and {b} gave the same values ({n}): the same runs twice, or the change has no effect."
        case "same_difference":
            return f"Exactly the same difference in every seed ({n}): no variation to judge it against."
        case "no_variation":
            return _no_variation(evidence, conditions)
        case "standing_apart":
            said = " and ".join(_apart(arm, found) for arm, found in _apart_arms(evidence) if found.count)
            return f"No verdict on means: {said}. Compare how often that happens, and the rest separately."
        case "copies":
            return f"No verdict: {_copied(evidence)}. The same runs seem to be counted several times."
        case "fails_more":
            return _about_failures(evidence, judgement)
        case "between_looks":
            ahead = [size for size in rule.schedule() if size > _started(evidence)]
            return f"Between looks: the next one is planned at {ahead[0] if ahead else rule.most_seeds} seeds per arm."
    return _about_luck(judgement, conditions) + _about_interval(evidence, judgement, rule, conditions)


def _copied(evidence: Evidence) -> str:
    """Return which arms repeat their values."""
    arms = ((evidence.sample_a.arm, evidence.copies_a), (evidence.sample_b.arm, evidence.copies_b))
    return " and ".join(f"{arm} has {c.distinct} different values in {c.n} runs" for arm, c in arms if c is not None)


def _about_failures(evidence: Evidence, judgement: Judgement) -> str:
    """Return the verdict on arms that fail at different rates."""
    a, b = evidence.sample_a, evidence.sample_b
    worse, other = (b, a) if judgement.fails_more == b.arm else (a, b)
    better = f"{judgement.winner} is better: " if judgement.winner is not None else ""
    counts = f"{worse.left_out} of {worse.ended} against {other.left_out} of {other.ended}"
    return f"{better}{worse.arm} fails more often: {counts}."


def _no_variation(evidence: Evidence, conditions: Conditions) -> str:
    """Why arms of one value have no verdict: a doubt only where the seed should have varied something."""
    flat = [arm for arm, constant in _constant_arms(evidence) if constant]
    seeded = [arm for arm in flat if arm not in (*conditions.held, *conditions.unseeded)]
    still = " and ".join(seeded or flat)
    if seeded:
        return f"No variation between the seeds of {still}: is the seed applied?"
    if all(arm in conditions.held for arm in flat):
        return f"No verdict: every source is held fixed in {still}, so there is no spread to judge by."
    return f"No verdict: no source follows the seed in {still}, and every run gave the same value."


def _about_luck(judgement: Judgement, conditions: Conditions) -> str:
    """What stands before the range where nothing but luck tells the arms apart."""
    if not conditions.luck_alone:
        return ""
    match judgement.reason:
        case "interval_excludes_zero" | "separated" | "exact_tests_agree":
            return "Luck alone looks like a difference here: "
        case "inside_smallest_difference" | "interval_covers_zero":
            return "Luck alone does not look like a difference here: "
    return ""


def outcome_words(outcome: Outcome, winner: str | None, *, directed: bool = True) -> str:
    """The outcome for a table's cell, the winner named; directed: whether it is known which values are better."""
    if outcome == "better" and winner is not None:
        return f"{winner} {'better' if directed else 'higher'}"
    return "practically equal" if outcome == "no_difference" else outcome


def details(evidence: Evidence, conditions: Conditions) -> tuple[str, ...]:
    """What varied, what was held fixed, what was left out: a sentence each."""
    said = [
        f"{label}: {', '.join(names)}."
        for label, names in (
            ("Varied with the seed", conditions.varied),
            ("Held fixed", conditions.fixed),
            ("Drawn freshly in every run", conditions.free),
        )
        if names
    ]
    said += _differing(evidence, conditions)
    for sample in (evidence.sample_a, evidence.sample_b):
        ended = ((sample.failures, "failed"), (sample.missing, "did not report it"), (sample.non_finite, "not finite"))
        parts = (*ended, (sample.cancelled, "cancelled"))
        if count := sum(number for number, _ in parts):
            how = ", ".join(f"{number} {what}" for number, what in parts if number)
            said.append(f"Left out: {count} of {sample.started} runs of {sample.arm} ({how}).")
    return (*said, *_unmatched(evidence, conditions))


def _without_values(evidence: Evidence, conditions: Conditions) -> str:
    """Which arm has no value, and whether one is still to come."""
    for sample, to_come in zip((evidence.sample_a, evidence.sample_b), conditions.to_come, strict=True):
        if not sample.usable.size:
            waits = to_come and not sample.values.size
            return (
                f"no run of {sample.arm} has finished yet"
                if waits
                else f"{sample.arm} has no finite value of {conditions.metric}"
            )
    return (
        f"{evidence.sample_a.arm} and {evidence.sample_b.arm} share no seed with finite values of {conditions.metric}"
    )


def _unmatched(evidence: Evidence, conditions: Conditions) -> list[str]:
    """The seeds without a partner: those whose partner is still to come, and those that have none."""
    if evidence.pairs is None:
        return []
    first, second = (
        set() if sample.seeds is None else set(sample.seeds[sample.finite].tolist())
        for sample in (evidence.sample_a, evidence.sample_b)
    )
    lone = ((evidence.sample_a.arm, first - second), (evidence.sample_b.arm, second - first))
    waiting: list[str] = []
    left: list[str] = []
    for (arm, seeds), to_come in zip(lone, reversed(conditions.to_come), strict=True):
        for found, told in ((len(seeds & to_come), waiting), (len(seeds - to_come), left)):
            if found:
                told.append(f"{found} seed{'s' if found != 1 else ''} of {arm}")
    starts = (("Waiting for a partner", waiting), ("Left out for want of a partner", left))
    return [f"{start}: {', '.join(told)}." for start, told in starts if told]


def _differing(evidence: Evidence, conditions: Conditions) -> list[str]:
    """What the sources did that differ between the arms, sources of one kind together."""
    a, b = evidence.sample_a.arm, evidence.sample_b.arm
    kinds: dict[tuple[str | None, str | None], list[str]] = {}
    for source, in_a, in_b in conditions.differing:
        kinds.setdefault((in_a, in_b), []).append(source)
    said = []
    for (in_a, in_b), names in kinds.items():
        sources, many = ", ".join(names), len(names) > 1
        told = f"{_did(in_a, many=many)} in {a} and {_did(in_b, many=many)} in {b}"
        said.append(f"{sources[:1].upper()}{sources[1:]} {told}.")
    return said


def _did(policy: str | None, *, many: bool) -> str:
    """What a source did in an arm, by its policy."""
    was = "were" if many else "was"
    told = {"vary": "varied", "fixed": f"{was} held fixed", "free": f"{was} drawn freshly", "levels": f"{was} crossed"}
    return f"{was} no source" if policy is None else told.get(policy, policy)


def advice(needed: SeedsNeeded, rule: DecisionRule, conditions: Conditions) -> str:
    """How many seeds it would take, in words."""
    if needed.per_arm is None:
        return "More seeds per arm would be needed than can be run."
    margin = _margin(rule, conditions)
    cautious = f" (up to {needed.cautious:,} if the spread is understated)" if _more(needed) else ""
    count = f"{needed.per_arm:,} seeds per arm, {needed.additional:,} more than now"
    match needed.basis:
        case "minimum_seeds":
            return f"A verdict takes at least {count}."
        case "smallest_difference":
            return f"To find a difference of {margin} with power {rule.power:g} takes about {count}{cautious}."
        case "interval_within_difference":
            return f"For a range narrower than {margin}, which then decides, it takes about {count}{cautious}."
        case "half_the_interval":
            return f"To halve the range takes about {count}; name the smallest difference that matters to plan better."


def quoted(value: float, width: float, *, sign: bool = False) -> str:
    """The number rounded to two significant digits of the interval's width."""
    if not (math.isfinite(width) and width > 0):
        return _minus(f"{value:{'+' if sign else ''}.6g}")
    decimals = 1 - math.floor(math.log10(width))
    if not -15 < decimals < 15:
        return _minus(f"{value:{'+' if sign else ''}.3g}")
    rounded = round(value, decimals) + 0.0  # no "-0"
    return _minus(f"{rounded:{'+' if sign else ''}.{max(decimals, 0)}f}")


def _minus(number: str) -> str:
    """The number with a minus sign instead of a hyphen, as figures have it."""
    return number.replace("-", "−", 1) if number.startswith("-") else number


def spoken_range(interval: Interval) -> str:
    """The interval as it stands in a sentence."""
    return f"{_share(interval)} {_from_to(interval)[5:]}"


def counted(evidence: Evidence) -> str:
    """n in words: shared seeds, or seeds of either arm."""
    if evidence.paired:
        return f"{evidence.n} shared seeds" if evidence.n != 1 else "1 shared seed"
    if evidence.a.size == evidence.b.size:
        return f"{evidence.n} seeds each"
    return f"{evidence.a.size} seeds against {evidence.b.size}"


def _about_interval(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> str:
    a, b, metric, unit = evidence.sample_a.arm, evidence.sample_b.arm, conditions.metric, conditions.unit_word
    interval = evidence.interval
    if interval is None or evidence.moments_a is None or evidence.moments_b is None:
        return f"Not enough seeds to tell: no finite range of the difference yet ({counted(evidence)})."
    difference = conditions.scale * (evidence.moments_b.mean - evidence.moments_a.mean)
    interval = replace(interval, low=interval.low * conditions.scale, high=interval.high * conditions.scale)
    favoured = judgement.winner or judgement.leaning
    speaks_for_b = difference > 0 if favoured is None else favoured == b
    subject, other, shown = (b, a, interval) if speaks_for_b else (a, b, _turned(interval))
    word = "higher" if (difference > 0) == speaks_for_b else "lower"
    size = f"{subject} was {word} by {quoted(abs(difference), interval.width())}{unit} on average"
    how = f"{counted(evidence)}, {interval.method}"
    basis = f"{spoken_range(shown)}{unit} for {subject} minus {other}, {how}"
    match judgement.reason:
        case "interval_excludes_zero" | "separated" | "exact_tests_agree":
            # One variant under two policies has no winner: means may differ, but nothing was made better.
            named = rule.direction is not None and not conditions.same_variant
            better = f"{judgement.winner} is better: " if named else ""
            return f"{better}{metric} of {size} ({basis})."
        case "inside_smallest_difference":
            margin = _margin(rule, conditions)
            return f"Practically equal: the mean difference in {metric} is within ±{margin} ({basis})."
        case "below_minimum" | "few_seeds" if judgement.leaning is not None and not conditions.same_variant:
            return f"Leans to {judgement.leaning}, too few seeds for a verdict: {metric} of {size} ({basis})."
        case "below_minimum" | "few_seeds":
            return f"Too few seeds for a verdict ({basis})."
        case "failures_disagree":
            return f"Undecided: with failed runs ranked last, the difference does not hold ({basis})."
        case "check_disagrees":
            p = judgement.check.p if judgement.check else None
            said = "" if p is None else f", p {p:.2g}"
            return f"Undecided: the range excludes 0, the permutation test does not agree{said} ({basis})."
    open_range = f"{metric} of {b} minus {a} could be {_from_to(interval)}{unit}"
    start = "" if conditions.luck_alone and judgement.reason == "interval_covers_zero" else "Not enough seeds to tell: "
    return f"{start}{open_range} ({_share(interval)}, {how})."


def _margin(rule: DecisionRule, conditions: Conditions) -> str:
    return "" if rule.smallest_difference is None else conditions.told(rule.smallest_difference)


def _turned(interval: Interval) -> Interval:
    return replace(interval, low=-interval.high, high=-interval.low)


def _from_to(interval: Interval) -> str:
    width = interval.width()
    return f"from {quoted(interval.low, width, sign=True)} to {quoted(interval.high, width, sign=True)}"


def _share(interval: Interval) -> str:
    return f"{interval.stated_level} interval"


def _constant_arms(evidence: Evidence) -> tuple[tuple[str, bool], ...]:
    known = ((evidence.sample_a.arm, evidence.moments_a), (evidence.sample_b.arm, evidence.moments_b))
    return tuple((arm, found is not None and found.constant) for arm, found in known)


def _apart_arms(evidence: Evidence) -> tuple[tuple[str, StandingApart], ...]:
    if evidence.apart_difference is not None:
        return ((f"{evidence.sample_b.arm} minus {evidence.sample_a.arm}", evidence.apart_difference),)
    return (evidence.sample_a.arm, evidence.apart_a), (evidence.sample_b.arm, evidence.apart_b)


def _apart(arm: str, found: StandingApart) -> str:
    return f"{found.count} of {found.n} seeds of {arm} ended far {found.side} the rest"


def _started(evidence: Evidence) -> int:
    return min(evidence.sample_a.started, evidence.sample_b.started)


def _more(needed: SeedsNeeded) -> bool:
    return needed.cautious is not None and needed.per_arm is not None and needed.cautious > needed.per_arm
