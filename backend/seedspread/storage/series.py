"""Series in columns: steps and values as bytes, read as NumPy arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, Select, delete, func, insert, select
from sqlalchemy.orm import Session

from seedspread.core.recipe import Direction
from seedspread.storage.database import upsert
from seedspread.storage.tables import Base, ChunkRow, RunRow
from seedspread.summaries import area

Steps = NDArray[Any]
"""int64 where all are whole numbers, else float64."""
Values = NDArray[np.float64]

MERGE_ABOVE = 64
"""A running attempt's chunks of one metric are merged when there are more than this."""

_IDS_A_QUERY = 10_000  # SQLite and PostgreSQL limit the parameters of one statement


class Series(NamedTuple):
    """Series of one metric of one run.

    `steps` (n,) are ascending; `values` (n,) are float64 and may be non-finite.
    """

    steps: Steps
    values: Values


@dataclass(frozen=True)
class Summary:
    """Summary of a series.

    `best`, `min` and `max` are taken over finite values, and are NaN if there is none. `area` is under the curve,
    divided by its length; one value that is not finite makes it NaN.
    """

    last: float
    last_step: float
    best: float
    best_step: float | None
    area: float
    min: float
    max: float
    count: int
    non_finite: int


def step_array(steps: Sequence[float] | Steps) -> Steps:
    """Return steps as int64 where all are whole numbers, else as float64."""
    array = np.asarray(steps)
    if array.dtype.kind == "f" and not np.all(array == np.floor(array)):
        return array.astype("<f8")
    return array.astype("<i8")


def pack(steps: Sequence[float] | Steps, values: Sequence[float] | Values) -> tuple[bytes, bytes]:
    """Pack steps and values, n × 8 little-endian bytes each.

    Steps become int64 (or float64, see `step_array`), values float64.

    Raises:
        ValueError: the two differ in length.
    """
    if len(steps) != len(values):
        raise ValueError(f"a value per step; got {len(steps)} steps and {len(values)} values")
    return step_array(steps).tobytes(), np.asarray(values, dtype="<f8").tobytes()


def unpack(steps: bytes, values: bytes, *, fractional: bool = False) -> Series:
    """Unpack steps and values.

    This is the inverse of `pack`; the arrays are read-only views of the bytes.
    """
    return Series(np.frombuffer(steps, dtype="<f8" if fractional else "<i8"), np.frombuffer(values, dtype="<f8"))


def summarise(series: Series, direction: Direction) -> Summary:
    """Summarise a series that holds at least one point."""
    steps, values = series
    finite = np.isfinite(values)
    count, good = len(values), int(finite.sum())
    last, last_step = float(values[-1]), steps[-1].item()
    if not good:
        return Summary(last, last_step, math.nan, None, math.nan, math.nan, math.nan, count, count)
    usable, kept_steps = (values, steps) if good == count else (values[finite], steps[finite])
    best_index = int(usable.argmax() if direction is Direction.MAXIMIZE else usable.argmin())
    return Summary(
        last=last,
        last_step=last_step,
        best=float(usable[best_index]),
        best_step=kept_steps[best_index].item(),
        area=area(steps.tolist(), values.tolist()) if good == count else math.nan,
        min=float(usable.min()),
        max=float(usable.max()),
        count=count,
        non_finite=count - good,
    )


def single(value: float) -> Series:
    """Return a series of one value, at step 0."""
    return Series(np.zeros(1, dtype=np.int64), np.array([value], dtype=np.float64))


