from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from seedspread import stats
from seedspread.errors import InvalidInput


def crossed(rng: np.random.Generator, *levels: int, repeats: int = 1) -> np.ndarray:
    """split .008, init .004, split x init .003, noise .002."""
    split, init = rng.normal(0, 0.008, (levels[0], 1)), rng.normal(0, 0.004, (1, levels[1]))
    both = rng.normal(0, 0.003, levels)
    noise = rng.normal(0, 0.002, (*levels, repeats))
    return 0.9 + (split + init + both)[..., None] + noise


def test_replicated_squares_are_those_of_nested_regressions() -> None:
    table = crossed(np.random.default_rng(1), 4, 5, repeats=3)
    split, init, _ = (at.ravel() for at in np.indices(table.shape))
    left, right = np.eye(4)[split][:, 1:], np.eye(5)[init][:, 1:]
    every = np.eye(20)[split * 5 + init][:, 1:]

    def unexplained(*blocks: np.ndarray) -> float:
        return float(OLS(table.ravel(), np.hstack([np.ones((60, 1)), *blocks])).fit().ssr)

    nothing, both, full = unexplained(), unexplained(left, right), unexplained(every)
    expected = [nothing - unexplained(left), nothing - unexplained(right), both - full, full]
    found = stats.mean_squares(table, ("split", "init"), replicated=True)
    got = [found.squares[(0,)], found.squares[(1,)], found.squares[(0, 1)], found.error]
    assert got == pytest.approx(expected, rel=1e-8)
    assert found.error_freedom == 40


def test_components_are_unbiased_and_their_intervals_cover() -> None:
    rng, truth, hits, raw = np.random.default_rng(2), 0.008**2, 0, []
    for _ in range(150):
        table = crossed(rng, 6, 5, repeats=2)
        found = stats.variance_components(table, ("split", "init"), rng, replicated=True, draws=999)
        split = found.components[0]
        raw.append(split.raw)
        hits += split.interval is not None and split.interval.holds(truth)
    assert np.mean(raw) == pytest.approx(truth, abs=4 * float(np.std(raw)) / math.sqrt(150))
    assert hits / 150 > 0.95 - 3 * math.sqrt(0.05 * 0.95 / 150)


def test_with_replicates_the_total_share_is_one_number() -> None:
    rng = np.random.default_rng(3)
    found = stats.variance_components(crossed(rng, 5, 4, repeats=2), ("split", "init"), rng, replicated=True)
    assert [part.sources for part in found.components] == [("split",), ("init",), ("split", "init")]
    assert all(share.total_lower == share.total_upper for share in found.shares)
    whole = sum(part.share or 0 for part in found.components) + (found.residual_share or 0)
    assert whole == pytest.approx(1)


def test_runs_become_a_table_or_a_refusal() -> None:
    runs = [((split, init), 0.1 * split) for split in (3, 1, 2) for init in ("a", "b")]
    table, axes = stats.crossed_table(runs, ("split", "init"))
    assert table.shape == (3, 2, 1)
    assert axes == ((3, 1, 2), ("a", "b"))
    for wrong in (runs[:-1], [*runs, runs[0]], [*runs[:-1], ((2, "b"), math.nan)], [], [((1,), 0.5)]):
        with pytest.raises(InvalidInput):
            stats.crossed_table(wrong, ("split", "init"))


def test_tables_that_are_not_full_or_not_crossed_are_refused() -> None:
    rng, table = np.random.default_rng(4), np.full((4, 4), 0.5)
    table[1, 2] = math.nan
    for wrong in (table, np.ones((1, 4)), np.ones(4)):
        with pytest.raises(InvalidInput):
            stats.variance_components(wrong, ("split", "init"), rng)


def test_few_levels_and_no_variation_are_said() -> None:
    rng = np.random.default_rng(5)
    found = stats.variance_components(np.full((3, 4), 0.1) * 3, ("split", "init"), rng)
    assert found.total == 0
    assert found.shares[0].first_order is None
    assert found.shares[0].caveat is not None
    assert found.shares[1].caveat is None
    assert stats.intraclass_correlation(np.full((3, 4), 0.9)).reason == "no variation in the table"


