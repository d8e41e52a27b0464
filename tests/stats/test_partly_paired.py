"""Arms that share only some of their seeds: both parts decide together, at the level stated."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats as sps
from statsmodels.regression.mixed_linear_model import MixedLM

from seedspread import stats
from seedspread.stats import Conditions, DecisionRule, Sample
from seedspread.stats.data import sentences
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import judge
from seedspread.stats.inference.means import partly_paired_test
from seedspread.stats.inference.permutation import partly_paired_permutation

Floats = NDArray[np.float64]
PAIRED = DecisionRule(pairing="paired")


def arms(
    rng: np.random.Generator, pairs: int, alone_a: int, alone_b: int, gain: float = 0.0, share: float = 0.5
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw normal arms with SD 1 whose shared seeds correlate by `share`."""
    common, rest = rng.normal(0, math.sqrt(share), pairs), math.sqrt(1 - share)
    a, b = common + rng.normal(0, rest, pairs), common + gain + rng.normal(0, rest, pairs)
    return a, b, rng.normal(0, 1, alone_a), rng.normal(gain, 1, alone_b)


def samples(a: Floats, b: Floats, alone_a: Floats, alone_b: Floats) -> tuple[Sample, Sample]:
    own_a, own_b = 100 + np.arange(alone_a.size), 200 + np.arange(alone_b.size)
    shared = np.arange(a.size)
    return (
        Sample("A", np.concatenate([a, alone_a]), np.concatenate([shared, own_a])),
        Sample("B", np.concatenate([b, alone_b]), np.concatenate([shared, own_b])),
    )


def test_the_estimate_weighs_both_parts_by_their_precision() -> None:
    a, b, alone_a, alone_b = arms(np.random.default_rng(1), 8, 5, 4)
    shared, alone = sps.ttest_rel(b, a), sps.ttest_ind(alone_b, alone_a, equal_var=False)
    errors = [np.mean(b - a) / shared.statistic, (alone_b.mean() - alone_a.mean()) / alone.statistic]
    precision = np.array([1 / error**2 for error in errors])
    weights = precision / precision.sum()
    estimate = weights @ [np.mean(b - a), alone_b.mean() - alone_a.mean()]
    spare = 1 + 4 * weights[0] * weights[1] * (1 / shared.df + 1 / alone.df)
    df = 1 / (weights[0] ** 2 / shared.df + weights[1] ** 2 / alone.df)
    test = partly_paired_test(a, b, alone_a, alone_b)
    assert test.statistic == pytest.approx(estimate / math.sqrt(spare / precision.sum()))
    assert test.df == pytest.approx(df)
    assert test.p == pytest.approx(2 * sps.t.sf(abs(test.statistic or 0.0), df))


def test_it_is_the_mixed_model_with_the_seed_as_random_effect() -> None:
    """statsmodels' REML fit on 80 pairs and 60 unpaired runs per arm, of equal spreads."""
    a, b, alone_a, alone_b = arms(np.random.default_rng(2), 80, 60, 60, gain=0.5, share=0.6)
    first, second = samples(a, b, alone_a, alone_b)
    runs = pd.DataFrame(
        {
            "value": np.concatenate([first.values, second.values]),
            "arm": np.repeat([0.0, 1.0], [first.values.size, second.values.size]),
            "seed": np.concatenate([np.asarray(first.seeds), np.asarray(second.seeds)]),
        }
    )
    fit = MixedLM.from_formula("value ~ arm", groups="seed", data=runs).fit(reml=True)
    test = partly_paired_test(a, b, alone_a, alone_b)
    assert test.interval is not None
    middle = (test.interval.low + test.interval.high) / 2
    assert middle == pytest.approx(fit.params["arm"], abs=0.15 * fit.bse["arm"])
    assert middle / (test.statistic or 0.0) == pytest.approx(fit.bse["arm"], rel=0.08)


def test_every_permutation_is_counted_once() -> None:
    """4 pairs and 2 + 2 unpaired runs: 16 sign patterns times 6 ways to deal, listed one by one."""
    rng = np.random.default_rng(3)
    a, b, alone_a, alone_b = arms(rng, 4, 2, 2, gain=1.0)
    test = partly_paired_permutation(a, b, alone_a, alone_b, rng)
    gaps, rest = b - a, np.concatenate([alone_a, alone_b])
    scale = min(np.mean(gaps**2), np.var(np.abs(gaps), ddof=1) / (1 - 2 / math.pi)) / 4
    spread = np.var(rest, ddof=1)
    weight = spread / (scale + spread)
    sums = [
        weight * np.mean(np.array(signs) * gaps)
        + (1 - weight) * (rest[list(chosen)].mean() - np.delete(rest, chosen).mean())
        for signs in itertools.product((1, -1), repeat=4)
        for chosen in itertools.combinations(range(4), 2)
    ]
    observed = weight * gaps.mean() + (1 - weight) * (alone_b.mean() - alone_a.mean())
    assert len(sums) == 96
    assert test.method == "exact"
    assert test.p == pytest.approx(np.mean(np.abs(sums) >= abs(observed) - 1e-12))
    assert test.p_greater == pytest.approx(np.mean(np.array(sums) >= observed - 1e-12))
    assert test.p_floor == pytest.approx(2 / 96)
    many = partly_paired_permutation(*arms(rng, 20, 8, 8), rng, resamples=1_999)
    assert many.method == "Monte Carlo, 1,999 resamples"


