"""Write run folders: studies, runs and everything that they report.

Files only grow, except for the records of studies and runs, which are replaced atomically.
"""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seedspread.errors import Conflict, InvalidInput
from seedspread.recording.files import Appender, Lock, cannot_write, digest, is_locked, json_text, non_finite, replace
from seedspread.recording.records import ArmRecord, RunRecord, StudyRecord, run_folder_name
from seedspread.resources.record import FORMAT, VERSION, Sample

_SERIES_LINE = 1_000  # a line that a crash tears loses this many points at most
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str).encode


def create_study(folder: Path, study: StudyRecord) -> StudyWriter:
    """Create a study's folder, or open the existing one.

    An existing folder keeps its own record.

    Raises:
        InvalidInput: there is a file of that name, or a study of a newer format.
        Unavailable: the folder cannot be written.
    """
    path = folder / "study.json"
    if not path.exists():
        if folder.exists() and not folder.is_dir():
            raise InvalidInput("folder", str(folder), "a folder, or a name that is still free")
        try:
            (folder / "runs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from error
        replace(path, study.to_json())
    return StudyWriter(folder)


def new_study(name: str, **others: Any) -> StudyRecord:
    """Return a study's record with a new id and the current time."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return StudyRecord(study_id=uuid.uuid4().hex, name=name, created=created, **others)


class StudyWriter:
    """Writer of a study folder.

    Several processes may write to the same folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "study.json"
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise InvalidInput("folder", str(folder), "a study folder, with a study.json") from None
        except ValueError as error:
            raise InvalidInput(str(path), str(error), "JSON; was the file edited?") from error
        self.study = StudyRecord.from_json(document, path)

    def update(self, study: StudyRecord) -> None:
        """Replace the study's record, for example after seeds were added.

        Looks that other processes recorded meanwhile are kept.

        Raises:
            Unavailable: the folder cannot be written.
        """
        with self._locked():
            self._replace(study)

    def ensure(self, arm: ArmRecord | None, seeds: Iterable[int] = ()) -> None:
        """Add missing arms and seeds to the study's record.

        Several processes may call it at the same time.

        Raises:
            Unavailable: the folder cannot be written.
        """
        if (arm is None or self.study.arm(arm.name) is not None) and set(seeds) <= set(self.study.seeds):
            return
        with self._locked():
            study = StudyWriter(self.folder).study
            if arm is not None and study.arm(arm.name) is None:
                study.arms.append(arm)
            study.seeds += sorted(set(seeds) - set(study.seeds))
            self._replace(study)

    def note_look(self, seeds: int, planned: int) -> None:
        """Record that a verdict was seen at so many seeds per arm.

        A verdict over more seeds pays for it. A look at the same numbers is recorded once. With it goes what decides
        the study now: a later verdict by another metric is exploratory.

        Args:
            seeds: per arm, that had ended.
            planned: per arm at that time; 0 without a plan.

        Raises:
            Unavailable: the folder cannot be written.
        """
        look = {"seeds": seeds, "planned": planned, "metric": self.study.metric, "summary": self.study.summary}
        if _numbers(look) in map(_numbers, self.study.looks):
            return
        self.study.looks.append({**look, "time": datetime.now(UTC).isoformat(timespec="seconds")})
        self.update(self.study)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = Lock(self.folder / ".lock")
        try:
            lock.acquire(wait=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        try:
            yield
        finally:
            lock.release()

    def _replace(self, study: StudyRecord) -> None:
        """Write the record with the looks that the folder has beside it."""
        numbers = [_numbers(look) for look in study.looks]
        stored = StudyWriter(self.folder).study.looks
        study.looks = [*(look for look in stored if _numbers(look) not in numbers), *study.looks]
        replace(self.folder / "study.json", study.to_json())
        self.study = study

    def begin(self, arm: str, seed: int | None, *, kind: str = "", **manifest: Any) -> RunWriter:
        """Start the next attempt at a run.

        Args:
            arm: its name.
            seed: 0 to 2**53 - 1, or None for runs without a seed.
            kind: "" for a run that counts; statistics ignore other kinds.
            manifest: further fields of `RunRecord`.

        Raises:
            Conflict: another process is recording this arm and seed.
            InvalidInput: a seed out of range.
            Unavailable: the folder cannot be written.
        """
        attempt = 1
        while True:
            folder = self.folder / "runs" / run_folder_name(arm, seed, attempt, kind)
            if not folder.exists():
                record = RunRecord(
                    run_id=uuid.uuid4().hex,
                    study_id=self.study.study_id,
                    arm=arm,
                    seed=seed,
                    attempt=attempt,
                    kind=kind,
                    started=time.time(),
                    pid=os.getpid(),
                    **manifest,
                )
                # Checked before anything is written.
                RunRecord.from_json(record.to_json(), folder / "manifest.json")
                try:
                    folder.mkdir(parents=True)
                except FileExistsError:
                    continue  # another process came first: its lock decides
                except OSError as error:
                    raise cannot_write(folder, error) from error
                return RunWriter(folder, record)
            if is_locked(folder / ".lock") or not (folder / "manifest.json").exists():
                raise Conflict(
                    f"arm {arm!r}, seed {seed} is being recorded by another process in {folder}",
                    hint="give each process its own seed or arm, or wait until that one has ended",
                )
            attempt += 1


class RunWriter:
    """Writer of one run's folder.

    Values have been passed to the operating system when a call returns, so a killed process loses none. Writers of the
    same run in other processes (a logger in the script, the shim) append to files of their own source.
    """

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder, self.record = folder, record
        self._owner = os.getpid()
        self._lock = Lock(folder / ".lock")
        self._lock.acquire()
        self._metrics = Appender(folder / "metrics.jsonl")
        self._events = Appender(folder / "events.jsonl")
        self._examples = Appender(folder / "examples.jsonl")
        self._log = Appender(folder / "log.txt")
        self._usage = Appender(folder / "usage.jsonl")
        self._gpus: list[str] | None = None
        self._begun = time.monotonic()
        replace(folder / "manifest.json", record.to_json(), sync=False)

    def log(self, values: Mapping[str, Any], step: float | None = None, *, source: str = "") -> None:
        """Append one line of metric values.

        Args:
            values: numbers by metric; NaN and infinities are kept.
            step: of the values; None counts each metric's values from 0.
            source: name of the logger that reports them, "" for the script's own calls.

        Raises:
            InvalidInput: a value or the step is not a number.
            Unavailable: the disk is full.
        """
        self._metrics.write(metric_line(values, step, time.monotonic() - self._begun, source))

    def log_many(self, lines: Iterable[tuple[Mapping[str, Any], float | None]], *, source: str = "") -> None:
        """Append several calls' values in one write."""
        seconds = time.monotonic() - self._begun
        data = b"".join(metric_line(values, step, seconds, source) for values, step in lines)
        if data:
            self._metrics.write(data)

    def series(self, metric: str, steps: Sequence[float], values: Sequence[float], *, source: str = "") -> None:
        """Append a whole series, a thousand values per line."""
        if len(steps) != len(values):
            raise InvalidInput("values", len(values), f"as many values as steps, {len(steps)}")
        for start in range(0, len(values), _SERIES_LINE):
            line: dict[str, Any] = {
                "series": metric,
                "steps": [encoded(step) for step in steps[start : start + _SERIES_LINE]],
                "values": [encoded(value) for value in values[start : start + _SERIES_LINE]],
            }
            self._metrics.write((_encode(line | ({"source": source} if source else {})) + "\n").encode())

    def event(self, kind: str, **facts: Any) -> None:
        """Append an event: a file, a seeded library, parameters, or a finding."""
        self._events.write(event_line(kind, **facts))

    def file(self, path: str, *, role: str, sha256: str = "", size: int | None = None, **facts: Any) -> None:
        """Append a file by path and digest.

        The role is data, code, artifact or result.
        """
        self.event("file", role=role, path=path, sha256=sha256, bytes=size, **facts)

    def examples(self, name: str, ids: Sequence[Any], **columns: Sequence[Any]) -> None:
        """Append results per example, such as `correct=[True, False]`.

        Every column is as long as `ids`.
        """
        self._examples.write(examples_line(name, ids, **columns))

    def usage(self, sample: Sample, gpus: Sequence[str] = ()) -> None:
        """Append a sample of resource usage.

        Args:
            sample: to append.
            gpus: names of the GPUs that the training was seen on so far.
        """
        lines: list[dict[str, Any]] = [sample.to_json()]
        if self._gpus is None:
            lines.insert(0, {"format": f"{FORMAT}/{VERSION}", "gpus": list(gpus)})
        elif list(gpus) != self._gpus:
            lines.insert(0, {"gpus": list(gpus)})
        self._gpus = list(gpus)
        self._usage.write("".join(_encode(line) + "\n" for line in lines).encode())

    def text(self, data: bytes) -> None:
        """Append to the log."""
        self._log.write(data)

    def end(self, state: str, *, reason: str = "", exit_code: int | None = None, **manifest: Any) -> None:
        """Close the run's files and record how the run ended.

        The manifest then holds the files' sizes and digests. In a forked process this closes its copies of the files:
        the run is that of the process that began it.
        """
        if self._owner != os.getpid():
            self.abandon()
            return
        for file in (self._metrics, self._events, self._examples, self._log, self._usage):
            file.close(sync=True)
        for name, value in manifest.items():
            setattr(self.record, name, value)
        self.record.state, self.record.reason, self.record.exit_code = state, reason, exit_code
        self.record.ended = time.time()
        self.record.files = folder_digests(self.folder)
        replace(self.folder / "manifest.json", self.record.to_json())
        self._lock.release()

    def abandon(self) -> None:
        """Close the run's files without recording an end, like a kill."""
        for file in (self._metrics, self._events, self._examples, self._log, self._usage):
            file.close()
        self._lock.release()


def _numbers(look: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what tells a look from others: its seeds, and those planned."""
    return look.get("seeds"), look.get("planned", look.get("seeds"))


def folder_digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of a run's files, except its manifest."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json" and not path.name.startswith("."):
            sha256, size = digest(path)
            digests[path.relative_to(folder).as_posix()] = {"bytes": size, "sha256": sha256}
    return digests


def event_line(kind: str, **facts: Any) -> bytes:
    """Return one line of `events.jsonl`."""
    return (json_text({"kind": kind, **facts}) + "\n").encode("utf-8", "backslashreplace")


def examples_line(name: str, ids: Sequence[Any], **columns: Sequence[Any]) -> bytes:
    """Return one line of `examples.jsonl`.

    Raises:
        InvalidInput: a column of another length than `ids`.
    """
    for column, values in columns.items():
        if len(values) != len(ids):
            raise InvalidInput(column, len(values), f"as many values as ids, {len(ids)}")
    line = {"name": name, "ids": list(ids), **{key: list(values) for key, values in columns.items()}}
    return (json_text(line) + "\n").encode("utf-8", "backslashreplace")


def metric_line(values: Mapping[str, Any], step: float | None, seconds: float, source: str = "") -> bytes:
    """Return one line of `metrics.jsonl`.

    Raises:
        InvalidInput: a value is not a number, the step not a finite one, or a name is no text.
    """
    try:
        # Nearly every call: plain finite numbers, which the encoder checks by itself.
        for value in values.values():
            if type(value) is not float and type(value) is not int:
                raise ValueError
        line: dict[str, Any] = {"step": step, "time": round(seconds, 6), "values": values}
        if source:
            line["source"] = source
        if step is not None and type(step) is not int and type(step) is not float:
            raise ValueError
        return (_encode(line) + "\n").encode()
    except (ValueError, TypeError):
        pass
    for name in values:
        if not isinstance(name, str | int | float | None):
            raise InvalidInput("metric", name, "a name")
    number = None if step is None else encoded(step, "step")
    if isinstance(number, str):
        raise InvalidInput("step", step, "a finite number")
    line = {
        "step": number,
        "time": round(seconds, 6),
        "values": {str(name): encoded(value, str(name)) for name, value in values.items()},
    }
    if source:
        line["source"] = source
    return (_encode(line) + "\n").encode("utf-8", "backslashreplace")


def encoded(value: Any, field: str = "value") -> float | int | str:
    """Return a number in its JSON form.

    NaN and infinities become strings; NumPy scalars and tensors become plain numbers.

    Raises:
        InvalidInput: the value is not a number.
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, float):
        try:
            integer = value.__index__()
        except (AttributeError, TypeError, RuntimeError):
            pass
        else:
            return int(integer)
        try:
            if isinstance(value, str | bytes):
                raise TypeError
            item = getattr(value, "item", None)  # a tensor with a gradient warns where it is converted otherwise
            value = float(item() if callable(item) else value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InvalidInput(field, value, "a number") from error
    if math.isfinite(value):
        return float(value)
    return non_finite(value)
