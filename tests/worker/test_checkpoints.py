"""A checkpoint that cannot be used leaves nothing behind: neither reports nor half of the generators' states."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedspread_worker.trainer.checkpoints import FileKeeper, unfinished_file
from seedspread_worker.trainer.randomness import GlobalRandomness

CONTENT = {"state": 7, "generators": [], "fingerprints": {}}
BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda _: {},
    "no content": lambda kept: kept | {"content": {}},
    "no generators": lambda kept: {name: value for name, value in kept.items() if name != "generators"},
    "no series": lambda kept: kept | {"series": None},
    "another state": lambda kept: kept | {"generators": kept["generators"] | {"numpy": "unknown"}},
    "a list": lambda kept: list(kept),
}


class Reports:
    """What was reported again."""

    def __init__(self) -> None:
        self.series: dict[str, tuple[list[Any], list[float]]] = {"loss": ([1], [0.5])}
        self.repeated: list[Any] = []

    def restore(self, series: Any) -> None:
        self.repeated.append(series)

    def note(self, **facts: Any) -> None:
        self.repeated.append(facts)


def drawn() -> tuple[float, float]:
    return random.random(), float(np.random.rand())  # noqa: NPY002 - the process's own are meant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint, with the generators where they were then."""
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    FileKeeper(tmp_path / "folder" / "run.checkpoint", Reports(), GlobalRandomness()).keep(3, CONTENT)
    return tmp_path / "folder" / "run.checkpoint"


def test_a_checkpoint_restores_generators_and_reports(path: Path) -> None:
    expected, reports = drawn(), Reports()
    assert FileKeeper(path, reports, GlobalRandomness()).kept() == CONTENT
    assert drawn() == expected
    assert reports.repeated == [{"loss": ([1], [0.5])}, {"resumed": {"after_step": 3}}]
    assert not unfinished_file(path).exists()


@pytest.mark.parametrize("kind", [*BROKEN, "half"])
def test_a_checkpoint_that_cannot_be_used_changes_nothing(
    path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content, reports = path.read_bytes(), Reports()
    path.write_bytes(
        content[: len(content) // 2] if kind == "half" else pickle.dumps(BROKEN[kind](pickle.loads(content)))
    )
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    expected = drawn()
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    assert FileKeeper(path, reports, GlobalRandomness()).kept() is None
    assert drawn() == expected
    assert reports.repeated == []
    assert "the checkpoint could not be read, training from the start: " in capsys.readouterr().out
