"""Damaged files, files that lie about themselves, and files that unpack to far more: one clear error each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedspread import isolated
from seedspread.datafiles import contents, inspect, read_table, read_text
from seedspread.errors import InvalidInput
from tests.datafiles import broken

Case = tuple[Callable[[], bytes], str]
CASES = [
    *((f"{name}.npz", kind, case) for name, case in broken.NPZ.items() for kind in ("table", "arrays")),
    *((f"{name}.npz", "table", case) for name, case in broken.NPZ_TABLES.items()),
    *((f"{name}.parquet", "table", case) for name, case in broken.PARQUET.items()),
    *((f"{name}.csv", "table", case) for name, case in broken.CSV.items()),
]


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDSPREAD_MAX_UNPACKED_BYTES", str(8 * broken.MIB))


@pytest.mark.parametrize(("name", "kind", "case"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_broken_file_gives_one_clear_error(name: str, kind: str, case: Case, tmp_path: Path) -> None:
    make, expected = case
    path = broken.write(tmp_path, name, make())
    with pytest.raises(InvalidInput) as refusal:
        inspect(kind, str(path), field="parameters.data")
    assert expected in refusal.value.expected
    assert refusal.value.field == "parameters.data"
    assert len(refusal.value.expected) < 400
    assert "\n" not in refusal.value.expected


def test_texts_that_parquet_stores_once_take_no_memory(tmp_path: Path) -> None:
    table = read_table(broken.write(tmp_path, "t.parquet", broken.long_texts()))
    assert [len(name) for name in table.classes] == [broken.MIB // 2] * 2
    assert np.bincount(table.y).tolist() == [2000, 2000]


def test_intact_arrays_of_every_order_and_type(tmp_path: Path) -> None:
    x = np.asfortranarray(np.arange(8.0).reshape(4, 2))
    np.savez_compressed(tmp_path / "t.npz", x=x, y=np.array([b"u", b"v", b"u", b"v"]))
    table = read_table(tmp_path / "t.npz")
    assert table.x.tolist() == x.tolist()
    assert table.classes == ("u", "v")
    members = ("a/b.npy", broken.npy_bytes(np.zeros(()))), ("c.npy", broken.npy_bytes(np.zeros((2, 0), [("f", "<i4")])))
    broken.write(tmp_path, "a.npz", broken.zipped(*members))
    assert contents(tmp_path / "a.npz", kind="arrays").arrays == (
        ("a/b", "float64", ()),
        ("c", "[('f', '<i4')]", (2, 0)),
    )


ROWS = ["5.1,3.5,setosa", "7.0,3.2,virginica", "4.9,3.0,setosa", "6.3,3.3,virginica"]


def test_a_first_line_of_numbers_is_an_example(tmp_path: Path) -> None:
    path = broken.write(tmp_path, "iris.csv", "\n".join(ROWS).encode())
    for target in ("", "column 3"):
        table = read_table(path, target=target)
        assert table.x.round(1).tolist()[0] == pytest.approx([5.1, 3.5])
        assert (len(table.y), table.features, table.has_header) == (4, ("column 1", "column 2"), False)
    assert contents(path).has_header is False
    named = broken.write(tmp_path, "named.csv", "\n".join(["length,width,kind", *ROWS]).encode())
    assert read_table(named).has_header
    assert len(read_table(named).y) == 4


def test_numbers_that_count_up_are_names(tmp_path: Path) -> None:
    path = broken.write(tmp_path, "pandas.csv", "\n".join(["0,1,2", *ROWS]).encode())
    assert read_table(path).features == ("0", "1")
    assert len(read_table(path, target="2").y) == 4


def test_names_of_texts_are_no_example(tmp_path: Path) -> None:
    lines = ["fine,good", "poor,bad", "nice,good", "worse,bad"]
    bare = read_text(broken.write(tmp_path, "bare.csv", "\n".join(lines).encode()))
    assert (len(bare.texts), bare.has_header) == (4, False)
    with pytest.raises(InvalidInput, match="this one has title, tag"):
        read_text(broken.write(tmp_path, "named.csv", "\n".join(["title,tag", *lines]).encode()))
    with pytest.raises(InvalidInput, match="row 3 has none"):
        read_text(broken.write(tmp_path, "gap.csv", b"text,label\nfine,good\npoor,\nbad,bad\n"))


def test_a_reader_that_takes_too_much_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    runner = isolated.Runner()
    limits = isolated.Limits(memory_bytes=2**30, field="path", value="f.npz", time_s=2.0)
    try:
        assert runner.call(broken.spend, {"n_bytes": 10}, limits) == 10
        for function, expected in (
            (broken.spend, "read with 1.1 GB of memory"),
            (broken.wait, "read within 2.0 s"),
            (broken.crash, "SIGSEGV"),
            (broken.answer, "takes at most 67 MB"),
            (broken.fail, "KeyError: 'column'"),
        ):
            with pytest.raises(InvalidInput) as refusal:
                runner.call(function, {"n_bytes": 2**30}, limits)
            assert expected in refusal.value.expected
        assert runner.call(broken.spend, {"n_bytes": 10}, limits) == 10
    finally:
        runner.close()