def append(
    session: Session, run_id: int, attempt: int, series: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> None:
    """Store new points of an attempt.

    A chunk with the first step of a stored one replaces it.
    """
    rows = []
    for metric, (steps, values) in series.items():
        if len(steps):
            rows.append(
                _row(run_id, attempt, metric, ascending(Series(step_array(steps), np.asarray(values, dtype="<f8"))))
            )
    upsert(session, ChunkRow, rows, keys=("run_id", "attempt", "metric", "first_step"))
    if max((row["first_step"] for row in rows), default=0) < MERGE_ABOVE:
        return  # steps rise: there cannot be that many chunks yet
    most = session.scalar(
        select(func.count())
        .where(ChunkRow.run_id == run_id, ChunkRow.attempt == attempt)
        .group_by(ChunkRow.metric)
        .order_by(func.count().desc())
        .limit(1)
    )
    if most is not None and most > MERGE_ABOVE:
        merge(session, run_id, attempt)


_STORE = insert(Base.metadata.tables[ChunkRow.__tablename__])  # built once: each run needs it


def store_whole(
    session: Session, run_id: int, attempt: int, series: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> dict[str, Series]:
    """Store all points of an attempt, one chunk per metric.

    Nothing may be stored of it yet. Return the series by metric.
    """
    whole = {
        metric: ascending(Series(step_array(steps), np.asarray(values, dtype="<f8")))
        for metric, (steps, values) in sorted(series.items())
        if len(steps)
    }
    if whole:
        session.execute(_STORE, [_row(run_id, attempt, metric, points) for metric, points in whole.items()])
    return whole


def merge(session: Session, run_id: int, attempt: int) -> dict[str, Series]:
    """Merge an attempt's chunks into one per metric.

    Return the series by metric.
    """
    mine = (ChunkRow.run_id == run_id, ChunkRow.attempt == attempt)
    chunks = session.execute(_chunks().where(*mine)).all()
    merged = {metric: joined(rows) for metric, rows in _grouped(chunks, "metric")}
    if len(chunks) > len(merged):
        session.execute(delete(ChunkRow).where(*mine))
        session.execute(
            _STORE,
            [_row(run_id, attempt, metric, series) for metric, series in merged.items()],
        )
    return merged


def read(
    session: Session, run_ids: Sequence[int], metrics: Sequence[str] | None = None, *, attempt: int | None = None
) -> dict[int, dict[str, Series]]:
    """Return the series of runs, by run and metric.

    Runs without points are absent.

    Args:
        metrics: None for every metric.
        attempt: None for each run's current attempt.
    """
    by_run: dict[int, dict[str, Series]] = {}
    for start in range(0, len(run_ids), _IDS_A_QUERY):
        query = _chunks().where(ChunkRow.run_id.in_(run_ids[start : start + _IDS_A_QUERY]))
        if attempt is None:
            query = query.join(RunRow, (RunRow.id == ChunkRow.run_id) & (RunRow.attempt == ChunkRow.attempt))
        else:
            query = query.where(ChunkRow.attempt == attempt)
        if metrics is not None:
            query = query.where(ChunkRow.metric.in_(metrics))
        for run_id, of_run in _grouped(session.execute(query).all(), "run_id"):
            by_run[run_id] = {metric: joined(rows) for metric, rows in _grouped(of_run, "metric")}
    return by_run


def has(session: Session, study_id: int, metric: str) -> bool:
    """Tell whether a run of the study has reported the metric."""
    query = select(ChunkRow.run_id).join(RunRow, RunRow.id == ChunkRow.run_id)
    return session.scalar(query.where(RunRow.study_id == study_id, ChunkRow.metric == metric).limit(1)) is not None


def joined(chunks: Sequence[Row[int, str, int, bytes, bytes, bool]]) -> Series:
    """Join chunks ordered by their first step into a series.

    If two chunks overlap, the points of the later one count.
    """
    if len(chunks) == 1:
        return unpack(chunks[0].steps, chunks[0].values, fractional=chunks[0].fractional)
    parts = [unpack(chunk.steps, chunk.values, fractional=chunk.fractional) for chunk in chunks]
    return ascending(
        Series(np.concatenate([part.steps for part in parts]), np.concatenate([part.values for part in parts]))
    )


def ascending(series: Series) -> Series:
    """Sort a series by step, keeping each step once.

    Of several points at one step, the one reported last counts.
    """
    steps, values = series
    if np.all(np.diff(steps) > 0):
        return series
    # np.unique keeps the first of equal steps: read backwards, that is the one reported last.
    _, places = np.unique(steps[::-1], return_index=True)
    places = len(steps) - 1 - places
    return Series(steps[places], values[places])


def _chunks() -> Select[int, str, int, bytes, bytes, bool]:
    return select(
        ChunkRow.run_id, ChunkRow.metric, ChunkRow.first_step, ChunkRow.steps, ChunkRow.values, ChunkRow.fractional
    ).order_by(ChunkRow.run_id, ChunkRow.attempt, ChunkRow.metric, ChunkRow.first_step)


def _grouped(
    rows: Iterable[Row[int, str, int, bytes, bytes, bool]], column: str
) -> Iterator[tuple[Any, list[Row[int, str, int, bytes, bytes, bool]]]]:
    for key, group in itertools.groupby(rows, attrgetter(column)):
        yield key, list(group)


def _row(run_id: int, attempt: int, metric: str, series: Series) -> dict[str, Any]:
    steps, values = pack(*series)
    return {
        "run_id": run_id,
        "attempt": attempt,
        "metric": metric,
        "first_step": _first(series.steps),
        "fractional": series.steps.dtype.kind == "f",
        "count": len(series.steps),
        "steps": steps,
        "values": values,
    }


def _first(steps: Steps) -> int:
    """Return the chunk's key.

    The key is its first step. For a fractional step it is the bits of the number, which sort the same way.
    """
    first = steps[0]
    return int(first) if steps.dtype.kind == "i" else int(np.float64(first).view(np.int64))
