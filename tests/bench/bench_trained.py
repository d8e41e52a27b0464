"""The verdict and the shares on real trainings, not on simulated numbers.

    python -m tests.bench.bench_trained [--pool 300] [--pairs 200] [--arm 10] [--levels 5] [--seed 20261]

A/A: one pool of `digits-mlp` runs, every source varying; from it, pairs of arms of ten different seeds each, drawn
without replacement. Both arms are the same training, so every "better" is luck. Beside it, what Welch's p < .05 says.

Factorial: split × init on `digits-mlp`, one run a cell. Our shares beside statsmodels' sums of squares (OLS, anova_lm)
put through the expected mean squares, and beside its REML fit (MixedLM with crossed components).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import stats
from seedspread.core.seeds import derive
from seedspread.core.states import RunState
from seedspread_worker.trainer.handle import Trainer
from tests.worker.running import manifest_of, train

Floats = NDArray[np.float64]
EPOCHS = 10


def value_of(trainer: Trainer, seed: int, **fixed: int) -> float:
    """The last validation accuracy of one training."""
    told = train(trainer, manifest_of("digits-mlp", seed, fixed=fixed, modules=(), epochs=EPOCHS))
    if told.ending.state is not RunState.FINISHED:
        raise RuntimeError(f"seed {seed}: {told.ending.reason}")
    return float(told.series["val_accuracy"][1][-1])


def a_versus_a(pool: Floats, pairs: int, size: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often two arms of the same training are told apart."""
    rule = stats.DecisionRule(direction="maximize")
    told: Counter[str] = Counter()
    welch = 0
    for number in range(pairs):
        drawn = rng.choice(pool, 2 * size, replace=False)
        a, b = stats.Sample.of("A", drawn[:size]), stats.Sample.of("A again", drawn[size:])
        found = stats.compare(a, b, rule, stats.question_rng("bench", number))
        told[found.verdict.outcome] += 1
        p = stats.welch_test(a.usable, b.usable).p
        welch += p is not None and p < 0.05
    return {"pairs": pairs, "arm": size, "outcomes": dict(told), "welch_p_below_05": welch}


def reference(cells: Floats) -> dict[str, dict[str, float]]:
    """The same shares by statsmodels: from its sums of squares, and by REML."""
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    splits, inits = cells.shape
    frame = pd.DataFrame(
        [{"y": cells[i, j], "split": str(i), "init": str(j), "all": 1} for i in range(splits) for j in range(inits)]
    )
    table = sm.stats.anova_lm(smf.ols("y ~ C(split) + C(init)", frame).fit())
    squares = table["sum_sq"] / table["df"]
    residual = float(squares["Residual"])
    parts = {
        "split": max(0.0, (float(squares["C(split)"]) - residual) / inits),
        "init": max(0.0, (float(squares["C(init)"]) - residual) / splits),
        "rest": residual,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # In thousandths: REML's optimiser stops early on variances of 1e-6.
        frame["y"] *= 1000
        crossed = {"split": "0 + C(split)", "init": "0 + C(init)"}
        fit = smf.mixedlm("y ~ 1", frame, groups="all", vc_formula=crossed).fit(reml=True)
    names = fit.model.exog_vc.names
    reml = {name: float(part) / 1e6 for name, part in zip(names, fit.vcomp, strict=True)}
    reml["rest"] = float(fit.scale) / 1e6
    return {"anova_lm": _shares(parts), "mixedlm": _shares(reml)}


def _shares(parts: dict[str, float]) -> dict[str, float]:
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()}


def factorial(trainer: Trainer, levels: int) -> dict[str, Any]:
    """Split × init, each level's value derived as a study derives it."""
    cells = np.array(
        [
            [value_of(trainer, 0, split=derive(i, "split"), init=derive(j, "init")) for j in range(levels)]
            for i in range(levels)
        ]
    )
    found = stats.variance_components(cells, ("split", "init"), rng=stats.question_rng("factorial"))
    ours = {share.source: share.first_order for share in found.shares} | {"rest": found.residual_share}
    return {"levels": levels, "ours": ours, **reference(cells)}


def main() -> int:
    """Trains, prints the tables; 1 where luck is called better in more than 5 % of pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=int, default=300, help="seeds in the pool")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of arms")
    parser.add_argument("--arm", type=int, default=10, help="seeds an arm")
    parser.add_argument("--levels", type=int, default=5, help="levels of each crossed source")
    parser.add_argument("--seed", type=int, default=20261, help="of the drawing of pairs")
    parser.add_argument("--out", type=Path, help="where to keep the numbers, as JSON")
    arguments = parser.parse_args()
    started = time.monotonic()
    with contextlib.closing(Trainer()) as trainer:
        pool = np.array([value_of(trainer, seed) for seed in range(arguments.pool)])
        shares = factorial(trainer, arguments.levels)
    compared = a_versus_a(pool, arguments.pairs, arguments.arm, np.random.default_rng(arguments.seed))
    document = {
        "options": {key: value for key, value in vars(arguments).items() if key != "out"},
        "pool": {"n": pool.size, "mean": float(pool.mean()), "sd": float(pool.std(ddof=1))},
        "a_versus_a": compared,
        "factorial": shares,
        "wall_s": time.monotonic() - started,
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(document, indent=2))
    return 0 if compared["outcomes"].get("better", 0) <= 0.05 * arguments.pairs else 1


if __name__ == "__main__":
    sys.exit(main())
