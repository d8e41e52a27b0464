"""GPU workers on a machine whose driver is a script: which trainer sees which GPU, and what happens without one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedspread.core.states import RunState
from seedspread.core.study import StudySpec
from seedspread.core.validation import parse
from seedspread.errors import InvalidInput
from seedspread.observe.studies import study
from seedspread.observe.workers import list_workers
from seedspread.studies.submit import submit
from seedspread_worker.pool.gpus import Gpu, GpuLock, NoGpu, assigned, devices, indices, trainers, visible
from tests.queue.farm import QUICK, Farm, farm
from tests.waiting import until

LISTED = "0, GPU-aaa, NVIDIA H200, 143771\n1, GPU-bbb, NVIDIA H200, with a comma, 143771\n"


def driver(folder: Path, text: str, code: int = 0) -> Path:
    """A folder whose nvidia-smi prints `text`."""
    folder.mkdir(exist_ok=True)
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nexit {code}\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Gpu]:
    monkeypatch.setenv("PATH", f"{driver(tmp_path / 'bin', LISTED)}{os.pathsep}{os.environ['PATH']}")
    return devices()


def test_the_driver_lists_what_there_is(gpus: list[Gpu]) -> None:
    assert [(gpu.index, gpu.uuid, gpu.memory_mib) for gpu in gpus] == [(0, "GPU-aaa", 143771), (1, "GPU-bbb", 143771)]
    assert str(gpus[0]) == "GPU 0: NVIDIA H200"
    assert [assigned(slot, None, gpus).index for slot in range(4)] == [0, 1, 0, 1]
    assert [assigned(slot, (1,), gpus).index for slot in range(2)] == [1, 1]
    assert visible(gpus[1])["CUDA_VISIBLE_DEVICES"] == "GPU-bbb"
    assert (trainers("all", 2), trainers("0,1", 3), trainers("1", 1)) == (4, 6, 1)
    with pytest.raises(NoGpu, match="there is no GPU 2, only 0, 1"):
        assigned(0, (2,), gpus)


def test_a_lost_gpu_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = "[GPU is lost], GPU-ccc, NVIDIA H200, [N/A]\n2, GPU-ddd, NVIDIA H200, [N/A]\n"
    monkeypatch.setenv("PATH", f"{driver(tmp_path / 'bin', LISTED + lost)}{os.pathsep}{os.environ['PATH']}")
    assert [(gpu.index, gpu.memory_mib) for gpu in devices()] == [(0, 143771), (1, 143771), (2, 0)]


@pytest.mark.parametrize("text", ["0,0", "0,00", "a", "-1", "0;1", "0,,1", "1, 01"])
def test_a_list_of_gpus_is_checked(text: str) -> None:
    with pytest.raises(InvalidInput, match="--gpus"):
        indices(text)


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("", 0, "the driver lists none"),
        ("No devices were found\n", 6, "No devices were found"),
        ("[GPU is lost], GPU-aaa, NVIDIA H200, 0\n", 0, "GPU is lost"),
        ("Unable to determine the device handle for GPU 0000:01:00.0\n", 0, "Unable to determine the device handle"),
        ("", 9, "no usable GPU"),
    ],
)
def test_a_driver_without_a_gpu_says_why(
    text: str, code: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{driver(tmp_path / 'bin', text, code)}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(NoGpu, match=reason):
        devices()


def test_who_needs_a_gpu_alone_waits_for_the_others(tmp_path: Path, gpus: list[Gpu]) -> None:
    shared, other, alone = (GpuLock(tmp_path, gpus[0]) for _ in range(3))
    assert shared.take(alone=False, keep_waiting=lambda: False)
    assert other.take(alone=False, keep_waiting=lambda: False)
    assert not alone.take(alone=True, keep_waiting=lambda: False)
    for holder in (shared, other):
        threading.Timer(0.1, holder.give_back).start()
    waiting = threading.Event()
    assert alone.take(alone=True, keep_waiting=lambda: not waiting.wait(0.02))
    assert not shared.take(alone=False, keep_waiting=lambda: False)
    second = GpuLock(tmp_path, gpus[1])
    assert second.take(alone=True, keep_waiting=lambda: False)
    for holder in (alone, second):
        holder.give_back()


SEEING = """
import os
from seedspread_worker import Field, Metric, RecipeParameters, free_recipe

class ResourceExhaustedError(Exception):
    pass

class Parameters(RecipeParameters):
    marks: str = Field("", description="folder where runs leave a mark")

@free_recipe(name="seeing", version="1", parameters=Parameters, metrics=(Metric("score", "maximize"),))
def seeing(run):
    print("sees", os.environ["CUDA_VISIBLE_DEVICES"])
    mark = os.path.join(run.parameters.marks, str(run.seed("algorithm")))
    if run.parameters.marks and not os.path.exists(mark):
        open(mark, "w").close()
        raise ResourceExhaustedError("OOM when allocating tensor")
    run.log(1, score=run.seed("algorithm"))
"""


@pytest.fixture
def opened(tmp_path: Path, broker_url: str, sqlite_database_url: str) -> Iterator[Farm]:
    with farm(tmp_path, broker_url, sqlite_database_url, per_gpu=1) as opened:
        yield opened


def submitted(opened: Farm, seeds: int, **parameters: str) -> int:
    arms = [{"name": "base", "parameters": parameters}]
    given = {"name": "on gpus", "recipe": "seeing", "arms": arms, "seeds": seeds, "device": "gpu"}
    return submit(opened.ctx, parse(StudySpec, given)).study_id


def test_each_trainer_sees_its_gpu_and_backs_off_when_memory_runs_out(
    opened: Farm, tmp_path: Path, gpus: list[Gpu]
) -> None:
    own, marks = tmp_path / "seeing.py", tmp_path / "marks"
    own.write_text(SEEING)
    marks.mkdir()
    opened.work(2, recipes=f"{QUICK},{own}", queue="gpu")
    assert {view.device for view in list_workers(opened.ctx)} == {str(gpu) for gpu in gpus}
    trained = submitted(opened, 6, marks=str(marks))
    opened.await_end(trained)

    assert opened.states(trained) == {RunState.FINISHED: 6}
    assert {tuple(opened.attempts(run.id)) for run in opened.runs(trained)} == {("out of memory", "finished")}
    workers = {view.name: view.device for view in list_workers(opened.ctx)}
    for run in opened.runs(trained):
        gpu = next(gpu for gpu in gpus if str(gpu) == workers[str(run.worker)])
        assert f"sees {gpu.uuid}" in run.log_tail


def test_a_gpu_worker_without_a_gpu_takes_nothing(
    opened: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "PATH", f"{driver(tmp_path / 'bin', 'No devices were found', 6)}{os.pathsep}{os.environ['PATH']}"
    )
    own = tmp_path / "seeing.py"
    own.write_text(SEEING)
    opened.work(1, recipes=f"{QUICK},{own}", queue="gpu")
    waiting = submitted(opened, 2)
    until(lambda: study(opened.ctx, waiting).blocked is not None, 20, "a reason")
    assert "no usable GPU" in str(study(opened.ctx, waiting).blocked)
    assert any("no usable GPU" in lack for view in list_workers(opened.ctx) for lack in view.lacks)
    assert opened.states(waiting) == {RunState.QUEUED: 2}
