"""The same bits fresh, warm, in a second worker, killed and resumed, and replayed, in every framework."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from seedspread.core.repeat import repeat_verdict
from seedspread.core.report import FingerprintKind
from seedspread.core.states import RunState
from seedspread_worker.trainer import repeat
from seedspread_worker.trainer.handle import Trainer
from seedspread_worker.trainer.repeat import Gathered
from tests.support.templates import SHARED
from tests.worker.running import Report, manifest_of, train

HERE = Path(__file__).parent
RECIPES = {
    "torch-wine": "torch_recipes.py",
    "jax-wine": "jax_recipes.py",
    "sklearn-wine": "plain_recipes.py",
    "numpy-wine": "plain_recipes.py",
    "engine-wine": "keras_recipes.py",
    "compiled-wine": "keras_recipes.py",
    "fit-wine": "keras_recipes.py",
}
FILES = tuple(str(HERE / name) for name in dict.fromkeys(RECIPES.values()))
KILLED_AFTER = 2
# Fresh processes, each with a framework to load: seconds each, several times that on a busy machine.
pytestmark = pytest.mark.timeout(400)


def train_one(trainer: Trainer, name: str, seed: int, run: int = 1, **parameters: Any) -> Report:
    report = train(trainer, manifest_of(name, seed, modules=FILES, **parameters), run=run)
    assert report.ending.state is RunState.FINISHED, report.ending
    return report


def outcome(report: Report) -> dict[Any, Any]:
    """Fingerprints and values, the digest of the seeds left out: a resumed run asks for some of them twice."""
    prints, values = report.bits
    return {"values": values} | {key: digest for key, digest in prints.items() if key[0] is not FingerprintKind.SEEDS}


@pytest.mark.parametrize("name", RECIPES)
def test_fresh_warm_second_worker_resumed_and_replayed_agree_bit_for_bit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDSPREAD_CHECKPOINT_S", "0")
    killed: dict[str, Any] = {"die_after": KILLED_AFTER, "marker": str(tmp_path / "killed")}
    whole: dict[str, Any] = {"die_after": KILLED_AFTER, "marker": str(HERE)}  # a marker that is there: nothing dies
    first, second = (Trainer(FILES, preload=False, checkpoints=tmp_path / "kept", **SHARED) for _ in range(2))
    original = Gathered()
    manifest = manifest_of(name, 3, modules=FILES, **whole)
    try:
        fresh = train_one(first, name, 3, **whole)
        other = train_one(first, name, 4, **whole)
        warm = train_one(first, name, 3, **whole)
        # Not the first run of its process, as most runs that people replay.
        assert first.train(manifest, run=2, on_batch=original.add).state is RunState.FINISHED
        # The second worker has a past of its own: another seed, trained once.
        train_one(second, name, 5, **whole)
        elsewhere = train_one(second, name, 3, **whole)
        assert second.pid != first.pid
        mortal = manifest_of(name, 3, modules=FILES, **killed)
        lost = train(second, mortal, run=7)
        assert lost.ending.state is RunState.FAILED
        assert lost.ending.killed
        assert list((tmp_path / "kept").iterdir())
        resumed = train(second, mortal, run=7)  # in a process of its own: the killed one is gone
    finally:
        first.close()
        second.close()
    assert resumed.ending.state is RunState.FINISHED, resumed.ending
    assert fresh.bits == warm.bits == elsewhere.bits
    assert outcome(fresh) != outcome(other)
    assert outcome(resumed) == outcome(fresh)
    assert resumed.environment["resumed"] == {"after_step": KILLED_AFTER}
    assert "resumed" not in fresh.environment
    assert not list((tmp_path / "kept").iterdir())
    loaded = set(fresh.environment["frameworks"])
    assert loaded == {"torch-wine": {"torch"}, "jax-wine": {"jax"}, "sklearn-wine": set(), "numpy-wine": set()}.get(
        name, {"tensorflow"}
    )
    ending, replayed = repeat.train(manifest, FILES)
    assert ending.state is RunState.FINISHED, ending
    verdict = repeat_verdict(original.record(), replayed)
    assert verdict.identical, verdict.sentence
    assert verdict.weights_compared


def test_a_trainer_with_tensorflow_gives_way_to_another_framework() -> None:
    trainer = Trainer(FILES, **SHARED)  # TensorFlow is loaded ahead
    try:
        keras = train_one(trainer, "fit-wine", 1)
        process = trainer.pid
        torch = train_one(trainer, "torch-wine", 1)
        assert trainer.pid != process
        assert torch.environment["frameworks"]["torch"]["deterministic"] is True
        assert torch.environment["frameworks"]["torch"]["threads"] == 1
        again = train_one(trainer, "fit-wine", 1)
        # The recipe turned TensorFlow down once: its next process does not load it again.
        trainer.close()
        assert train_one(trainer, "torch-wine", 1).bits == torch.bits
        assert trainer.pid is not None
        assert "libtensorflow" not in Path(f"/proc/{trainer.pid}/maps").read_text()
    finally:
        trainer.close()
    assert keras.bits == again.bits
    variables = torch.environment["variables"]
    assert variables["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert variables["NVIDIA_TF32_OVERRIDE"] == os.environ.get("NVIDIA_TF32_OVERRIDE", "0")
    assert variables["JAX_PLATFORMS"] == "cpu"


def test_the_pytorch_recipe_of_the_readme_trains_and_repeats(tmp_path: Path) -> None:
    readme = (HERE.parents[1] / "README.md").read_text()
    (text,) = re.findall(r"<!-- test: my_torch.py -->\n+```python\n(.*?)```", readme, re.DOTALL)
    path = tmp_path / "readme_torch.py"
    path.write_text(text)
    trainer = Trainer([str(path)], preload=False, **SHARED)
    try:
        runs = [train(trainer, manifest_of("my-torch", seed, modules=(str(path),))) for seed in (0, 1, 0)]
    finally:
        trainer.close()
    assert [run.ending.state for run in runs] == [RunState.FINISHED] * 3, runs[0].ending
    assert runs[0].bits == runs[2].bits
    assert runs[0].digest("final") != runs[1].digest("final")
    assert runs[0].series["val_accuracy"][1][-1] > 0.7
