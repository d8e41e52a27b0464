"""`seedspread run` sends its study to the service that the environment names, and loses nothing where it is away."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from seedspread.access import tokens
from seedspread.cli.app import run
from seedspread.recording import open_study
from seedspread.studies import ingest
from tests.cli.conftest import Api
from tests.support.studies import context_of


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A short study of a script, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("import sys\nprint('acc:', int(sys.argv[1]) / 7)\n")
    options = ["--seeds", "3", "--maximize", "acc", "--folder", "out", "--no-check", "-q"]
    return ["run", *options, "--", sys.executable, "train.py", "{seed}"]


def test_a_study_is_sent_as_it_ends(
    api: Api, line: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    token = tokens.create_token(context_of(api.database), "laptop")
    monkeypatch.setenv("SEEDSPREAD_API", api.url)
    assert run(line) == 0
    assert "Sent to" not in capfd.readouterr().out  # not without a token
    monkeypatch.setenv("SEEDSPREAD_TOKEN", token)
    assert run(line) == 0
    assert f"Sent to {api.url}/studies/1" in capfd.readouterr().out.replace("\n", "")
    assert run([*line[:1], "--json", *line[1:]]) == 0
    assert json.loads(capfd.readouterr().out)["sent"] == f"{api.url}/studies/1"
    assert len(ingest.read_study(context_of(api.database), open_study(Path("out")).study.study_id).runs) == 3
    assert token not in "".join(path.read_text() for path in Path("out").rglob("*") if path.is_file())


@pytest.mark.parametrize("reason", ["away", "token"])
def test_a_service_that_takes_nothing_costs_nothing(
    api: Api, line: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], reason: str
) -> None:
    monkeypatch.setattr("seedspread.cli.commands.run._PAUSES_S", ())
    monkeypatch.setenv("SEEDSPREAD_API", "http://127.0.0.1:9" if reason == "away" else api.url)
    monkeypatch.setenv("SEEDSPREAD_TOKEN", "sst_wrong")
    assert run(line) == 0
    captured = capfd.readouterr()
    assert "warning: not sent: " in captured.err
    assert "`seedspread push out --api http" in captured.err
    assert "sst_wrong" not in captured.err
    assert "Mean last acc" in captured.out
