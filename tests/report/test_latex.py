"""LaTeX reports compile, whatever people call their arms and write as reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.context import Context
from seedspread.core.study import ArmSpec
from seedspread.report.build import render
from seedspread.report.latex import escape
from seedspread.storage.database import Database
from tests.builders import run_ids
from tests.report.latex import compiled, faults
from tests.support.studies import context_of, exclude, measured_study

VALUES = [0.9 + 0.003 * (place % 5) for place in range(12)]
BETTER = [value + 0.02 + 0.0004 * (place % 3) for place, value in enumerate(VALUES)]
NAMES = (
    "v. 1 free",
    "a, n = 3",
    "<b>",
    "x\u202eevil",
    "µ, αβΓΩ → ≥ 0.5 × 10² “quoted” naïve Łódź 中文 שלום",
    "\\input{/etc/passwd} $x_1^2$ #1 100% ~ & {",
    'lr--0.1---`code\' "x"',
    "a_very_long_name_" * 11,
    "x" * 200,
)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:24])
def test_any_arm_name_gives_latex_that_compiles(
    context: Context, database: Database, name: str, tmp_path: Path
) -> None:
    study_id = measured_study(
        database, {"base": VALUES, name: BETTER}, specs=(ArmSpec(name="base"), ArmSpec(name=name))
    )
    exclude(database, run_ids(database, study_id)[2], "line one\n\\input{secret}\r% \u2028 and $ & #")
    text = render(context, study_id, "latex")
    assert faults(text) == []
    assert compiled(text, tmp_path) is None
    assert r"\textbackslash{}input" in text
    assert r"\input" not in text.replace(r"\textbackslash{}input", "")


@pytest.mark.parametrize("arms", [{"one": VALUES}, {"a": [], "b": []}, {f"arm {n}": VALUES for n in range(10)}])
def test_every_kind_of_report_compiles(
    context: Context, database: Database, arms: dict[str, list[float | None]], tmp_path: Path
) -> None:
    text = render(context, measured_study(database, arms, number_of_seeds=12), "latex")
    assert faults(text) == []
    assert compiled(text, tmp_path) is None


def test_the_comment_above_is_one_line_of_ascii(context: Context, database: Database) -> None:
    text = render(context, measured_study(database, {"base": VALUES}, name="! a ~ b − c → d"), "latex")
    assert text.splitlines()[0].startswith("% ! a ~ b - c d: ")


def test_each_character_becomes_ascii_that_says_the_same() -> None:
    assert escape("50% & a_b") == r"50\% \& a\_b"
    assert escape("Γ ≥ α → é “x”") == r"$\Gamma$ $\geq$ $\alpha$ $\rightarrow$ \'{e} ``x{''}"
    assert escape("a--b") == "a-{}-b"
    assert escape("−2.1") == "$-$2.1"
    assert escape("中") == r"[U+4E2D]\allowbreak{}"
    assert escape("one\ntwo\u2028three\u202e") == "one two three"


@pytest.mark.parametrize(
    "wrong",
    ["\\input{x}", "a & b", "50% of", "{", "}", "$x", "é", "a_b", "\\begin{table}\n\\end{tabular}"],
)
def test_the_checker_notices(wrong: str) -> None:
    assert faults(wrong)