@pytest.mark.parametrize("share", [0.0, 0.8])
def test_equal_arms_are_rarely_called_better(share: float) -> None:
    """A/A studies of 6 pairs and 4 + 3 unpaired runs with long tails: at most 5% plus three standard errors."""
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(300):
        first, second = samples(*(np.exp(part) for part in arms(rng, 6, 4, 3, share=share)))
        wrong += judge(gather(first, second, PAIRED), PAIRED, rng).outcome == "better"
    assert wrong / 300 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_unpaired_runs_find_what_the_pairs_alone_miss() -> None:
    rng, together, pairs_alone = np.random.default_rng(5), 0, 0
    for _ in range(60):
        a, b, alone_a, alone_b = arms(rng, 8, 6, 6, gain=1.2)
        together += judge(gather(*samples(a, b, alone_a, alone_b), PAIRED), PAIRED, rng).outcome == "better"
        none = np.empty(0)
        pairs_alone += judge(gather(*samples(a, b, none, none), PAIRED), PAIRED, rng).outcome == "better"
    assert together > pairs_alone + 6


def test_the_verdict_counts_both_parts() -> None:
    a, b, alone_a, alone_b = arms(np.random.default_rng(6), 10, 5, 4, gain=2.0)
    first, second = samples(a, b, alone_a, alone_b)
    result = stats.compare(first, second, PAIRED, np.random.default_rng(1))
    verdict, difference = result.verdict, result.difference
    assert verdict.state == "better"
    assert verdict.interval is not None
    assert verdict.method == "partly paired t"
    assert "10 paired, 4 and 5 unpaired seeds" in verdict.measured
    assert "ignored" not in verdict.sentence
    assert (difference.alone_a, difference.alone_b, difference.n_a) == (5, 4, 10)
    assert difference.mean == pytest.approx((verdict.interval.low + verdict.interval.high) / 2)
    assert [test.name for test in result.tests][:2] == ["partly paired t", "joint permutation"]
    assert {"paired t", "partially paired t"} < {test.name for test in result.tests}


def test_unpaired_runs_of_one_arm_or_at_a_look_are_left_to_the_pairs() -> None:
    a, b, alone_a, alone_b = arms(np.random.default_rng(7), 10, 5, 4, gain=2.0)
    one_sided = stats.compare(*samples(a, b, alone_a, alone_b[:0]), PAIRED, np.random.default_rng(1))
    assert (one_sided.verdict.method, one_sided.difference.alone_a) == ("paired t", 0)
    assert "5 unpaired seeds of A ignored." in one_sided.verdict.detail
    both = samples(a, b, alone_a, alone_b)
    for rule, conditions in ((PAIRED, Conditions(peeked=True)), (replace(PAIRED, centre="median"), Conditions())):
        verdict = stats.decide(*both, rule, np.random.default_rng(1), conditions)
        assert verdict.method != "partly paired t"
    assert partly_paired_test(a, b, alone_a, alone_b[:1]).reason is not None
    assert partly_paired_test(a, a + 1, alone_a, alone_b).reason == sentences.PART_DOES_NOT_VARY


def test_a_diverged_unpaired_run_leaves_the_exact_tests_to_decide() -> None:
    a, b, alone_a, alone_b = arms(np.random.default_rng(8), 10, 6, 6, gain=2.5, share=0.9)
    alone_b[0] = -400.0
    verdict = stats.decide(*samples(a, b, alone_a, alone_b), PAIRED, np.random.default_rng(1))
    assert verdict.rank_p is not None
    assert verdict.state != "better" or verdict.winner == "B"


def test_equivalence_uses_both_parts() -> None:
    rule = replace(PAIRED, smallest_difference=1.5)
    wide = samples(*arms(np.random.default_rng(9), 12, 10, 10, share=0.5))
    assert stats.decide(*wide, rule, np.random.default_rng(1)).state == "equivalent"
    apart = samples(*arms(np.random.default_rng(9), 12, 10, 10, gain=1.5, share=0.5))
    assert stats.decide(*apart, rule, np.random.default_rng(1)).state != "equivalent"
