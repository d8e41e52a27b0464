"""Send a study folder run by run while it grows.

It can be killed at any moment, and so can the service: what is stored follows from the folder alone, and each run is
stored once, so the same call goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from seedspread.errors import InvalidInput, Unavailable
from seedspread.recording import is_study_folder, open_study
from seedspread.recording.files import is_locked
from seedspread.sending import sentences
from seedspread.sending.push import Receiver, Sent, push
from seedspread.sending.studies import from_folder
from seedspread.sending.watch import folder_state

LOOK_S: Final = 2.0  # a look reads sizes only, so this costs nothing that a training would notice
QUIET_S: Final = 15.0
"""Seconds without a run or a runner after which a study has ended: a loop needs some between two of its runs."""
PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further try while the service is away; the last one is repeated for as long as it takes."""


def follow(
    folder: Path,
    receiver: Receiver,
    tell: Callable[[str], object],
    *,
    metric: str | None = None,
    look_s: float = LOOK_S,
    quiet_s: float = QUIET_S,
    pauses_s: Sequence[float] = PAUSES_S,
) -> Sent:
    """Send runs as they end, until the study has ended.

    Args:
        folder: a study's folder, or where one will be written.
        receiver: of the study.
        tell: called with a sentence at every change.
        metric: the one that decides; None for the folder's.
        look_s, quiet_s: seconds between two looks, and without any change before the study has ended.
        pauses_s: seconds before each further try while the service is away.

    Returns:
        What was sent in all; the study's id is 0 if nothing was.

    Raises:
        InvalidInput: the folder is no study, or an ended study without a metric that decides.
        Conflict: the study was edited after it was sent.
    """
    total, sent_state, failures = Sent(0), object(), 0
    quiet_since: float | None = None
    if folder.exists() and not is_study_folder(folder) and any(folder.iterdir()):
        raise InvalidInput("FOLDER", str(folder), "a study folder, or where one will be written")
    tell(sentences.following(folder) if is_study_folder(folder) else sentences.waiting(folder))
    while True:
        busy = True
        if is_study_folder(folder):
            state = folder_state(folder)
            opened = open_study(folder)
            writing = any(run.state == "running" for run in opened.runs) or is_locked(folder / ".runner.lock")
            busy = writing or not opened.runs
            if state != sent_state and any(run.state != "running" for run in opened.counted()):
                quiet_since = None
                try:
                    sent = push(from_folder(opened, metric=metric), receiver, pauses_s=())
                except Unavailable as error:
                    if not failures:
                        tell(sentences.away(error.message))
                    time.sleep(pauses_s[min(failures, len(pauses_s) - 1)])
                    failures += 1
                    continue  # what waits is sent however long ago the study ended
                except InvalidInput:
                    if not busy:
                        raise
                    # The runs so far report several metrics or none; a later one may report the one that decides.
                else:
                    failures, sent_state = 0, state
                    total = _added(total, sent)
                    if sent.runs:
                        tell(sentences.arrived(total))
        now = time.monotonic()
        # A study may be resumed at once, so following ends only after it was quiet for a while.
        quiet_since = None if busy else quiet_since or now
        if quiet_since is not None and now - quiet_since >= quiet_s:
            return total
        time.sleep(look_s)


def _added(total: Sent, sent: Sent) -> Sent:
    return Sent(
        sent.study_id,
        total.runs + sent.runs,
        total.points + sent.points,
        # Runs of earlier looks are there already at every further one.
        max(0, sent.skipped - total.runs),
        total.files + sent.files,
    )
