"""Trimmed means, medians and ratios as the value that decides, stated beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread import stats
from seedspread.core.study import Centre
from seedspread.errors import InvalidInput
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import judge
from seedspread.stats.decision.sequential import anytime_p, look_level, t_mixture_p
from seedspread.stats.inference.means import moments

RNG = np.random.default_rng(31)
CENTRES: tuple[Centre, ...] = ("trimmed", "median", "log_ratio")


def rule(centre: Centre, **others: Any) -> stats.DecisionRule:
    return stats.DecisionRule(centre=centre, **{"pairing": "separate", **others})


def arm(name: str, values: NDArray[np.float64] | list[float]) -> stats.Sample:
    return stats.Sample.of(name, dict(enumerate(np.asarray(values).tolist())))


def decided(a: Any, b: Any, how: stats.DecisionRule) -> stats.Verdict:
    return stats.decide(arm("A", a), arm("B", b), how, np.random.default_rng(3))


LOSS_A, LOSS_B = RNG.lognormal(0, 0.2, (2, 16))
LOSS_B = LOSS_B * 0.6


def test_a_ratio_decides_losses() -> None:
    verdict = decided(LOSS_A, LOSS_B, rule("log_ratio", direction="minimize"))
    assert (verdict.state, verdict.winner, verdict.interval) == ("better", "B", None)
    assert verdict.estimate is not None
    assert verdict.estimate.interval is not None
    assert verdict.estimate.value == pytest.approx(sps.gmean(LOSS_B) / sps.gmean(LOSS_A))
    logs = sps.ttest_ind(np.log(LOSS_B), np.log(LOSS_A), equal_var=False).confidence_interval(0.95)
    assert verdict.estimate.interval.low == pytest.approx(math.exp(logs.low))
    assert verdict.headline.startswith("B beats A: B / A is 0.")
    assert "Compared by geometric means, as the rule states." in verdict.detail


def test_a_ratio_needs_values_above_zero() -> None:
    verdict = decided([*LOSS_A[:-1], 0.0], LOSS_B, rule("log_ratio"))
    assert (verdict.state, verdict.reason) == ("cannot_be_judged", "no_logarithm")
    assert verdict.headline == "Cannot be judged by a ratio: A has values of 0 or below."


def test_a_ratio_within_a_share_is_equivalent() -> None:
    a, b = RNG.lognormal(0, 0.02, (2, 40))
    verdict = decided(a, b, rule("log_ratio", smallest_difference=0.05))
    assert verdict.state == "equivalent"
    assert "equivalent within 5%" in verdict.headline


@pytest.mark.parametrize("pairing", ["paired", "separate"])
@pytest.mark.parametrize("centre", ["trimmed", "median"])
def test_one_diverged_seed_does_not_undo_a_robust_verdict(centre: Centre, pairing: str) -> None:
    a, b = RNG.normal(0.9, 0.004, 20), RNG.normal(0.91, 0.004, 20)
    b[3] = 0.1
    verdict = decided(a, b, rule(centre, pairing=pairing))
    assert (verdict.state, verdict.winner) == ("better", "B")
    assert verdict.interval is not None
    assert verdict.interval.low > 0.004
    assert verdict.measured.startswith(("the difference of", "the median of", "the 20% trimmed mean of"))
    assert "Wilcoxon" in (verdict.check or "") or "Mann-Whitney" in (verdict.check or "")


def test_the_intervals_are_yuens_and_the_medians() -> None:
    a, b = RNG.normal(0, 1, 15), RNG.normal(0.5, 1, 18)
    yuen = sps.ttest_ind(b, a, equal_var=False, trim=0.2).confidence_interval(0.95)
    trimmed, median = (decided(a, b, rule(centre)).interval for centre in ("trimmed", "median"))
    assert trimmed is not None
    assert (trimmed.low, trimmed.high) == pytest.approx((yuen.low, yuen.high))
    expected = stats.median_difference(a, b).interval
    assert expected is not None
    assert median is not None
    assert (median.low, median.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("pairing", ["separate", "paired"])
@pytest.mark.parametrize("centre", ["trimmed", "median"])
def test_robust_centres_decide_while_results_are_interim(centre: Centre, pairing: str) -> None:
    """Only by p-values that hold at every look: wider intervals and larger p than at a fixed n."""
    a, b = RNG.normal(0, 1, 20), RNG.normal(5, 1, 20)
    at_once = stats.decide(arm("A", a), arm("B", b), rule(centre, pairing=pairing), np.random.default_rng(1))
    interim = stats.Conditions(peeked=True)
    verdict = stats.decide(arm("A", a), arm("B", b), rule(centre, pairing=pairing), np.random.default_rng(1), interim)
    assert (verdict.state, verdict.winner, verdict.interim) == ("better", "B", True)
    assert verdict.interval is not None
    assert at_once.interval is not None
    assert verdict.interval.level == 0.95
    assert verdict.interval.width() > at_once.interval.width()
    assert verdict.p is not None
    assert at_once.p is not None
    assert at_once.p < verdict.p <= 0.05
    few = stats.decide(
        arm("A", a[:4]), arm("B", b[:4]), rule(centre, pairing=pairing), np.random.default_rng(1), interim
    )
    assert few.state == "undecided"


def test_a_p_at_every_look_is_the_mixture_of_the_t_statistic() -> None:
    values = RNG.normal(0.8, 1, 12)
    summary = moments(values)
    at_once = float(sps.ttest_1samp(values, 0).pvalue)
    assert anytime_p(at_once, 12) == pytest.approx(t_mixture_p(summary))
    level = look_level(12, 0.95)
    assert level is not None
    assert anytime_p(1 - level, 12) == pytest.approx(0.05)
    assert (look_level(4, 0.95), anytime_p(1.0, 12), anytime_p(0.01, 1)) == (None, 1.0, 1.0)


@pytest.mark.parametrize("pairing", ["separate", "paired"])
@pytest.mark.parametrize("centre", ["trimmed", "median"])
def test_watching_robust_centres_keeps_the_level(centre: Centre, pairing: str) -> None:
    """A/A studies with long tails, looked at as seeds come in: at most 5% plus three standard errors."""
    rng, wrong, studies = np.random.default_rng(17), 0, 60
    often = rule(centre, pairing=pairing, looks="anytime")
    for _ in range(studies):
        a, b = rng.standard_t(3, (2, 24))
        wrong += any(
            judge(gather(arm("A", a[:n]), arm("B", b[:n]), often), often, rng).outcome == "better"
            for n in (6, 9, 13, 18, 24)
        )
    assert wrong / studies <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / studies)


@pytest.mark.parametrize("centre", CENTRES)
def test_comparisons_still_describe_the_means(centre: Centre) -> None:
    result = stats.compare(arm("A", LOSS_A), arm("B", LOSS_B), rule(centre), np.random.default_rng(1))
    assert result.difference.mean == pytest.approx(LOSS_B.mean() - LOSS_A.mean())
    assert result.tests[0].name == "Welch t"
    assert result.verdict.centre == centre
    ranking = stats.rank_arms(
        [arm("A", LOSS_A), arm("B", LOSS_B), arm("C", LOSS_A + 0.01)], rule(centre), np.random.default_rng(1)
    )
    assert [ranked.arm for ranked in ranking.arms] == ["C", "A", "B"]


def test_an_unknown_centre_is_refused() -> None:
    with pytest.raises(InvalidInput, match="centre"):
        stats.DecisionRule(centre="mode")  # type: ignore[arg-type]


def test_claims_follow_the_centre() -> None:
    how = rule("log_ratio", direction="minimize")
    claim = stats.check_claim(arm("A", LOSS_A), arm("B", LOSS_B), "better_by", 0.2, how, np.random.default_rng(1))
    assert claim.answer == "holds"
    assert claim.interval is not None
    assert claim.interval.high < -0.2
    worse = stats.check_claim(arm("A", LOSS_A), arm("B", LOSS_B), "better_by", 0.7, how, np.random.default_rng(1))
    assert worse.answer == "fails"


@pytest.mark.parametrize("pairing", ["paired", "separate"])
@pytest.mark.parametrize("centre", CENTRES)
def test_equal_arms_are_rarely_called_better(centre: Centre, pairing: str) -> None:
    """A/A over three laws: at most 5% plus three standard errors."""
    how, rng, wrong, each = rule(centre, pairing=pairing), np.random.default_rng(41), 0, 60
    laws: tuple[Callable[[], NDArray[np.float64]], ...] = (
        lambda: rng.lognormal(0, 1, (2, 10)),
        lambda: np.where(rng.random((2, 10)) < 0.1, 0.5, 0.9) + rng.normal(0, 0.01, (2, 10)),
        lambda: np.rint(rng.normal(0.9, 0.02, (2, 10)) * 360) / 360,
    )
    for draw in laws:
        for _ in range(each):
            a, b = draw()
            evidence = gather(arm("A", a), arm("B", b), replace(how))
            wrong += judge(evidence, how, rng).outcome == "better"
    assert wrong / (3 * each) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / (3 * each))
