"""Rows that are there twice are refused, or counted once on request, by every command alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.errors import InvalidInput
from seedspread.readers import Options, read_crossed, read_groups, read_study

PASTED = "seed,arm,acc\n0,a,0.5\n1,a,0.6\n0,b,0.7\n1,b,0.8\n0,a,0.5\n1,a,0.6\n"
RETRIED = (
    "seed,arm,status,acc\n0,a,failed,0.1\n1,a,finished,0.6\n0,b,finished,0.7\n1,b,finished,0.8\n0,a,finished,0.5\n"
)
CROSSED = "split,init,acc\n" + "".join(f"{split},{init},0.9{split}{init}\n" for split in range(4) for init in range(4))
REPEATED = "split,init,acc\n" + "".join(
    f"{split},{init},0.9{split}{init % 2 if split else 0}\n" for split in range(4) for init in range(2) for _ in (0, 1)
)


def write(folder: Path, text: str) -> str:
    """Write a table; return its name."""
    (folder / "runs.csv").write_text(text)
    return str(folder / "runs.csv")


@pytest.mark.parametrize("read", [read_groups, read_study], ids=["compare", "import"])
def test_a_seed_twice_is_refused_with_its_rows(read: object, tmp_path: Path) -> None:
    file = write(tmp_path, PASTED)
    with pytest.raises(InvalidInput, match="rows 2 and 6") as caught:
        read_groups([file]) if read is read_groups else read_study(file, Options())
    assert "--duplicates first" in str(caught.value.hint)


def test_a_seed_twice_is_imported_once_on_request(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, PASTED), Options(duplicates="first"))
    assert study.arms == ["a", "a", "b", "b"]
    assert "2 further rows of the same seeds ignored" in study.guess


def test_of_a_seed_that_was_tried_again_the_finished_run_counts_everywhere(tmp_path: Path) -> None:
    file = write(tmp_path, RETRIED)
    assert read_groups([file]).values["a"] == {0: 0.5, 1: 0.6}
    study = read_study(file, Options())
    assert sorted(float(str(row["acc"])) for row in study.table.rows) == [0.5, 0.6, 0.7, 0.8]


@pytest.mark.parametrize("text", [CROSSED + "0,0,0.900\n1,1,0.911\n", CROSSED + CROSSED.partition("\n")[2]])
def test_crossed_rows_pasted_twice_are_refused_or_counted_once(text: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(InvalidInput, match="each run once"):
        read_crossed(file, ["split", "init"], Options())
    runs, notes = read_crossed(file, ["split", "init"], Options(duplicates="first"))
    assert len(runs) == 16
    assert any("duplicate row" in note for note in notes)


def test_equal_results_of_repeats_are_kept(tmp_path: Path) -> None:
    numbered = "".join(f"{line},{at}\n" for at, line in enumerate(REPEATED.splitlines()[1:]))
    runs, _ = read_crossed(write(tmp_path, "split,init,acc,run\n" + numbered), ["split", "init"], Options())
    assert len(runs) == 16


def test_sources_that_are_not_named_are_asked_for_with_the_columns(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="split, init, acc"):
        read_crossed(write(tmp_path, CROSSED), [], Options())
