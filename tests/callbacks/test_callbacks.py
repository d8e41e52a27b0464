"""Callbacks on the frameworks' own bases log what the frameworks report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import seedspread
from seedspread.callbacks.sklearn import SklearnCallback
from seedspread.callbacks.steps import FitSteps
from seedspread.recording import Series, open_study


@pytest.fixture
def run(tmp_path: Path) -> seedspread.Logger:
    return seedspread.run(arm="base", seed=0, folder=tmp_path / "study")


def recorded(run: seedspread.Logger) -> dict[str, Series]:
    """End the run and return its series."""
    assert run.folder is not None
    folder = run.folder.parent.parent
    run.end()
    return open_study(folder).runs[0].series()


def test_keras(run: seedspread.Logger) -> None:
    import keras

    from seedspread.callbacks.keras import KerasCallback

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse", metrics=["mae"])
    x = np.eye(2, dtype="float32")
    history = model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=2, verbose=0, callbacks=[KerasCallback(run)])
    series = recorded(run)
    assert {name: list(item.values) for name, item in series.items()} == history.history
    assert list(series["val_mae"].steps) == [1, 2]


def test_sklearn(run: seedspread.Logger) -> None:
    x, y = np.arange(20.0)[:, None] / 20, np.arange(20) > 9
    model = LogisticRegression()
    model.set_callbacks(SklearnCallback(run, x, y)).fit(x, y)
    series = recorded(run)
    assert series["val_score"].last() == model.score(x, y)
    assert list(series["val_score"].steps) == list(range(1, len(series["val_score"].steps) + 1))


def test_a_second_fit_goes_on_after_the_first(run: seedspread.Logger) -> None:
    import keras

    from seedspread.callbacks.keras import KerasCallback

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.eye(2, dtype="float32")
    losses: list[float] = []
    for epochs in (3, 1):
        losses += model.fit(x, x[:, :1], epochs=epochs, verbose=0, callbacks=[KerasCallback(run)]).history["loss"]
    series = recorded(run)["loss"]
    assert (list(series.steps), list(series.values)) == ([1, 2, 3, 4], losses)


def test_steps_of_fits_that_begin_anew_or_go_on(run: seedspread.Logger) -> None:
    first, second = FitSteps(run, "trainer"), FitSteps(run, "trainer")
    first.begin()
    assert [first.at(step) for step in (1, 2)] == [1, 2]
    first.begin(done=2)
    assert first.at(3) == 3
    second.begin()
    assert second.at(1) == 4
    second.begin_at(0)
    assert [second.at(step) for step in (0, 1)] == [5, 6]
    second.begin_at(6)
    assert second.at(6) == 6
    assert FitSteps(run, "other").at(1) == 1
