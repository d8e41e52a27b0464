"""Smooth curves, and draw them along epochs or time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seedspread.analysis import sentences
from seedspread.context import Context
from seedspread.figures.curve_steps import rescaled, smoothed
from seedspread.stats.data.arms import ArmSeries
from seedspread.storage import runs as run_rows

STEP_NAMES = {"epoch": "epoch", "time": "second"}
"""Names of a step along an axis that is not the logged one."""


def factors(context: Context, run_ids: Iterable[int], along: str) -> dict[int, float]:
    """Return epochs or seconds per logged step, by run.

    Runs for which it is unknown are absent. along: `epoch` or `time`.
    """
    with context.database.reading() as session:
        rows = run_rows.progress(session, list(run_ids))
    amounts = {row.id: row.epoch if along == "epoch" else row.duration_s for row in rows}
    return {row.id: amount / row.step for row in rows if row.step > 0 and (amount := amounts[row.id])}


def changed_series(context: Context, arms: Sequence[ArmSeries], weight: str, along: str) -> tuple[ArmSeries, ...]:
    """Return arms smoothed, and along another axis.

    weight: in [0, 1). along: `logged` steps, `epoch` or `time`.
    """
    arms = tuple(smoothed(arm, float(weight)) for arm in arms)
    if along == "logged":
        return arms
    return rescaled(arms, factors(context, (run for arm in arms for run in arm.runs.tolist()), along))


def curve_notes(weight: str, along: str, step_name: str) -> tuple[str, ...]:
    """Say how the curves were changed; empty where they were not."""
    notes = [sentences.smoothed(weight)] if float(weight) > 0 else []
    if along == "time":
        notes.append(sentences.along_time(step_name))
    return tuple(notes)
