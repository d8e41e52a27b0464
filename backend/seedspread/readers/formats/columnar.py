"""Read binary tables: Parquet, Arrow, and Excel workbooks.

Parquet files include those of Neptune's exporter.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from seedspread.errors import InvalidInput
from seedspread.readers.formats.decoding import MAX_BYTES
from seedspread.readers.formats.records import records_table
from seedspread.readers.formats.sentences import listed
from seedspread.readers.formats.table import Cell, Row, Series, Table, make_table
from seedspread.readers.formats.vocabulary import flat_name, index_name, is_metric, tokens, two_levels

PARQUET, ARROW, ZIP = b"PAR1", b"ARROW1", b"PK\x03\x04"
MAX_CELLS = 50_000_000
"""Most cells of a table: a million rows of fifty columns."""
_ARM = "arm"
_NEPTUNE = {"run_id", "attribute_path", "attribute_type", "float_value"}


def read_arrow(raws: Iterable[bytes], name: str) -> Table:
    """Read Parquet or Arrow files of one schema as a table.

    Neptune's exports are converted to one row per run.

    Raises:
        InvalidInput: broken files, or pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import feather, parquet
    except ImportError:
        raise InvalidInput("FILE", name, "CSV or JSON: for Parquet, pyarrow must be installed") from None
    try:
        parts = []
        for raw in raws:
            part = _parquet(pa, parquet, raw, name) if raw.startswith(PARQUET) else feather.read_table(_buffer(pa, raw))
            parts.append(part)
            _check_cells(sum(part.num_rows * part.num_columns for part in parts), name)
        table = pa.concat_tables(parts, promote_options="permissive")
        _check_unpacked(table.nbytes, name)
        twice = next((column for column in table.column_names if table.column_names.count(column) > 1), None)
        if twice is not None:
            raise InvalidInput("FILE", name, f"a file with different column names; {twice!r} is there twice")
        columns = {column: table[column].to_pylist() for column in table.column_names}
    except (InvalidInput, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow raises exceptions of many libraries
        reason = str(error).partition("\n")[0][:200]
        raise InvalidInput("FILE", name, f"a readable Parquet or Arrow file ({reason})") from None
    if set(columns) >= _NEPTUNE:
        return _of_neptune(columns, name)
    # pandas keeps a default index out of the columns, or calls it like this.
    columns.pop("__index_level_0__", None)
    rows = [[_cell(cell) for cell in row] for row in zip(*columns.values(), strict=True)]
    return make_table(name, list(columns), rows, [f"row {at + 1}" for at in range(len(rows))])


def _buffer(pa: Any, raw: bytes) -> Any:
    return pa.BufferReader(raw)


def _parquet(pa: Any, parquet: Any, raw: bytes, name: str) -> Any:
    """Read a Parquet file whose size was checked before it is unpacked.

    Texts are kept as dictionaries, since equal ones are stored once and would fill any memory when they are repeated.
    """
    schema = parquet.read_schema(_buffer(pa, raw))
    texts = [
        column.name for column in schema if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    ]
    source = parquet.ParquetFile(_buffer(pa, raw), read_dictionary=texts)
    metadata = source.metadata
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    _check_unpacked(sum(group.total_byte_size for group in groups), name)
    _check_cells(max(metadata.num_rows, sum(group.num_rows for group in groups)) * metadata.num_columns, name)
    table = source.read()
    _check_unpacked(sum(_repeated_bytes(pa, chunk) for column in table.columns for chunk in column.chunks), name)
    return table


def _repeated_bytes(pa: Any, chunk: Any) -> int:
    """Return the size of a dictionary's texts where each takes its place."""
    if not pa.types.is_dictionary(chunk.type) or not len(chunk.dictionary):
        return 0
    lengths = [len(str(text)) for text in chunk.dictionary.to_pylist()]
    times = chunk.indices.value_counts().to_pylist()
    return sum(lengths[item["values"]] * item["counts"] for item in times if item["values"] is not None)


def _check_unpacked(n_bytes: int, name: str) -> None:
    if n_bytes > MAX_BYTES:
        raise InvalidInput("FILE", name, f"a file that unpacks to at most {MAX_BYTES:,} bytes; this has {n_bytes:,}")


def _check_cells(cells: int, name: str) -> None:
    if cells > MAX_CELLS:
        raise InvalidInput("FILE", name, f"a table of at most {MAX_CELLS:,} cells; this has {cells:,}")


def read_workbook(raw: bytes, name: str) -> Table:
    """Read the first sheet of an Excel workbook that holds a table.

    Raises:
        InvalidInput: a broken workbook, no table in it, or openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise InvalidInput("FILE", name, "CSV or JSON: for Excel workbooks, openpyxl must be installed") from None
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check_unpacked(sum(member.file_size for member in archive.infolist()), name)
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheets = [(sheet.title, _rows(sheet, name)) for sheet in book.worksheets]
        book.close()
    except (InvalidInput, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its XML and zip readers raise
        raise InvalidInput("FILE", name, f"a readable Excel workbook ({error})") from None
    tables = {title: table for title, rows in sheets if (table := _sheet(rows, name)) is not None}
    numeric = {title: table for title, table in tables.items() if any(map(table.is_numeric, table.columns))}
    if not tables:
        raise InvalidInput("FILE", name, "a sheet with a header and rows")
    title, table = next(iter((numeric or tables).items()))
    _check_formulas(raw, name, title, table)
    alike = {other: its for other, its in numeric.items() if its.columns == table.columns}
    if len(alike) > 1 and _ARM not in table.columns:
        # A sheet for each arm.
        rows = [[other, *row.values()] for other, its in alike.items() for row in its.rows]
        labels = [f"sheet {other}, {label}" for other, its in alike.items() for label in its.labels]
        table = make_table(name, [_ARM, *table.columns], rows, labels)
        title = listed(list(alike))
    if len(sheets) > 1:
        table.notes.insert(0, f"sheet{'s' if len(alike) > 1 else ''} {title}")
    return table


def _check_formulas(raw: bytes, name: str, title: str, table: Table) -> None:
    """Refuse a sheet with a column of formulas whose results nobody stored.

    A program that writes a formula leaves its result to Excel; without it another column would be taken.
    """
    empty = {column for column in table.columns if all(cell is None for cell in table.column(column))}
    if not empty:
        return
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
    rows = _rows(book[title], name)
    book.close()
    for row in rows:
        for at, cell in enumerate(row):
            if (
                isinstance(cell, str)
                and cell.startswith("=")
                and at < len(table.columns)
                and table.columns[at] in empty
            ):
                expected = f"results of formulas; column {table.columns[at]} of sheet {title} has none stored"
                hint = "Open the workbook in a spreadsheet program and save it, or export the sheet as CSV."
                raise InvalidInput("FILE", name, expected, hint=hint)


def _rows(sheet: Any, name: str) -> list[list[Any]]:
    """Return the rows of a sheet, as wide as they are.

    A sheet states its own size, which may be anything; a cell far away makes empty ones of all before it.
    """
    sheet.reset_dimensions()
    rows: list[list[Any]] = []
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        cells += max(len(row), 1)
        _check_cells(cells, name)
        rows.append(list(row))
    return rows


def _sheet(rows: Sequence[list[Any]], name: str) -> Table | None:
    """Return the table of a sheet, or None."""
    numbered = [(at, row) for at, row in enumerate(rows, start=1) if any(cell is not None for cell in row)]
    if len(numbered) < 2:
        return None
    # A line of its own above the header is the table's title, often over merged cells.
    while len(numbered) > 2 and _filled(numbered[0][1]) == 1 < _filled(numbered[1][1]):
        del numbered[0]
    width = max(at + 1 for _, row in numbered for at, cell in enumerate(row) if cell is not None)
    head, below = ([_text(cell) for cell in (row + [None] * width)[:width]] for _, row in numbered[:2])
    joined = two_levels(head, below) if len(numbered) > 2 else None
    names = [flat_name(cell) or f"column {at + 1}" for at, cell in enumerate(joined or head)]
    numbered = numbered[1 if joined is None else 2 :]
    if joined is not None and (index := index_name(numbered[0][1])):
        names, numbered = [index, *names[1:]], numbered[1:]
    body = [[_cell(cell) for cell in (row + [None] * width)[:width]] for _, row in numbered]
    return make_table(name, names, body, [f"row {at}" for at, _ in numbered])


def _filled(row: Sequence[Any]) -> int:
    return sum(cell is not None for cell in row)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else " ".join(str(cell).split())


def _cell(cell: Any) -> Cell:
    if cell is None or isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and cell.as_tuple().exponent == 0 else float(cell)
    if isinstance(cell, list) and cell and all(isinstance(value, int | float) for value in cell):
        return Series(tuple(range(len(cell))), tuple(float(value) for value in cell))
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def _step(step: Any) -> int | float:
    """Return a whole step as an integer, others as a float."""
    if step is None:
        return 0
    return int(step) if step == int(step) else float(step)


def _of_neptune(columns: Mapping[str, list[Any]], name: str) -> Table:
    """Convert neptune-exporter's long table to one row per run.

    Configurations become cells, and float series become series.
    """
    series: dict[tuple[str, str], list[tuple[int | float, float]]] = defaultdict(list)
    rows: dict[str, dict[str, Any]] = {}
    empty = [None] * len(columns["run_id"])
    names = ("run_id", "attribute_path", "attribute_type", "step")
    typed = ("float_value", "int_value", "string_value", "bool_value", "datetime_value")
    listed = [columns.get(column, empty) for column in (*names, *typed)]
    for run, path, kind, step, *values in zip(*listed, strict=True):
        row = rows.setdefault(str(run), {"run_id": str(run)})
        if kind == "float_series":
            if values[0] is not None:
                series[str(run), path].append((_step(step), values[0]))
        elif kind in ("float", "int", "string", "bool", "datetime"):
            row[path] = _cell(next((value for value in values if value is not None), None))
    for (run, path), points in series.items():
        points.sort(key=lambda point: point[0])
        rows[run][path] = Series(tuple(step for step, _ in points), tuple(value for _, value in points))
    table = _runs_table(list(rows.values()), name)
    table.metrics |= {path for _, path in series}
    for column in table.columns:
        if column in table.metrics or column == "run_id" or tokens(column)[:1] == ("sys",):
            continue
        (table.metrics if is_metric(column) and table.is_numeric(column) else table.parameters).add(column)
    return table


def _runs_table(rows: list[Row] | list[dict[str, Any]], name: str) -> Table:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    labels = [f"run {row.get('run_id', at)}" for at, row in enumerate(rows, start=1)]
    return make_table(name, columns, [[row.get(column) for column in columns] for row in rows], labels)


def runs_table(rows: list[Row], name: str, metrics: set[str], parameters: set[str]) -> Table:
    """Build a table of a tracker's runs.

    The tracker itself declares which columns are metrics and which are parameters.
    """
    table = _runs_table(rows, name)
    table.metrics |= metrics & set(table.columns)
    table.parameters |= parameters & set(table.columns)
    return table


__all__ = ["ARROW", "PARQUET", "ZIP", "read_arrow", "read_workbook", "records_table", "runs_table"]
