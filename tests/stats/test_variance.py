from __future__ import annotations

import math
from collections.abc import Set

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
    assert stats.intraclass_correlation(np.full((3, 4), 0.9)).reason == "all values of the table are equal"


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
    assert stats.intraclass_correlation(np.full((4, 3), 0.9)).reason == "all values of the table are equal"


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


def failed_cells(table: np.ndarray, cells: Set[tuple[int, ...]]) -> list[tuple[tuple[int, ...], float]]:
    """Runs of a replicated table, those of some cells without a value."""
    return [(at[:-1], math.nan if at[:-1] in cells else float(value)) for at, value in np.ndenumerate(table)]


# Computed with statsmodels 0.15 (MixedLM.from_formula, one group, vc_formula of split, init and, with repeats, their
# interaction; reml=True, lbfgs) in thousandths of the metric, on `crossed(default_rng(seed), 6, 5, repeats=...)` less
# the cells below: grand mean, its standard error, components in the order of the terms, noise between runs.
MIXED_MODELS = [
    (20, 1, 899.4846, 3.22373, (51.099, 5.6503), 18.5362),
    (22, 1, 895.9001, 3.80721, (73.1792, 7.4522), 20.1371),
    (20, 2, 899.7739, 2.9384, (41.8172, 4.5131, 16.9134), 4.1134),
    (23, 2, 897.3611, 4.84546, (127.8794, 7.6367, 13.8517), 4.0075),
]


@pytest.mark.parametrize(("seed", "repeats", "mean", "error", "components", "noise"), MIXED_MODELS)
def test_reml_agrees_with_statsmodels(
    seed: int, repeats: int, mean: float, error: float, components: tuple[float, ...], noise: float
) -> None:
    table = 1000 * crossed(np.random.default_rng(seed), 6, 5, repeats=repeats)
    runs = failed_cells(table, {(0, 1), (2, 3), (5, 0), (5, 4)})
    result, balanced = stats.crossed_components(runs, ("split", "init"), np.random.default_rng(1), draws=99)
    assert balanced is None
    assert (result.method, result.cells, result.empty_cells, result.replicates) == ("REML", 30, 4, repeats)
    assert result.n == 26 * repeats
    assert [part.component for part in result.components] == pytest.approx(components, rel=2e-3, abs=0.01)
    assert result.residual == pytest.approx(noise, rel=2e-3)
    assert (result.grand_mean, result.grand_mean_std) == pytest.approx((mean, error), rel=1e-3)


def test_a_balanced_table_gives_the_same_either_way() -> None:
    """One empty cell more changes little; and a balanced table keeps its exact formulas."""
    table = crossed(np.random.default_rng(3), 6, 6, repeats=2)
    whole, balanced = stats.crossed_components(failed_cells(table, set()), ("split", "init"), np.random.default_rng(1))
    assert balanced is not None
    assert whole == stats.variance_components(table, ("split", "init"), np.random.default_rng(1), replicated=True)
    less, _ = stats.crossed_components(failed_cells(table, {(1, 1)}), ("split", "init"), np.random.default_rng(1))
    for left, right in zip(whole.components, less.components, strict=True):
        assert left.sources == right.sources
        assert left.interval is not None
        assert left.interval.holds(right.component)


def test_intervals_of_unbalanced_tables_cover() -> None:
    rng, truth, hits = np.random.default_rng(12), 0.008**2, 0
    for _ in range(100):
        cells: set[tuple[int, ...]] = {(int(cell) // 5, int(cell) % 5) for cell in rng.choice(30, 3, replace=False)}
        runs = failed_cells(crossed(rng, 6, 5), cells)
        result, _ = stats.crossed_components(runs, ("split", "init"), rng, draws=499)
        split = result.components[0].interval
        hits += split is not None and split.holds(truth)
    assert hits >= 100 * (0.95 - 3 * math.sqrt(0.05 * 0.95 / 100))


def test_perfect_agreement_with_a_failed_cell_leaves_no_noise() -> None:
    """Columns agree exactly in every row: all variance is between rows, on a table with a hole as well."""
    rows = np.repeat(np.array([[0.9], [0.91], [0.93], [0.94]]), 3, axis=1)
    runs = failed_cells(rows[..., None], {(1, 2)})
    result, _ = stats.crossed_components(runs, ("split", "init"), np.random.default_rng(1))
    split, init = result.components
    assert split.component == pytest.approx(float(np.var(rows[:, 0], ddof=1)), rel=1e-4)
    assert (init.component, result.residual) == (0.0, 0.0)
    assert split.share == 1.0
    assert result.shares[0].total_upper == 1.0
    constant, _ = stats.crossed_components(
        [(at, 0.9) for at, _ in runs[1:]], ("split", "init"), np.random.default_rng(1)
    )
    assert (constant.total, constant.components[0].share, constant.sample_variance) == (0.0, None, 0.0)
    perfect = stats.intraclass_correlation(rows)
    assert (perfect.icc1k, perfect.icc2k, perfect.icc3k, perfect.icc1_interval) == (1.0, 1.0, 1.0, None)


def test_a_large_mean_leaves_the_components_as_they_are() -> None:
    """Timestamps: 1.7e9 added to every run must not change what varies."""
    table = np.rint(1000 * crossed(np.random.default_rng(4), 5, 5))
    small, large = (
        stats.crossed_components(failed_cells(table + base, {(0, 0)}), ("split", "init"), np.random.default_rng(1))[0]
        for base in (0.0, 1.7e9)
    )
    assert large.grand_mean == pytest.approx(1.7e9 + small.grand_mean, abs=1e-5)
    assert [part.component for part in large.components] == pytest.approx(
        [part.component for part in small.components], rel=1e-6
    )


def test_too_many_unequal_cells_are_refused_before_any_algebra() -> None:
    runs = [((i, j), float(i + j)) for i in range(40) for j in range(40)][1:]
    with pytest.raises(InvalidInput, match="not equally often"):
        stats.crossed_components(runs, ("split", "init"), np.random.default_rng(1))


def test_a_level_whose_runs_all_failed_is_no_level() -> None:
    values = np.random.default_rng(4).normal(size=(4, 4))
    runs = [((i, j), float("nan") if i == 2 else float(values[i, j])) for i in range(4) for j in range(4)]
    result, balanced = stats.crossed_components(runs, ("init", "shuffle"), np.random.default_rng(1), draws=99)
    rest = [run for run in runs if run[0][0] != 2]
    without, table = stats.crossed_components(rest, ("init", "shuffle"), np.random.default_rng(1), draws=99)
    assert result == without
    assert result.levels == (3, 4)
    assert balanced is not None
    assert table is not None
    assert balanced.tolist() == table.tolist()
