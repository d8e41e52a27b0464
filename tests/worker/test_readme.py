"""The recipes printed in the folder's README, taken from there and trained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedspread.core.states import RunState
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.running import manifest_of, train

README = Path(__file__).resolve().parents[2] / "worker" / "README.md"
MOST_LINES = 25


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The README's code blocks as files."""
    folder = tmp_path_factory.mktemp("readme")
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    paths = [folder / f"readme_recipe_{number}.py" for number in range(len(blocks))]
    for path, block in zip(paths, blocks, strict=True):
        assert len(block.splitlines()) < MOST_LINES
        path.write_text(block)
    return tuple(map(str, paths))


def test_both_kinds_of_recipe_train_and_repeat(modules: tuple[str, ...]) -> None:
    trainer = Trainer(modules, **SHARED)
    try:
        for name in ("my-wine", "my-sgd"):
            runs = [train(trainer, manifest_of(name, seed, modules=modules)) for seed in (0, 1, 0)]
            assert [run.ending.state for run in runs] == [RunState.FINISHED] * 3, runs[0].ending
            assert runs[0].bits == runs[2].bits
            assert runs[0].digest("series") != runs[1].digest("series")
            assert runs[0].series["val_accuracy"][1][-1] > 0.7
    finally:
        trainer.close()
