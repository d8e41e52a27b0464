"""Words in place of a number: how the run ended, whatever the table's shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.core.states import RunState
from seedspread.errors import InvalidInput
from seedspread.readers import Options, read_groups, read_study
from seedspread.sending.studies import from_reading

LONG = "method,seed,acc\n" + "".join(f"base,{seed},0.9{seed}\nours,{seed},0.8{seed}\n" for seed in range(5))


def written(folder: Path, text: str) -> str:
    (folder / "runs.csv").write_text(text)
    return str(folder / "runs.csv")


@pytest.mark.parametrize("word", ["failed", "FAILED", "OOM", "crashed", "Timed out", "node_fail", "error"])
def test_a_word_for_a_failure_is_a_failed_run(tmp_path: Path, word: str) -> None:
    reading = read_groups([written(tmp_path, LONG.replace("ours,3,0.83", f"ours,3,{word}"))])
    assert {arm: list(values) for arm, values in reading.values.items() if isinstance(values, dict)} == {
        "base": [0, 1, 2, 3, 4],
        "ours": [0, 1, 2, 4],
    }
    assert reading.left_out()["ours"].failures == 1
    assert reading.left_out()["base"].failures == 0
    assert f"{word} in acc read as a run state" in reading.guesses[0]


def test_other_ends_are_told_apart(tmp_path: Path) -> None:
    text = LONG.replace("0.83", "pruned").replace("0.82", "running").replace("0.91", "91,1%").replace("0.84", "-")
    left_out = read_groups([written(tmp_path, text.replace("91,1%", "91.1%"))]).left_out()["ours"]
    assert (left_out.failures, left_out.cancelled, left_out.pending) == (0, 1, 1)


def test_decimal_commas_and_percentages_are_read_beside_them(tmp_path: Path) -> None:
    text = LONG.replace(",", ";").replace("0.", "0,").replace("0,83", "failed")
    assert read_groups([written(tmp_path, text)]).values["ours"] == {0: 0.80, 1: 0.81, 2: 0.82, 4: 0.84}
    percent = "method,seed,acc\n" + "".join(f"{arm},{seed},9{seed}.5%\n" for arm in "ab" for seed in range(4))
    assert read_groups([written(tmp_path, percent.replace("93.5%", "oom"))]).values["a"] == {
        0: 0.905,
        1: 0.915,
        2: 0.925,
    }


def test_in_a_wide_table_the_other_arm_of_the_row_keeps_its_number(tmp_path: Path) -> None:
    wide = "seed,base,ours\n" + "".join(f"{seed},0.9{seed},0.8{seed}\n" for seed in range(5))
    reading = read_groups([written(tmp_path, wide.replace("0.83", "crashed"))])
    assert reading.values["base"] == {seed: float(f"0.9{seed}") for seed in range(5)}
    assert 3 not in reading.values["ours"]
    assert reading.left_out()["ours"].failures == 1


def test_a_column_of_states_comes_first_where_it_knows_more(tmp_path: Path) -> None:
    text = "method,seed,acc,state\n" + "".join(
        f"{arm},{seed},0.9{seed},finished\n" for arm in "ab" for seed in range(4)
    )
    text = text.replace("a,1,0.91,finished", "a,1,failed,cancelled").replace("b,2,0.92,finished", "b,2,OOM,finished")
    left_out = read_groups([written(tmp_path, text)]).left_out()
    assert (left_out["a"].failures, left_out["a"].cancelled) == (0, 1)
    assert (left_out["b"].failures, left_out["b"].cancelled) == (1, 0)


def test_an_import_keeps_them_as_failed_runs(tmp_path: Path) -> None:
    source = written(tmp_path, LONG.replace("0.83", "oom"))
    study = from_reading(read_study(source, Options()), source, name=None, metric=None, direction=None, summary="last")
    assert [run.state for run, _ in study.runs].count(RunState.FAILED) == 1


def test_any_other_word_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="such as failed") as caught:
        read_groups([written(tmp_path, LONG.replace("0.83", "good"))])
    assert caught.value.value == "good"


def test_words_alone_are_names(tmp_path: Path) -> None:
    text = "model,seed,acc\n" + "".join(
        f"{arm},{seed},0.9{seed}\n" for arm in ("killed", "active") for seed in range(4)
    )
    assert sorted(read_groups([written(tmp_path, text)]).values) == ["active", "killed"]
