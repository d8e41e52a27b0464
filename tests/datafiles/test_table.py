"""Tables: CSV, TSV, Parquet, npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet

from seedspread.datafiles import inspect, read_table
from seedspread.errors import InvalidInput

ROWS = "width,kind,height\n1,a,2\n3,b,4\n5,a,6\n7,b,8\n"


def test_the_same_table_in_every_format(tmp_path: Path) -> None:
    x, y = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32), np.array(["a", "b", "a", "b"])
    (tmp_path / "t.csv").write_text(ROWS)
    (tmp_path / "t.tsv").write_text(ROWS.replace(",", "\t"))
    parquet.write_table(
        arrow.table({"width": x[:, 0], "kind": arrow.array(y.tolist()), "height": x[:, 1]}), tmp_path / "t.parquet"
    )
    np.savez(tmp_path / "t.npz", x=x, y=y)
    for name in ("t.csv", "t.tsv", "t.parquet", "t.npz"):
        read = read_table(tmp_path / name, target="" if name == "t.npz" else "kind")
        assert read.x.tolist() == x.tolist(), name
        assert read.y.tolist() == [0, 1, 0, 1]
        assert read.classes == ("a", "b")
        assert len(read.features) == 2


def test_the_last_column_is_the_class_unless_another_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n")
    assert read_table(path).features == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "t.csv",
            ROWS,
            "numbers in every column but that of the class ('height', the last); 'kind' holds 'a' in row 2",
        ),
        ("t.csv", "a,b\n1,0\n2,1\noops,0\n,1\n", "'a' holds 'oops' in row 4"),
        ("t.csv", "a,a\n1,2\n", "names every column differently"),
        ("t.csv", "a\n1\n2\n", "at least one column beside that of the class, 'a'"),
        ("t.csv", "a,b\n1,0\n,1\n2,0\n3,1\n", "'a' holds nothing in row 3"),
        ("t.csv", "a,b\n1,0\nnan,1\n2,0\n3,1\n", "a finite number in every cell"),
        ("t.csv", "a,b\n1,0\n2,0\n", "two different classes"),
        (
            "t.csv",
            "a,b\n1,0\n2,1\n3,2\n",
            "classes to predict in the column 'b', the last; it has 3",
        ),
        ("t.csv", "a,b\n1,0\n2\n", "2 columns in every row; row 3 has 1"),
        ("t.parquet", "no parquet", "a Parquet file"),
        ("t.npz", "no npz", "an npz file of plain arrays"),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InvalidInput) as caught:
        inspect("table", str(path), field="parameters.data", sets=("wine",))
    assert expected in str(caught.value)
    assert caught.value.field == "parameters.data"


def test_arrays_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, x=np.zeros((4, 2, 2)), y=np.arange(4) % 2)
    with pytest.raises(InvalidInput, match=r"\(examples, features\)"):
        read_table(path)
    np.savez(path, inputs=np.zeros(3))
    with pytest.raises(InvalidInput, match="arrays `x` and `y`; it has inputs"):
        read_table(path)
    assert inspect("arrays", str(path), field="parameters.data") is not None
    (tmp_path / "t.csv").write_text("a,b\n1,0\n2,1\n3,0\n4,1\n")
    with pytest.raises(InvalidInput, match="a table with a column 'kind'"):
        read_table(tmp_path / "t.csv", target="kind")


def test_one_array_under_the_name_of_many(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.zeros(3))
    path = (tmp_path / "t.npy").rename(tmp_path / "t.npz")
    for kind in ("table", "arrays"):
        with pytest.raises(InvalidInput, match="this is a single array"):
            inspect(kind, str(path), field="data")


def test_numbers_too_large_for_a_training(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.full((4, 2), 1e300), y=np.array([0, 1, 0, 1]))
    with pytest.raises(InvalidInput, match="infinite or too large"):
        read_table(tmp_path / "t.npz")


def test_a_parquet_file_without_columns(tmp_path: Path) -> None:
    parquet.write_table(arrow.table({}), tmp_path / "t.parquet")
    with pytest.raises(InvalidInput, match="it has none"):
        read_table(tmp_path / "t.parquet")
