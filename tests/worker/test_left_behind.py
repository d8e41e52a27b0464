"""What one training leaves behind in its process never changes the next one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedspread.core.states import RunState
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.leaving_recipes import LEAVES
from tests.worker.running import Report, manifest_of, train

LEAVING = str(Path(__file__).with_name("leaving_recipes.py"))
REPLACED = {
    "limits": "RLIMIT_NOFILE",
    "thread": "threads still running (sleeper)",
    "child": "1 process started by the run was stopped",
    "detached": "1 process started by the run was stopped",
    "closed-output": "standard output was closed",
    "abstract": "registrations that cannot be undone (ABCMeta.register at leaving_recipes.py:",
    "audit-hook": "registrations that cannot be undone (sys.addaudithook at leaving_recipes.py:",
    "at-fork": "registrations that cannot be undone (os.register_at_fork at leaving_recipes.py:",
    "codec-error": "registrations that cannot be undone (codecs.register_error at leaving_recipes.py:",
}
OTHERS = ("nothing", "locale", "files", "numerics", "jit", "floatx", "eager", "fork-server", "pool")
UNSEEN = ("dump-later", "at-exit")
"""Cancelled, or never carried out: a trainer leaves without the handlers of its exit."""
RESTORED = {
    "warnings": "warnings filters",
    "alarm": "timers and alarms",
    "handler": "signal handlers",
    "recursion": "recursion limit",
    "environment": "environment variables",
    "folder": "working directory",
    "timeout": "socket timeout",
    "decimal": "decimal context",
    "collector": "garbage collector",
    "umask": "file mode mask",
    "start-method": "process start method",
    "numpy": "NumPy error handling",
    "logging": "logging",
    "path": "module search path",
    "sklearn": "sklearn: transform_output",
    "patch": "replaced functions (random.random, numpy.random.seed)",
    "options": "pandas: options",
    "time-zone": "environment variables",
    "put": "environment variables",
    "pickling": "registrations of pickle",
    "wakeup": "file descriptor for signals",
    "methods": "replaced methods of runs and trainers (Run.seed, Run.log, Run.weights)",
    "trace": "trace functions",
    "hooks": "hooks for errors",
    "digits": "limit of digits",
    "stack": "thread stack size",
    "processors": "processors in use",
    "tracing": "memory tracing",
    "temporary": "folder for temporary files",
    "generator": "NumPy's own generator",
    "error-call": "NumPy error handling",
    "buffer": "NumPy buffer size",
    "rounding": "rounding of the processor",
    "modules": "replaced modules (json)",
    "added-name": "replaced functions (builtins.leftover)",
    "other-function": "assigned attributes (numpy.linalg.norm)",
    "method": "assigned attributes (sklearn.linear_model.SGDClassifier.fit)",
    "entry": "assigned attributes (json.encoder.ESCAPE_DCT[])",
    "by-a-call": "replaced functions of libraries (sklearn.metrics.accuracy_score)",
    "joblib": "joblib: parallel configuration",
    "threads-of-blas": "threadpoolctl: ",
    "logger": "named loggers",
    "event-loop": "event loop",
    "finder": "import hooks",
    "no-finders": "import hooks",
}


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    alone = Trainer([LEAVING], flush_s=0.02, beat_s=0.1, grace_s=0.5, preload=False, **SHARED)
    yield alone
    alone.close()


@pytest.fixture(scope="module")
def clean(trainer: Trainer) -> Report:
    return leave(trainer, "nothing")


def leave(trainer: Trainer, what: str) -> Report:
    report = train(trainer, manifest_of("leaving", modules=(LEAVING,), leaves=what))
    assert report.ending.state is RunState.FINISHED, report.ending
    return report


def pid(report: Report) -> str:
    match = re.search(r"pid (\d+)", report.ending.log_tail)
    assert match is not None
    return match[1]


def test_every_kind_is_tried() -> None:
    assert {*RESTORED, *REPLACED, *OTHERS, *UNSEEN} == LEAVES.keys()


def test_nothing_left_behind_is_not_mentioned(clean: Report) -> None:
    assert clean.ending.left_behind == ""


@pytest.mark.parametrize(("what", "name"), RESTORED.items())
def test_what_can_be_put_back_is(trainer: Trainer, clean: Report, what: str, name: str) -> None:
    left = leave(trainer, what)
    assert f"restored: {name}" in left.ending.left_behind or f", {name}" in left.ending.left_behind
    assert "trainer replaced" not in left.ending.left_behind
    after = leave(trainer, "nothing")
    assert after.bits == clean.bits
    assert after.ending.left_behind == ""
    assert pid(after) == pid(left)


@pytest.mark.parametrize("what", UNSEEN)
def test_what_would_happen_later_does_not(trainer: Trainer, clean: Report, what: str) -> None:
    left = leave(trainer, what)
    after = leave(trainer, "nothing")
    assert after.bits == clean.bits
    assert pid(after) == pid(left)


@pytest.mark.parametrize("what", ["fork-server", "pool"])
def test_helpers_that_wait_for_later_calls_are_ended(trainer: Trainer, clean: Report, what: str) -> None:
    left = leave(trainer, what).ending.left_behind
    assert "processes kept for later calls" in left  # and its last child may take longer to end on a busy machine
    assert leave(trainer, "nothing").bits == clean.bits


def test_a_recipe_that_closes_what_it_finds_does_not_cut_its_trainer_off(trainer: Trainer) -> None:
    trainer.close()  # what other recipes left open it would close, too
    assert pid(leave(trainer, "files")) == pid(leave(trainer, "nothing"))


@pytest.mark.parametrize(("what", "name"), REPLACED.items())
def test_a_trainer_that_cannot_be_put_back_is_replaced(trainer: Trainer, clean: Report, what: str, name: str) -> None:
    left = leave(trainer, what)
    assert f"trainer replaced: {name}" in left.ending.left_behind
    after = leave(trainer, "nothing")
    assert after.bits == clean.bits
    assert pid(after) != pid(left)


def test_switches_of_tensorflow_replace_the_trainer_and_those_of_keras_are_put_back(trainer: Trainer) -> None:
    assert "keras: floatx" in leave(trainer, "floatx").ending.left_behind
    eager = leave(trainer, "eager")
    assert "restored: tensorflow: eager functions" in eager.ending.left_behind
    assert pid(leave(trainer, "nothing")) == pid(eager)
    left = leave(trainer, "numerics")
    assert "trainer replaced: tensorflow: check_numerics" in left.ending.left_behind
    assert pid(leave(trainer, "nothing")) != pid(left)
