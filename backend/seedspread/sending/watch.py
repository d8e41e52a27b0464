"""Show study folders while they are written.

A watch sends runs that have ended, and how far the others have come, and records in the folder which verdicts were
shown here. It can be killed at any moment: what is stored
follows from the folder alone, so the next watch goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.readers.formats.vocabulary import metric_rank
from seedspread.readers.roles import likely_metric
from seedspread.recording import Run, StudyWriter, is_study_folder, open_study
from seedspread.recording.files import replace
from seedspread.recording.parts import PackedSeries
from seedspread.sending.files import log_tail, usage_of
from seedspread.sending.push import Receiver, push
from seedspread.sending.studies import from_folder
from seedspread.sending.wording import look_not_recorded, metric_unclear

_MAY_DECIDE: Final = (1, 1)
REST: Final = 9.0
"""Ratio of pause to working time of a watch: large folders leave most of a core free."""


class LiveReceiver(Receiver, Protocol):
    """Receiver that also takes runs that are still being written."""

    def is_stored(self, external_id: str) -> bool:
        """Return True if the study is stored."""

    def shown_looks(self, study_id: int) -> list[tuple[int, int]]:
        """Return seeds and planned seeds of verdicts shown since, and forget them."""

    def send_live(self, external_id: str, record: Mapping[str, Any], series: Sequence[PackedSeries]) -> bool:
        """Store a run's progress; return False if it has ended here."""


class FolderWatch:
    """Watch over folders of studies.

    Args:
        folders: study folders, or folders of such.
        note: file that lists the studies sent before, so that one that a person deleted stays deleted.
        warn: called once with each problem of a folder.
    """

    def __init__(self, folders: Sequence[Path], note: Path, warn: Callable[[str], object]) -> None:
        self.folders, self.note, self.warn = tuple(folders), note, warn
        self._seen: dict[Path, object] = {}
        self._runs: dict[str, object] = {}
        self._ids: dict[Path, int] = {}
        self._warned: set[str] = set()
        self._not_before = 0.0

    def look(self, receiver: LiveReceiver) -> int:
        """Send changes since the last look.

        Return the number of studies that changed.
        """
        began = time.monotonic()
        if began < self._not_before:
            return 0
        changed = 0
        for folder in self._studies():
            self._note_looks(folder, receiver)
            state = folder_state(folder)
            if self._seen.get(folder) == state:
                continue
            try:
                live = self._send(folder, receiver)
            except SeedspreadError as error:
                self._warn(f"{folder}: {error.message}")
                live = not isinstance(error, InvalidInput)  # trouble of the database passes
            if not live:
                self._seen[folder] = state
            changed += 1
        self._not_before = time.monotonic() + REST * (time.monotonic() - began)
        return changed

    def _studies(self) -> list[Path]:
        folders = []
        for folder in self.folders:
            if is_study_folder(folder):
                folders.append(folder)
            elif folder.is_dir():
                folders += [path for path in sorted(folder.iterdir()) if is_study_folder(path)]
        return folders

    def _send(self, folder: Path, receiver: LiveReceiver) -> bool:
        """Send a folder; return True while a run is being written."""
        opened = open_study(folder)
        for problem in opened.problems:
            self._warn(problem)
        counted = opened.counted()
        running = [run for run in counted if run.state == "running"]
        ended = len(running) < len(counted)
        names = [] if opened.study.metric else opened.metrics()
        if not counted or not (opened.study.metric or (names if ended else _is_clear(names))):
            return True  # what decides has not been reported yet
        external_id = opened.study.study_id
        if self._is_deleted(external_id, receiver):
            return False
        unclear = names and len(names) > 1 and likely_metric(names) is None
        sent = from_folder(opened, metric=names[0] if unclear else None, live=True)
        if unclear:
            self._warn(metric_unclear(folder, names[0], names))
        if any(run.state != "running" and self._runs.get(run.record.run_id) != "ended" for run in counted):
            self._ids[folder] = push(sent, receiver, pauses_s=()).study_id
            self._runs |= {run.record.run_id: "ended" for run in counted if run.state != "running"}
        elif running and external_id not in self._runs:
            self._ids[folder] = receiver.announce(external_id, sent.study).study_id
        self._runs[external_id] = "announced"
        self._remember(external_id)
        for at, (described, run) in enumerate(sent.runs):
            if run.state == "running" and self._runs.get(described.run_id) != (size := _size(run)):
                record = described.model_copy(update={"log_tail": log_tail(run), "usage": usage_of(run)})
                receiver.send_live(external_id, record.model_dump(mode="json"), list(sent.series(at)))
                self._runs[described.run_id] = size
        return bool(running)

    def _note_looks(self, folder: Path, receiver: LiveReceiver) -> None:
        """Record in the folder that its verdict was shown here."""
        study_id = self._ids.get(folder)
        for seeds, planned in receiver.shown_looks(study_id) if study_id is not None else ():
            try:
                StudyWriter(folder).note_look(seeds, planned)
            except SeedspreadError as error:
                self._warn(look_not_recorded(folder, error.message))

    def _is_deleted(self, external_id: str, receiver: LiveReceiver) -> bool:
        return external_id in self._noted() and not receiver.is_stored(external_id)

    def _noted(self) -> list[str]:
        try:
            return list(json.loads(self.note.read_bytes())["studies"])
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _remember(self, external_id: str) -> None:
        noted = self._noted()
        if external_id not in noted:
            self.note.parent.mkdir(parents=True, exist_ok=True)
            replace(self.note, {"studies": [*noted, external_id]}, sync=False)

    def _warn(self, problem: str) -> None:
        if problem not in self._warned:
            self._warned.add(problem)
            self.warn(problem)


def _is_clear(names: Sequence[str]) -> bool:
    """Return True if a result that may decide has been reported.

    While the first epoch is trained there may be losses alone.
    """
    likely = likely_metric(names)
    return likely is not None and metric_rank(likely) >= _MAY_DECIDE


def folder_state(folder: Path) -> object:
    """Return a value that changes when a run begins or ends."""
    manifests = sorted(folder.glob("runs/*/manifest.json"))
    return [_stamp(folder / "study.json"), *map(_stamp, manifests)]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def _size(run: Run) -> object:
    """Return the sizes of the files that a run appends to."""
    return [_stamp(path) for path in sorted(run.folder.glob("*.*")) if path.suffix in {".jsonl", ".txt"}]
