"""Every public statistic on numbers at the ends of what floats hold: a number, a reason, or a refusal in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import pytest

from seedspread import stats
from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import Floats, checked

RNG = np.random.default_rng(9)
PLACE = np.arange(12)

SAMPLES: dict[str, Any] = {
    "normal": RNG.normal(0.9, 0.01, 12),
    "k of n": np.rint(RNG.normal(0.9, 0.01, 12) * 360) / 360,
    "constant": np.full(12, 0.9),
    "last bit": 0.9 + PLACE % 2 * 1.1e-16,
    "zeros of either sign": np.where(PLACE % 2, 0.0, -0.0),
    "largest": np.where(PLACE % 2, 9e74, -9e74),
    "smallest": RNG.normal(0, 1, 12) * 1e-74,
    "vanishing": RNG.normal(0, 1, 12) * 1e-300,
    "far apart": np.where(PLACE % 2, 1e74, 1e-74),
    "far from 0": 1e15 + PLACE,
    "one diverged": np.append(RNG.normal(0.9, 0.01, 11), 3.4e38),
    "one of each": (PLACE == 0).astype(float),
    "single": np.array([0.9]),
    "two": np.array([0.9, 0.91]),
    "nothing": np.zeros(0),
}


def table(a: Floats) -> Floats:
    """Twelve values as a table of 4 rows; fewer as one column, which no table of two factors has."""
    return a.reshape(4, 3) if a.size == 12 else a[:, np.newaxis]


OF_ONE: dict[str, Callable[[Floats], Any]] = {
    "summarise": lambda a: stats.summarise(stats.Sample.of("a", a)),
    "expected_best": stats.expected_best,
    "standing": lambda a: stats.standing(0.9, a),
    "bootstrap_mean": lambda a: stats.bootstrap_mean(a, RNG),
    "bootstrap_iqm": lambda a: stats.bootstrap_iqm(a, RNG),
    "shapiro": stats.shapiro,
    "standing_apart": stats.standing_apart,
    "t_mixture_path": stats.t_mixture_path,
    "one_at_a_time": lambda a: stats.one_at_a_time({"init": a}, RNG, repeats=a, together=a, draws=99),
    "icc": lambda a: stats.intraclass_correlation(table(a)),
    "components": lambda a: stats.variance_components(table(a), ("a", "b"), RNG, draws=99),
}

OF_TWO: dict[str, Callable[[Floats, Floats], Any]] = {
    name: getattr(stats, name)
    for name in (
        "welch_test",
        "student_test",
        "mann_whitney",
        "brunner_munzel",
        "brown_forsythe",
        "levene",
        "bartlett",
        "kolmogorov_smirnov",
        "violation_ratio",
        "effects",
        "probability_b_above_a",
    )
} | {
    "relabel_test": lambda a, b: stats.relabel_test(a, b, RNG),
    "bootstrap_difference": lambda a, b: stats.bootstrap_difference(a, b, RNG),
    "probability_bootstrap": lambda a, b: stats.probability_bootstrap(a, b, RNG),
    "wrong_winner": lambda a, b: stats.wrong_winner(a, b, paired=False),
}

OF_PAIRS: dict[str, Callable[[Floats, Floats], Any]] = {
    name: getattr(stats, name)
    for name in (
        "paired_test",
        "correlation",
        "wilcoxon",
        "sign_test",
        "rank_biserial",
        "probability_paired",
        "posterior",
    )
} | {
    "sign_flip_test": lambda a, b: stats.sign_flip_test(a, b, RNG),
    "bootstrap_paired": lambda a, b: stats.bootstrap_paired(a, b, RNG),
    "corrected_paired_test": lambda a, b: stats.corrected_paired_test(a, b, 0.2),
}


def faults(found: Any, path: str = "") -> list[str]:
    """Numbers that no page may show: NaN, infinities, a p of 0 or above 1."""
    if is_dataclass(found):
        return [fault for name, value in vars(found).items() for fault in faults(value, f"{path}.{name}")]
    if isinstance(found, tuple | list):
        return [fault for value in found for fault in faults(value, path)]
    if not isinstance(found, float):
        return []
    is_p = path.rsplit(".", 1)[-1] == "p"
    return [] if math.isfinite(found) and (not is_p or 0 < found <= 1) else [f"{path} = {found}"]


def tried(function: Callable[..., Any], *arrays: Floats) -> list[str]:
    try:
        return faults(function(*arrays))
    except InvalidInput as refused:
        return [] if refused.expected else ["a refusal without words"]


@pytest.mark.parametrize("name", OF_ONE)
def test_one_sample_of_any_size(name: str) -> None:
    assert {kind: found for kind, a in SAMPLES.items() if (found := tried(OF_ONE[name], a))} == {}


@pytest.mark.parametrize("name", OF_TWO)
def test_two_samples_of_any_size(name: str) -> None:
    found = {(x, y): tried(OF_TWO[name], a, b) for x, a in SAMPLES.items() for y, b in SAMPLES.items()}
    assert {kinds: told for kinds, told in found.items() if told} == {}


@pytest.mark.parametrize("name", OF_PAIRS)
def test_pairs_of_any_size(name: str) -> None:
    pairs = [(x, y) for x in SAMPLES for y in SAMPLES if SAMPLES[x].size == SAMPLES[y].size]
    found = {(x, y): tried(OF_PAIRS[name], SAMPLES[x], SAMPLES[y]) for x, y in pairs}
    assert {kinds: told for kinds, told in found.items() if told} == {}


@pytest.mark.parametrize("spoilt", [math.nan, math.inf, -math.inf, 1e80])
def test_what_is_not_finite_is_refused_and_never_counted(spoilt: float) -> None:
    with pytest.raises(InvalidInput, match=r"a: .* expected finite numbers below 1e75"):
        stats.welch_test(np.array([0.9, spoilt, 0.91]), np.array([0.9, 0.92]))
    with pytest.raises(InvalidInput, match="values"):
        stats.expected_best(np.array([spoilt]))
    with pytest.raises(InvalidInput, match="finite value"):
        stats.intraclass_correlation(np.array([[1.0, spoilt], [2.0, 3.0]]))


def test_pairs_need_as_many_of_one_as_of_the_other() -> None:
    with pytest.raises(InvalidInput, match="as many values as a has, 3") as refused:
        stats.paired_test(np.ones(3), np.ones(2))
    assert refused.value.hint == "`pair` joins two samples by their seeds"


def test_lists_are_taken_and_tables_are_not() -> None:
    found: Any = stats.welch_test([1, 2, 4], [2.0, 4.0, 4.5])  # type: ignore[arg-type]
    assert found == stats.welch_test(np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 4.5]))
    for wrong in ([[1.0]], ["x"], 3.0):
        with pytest.raises(InvalidInput):
            checked(wrong, "values")


def test_three_values_of_which_two_are_equal_are_no_evidence_against_a_bell() -> None:
    assert stats.shapiro(np.array([0.0, 1.0, 0.0])).p is None


def test_a_quoted_value_is_like_the_best_of_as_many_as_reach_it_in_expectation() -> None:
    seeds = np.array([0.925, 0.93, 0.935, 0.94])
    assert stats.standing(0.94, seeds).like_best_of == 4
    assert stats.standing(0.93, seeds).like_best_of == 1
