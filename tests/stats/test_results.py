"""Results are plain: numbers, words, tuples and nothing else, so that any edge can write them down."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from seedspread import stats
from seedspread.words import level as in_percent

RNG = np.random.default_rng(1)
A, B = RNG.normal(0.9, 0.01, 24), RNG.normal(0.91, 0.02, 24)
LATTICE_A, LATTICE_B = np.rint(A * 360) / 360, np.rint(B * 360) / 360
ARMS = (stats.Sample.of("A", dict(enumerate(A))), stats.Sample.of("B", dict(enumerate(B))))
RULE = stats.DecisionRule(smallest_difference=0.01)
PLANNED = stats.DecisionRule(looks="planned", first_look=12, look_every=12, most_seeds=36)
TABLE = RNG.normal(size=(5, 4))

RESULTS: dict[str, Any] = {
    "compare": stats.compare(*ARMS, RULE, RNG),
    "compare on a lattice": stats.compare(
        stats.Sample.of("A", LATTICE_A), stats.Sample.of("B", LATTICE_B), stats.DecisionRule(pairing="separate"), RNG
    ),
    "compare_many": stats.compare_many([*ARMS, stats.Sample.of("C", LATTICE_A)], RULE, RNG, baseline="A"),
    "next_look": stats.next_look(*ARMS, PLANNED, RNG),
    "expected_best": stats.expected_best(A),
    "standing": stats.standing(0.91, A),
    "variance_components": stats.variance_components(TABLE, ("split", "init"), RNG, draws=99),
    "one_at_a_time": stats.one_at_a_time({"init": A}, RNG, repeats=B, together=B, draws=99),
    "icc": stats.intraclass_correlation(TABLE),
    "correctness": stats.correctness_variance(RNG.random((4, 9)) < 0.7),
    "posterior": stats.posterior(A, B, 0.01),
    "corrected": stats.corrected_paired_test(A, B, 0.1),
    "ks": stats.kolmogorov_smirnov(A, B),
    "adjust": stats.adjust([0.01, 0.2]),
    "levene": stats.levene(A, B),
    "bartlett": stats.bartlett(A, B),
    "mann_whitney": stats.mann_whitney(LATTICE_A, LATTICE_B),
    "bootstrap": stats.bootstrap_mean(A, RNG),
    "iqm": stats.bootstrap_iqm(A, RNG),
    "poi": stats.probability_bootstrap(A, B, RNG),
    "paths": stats.t_mixture_path(A)[-1],
    "betting": stats.betting_path(A, 0, 1)[-1],
    "bernstein": stats.empirical_bernstein_path(A, 0, 1)[-1],
    "shapiro": stats.shapiro(A),
    "failures": stats.failure_rate(1, 20),
}


def impure(value: Any, path: str) -> list[str]:
    """Paths of everything that is no plain float, int, bool, str, None, tuple or dict of such."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in impure(inner, f"{path}.{key}")]
    if type(value) is tuple:
        return [found for at, inner in enumerate(value) for found in impure(inner, f"{path}[{at}]")]
    return [] if type(value) in {float, int, bool, str, type(None)} else [f"{path}: {type(value).__name__}"]


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_plain_and_frozen(name: str) -> None:
    result = RESULTS[name]
    assert result.__dataclass_params__.frozen
    assert impure(asdict(result), name) == []


def test_every_public_name_says_what_it_is() -> None:
    for name in stats.__all__:
        described = getattr(stats, name)
        if getattr(described, "__module__", "").startswith("seedspread"):
            assert described.__doc__, name
            assert not described.__doc__.startswith(f"{name}("), f"{name} has only its generated signature"


def test_a_level_is_never_told_as_100_percent() -> None:
    told = [in_percent(level) for level in (0.95, 1 - 0.05 / 3, 0.9999, 0.99999, 0.9999877, 1 - 1e-12)]
    assert told == ["95%", "98.33%", "99.99%", "99.999%", "99.998%", "over 99.999999%"]
