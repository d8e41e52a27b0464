"""Every command with `--json` answers trouble with one JSON document, in the shape that the API uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from seedspread.cli.app import build, run
from tests.cli.test_compare import BASE, by_seed, write


def commands_with_json(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that takes `--json`."""
    command = typer.main.get_command(build()) if command is None else command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands_with_json(part, (*path, name))
    if any("--json" in parameter.opts for parameter in command.params):
        yield path


def problem(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the printed error, and check its shape and the lines for people beside it."""
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert list(document) == ["error"]
    error: dict[str, Any] = document["error"]
    assert list(error) == ["code", "message", "hint", "faults", "unlisted"]
    assert all(list(fault) == ["field", "value", "expected", "missing"] for fault in error["faults"])
    assert captured.err.startswith("error: ")
    assert " ".join(error["message"].split()) in captured.err
    return error


COMMANDS = sorted(commands_with_json())


def test_commands_that_print_json_are_known() -> None:
    assert {("judge",), ("compare",), ("run",), ("status",), ("floor", "judge"), ("token", "list")} <= set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_wrong_option_is_answered_in_json(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--json", "--no-such-option"]) == 2
    error = problem(capsys)
    assert error["code"] == "invalid_input"
    assert [fault["field"] for fault in error["faults"]] == ["--no-such-option"]


@pytest.mark.parametrize(
    ("arguments", "code", "error_code", "field"),
    [
        (("judge", "FILE"), 2, "invalid_input", "--direction"),
        (("judge", "absent.csv", "--direction", "maximize"), 2, "invalid_input", "FILE"),
        (("judge", "FILE", "--direction", "sideways"), 2, "invalid_input", "--direction"),
        (("judge",), 2, "invalid_input", "inputs"),
        (("compare", "FILE"), 2, "invalid_input", "FILE"),
        (("compare", "FILE", "FILE", "--level", "nan"), 2, "invalid_input", "level"),
        (("bestof", "FILE", "--column", "absent"), 2, "invalid_input", "--column"),
        (("variance", "FILE"), 2, "invalid_input", "--source"),
        (("plan", "--difference", "-1", "--std", "1"), 2, "invalid_input", "difference"),
        (("floor", "judge", "base", "new", "--values", "x"), 2, "invalid_input", "--values"),
        (("floor", "show", "absent"), 1, "not_found", None),
        (("run", "--level", "7", "--", "true", "--json"), 2, None, None),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_is_answered_in_json(
    arguments: tuple[str, ...],
    code: int,
    error_code: str | None,
    field: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEEDSPREAD_DATA_DIR", str(tmp_path / "data"))
    file = write(tmp_path / "base.csv", by_seed(BASE))
    first, *rest = (file if word == "FILE" else word for word in arguments)
    if error_code is None:  # the option is that of the command which is run
        assert run([first, *rest]) == code
        assert capsys.readouterr().out == ""
        return
    assert run([first, *rest, "--json"]) == code
    error = problem(capsys)
    assert error["code"] == error_code
    assert [fault["field"] for fault in error["faults"]] == ([] if field is None else [field])
