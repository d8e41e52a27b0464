"""Export runs, series or resource usage as CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import orjson
from sqlalchemy.orm import Session

from seedspread.analysis.measured import Measured, measure
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.observe.usage import peak_columns
from seedspread.storage import runs as run_rows
from seedspread.storage import series
from seedspread.summaries import SUMMARIES
from seedspread.views.numbers import to_json
from seedspread.views.runs import UsageSamples

Format = Literal["csv", "json", "parquet"]
What = Literal["runs", "series", "usage"]
Table = dict[str, Sequence[Any]]

MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


def export_data(context: Context, study_id: int, form: str = "csv", content: str = "runs") -> bytes:
    """Return a study's table as the bytes of a file.

    Excluded runs are among the rows, with their reasons.

    Raises:
        NotFound: there is no such study.
        InvalidInput: an unknown format, or Parquet if pyarrow is not installed.
    """
    if form not in get_args(Format):
        raise InvalidInput("format", form, f"one of {', '.join(get_args(Format))}")
    if content not in get_args(What):
        raise InvalidInput("what", content, f"one of {', '.join(get_args(What))}")
    measured = measure(context, study_id)
    with context.database.reading() as session:
        table = _TABLES[content](session, measured)
    if form == "csv":
        return _csv(table)
    return _json(table) if form == "json" else _parquet(table)


def _runs(session: Session, measured: Measured) -> Table:
    rows = run_rows.columns(session, measured.study_id)
    places = {row.id: index for index, row in enumerate(rows)}
    names = [measured.arms[row.arm].name for row in rows]
    table: Table = {
        "study": [measured.study_id] * len(rows),
        "arm": names,
        "run": [row.id for row in rows],
        "seed": [row.seed for row in rows],
        "state": [str(row.state) for row in rows],
        "attempt": [row.attempt for row in rows],
        "excluded_reason": [row.excluded_reason for row in rows],
        "duration_s": [row.duration_s for row in rows],
    }
    numbers: dict[str, list[float | None]] = {}
    for run, metric, *values in run_rows.summary_columns(session, measured.study_id):
        for summary, value in zip(SUMMARIES, values, strict=True):
            column = numbers.setdefault(f"{metric}.{summary}", [None] * len(rows))
            if run in places:
                column[places[run]] = value
    peaks = {run: (memory, gpu) for run, memory, gpu in run_rows.peaks_of_study(session, measured.study_id)}
    return table | peak_columns(peaks, list(table["run"])) | dict(sorted(numbers.items()))


def _series(session: Session, measured: Measured) -> Table:
    by_run = {run.id: run for run in measured.runs}
    parts: list[tuple[str, int, int, str, series.Steps, series.Values]] = [
        (measured.arms[by_run[run].arm].name, run, by_run[run].seed, metric, *points)
        for run, metrics in series.read(session, list(by_run)).items()
        for metric, points in metrics.items()
    ]
    lengths = [part[4].size for part in parts]

    def repeated(column: int) -> Sequence[Any]:
        return [value for part, length in zip(parts, lengths, strict=True) for value in [part[column]] * length]

    empty = np.empty(0)
    return {
        "arm": repeated(0),
        "run": repeated(1),
        "seed": repeated(2),
        "metric": repeated(3),
        "step": np.concatenate([empty.astype(np.int64), *(part[4] for part in parts)]).tolist(),
        "value": np.concatenate([empty, *(part[5] for part in parts)]).tolist(),
    }


def _usage(session: Session, measured: Measured) -> Table:
    """Return a row a sample, of every attempt."""
    rows = {row.id: row for row in run_rows.columns(session, measured.study_id)}
    table: dict[str, list[Any]] = {name: [] for name in ("arm", "run", "seed", "attempt", *UsageSamples.model_fields)}
    for run, attempt, content in run_rows.usage_of_study(session, measured.study_id):
        if run not in rows:
            continue
        samples = content["samples"]
        count = len(samples["time"])
        labels = {"arm": measured.arms[rows[run].arm].name, "run": run, "seed": rows[run].seed, "attempt": attempt}
        for name, values in table.items():
            values += [labels[name]] * count if name in labels else samples.get(name) or [None] * count
    return {("time_s" if name == "time" else name): values for name, values in table.items()}


_TABLES = {"runs": _runs, "series": _series, "usage": _usage}


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    return zip(*table.values(), strict=True)


def _csv(table: Table) -> bytes:
    """Encode a table as CSV.

    Floats are written in their shortest exact form, or as `nan`, `inf` and `-inf`; missing values are empty. Text that
    a spreadsheet would run as a formula (starting with `=`, `+`, `-`, `@`, tab or carriage return) gets an apostrophe
    first.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_inert, table))
    writer.writerows(map(_inert, row) for row in _rows(table))
    return out.getvalue().encode()


def _inert(cell: Any) -> Any:
    """Return the cell as text that no spreadsheet runs; numbers unchanged."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _json(table: Table) -> bytes:
    """Encode a table as a JSON list of objects.

    Numbers that are not finite become the strings "NaN", "Infinity" and "-Infinity".
    """
    plain = [
        {name: to_json(value) if isinstance(value, float) else value for name, value in zip(table, row, strict=True)}
        for row in _rows(table)
    ]
    return orjson.dumps(plain)


def _parquet(table: Table) -> bytes:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InvalidInput("format", "parquet", "csv or json: pyarrow is not installed here") from None
    sink = pa.BufferOutputStream()
    columns = {name: pa.array(values, type=_arrow_type(pa, name, values)) for name, values in table.items()}
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


_WHOLE = frozenset({"run", "seed", "study", "attempt", "step", "threads"})


def _arrow_type(pa: Any, name: str, values: Sequence[Any]) -> Any:
    """Return the Arrow type of a column.

    A column of nulls has the type that it would have with values.
    """
    example = next((value for value in values if value is not None), None)
    if isinstance(example, str) or name in ("arm", "state", "excluded_reason", "metric"):
        return pa.string()
    is_integer = isinstance(example, int) and not isinstance(example, float)
    return pa.int64() if is_integer or name in _WHOLE or name.endswith("_bytes") else pa.float64()
