"""What a difference looks like in a terminal."""

from __future__ import annotations

import pytest

from seedspread.cli.app import run
from seedspread.client import Client
from seedspread.core.diff import Entry, Group, RunDiff
from tests.cli.conftest import Api

OURS, THEIRS = "ab" * 32, "cd" * 32
FOUND = RunDiff(
    sentence="They differ in data and results.",
    groups={
        Group.DATA: (Entry(key="train", a=OURS, b=THEIRS),),
        Group.RESULTS: (
            Entry(key="accuracy", a=0.9388888888888889, b=0.9411111111111111),
            Entry(key="loss", a=0.1234567890123456, b=0.1234567890123457),
            Entry(key="epoch", a=20, b=None),
        ),
    },
)


def test_text_is_short_and_json_is_exact(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Client, "diff", lambda *_: FOUND)
    assert run(["diff", "1", "2", "--api", api.url]) == 0
    shown = capsys.readouterr().out
    assert "  train: abababababab | cdcdcdcdcdcd\n" in shown
    assert "  accuracy: 0.9389 | 0.9411\n" in shown
    assert "  loss: 0.1234567890123456 | 0.1234567890123457\n" in shown
    assert "  epoch: 20 | –\n" in shown
    assert run(["diff", "1", "2", "--api", api.url, "--json"]) == 0
    exact = capsys.readouterr().out
    assert OURS in exact
    assert "0.9388888888888889" in exact
