"""Notebooks: cells in the order in which they ran, a notebook that repeats a run, a notebook under many seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedspread.cli.app import run
from seedspread.errors import InvalidInput
from seedspread.notebook.cells import Cell, difference, order_warnings, to_notebook
from seedspread.notebook.execute import parsed
from seedspread.notebook.extension import Recorder
from seedspread.notebook.parameters import first_overwrite
from seedspread.recording import open_study

CELLS = {
    "load": "%load_ext seedspread\nimport random, seedspread",
    "start": "width = 4\nrandom.seed(3)",
    "widen": "width = width * 2",
    "train": (
        "with seedspread.run(arm='wide', seed=3, study='digits') as run:\n"
        "    run.log(acc=width + random.random())\nprint('acc:', width)"
    ),
}
SESSION = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cells = json.loads(sys.argv[1])
for name in json.loads(sys.argv[2]):
    shell.run_cell(cells[name], store_history=True, cell_id=name)
shell.run_line_magic("seedspread", "save saved.ipynb")
"""


def notebook(path: Path, cells: dict[str, str]) -> Path:
    """Write a notebook as a person's page has it."""
    code: list[dict[str, object]] = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for name, source in cells.items()
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": code}))
    return path


def session(folder: Path, order: list[str]) -> subprocess.CompletedProcess[str]:
    """Run cells of the page in some order, in an IPython shell of their own."""
    page = notebook(folder / "page.ipynb", CELLS)
    return subprocess.run(
        [sys.executable, "-c", SESSION, json.dumps(CELLS), json.dumps(order)],
        cwd=folder,
        env={**os.environ, "JPY_SESSION_NAME": str(page), "IPYTHONDIR": str(folder / "ipython")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def test_a_run_of_cells_out_of_order_is_repeated_by_its_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = session(tmp_path, ["load", "widen", "start", "widen", "widen", "train"])
    assert "Cell 3 raised NameError" in ended.stderr
    assert "Cell 2 ran after cell 3, which stands below it in the notebook." in ended.stderr
    assert "Cell 3 ran 2 times." in ended.stderr
    assert "saved.ipynb: 6 cells in the order in which they ran" in ended.stdout
    (recorded,) = open_study(tmp_path / "seedspread-runs" / "digits").counted()
    assert run(["cells", str(recorded.folder)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("width = width * 2") < shown.index("width = 4")
    assert "[3] (cell 2 of the notebook)" in shown
    again = tmp_path / "again.ipynb"
    assert run(["cells", str(recorded.folder), "-o", str(again)]) == 0
    # In a fresh kernel, elsewhere: the same cells in the same order give the same number.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repeat").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "seedspread.notebook.execute", str(again)],
        cwd=tmp_path / "repeat",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    attempts = open_study(tmp_path / "seedspread-runs" / "digits").runs
    values = [attempt.value("acc") for attempt in attempts]
    assert len(values) == 2
    assert values[0] == values[1] is not None
    assert run(["cells", str(recorded.folder), str(recorded.folder)]) == 0
    assert "The same cells ran in the same order." in capsys.readouterr().out


def test_a_notebook_is_studied_under_many_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = {
        "parameters": "seed, lr = 0, 0.5",
        "train": "import random\nrandom.seed(seed)\nacc = lr + random.random()\nprint('loss:', 1 - acc, 'acc:', acc)",
        "fails": "def share(n):\n    return 1 / n\n\nshare(seed - 2)",
    }
    tagged(tmp_path / "notebook.ipynb", cells)
    assert run(["study", "notebook.ipynb", "--seeds", "0-2", "--set", "lr=0.1", "--no-check", "-j", "3"]) == 0
    shown = capsys.readouterr()
    assert "Mean last loss 0.4106, SD 0.50, from 0.05558 to 0.7656 over 2 seeds. 1 more failed." in shown.out
    assert "Mean last acc 0.5894, SD 0.50, from 0.2344 to 0.9444 over 2 seeds. 1 more failed." in shown.out
    assert "Figures show loss, the first of 2 metrics" in shown.out
    assert "code cell 3: ZeroDivisionError: division by zero" in shown.err
    (folder,) = (tmp_path / "seedspread-runs").glob("notebook-*")
    runs = sorted(open_study(folder).counted(), key=lambda each: each.record.seed or 0)
    assert [each.state for each in runs] == ["finished", "finished", "failed"]
    assert [each.value("acc") for each in runs[:2]] == [
        pytest.approx(0.1 + value) for value in (0.8444218515250481, 0.13436424411240122)
    ]
    assert (runs[0].folder / "artifacts" / "notebook.ipynb").is_file()
    log = (runs[2].folder / "log.txt").read_text()
    assert "in share(n)" in log
    assert "----> 4 share(seed - 2)" in log
    assert "\x1b" not in log


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["study", "nowhere.ipynb"], "a notebook that exists"),
        (["study", "{page}", "--set", "lr"], "NAME=VALUE"),
        (["study", "{page}", "--arm", "fast=lr"], "--arm"),
        (["study", "{page}", "--set", "width=2"], "tag the cell that sets it `parameters`"),
        (["cells", "nowhere"], "recorded in a notebook"),
    ],
)
def test_bad_input_is_one_clean_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = notebook(tmp_path / "page.ipynb", CELLS)
    assert run([argument.format(page=page) for argument in arguments]) == 2
    assert message in capsys.readouterr().err


def tagged(path: Path, cells: dict[str, str]) -> Path:
    """Write a notebook whose first cell is tagged `parameters`."""
    page = notebook(path, cells)
    document = json.loads(page.read_text())
    document["cells"][0]["metadata"] = {"tags": ["parameters"]}
    page.write_text(json.dumps(document))
    return page


def test_arms_of_a_notebook_are_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = {"p": "seed, lr = 0, 0.5", "train": "import random\nprint('acc:', lr + random.Random(seed).random())"}
    page = tagged(tmp_path / "train.ipynb", cells)
    arms = ("--arm", "base", "--arm", "strong=lr=0.1 name='a b'")
    line = ["study", str(page), "--seeds", "1", *arms, "--maximize", "acc", "--no-check", "-q", "--folder", "out"]
    run(line)
    runs = open_study(tmp_path / "out").counted()
    assert [each.state for each in runs] == ["finished", "finished"], capsys.readouterr()
    values = {each.record.arm: each.value("acc") or 0.0 for each in runs}
    assert values["base"] - values["strong"] == pytest.approx(0.4)
    assert runs[1].record.parameters == {"lr": 0.1, "name": "a b"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"a": "seed = 0", "b": "print(seed)"}, ("seed", 1, "seed = 0", False)),
        ({"a": "x = 1", "b": "%matplotlib inline\nif x:\n    lr, y = 1, 2"}, ("lr", 2, "lr, y = 1, 2", False)),
        ({"a": "for seed in range(5): pass"}, ("seed", 1, "for seed in range(5): pass", False)),
        ({"a": "lr = lr / 2\nseed: int"}, None),
        ({"a": "def train(n):\n    seed = n\nclass A:\n    lr = 1"}, None),
        ({"a": "!ls\nthis is no Python"}, None),
    ],
)
def test_an_assignment_that_undoes_a_parameter_is_seen_before_training(
    tmp_path: Path, cells: dict[str, str], expected: tuple[str, int, str, bool] | None
) -> None:
    assert first_overwrite(notebook(tmp_path / "page.ipynb", cells), ["seed", "lr"]) == expected


