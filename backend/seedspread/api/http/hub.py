"""Send changes of studies to browsers.

Each process has one poller, which reads only studies that have listeners.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from seedspread.access.shares import ended_among
from seedspread.access.tokens import Holder, revoked_among
from seedspread.api.http.sentences import events_fail
from seedspread.context import Context
from seedspread.core.pace import UNKNOWN, Pace, Timed, pace
from seedspread.core.states import RunState
from seedspread.errors import Unavailable
from seedspread.storage import runs, studies
from seedspread.storage import runs as timing
from seedspread.storage.runs import Moved

log = structlog.get_logger(__name__)

POLL_S = 0.25  # people see no delay below it, and one query serves every listener
OVERLAP_S = 10.0
"""A poll asks again for what was touched this long before the one before: transactions do not commit in the order of
their times, and workers' clocks differ."""
RESYNC_S = 15.0
"""Every so often everything is read again, so that nothing is missed for good."""


@dataclass(frozen=True)
class Update:
    """Update for a listener: changed runs, counts, pace.

    Replays are among the runs but not in the counts. `runs` is None if the study was deleted.
    """

    revision: int
    runs: Sequence[Moved] | None
    counts: dict[RunState, int] = field(default_factory=dict)
    pace: Pace = UNKNOWN


@dataclass
class _Watched:
    """Study with listeners: each run as last seen, and its last revision."""

    listeners: int = 0
    seen: dict[int, Moved] = field(default_factory=dict)
    moved_at: dict[int, int] = field(default_factory=dict)
    revision: int = -1
    polled_at: datetime | None = None
    read_at: float = 0.0
    mark: Hashable = None
    gone: bool = False
    polling: asyncio.Lock = field(default_factory=asyncio.Lock)
    counts: dict[RunState, int] = field(default_factory=dict)
    pace: Pace = UNKNOWN


