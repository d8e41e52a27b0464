"""Tables with groups of columns or rows, units, and archives: as pivots, spreadsheets and benchmarks leave them."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from seedspread.errors import InvalidInput
from seedspread.readers import read_groups
from tests.readers.samples import ARMS, BASE, WIDE

RUNS = [(arm, seed, acc) for arm, values in (("base", BASE), ("wide", WIDE)) for seed, acc in enumerate(values)]
FRAME = pd.DataFrame(RUNS, columns=["arm", "seed", "acc"]).assign(loss=lambda frame: 1 - frame["acc"])
TEXT = FRAME.to_csv(index=False)
PAIRS = list(enumerate(zip(BASE, WIDE, strict=True)))


def read(folder: Path, name: str, content: str | bytes) -> tuple[object, str]:
    """Return the values of a file, and what was said about it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = read_groups([str(path)])
    return reading.values, " ".join(reading.lines())


def workbook(rows: Sequence[Sequence[object]], merged: tuple[str, ...] = ()) -> bytes:
    """Return a workbook of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def excel(frame: pd.DataFrame) -> bytes:
    """Return what pandas writes for Excel."""
    file = io.BytesIO()
    frame.to_excel(file)
    return file.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    """Return a zip of some files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


GROUPS: dict[str, Callable[[], str | bytes]] = {
    "pivot.csv": lambda: FRAME.pivot(index="seed", columns="arm").to_csv(),
    "pivot.xlsx": lambda: excel(FRAME.pivot(index="seed", columns="arm")),
    "unstacked.csv": lambda: FRAME.set_index(["seed", "arm"])[["acc"]].unstack().to_csv(),
    "series.csv": lambda: FRAME.pivot(index="seed", columns="arm", values="acc").unstack().to_csv(),
    "numbered.csv": lambda: FRAME.pivot(index="seed", columns="arm", values="acc").unstack().reset_index().to_csv(),
    "nameless.csv": lambda: (
        pd.DataFrame(FRAME.pivot(index="seed", columns="arm", values="acc").to_dict()).unstack().to_csv()
    ),
    "arms above.csv": lambda: (
        ",base,base,wide,wide\nseed,acc,loss,acc,loss\n"
        + "".join(f"{seed},{base},0.1,{wide},0.2\n" for seed, (base, wide) in PAIRS)
    ),
    "merged.csv": lambda: (
        "seed,base,,wide,\n,acc,loss,acc,loss\n"
        + "".join(f"{seed},{base},0.1,{wide},0.2\n" for seed, (base, wide) in PAIRS)
    ),
    "merged.xlsx": lambda: workbook(
        [
            [None, "base", None, "wide", None],
            ["seed", "acc", "loss", "acc", "loss"],
            *[[seed, base, 0.1, wide, 0.2] for seed, (base, wide) in PAIRS],
        ],
        ("B1:C1", "D1:E1"),
    ),
    "multiindex.xlsx": lambda: excel(FRAME.set_index(["arm", "seed"])),
    "name above.csv": lambda: (
        "arm,seed,acc\n" + "".join(f"{arm if seed == 0 else ''},{seed},{acc}\n" for arm, seed, acc in RUNS)
    ),
    "zip.zip": lambda: zipped({"runs.csv": TEXT, "__MACOSX/._runs.csv": "x"}),
    "bzip2.csv.bz2": lambda: bz2.compress(TEXT.encode()),
    "xz.csv.xz": lambda: lzma.compress(TEXT.encode()),
    "total.csv": lambda: TEXT + "Total,,0.9,0.1\nmean,,0.9,0.1\n",
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_archives_and_totals_are_read(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, GROUPS[name]())[0] == ARMS


@pytest.mark.parametrize("unit", ["ms", " ms", " s", " MB", "dB", " it/s"])
def test_one_unit_in_every_cell_is_said(unit: str, tmp_path: Path) -> None:
    text = "arm,seed,latency\n" + "".join(f"{arm},{seed},{acc}{unit}\n" for arm, seed, acc in RUNS)
    values, said = read(tmp_path, "units.csv", text)
    assert values == ARMS
    assert f"latency in {unit.strip()}" in said


def test_two_units_in_a_column_are_refused(tmp_path: Path) -> None:
    text = "arm,seed,latency\n" + "".join(f"{arm},{seed},{acc} {'s' if seed else 'ms'}\n" for arm, seed, acc in RUNS)
    with pytest.raises(InvalidInput, match=r"a column of numbers; latency holds '0\.912 ms'"):
        read(tmp_path, "units.csv", text)


@pytest.mark.parametrize("heads", ["run {}", "rep{}", "fold_{}", "Trial #{}"])
def test_a_column_for_each_run_is_no_seed(heads: str, tmp_path: Path) -> None:
    names = ",".join(heads.format(number) for number in range(1, 9))
    text = f"model,{names},avg\nbase,{','.join(map(str, BASE))},0.9\nwide,{','.join(map(str, WIDE))},0.9\n"
    values, said = read(tmp_path, "runs.csv", text)
    assert values == {"base": list(BASE), "wide": list(WIDE)}
    assert "no seeds" in said
    assert "one column per run" in said


def test_true_and_false_are_a_rate_where_nothing_else_is_a_result(tmp_path: Path) -> None:
    text = "arm,seed,success\n" + "".join(f"{arm},{seed},{acc > 0.915}\n" for arm, seed, acc in RUNS)
    values, said = read(tmp_path, "solved.csv", text)
    assert values == {arm: {seed: float(acc > 0.915) for seed, acc in of.items()} for arm, of in ARMS.items()}  # type: ignore[operator]
    assert "True and False in success read as 1 and 0" in said


def test_neptune_calls_finished_runs_inactive(tmp_path: Path) -> None:
    text = "sys/id,sys/state,parameters/arm,parameters/seed,metrics/acc\n"
    text += "".join(f"A-{at},Inactive,{arm},{seed},{acc}\n" for at, (arm, seed, acc) in enumerate(RUNS))
    assert read(tmp_path, "neptune.csv", text)[0] == ARMS


def test_a_workbook_whose_formulas_have_no_results_is_refused(tmp_path: Path) -> None:
    rows = [[arm, seed, acc, f"=C{at}/2"] for at, (arm, seed, acc) in enumerate(RUNS, start=2)]
    with pytest.raises(InvalidInput, match="results of formulas; column acc of sheet Sheet has none stored"):
        read(tmp_path, "formulas.xlsx", workbook([["arm", "seed", "correct", "acc"], *rows]))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("two.zip", zipped({"a.csv": TEXT, "b.csv": TEXT}), "a zip of one file; this has 2"),
        ("arrays.npz", zipped({"a.npy": "", "b.npy": ""}), "these are NumPy arrays"),
        ("cut.csv.xz", lzma.compress(TEXT.encode())[:-20], "an intact compressed file"),
        ("cut.csv.bz2", bz2.compress(TEXT.encode())[:-20], "an intact compressed file"),
    ],
)
def test_archives_that_hold_no_table_are_one_line(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=expected):
        read(tmp_path, name, content)


