"""`judge` and `floor`: exit codes and one JSON document, from files, run folders and studies."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from seedspread.cli.app import run
from seedspread.recording import ArmRecord, StudyRecord, create_study
from tests.cli.conftest import Api
from tests.cli.test_compare import BASE, WIDE, by_seed, lines, write
from tests.support.studies import measured_study

DRAWN = random.Random(4)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return [write(tmp_path / "base.csv", by_seed(BASE)), write(tmp_path / "wide.csv", by_seed(WIDE))]


@pytest.mark.parametrize(
    ("options", "code", "outcome"),
    [
        ((), 0, "better"),
        (("--better-by", "0.005"), 0, "better"),
        (("--better-by", "0.02"), 3, "not better"),
        (("--not-worse-by", "0.002"), 0, "not worse"),
        (("--equal-within", "0.001"), 3, "different"),
        (("--claim", "wide >= base + 0.008"), 0, "better"),
        (("--claim", "base >= wide - 0.002"), 3, "worse"),
        (("--arm", "wide", "--target", "0.9"), 0, "better"),
        (("--arm", "wide", "--target", "0.99"), 3, "not better"),
        (("--arm", "wide", "--published", "0.92", "0.004", "5"), 0, "better"),
        (("--baseline", "wide"), 3, "not better"),
    ],
)
def test_claims_about_files_have_exit_codes(
    files: list[str], options: tuple[str, ...], code: int, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["judge", *files, "--direction", "maximize", *options, "--json"]) == code
    judged = document(capsys)
    assert (judged["outcome"], judged["exit_code"]) == (outcome, code)
    assert judged["sentence"].endswith(".")


@pytest.mark.parametrize(
    "options", [("--arm", "base"), ("--arm", "base", "--not-worse-by", "0.005"), ("--claim", "base >= base - 0.01")]
)
def test_an_arm_is_never_judged_against_itself(
    files: list[str], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["judge", *files, "--direction", "maximize", *options]) == 2
    assert "is not usable; expected another arm" in capsys.readouterr().err


def test_a_missing_file_is_named_before_missing_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", "missing.csv", "--arm", "B"]) == 2
    assert "missing.csv" in capsys.readouterr().err


def test_an_open_question_says_how_many_more_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        write(tmp_path / f"{name}.csv", by_seed([DRAWN.gauss(0.9, 0.01) for _ in range(8)])) for name in ("a", "b")
    ]
    assert run(["judge", *files, "--direction", "maximize", "--smallest-difference", "0.005"]) == 4
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("Undecided. b is better than a: undecided (the interval covers the threshold).")
    assert "Settling it takes about" in shown
    assert "more seeds per arm." in shown


def test_what_cannot_be_judged_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = write(tmp_path / "b.csv", "seed,accuracy\n0,nan\n1,nan\n2,nan\n")
    files = [write(tmp_path / "a.csv", by_seed(BASE)), empty]
    assert run(["judge", empty, "--direction", "maximize", "--target", "0.5", "--json"]) == 2
    assert document(capsys)["outcome"] == "broken"
    # Not a single run of one arm has a value: that it fails more often is a verdict.
    assert run(["judge", *files, "--direction", "maximize", "--json"]) == 3
    assert document(capsys)["outcome"] == "not better"
    assert run(["judge", *files]) == 2
    assert "--direction is missing" in capsys.readouterr().err
    assert run(["judge", *files, "--direction", "maximize", "--target", "1", "--better-by", "1"]) == 2
    assert "exactly one of" in capsys.readouterr().err


def run_folder(folder: Path, arms: dict[str, list[float]]) -> Path:
    study = StudyRecord("a" * 32, "widths", "2026-01-01T00:00:00Z", metric="acc", direction="maximize")
    study.arms = [ArmRecord(name) for name in arms]
    study.baseline, study.seeds = next(iter(arms)), list(range(len(next(iter(arms.values())))))
    writer = create_study(folder, study)
    for name, values in arms.items():
        for seed, value in enumerate(values):
            recorded = writer.begin(name, seed)
            recorded.log({"acc": value})
            recorded.end("finished")
    return folder


def test_a_run_folder_says_metric_direction_and_baseline_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_folder(tmp_path / "study", {"base": BASE, "wide": WIDE})
    assert run(["judge", str(folder), "--json"]) == 0
    judged = document(capsys)
    assert (judged["arm"], judged["baseline"], judged["metric"]) == ("wide", "base", "acc")
    assert run(["judge", str(folder), "--better-by", "0.5"]) == 3


def test_a_study_is_judged_by_its_rule(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    study = measured_study(api.database, {"base": BASE, "wide": WIDE})
    assert run(["judge", str(study), "--api", api.url, "--json"]) == 0
    judged = document(capsys)
    assert (judged["outcome"], judged["arm"], judged["comparisons"]) == ("better", "wide", 1)
    assert run(["judge", str(study), "--api", api.url, "--claim", "wide >= base + 0.05"]) == 3
    three = measured_study(api.database, {"base": BASE, "wide": WIDE, "deep": WIDE[::-1]})
    capsys.readouterr()
    assert run(["judge", str(three), "--api", api.url]) == 2
    error = capsys.readouterr().err
    assert "or the arm it is about" in error
    assert "Say --arm wide or --arm deep." in error
    assert run(["judge", str(three), "--api", api.url, "--arm", "wide", "--json"]) == 0
    assert document(capsys)["comparisons"] == 3


def test_a_floor_is_saved_listed_shown_and_judged_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = [DRAWN.gauss(0.93, 0.006) for _ in range(20)]
    at = ["--data-dir", str(tmp_path / "data")]
    saved = ["floor", "save", "base", write(tmp_path / "base.csv", by_seed(base)), "--direction", "maximize"]
    assert run([*saved, "--condition", "data=v2", *at]) == 0
    assert "Conditions: data v2." in capsys.readouterr().out
    assert run([*saved, *at]) == 1
    assert "choose another name" in capsys.readouterr().err
    assert run(["floor", "judge", "base", "cosine", "--values", "0.965,0.963,0.961", *at]) == 0
    assert "Not compared, as the candidate does not state them: data." in capsys.readouterr().out
    assert run(["floor", "judge", "base", "low", "--values", "0.905,0.902,0.9", *at, "--json"]) == 3
    assert document(capsys)["state"] == "not_better"
    candidate = write(tmp_path / "new.csv", lines([0.93, 0.931, 0.935]))
    assert run(["floor", "judge", "base", "new", candidate, *at]) == 4
    other = ["--values", "0.965,0.963,0.961", "--condition", "data=v3"]
    assert run(["floor", "judge", "base", "new", *other, *at]) == 2
    capsys.readouterr()
    assert run(["floor", "show", "base", *at, "--json"]) == 0
    assert [item["candidate"] for item in document(capsys)["judged"]] == ["cosine", "low", "new"]
    assert run(["floor", "judge", "base", "new", "--values", "0.93,0.931,0.935,0.936,0.934", *at]) == 4
    capsys.readouterr()
    assert run(["floor", "show", "base", *at]) == 0
    looks = [line for line in capsys.readouterr().out.splitlines() if "new − base is" in line]
    assert [line.split(": ")[0].split("spent ")[1] for line in looks] == ["0.0005704", "3.169e−5"]
    assert "3 against 20 seeds" in looks[0]
    assert "5 against 20 seeds" in looks[1]
    assert run(["floor", "list", *at]) == 0
    assert "3 candidates judged, 1 better" in capsys.readouterr().out
    assert run(["floor", "judge", "base", "new", "--values", "x", *at]) == 2


def test_a_study_can_be_a_floor_of_the_service(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    base = [DRAWN.gauss(0.93, 0.006) for _ in range(20)]
    study = measured_study(api.database, {"base": base})
    new = measured_study(api.database, {"new": [0.965, 0.963, 0.961]})
    name = f"floor-{study}"
    assert run(["floor", "save", name, str(study), "--api", api.url, "--json"]) == 0
    saved = document(capsys)
    assert (saved["conditions"]["recipe"], saved["metric"], saved["values"]["n"]) == ("toy", "accuracy", 20)
    assert run(["floor", "judge", name, "new", str(new), "--api", api.url, "--json"]) == 0
    assert document(capsys)["conditions_unchecked"] == []
    assert run(["floor", "show", name, "--api", api.url]) == 0


def test_another_centre_may_decide(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--direction", "maximize", "--centre", "log_ratio"]
    assert run(["judge", *files, *options, "--better-by", "0.005"]) == 0
    assert run(["compare", *files, *options]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "wide beats base on accuracy: wide / base is 1.00994 (95% CI 1.00947 to 1.01042, 12 paired seeds)." in shown
    assert "wide / base 1.00994" in shown
