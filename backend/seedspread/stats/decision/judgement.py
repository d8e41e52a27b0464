"""Judge the evidence under the decision rule.

The outcome is better, equivalent, undecided, or cannot be judged, each with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data import sentences as reasons
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.inference.effects import wins
from seedspread.stats.inference.outliers import failure_difference
from seedspread.stats.inference.permutation import MOST_RESAMPLES, resamples_for
from seedspread.stats.inference.ranks import mann_whitney

Floats = NDArray[np.float64]

Outcome = Literal["better", "no_difference", "undecided"]
State = Literal["better", "equivalent", "undecided", "cannot_be_judged"]
Reason = Literal[
    "interval_excludes_zero",
    "separated",
    "exact_tests_agree",
    "inside_smallest_difference",
    "interval_covers_zero",
    "check_disagrees",
    "failures_disagree",
    "fails_more",
    "no_values",
    "no_logarithm",
    "too_few_seeds",
    "few_seeds",
    "below_minimum",
    "identical",
    "same_difference",
    "no_variation",
    "copies",
    "standing_apart",
    "between_looks",
    "no_interval_yet",
    "not_after_correction",
]

# What no number of further seeds of the same kind would settle.
REFUSALS: frozenset[Reason] = frozenset(
    {"no_values", "no_logarithm", "identical", "no_variation", "copies", "standing_apart"}
)
_ANYTIME_CAUTION = 10  # failure rates looked at after every run: fixed-n errors grow about sixfold up to 60 seeds


@dataclass(frozen=True)
class Judgement:
    """Outcome of a comparison and its reason.

    winner, leaning: an arm's name (the better one, or the higher one if no direction is set). check: the permutation
    test. rank: the exact rank test, if outliers or complete separation made it decide. worst_rank: the rank test with
    failed runs ranked last, if the winner fails more often. p: the smallest error rate at which "better" could be
    concluded; 1 if no test was run. equivalence_p: the same for "equivalent". fails_more: the arm whose runs fail more
    often than chance explains; failures_p: Fisher's exact p of that.
    """

    outcome: Outcome
    reason: Reason
    winner: str | None = None
    leaning: str | None = None
    check: HypothesisTest | None = None
    rank: HypothesisTest | None = None
    worst_rank: HypothesisTest | None = None
    p: float = 1.0
    equivalence_p: float = 1.0
    fails_more: str | None = None
    failures_p: float | None = None

    @property
    def state(self) -> State:
        """Return the state in the glossary's terms.

        Comparisons that cannot be judged are distinguished from undecided ones.
        """
        if self.outcome == "no_difference":
            return "equivalent"
        return "cannot_be_judged" if self.reason in REFUSALS else self.outcome


@dataclass(frozen=True)
class _Direction:
    """Direction under test: the favoured arm, its tests and their p."""

    favoured: str
    reason: Reason
    check: HypothesisTest
    rank: HypothesisTest | None
    worst_rank: HypothesisTest | None
    p: float


def judge(
    evidence: Evidence,
    rule: DecisionRule,
    rng: np.random.Generator,
    comparisons: int = 1,
    check: HypothesisTest | None = None,
) -> Judgement:
    """Judge one comparison by the rule.

    "Better" always needs both the t-type interval and the permutation test (paired: sign flip). The permutation test
    bounds false positives between two equal arms by 1 - level for any distribution, and the interval keeps the verdict
    a statement about means. At a fixed n, if there are outliers or the arms are completely separated, the permutation
    and rank tests decide. At a look, both the interval and the permutation test must reach the level of that look. An
    arm that fails more often is not called better unless a test that ranks failed runs last supports it.

    Use `corrected` afterwards for families of comparisons.

    Args:
        evidence: of the comparison.
        rule: that decides.
        rng: for Monte-Carlo permutations only.
        comparisons: in the family, so that Monte-Carlo draws resolve its level.
        check: the permutation test, if it has been run already.
    """
    judged = _judge_values(evidence, rule, rng, comparisons, check)
    arm, p = _fails_more(evidence, rule, comparisons)
    judged = replace(judged, fails_more=arm, failures_p=p)
    if arm is None or judged.reason == "between_looks":
        return judged
    if judged.outcome == "better":
        return replace(judged, reason="fails_more") if judged.winner != arm else judged
    if judged.reason in {"no_values", "too_few_seeds"}:
        return _by_failures(evidence, rule, judged)
    return replace(judged, outcome="undecided", reason="fails_more", leaning=None)


def corrected(judgement: Judgement, holm: float, rule: DecisionRule, comparisons: int) -> Judgement:
    """Correct a judgement for several comparisons.

    "Better" needs Holm's p within the error rate, "equivalent" Bonferroni's.
    """
    if comparisons <= 1 or rule.adaptive:
        return judgement
    if judgement.outcome == "better" and holm > rule.alpha:
        return replace(
            judgement, outcome="undecided", reason="not_after_correction", winner=None, leaning=judgement.winner
        )
    if judgement.outcome == "no_difference" and judgement.equivalence_p * comparisons > rule.alpha:
        return replace(judgement, outcome="undecided", reason="not_after_correction")
    return judgement


def worst_rank_test(a: Sample, b: Sample, *, failed_lowest: bool) -> HypothesisTest:
    """Run a rank test over all ended runs, failed ones last.

    Runs without a finite value rank below all values if `failed_lowest`, otherwise above.
    """
    lattice = lattice_of(a.usable, b.usable)
    whole_a, whole_b = lattice.whole(a.usable), lattice.whole(b.usable)
    both = np.concatenate([whole_a, whole_b, np.zeros(1)])
    last = float(both.min()) - 1 if failed_lowest else float(both.max()) + 1
    ranked_a, ranked_b = (
        sps.rankdata(np.concatenate([whole_a, np.full(a.left_out, last), whole_b, np.full(b.left_out, last)]))[part]
        for part in (slice(0, a.ended), slice(a.ended, None))
    )
    return replace(mann_whitney(ranked_a, ranked_b), name=reasons.MANN_WHITNEY_FAILED_LAST)


def _judge_values(
    evidence: Evidence, rule: DecisionRule, rng: np.random.Generator, comparisons: int, check: HypothesisTest | None
) -> Judgement:
    refusal = _refusal(evidence)
    if refusal == "too_few_seeds":
        check = check or evidence.check(rng)
        return Judgement("undecided", refusal, p=_exact_p(evidence, check))
    if refusal is not None:
        return Judgement("undecided", refusal)
    if evidence.between_looks:
        return Judgement("undecided", "between_looks")
    interval = evidence.interval
    leaning = None if interval is None else _favoured(evidence, interval, rule)
    if evidence.floor > evidence.alpha or evidence.n < min(rule.minimum_seeds, rule.most_seeds or rule.minimum_seeds):
        reason: Reason = "few_seeds" if evidence.floor > evidence.alpha else "below_minimum"
        check = check or evidence.check(rng)
        return Judgement("undecided", reason, leaning=leaning, check=check, p=_exact_p(evidence, check))
    if interval is None:
        return Judgement("undecided", "no_interval_yet")
    equivalence = _equivalence_p(evidence, interval, rule, rng, comparisons)
    if equivalence <= evidence.alpha:
        return Judgement("no_difference", "inside_smallest_difference", leaning=leaning, equivalence_p=equivalence)
    claim = _claim(evidence, interval, rule, rng, comparisons, check)
    if claim is None:
        reason = "standing_apart" if evidence.outlying else "interval_covers_zero"
        return Judgement("undecided", reason, check=check, p=evidence.p)
    tests = (claim.check, claim.rank, claim.worst_rank, claim.p)
    if claim.p <= evidence.alpha:
        return Judgement("better", claim.reason, claim.favoured, None, *tests)
    return Judgement("undecided", _why_open(evidence, claim), None, claim.favoured, *tests)


def _exact_p(evidence: Evidence, check: HypothesisTest) -> float:
    """Return the larger p of the exact and the t-type test."""
    p = 1.0 if check.p is None else check.p
    return p if evidence.test.p is None else max(p, evidence.p)


def _refusal(evidence: Evidence) -> Reason | None:
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None:
        return "no_values"
    if evidence.not_positive:
        return "no_logarithm"
    if evidence.n < FEWEST_FOR_INTERVAL:
        return "too_few_seeds"
    if evidence.difference is not None and evidence.difference.constant and evidence.difference.mean == 0:
        return "identical"
    if first.constant and second.constant:
        return "identical" if first.mean == second.mean else "no_variation"
    for sample, summary in ((evidence.sample_a, first), (evidence.sample_b, second)):
        if summary.constant and sample.arm in evidence.unvaried:
            return "no_variation"
    if evidence.copies_a is not None or evidence.copies_b is not None:
        # Paired, a copied seed repeats in both arms; in one arm alone it is the metric that is coarse.
        both = evidence.copies_a is not None and evidence.copies_b is not None
        return "copies" if both or not evidence.paired else None
    return None


def _claim(
    evidence: Evidence,
    interval: Interval,
    rule: DecisionRule,
    rng: np.random.Generator,
    comparisons: int,
    check: HypothesisTest | None,
) -> _Direction | None:
    """Return the direction to test, or None.

    It is the direction of the interval, or of the exact tests if these decide.
    """
    favoured = _favoured(evidence, interval, rule)
    exact = evidence.outlying or evidence.separated
    if favoured is None and (not exact or rule.adaptive):
        return None  # looks are paid for by their interval, so exact tests alone decide at a fixed n only
    if check is None or _too_coarse(check, evidence.alpha / comparisons):
        check = evidence.check(rng, alpha=evidence.alpha / comparisons)
    rank = evidence.rank_test(rng) if exact else None
    ranks_favour_b = rank is not None and _b_higher(evidence, rank)
    b_higher = (check.statistic or 0.0) > 0
    reason: Reason = "same_difference" if evidence.same_difference else "interval_excludes_zero"
    if favoured is None:
        if rank is None or ranks_favour_b != b_higher:
            return None
        favoured = _arm(evidence, b_higher=b_higher, rule=rule)
        reason = "separated" if evidence.separated else "exact_tests_agree"
    rank_p = 1.0 if rank is None or rank.p is None or ranks_favour_b != b_higher else rank.p
    deciding = rank_p if evidence.outlying else min(evidence.p, rank_p)
    if rule.looks != "once":
        # The interval at the look's level excludes 0 already, and the exact test must reach the same level; a planned
        # look has no t-type p of its own.
        deciding = rank_p if evidence.outlying else evidence.p if rule.looks == "anytime" else 0.0
    p = max(1.0 if check.p is None else check.p, deciding)
    worst = _worst_rank(evidence, rule, favoured, b_higher=b_higher)
    if worst is not None:
        p = max(p, 1.0 if worst.p is None else worst.p)
    return _Direction(favoured, reason, check, rank, worst, min(1.0, p))


def _too_coarse(check: HypothesisTest, alpha: float) -> bool:
    """Return True if a Monte-Carlo test has too few draws."""
    drawn = check.method.removeprefix("Monte Carlo, ").removesuffix(" resamples").replace(",", "")
    return drawn.isdecimal() and int(drawn) < min(resamples_for(alpha, 0), MOST_RESAMPLES)


def _why_open(evidence: Evidence, claim: _Direction) -> Reason:
    values_p = 1.0 if claim.check.p is None else claim.check.p
    failed_p = None if claim.worst_rank is None else claim.worst_rank.p
    if failed_p is not None and values_p <= evidence.alpha < failed_p:
        return "failures_disagree"
    if evidence.outlying:
        return "standing_apart"
    return "check_disagrees"


def _worst_rank(evidence: Evidence, rule: DecisionRule, favoured: str, *, b_higher: bool) -> HypothesisTest | None:
    """Run the rank test with failed runs last, or return None.

    It is needed only if the favoured arm fails more often. p is 1 if the ranks point the other way.
    """
    a, b = evidence.sample_a, evidence.sample_b
    ours, other = (b, a) if favoured == b.arm else (a, b)
    if ours.left_out * other.ended <= other.left_out * ours.ended:
        return None
    test = worst_rank_test(a, b, failed_lowest=rule.direction != "minimize")
    supports = test.statistic is not None and (test.statistic > a.ended * b.ended / 2) == b_higher
    return test if supports else replace(test, p=1.0)


def _fails_more(evidence: Evidence, rule: DecisionRule, comparisons: int) -> tuple[str | None, float | None]:
    a, b = evidence.sample_a, evidence.sample_b
    p = failure_difference(a.left_out, a.ended, b.left_out, b.ended)
    alpha = evidence.alpha / comparisons / (_ANYTIME_CAUTION if rule.looks == "anytime" else 1)
    if p is None or p > alpha:
        return None, p
    return (b if b.left_out / b.ended > a.left_out / a.ended else a).arm, p


def _by_failures(evidence: Evidence, rule: DecisionRule, judged: Judgement) -> Judgement:
    """Return the verdict on an arm with hardly any values left.

    The other arm wins if a test that ranks failed runs last supports it.
    """
    a, b = evidence.sample_a, evidence.sample_b
    other = a if judged.fails_more == b.arm else b
    test = worst_rank_test(a, b, failed_lowest=rule.direction != "minimize")
    ranked_first = _arm(evidence, b_higher=(test.statistic or 0.0) > a.ended * b.ended / 2, rule=rule)
    supports = test.p is not None and test.p <= evidence.alpha and ranked_first == other.arm
    if rule.direction is None or not supports or not other.usable.size:
        return replace(judged, reason="fails_more")
    p = 1.0 if test.p is None else test.p
    return replace(judged, outcome="better", reason="fails_more", winner=other.arm, worst_rank=test, p=p)


def _equivalence_p(
    evidence: Evidence, interval: Interval, rule: DecisionRule, rng: np.random.Generator, comparisons: int
) -> float:
    """Return the smallest error rate at which the arms are equivalent.

    It is the largest p of two one-sided tests at each end of the margin, by t and by the permutation test of the
    shifted arms; 1 if the interval is not inside the margin.
    """
    margin = rule.margin
    if margin is None or evidence.outlying or not (-margin <= interval.low and interval.high <= margin):
        return 1.0
    test, low = evidence.test, -margin
    by_t = 0.0
    if rule.looks == "once" and test.df is not None and test.interval is not None:
        error = test.interval.width() / 2 / float(sps.t.isf((1 - test.interval.level) / 2, test.df))
        mean = (test.interval.low + test.interval.high) / 2
        by_t = 2 * max(
            float(sps.t.sf((mean - low) / error, test.df)), float(sps.t.sf((margin - mean) / error, test.df))
        )
    elif evidence.centre == "median" and evidence.paired:
        gaps = evidence.b - evidence.a
        by_t = 2 * max(_signs_above(gaps + margin), _signs_above(margin - gaps))
    alpha = evidence.alpha / comparisons
    above = evidence.check(rng, shift=low, alpha=alpha).p_greater
    below = evidence.check(rng, shift=margin, alpha=alpha, downwards=True).p_greater
    if above is None or below is None:
        return 1.0
    return min(1.0, max(by_t, 2 * above, 2 * below))


def _signs_above(values: Floats) -> float:
    """Return the one-sided sign test's p for a median above 0."""
    return float(sps.binomtest(int(np.sum(values > 0)), values.size, 0.5, alternative="greater").pvalue)


def _favoured(evidence: Evidence, interval: Interval, rule: DecisionRule) -> str | None:
    """Return the arm that an interval excluding 0 favours, or None."""
    return None if interval.holds(0.0) else _arm(evidence, b_higher=interval.low > 0, rule=rule)


def _arm(evidence: Evidence, *, b_higher: bool, rule: DecisionRule) -> str:
    return evidence.sample_b.arm if b_higher == (rule.direction != "minimize") else evidence.sample_a.arm


def _b_higher(evidence: Evidence, rank: HypothesisTest) -> bool:
    """Return True if the ranks put B above A."""
    if evidence.alone is not None:
        return (rank.statistic or 0.0) > 0
    if evidence.paired:
        differences = evidence.lattice.differences(evidence.a, evidence.b)
        ranks = sps.rankdata(np.abs(differences))
        return bool(np.sum(np.sign(differences) * ranks) > 0)
    return wins(evidence.a, evidence.b) > evidence.a.size * evidence.b.size / 2