def test_only_cells_after_the_tagged_one_undo_a_parameter(tmp_path: Path) -> None:
    assert first_overwrite(tagged(tmp_path / "a.ipynb", {"p": "seed = 0", "b": "x = seed"}), ["seed"]) is None
    late = tagged(tmp_path / "b.ipynb", {"p": "seed = 0", "b": "seed = 1"})
    assert first_overwrite(late, ["seed"]) == ("seed", 2, "seed = 1", True)


def test_without_papermill_nothing_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "papermill", None)
    page = tagged(tmp_path / "page.ipynb", {"p": "seed = 0"})
    assert run(["study", str(page)]) != 0
    assert "pip install 'seedspread[notebook]'" in capsys.readouterr().err
    assert not (tmp_path / "seedspread-runs").exists()


def test_order_is_judged_by_the_page_or_by_code() -> None:
    first, second = Cell(1, "a = 1", "x", 1), Cell(2, "b = a", "y", 2)
    assert order_warnings([first, second]) == []
    assert order_warnings([Cell(1, "a = 1"), Cell(2, "a = 1")]) == ["Cell “a = 1” ran 2 times."]
    edited = Cell(3, "a = 2", "x", 1)
    assert order_warnings([first, second, edited]) == [
        "Cell 1 ran 2 times with other code.",
        "Cell 1 ran after cell 2, which stands below it in the notebook.",
    ]
    assert difference([first, second], [first, second]) == []
    assert "+a = 2" in difference([first], [edited])


def test_values_are_read_as_python_writes_them() -> None:
    assert parsed(["lr=0.1", "layers=[1, 2]", "deep=True", "name=adam"]) == {
        "lr": 0.1,
        "layers": [1, 2],
        "deep": True,
        "name": "adam",
    }
    with pytest.raises(InvalidInput):
        to_notebook([])


def test_cells_that_raised_before_recording_began_do_not_stop_the_notebook() -> None:
    recorder = Recorder()
    recorder.take_history(
        ["x = 1", "1/0", "%load_ext seedspread"], {2: {"ename": "ZeroDivisionError", "evalue": "by 0"}}
    )
    assert [cell.error for cell in recorder.cells] == ["", "ZeroDivisionError: by 0"]
    assert [cell["metadata"] for cell in json.loads(to_notebook(recorder.cells))["cells"]] == [
        {},
        {"tags": ["raises-exception"]},
    ]
