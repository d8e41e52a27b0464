"""Send a study part by part, each part exactly once.

An interrupted transfer resumes at the next call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from seedspread.core.states import TERMINAL
from seedspread.errors import Unavailable
from seedspread.recording.parts import PackedSeries, RunPart
from seedspread.sending.files import content_of
from seedspread.sending.studies import SentStudy
from seedspread.views.imports import ImportedFile, ImportedRun, ImportedStudy, ReceivedParts, ReceivedStudy

POINTS_A_PART = 250_000
POINTS_A_REQUEST = 500_000  # of a request that a proxy accepts and a service handles within seconds
RUNS_A_REQUEST = 100
Answer = TypeVar("Answer")

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # half a minute in all: a service that restarts is back by then


class Receiver(Protocol):
    """Receiver of studies: a service, or the use cases over a database."""

    def announce(self, external_id: str, study: ImportedStudy) -> ReceivedStudy:
        """Announce a study; return which of its runs are stored."""

    def send_parts(self, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
        """Store parts, all or none, skipping those that are stored."""

    def lacking_files(self, external_id: str, digests: Sequence[str]) -> list[str]:
        """Return those of the digests whose contents are not stored."""

    def send_file(self, external_id: str, sha256: str, content: bytes) -> None:
        """Store the content of a file."""


@dataclass
class Sent:
    """Result of sending: the study's id at the receiver, and counts."""

    study_id: int
    runs: int = 0
    points: int = 0
    skipped: int = 0
    files: int = 0


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
    announced = _patiently(lambda: receiver.announce(study.external_id, study.study), pauses_s)
    sent = Sent(announced.study_id)
    batch: list[RunPart] = []

    def flush() -> None:
        if batch:
            answer = _patiently(lambda: receiver.send_parts(study.external_id, batch), pauses_s)
            sent.points += answer.points
            batch.clear()

    for at, (run, _) in enumerate(study.runs):
        arrived = announced.runs.get(run.run_id)
        if arrived is not None and arrived.state in TERMINAL:
            sent.skipped += 1
            continue
        if run.state not in TERMINAL:
            continue
        sent.runs += 1
        complete, located = study.complete(at)
        complete = _send_files(study.external_id, complete, located, receiver, sent, pauses_s)
        for part in _parts(study, at, complete):
            # Parts that arrived before an interruption are sent again only if the run is small; the service knows them.
            if arrived is not None and part.sequence < arrived.parts:
                continue
            batch.append(part)
            if sum(item.points for item in batch) >= points_a_request or len(batch) >= RUNS_A_REQUEST:
                flush()
        progress(at + 1, len(study.runs))
    flush()
    return sent


def _send_files(
    external_id: str,
    run: ImportedRun,
    located: Mapping[str, tuple[ImportedFile, Path]],
    receiver: Receiver,
    sent: Sent,
    pauses_s: Sequence[float],
) -> ImportedRun:
    """Send the files of a run whose contents are lacking.

    Return the run as it is to be listed. A file that changes while it is sent is listed by its digest alone.
    """
    listed = {file.path: file for file in run.files or []}
    paths = {file.sha256: file.path for file in listed.values() if file.sent}
    if not paths:
        return run
    for sha256 in _patiently(lambda: receiver.lacking_files(external_id, list(paths)), pauses_s):
        file, path = located[paths[sha256]]
        content = content_of(file, path)
        if content is None:
            same = [other for other in listed.values() if other.sha256 == sha256]
            listed |= {other.path: other.model_copy(update={"sent": False}) for other in same}
            continue
        send = partial(receiver.send_file, external_id, sha256, content)
        _patiently(send, pauses_s)
        sent.files += 1
    return run.model_copy(update={"files": list(listed.values())})


def _parts(study: SentStudy, at: int, run: ImportedRun) -> Iterator[RunPart]:
    """Yield the parts of one run; the last one is final."""
    record = run.model_dump(mode="json")
    for name in ("usage", "position"):
        if record[name] is None:
            del record[name]  # services of before it would refuse the field
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
