"""What is said to be in a file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from seedspread.datafiles import contents, digest
from seedspread.errors import InvalidInput

TABLE = "width,height,kind\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,9,b\n"
TEXT = "text,label\nfine,good\npoor,bad\nnice,good\n,bad\n"


def test_a_table_by_itself_and_by_its_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    found = contents(path)
    assert (found.kind, found.examples, found.features) == ("table", 5, 2)
    assert found.classes == (("a", 2), ("b", 3))
    assert found.digest == digest(path)
    with pytest.raises(InvalidInput, match="a table with a column 'nope'"):
        contents(path, kind="table", target="nope")


def test_text_is_found_where_no_table_is(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    found = contents(path)
    assert (found.kind, found.examples, found.features, found.classes) == ("text", 4, None, (("bad", 2), ("good", 2)))


def test_arrays_are_told_by_shape_where_they_are_no_table(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 8, 8), np.float32), y=np.zeros(4, np.int64))
    found = contents(tmp_path / "a.npz")
    assert (found.kind, found.examples) == ("arrays", None)
    assert found.arrays == (("images", "float32", (4, 8, 8)), ("y", "int64", (4,)))


def test_what_only_looks_like_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"nonsense")
    with pytest.raises(InvalidInput, match="an npz file of plain arrays"):
        contents(path, kind="arrays", field="path")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    assert contents(path).examples == 5
    path.write_text(TABLE + "1,1,a\n")
    assert contents(path).examples == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this one is empty"),
        (b"\xff\xfe\x00", "text in UTF-8"),
        (b"only one column\nx\n", "reads as one of the kinds"),
        (b"a,b\n1,x\n2,x\n", "two different"),
    ],
)
def test_what_reads_as_nothing_says_what_each_kind_needs(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        contents(tmp_path / "t.csv", field="path")
