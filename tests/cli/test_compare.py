"""Statistics at the command line: from files without a service, and from studies."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from seedspread import words
from seedspread.cli.app import run
from seedspread.cli.console.comparison_lines import strip
from tests.cli.conftest import Api
from tests.support.studies import exclude, measured_study

DRAWN = random.Random(3)
SHARED = [DRAWN.gauss(0, 0.004) for _ in range(12)]
BASE = [0.94 + shift for shift in SHARED]
WIDE = [0.95 + shift + DRAWN.gauss(0, 0.001) for shift in SHARED]


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def lines(values: list[float]) -> str:
    return "\n".join(map(repr, values))


def by_seed(values: list[float]) -> str:
    return "seed,accuracy\n" + "\n".join(f"{seed},{value!r}" for seed, value in enumerate(values))


def test_two_files_are_compared_without_a_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path / "base.csv", by_seed(BASE)), write(tmp_path / "wide.csv", by_seed(WIDE))]
    assert run(["compare", *files, "--direction", "maximize"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("wide beats base")
    assert "12 paired seeds" in shown
    assert "wide − base" in shown
    assert "wide better" in shown
    rows = [line for line in shown.splitlines() if line.startswith(("base", "wide "))]
    assert all("." in row for row in rows)


def test_a_file_beside_itself_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "base.csv", by_seed(BASE))
    assert run(["compare", file, file]) == 0
    assert "“base (2)” and base gave identical values" in " ".join(capsys.readouterr().out.split())


def test_the_winner_is_named_whichever_side_it_stands_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path / "wide.csv", by_seed(WIDE)), write(tmp_path / "base.csv", by_seed(BASE))]
    for direction, message in ((("--direction", "maximize"), "wide better"), ((), "base lower")):
        assert run(["compare", *files, *direction]) == 0
        shown = capsys.readouterr().out
        row = next(line for line in shown.splitlines() if line.startswith("base − wide"))
        assert row.rstrip().endswith(message)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", lines(BASE)),
        ("a.txt", lines(BASE)),
        ("a.json", json.dumps(BASE)),
        ("a.json", json.dumps([{"value": value, "note": "x"} for value in BASE])),
        ("a.tsv", "value\tother\n" + "\n".join(f"{value!r}\tx" for value in BASE)),
    ],
)
def test_numbers_come_in_many_shapes(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    files = [write(tmp_path / name, text), write(tmp_path / "b.csv", lines(WIDE))]
    assert run(["compare", *files, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["comparisons"][0]
    assert found["a"]["n"] == 12
    assert found["difference"]["paired"] is False


def test_one_file_may_hold_all_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        f"{arm},{seed},{value!r}"
        for arm, values in (("base", BASE), ("wide", WIDE))
        for seed, value in enumerate(values)
    ]
    file = write(tmp_path / "all.csv", "\n".join(["arm,seed,accuracy", *rows]))
    assert run(["compare", file, "--by", "arm", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["comparisons"][0]
    assert (found["a"]["name"], found["b"]["name"]) == ("base", "wide")
    assert found["difference"]["paired"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is empty"),
        ("seed,x\n0,1\n0,2", "each seed once"),
        ("x,y\n1,2\n3,4", "the column of"),
        ("x\n1\nzwei", "a number, nothing"),
        ("x,y\n1", "2 cells"),
        ("x,y\none,eins\ntwo,zwei", "a column of numbers; x holds 'one'; y holds 'eins'"),
        ("run,seed,attempt,state,a.last,b.last\n1,0,1,finished,1,2", "with the values: a.last, b.last"),
        ("seed,x\none,1", "a whole number in the column seed"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    file = write(tmp_path / "a.csv", text)
    assert run(["compare", file, file]) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_and_a_single_group_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", "nowhere.csv", "b.csv"]) == 2
    assert run(["compare", write(tmp_path / "a.csv", lines(BASE))]) == 2
    assert "two groups" in capsys.readouterr().err


def test_a_study_is_compared_reported_and_exported(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = str(measured_study(api.database, {"base": BASE, "wide": WIDE}, smallest_difference=0.001))
    assert run(["compare", study]) == 0
    assert "wide beats base" in capsys.readouterr().out
    assert run(["compare", study, "wide", "base", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["a"]["name"] == "wide"
    assert run(["compare", study, "wide"]) == 2
    assert run(["compare", study, "base", "deep"]) == 2
    assert "an arm of the study" in capsys.readouterr().err
    assert run(["plan", study]) == 0
    assert "paired seeds" in capsys.readouterr().out
    page = tmp_path / "report.html"
    assert run(["report", study, "-o", str(page)]) == 0
    assert page.read_text().startswith("<!doctype html>")
    assert run(["report", study, "--format", "pdf"]) == 2
    rows = tmp_path / "runs.csv"
    assert run(["data", study, "--output", str(rows)]) == 0
    assert len(rows.read_text().splitlines()) == 25


def test_our_own_export_gives_what_the_study_gives(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = measured_study(api.database, {"base": [*BASE, None], "wide": [*WIDE, WIDE[0]]})
    exclude(api.database, 1, "trained on the wrong data")
    rows = tmp_path / "runs.csv"
    assert run(["data", str(study), "-o", str(rows)]) == 0
    options = ["--by", "arm", "--column", "accuracy.last", "--direction", "maximize"]
    assert run(["compare", str(rows), *options, "--json"]) == 0
    captured = capsys.readouterr()
    guess, left_out = captured.err.splitlines()
    assert guess.endswith("arms by arm (base, wide); seeds from seed; metric accuracy.last; states from state")
    assert left_out == "ignored in base: 1 failed, seed 0 excluded (trained on the wrong data)"
    of_file = json.loads(captured.out)["comparisons"][0]
    assert run(["compare", str(study), "--json"]) == 0
    of_study = json.loads(capsys.readouterr().out)["comparisons"][0]
    for key in ("n", "failures", "missing", "excluded"):
        assert [of_file[arm][key] for arm in "ab"] == [of_study[arm][key] for arm in "ab"]
    assert of_file["difference"] == of_study["difference"]
    assert "Excluded by hand: seed 0 of base" in " ".join(of_file["detail"])
    assert run(["bestof", str(rows), *options[:4]]) == 0
    assert "ignored in base: 1 failed" in capsys.readouterr().out


def test_a_state_that_is_none_of_a_run_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{state},{value!r}" for state in ("Ohio", "failed") for value in BASE]
    file = write(tmp_path / "states.csv", "\n".join(["state,accuracy", *rows]))
    assert run(["compare", file, "--by", "state", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["comparisons"][0]["b"]["n"] == 12


def test_seeds_are_planned_without_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--difference", "0.01", "--std", "0.01"]) == 0
    assert "about 17 seeds per arm" in capsys.readouterr().out
    assert run(["plan", "--difference", "0.01"]) == 2


def test_the_strip_shows_how_many_seeds_lie_where() -> None:
    assert strip([0.0, 1.0, 1.0], 0.0, 1.0, 5) == ".   :"
    assert strip([0.5] * 4 + [float("nan")], 0.5, 0.5, 5) == "  +  "
    assert strip([], 0.0, 0.0, 3) == "   "


@pytest.mark.parametrize(
    ("gaps", "p", "verdict"),
    [
        ([0.01] * 8, 0.0078125, "wide better"),
        ([0.01] * 5, 0.0625, "undecided"),
        ([0.01, 0.011, 0.012, 0.014, 0.013], 0.0625, "undecided"),
    ],
    ids=["constant", "constant, five", "five"],
)
def test_few_and_constant_pairs_show_their_exact_p(
    gaps: list[float], p: float, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = [round(value, 4) for value in BASE[: len(gaps)]]
    wide = [round(value + gap, 4) for value, gap in zip(base, gaps, strict=True)]
    files = [write(tmp_path / "base.csv", by_seed(base)), write(tmp_path / "wide.csv", by_seed(wide))]
    assert run(["compare", *files, "--direction", "maximize"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("wide − base "))
    assert words.p_cell(p) in row.split()
    assert row.rstrip().endswith(verdict)
    assert run(["compare", *files, "--direction", "maximize", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (view,) = document["comparisons"]
    assert (view["p"], view["p_corrected"]) == pytest.approx((p, p))
    if verdict == "wide better":
        assert view["interval"]["low"] == view["interval"]["high"] == pytest.approx(0.01)


@pytest.mark.parametrize("command", ["compare", "judge"])
def test_the_metric_and_its_direction_are_named_as_for_run(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"{arm},{seed},{0.9 + seed / 1000 + gain},0.{seed}"
        for arm, gain in (("a", 0), ("b", 0.02))
        for seed in range(8)
    ]
    (tmp_path / "runs.csv").write_text("\n".join(["arm,seed,acc,loss", *rows]) + "\n")
    file = str(tmp_path / "runs.csv")
    assert run([command, file, "--maximize", "acc"]) == 0
    stated = capsys.readouterr().out
    assert run([command, file, "--column", "acc", "--direction", "maximize"]) == 0
    assert capsys.readouterr().out == stated
    won = "b beats a" if command == "compare" else "b is better than a: holds"
    assert won in stated
    assert run([command, file, "--minimize", "acc"]) == (0 if command == "compare" else 3)
    assert won not in capsys.readouterr().out
    for wrong in (["--minimize", "loss"], ["--column", "loss"], ["--direction", "minimize"]):
        assert run([command, file, "--maximize", "acc", *wrong]) == 2
        assert wrong[1] in capsys.readouterr().err


@pytest.mark.parametrize("width", [40, 50, 64, 80, 120])
def test_every_seed_stays_in_sight_on_a_narrow_terminal(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = ("base", "wide with a longer name")
    rows = [f"{arm},{seed},{0.8 + seed / 100}" for arm in arms for seed in range(6)]
    (tmp_path / "runs.csv").write_text("\n".join(["arm,seed,acc", *rows]))
    monkeypatch.setenv("COLUMNS", str(width))
    run(["compare", str(tmp_path / "runs.csv"), "--direction", "maximize"])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.startswith("base ")]
    (drawn,) = filter(None, (re.search(r"^base +(?:6 .*– +)?([.:+# ]+)$", line) for line in lines))
    assert len(drawn[0]) <= width
    assert sum({".": 1, ":": 2, "+": 3}.get(mark, 0) for mark in drawn[1]) == 6
