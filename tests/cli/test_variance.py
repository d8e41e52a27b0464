"""Shares of the variance and the best of k at the command line: of studies, and of files without a service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedspread.cli.app import run
from seedspread.core.presets import expand
from seedspread.core.sources import Source
from seedspread.core.study import Preset
from tests.builders import spec
from tests.cli.conftest import Api
from tests.support.studies import measured_study

STILL, WIDE, NARROW = [0.9] * 6, [0.88, 0.92, 0.9, 0.91, 0.87, 0.93], [0.9, 0.902, 0.899, 0.901, 0.898, 0.9]


@pytest.fixture
def crossed(tmp_path: Path) -> str:
    rows = [f"{i},{j},{0.9 + 0.01 * i + 0.001 * j + 0.0002 * (i * j % 3)}" for i in range(4) for j in range(4)]
    file = tmp_path / "runs.csv"
    file.write_text("\n".join(["split,init,accuracy", *rows]))
    return str(file)


def test_a_file_of_crossed_runs_is_divided(crossed: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["variance", crossed, "--source", "split", "--source", "init"]
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Split accounts for 9")
    assert "Based on 16 runs: 4 split × 4 init levels." in shown
    assert "Intraclass correlation within a level of split: ICC1 0.9" in shown
    assert run([*arguments, "--column", "accuracy", "--json"]) == 0
    (variant,) = json.loads(capsys.readouterr().out)["variants"]
    assert variant["metric"] == "accuracy"
    assert variant["icc"]["targets"] == 4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--source is missing"),
        (["--source", "split", "--column", "accuracy"], "2 to 6 sources"),
        (["--source", "split", "--source", "seed"], "a column of"),
        (["--source", "split", "--source", "init", "--column", "loss"], "--column"),
        (["--source", "split", "--source", "init", "--level", "2"], "level"),
    ],
)
def test_what_cannot_be_divided_is_said(
    crossed: str, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["variance", crossed, *options]) == 2
    assert told in capsys.readouterr().err


def test_a_study_of_sources_is_divided(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    specs = expand(spec(arms=(), preset=Preset.SOURCES), (Source.SPLIT, Source.INIT)).arms
    arms = {"nothing varies": STILL, "split varies": WIDE, "init varies": NARROW, "all vary": WIDE}
    study = measured_study(api.database, arms, specs=specs)
    assert run(["variance", str(study)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Split alone spreads accuracy most")
    rows = [line for line in shown.splitlines() if line.startswith(("split  ", "init  "))]
    assert [row.split()[0] for row in rows] == ["split", "init"]
    plain = measured_study(api.database, {"base": WIDE})
    assert run(["variance", str(plain)]) == 2
    assert "crosses its sources" in capsys.readouterr().err


def test_the_best_of_k_of_files_and_studies(api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(map(str, WIDE)))
    assert run(["bestof", str(file), "--quoted", "0.92"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("a: one run gives 0.9017 on average; the best of 6 seeds gave 0.93.")
    study = measured_study(api.database, {"base": WIDE, "wide": []}, number_of_seeds=6)
    assert run(["bestof", str(study), "--json"]) == 0
    base, wide = json.loads(capsys.readouterr().out)["arms"]
    assert (base["curve"]["values"][-1], wide["curve"]["reason"]) == (0.93, "no finite value")
    assert run(["bestof", str(study)]) == 0
    shown = capsys.readouterr().out
    assert "wide: no finite value." in shown
    assert [line.split()[0] for line in shown.splitlines()[3:]] == ["1", "2", "3", "5", "6"]
    assert run(["bestof", str(measured_study(api.database, {"base": [None]}))]) == 0
    assert capsys.readouterr().out == "base: no finite value.\n"
    assert run(["bestof", str(file), "--quoted", "0.93"]) == 0
    assert "1 of 6 seeds is as good" in capsys.readouterr().out
    assert run(["bestof", "1", "2"]) == 2
