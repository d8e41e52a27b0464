"""The same manifest gives the same bits, whatever a trainer did before and whichever trainer it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedspread import words
from seedspread.core.report import FingerprintKind
from seedspread.core.study import Settings
from seedspread_worker.catalog import registry
from seedspread_worker.trainer.handle import Trainer
from tests.worker.running import FAILING, SAMPLES, Report, manifest_of, train

# The first test of the module loads TensorFlow twice and trains every recipe: minutes on a busy machine.
pytestmark = pytest.mark.timeout(400)

GRAPH = Settings(engine="graph")

# Every registered recipe is tested, with short trainings for those named here.
RECIPES: dict[str, dict[str, Any]] = {name: {} for name in registry.load()} | {
    "digits-mlp": {"epochs": 2},
    "digits-cnn": {"epochs": 2},
    "tabular-mlp": {"epochs": 3, "data": "wine", "balance": "oversample", "settings": GRAPH},
    "text-cnn-lstm": {"epochs": 2, "length": 8, "vocabulary": 60, "embedding": 4, "units": 4, "kernel": 2},
    "digits-forest": {"trees": 10, "reports": 2},
    "plain": {"settings": GRAPH},
    "global-layers": {"settings": GRAPH},
    "globals": {},
    "order-of-sets": {},
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences whose class shows in their words."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("texts") / "texts.csv"
    with path.open("w", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["label", "text"])
        for example in range(200):
            words = rng.integers(0, 60, 6) + 20 * (example % 2)
            rows.writerow([example % 2, " ".join(f"w{word}" for word in words)])
    return path


@pytest.fixture(scope="module")
def fresh_reports(texts: Path) -> Iterator[dict[str, Report]]:
    """Every recipe's run under seed 3, each the first of its recipe in a trainer of its own."""
    alone = Trainer([SAMPLES, FAILING], preload=False)
    try:
        yield {name: train(alone, _manifest(name, 3, texts)) for name in reversed(RECIPES)}
    finally:
        alone.close()


def _manifest(name: str, seed: int, texts: Path) -> Any:
    given: dict[str, Any] = {"data": str(texts)} if name == "text-cnn-lstm" else {}
    return manifest_of(name, seed, **RECIPES[name], **given)


@pytest.mark.parametrize("name", RECIPES)
def test_warm_and_fresh_agree_bit_for_bit(
    name: str, trainer: Trainer, fresh_reports: dict[str, Report], texts: Path
) -> None:
    others = [train(trainer, _manifest(name, seed, texts)) for seed in (0, 1)]
    again = train(trainer, _manifest(name, 3, texts))
    assert again.ending.state == fresh_reports[name].ending.state == "finished", again.ending
    assert again.bits == fresh_reports[name].bits
    for report in (fresh_reports[name], again):  # imports within a training draw, too
        assert report.environment["seeding"]["unseeded"] == []
    assert again.environment["seeding"]["drawn"] == fresh_reports[name].environment["seeding"]["drawn"]
    assert FingerprintKind.SERIES in {kind for kind, _ in again.fingerprints}
    if name != "order-of-sets":
        assert len({report.digest("series") for report in [*others, again]}) == 3


def test_the_log_has_a_line_for_each_epoch(fresh_reports: dict[str, Report]) -> None:
    report = fresh_reports["digits-mlp"]
    steps, values = report.series["val_accuracy"]
    lines = [line for line in (report.ending.log_tail or "").splitlines() if line.startswith("epoch ")]
    assert [line.partition(":")[0] for line in lines] == [f"epoch {step:.0f} of {len(steps)}" for step in steps]
    assert f"val_accuracy {words.number(values[-1])}" in lines[-1]


def test_the_fifty_first_run_is_as_the_first(trainer: Trainer, fresh_reports: dict[str, Report]) -> None:
    for seed in range(100, 150):
        assert train(trainer, manifest_of("digits-mlp", seed, epochs=2)).ending.state == "finished"
    assert train(trainer, manifest_of("digits-mlp", 3, epochs=2)).bits == fresh_reports["digits-mlp"].bits


def test_a_failed_run_leaves_no_trace(trainer: Trainer, fresh_reports: dict[str, Report]) -> None:
    assert train(trainer, manifest_of("raises")).ending.state == "failed"
    assert train(trainer, manifest_of("plain", 3, settings=GRAPH)).bits == fresh_reports["plain"].bits