class Hub:
    """Poller of the studies that have listeners.

    It wakes the listeners when something changed; run `run` as a task.
    """

    def __init__(self, ctx: Context, *, poll_s: float = POLL_S) -> None:
        self._ctx = ctx
        self._poll_s = poll_s
        self._watched: dict[int, _Watched] = {}
        self._moved = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._closed = False
        self._holders: Counter[Holder] = Counter()  # listeners by whose token or link they came with
        self._revoked: set[Holder] = set()
        self._problems: dict[str, str] = {}  # of the last round, by what failed

    async def run(self) -> None:
        """Poll until cancelled."""
        while not self._closed:
            await self._wanted.wait()
            await self._round()
            await asyncio.sleep(self._poll_s)

    @property
    def problem(self) -> str | None:
        """Return what went wrong in the last round.

        It is None if nothing did, or if nobody listens.
        """
        return next(iter(self._problems.values()), None) if self._watched else None

    async def _round(self) -> None:
        """Poll each study and end what was revoked.

        A part that fails keeps no other from its turn.
        """
        parts: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("revoked tokens", partial(self._end, revoked_among)),
            ("ended links", partial(self._end, ended_among)),
            *((f"study {study_id}", partial(self._poll, study_id)) for study_id in list(self._watched)),
        ]
        problems: dict[str, str] = {}
        for part, work in parts:
            try:
                await work()
            except Unavailable as error:
                problems[part] = error.message
                if part not in self._problems:
                    log.warning("events wait for the database", problem=error.message)
                break  # the other parts would wait as long, for the same database
            except Exception as error:
                # The loop has to outlive a fault of ours: without it no stream hears of a change or a revocation.
                problems[part] = events_fail(part, type(error).__name__)
                # Four rounds a second would fill the log with one traceback.
                if self._problems.get(part) != problems[part]:
                    log.exception("a round of the event streams failed", part=part)
        self._problems = problems

    async def close(self) -> None:
        """End every stream; what is asked for afterwards ends at once."""
        self._closed = True
        self._wanted.set()
        async with self._moved:
            self._moved.notify_all()

    async def _end(self, refused_among: Callable[[Context, Collection[Holder]], set[Holder]]) -> None:
        """End the streams of tokens or links that any process revoked."""
        holders = [holder for holder in self._holders if holder not in self._revoked]
        if holders and (refused := await asyncio.to_thread(refused_among, self._ctx, holders)):
            self._revoked |= refused
            async with self._moved:
                self._moved.notify_all()

    def _is_over(self, holder: Holder | None) -> bool:
        return self._closed or holder in self._revoked

    async def listen(self, study_id: int, after: int | None, holder: Holder | None = None) -> AsyncIterator[Update]:
        """Yield the changes since revision `after`, then each new change.

        If `after` is None, the first update has every run. The iterator ends when the study is deleted (the last update
        says so), the hub is closed or the listener's token or link is revoked.

        Args:
            holder: who listens, None if no token is needed.

        Raises:
            Unavailable: the database is unavailable when the stream begins.
        """
        watched = self._watched.setdefault(study_id, _Watched())
        watched.listeners += 1
        if holder is not None:
            self._holders[holder] += 1
        self._wanted.set()
        try:
            if watched.revision < 0:
                await self._poll(study_id)
            heard = -1 if after is None else min(after, watched.revision)
            first = True
            while not self._is_over(holder):
                if watched.gone:
                    yield Update(watched.revision, None)
                    return
                if first or watched.revision > heard:
                    update = self._update_since(watched, heard)
                    heard, first = watched.revision, False
                    yield update
                async with self._moved:
                    if not self._is_over(holder) and not watched.gone and watched.revision <= heard:
                        await self._moved.wait()
        finally:
            watched.listeners -= 1
            self._holders -= Counter([holder] if holder is not None else [])
            if not watched.listeners and self._watched.get(study_id) is watched:
                del self._watched[study_id]
            if not self._watched and not self._closed:
                self._wanted.clear()

    async def _poll(self, study_id: int) -> None:
        watched = self._watched.get(study_id)
        if watched is None or watched.gone:
            return
        # One at a time: of two that overlap the older could be taken in last.
        async with watched.polling:
            changed = await self._look(watched, study_id)
        if changed:
            async with self._moved:
                self._moved.notify_all()

    async def _look(self, watched: _Watched, study_id: int) -> bool:
        clock = asyncio.get_running_loop().time()
        before, now = watched.polled_at, self._ctx.clock()
        everything = before is None or clock - watched.read_at > RESYNC_S
        since = None if everything or before is None else before - timedelta(seconds=OVERLAP_S)
        # Before reading: what is committed in between is read by the next poll.
        mark = await asyncio.to_thread(self._ctx.database.mark)
        if since is not None and mark == watched.mark:
            return False  # nothing was written, by anybody
        changes = await asyncio.to_thread(self._read, study_id, since)
        watched.polled_at, watched.mark = now, mark
        if changes is None:
            watched.gone = True
            return True
        return self._apply(watched, *changes, everything, clock)

    def _read(self, study_id: int, since: datetime | None) -> tuple[list[Moved], list[Timed]] | None:
        """Read changed runs, and the times that the pace is estimated from.

        Return None if the study does not exist.
        """
        with self._ctx.database.reading() as session:
            if studies.get(session, study_id) is None:
                return None
            moved = runs.moved(session, study_id, since)
            return moved, timing.timed(session, study_id) if moved else []

    def _apply(self, watched: _Watched, runs: list[Moved], timed: list[Timed], everything: bool, clock: float) -> bool:
        """Apply the result of a poll; return whether listeners must know."""
        moved = [run for run in runs if watched.seen.get(run.id) != run]
        first = watched.revision < 0
        if everything:
            watched.read_at = clock
            ids = {run.id for run in runs}
            for run_id in watched.seen.keys() - ids:
                del watched.seen[run_id], watched.moved_at[run_id]
        if not moved and not first:
            return False
        # Revisions are times, so that a browser's last one still means something after the service was restarted.
        watched.revision = max(watched.revision + 1, int(self._ctx.clock().timestamp() * 1000))
        for run in moved:
            watched.seen[run.id] = run
            late = int((run.touched_at.timestamp() + OVERLAP_S) * 1000)
            watched.moved_at[run.id] = min(late, watched.revision) if first else watched.revision
        counted = Counter(run.state for run in watched.seen.values() if not run.replay)
        watched.counts = {state: counted[state] for state in RunState}
        queued, running = watched.counts[RunState.QUEUED], watched.counts[RunState.RUNNING]
        watched.pace = pace(timed, queued, running, self._ctx.clock())
        return True

    def _update_since(self, watched: _Watched, heard: int) -> Update:
        moved = [watched.seen[run_id] for run_id, at in watched.moved_at.items() if at > heard]
        return Update(watched.revision, moved, watched.counts, watched.pace)
