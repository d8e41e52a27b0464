"""Curves of single runs, of one study or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis import sentences
from seedspread.analysis.figures.changed import STEP_NAMES, curve_notes, factors
from seedspread.analysis.figures.drawings import SMOOTH, X
from seedspread.analysis.measured import describe_metric
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.curve_steps import moving_average
from seedspread.figures.curves import RunLine
from seedspread.figures.curves_drawing import draw_run_curves
from seedspread.figures.kit.figure import Figure
from seedspread.storage import runs as run_rows
from seedspread.storage import series

MOST_RUNS = 100  # more lines than this cannot be told apart, and each carries its whole series
_OTHER = "val_"


@dataclass(frozen=True)
class _Run:
    """Run as its curve needs it."""

    id: int
    study_id: int
    arm: int
    name: str


def studies_of(context: Context, run_ids: Sequence[int]) -> tuple[int, ...]:
    """Return the studies of runs, each once.

    Raises:
        NotFound: runs that do not exist (any more), with what to leave out.
        InvalidInput: no runs, or more than 100.
    """
    return tuple(dict.fromkeys(run.study_id for run in _runs(context, run_ids)))


def draw_runs(
    context: Context,
    run_ids: Sequence[int],
    *,
    metric: str | None = None,
    partner: bool = False,
    log: bool = False,
    smooth: str | None = None,
    x: str | None = None,
) -> Figure:
    """Draw one metric of some runs, a line each.

    Args:
        metric: None for the one that decides the first run's study.
        partner: also the same metric of the other split, `loss` with `val_loss`.
        smooth, x: as of the figure `curves`; None for its defaults.

    Raises:
        NotFound: runs that do not exist (any more), with what to leave out.
        InvalidInput: no runs or more than 100, or a metric that neither recipe nor runs know.
    """
    chosen = _runs(context, run_ids)
    info, step_name = describe_metric(context, chosen[0].study_id, metric)
    names = [info.name, _partner(info.name)] if partner else [info.name]
    with context.database.reading() as session:
        by_run = series.read(session, [run.id for run in chosen], names)
    weight, along = SMOOTH.chosen(smooth), X.chosen(x)
    scales = None if along == "logged" else factors(context, by_run, along)
    lines = [
        RunLine(run.id, run.arm, run.name, name, *_changed(by_run[run.id][name], float(weight), run.id, scales))
        for run in chosen
        for name in sorted(names, key=len)
        if name in by_run.get(run.id, {}) and (scales is None or run.id in scales)
    ]
    return draw_run_curves(
        lines,
        info,
        runs=len(chosen),
        step_name=STEP_NAMES.get(along, step_name),
        log=log,
        more_notes=curve_notes(weight, along, step_name),
    )


def _changed(
    points: series.Series, weight: float, run: int, scales: Mapping[int, float] | None
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    steps = points.steps if scales is None else points.steps * scales[run]
    return np.asarray(steps), moving_average(np.asarray(points.values), weight)


def _partner(metric: str) -> str:
    return metric.removeprefix(_OTHER) if metric.startswith(_OTHER) else f"{_OTHER}{metric}"


def _runs(context: Context, run_ids: Sequence[int]) -> list[_Run]:
    wanted = tuple(dict.fromkeys(run_ids))
    if not 1 <= len(wanted) <= MOST_RUNS:
        raise InvalidInput("runs", ",".join(map(str, run_ids)), f"1 to {MOST_RUNS} runs")
    with context.database.reading() as session:
        rows = {row.id: row for row in run_rows.places(session, wanted)}
    missing = [run_id for run_id in wanted if run_id not in rows]
    if missing:
        raise NotFound("run", missing[0] if len(missing) == 1 else ", ".join(map(str, missing)), hint=sentences.GONE)
    return [
        _Run(row.id, row.study_id, row.arm, sentences.run_name(row.arm_name, row.seed, row.replay_of))
        for row in map(rows.__getitem__, wanted)
    ]
