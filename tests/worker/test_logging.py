"""Steps and values that recipes log: every kind of single number, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from seedspread.core.report import Examples, FingerprintKind
from seedspread.errors import InvalidInput
from seedspread_worker import Metric, Run, free_recipe
from seedspread_worker.author.recipe import MARK
from seedspread_worker.author.run import number_of, step_of
from tests.worker.running import manifest_of


class Tensor:
    """A tensor of no dimension, as frameworks have them."""

    shape = ()

    def __float__(self) -> float:
        return 0.25


class Sink:
    """Keeps what a run reports."""

    def __init__(self) -> None:
        self.points: list[tuple[int, float, dict[str, float]]] = []
        self.planned: list[int] = []
        self.digests: list[tuple[FingerprintKind, int]] = []

    def metrics(self, epoch: int, step: float, values: Mapping[str, float]) -> None:
        self.points.append((epoch, step, dict(values)))

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        self.digests.append((kind, step))

    def examples(self, examples: Examples) -> None:
        raise AssertionError(examples)

    def plan(self, epochs: int) -> None:
        self.planned.append(epochs)

    def hold(self) -> None:
        """Everything is taken at once."""

    def release(self) -> None:
        """Nothing waits."""

    def note(self, **facts: str) -> None:
        raise AssertionError(facts)

    def cancelled(self) -> bool:
        return False


NAMES = ("step", "seed", "state", "epoch", "duration", "self", "run", "val/acc top-1 (%)")


@pytest.fixture
def run() -> tuple[Run, Sink]:
    metrics = tuple(Metric(name, "maximize") for name in NAMES)

    @free_recipe(name="logs", version="1", metrics=metrics)
    def logs(run: Run) -> None:
        raise AssertionError(run)

    sink = Sink()
    manifest = manifest_of("raises").model_copy(update={"parameters": {}})
    return Run(vars(logs)[MARK], manifest, sink), sink


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.array(0.75), 0.75),
        (np.int64(3), 3.0),
        (Tensor(), 0.25),
        (True, 1.0),
    ],
)
def test_single_numbers_are_taken(value: Any, expected: float) -> None:
    assert number_of(value, "val_acc") == expected


@pytest.mark.parametrize(
    "value", ["0.8", None, np.array([0.7]), [0.7], 1j, np.complex64(1), np.array("0.5"), {"a": 1}, np.array([[1, 2]])]
)
def test_everything_else_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidInput, match="val_acc"):
        number_of(value, "val_acc")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, 1),
        (0, 0),
        (1.0, 1),
        (0.5, 0.5),
        (np.int64(7), 7),
        (np.float32(2.5), 2.5),
        (np.array(3), 3),
        (Tensor(), 0.25),
    ],
)
def test_steps_stay_whole_where_they_are(step: Any, expected: float) -> None:
    got = step_of(step, "step")
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize("step", ["1", -5, -0.5, None, True, float("nan"), float("inf"), 2**70, np.array([1])])
def test_what_is_no_step_is_refused(step: Any) -> None:
    with pytest.raises(InvalidInput, match="step"):
        step_of(step, "step")


def test_metrics_may_be_called_like_anything(run: tuple[Run, Sink]) -> None:
    training, sink = run
    training.plan(np.int64(3))
    training.plan(2.5)
    training.log(0.5, **dict.fromkeys(NAMES, 1))
    training.weights(np.int64(1), [np.ones(2)])
    assert sink.planned == [3, 3]
    assert sink.points == [(0, 0.5, dict.fromkeys(NAMES, 1.0))]
    assert sink.digests == [(FingerprintKind.WEIGHTS, 1)]
    training.log(1, lr=0.1)  # not declared, and recorded all the same
    assert sink.points[-1] == (1, 1, {"lr": 0.1})
    with pytest.raises(InvalidInput, match="epoch"):
        training.weights(0.5, [np.ones(2)])


def test_an_epoch_is_reported_and_printed(run: tuple[Run, Sink], capsys: pytest.CaptureFixture[str]) -> None:
    opened, sink = run
    opened.log_epoch(3, 10, step=0.9125, seed=float("nan"))
    assert sink.points[-1][:2] == (3, 3)
    assert sink.points[-1][2]["step"] == 0.9125
    assert capsys.readouterr().out == "epoch 3 of 10: step 0.9125, seed NaN\n"
