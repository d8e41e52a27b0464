"""Workers and queues as an operator sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.errors import Unavailable
from seedspread.observe import sentences
from seedspread.storage import recovery, runs, workers
from seedspread.storage.workers import Listed, Stretch, Training, Waiting
from seedspread.views.service import (
    LATELY_S,
    QueueView,
    TrainingView,
    WaitingView,
    WorkerState,
    WorkerView,
)

QUEUES = ("cpu", "gpu")
MOST_STUDIES = 20
"""How many waiting studies of a queue are named."""
SHORTEST_S = 5.0
"""Below so many seconds nothing is said of how busy somebody is, or how fast a queue moves."""


def list_workers(ctx: Context) -> list[WorkerView]:
    """Return every registered worker, ordered by name.

    Raises:
        Unavailable: the database is unavailable.
    """
    now = ctx.clock()
    with ctx.database.reading() as session:
        registered = workers.listed(session, now, ctx.settings.lease_s)
        at_work = workers.training(session, [worker.run_id for worker in registered if worker.run_id is not None])
        stretches = workers.ended(session, now - timedelta(seconds=LATELY_S))
    of = {worker.name: [stretch for stretch in stretches if stretch.worker == worker.name] for worker in registered}
    return [_worker(worker, at_work.get(worker.run_id or 0), of[worker.name], now) for worker in registered]


def list_queues(ctx: Context) -> list[QueueView]:
    """Return every queue: its workers, its waiting runs and its rate.

    Each queue names the problem if the broker is unavailable.

    Raises:
        Unavailable: the database is unavailable.
    """
    now = ctx.clock()
    with ctx.database.reading() as session:
        counts = runs.by_queue(session)
        studies = workers.waiting(session)
        wanted = workers.wanted(session)
        stretches = workers.ended(session, now - timedelta(seconds=LATELY_S))
        registered = workers.listed(session, now, ctx.settings.lease_s)
        abilities = workers.abilities(session, now, ctx.settings.lease_s)
        blocked = recovery.blocked(session, abilities, largest_bytes=ctx.settings.max_shared_bytes).reasons
    names = list(dict.fromkeys([*QUEUES, *counts, *(worker.queue for worker in registered)]))
    return [
        _Queue(
            name=name,
            counts=dict.fromkeys((RunState.QUEUED, RunState.RUNNING), 0) | counts.get(name, {}),
            alive=[worker for worker in registered if worker.queue == name and worker.alive],
            studies=[entry for entry in studies if entry.queue == name],
            wanted=wanted.get(name, {}),
            stretches=[entry for entry in stretches if entry.queue == name],
            blocked=blocked,
        ).view(ctx, now)
        for name in names
    ]


def _worker(worker: Listed, at_work: Training | None, stretches: Sequence[Stretch], now: datetime) -> WorkerView:
    state: WorkerState = "silent" if not worker.alive else "idle" if worker.run_id is None else "training"
    since = max(worker.started_at, now - timedelta(seconds=LATELY_S))
    span_s = (now - since).total_seconds()
    trained_s = sum((stretch.ended_at - max(stretch.started_at, since)).total_seconds() for stretch in stretches)
    if state == "training" and at_work is not None and at_work.started_at is not None:
        trained_s += (now - max(at_work.started_at, since)).total_seconds()
    own = {name: getattr(worker, name) for name in WorkerView.model_fields if hasattr(worker, name)}
    return WorkerView(
        **own | {"lacks": list(dict.fromkeys(worker.lacks.values()))},
        recipes=worker.offers,
        state=state,
        beat_age_s=max(0.0, (now - worker.beat_at).total_seconds()),
        training=None if at_work is None else TrainingView(**vars(at_work)),
        ended_lately=len(stretches),
        busy=min(1.0, max(0.0, trained_s / span_s)) if worker.alive and span_s >= SHORTEST_S else None,
    )


@dataclass(frozen=True)
class _Queue:
    """State of one queue, without the broker's view."""

    name: str
    counts: Mapping[RunState, int]
    alive: Sequence[Listed]
    studies: Sequence[Waiting]
    wanted: Mapping[str, int]
    stretches: Sequence[Stretch]
    blocked: Mapping[int, str]

    @property
    def queued(self) -> int:
        return self.counts[RunState.QUEUED]

    @property
    def busy(self) -> int:
        return sum(worker.run_id is not None for worker in self.alive)

    def view(self, ctx: Context, now: datetime) -> QueueView:
        messages: int | None = None
        blocked: str | None = None
        try:
            messages = ctx.broker.depth(self.name)
        except Unavailable as error:
            blocked = f"{error.message} ({error.hint})" if error.hint else error.message
        if blocked is None and self.queued and not self.alive:
            blocked = sentences.no_worker(self.name)
        rate = self._rate_per_s(now)
        to_come = self.queued + self.counts[RunState.RUNNING]
        moves = rate is not None and to_come and self.alive and blocked is None
        return QueueView(
            name=self.name,
            runs=dict(self.counts),
            messages=messages,
            workers=len(self.alive),
            busy=self.busy,
            blocked=blocked,
            why=self._why(messages, blocked, ctx.settings.resend_s),
            ended_lately=len(self.stretches),
            rate_per_s=rate,
            left_s=to_come / rate if moves and rate is not None else None,
            waiting=[
                WaitingView(
                    study_id=study.study_id,
                    study=study.study,
                    queued=study.queued,
                    running=study.running,
                    blocked=self.blocked.get(study.study_id) if study.queued else None,
                )
                for study in self.studies[:MOST_STUDIES]
            ],
            waiting_studies=len(self.studies),
        )

    def _rate_per_s(self, now: datetime) -> float | None:
        """Return runs ended per second of training, without idle time."""
        if not self.stretches:
            return None
        since = now - timedelta(seconds=LATELY_S)
        active_s = _covered_s(self.stretches, since)
        return len(self.stretches) / active_s if active_s >= SHORTEST_S else None

    def _why(self, messages: int | None, blocked: str | None, resend_s: float) -> list[str]:
        reasons = []
        if blocked is None and self.queued and self.busy == len(self.alive):
            reasons.append(sentences.all_busy(self.busy))
        if blocked is None and self.queued and messages == 0 and not self.busy:
            reasons.append(sentences.messages_lost(resend_s))
        for worker, number in self.wanted.items():
            reasons.append(sentences.wanted_by(number, worker))
        cancelling = sum(study.cancelling for study in self.studies)
        if cancelling:
            reasons.append(sentences.stopping(cancelling))
        if messages is not None and messages > self.queued:
            reasons.append(sentences.surplus_messages(messages - self.queued))
        return reasons


def _covered_s(stretches: Sequence[Stretch], since: datetime) -> float:
    """Return the seconds after `since` with at least one run training."""
    covered, reached = 0.0, since
    for stretch in sorted(stretches, key=lambda stretch: stretch.started_at):
        start = max(stretch.started_at, reached)
        if stretch.ended_at > start:
            covered += (stretch.ended_at - start).total_seconds()
            reached = stretch.ended_at
    return covered
