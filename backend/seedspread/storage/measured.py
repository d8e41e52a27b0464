"""Read one number per run for statistics, whatever the run's state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from seedspread.core.report import FailureKind
from seedspread.core.states import TERMINAL, AdaptiveState, RunState
from seedspread.storage.tables import ArmRow, EnvironmentRow, ExamplesRow, RunRow, StudyRow, SummaryRow


class MeasuredRun(NamedTuple):
    """Run and its number of one metric.

    `number` is NaN for a run that reported NaN, None for a run that reported no value. `steps` counts the values of its
    series, `rising` says that none before the last is as good as the last.
    """

    id: int
    arm: int
    seed: int
    state: RunState
    excluded_reason: str | None
    number: float | None
    steps: int = 0
    rising: bool = False


def revision(session: Session, study_id: int) -> str | None:
    """Return a token that changes with a study's runs or looks.

    Return None if there is no such study.
    """
    row = session.execute(select(StudyRow.adaptive, StudyRow.looks).where(StudyRow.id == study_id)).one_or_none()
    if row is None:
        return None
    plan = AdaptiveState.of(row.adaptive)
    elsewhere = row.looks or {}
    taken = (elsewhere.get("planned", 0), len(elsewhere.get("taken", ())), elsewhere.get("rule"))
    looks = f"{plan.looks}{'' if plan.open else ' closed'}/{taken}"
    # Beside the last change's time, which moves with the clocks of several machines, all that a change can move.
    query = select(
        func.max(RunRow.touched_at),
        func.count(),
        func.sum(RunRow.attempt),
        func.sum(RunRow.step),
        func.count(RunRow.excluded_reason),
        *(func.sum(case((RunRow.state == state, 1), else_=0)) for state in RunState),
    ).where(RunRow.study_id == study_id)
    touched, *counts = session.execute(query).one()
    return "/".join(map(str, (touched.isoformat() if touched else "-", looks, *counts)))


def settled_revision(session: Session, study_id: int) -> str:
    """Return a token that changes with a study's ended runs and looks.

    It stays while runs only start and train on.
    """
    ended = RunRow.state.in_(TERMINAL)
    query = select(
        func.max(case((ended, RunRow.touched_at))),
        func.count(),
        func.sum(RunRow.attempt),
        func.count(RunRow.excluded_reason),
        *(func.sum(case((RunRow.state == state, 1), else_=0)) for state in sorted(TERMINAL)),
    ).where(RunRow.study_id == study_id)
    looks = session.execute(select(StudyRow.adaptive, StudyRow.looks).where(StudyRow.id == study_id)).one_or_none()
    return repr((*session.execute(query).one(), *(looks or ())))


def runs(session: Session, study_id: int, metric: str, summary: str) -> list[MeasuredRun]:
    """Return every run of a study except replays, by arm and position."""
    number = SummaryRow.of(summary)
    query = (
        select(
            RunRow.id,
            ArmRow.position,
            RunRow.seed,
            # A run that no worker could train says nothing about its arm: it did not fail.
            case((RunRow.failure == FailureKind.INFRASTRUCTURE, RunState.CANCELLED), else_=RunRow.state),
            RunRow.excluded_reason,
            number,
            SummaryRow.count,
            SummaryRow.best_step == SummaryRow.last_step,
        )
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .outerjoin(SummaryRow, (SummaryRow.run_id == RunRow.id) & (SummaryRow.metric == metric))
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
        .order_by(ArmRow.position, RunRow.position, RunRow.id)
    )
    # A stored NaN is a NULL too: whether the summary is there tells it from a metric that was not reported.
    return [
        MeasuredRun(run, arm, seed, RunState(state), reason, None if steps is None else value, steps or 0, bool(rising))
        for run, arm, seed, state, reason, value, steps, rising in session.execute(query)
    ]


def batches(session: Session, study_id: int) -> tuple[int, ...]:
    """Return the number of seeds per batch, replays excluded.

    The first batch is every seed requested before any run had ended; each later request is a batch of its own.
    """
    query = (
        select(RunRow.created_at, func.count(RunRow.seed.distinct()), func.min(RunRow.finished_at))
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
        .group_by(RunRow.created_at)
        .order_by(RunRow.created_at)
    )
    batch_sizes: list[int] = []
    first_end: datetime | None = None
    for created_at, seeds, ended_at in session.execute(query):
        if batch_sizes and (first_end is None or created_at < first_end):
            batch_sizes[-1] += seeds
        else:
            batch_sizes.append(seeds)
        first_end = min((at for at in (first_end, ended_at) if at is not None), default=None)
    return tuple(batch_sizes)


def levels(session: Session, study_id: int) -> dict[int, dict[str, int]]:
    """Return the levels of factorial sources, by run.

    Runs of arms without crossed levels are absent.
    """
    query = select(RunRow.id, RunRow.sources).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    by_run = {}
    for run, sources in session.execute(query):
        crossed = {name: value["level"] for name, value in sources.items() if value.get("level") is not None}
        if crossed:
            by_run[run] = crossed
    return by_run


def examples(session: Session, run_ids: Sequence[int]) -> dict[int, NDArray[np.bool_]]:
    """Return per-example correctness by run: bool, shape (examples,).

    Runs that did not report it are absent.
    """
    by_run: dict[int, NDArray[np.bool_]] = {}
    for start in range(0, len(run_ids), 10_000):
        query = (
            select(ExamplesRow.run_id, ExamplesRow.count, ExamplesRow.correct)
            .join(RunRow, (RunRow.id == ExamplesRow.run_id) & (RunRow.attempt == ExamplesRow.attempt))
            .where(ExamplesRow.run_id.in_(run_ids[start : start + 10_000]))
        )
        for run, count, correct in session.execute(query):
            by_run[run] = np.unpackbits(np.frombuffer(correct, np.uint8), count=count).astype(bool)
    return by_run


def environments(session: Session, study_id: int) -> list[dict[str, Any]]:
    """Return the distinct environments of a study's runs, replays excluded."""
    own = select(RunRow.environment).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    query = select(EnvironmentRow).where(EnvironmentRow.digest.in_(own)).order_by(EnvironmentRow.digest)
    return [row.content for row in session.scalars(query)]
