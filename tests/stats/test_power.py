from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats as sps

from seedspread import stats
from seedspread.errors import InvalidInput
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.planning import seeds_needed
from seedspread.stats.decision.sequential import t_mixture_critical, t_mixture_p
from seedspread.stats.inference.means import Moments


def test_the_corner_where_nct_is_nan() -> None:
    simulated = np.random.default_rng(1)
    t = (simulated.normal(11.6, 1, 200_000)) / np.abs(simulated.normal(0, 1, 200_000))
    assert stats.power_of_t(1, 11.6) == pytest.approx(np.mean(np.abs(t) > sps.t.isf(0.025, 1)), abs=0.005)


@pytest.mark.parametrize("df", [1, 2, 5, 58, 1e4])
@pytest.mark.parametrize("delta", [0.0, 0.5, 3.0])
def test_agrees_with_the_noncentral_t_where_that_works(df: float, delta: float) -> None:
    critical = sps.t.isf(0.025, df)
    expected = sps.nct.sf(critical, df, delta) + sps.nct.cdf(-critical, df, delta) if delta else 0.05
    assert stats.power_of_t(df, delta) == pytest.approx(expected, rel=1e-7)


def test_seeds_and_detectable_differences_are_each_others_inverse() -> None:
    for n in (3, 10, 40):
        assert stats.seeds_unpaired(stats.detectable_unpaired(n, n) * 1.0000001) == n
        assert stats.seeds_paired(stats.detectable_paired(n) * 1.0000001) == n


def test_refuses_a_difference_of_zero() -> None:
    with pytest.raises(InvalidInput, match="other than 0"):
        stats.seeds_unpaired(0.0)
    with pytest.raises(InvalidInput, match="power"):
        stats.seeds_paired(1.0, power=1.0)
    assert stats.seeds_unpaired(1e-7) is None


def test_looking_whenever_one_likes_costs_seeds() -> None:
    """The critical value is where the interval excludes 0; power there by simulation; more seeds than a fixed n."""
    for size in (5, 12, 40):
        critical = t_mixture_critical(size)
        assert critical is not None
        at = Moments(size, critical / math.sqrt(size) * 1.000001, 1.0, False)
        interval = stats.t_mixture(at)
        assert interval is not None
        assert interval.low > 0 > interval.low - 1e-4
        assert t_mixture_p(at) == pytest.approx(0.05, abs=1e-5)
    assert (t_mixture_critical(4), t_mixture_critical(1)) == (None, None)
    rng = np.random.default_rng(14)
    for effect in (0.8, 1.5):
        n, fixed = stats.seeds_anytime(effect), stats.seeds_paired(effect)
        assert n is not None
        assert fixed is not None
        assert 1.4 * fixed < n < 3 * fixed
        drawn = rng.normal(effect, 1, (4_000, n))
        t = np.abs(drawn.mean(axis=1)) / drawn.std(axis=1, ddof=1) * math.sqrt(n)
        assert np.mean(t > (t_mixture_critical(n) or 0)) == pytest.approx(0.82, abs=0.03)
    assert (stats.seeds_anytime(1.0, level=0.995) or 0) > (stats.seeds_anytime(1.0) or 0)


MARGIN = 0.5


@pytest.mark.parametrize(
    ("rule", "n", "spread_a", "basis", "per_arm"),
    [
        # By power, from the noncentral t: B's spread is 1, A's as given.
        ({"smallest_difference": MARGIN}, 20, 1.0, "smallest_difference", stats.seeds_welch(MARGIN, 1, 1)),
        ({"smallest_difference": MARGIN}, 20, 3.0, "smallest_difference", stats.seeds_welch(MARGIN, 3, 1)),
        ({"smallest_difference": MARGIN, "pairing": "paired"}, 20, 1.0, "smallest_difference", None),
        (
            {"smallest_difference": MARGIN, "power": 0.95},
            20,
            1.0,
            "smallest_difference",
            stats.seeds_welch(MARGIN, 1, 1, 0.95),
        ),
        (
            {"smallest_difference": MARGIN, "looks": "anytime"},
            20,
            1.0,
            "smallest_difference",
            stats.seeds_anytime(MARGIN / math.sqrt(2)),
        ),
        ({"smallest_difference": 1.5}, 12, 1.0, "interval_within_difference", None),
        ({"minimum_seeds": 30}, 12, 1.0, "minimum_seeds", 30),
        ({}, 12, 1.0, "half_the_interval", 48),
    ],
)
def test_every_basis_of_the_seeds_needed(
    rule: dict[str, Any], n: int, spread_a: float, basis: str, per_arm: int | None
) -> None:
    """Samples whose SD is exact, so that the number is that of the formula."""
    unit = np.linspace(-1, 1, n)
    unit = (unit - unit.mean()) / unit.std(ddof=1)
    shuffled = np.random.default_rng(15).permutation(unit)
    values = {"A": spread_a * unit, "B": shuffled}
    a, b = (stats.Sample.of(name, dict(enumerate(drawn))) for name, drawn in values.items())
    request = stats.DecisionRule(**({"pairing": "separate"} | rule))
    evidence = gather(a, b, request)
    needed = seeds_needed(evidence, request)
    assert needed.basis == basis
    if request.pairing == "paired":
        assert evidence.difference is not None
        per_arm = stats.seeds_paired(MARGIN / evidence.difference.std)
    if basis == "interval_within_difference":
        # At that n, and not one below, the interval of two arms of SD 1 is narrower than the margin.
        size = needed.per_arm or 0
        widths = [2 * sps.t.isf(0.025, 2 * (k - 1)) * math.sqrt(2 / k) for k in (size - 1, size)]
        assert widths[0] > 1.5 >= widths[1]
    else:
        assert needed.per_arm == per_arm
    assert needed.additional == max(0, (needed.per_arm or 0) - n)
    assert (needed.cautious or 0) >= (needed.per_arm or 0)