def test_comments_in_some_cells_are_no_arms(tmp_path: Path) -> None:
    notes = {("base", 0): "first", ("wide", 2): "odd"}
    text = "arm,seed,acc,notes\n" + "".join(
        f"{arm},{seed},{acc},{notes.get((arm, seed), '')}\n" for arm, seed, acc in RUNS
    )
    assert read(tmp_path, "notes.csv", text)[0] == ARMS


@pytest.mark.parametrize("named", ["arm", "optimizer", "hidden"])
def test_arms_that_share_no_seeds_are_told_apart(tmp_path: Path, named: str) -> None:
    values = {"16": BASE, "64": WIDE} if named == "hidden" else {"base": BASE, "wide": WIDE}
    rows = [(arm, seed + 100 * at, acc) for at, arm in enumerate(values) for seed, acc in enumerate(values[arm])]
    read_values, said = read(
        tmp_path, "runs.csv", pd.DataFrame(rows, columns=[named, "seed", "acc"]).to_csv(index=False)
    )
    assert isinstance(read_values, dict)
    assert sorted(read_values) == sorted(f"hidden={arm}" if named == "hidden" else arm for arm in values)
    assert f"arms by {named}" in said


def test_a_column_that_repeats_the_seed_makes_no_arms(tmp_path: Path) -> None:
    rows = [(arm, seed, f"out/{seed}", acc) for arm, seed, acc in RUNS]
    frame = pd.DataFrame(rows, columns=["arm", "seed", "folder", "acc"])
    read_values, _ = read(tmp_path, "runs.csv", frame.to_csv(index=False))
    assert isinstance(read_values, dict)
    assert set(read_values) == {"base", "wide"}
