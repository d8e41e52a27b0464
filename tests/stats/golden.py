"""The golden file, and what this library answers to each of its keys."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import stats
from seedspread.stats.inference.means import difference_moments, moments, pooled_std
from seedspread.stats.inference.permutation import log_choices, twice_smaller_tail
from seedspread.stats.inference.ranks import mann_whitney_asymptotic, mann_whitney_by_distance, wilcoxon_asymptotic

Floats = NDArray[np.float64]
Answer = Callable[[], Any]

EXACT = 3e9  # a budget under which every golden case is counted, not simulated

NOT_OFFERED = {
    "aso.deepsig_violation_ratio_b_over_a": "skips the first grid cell in one of two sums; the exact ratio is offered",
    "aso.deepsig_eps_min_b_over_a": "claims a win in 17 to 20 % of comparisons without a difference",
    "aso.deepsig_eps_min_a_over_b": "the same",
    "mwu.p_auto_scipy": "switches silently between two methods; both are offered by name",
}


@cache
def golden() -> dict[str, Any]:
    """The whole file."""
    path = Path(__file__).parent.parent / "goldens" / "statistics.json"
    with path.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded


def ends(interval: stats.Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def one_sample(values: Floats) -> dict[str, Answer]:
    """Keys of one arm, without its prefix."""
    summary = stats.summarise(stats.Sample.of("a", values))
    boot = cache(partial(stats.bootstrap_mean, values, np.random.default_rng(1)))
    return {
        **{
            key: partial(getattr, summary, name)
            for key, name in (
                *((key, key) for key in ("n", "mean", "median", "q1", "q3", "iqr", "iqm", "iqm_fractional")),
                *((key, key) for key in ("std", "var", "sem")),
                ("min", "minimum"),
                ("max", "maximum"),
            )
        },
        "expected_max_curve": lambda: list(stats.expected_best(values).values),
        "expected_max_curve_with_replacement": lambda: list(stats.expected_best(values, replace=True).values),
        "expected_min_curve": lambda: list(stats.expected_best(values, "minimize").values),
        "t_ci95": lambda: ends(summary.mean_interval),
        "std_ci95": lambda: ends(summary.std_interval),
        "boot_pct_ci95": lambda: ends(boot().percentile),
        "boot_bca_ci95": lambda: ends(boot().bca),
        "iqm_boot_pct_ci95": lambda: ends(stats.bootstrap_iqm(values, np.random.default_rng(2))),
        "t_cs95": lambda: ends(stats.t_mixture(moments(values))),
        "shapiro_w": lambda: stats.shapiro(values).statistic,
        "shapiro_p": lambda: stats.shapiro(values).p,
    }


def of_test(prefix: str, test: Answer, **names: str) -> dict[str, Answer]:
    """Keys `prefix.key` answered by attributes of a test's result."""
    return {f"{prefix}.{key}": partial(_attribute, test, name) for key, name in names.items()}