def test_one_at_a_time_takes_the_noise_floor_out() -> None:
    rng = np.random.default_rng(6)
    alone = {"init": rng.normal(0, 0.01, 200), "dropout": rng.normal(0, 0.002, 200), "algorithm": np.full(20, 0.9)}
    found = stats.one_at_a_time(alone, rng, repeats=rng.normal(0, 0.002, 200), together=rng.normal(0, 0.011, 200))
    init, dropout, algorithm = found.sources
    assert init.share == pytest.approx((0.01**2 - 0.002**2) / 0.011**2, rel=0.4)
    assert init.above_noise
    assert not dropout.above_noise
    assert algorithm.reason is not None
    assert algorithm.variance == 0
    bare = stats.one_at_a_time({"init": np.array([0.5])}, rng)
    assert bare.floor is None
    assert bare.sources[0].reason == "fewer than 2 finite values"
    with pytest.raises(InvalidInput):
        stats.one_at_a_time({}, rng)


def test_correctness_separates_noise_from_quality() -> None:
    """60 runs x 400 examples whose quality varies by .02 (variance .0004), errors independent given it."""
    rng, raw = np.random.default_rng(7), []
    for _ in range(40):
        quality = np.clip(rng.normal(0.8, 0.02, 60), 0, 1)
        raw.append(stats.correctness_variance(rng.random((60, 400)) < quality[:, None]).distribution_variance_raw)
    assert np.mean(raw) == pytest.approx(0.0004, abs=4 * float(np.std(raw)) / math.sqrt(40))
    none = stats.correctness_variance(np.array([[1, 0], [0, 1], [1, 1]]))
    assert (none.distribution_variance, none.real_share) == (0, None)
    for wrong in (np.ones((1, 5)), np.array([[0.5, math.nan], [1, 1]])):
        with pytest.raises(InvalidInput):
            stats.correctness_variance(wrong)


def test_the_place_of_a_quoted_run() -> None:
    values = np.array([0.90, 0.91, 0.92, 0.93, 0.94])
    found = stats.standing(0.93, values)
    assert (found.better, found.equal, found.share_at_least) == (1, 1, 0.4)
    assert found.like_best_of == 2  # the mean of the largest of two
    assert stats.standing(0.99, values).like_best_of is None
    assert stats.standing(0.91, values, "minimize").better == 1
    with pytest.raises(InvalidInput):
        stats.standing(math.nan, values)
    with pytest.raises(InvalidInput):
        stats.expected_best(values, ks=(6,))


def test_one_missing_repeat_refuses_the_table() -> None:
    table = crossed(np.random.default_rng(8), 4, 4, repeats=3)
    table[1, 2, 0] = math.nan
    with pytest.raises(InvalidInput):
        stats.mean_squares(table, ("split", "init"), replicated=True)


def test_perfect_agreement_is_an_icc_of_one() -> None:
    """Rows differ, columns agree exactly; only a table without any variation has none."""
    rows = np.repeat(np.array([[0.9], [0.91], [0.93], [0.94]]), 3, axis=1)
    perfect = stats.intraclass_correlation(rows)
    assert (perfect.icc1, perfect.icc2, perfect.icc3, perfect.reason) == (1.0, 1.0, 1.0, None)
    assert stats.intraclass_correlation(np.full((4, 3), 0.9)).reason == "no variation in the table"


@pytest.mark.parametrize("paired", [True, False])
def test_the_chance_of_the_wrong_winner_by_enumeration(paired: bool) -> None:
    """Two seeds drawn with replacement: every outcome counted, ties half."""
    a, b = np.array([0.1, 0.2, 0.5]), np.array([0.2, 0.1, 0.9])
    places = range(3)
    if paired:
        gaps = [b[i] - a[i] + b[j] - a[j] for i in places for j in places]
    else:
        gaps = [b[i] + b[j] - a[k] - a[m] for i in places for j in places for k in places for m in places]
    wrong = np.mean([0.5 if abs(gap) < 1e-12 else float(gap < 0) for gap in gaps])
    assert stats.wrong_winner(a, b, paired=paired, sizes=(2,)).chances[0] == pytest.approx(wrong)
    assert stats.wrong_winner(b, a, paired=paired, sizes=(2,)).chances[0] == pytest.approx(wrong)
