"""Every value of the golden file within its tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from seedspread import stats
from tests.stats.golden import NOT_OFFERED, Answer, answers, ends, golden

CASES = {case["name"]: case for case in golden()["cases"]}


def _case_keys() -> Iterator[tuple[str, str]]:
    for name, case in CASES.items():
        yield from ((name, key) for key in case["expected"] if key not in NOT_OFFERED)


@cache
def _answers(name: str) -> dict[str, Answer]:
    case = CASES[name]
    return answers(np.array(case["a"]), np.array(case["b"]), paired=case["paired"])


def close(got: Any, expected: Any, tolerance: dict[str, float]) -> bool:
    """Within abs + rel * |expected|, for every number of a list."""
    allowed = tolerance["abs"] + tolerance["rel"] * np.abs(np.asarray(expected, dtype=float))
    return bool(np.all(np.abs(np.asarray(got, dtype=float) - np.asarray(expected, dtype=float)) <= allowed))


@pytest.mark.parametrize(("name", "key"), list(_case_keys()))
def test_case(name: str, key: str) -> None:
    case = CASES[name]
    got, expected = _answers(name)[key](), case["expected"][key]
    if key in case["undefined"]:
        limit = case["undefined"][key]["limit"]
        assert got is None or (limit is not None and close(got, limit, {"abs": 1e-12, "rel": 1e-9}))
    else:
        assert got is not None
        assert close(got, expected, case["tolerance"][key])


def test_every_key_is_offered_or_named_with_its_reason() -> None:
    offered = {key for name in CASES for key in _answers(name)}
    request = {key for case in CASES.values() for key in case["expected"]}
    assert request - offered == set(NOT_OFFERED)


@pytest.mark.parametrize("family", golden()["multiple_comparisons"], ids=lambda family: family["name"])
def test_multiple_comparisons(family: dict[str, Any]) -> None:
    found, expected, tolerance = stats.adjust(family["p"]), family["expected"], family["tolerance"]
    assert close(found.bonferroni, expected["bonferroni"], tolerance)
    assert close(found.holm, expected["holm"], tolerance)
    assert close(found.bh, expected["fdr_bh"], tolerance)
    assert close(found.by, expected["fdr_by"], tolerance)
    assert [p <= 0.05 for p in found.holm] == expected["reject_holm_05"]
    assert [p <= 0.05 for p in found.bh] == expected["reject_bh_05"]


def test_power_table() -> None:
    table = golden()["power_table"]
    real, other = table["tolerance"]["n_per_arm"], table["tolerance"]["other"]
    for row in table["solve"]:
        effect, power, level = row["effect_size"], row["power"], 1 - row["alpha"]
        assert stats.seeds_unpaired(effect, power, level) == row["n_per_arm_int"]
        assert stats.seeds_paired(effect, power, level) == row["n_pairs_int"]
        for key, paired in (("n_per_arm", False), ("n_pairs", True)):
            got = stats.seeds_real(effect, paired=paired, power=power, level=level)
            assert got is None or row[key] is None or close(got, row[key], real)
    for row in table["points"]:
        n = row["n"]
        assert close(stats.detectable_unpaired(n, n), row["mde_d_ind"], other)
        assert close(stats.detectable_paired(n), row["mde_dz_paired"], other)
        assert close(stats.power_unpaired(1, n, n), row["power_ind_at_d1"], other)
        assert close(stats.power_paired(1, n), row["power_paired_at_dz1"], other)
    for row in table["welch"]:
        spreads, sizes = (row["sa"], row["sb"]), (row["na"], row["nb"])
        assert close(stats.power_welch(row["delta"], *spreads, *sizes), row["power"], other)
        assert stats.seeds_welch(row["delta"], *spreads) == row["n_per_arm_int"]
        assert close(stats.detectable_welch(*spreads, *sizes), row["mde_abs"], other)


@pytest.mark.parametrize("case", golden()["variance_components"], ids=lambda case: case["name"])
def test_variance_components(case: dict[str, Any]) -> None:
    expected, tolerance, names = case["expected"], case["tolerance"], case["factors"]
    table, replicated = np.array(case["response"]), case["replicates"] > 1
    squares = stats.mean_squares(table, names, replicated=replicated)
    found = stats.variance_components(table, names, np.random.default_rng(1), replicated=replicated, draws=99)
    got: dict[str, Any] = {
        "ss": {_label(term, names): value for term, value in squares.squares.items()},
        "df": {_label(term, names): value for term, value in squares.freedom.items()},
        "ms": {_label(term, names): squares.mean_square(term) for term in squares.squares},
        "residual_ss": squares.error,
        "residual_df": squares.error_freedom,
        "grand_mean": found.grand_mean,
        "sample_variance_all_runs": found.sample_variance,
        "components_raw": {" x ".join(part.sources): part.raw for part in found.components},
        "components_truncated": {" x ".join(part.sources): part.component for part in found.components},
        "residual_component": found.residual,
        "total_variance": found.total,
        "residual_share": found.residual_share,
        "std_of_grand_mean": found.grand_mean_std,
        "first_order_share": {share.source: share.first_order for share in found.shares},
        "total_share_lower": {share.source: share.total_lower for share in found.shares},
        "total_share_upper": {share.source: share.total_upper for share in found.shares},
        "naive_variance_of_level_means": {share.source: share.naive_variance for share in found.shares},
        "naive_share_biased": {share.source: share.naive_share for share in found.shares},
    }
    assert found.residual_is == expected["residual_is"]
    assert set(got) | {"residual_is"} == set(expected)
    for key, value in got.items():
        if isinstance(value, dict):
            assert set(value) == set(expected[key]), key
            assert all(close(value[part], expected[key][part], tolerance) for part in value), key
        else:
            assert value == expected[key] or close(value, expected[key], tolerance), key


def _label(term: tuple[int, ...], names: list[str]) -> str:
    return " x ".join(names[axis] for axis in term)


@pytest.mark.parametrize("case", golden()["icc"], ids=lambda case: case["name"])
def test_icc(case: dict[str, Any]) -> None:
    found = stats.intraclass_correlation(np.array(case["table"]))
    for key, expected in case["expected"].items():
        got = ends(found.icc1_interval) if key == "ICC1_ci95" else getattr(found, key.lower())
        assert close(got, expected, case["tolerance"]), key


CORRECTNESS = {
    "runs": "runs",
    "examples": "examples",
    "mean_accuracy": "mean_accuracy",
    "test_set_variance": "variance",
    "independent_errors_variance": "independent_errors_variance",
    "distribution_variance_raw": "distribution_variance_raw",
    "distribution_variance": "distribution_variance",
    "finite_test_set_variance": "finite_test_set_variance",
    "sum_example_variances": "example_variance_sum",
    "anova_ms_run": "run_mean_square",
    "anova_ms_example": "example_mean_square",
    "anova_ms_residual": "residual_mean_square",
    "anova_var_example": "example_component_raw",
    "anova_var_residual": "residual_component",
    "distribution_share_raw": "real_share_raw",
    "binomial_variance_at_mean": "binomial_variance",
    "class_calibration_binary_variance": "class_calibration_variance",
    "se_mean_fresh_runs_fixed_test_set": "se_fresh_runs",
    "var_mean_fresh_test_set_and_runs_raw": "variance_fresh_runs_and_test_set_raw",
    "se_mean_fresh_test_set_and_runs": "se_fresh_runs_and_test_set",
}


@pytest.mark.parametrize("case", golden()["correctness_matrices"], ids=lambda case: case["name"])
def test_correctness(case: dict[str, Any]) -> None:
    matrix = np.array([[int(bit) for bit in run] for run in case["matrix"]])
    found = stats.correctness_variance(matrix)
    for key, name in CORRECTNESS.items():
        assert close(getattr(found, name), case["expected"][key], case["tolerance"]), key
    assert close(matrix.mean(axis=1), case["expected"]["accuracies"], case["tolerance"])
    for key, variance in (("test_set_std", found.variance), ("distribution_std", found.distribution_variance)):
        assert close(np.sqrt(variance), case["expected"][key], case["tolerance"])
    assert set(case["expected"]) == {*CORRECTNESS, "accuracies", "test_set_std", "distribution_std"}


@pytest.mark.parametrize("case", golden()["confidence_sequences"], ids=lambda case: case["name"])
def test_anytime_intervals(case: dict[str, Any]) -> None:
    values, (low, high), level = np.array(case["x"]), case["range"], 1 - case["alpha"]
    plain = stats.empirical_bernstein_path(values, low, high, level)
    paths = {
        "empirical_bernstein": plain,
        "empirical_bernstein_running": stats.running_intersection(plain),
        "betting_running": stats.betting_path(values, low, high, level),
        "t_mixture": stats.t_mixture_path(values, level),
    }
    tolerance = {**case["tolerance"], "empirical_bernstein_running": case["tolerance"]["empirical_bernstein"]}
    for row in case["expected"]:
        for key, path in paths.items():
            got = ends(path[row["t"] - 1])
            assert got is None if row[key] is None else close(got, row[key], tolerance[key]), (key, row["t"])
        fixed = ends(stats.summarise(stats.Sample.of("x", values[: row["t"]]), level).mean_interval)
        expected = row["fixed_n_t_interval"]
        assert fixed is None if expected is None else close(fixed, expected, {"abs": 1e-10, "rel": 1e-8})


@pytest.mark.parametrize("case", golden()["cross_validation"], ids=lambda case: case["name"])
def test_cross_validation(case: dict[str, Any]) -> None:
    a, b, folds = np.array(case["a"]), np.array(case["b"]), case["folds"]
    corrected, naive = stats.corrected_paired_test(a, b, 1 / (folds - 1)), stats.paired_test(a, b)
    got: dict[str, Any] = {
        "mean_diff": stats.summarise(stats.Sample.of("d", b - a)).mean,
        "nadeau_bengio_t": corrected.statistic,
        "nadeau_bengio_p": corrected.p,
        "naive_paired_t": naive.statistic,
        "naive_paired_p": naive.p,
    }
    for rope in (0, 0.005, 0.01):
        # Variance factor 1/n + 1/(folds - 1), so correlation 1/folds.
        found = stats.posterior(a, b, rope, correlation=1 / folds)
        kept = (found.a_higher, found.within, found.b_higher) if rope else (found.a_higher, found.b_higher)
        got[f"baycomp_rope{rope}"] = list(kept)
    assert set(got) == set(case["expected"])
    for key, value in got.items():
        assert close(value, case["expected"][key], case["tolerance"]), key