def separate(a: Floats, b: Floats) -> dict[str, Answer]:
    """Keys of two arms that are not paired."""
    first, second = (moments(arm, stats.lattice_of(a, b)) for arm in (a, b))
    flat = min(a.size, b.size) < 2 or (first.constant and second.constant)
    summary_a, summary_b = (stats.summarise(stats.Sample.of("x", arm)) for arm in (a, b))
    sizes = stats.effects(a, b)
    boot = cache(partial(stats.bootstrap_difference, a, b, np.random.default_rng(3)))
    mwu = cache(partial(stats.mann_whitney, a, b, budget=EXACT))
    relabel = cache(partial(stats.relabel_test, a, b, np.random.default_rng(4), budget=EXACT))
    wrong = cache(partial(stats.wrong_winner, a, b, paired=False))
    n = a.size + b.size

    def planned(answer: Answer) -> Answer:
        return lambda: None if flat else answer()

    def d() -> float:
        assert sizes.cohen_d is not None
        return sizes.cohen_d

    return {
        "diff_mean": lambda: second.mean - first.mean,
        "diff_median": lambda: (summary_b.median or 0) - (summary_a.median or 0),
        "diff_iqm": lambda: (summary_b.iqm or 0) - (summary_a.iqm or 0),
        "poi": lambda: stats.probability_b_above_a(a, b).value,
        "poi_boot_pct_ci95": lambda: ends(stats.probability_bootstrap(a, b, np.random.default_rng(5))),
        **of_test("mwu", mwu, u_b="statistic", p_exact="p", p_floor="p_floor"),
        "mwu.p_exact_abs": lambda: mann_whitney_by_distance(a, b, budget=EXACT),
        "mwu.has_ties": lambda: np.unique(stats.lattice_of(a, b).whole(np.concatenate([a, b]))).size < n,
        "mwu.p_asymptotic": lambda: mann_whitney_asymptotic(a, b),
        **of_test("perm_unpaired", relabel, p="p", p_greater="p_greater", p_floor="p_floor"),
        "perm_unpaired.p_twice_min": lambda: twice_smaller_tail(a, b, budget=EXACT),
        "perm_unpaired.n_assignments_log10": lambda: log_choices(n, a.size) / math.log(10),
        **of_test("ks", partial(stats.kolmogorov_smirnov, a, b), d="statistic", p_exact="p"),
        "ks.p_asymptotic": lambda: stats.kolmogorov_smirnov(a, b, exact=False).p,
        **of_test("welch_t", partial(stats.welch_test, a, b), t="statistic", df="df", p="p"),
        "welch_t.ci95": lambda: ends(stats.welch_test(a, b).interval),
        **of_test("student_t", partial(stats.student_test, a, b), t="statistic", df="df", p="p"),
        **{
            key: partial(getattr, sizes, key)
            for key in ("cohen_d", "cohen_d_av", "hedges_g", "hedges_g_approx", "cliffs_delta")
        },
        "diff_boot_pct_ci95": lambda: ends(boot().percentile),
        "diff_boot_bca_ci95": lambda: ends(boot().bca),
        **of_test("levene", partial(stats.levene, a, b), w="statistic", p="p"),
        **of_test("brown_forsythe", partial(stats.brown_forsythe, a, b), w="statistic", p="p"),
        **of_test("bartlett", partial(stats.bartlett, a, b), t="statistic", p="p"),
        **of_test("brunner_munzel", partial(stats.brunner_munzel, a, b), stat="statistic", p="p"),
        "power.ind.achieved": planned(lambda: stats.power_unpaired(d(), a.size, b.size)),
        "power.ind.n_per_arm": planned(lambda: stats.seeds_real(d(), paired=False)),
        "power.ind.n_per_arm_int": planned(lambda: stats.seeds_unpaired(d())),
        "power.ind.mde_d": planned(lambda: stats.detectable_unpaired(a.size, b.size)),
        "power.ind.mde_abs": planned(lambda: stats.detectable_unpaired(a.size, b.size) * pooled_std(first, second)),
        "power.welch.achieved": planned(
            lambda: stats.power_welch(second.mean - first.mean, first.std, second.std, a.size, b.size)
        ),
        "power.welch.n_per_arm_int": planned(
            lambda: stats.seeds_welch(second.mean - first.mean, first.std, second.std)
        ),
        "power.welch.mde_abs": planned(lambda: stats.detectable_welch(first.std, second.std, a.size, b.size)),
        **{f"wrong_winner.unpaired.k{k}": partial(_chance, wrong, at) for at, k in enumerate((1, 2, 3, 5, 10, 20))},
        "aso.violation_ratio_b_over_a": lambda: stats.violation_ratio(b, a),
    }


