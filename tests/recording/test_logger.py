"""Logger of training loops: records in a study, does nothing outside, costs microseconds."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedspread
from seedspread.errors import InvalidInput
from seedspread.recording import ArmRecord, create_study, open_study
from seedspread.recording.writer import new_study

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SEEDSPREAD_RUN_FOLDER", "SEEDSPREAD_ARM", "SEEDSPREAD_SEED", "SEEDSPREAD_DISABLED"):
        monkeypatch.delenv(name, raising=False)


def test_a_loop_is_recorded(tmp_path: Path) -> None:
    Path("data.csv").write_text("1\n")
    with seedspread.run(arm="wide", seed=3, study="mine", parameters={"hidden": 64}) as run:
        run.log(val_acc=np.float32(0.5), loss=math.nan)
        run.log({"val/acc": 1}, step=7)
        run.examples(np.array([1, 2]), np.array([True, False]))
        run.data("data.csv")
    study = open_study(tmp_path / "seedspread-runs" / "mine")
    (read,) = study.counted()
    assert (read.record.arm, read.record.seed, read.state) == ("wide", 3, "finished")
    assert read.value("val_acc") == 0.5
    assert list(read.series()["val/acc"].steps) == [7]
    assert next(read.examples())["correct"] == [True, False]
    assert next(read.events("file"))["bytes"] == 2
    assert study.study.arms[0].parameters == {"hidden": 64}


@pytest.mark.parametrize(("error", "state"), [(ValueError("no"), "failed"), (KeyboardInterrupt(), "cancelled")])
def test_exceptions_end_the_run_and_travel_on(error: BaseException, state: str) -> None:
    def train() -> None:
        with seedspread.run(arm="a", seed=0, folder="out") as run:
            run.log(m=1)
            raise error

    with pytest.raises(type(error)):
        train()
    (read,) = open_study(Path("out")).runs
    assert read.state == state
    assert read.value("m") == 1


def test_outside_a_study_nothing_is_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with seedspread.run() as run:
        run.log(m=1)
        run.data("missing")
    monkeypatch.setenv("SEEDSPREAD_DISABLED", "1")
    with seedspread.run(arm="a", seed=0) as disabled:
        disabled.log(m=1)
    assert not run.enabled
    assert list(Path().iterdir()) == []
    monkeypatch.delenv("SEEDSPREAD_DISABLED")
    with seedspread.run(arm="a", seed=0, folder="out") as ended:
        ended.log(m=1)
    ended.log(m=2)
    ended.log(m=3)
    assert capsys.readouterr().err.count("after the run had ended") == 1
    assert open_study(Path("out")).runs[0].value("m") == 1


@pytest.mark.parametrize(
    "arguments", [{"arm": ""}, {"arm": 3}, {"seed": -1}, {"seed": 1.5}, {"seed": True}, {"seed": 2**60}]
)
def test_bad_arms_and_seeds_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        seedspread.run(**arguments)  # type: ignore[arg-type]
    assert list(Path().glob("**/manifest.json")) == []


def test_under_the_runner_the_script_reports_to_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    study = create_study(Path("out"), new_study("s", arms=[ArmRecord("base")]))
    outer = study.begin("base", 5)
    outer.log({"acc": 0.1}, source="stdout")
    monkeypatch.setenv("SEEDSPREAD_RUN_FOLDER", str(outer.folder))
    monkeypatch.setenv("SEEDSPREAD_ARM", "base")
    monkeypatch.setenv("SEEDSPREAD_SEED", "5")
    with seedspread.run(arm="other") as run:
        run.log(acc=0.9)
    outer.end("finished")
    (read,) = open_study(Path("out")).counted()
    assert (run.arm, run.seed) == ("base", 5)
    assert read.value("acc") == 0.9
    assert "which counts" in next(read.events("finding"))["message"]


def test_a_call_costs_little_more_than_a_flushed_line(tmp_path: Path) -> None:
    # As a ratio, in one process: how many microseconds it takes is measured by tests.bench.bench_logging.
    calls = 500

    def processor_time(call: Callable[[int], object]) -> float:
        begun = time.process_time()
        for step in range(calls):
            call(step)
        return time.process_time() - begun

    with seedspread.run(arm="a", seed=0, folder="out") as run, (tmp_path / "plain.jsonl").open("a") as plain:

        def line(step: int) -> None:
            plain.write(json.dumps({"step": step, "val_acc": 0.5, "loss": 0.25}) + "\n")
            plain.flush()

        def log(step: int) -> None:
            run.log(val_acc=0.5, loss=0.25, step=step)

        rounds = [(processor_time(log), processor_time(line)) for _ in range(20)]
    logged, written = (min(column) for column in zip(*rounds, strict=True))
    assert logged < 10 * written


def test_the_import_loads_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import seedspread; seedspread.run; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    heavy = {"scipy", "sqlalchemy", "tensorflow", "numpy", "pydantic", "asyncio", "httpx", "plotly"}
    assert not heavy.intersection(loaded)
    assert len(loaded) < 100


def test_a_run_says_what_it_is_and_a_kernel_is_no_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/lib/ipykernel_launcher.py", "-f", "kernel.json"])
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/digits.ipynb")
    with seedspread.run(arm="wide", seed=3) as run:
        assert repr(run) == "<Logger: arm 'wide', seed 3, records in seedspread-runs/digits/runs/wide-3>"
    assert "ended in" in repr(run)
    monkeypatch.delenv("JPY_SESSION_NAME")
    with seedspread.run(arm="wide", seed=3):
        pass
    assert Path("seedspread-runs/notebook/study.json").is_file()
    assert repr(seedspread.run()) == "<Logger: records nothing>"


def test_parameters_and_examples_hold_what_json_lacks(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    long = np.zeros(3_000)
    parameters = {"rate": math.nan, "sizes": np.arange(3), "a": long, "b": np.append(long[1:], 1.0)}
    with seedspread.run(arm="a", seed=0, folder=folder, parameters=parameters) as run:
        run.parameters(scale=np.float32(1.5), most=math.inf)
        run.examples([1, 2], score=[0.5, math.nan])
        with pytest.raises(InvalidInput, match="finite"):
            run.log({"acc": 1.0}, step=math.nan)
        with pytest.raises(InvalidInput, match="metric"):
            run.log({("acc",): 1.0})  # type: ignore[dict-item]
        with pytest.raises(InvalidInput, match="examples"):
            run.examples([1], 5)  # type: ignore[arg-type]
    (stored,) = open_study(folder).runs
    kept = stored.record.parameters
    assert (kept["rate"], kept["sizes"]) == ("NaN", [0, 1, 2])
    assert kept["a"] != kept["b"]
    assert next(stored.events("parameters"))["values"] == {"scale": 1.5, "most": "Infinity"}
    assert next(stored.examples())["score"] == [0.5, "NaN"]


def test_a_forked_process_does_not_end_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with seedspread.run(arm="a", seed=0, folder=folder) as run:
        pid = os.fork()
        if pid == 0:
            run.log(acc=0.1, step=0)
            run.end("failed", "in the child")
            os._exit(0)
        os.waitpid(pid, 0)
        assert open_study(folder).runs[0].state == "running"
        run.log(acc=0.2, step=1)
    (stored,) = open_study(folder).runs
    assert (stored.state, list(stored.series()["acc"].values), stored.edited()) == ("finished", [0.1, 0.2], [])
