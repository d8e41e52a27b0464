"""Estimate a study's rate and time left.

The API, the events, the page and the command line all show this estimate.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

RATE_S = 60.0
"""The rate is that of the last minute,"""
LEAST_ENDED = 8
"""or of as much longer as it takes for so many runs to have ended."""
LEAST_WARM = 4
"""So many runs that were not a worker's first have to have ended before anything is said."""
SAMPLE = 256
"""How many of the runs that ended last are looked at."""
SLOW_S = 20.0
"""Loading and compiling is a small part of a run from here on, so that first runs tell something too."""


class Timed(NamedTuple):
    """Start and finish of one training, with its worker.

    `finished_at` is None while the run is in progress.
    """

    worker: str
    arm: int
    started_at: datetime
    finished_at: datetime | None


class Pace(NamedTuple):
    """Runs per second and seconds left.

    Both are None until they can be estimated.
    """

    rate_per_s: float | None
    left_s: float | None


UNKNOWN = Pace(None, None)


def pace(timed: Sequence[Timed], queued: int, running: int, now: datetime) -> Pace:
    """Estimate a study's rate and the time left at that rate.

    A worker's first run of an arm loads and compiles, which takes many times as long as later runs, so such runs do not
    predict those to come. A run that lies partly within the measured window counts in part, and a run in progress
    counts by the time it has taken so far: the estimate does not jump with every run that ends.

    Args:
        timed: the runs that ended last (up to `SAMPLE`) and those in progress, in any order, without replays.
        queued: number of queued runs.
        running: number of runs in progress.
        now: the current time.
    """
    ended = sorted((run for run in timed if run.finished_at is not None), key=_end)
    going_on = bool(queued or running)
    typical = _typical(ended)
    if not typical or not ended:
        return UNKNOWN if going_on else Pace(None, 0.0)
    duration = statistics.fmean(map(_duration_s, typical))
    if not going_on:
        now = min(now, _end(ended[-1])) if (now - _end(ended[-1])).total_seconds() < RATE_S else now
    elif not running and (now - _end(ended[-1])).total_seconds() > max(RATE_S, 3 * duration):
        return UNKNOWN  # nobody trains any more
    rate = _rate(timed, typical, _since(ended, now), now, duration)
    if not rate:
        return UNKNOWN if going_on else Pace(None, 0.0)
    return Pace(rate, _left_s(timed, queued, running, now, duration, rate))


def _typical(ended: Sequence[Timed]) -> list[Timed]:
    """Return the runs that predict those to come.

    The list is empty while there are too few of them.
    """
    started: set[tuple[str, int]] = set()
    warm: list[Timed] = []
    for run in sorted(ended, key=lambda run: run.started_at):
        key = (run.worker, run.arm)
        if key in started:
            warm.append(run)
        started.add(key)
    if len(ended) >= 2 and statistics.fmean(map(_duration_s, warm or ended)) >= SLOW_S:
        return list(ended)
    if len(warm) >= LEAST_WARM:
        return warm
    return list(ended) if len(ended) >= SAMPLE else []


def _since(ended: Sequence[Timed], now: datetime) -> datetime:
    """Return the start of the time window that is measured."""
    enough = ended[-min(len(ended), LEAST_ENDED)].started_at
    return min(now - timedelta(seconds=RATE_S), enough)


def _rate(timed: Sequence[Timed], typical: Sequence[Timed], since: datetime, now: datetime, duration_s: float) -> float:
    """Return runs per second over all workers.

    Each worker counts from its first typical run. A worker that has ended none yet is assumed to be as fast as the
    others.
    """
    workers = {run.worker for run in timed if run.finished_at is None or run.finished_at >= since}
    rates = []
    for worker in workers:
        starts = [run.started_at for run in typical if run.worker == worker]
        begin = max(since, min(starts, default=now))
        if begin < now:
            mine = [run for run in timed if run.worker == worker]
            done = sum(_part(run, begin, now, duration_s) for run in mine)
            rates.append(done / (now - begin).total_seconds())
    return statistics.fmean(rates) * len(workers) if rates else 0.0


def _part(run: Timed, since: datetime, now: datetime, duration_s: float) -> float:
    """Return the share of a run done after `since`: 0 to 1."""
    begun = run.started_at.timestamp()
    end = run.finished_at.timestamp() if run.finished_at else max(now.timestamp(), begun + duration_s)
    inside = min(end, now.timestamp()) - max(begun, since.timestamp())
    return max(inside, 0.0) / (end - begun) if end > begun else float(end >= since.timestamp())


def _left_s(
    timed: Sequence[Timed], queued: int, running: int, now: datetime, duration_s: float, rate_per_s: float
) -> float:
    if not queued and not running:
        return 0.0
    elapsed = [(now - run.started_at).total_seconds() for run in timed if run.finished_at is None]
    to_go = [1 - min(max(spent, 0.0) / duration_s, 1.0) if duration_s else 0.0 for spent in elapsed]
    # A run may be counted as running before it is among those that are timed.
    waiting = queued + max(running - len(to_go), 0)
    return max((waiting + sum(to_go)) / rate_per_s, max(to_go, default=0.0) * duration_s)


def _end(run: Timed) -> datetime:
    return run.finished_at or run.started_at


def _duration_s(run: Timed) -> float:
    return (_end(run) - run.started_at).total_seconds()
