"""What a run reports beside its series."""

from __future__ import annotations

import os

import numpy as np
import pytest

from seedspread.core.report import Batch
from seedspread.core.study import Settings
from seedspread_worker.trainer.handle import ReportBuffer, Trainer
from seedspread_worker.trainer.process import LogFile
from seedspread_worker.trainer.protocol import decode, encode
from tests.worker.running import Report, manifest_of, train


@pytest.fixture(scope="module")
def digits(trainer: Trainer) -> Report:
    """A run of two epochs."""
    return train(trainer, manifest_of("digits-mlp", epochs=2))


def test_a_keras_run_reports_every_epoch(digits: Report) -> None:
    assert set(digits.series) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(steps == [1, 2] for steps, _ in digits.series.values())
    kinds = {(kind.value, step) for kind, step in digits.fingerprints}
    assert kinds == {
        *(("data", 0), ("split", 0), ("initial", 0), ("order", 0), ("weights", 1), ("weights", 2)),
        *(("final", 0), ("series", 0), ("seeds", 0)),
    }
    assert digits.final == digits.digest("weights", 2)


def test_per_example_results_agree_with_the_accuracy(digits: Report) -> None:
    assert digits.examples is not None
    correct = np.unpackbits(np.frombuffer(digits.examples.correct, np.uint8), count=digits.examples.count)
    assert correct.mean() == pytest.approx(digits.series["val_accuracy"][1][-1], abs=1e-6)
    scores = np.frombuffer(digits.examples.scores or b"", "<f4")
    assert len(scores) == digits.examples.count == 359
    assert scores[correct == 1].mean() > scores[correct == 0].mean()


def test_the_environment_says_what_can_change_a_result(digits: Report) -> None:
    found = digits.environment
    assert found["packages"]["keras"].startswith("3.")
    assert found["cpu"]["model"]
    assert found["cpu"]["flags"]
    assert (found["threads"], found["onednn"], found["op_determinism"], found["engine"]) == (1, True, True, "xla")
    assert found["variables"]["PYTHONHASHSEED"] == "0"
    assert len(found["git"]["commit"]) == 40


def test_other_settings_are_told(own_trainer: Trainer) -> None:
    settings = Settings(threads=2, engine="graph", onednn=False, op_determinism=False)
    found = train(own_trainer, manifest_of("plain", settings=settings)).environment
    assert (found["threads"], found["onednn"], found["op_determinism"], found["engine"]) == (2, False, False, "graph")
    assert found["variables"]["OMP_NUM_THREADS"] == "2"
    assert "TF_DETERMINISTIC_OPS" not in found["variables"]


def test_messages_keep_every_bit() -> None:
    values = [0.1 + 0.2, float("inf"), float("-inf"), 5e-324, -0.0]
    read = decode(encode({"type": "metrics", "series": {"loss": [[1], values]}}))["series"]["loss"][1]
    assert [value.hex() for value in read] == [value.hex() for value in values]
    with pytest.raises(ValueError, match="no message of a trainer"):
        decode(b"[1, 2]\n")


def test_reports_are_gathered_into_batches() -> None:
    batches: list[Batch] = []

    def take(batch: Batch) -> bool:
        batches.append(batch)
        return False

    buffer = ReportBuffer(take, flush_s=60)
    for epoch in (1, 2):
        buffer.add({"type": "metrics", "epoch": epoch, "series": {"loss": [[epoch], [1 / epoch]]}})
    assert buffer.flush_if_due()
    assert not buffer.flush()
    assert buffer.flush()  # nothing new: nobody is asked
    assert [batch.series for batch in batches] == [{"loss": ([1, 2], [1.0, 0.5])}]
    assert batches[0].epoch == 2
    buffer.written("epoch 3 …")
    buffer.written(None)
    buffer.flush()
    assert batches[1].log_tail == "epoch 3 …"


def test_a_log_tells_its_end_where_it_grew() -> None:
    log = LogFile()
    assert log.news() is None
    os.write(log.descriptor, b"epoch 1\n")
    assert log.news() == "epoch 1\n"
    assert log.news() is None
    os.write(log.descriptor, b"epoch 2\n")
    assert log.news() == "epoch 1\nepoch 2\n"
    log.start()
    assert log.news() is None
    log.close()
