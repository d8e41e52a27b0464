"""Wrong names of metrics harm no later verdict, here or in the service."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedspread.analysis.compare import compare_all
from seedspread.recording import open_study
from seedspread.sending.push import push
from seedspread.sending.studies import from_folder
from seedspread.storage.database import Database
from seedspread.studies.receiver import LocalReceiver
from tests.running.conftest import Result
from tests.support.studies import context_of

SCRIPT = """
import random, sys
rng, wide = random.Random(int(sys.argv[1])), len(sys.argv) > 2
for epoch in range(3):
    value = 0.8 + 0.01 * epoch + 0.1 * wide + rng.gauss(0, 0.002)
    print(LINE)
"""
WORDS = 'f"epoch {epoch} train_loss 1.000 val_acc {value:.4f}"'
KERAS = (
    'f"9/9 - 1s - accuracy: {value + 0.05:.4f} - loss: 0.31 - val_accuracy: {value:.4f} - val_loss: {1 - value:.4f}"'
)
TEST = 'f"Final test accuracy: {value:.4f}"'
STUDY = Path("study")


@pytest.fixture
def train(command: Callable[..., Result]) -> Callable[..., Result]:
    """Run a script that prints such lines, two arms × 6 seeds."""

    def call(line: str, metric: str, *options: str) -> Result:
        Path("train.py").write_text(SCRIPT.replace("LINE", line))
        arms = ("--folder", str(STUDY), "--arm", "base", "--arm", "wide=--wide")
        return command(
            *arms, "--seeds", "6", "--maximize", metric, *options, "--", sys.executable, "train.py", "{seed}", "{arm}"
        )

    return call


def recorded() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((STUDY / "study.json").read_text())
    return document


def test_a_misspelled_metric_is_told_from_what_is_printed_and_its_runs_still_count(
    train: Callable[..., Result],
) -> None:
    refused = train(WORDS, "val_accc")
    assert refused.code == 2
    assert "hint: before numbers, the output has val_acc and train_loss" in refused.err
    before = len(open_study(STUDY).runs)
    result = train(WORDS, "val_acc", "--json")
    assert result.code == 0
    study = open_study(STUDY)
    assert len(study.runs) == 13  # none of the recorded runs was trained again
    assert before >= 3
    assert all(len(run.series()["val_acc"].values) == 3 for run in study.runs)
    assert [run.edited() for run in study.runs] == [[]] * 13
    assert "repeats" in {finding["code"] for finding in result.document["findings"]}
    assert [arm["failures"] for arm in result.document["arms"]] == [0, 0]
    assert all(None not in arm["values"].values() for arm in result.document["arms"])


def test_a_refused_metric_changes_nothing_that_is_recorded(train: Callable[..., Result]) -> None:
    train(WORDS, "val_acc")
    before = recorded()
    refused = train(WORDS, "tset_acc")
    assert refused.code == 2
    assert "'tset_acc' is not usable; expected a metric the runs report: val_acc" in refused.err
    assert recorded() == before


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_a_metric_of_the_training_data_is_refused_before_a_verdict_by_it(
    train: Callable[..., Result], metric: str
) -> None:
    refused = train(KERAS, metric)
    assert refused.code == 2
    assert f"'{metric}' is not usable; expected val_{metric}, or {metric} with --keep-going" in refused.err
    assert sum(run.state == "finished" for run in open_study(STUDY).counted()) < 3
    right = train(KERAS, f"val_{metric}", "--json")
    assert right.document["comparison"]["comparisons"][0]["state"] in {"better", "equivalent", "undecided"}
    assert not any("xploratory" in sentence for sentence in right.document["sentences"])
    assert "training_metric" not in {finding["code"] for finding in right.document["findings"]}


def test_whoever_insists_on_the_training_data_is_warned_first(train: Callable[..., Result]) -> None:
    result = train(KERAS, "accuracy", "--keep-going")
    assert result.code == 0
    assert result.out.startswith("Problem: val_accuracy is reported beside accuracy")


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Database:
    return Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")


@pytest.mark.parametrize("metric", ["accuracy", "test accuracy", "final TEST accuracy"])
def test_the_service_decides_by_the_name_that_runs_reported(
    train: Callable[..., Result], sqlite: Database, metric: str
) -> None:
    result = train(TEST, metric)
    assert "- No metric is named accuracy: Final test accuracy decides" in result.out or metric != "accuracy"
    ctx = context_of(sqlite)
    sent = push(from_folder(open_study(STUDY)), LocalReceiver(ctx), pauses_s=())
    (pair,) = compare_all(ctx, sent.study_id).comparisons
    assert pair.metric == "Final test accuracy"
    assert pair.state == "better"
    sqlite.dispose()


def test_the_service_corrects_a_metric_that_no_run_has_and_keeps_one_that_decided(
    train: Callable[..., Result], sqlite: Database
) -> None:
    ctx = context_of(sqlite)
    train(WORDS, "val_accc")
    first = push(from_folder(open_study(STUDY)), LocalReceiver(ctx), pauses_s=())
    train(WORDS, "val_acc")
    study = open_study(STUDY)
    sent = from_folder(study)
    assert (sent.study.metric, sent.study.direction) == ("val_acc", "maximize")
    assert LocalReceiver(ctx).announce(sent.external_id, sent.study).study_id == first.study_id
    (pair,) = compare_all(ctx, first.study_id).comparisons
    assert pair.metric == "val_acc"
    study.study.metric = "train_loss"  # as a command that names another metric afterwards would have it
    later = from_folder(study)
    assert later.study.metric == "val_acc"
    sqlite.dispose()
