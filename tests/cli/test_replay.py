"""Replaying, exporting, comparing and auditing from the command line, against an API that answers."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from seedspread.cli.app import run
from seedspread.cli.commands import replay
from seedspread.core.manifest import ManifestFile
from seedspread.core.states import RunState
from seedspread.storage.tables import FingerprintRow
from tests.builders import finish, run_ids, store
from tests.cli.conftest import Api


@pytest.fixture
def runs(api: Api) -> list[int]:
    """Six finished runs of two arms."""
    ids = run_ids(api.database, store(api.database))
    for run_id in ids:
        finish(api.database, run_id, {"loss": [0.5, 0.25], "accuracy": [0.5, 0.75]})
    return ids


@pytest.mark.parametrize(
    ("loss", "state", "code", "message"),
    [
        (0.25, RunState.FINISHED, 0, "Identical: all 4 metric values are the same in every bit."),
        (0.5, RunState.FINISHED, 3, "loss, epoch 2: 0x1.0000000000000p-2 (3fd0000000000000)"),
        (0.25, RunState.FAILED, 1, "error: replay 7 is failed: it broke"),
    ],
)
def test_a_replay_ends_with_its_verdict(
    api: Api,
    runs: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loss: float,
    state: RunState,
    code: int,
    message: str,
) -> None:
    def trained(_: float) -> None:
        series = {"loss": [0.5, loss], "accuracy": [0.5, 0.75]}
        finish(api.database, runs[-1] + 1, series, state=state, reason="it broke" if state == RunState.FAILED else None)

    monkeypatch.setattr(replay, "time", SimpleNamespace(sleep=trained))
    assert run(["replay", str(runs[0])]) == code
    told = capsys.readouterr()
    assert message in told.out + told.err


def test_bad_input_is_told(runs: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, message in (
        (["replay", "999"], 1, "there is no run 999"),
        (["replay", str(runs[0]), "--worker", "nobody"], 2, "a living worker of queue 'cpu'"),
        (["replay", str(tmp_path / "nothing.json")], 2, "a file that can be read"),
        (["replay", "run.json", "--worker", "w"], 2, "trained on this machine"),
        (["export", str(runs[0]), "-o", str(tmp_path / "no" / "run.json")], 2, "a file that can be written"),
        (["diff", "1", "999"], 1, "there is no run 999"),
        (["audit", "999"], 1, "there is no study 999"),
    ):
        assert run(arguments) == code
        assert message in capsys.readouterr().err


def test_an_export_is_the_sealed_manifest(runs: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    assert run(["export", str(runs[0]), "-o", str(path)]) == 0
    assert f"seedspread replay {path}" in capsys.readouterr().out
    assert ManifestFile.model_validate_json(path.read_bytes()).manifest.recipe == "toy"


def test_a_diff_shows_only_what_differs(runs: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(runs[0]), str(runs[1])]) == 0
    assert capsys.readouterr().out == (
        "They differ in parameters; the results are the same.\n\nparameters\n  hidden: 8 | 16\n"
    )
    assert run(["diff", str(runs[0]), str(runs[1]), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["groups"]) == ["parameters"]


@pytest.mark.parametrize(
    ("repeats", "code", "message"), [(True, 0, "whether runs repeat."), (False, 3, "error: 1 of 1")]
)
def test_an_audit_replays_the_run_whose_repetition_is_missing(
    api: Api,
    runs: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    repeats: bool,
    code: int,
    message: str,
) -> None:
    def left(run_id: int, digest: str) -> None:
        with api.database.session() as session:
            session.add(FingerprintRow(run_id=run_id, attempt=1, kind="series", step=0, digest=digest))

    def trained(_: float) -> None:
        finish(api.database, runs[-1] + 1, {"loss": [0.5, 0.25], "accuracy": [0.5, 0.75]})
        left(runs[-1] + 1, f"{runs[-1] if repeats else 99:064}")

    for run_id in runs:
        left(run_id, f"{run_id:064}")
    assert run(["audit", "1"]) == 0
    advice = capsys.readouterr().out
    assert f"Replay run {runs[-1]}: a fresh process trains it again." in advice
    assert "`seedspread audit 1 --replay` replays a run and audits again." in advice
    monkeypatch.setattr(replay, "time", SimpleNamespace(sleep=trained))
    assert run(["audit", "1", "--replay"]) == code
    told = capsys.readouterr()
    assert message in told.out
    assert f"replaying run {runs[-1]} in a fresh process" in told.err


def test_an_audit_says_what_to_do(api: Api, runs: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "1"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("base: Every source varies with the seed: ")
    assert output.endswith(
        "notice: Not examined: the finished runs left no fingerprints to compare.\n"
        "  Runs that were imported or sent carry only their metrics. "
        "Submit the study to this service to examine its seeds.\n"
    )
    more = run_ids(api.database, store(api.database))
    finish(api.database, more[0], state=RunState.FAILED, reason="it broke")
    assert run(["audit", "2"]) == 0
    output = capsys.readouterr().out
    assert "notice: 1 of 6 runs failed.\n  Read why on the run's page and retry them.\n" in output
