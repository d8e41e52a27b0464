"""Verdicts shown on a run folder are looks: `compare FOLDER`, `judge FOLDER` and `seedspread.compare(FOLDER)`."""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import seedspread
from seedspread.analysis.claims import ClaimForm
from seedspread.cli.app import run
from seedspread.errors import Unavailable
from seedspread.recording import ArmRecord, StudyWriter, create_study, open_study
from seedspread.recording.writer import new_study
from seedspread.running.judge import check_folder, judge, other_metrics

ADDED = "seeds were added after results were in (8, then 8 per arm)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A logger's study of 8 seeds: without a plan, any verdict may be the last."""
    record = new_study("looks", metric="acc", direction="maximize", source="logger", smallest_difference=0.01)
    record.arms = [ArmRecord("base"), ArmRecord("wide")]
    create_study(tmp_path / "study", record)
    grow(tmp_path / "study", range(8))
    return tmp_path / "study"


def grow(folder: Path, seeds: range) -> None:
    writer = StudyWriter(folder)
    for seed in seeds:
        for arm in ("base", "wide"):
            run_ = writer.begin(arm, seed)
            run_.log({"acc": 0.9 + random.Random(f"{seed} {arm}").gauss(0, 0.01), "loss": seed / 10})
            run_.end("finished")


def look(way: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Read the verdict in one of the ways; return the comparison, or the checked claim."""
    if way == "python":
        family = seedspread.compare(str(folder)).judgement.family
        assert family is not None
        document: dict[str, Any] = family.comparisons[0].model_dump(mode="json")
        return document
    run([way, str(folder), "--json"])
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown["comparisons"][0] if way == "compare" else shown


@pytest.mark.parametrize("way", ["compare", "judge", "python"])
def test_a_verdict_on_a_folder_is_recorded_and_the_next_one_pays(
    way: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = look(way, folder, capsys)
    assert not first["interim"]
    assert open_study(folder).study.looks_taken() == [(8, 0)]
    assert look(way, folder, capsys) == first
    grow(folder, range(8, 16))
    later = look(way, folder, capsys)
    assert later["interim"]
    assert (later["interval"]["level"], first["interval"]["level"]) == (0.99, 0.95)
    assert open_study(folder).study.looks_taken() == [(8, 0), (16, 0)]


def test_a_comparison_is_the_folder_s_own_verdict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StudyWriter(folder).note_look(4, 0)
    own = judge(open_study(folder)).family
    assert own is not None
    for way in ("compare", "python"):
        shown = look(way, folder, capsys)
        assert shown["headline"] == own.comparisons[0].headline
        assert shown["interval"] == own.comparisons[0].model_dump(mode="json")["interval"]
    lower = seedspread.compare(folder, minimize="loss", within=0.5)
    assert (lower.study.direction, lower.judgement.metric, lower.study.smallest_difference) == ("minimize", "loss", 0.5)


def test_beside_other_files_a_folder_pays_too(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["compare", str(folder)])
    grow(folder, range(8, 16))
    capsys.readouterr()
    assert run(["compare", str(folder), "--by", "arm", "--column", "acc"]) == 0
    assert ADDED in capsys.readouterr().out
    assert open_study(folder).study.looks_taken() == [(8, 0), (16, 0)]


def test_a_look_that_cannot_be_recorded_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("read-only")

    monkeypatch.setattr(StudyWriter, "update", refuse)
    for way in ("compare", "judge"):
        run([way, str(folder)])
        assert "cannot be written, so this look is not recorded" in capsys.readouterr().out
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seedspread.compare(folder)
    assert any("this look is not recorded" in str(warning.message) for warning in caught)


@pytest.mark.parametrize("options", [(), ("--best",), ("--summary", "best"), ("--summary", "last")])
@pytest.mark.parametrize("own", ["last", "best"])
def test_the_last_or_the_best_value_of_a_folder_s_runs_is_judged_as_chosen(
    tmp_path: Path, own: str, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    record = new_study("summary", metric="acc", direction="maximize", source="logger", summary=own)
    record.arms = [ArmRecord("base"), ArmRecord("wide")]
    writer = create_study(tmp_path / "study", record)
    for seed in range(8):
        for at, arm in enumerate(("base", "wide")):
            run_ = writer.begin(arm, seed)
            for value in (0.9 - 0.2 * at, 0.5 + 0.2 * at):  # the best values of base are higher, its last ones lower
                run_.log({"acc": value + random.Random(f"{seed} {arm}").gauss(0, 0.01)})
            run_.end("finished")
    best = own == "best" if not options else options[-1].endswith("best")
    assert run(["judge", str(tmp_path / "study"), *options, "--json"]) == (3 if best else 0)
    assert json.loads(capsys.readouterr().out)["outcome"] == ("not better" if best else "better")
    assert run(["judge", str(tmp_path / "study"), "--best", "--summary", "last"]) == 2
    assert run(["judge", str(tmp_path / "study"), "--summary", "first"]) == 2


@pytest.mark.parametrize("way", ["compare", "judge", "python"])
def test_a_metric_that_is_chosen_after_a_verdict_is_exploratory(
    way: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = look(way, folder, capsys)
    assert open_study(folder).study.looks[0]["metric"] == "acc"
    writer = StudyWriter(folder)
    writer.update(replace(writer.study, metric="loss", direction="minimize"))
    assert open_study(folder).study.decides() == ("acc", "last")
    assert other_metrics(open_study(folder), "loss") == 1
    later = judge(open_study(folder))
    assert later.conditions.exploratory
    assert later.family is not None
    assert any(caveat.code == "exploratory" for caveat in later.family.comparisons[0].caveats)
    back = StudyWriter(folder)
    back.update(replace(back.study, metric="acc", direction="maximize"))
    assert look(way, folder, capsys) == first


def test_a_metric_beside_the_deciding_one_is_corrected_for_all_beside_it(folder: Path) -> None:
    writer = StudyWriter(folder)
    for seed in range(8, 12):
        for arm in ("base", "wide"):
            run_ = writer.begin(arm, seed)
            run_.log(
                {"acc": 0.9 + seed / 1000, "loss": seed / 10, "f1": random.Random(f"{seed} {arm}").gauss(0.9, 0.01)}
            )
            run_.end("finished")
    family = judge(open_study(folder), "f1").family
    assert family is not None
    assert family.m == 2
    claim = check_folder(open_study(folder), ClaimForm(better=True), "f1")
    assert claim.comparisons == 2
    own = judge(open_study(folder), "acc").family
    assert own is not None
    assert own.m == 1
