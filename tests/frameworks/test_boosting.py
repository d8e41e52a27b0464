"""XGBoost and LightGBM report to the logger what they record themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import seedspread
from seedspread.recording import Series, open_study


@pytest.fixture
def run(tmp_path: Path) -> seedspread.Logger:
    """A run of the logger."""
    return seedspread.run(arm="base", seed=0, folder=tmp_path / "study")


def recorded(run: seedspread.Logger) -> dict[str, Series]:
    """End the run and return its series."""
    assert run.folder is not None
    folder = run.folder.parent.parent
    run.end()
    return open_study(folder).runs[0].series()


def boosted() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return examples that take several rounds to separate."""
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(200, 3))
    return x, (x[:, 0] + x[:, 1] ** 2 + drawn.normal(scale=0.3, size=200) > 0.8).astype(int)


def test_xgboost(run: seedspread.Logger) -> None:
    import xgboost

    from seedspread.callbacks.xgboost import XGBoostCallback

    x, y = boosted()
    train, held = xgboost.DMatrix(x[:150], y[:150]), xgboost.DMatrix(x[150:], y[150:])
    results: dict[str, dict[str, list[float]]] = {}
    xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "error"], "nthread": 1},
        train,
        num_boost_round=4,
        evals=[(train, "train"), (held, "val")],
        evals_result=results,
        verbose_eval=False,
        callbacks=[XGBoostCallback(run)],
    )
    series = recorded(run)
    expected = {f"{data}-{name}": values for data, metrics in results.items() for name, values in metrics.items()}
    assert {name: list(item.values) for name, item in series.items()} == expected
    assert list(series["val-logloss"].steps) == [1, 2, 3, 4]


def test_lightgbm(run: seedspread.Logger) -> None:
    import lightgbm

    from seedspread.callbacks.lightgbm import LightGBMCallback

    x, y = boosted()
    train = lightgbm.Dataset(x[:150], y[:150])
    results: dict[str, dict[str, list[float]]] = {}
    lightgbm.train(
        {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "num_threads": 1},
        train,
        num_boost_round=4,
        valid_sets=[train, lightgbm.Dataset(x[150:], y[150:], reference=train)],
        valid_names=["train", "val"],
        callbacks=[LightGBMCallback(run), lightgbm.record_evaluation(results)],
    )
    series = recorded(run)
    expected = {f"{data}-{name}": values for data, metrics in results.items() for name, values in metrics.items()}
    assert {name: list(item.values) for name, item in series.items()} == expected
    assert list(series["val-auc"].steps) == [1, 2, 3, 4]
