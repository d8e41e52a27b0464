"""Trainers forked from a template, and compiled programs that they keep: what is promised of a fresh process holds."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread_worker.trainer.handle import Trainer
from seedspread_worker.trainer.start import compiled as compiled_programs
from seedspread_worker.trainer.start.compiled import CompiledPrograms, alone, is_at_fault
from seedspread_worker.trainer.start.forking import Templates
from tests.support.templates import SHARED
from tests.waiting import until
from tests.worker.running import SAMPLES, manifest_of, train

FACTS = """
import os, sys, threading
from seedspread_worker import Metric, RecipeParameters, free_recipe

class Parameters(RecipeParameters):
    marker: str = ""

@free_recipe(name="facts", version="1", parameters=Parameters, sources=("algorithm",),
             metrics=(Metric("value", "maximize", ""),))
def facts(run):
    print("hash", hash("a string"), "main", sys.modules["__main__"].__file__)
    print("variables", sorted(name for name in os.environ if name.startswith(("TF_XLA", "SEEDSPREAD_"))))
    print("own", os.environ.get("SEEDSPREAD_OF_THIS_TEST"), "threads", threading.active_count())
    print("descriptors", sorted(int(name) for name in os.listdir("/proc/self/fd") if int(name) < 200)[:-1])
    if run.parameters.marker and not os.path.exists(run.parameters.marker):
        open(run.parameters.marker, "w").close()
        raise OSError(f"{os.path.dirname(run.parameters.marker)}/program.pb; No space left on device")
    run.log(1, value=1.0)
