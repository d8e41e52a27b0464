"""Curves of single runs, of one study or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedspread.analysis import sentences
from seedspread.analysis.measured import describe_metric
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.curves import RunLine
from seedspread.figures.curves_drawing import draw_run_curves
from seedspread.figures.kit.figure import Figure
from seedspread.storage import runs as run_rows
from seedspread.storage import series

MOST_RUNS = 100
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
    context: Context, run_ids: Sequence[int], *, metric: str | None = None, partner: bool = False, log: bool = False
) -> Figure:
    """Draw one metric of some runs, a line each.

    Args:
        metric: None for the one that decides the first run's study.
        partner: also the same metric of the other split, `loss` with `val_loss`.

    Raises:
        NotFound: runs that do not exist (any more), with what to leave out.
        InvalidInput: no runs or more than 100, or a metric that neither recipe nor runs know.
    """
    chosen = _runs(context, run_ids)
    info, step_name = describe_metric(context, chosen[0].study_id, metric)
    names = [info.name, _partner(info.name)] if partner else [info.name]
    with context.database.reading() as session:
        by_run = series.read(session, [run.id for run in chosen], names)
    lines = [
        RunLine(run.id, run.arm, run.name, name, *(np.asarray(column) for column in by_run[run.id][name]))
        for run in chosen
        for name in sorted(names, key=len)
        if name in by_run.get(run.id, {})
    ]
    return draw_run_curves(lines, info, runs=len(chosen), step_name=step_name, log=log)


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
