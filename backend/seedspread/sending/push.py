"""Send a study part by part, each part exactly once.

An interrupted transfer resumes at the next call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from seedspread.core.states import TERMINAL
from seedspread.errors import Unavailable
from seedspread.recording.parts import PackedSeries, RunPart
from seedspread.sending.studies import SentStudy
from seedspread.views.imports import ImportedStudy, ReceivedParts, ReceivedStudy

POINTS_A_PART = 250_000
POINTS_A_REQUEST = 500_000
RUNS_A_REQUEST = 100
Answer = TypeVar("Answer")

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


class Receiver(Protocol):
    """Receiver of studies: a service, or the use cases over a database."""

    def announce(self, external_id: str, study: ImportedStudy) -> ReceivedStudy:
        """Announce a study; return which of its runs are stored."""

    def send_parts(self, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
        """Store parts, all or none, skipping those that are stored."""


@dataclass
class Sent:
    """Result of sending: the study's id at the receiver, and counts."""

    study_id: int
    runs: int = 0
    points: int = 0
    skipped: int = 0


def push(
    study: SentStudy,
    receiver: Receiver,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    pauses_s: Sequence[float] = PAUSES_S,
    points_a_request: int = POINTS_A_REQUEST,
) -> Sent:
    """Send the runs and parts of a study that the receiver lacks.

    Args:
        study: to send.
        receiver: of the study.
        progress: called with the number of runs done and the total number.
        pauses_s: seconds before each retry while the service is unavailable.
        points_a_request: number of points after which parts are sent.

    Raises:
        Unavailable: the service did not respond to any retry; calling again resumes.
        Conflict: the study was edited after it was sent.
    """
    there = _patiently(lambda: receiver.announce(study.external_id, study.study), pauses_s)
    sent = Sent(there.study_id)
    batch: list[RunPart] = []

    def flush() -> None:
        if batch:
            answer = _patiently(lambda: receiver.send_parts(study.external_id, batch), pauses_s)
            sent.points += answer.points
            batch.clear()

    for at, (run, _) in enumerate(study.runs):
        arrived = there.runs.get(run.run_id)
        if arrived is not None and arrived.state in TERMINAL:
            sent.skipped += 1
            continue
        sent.runs += 1
        for part in _parts(study, at):
            # Parts that arrived before an interruption are sent again only if the run is small; the service knows them.
            if arrived is not None and part.sequence < arrived.parts:
                continue
            batch.append(part)
            if sum(item.points for item in batch) >= points_a_request or len(batch) >= RUNS_A_REQUEST:
                flush()
        progress(at + 1, len(study.runs))
    flush()
    return sent


def _parts(study: SentStudy, at: int) -> Iterator[RunPart]:
    """Yield the parts of one run; the last one is final."""
    record = study.runs[at][0].model_dump(mode="json")
    pending: list[PackedSeries] = []
    size = sequence = 0
    last_part: RunPart | None = None
    for series in study.series(at):
        start = 0
        while start < series.count:
            end = min(series.count, start + POINTS_A_PART - size)
            pending.append(series.cut(start, end))
            size += end - start
            start = end
            if size >= POINTS_A_PART:
                if last_part is not None:
                    yield last_part
                last_part = RunPart(record, sequence, final=False, series=tuple(pending))
                sequence, pending, size = sequence + 1, [], 0
    if pending or last_part is None:
        if last_part is not None:
            yield last_part
        last_part = RunPart(record, sequence, final=False, series=tuple(pending))
    yield replace(last_part, final=True)


def _patiently(call: Callable[[], Answer], pauses_s: Sequence[float]) -> Answer:
    for pause in pauses_s:
        try:
            return call()
        except Unavailable:
            time.sleep(pause)
    return call()