"""


@pytest.fixture
def facts(tmp_path: Path) -> str:
    """A recipe that prints what it sees of its process."""
    path = tmp_path / "facts_recipe.py"
    path.write_text(FACTS)
    return str(path)


def of_template(pid: int) -> psutil.Process:
    """Return the template that has forked a trainer."""
    parent = psutil.Process(pid).parent()
    assert parent is not None
    assert "--template" in parent.cmdline()
    return parent


def test_a_forked_process_is_as_a_fresh_one(facts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forked = Trainer([facts], preload=False, **SHARED)
    fresh = Trainer([facts], preload=False)
    logs = []
    try:
        for trainer, value in ((forked, "1"), (forked, "2"), (fresh, "2")):  # one template, and variables of each run
            monkeypatch.setenv("SEEDSPREAD_OF_THIS_TEST", value)
            trainer.close()
            report = train(trainer, manifest_of("facts", modules=(facts,)))
            assert report.ending.state is RunState.FINISHED, report.ending
            logs.append((report.ending.log_tail, report.environment, report.bits))
        assert forked.pid is not None
        assert fresh.pid is not None
        of_template(forked.pid)
        assert psutil.Process(fresh.pid).ppid() == os.getpid()
    finally:
        forked.close()
        fresh.close()
    assert "own 1 " in (logs[0][0] or "")
    assert "own 2 " in (logs[1][0] or "")
    assert logs[1] == logs[2]


def test_a_killed_template_takes_its_trainers_along_and_is_replaced(facts: str) -> None:
    templates = Templates()
    trainer, other = (Trainer([facts], preload=False, templates=templates, beat_s=0.02) for _ in range(2))
    try:
        # Killed before it was forked: no process is started in its place.
        kills = iter((trainer.kill,))
        ending = trainer.train(manifest_of("facts", modules=(facts,)), run=1, beat=lambda: next(kills, bool)() is None)
        assert ending.killed
        for each in (trainer, other):
            assert train(each, manifest_of("facts", modules=(facts,))).ending.state is RunState.FINISHED
        assert trainer.pid is not None
        assert other.pid is not None
        template, forked = of_template(trainer.pid), [psutil.Process(trainer.pid), psutil.Process(other.pid)]
        assert of_template(other.pid) == template
        assert sorted(child.pid for child in template.children()) == sorted(child.pid for child in forked)
        template.kill()
        assert not psutil.wait_procs(forked, timeout=20)[1]
        assert train(trainer, manifest_of("facts", modules=(facts,))).ending.state is RunState.FINISHED
        family = [of_template(trainer.pid), psutil.Process(trainer.pid)]
        assert family[0] != template
        templates.close()
        assert not psutil.wait_procs(family, timeout=20)[1]
    finally:
        trainer.close()
        other.close()
        templates.close()


def test_nothing_outlives_the_process_that_asked() -> None:
    program = (
        "import time; from seedspread_worker.trainer.handle import Trainer;"
        "from seedspread_worker.trainer.start.forking import Templates; templates = Templates();"
        f"trainers = [Trainer([{SAMPLES!r}], preload=False, templates=templates) for _ in range(2)];"
        "[trainer.prewarm() for trainer in trainers];"
        "print([trainer._process.pid for trainer in trainers], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        family = [*(psutil.Process(pid) for pid in pids), of_template(pids[0])]
        parent.kill()
    assert not psutil.wait_procs(family, timeout=20)[1]


def test_a_trainer_ends_with_the_worker_that_asked_though_the_template_goes_on(facts: str) -> None:
    trainer = Trainer([facts], preload=False, **SHARED)
    trainer.prewarm()
    until(lambda: trainer.pid is not None, 60, "the fork")
    process = psutil.Process(trainer.pid)
    os.kill(process.pid, signal.SIGSTOP)  # it cannot notice that its pipes are closed
    assert trainer._process is not None
    forked = trainer._process._forked
    assert forked is not None
    forked.let_go()
    assert not psutil.wait_procs([process], timeout=20)[1]
    trainer.close()


def test_without_a_template_a_process_is_started(facts: str) -> None:
    # OpenBLAS starts its threads when NumPy is imported.
    manifest = manifest_of("facts", modules=(facts,), settings=Settings(threads=2))
    templates = Templates()
    trainer = Trainer([facts], preload=False, templates=templates)
    try:
        assert train(trainer, manifest).ending.state is RunState.FINISHED
        assert trainer.pid is not None
        assert psutil.Process(trainer.pid).ppid() == os.getpid()
    finally:
        trainer.close()
        templates.close()


def test_a_fresh_process_is_never_forked(facts: str) -> None:
    trainer = Trainer([facts], preload=False, **SHARED)
    try:
        trainer.train(manifest_of("facts", modules=(facts,)), run=1)
        first = trainer.pid
        assert trainer.train(manifest_of("facts", modules=(facts,)), run=2, fresh=True).state is RunState.FINISHED
        assert trainer.pid not in (None, first)
        assert psutil.Process(trainer.pid).ppid() == os.getpid()
    finally:
        trainer.close()


def test_a_folder_that_fails_a_training_is_left_out(facts: str, tmp_path: Path) -> None:
    folder = tmp_path / "compiled"
    trainer = Trainer([facts], preload=False, templates=SHARED["templates"], compiled=CompiledPrograms(folder))
    try:
        report = train(trainer, manifest_of("facts", modules=(facts,), marker=str(folder / "marker")))
        assert report.ending.state is RunState.FINISHED, report.ending
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
        (folder / "marker").unlink()  # without a folder, the same error is the recipe's own
        again = train(trainer, manifest_of("facts", modules=(facts,), marker=str(folder / "marker")))
        assert again.ending.state is RunState.FAILED
        assert "No space left on device" in str(again.ending.reason)
    finally:
        trainer.close()


def test_damaged_and_old_programs_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "compiled"
    sealing = CompiledPrograms(folder, bound_bytes=1000)
    assert sealing.folder() == str(folder)
    (folder / "key").mkdir()
    files = [folder / "key" / f"{name}.pb" for name in ("whole", "damaged", "unsealed", "other")]
    for file in files[:2]:
        file.write_bytes(b"x" * 100)
    sealing.seal()
    files[1].write_bytes(b"y" * 100)
    files[2].write_bytes(b"z" * 100)
    assert CompiledPrograms(folder, bound_bytes=1000).folder() == str(folder)
    assert [file for file in files if file.exists()] == [files[0]]
    assert sorted(path.name for path in (folder / "key").iterdir()) == ["whole.pb", "whole.pb.sha256"]
    os.utime(files[0], (time.time() - 100, time.time() - 100))
    files[3].write_bytes(b"o" * 950)
    sealing.seal()
    assert [file for file in files if file.exists()] == [files[3]]
    assert is_at_fault(str(folder), OSError(f"{files[0]}: No space left on device"))
    assert not is_at_fault(str(folder), OSError("No space left on device"))
    monkeypatch.setattr(compiled_programs, "FREE_BYTES", 1 << 60)
    assert CompiledPrograms(folder).folder() is None
    (tmp_path / "file").write_text("")
    assert CompiledPrograms(tmp_path / "file").folder() is None


def test_a_second_process_compiles_nothing_and_gives_the_same_bits(tmp_path: Path) -> None:
    folder = tmp_path / "compiled"

    def programs() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in folder.glob("*/*.pb")}

    reports = []
    for number in range(2):
        trainer = Trainer(templates=SHARED["templates"], compiled=CompiledPrograms(folder))
        try:
            if number:  # another past: the names of TensorFlow's functions depend on it
                train(trainer, manifest_of("digits-mlp", 1, epochs=2, hidden=8))
            before = programs()
            # With many runs to come, the third trains all its epochs in one call, of a program of its own.
            reports.append([train(trainer, manifest_of("digits-mlp", seed, epochs=2), ahead=1e6) for seed in range(4)])
        finally:
            trainer.close()
        assert programs()
        assert {file.with_name(f"{file.name}.sha256") for file in programs()} == set(folder.glob("*/*.sha256"))
    assert programs() == before
    first, second = reports
    assert [report.environment["epochs_per_call"] for report in second] == ["one", "one", "one", "all"]
    assert [report.bits for report in first] == [report.bits for report in second]
    assert "TF_XLA_FLAGS" not in second[0].environment["variables"]
    assert first[0].ending.cpu_s is not None
    assert second[0].ending.cpu_s is not None
    assert second[0].ending.cpu_s < 0.8 * first[0].ending.cpu_s


def test_one_trainer_at_a_time_compiles_a_program(tmp_path: Path) -> None:
    with alone(tmp_path, "program") as first, alone(tmp_path, "program") as second:
        assert first
        assert not second
    with alone(tmp_path, "program") as again, alone(None, "program") as unkept:
        assert again
        assert unkept
    with alone(tmp_path / "missing", "program") as unlocked:
        assert unlocked