def shared(a: Floats, b: Floats) -> dict[str, Answer]:
    """Keys of two arms paired by seed."""
    known = difference_moments(a, b)
    flat = known.n < 2 or known.constant
    whole = stats.lattice_of(a, b).differences(a, b)
    boot = cache(partial(stats.bootstrap_paired, a, b, np.random.default_rng(6)))
    flips = cache(partial(stats.sign_flip_test, a, b, np.random.default_rng(7), budget=EXACT))
    signed = cache(partial(stats.wilcoxon, a, b, budget=EXACT))
    wrong = cache(partial(stats.wrong_winner, a, b, paired=True))

    def planned(answer: Answer) -> Answer:
        return lambda: None if flat else answer()

    def beliefs(rope: float, correlation: float) -> list[float | None]:
        found = stats.posterior(a, b, rope, correlation=correlation)
        return [found.a_higher, found.within, found.b_higher]

    return {
        "paired.mean": lambda: known.mean,
        "paired.std": lambda: known.std if known.n > 1 else None,
        "paired.corr": lambda: None if flat else stats.correlation(a, b),
        "paired.n_zero": lambda: int(np.sum(whole == 0)),
        "paired.n_positive": lambda: int(np.sum(whole > 0)),
        "poi_paired": lambda: stats.probability_paired(a, b).value,
        **of_test("paired_t", partial(stats.paired_test, a, b), t="statistic", df="df", p="p"),
        "paired_t.ci95": lambda: ends(stats.paired_test(a, b).interval),
        "paired.cohen_dz": lambda: stats.effects(a, b, paired=True).cohen_dz,
        "paired.diff_boot_pct_ci95": lambda: ends(boot().percentile),
        "paired.diff_boot_bca_ci95": lambda: ends(boot().bca),
        "paired.t_cs95": lambda: ends(stats.t_mixture(known)),
        "paired.shapiro_w": lambda: stats.shapiro(stats.lattice_of(a, b).real(whole)).statistic,
        "paired.shapiro_p": lambda: stats.shapiro(stats.lattice_of(a, b).real(whole)).p,
        **of_test("sign_test", partial(stats.sign_test, a, b), p="p"),
        **of_test("perm_paired", flips, p="p", p_greater="p_greater", p_floor="p_floor"),
        **of_test("wilcoxon", signed, w_plus="statistic", p_exact="p", p_floor="p_floor"),
        "wilcoxon.w_minus": lambda: _rank_sum(int(np.sum(whole != 0))) - (signed().statistic or 0.0),
        "wilcoxon.n_nonzero": lambda: int(np.sum(whole != 0)),
        "wilcoxon.rank_biserial": lambda: stats.rank_biserial(a, b),
        "wilcoxon.p_asymptotic": lambda: wilcoxon_asymptotic(a, b),
        "wilcoxon.p_pratt_asymptotic": lambda: wilcoxon_asymptotic(a, b, pratt=True),
        "power.paired.achieved": planned(lambda: stats.power_paired(known.mean / known.std, known.n)),
        "power.paired.n_pairs": planned(lambda: stats.seeds_real(known.mean / known.std, paired=True)),
        "power.paired.n_pairs_int": planned(lambda: stats.seeds_paired(known.mean / known.std)),
        "power.paired.mde_dz": planned(lambda: stats.detectable_paired(known.n)),
        "power.paired.mde_abs": planned(lambda: stats.detectable_paired(known.n) * known.std),
        **{
            f"bayes.rope{rope}_{label}": partial(beliefs, rope, rho)
            # One cross-validation of n folds, which is what that package takes n seeds for.
            for rope in (0.005, 0.01)
            for label, rho in (("rho0", 0.0), ("baycomp_runs1", 1 / max(known.n, 2)))
        },
        "bayes.p_b_better_rho0": lambda: stats.posterior(a, b).b_higher,
        **{f"wrong_winner.paired.k{k}": partial(_chance, wrong, at) for at, k in enumerate((1, 2, 3, 5, 10, 20))},
    }


def answers(a: Floats, b: Floats, *, paired: bool) -> dict[str, Answer]:
    """All keys of a case."""
    found = {f"a.{key}": answer for key, answer in one_sample(a).items()}
    found |= {f"b.{key}": answer for key, answer in one_sample(b).items()}
    found |= separate(a, b)
    return found | shared(a, b) if paired else found


def _rank_sum(n: int) -> float:
    return n * (n + 1) / 2


def _attribute(answer: Answer, name: str) -> Any:
    return getattr(answer(), name)


def _chance(answer: Callable[[], stats.WrongWinner], at: int) -> float:
    return answer().chances[at]
