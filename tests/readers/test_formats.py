"""Equal numbers read equal, whatever program wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedspread.errors import InvalidInput
from seedspread.readers import read_groups
from tests.readers.samples import ARMS, FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_the_numbers_that_it_holds(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(FORMATS[name](ARMS))
    reading = read_groups([str(file)])
    assert reading.values == ARMS
    (line,) = reading.lines()
    assert line.startswith(f"read {file}: 16 runs; arms by ")
    assert "(base, wide); seeds from " in line


# Workbooks hold 15 digits.
number = st.floats(1e-9, 1e6).map(lambda drawn: float(f"{drawn:.15g}")).filter(lambda drawn: not drawn.is_integer())
numbers = st.lists(number, min_size=8, max_size=8, unique=True)


@given(drawn=numbers)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_format_gives_equal_data_alike(drawn: list[float], tmp_path: Path) -> None:
    seeds = (3, 1, 14, 0)
    arms = {"none": dict(zip(seeds, drawn[:4], strict=True)), "größer": dict(zip(seeds, drawn[4:], strict=True))}
    for name, write in FORMATS.items():
        file = tmp_path / name
        file.write_bytes(write(arms))
        assert read_groups([str(file)]).values == arms, name


def test_what_is_missing_or_not_finite_stays_so(tmp_path: Path) -> None:
    odd: dict[str, dict[int, float | None]] = {
        "base": {0: 0.9, 1: None, 2: 0.8},
        "wide": {0: float("inf"), 1: 0.7, 2: 0.6},
    }
    for name in ("comma.csv", "german.csv", "records.json", "table.parquet", "book.xlsx", "wide_arms.csv"):
        if name == "book.xlsx":
            odd["wide"][0] = 0.65
        file = tmp_path / name
        file.write_bytes(FORMATS[name](odd))
        assert read_groups([str(file)]).values == odd, name


def test_big_seeds_and_fine_numbers_are_exact(tmp_path: Path) -> None:
    arms = {"a": {2**62: 0.1 + 0.2, 2**62 + 1: 1e-300}, "b": {2**62: 1 / 3, 2**62 + 1: 5e-324}}
    for name in ("comma.csv", "records.json", "table.parquet", "lines.jsonl"):
        file = tmp_path / name
        file.write_bytes(FORMATS[name](arms))
        assert read_groups([str(file)]).values == arms, name


@pytest.mark.parametrize("text", ["1" * 100_000, f"{'x' * 100_000}\nno\nnumber\n"])
def test_a_fault_never_repeats_a_file_that_is_no_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"a column of numbers|rows below the header") as fault:
        read_groups([str(path)])
    assert len(fault.value.message) < 500
