"""An option of another command, or under another tool's name: the error says where it is."""

from __future__ import annotations

import pytest

from seedspread.cli.app import run


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("judge a.csv --assert b>=a", "judge has no option --assert; use --claim"),
        ("run --claim b>=a -- x", "run has no option --claim; use --assert"),
        ("compare a.csv --within 3", "compare has no option --within; use --smallest-difference"),
        ("import a.csv --maximize acc", "import has no option --maximize; use --direction"),
        ("compare a.csv --assert b>=a", "compare has no option --assert; seedspread run and seedspread study have"),
        ("run python train.py --lr 3", "options of the script go behind --"),
        ("compare a.csv --foo", "No such option: --foo"),
    ],
)
def test_the_right_option_is_named(line: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == 2
    errors = capsys.readouterr().err
    assert expected in errors
    assert errors.count("\n") == 1
