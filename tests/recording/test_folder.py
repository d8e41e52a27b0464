"""Run folders: what is written reads back, whatever killed the writer, and nothing is counted twice."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seedspread.errors import Conflict, InvalidInput, Unavailable
from seedspread.recording import ArmRecord, Run, StudyWriter, create_study, open_study
from seedspread.recording.results import take_results
from seedspread.recording.writer import new_study


@pytest.fixture
def study(tmp_path: Path) -> StudyWriter:
    return create_study(
        tmp_path / "study", new_study("width", arms=[ArmRecord("base"), ArmRecord("wide")], seeds=[0, 1])
    )


def test_what_is_written_reads_back(study: StudyWriter) -> None:
    run = study.begin("wide / α", 3, parameters={"hidden": 64})
    run.log({"val_acc": 0.5, "loss": math.nan}, step=1)
    run.log({"val_acc": np.float32(0.75), "loss": math.inf}, step=2.5)
    run.series("long", range(2500), [value / 3 for value in range(2500)])
    run.examples("test", [1, 2], correct=[True, False])
    run.file("train.csv", role="data", sha256="ab", size=3)
    run.text("héllo\n".encode())
    run.end("finished", exit_code=0)
    (read,) = open_study(study.folder).counted()
    series = read.series()
    assert (read.record.arm, read.record.seed, read.state) == ("wide / α", 3, "finished")
    assert read.record.parameters == {"hidden": 64}
    assert list(series["val_acc"].values) == [0.5, 0.75]
    assert list(series["val_acc"].steps) == [1, 2.5]
    assert math.isnan(series["loss"].values[0])
    assert series["loss"].last() == math.inf
    assert list(series["long"].values) == [value / 3 for value in range(2500)]
    assert read.value("val_acc", "best", "minimize") == 0.5
    assert next(read.examples())["correct"] == [True, False]
    assert next(read.events("file"))["role"] == "data"
    assert read.log() == "héllo\n"
    assert read.edited() == []
    (read.folder / "metrics.jsonl").write_text("{}\n")
    assert read.edited() == ["metrics.jsonl"]


def test_a_folder_cut_at_any_byte_reads(study: StudyWriter) -> None:
    run = study.begin("base", 0)
    for step in range(3):
        run.log({"loss": 1 / (step + 1)}, step)
    run.abandon()
    path = run.folder / "metrics.jsonl"
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        (read,) = open_study(study.folder).runs
        complete = whole[:size].count(b"\n") + (size < len(whole) and whole[size : size + 1] == b"\n")
        assert read.state == "interrupted"
        assert len(read.series()["loss"].values if read.series() else []) == complete
        assert read.torn == 0
    path.write_bytes(whole[:-5])
    again = type(run)(run.folder, run.record)
    again.log({"loss": 9.0}, 5)
    again.abandon()
    (read,) = open_study(study.folder).runs
    assert list(read.series()["loss"].steps) == [0, 1, 5]
    assert read.torn == 1


def test_a_killed_writer_loses_nothing_that_was_logged(study: StudyWriter) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom seedspread.recording import StudyWriter\n"
        "run = StudyWriter(Path(sys.argv[1])).begin('base', 0)\nstep = 0\n"
        "while True:\n    run.log({'loss': 1.0}, step)\n    step += 1\n    print(step, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(study.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while int(child.stdout.readline()) < 50:
            pass
        assert open_study(study.folder).runs[0].state == "running"
        with pytest.raises(Conflict, match="another process"):
            study.begin("base", 0)
        os.kill(child.pid, signal.SIGKILL)
        logged = [int(line) for line in child.stdout.read().split()]
    (run,) = open_study(study.folder).runs
    assert run.state == "interrupted"
    assert len(run.series()["loss"].values) >= max([50, *logged])
    assert study.begin("base", 0).record.attempt == 2


def test_one_attempt_of_a_run_counts(study: StudyWriter) -> None:
    for state, value in (("finished", 1.0), ("failed", 2.0), ("finished", 3.0), ("cancelled", 4.0)):
        run = study.begin("base", 0)
        run.log({"m": value})
        run.end(state)
    study.begin("base", 0, kind="repeat").end("finished")
    (run_read,) = open_study(study.folder).counted()
    assert run_read.value("m") == 3.0
    shutil.copytree(run.folder, run.folder.with_name("copy"))
    folder = open_study(study.folder)
    assert len(folder.runs) == 5
    assert "counted once" in folder.problems[0]


def test_the_most_trusted_source_of_a_metric_counts_and_each_step_once(study: StudyWriter) -> None:
    run = study.begin("base", 0)
    run.log({"acc": 0.1}, 1, source="stdout")
    run.log({"acc": 0.2, "other": 1}, 1, source="tensorboard")
    run.log({"acc": 0.3}, 1, source="tensorboard")
    run.log({"acc": 0.4}, 2, source="tensorboard")
    run.end("finished")
    series = open_study(study.folder).runs[0].series()
    assert list(series["acc"].values) == [0.3, 0.4]
    assert (series["acc"].source, series["acc"].repeated_steps) == ("tensorboard", 1)


@pytest.mark.parametrize("name", ["study.json", "runs/base-0/manifest.json"])
def test_a_newer_version_is_refused_in_a_line(study: StudyWriter, name: str) -> None:
    study.begin("base", 0).end("finished")
    path = study.folder / name
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"format": document["format"].replace("/1", "/2")}))
    with pytest.raises(InvalidInput, match="or older") as refused:
        open_study(study.folder)
    assert "upgrade" in (refused.value.hint or "")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "seedspread-run/1"}', '{"format": 3}', "\0"])
def test_an_edited_manifest_is_a_problem_of_its_run_alone(study: StudyWriter, text: str) -> None:
    study.begin("base", 0).end("finished")
    broken = study.begin("wide", 0)
    broken.end("finished")
    (broken.folder / "manifest.json").write_text(text)
    folder = open_study(study.folder)
    assert [run.record.arm for run in folder.runs] == ["base"]
    assert len(folder.problems) == 1


@pytest.mark.parametrize("value", ["0.5", None, [1], {}, b"1"])
def test_what_is_no_number_is_refused(study: StudyWriter, value: object) -> None:
    run = study.begin("base", 0)
    with pytest.raises(InvalidInput, match="a number"):
        run.log({"acc": value})
    run.log({"acc": np.int64(3)}, np.int64(2))  # type: ignore[arg-type]
    run.end("finished")
    assert list(open_study(study.folder).runs[0].series()["acc"].values) == [3.0]


@pytest.mark.parametrize("seed", [-1, 2**53, 1.5])
def test_seeds_out_of_range_are_refused(study: StudyWriter, seed: float) -> None:
    with pytest.raises(InvalidInput, match="seed"):
        study.begin("base", seed)  # type: ignore[arg-type]
    assert open_study(study.folder).runs == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_clear_error(study: StudyWriter) -> None:
    run = study.begin("base", 0)
    (run.folder / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(Unavailable, match="No space left"):
        run.log({"acc": 1.0})


@pytest.mark.parametrize("looks", [None, [1, 2]])
def test_edited_looks_are_refused_by_name(study: StudyWriter, looks: object) -> None:
    path = study.folder / "study.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "looks": looks}))
    with pytest.raises(InvalidInput, match=r"looks: .* expected a list of objects with `seeds` and `time`"):
        open_study(study.folder)


def test_looks_are_read_leniently_and_older_ones_were_of_complete_plans() -> None:
    study = new_study("looks")
    interim = {"seeds": 9, "planned": 20}
    study.looks = [{"seeds": 6}, interim, interim, {"seeds": "x"}, {}]
    assert study.looks_taken() == [(6, 6), (9, 20)]


def test_a_look_of_another_process_outlives_a_rewritten_record(tmp_path: Path) -> None:
    running = create_study(tmp_path / "study", new_study("looks", seeds=[0, 1]))
    StudyWriter(tmp_path / "study").note_look(6, 8)
    StudyWriter(tmp_path / "study").note_look(6, 8)
    running.update(running.study)
    running.note_look(8, 8)
    assert open_study(tmp_path / "study").study.looks_taken() == [(6, 8), (8, 8)]
    assert len(open_study(tmp_path / "study").study.looks) == 2


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.npz", {"val_acc": np.float32(0.5), "loss": np.array([0.5, 0.25]), "grid": np.eye(2)}, [0.5]),
        ("a.npy", np.array([0.25, 0.5], ">f8"), None),
        ("results.txt", "Python version: 3.11\nbest val_acc: 0.9\nval_acc: 0.5\n", [0.5]),
        ("results.log", "epoch 1 val_acc 0.25\nepoch 2 val_acc 0.5\n", [0.25, 0.5]),
    ],
)
def test_results_may_be_arrays_or_text(
    name: str, content: object, expected: list[float] | None, tmp_path: Path
) -> None:
    if isinstance(content, dict):
        np.savez(tmp_path / name, **content)
    elif isinstance(content, np.ndarray):
        np.save(tmp_path / name, content)
    else:
        (tmp_path / name).write_text(str(content))
    run = create_study(tmp_path / "study", new_study("results", arms=[ArmRecord("base")])).begin("base", 0)
    assert take_results(run, [name], tmp_path, 0, "val_acc") == []
    run.end("finished")
    series = Run(run.folder, run.record, "finished").series()
    assert list(series["a" if expected is None else "val_acc"].values) == (expected or [0.25, 0.5])
    assert "grid" not in series


def test_a_metric_in_several_files_counts_once_and_it_is_said_which(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "history.csv").write_text("epoch,val_acc\n1,0.5\n2,0.25\n")
    (tmp_path / "out" / "summary.json").write_text('{"val_acc": 0.5, "loss": 1, "epoch": 9}')
    run = create_study(tmp_path / "study", new_study("results", arms=[ArmRecord("base")])).begin("base", 0)
    (clause,) = take_results(run, ["out", "out/*.csv"], tmp_path, 0, "val_acc")
    run.end("finished")
    assert "that of history counts, beside summary/val_acc" in clause
    series = Run(run.folder, run.record, "finished").series()
    assert {name: list(points.values) for name, points in series.items()} == {
        "val_acc": [0.5, 0.25],
        "summary/val_acc": [0.5],
        "loss": [1],
    }
    assert not series["val_acc"].repeated_steps


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x04\x00{}  "])
def test_broken_arrays_are_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    (tmp_path / "a.npy").write_bytes(content)
    run = create_study(tmp_path / "study", new_study("results", arms=[ArmRecord("base")])).begin("base", 0)
    for name in ("a.npz", "a.npy"):
        assert ["cannot be read" in clause for clause in take_results(run, [name], tmp_path, 0, "val_acc")] == [True]
