"""What goes wrong in a training ends that run, with a reason, and nothing else."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from seedspread.core.report import Batch
from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread_worker import sentences
from seedspread_worker.trainer import handle as trainer_client
from seedspread_worker.trainer.handle import START_S, Trainer
from seedspread_worker.trainer.process import TAIL_BYTES
from tests.support.templates import SHARED
from tests.waiting import until
from tests.worker.running import FAILING, SAMPLES, manifest_of, train

# The step's compilation is no matter of these tests, and by XLA it takes seconds a recipe.
GRAPH = Settings(engine="graph")


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("raises", "ValueError: the learning rate went missing"),
        ("out-of-memory", "the training ran out of memory"),
        ("exits-well", "the recipe called sys.exit (0) before it returned"),
        ("interrupted", "KeyboardInterrupt was raised inside the training"),
        ("silent", "the run logged no metric (call run.log(step, name=value) at least once)"),
        ("exits", "the recipe called sys.exit (3) before it returned"),
        ("unseeded-generator", sentences.UNSEEDED_TENSORFLOW_GENERATOR),
        ("message-fails", "Odd"),
        ("other-base", "GeneratorExit: early"),
        ("unknown-metric", "metrics: 'other' is not usable; expected one of the recipe's: value"),
    ],
)
def test_an_exception_fails_the_run_with_one_line(recipe: str, reason: str, trainer: Trainer) -> None:
    ending = train(trainer, manifest_of(recipe)).ending
    assert (ending.state, ending.reason) == (RunState.FAILED, reason)
    assert "Traceback" in ending.log_tail
    assert ending.cpu_s is not None


def test_a_forked_child_reports_nothing_and_does_not_stay(trainer: Trainer) -> None:
    report = train(trainer, manifest_of("forks"))
    assert (report.ending.state, report.series) == (RunState.FINISHED, {"value": ([1], [1.0])})
    assert sentences.REPORT_FROM_FORK in report.ending.log_tail
    assert train(trainer, manifest_of("raises")).ending.state is RunState.FAILED  # the process goes on


def test_a_parser_of_the_recipe_sees_no_arguments_of_ours(trainer: Trainer) -> None:
    assert train(trainer, manifest_of("own-parser")).series["value"][1] == [0.25]


def test_the_log_has_what_was_printed(trainer: Trainer) -> None:
    assert train(trainer, manifest_of("raises")).ending.log_tail.startswith("about to fail\nTraceback")


def test_the_log_is_bounded_and_belongs_to_its_run(trainer: Trainer) -> None:
    tail = train(trainer, manifest_of("chatty")).ending.log_tail
    assert tail.endswith("line 4999\n")
    assert len(tail) <= TAIL_BYTES
    assert "line" not in train(trainer, manifest_of("plain", settings=GRAPH)).ending.log_tail


def test_values_that_are_not_finite_are_kept(trainer: Trainer) -> None:
    report = train(trainer, manifest_of("not-finite"))
    steps, values = report.series["value"]
    assert report.ending.state is RunState.FINISHED
    assert steps == [1, 2, 3, 4, 5]
    assert math.isnan(values[1])
    assert values[2:] == [math.inf, -math.inf, 0.1 + 0.2]


def test_a_training_that_diverges_goes_on(trainer: Trainer) -> None:
    report = train(trainer, manifest_of("explodes", epochs=3, settings=GRAPH))
    assert report.ending.state is RunState.FINISHED
    assert report.series["loss"][0] == [1, 2, 3]
    assert not math.isfinite(report.series["loss"][1][-1])


def test_a_cancelled_run_stops_between_steps(trainer: Trainer) -> None:
    train(trainer, manifest_of("slow", epochs=1))  # the process is there before the beats begin
    report = train(trainer, manifest_of("slow", epochs=5000), beat=lambda: False)
    assert report.ending.state is RunState.CANCELLED
    assert report.epochs == 5000
    assert 0 < len(report.series["value"][0]) < 500


def test_a_keras_run_stops_between_epochs(trainer: Trainer) -> None:
    report = train(trainer, manifest_of("plain", epochs=10_000, settings=GRAPH), wanted=lambda _: False)
    assert report.ending.state is RunState.CANCELLED


def test_a_run_that_does_not_stop_is_ended(own_trainer: Trainer) -> None:
    report = train(own_trainer, manifest_of("stubborn"), wanted=lambda batch: not batch.series)
    assert report.ending.state is RunState.CANCELLED
    assert train(own_trainer, manifest_of("not-finite"), run=2).ending.state is RunState.FINISHED


def test_a_run_has_a_time_limit(own_trainer: Trainer) -> None:
    ending = own_trainer.train(manifest_of("stubborn"), run=1, time_limit_s=0.3)
    assert (ending.state, ending.killed) == (RunState.FAILED, False)
    assert ending.reason == "the run exceeded its time limit of 300 ms"
    assert train(own_trainer, manifest_of("not-finite"), run=2).ending.state is RunState.FINISHED


def test_a_killed_trainer_fails_its_run_and_is_replaced(own_trainer: Trainer) -> None:
    report = train(own_trainer, manifest_of("killed"))
    assert report.ending.state is RunState.FAILED
    assert report.ending.reason == "the trainer was killed (signal 9), probably out of memory"
    assert report.ending.killed
    assert report.series["value"] == ([1], [1.0])
    assert train(own_trainer, manifest_of("not-finite"), run=2).ending.state is RunState.FINISHED


def test_a_trainer_killed_between_runs_is_replaced(own_trainer: Trainer) -> None:
    own_trainer.prewarm()
    until(lambda: own_trainer.pid is not None, 60, "the fork")
    first = own_trainer.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(first)] if psutil.pid_exists(first) else [], timeout=20)
    assert train(own_trainer, manifest_of("not-finite")).ending.state is RunState.FINISHED
    assert own_trainer.pid != first


def test_other_process_wide_settings_take_another_process(own_trainer: Trainer) -> None:
    one = train(own_trainer, manifest_of("not-finite"))
    first = own_trainer.pid
    other = train(own_trainer, manifest_of("not-finite", settings=Settings(onednn=False)))
    assert own_trainer.pid != first
    assert one.environment["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert other.environment["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_changed_data_fails_the_run(trainer: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,class\n" + "".join(f"{row},{row % 3},{row % 2}\n" for row in range(40)))
    manifest = manifest_of("tabular-mlp", data=str(path), epochs=1, settings=GRAPH)
    assert train(trainer, manifest).ending.state is RunState.FINISHED
    path.write_text(path.read_text() + "1,1,1\n")
    ending = train(trainer, manifest).ending
    assert ending.state is RunState.FAILED
    assert "changed since the study was submitted" in str(ending.reason)
    path.unlink()
    assert "does not exist" in str(train(trainer, manifest).ending.reason)


def test_changed_code_fails_the_run_unless_allowed(trainer: Trainer) -> None:
    manifest = manifest_of("plain", settings=GRAPH).model_copy(update={"source_digest": "0" * 64})
    assert "the code of recipe 'plain' changed" in str(train(trainer, manifest).ending.reason)
    batches: list[Batch] = []

    def take(batch: Batch) -> bool:
        batches.append(batch)
        return True

    ending = trainer.train(manifest, run=1, attempt=1, on_batch=take, allow_changed=True)
    assert ending.state is RunState.FINISHED
    assert batches


def test_an_unknown_recipe_fails_the_run(trainer: Trainer) -> None:
    manifest = manifest_of("plain").model_copy(update={"recipe": "gone"})
    assert "there is no recipe 'gone'" in str(train(trainer, manifest).ending.reason)


def test_a_trainer_dies_with_its_parent() -> None:
    program = (
        "import time; from seedspread_worker.trainer.handle import Trainer;"
        f"trainer = Trainer([{SAMPLES!r}]); trainer.prewarm(); print(trainer.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        child = psutil.Process(pid)
        parent.kill()
        parent.wait()
    gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone


def test_a_trainer_started_long_ahead_takes_its_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    early = Trainer((SAMPLES, FAILING), preload=False, **SHARED)
    early.prewarm()
    now = time.monotonic
    monkeypatch.setattr(trainer_client, "time", SimpleNamespace(monotonic=lambda: now() + 10 * START_S))
    try:
        assert train(early, manifest_of("not-finite")).ending.state is RunState.FINISHED
    finally:
        early.close()


def test_what_is_written_is_told_while_it_trains(monkeypatch: pytest.MonkeyPatch, trainer: Trainer) -> None:
    monkeypatch.setattr(trainer_client, "LOG_S", 0.0)
    tails: list[str] = []

    def take(batch: Batch) -> bool:
        tails.extend(filter(None, [batch.log_tail]))
        return not tails  # the training goes on until its words have come

    ending = trainer.train(manifest_of("talks"), run=1, on_batch=take)
    assert ending.state is RunState.CANCELLED
    assert tails[0].startswith("step 1\n")
