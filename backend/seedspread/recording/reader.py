"""Read run folders.

Torn lines are counted and skipped, newer versions are refused, and copies count once.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from seedspread import summaries
from seedspread.errors import InvalidInput
from seedspread.recording import sentences
from seedspread.recording.files import digest, is_locked, lines, number
from seedspread.recording.records import RunRecord, StudyRecord
from seedspread.resources.record import FORMAT, VERSION, Sample, UsageRecord

SOURCES: Final = (
    "",
    "lightning",
    "huggingface",
    "keras",
    "wandb",
    "mlflow",
    "tensorboard",
    "trackio",
    "comet",
    "aim",
    "file",
    "stdout",
)
"""Sources of metric values; the first that reports a metric counts."""


@dataclass
class Series:
    """Values of one metric of one run, in logged order.

    steps, values: arrays of doubles of equal length.
    """

    steps: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))
    source: str = ""
    repeated_steps: int = 0

    def last(self) -> float:
        """Return the last logged value."""
        return self.values[-1]

    def best(self, direction: str) -> float:
        """Return the best finite value, or else the last value."""
        finite = [value for value in self.values if value - value == 0]
        if not finite:
            return self.last()
        return max(finite) if direction == "maximize" else min(finite)

    def area(self) -> float:
        """Return the area under the curve, divided by its length."""
        return summaries.area(self.steps, self.values)


@dataclass
class Run:
    """Attempt at a run, in its state on the disk.

    state: as in the manifest, but "interrupted" if it says running and no process does. torn: number of lines that
    could not be read.
    """

    folder: Path
    record: RunRecord
    state: str
    torn: int = 0
    _series: dict[str, Series] | None = None

    def series(self) -> dict[str, Series]:
        """Return every metric's series, from its most trusted source.

        Metrics are in the order in which they first appeared.
        """
        if self._series is None:
            self._series = self._read_series()
        return self._series

    def value(self, metric: str, summary: str = "last", direction: str = "maximize") -> float | None:
        """Return the run's summary value of a metric, or None."""
        condition = None if metric in self.series() else summaries.first_step(metric)
        series = self.series().get(metric if condition is None else condition.metric)
        if series is None or not series.values:
            return number(self.record.summary.get(metric))
        if condition is not None:
            return condition.value(series.steps, series.values)
        if summary == summaries.AREA:
            return series.area()
        return series.best(direction) if summary == summaries.BEST else series.last()

    def events(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the events in order: files, seeded libraries, parameters, findings."""
        for path in sorted(self.folder.glob("events*.jsonl")):
            for line in lines(path):
                if line is not None and (kind is None or line.get("kind") == kind):
                    yield line

    def examples(self) -> Iterator[dict[str, Any]]:
        """Yield the results per example, one batch at a time."""
        for path in sorted(self.folder.glob("examples*.jsonl")):
            yield from (line for line in lines(path) if line is not None)

    def usage(self) -> UsageRecord | None:
        """Return what the training used over time, thinned.

        The result is None if nothing was sampled, or if a newer version wrote the file.
        """
        record = UsageRecord()
        for line in lines(self.folder / "usage.jsonl"):
            if line is None:
                continue
            name, _, version = str(line.get("format", "")).partition("/")
            if name == FORMAT and (not version.isdecimal() or int(version) > VERSION):
                return None
            gpus = line.get("gpus")
            if isinstance(gpus, list):
                record.gpus += [gpu for gpu in map(str, gpus) if gpu not in record.gpus]
            sample = Sample.from_json(line)
            if sample is not None:
                record.add(sample)
        return record if record.samples else None

    def log(self) -> str:
        """Return the log as text."""
        path = self.folder / "log.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def edited(self, prefixes: tuple[str, ...] = ("",)) -> list[str]:
        """Return the files that changed since the run ended.

        This reads all of them whose names begin with a prefix.
        """
        changed = []
        for name, facts in self.record.files.items():
            path = self.folder / name
            if not name.startswith(prefixes):
                continue
            if not path.is_file() or digest(path) != (facts.get("sha256"), facts.get("bytes")):
                changed.append(name)
        return changed

    def _read_series(self) -> dict[str, Series]:
        by_source: dict[str, dict[str, Series]] = defaultdict(dict)
        order: dict[str, None] = {}
        for path in sorted(self.folder.glob("metrics*.jsonl")):
            for line in lines(path):
                if line is None:
                    self.torn += 1
                    continue
                source = str(line.get("source", ""))
                for metric, step, value in _points(line):
                    order.setdefault(metric)
                    series = by_source[metric].get(source)
                    if series is None:
                        series = by_source[metric][source] = Series(source=source)
                    series.steps.append(len(series.values) if step is None else step)
                    series.values.append(value)
        return {metric: _distinct(_most_trusted(by_source[metric])) for metric in order}


@dataclass
class StudyFolder:
    """Study in its state on the disk.

    runs: every attempt. problems: folders that could not be read, with the reason.
    """

    folder: Path
    study: StudyRecord
    runs: list[Run]
    problems: list[str] = field(default_factory=list)

    def counted(self) -> list[Run]:
        """Return the attempt that counts for each arm and seed.

        It is the last finished one, else the last that ended by itself, else the last. Runs of another kind (repeats)
        never count, and each run without a seed counts by itself.
        """
        best: dict[tuple[str, int | str], Run] = {}
        for run in sorted(self.runs, key=lambda run: run.record.attempt):
            record = run.record
            if record.kind:
                continue
            key = (record.arm, record.run_id if record.seed is None else record.seed)
            previous = best.get(key)
            if previous is None or _RANK[run.state] >= _RANK[previous.state]:
                best[key] = run
        return list(best.values())

    def most_ended(self) -> int:
        """Return the largest number of ended runs of an arm."""
        ended = Counter(run.record.arm for run in self.counted() if run.state in {"finished", "failed"})
        return max(ended.values(), default=0)

    def metrics(self) -> list[str]:
        """Return the reported metrics, in order of first appearance."""
        return list(dict.fromkeys(name for run in self.runs for name in (*run.series(), *run.record.summary)))


_RANK: Final = {"cancelled": 0, "interrupted": 1, "running": 2, "failed": 3, "finished": 4}


def is_study_folder(path: Path) -> bool:
    """Return True if the folder holds a `study.json`."""
    return (path / "study.json").is_file()


def open_study(folder: Path) -> StudyFolder:
    """Open a study and its runs in their current state.

    Series are read on demand.

    Raises:
        InvalidInput: the folder is not a study folder, has a newer format, or holds an unreadable record.
    """
    path = folder / "study.json"
    if not path.is_file():
        raise InvalidInput("folder", str(folder), "a study folder, which has a study.json")
    study = StudyRecord.from_json(_document(path), path)
    runs, problems = [], []
    for manifest in sorted(folder.glob("runs/*/manifest.json")):
        try:
            record = RunRecord.from_json(_document(manifest), manifest)
        except InvalidInput as error:
            if "or older" in error.expected:
                raise
            problems.append(error.message)
            continue
        if record.study_id != study.study_id:
            problems.append(sentences.other_study(manifest.parent, record.study_id))
            continue
        alive = record.state != "running" or is_locked(manifest.parent / ".lock")
        runs.append(Run(manifest.parent, record, record.state if alive else "interrupted"))
    runs.sort(key=lambda run: (run.record.started, run.record.arm))
    return StudyFolder(folder, study, _each_once(runs, problems), problems)


def _each_once(runs: list[Run], problems: list[str]) -> list[Run]:
    """Drop copies of a run's folder, which share its id."""
    first: dict[str, Run] = {}
    for run in runs:
        earlier = first.setdefault(run.record.run_id, run)
        if earlier is not run:
            problems.append(f"{run.folder} is a copy of {earlier.folder}: counted once")
    return list(first.values())


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise InvalidInput(str(path), str(error), "a JSON document; was the file edited?") from error
    if not isinstance(document, dict):
        raise InvalidInput(str(path), document, "a JSON object")
    return document


def _points(line: dict[str, Any]) -> Iterator[tuple[str, float | None, float]]:
    """Yield metric, step and value of a line of either layout.

    Values that are not numbers are skipped.
    """
    series, values = line.get("series"), line.get("values")
    if isinstance(series, str) and isinstance(values, list):
        steps = line.get("steps")
        listed = steps if isinstance(steps, list) and len(steps) == len(values) else [None] * len(values)
        for step, value in zip(listed, values, strict=True):
            plain = number(value)
            if plain is not None:
                yield series, number(step), plain
    elif isinstance(values, dict):
        step = number(line.get("step"))
        for metric, value in values.items():
            plain = number(value)
            if plain is not None:
                yield metric, step, plain


def _most_trusted(by_source: dict[str, Series]) -> Series:
    def rank(source: str) -> int:
        kind = source.partition(":")[0]
        return SOURCES.index(kind) if kind in SOURCES else len(SOURCES)

    return by_source[min(by_source, key=rank)]


def _distinct(series: Series) -> Series:
    """Keep only the last value logged at each step."""
    last = {step: at for at, step in enumerate(series.steps)}
    if len(last) == len(series.steps):
        return series
    indices = sorted(last.values())
    return Series(
        array("d", (series.steps[at] for at in indices)),
        array("d", (series.values[at] for at in indices)),
        series.source,
        len(series.steps) - len(indices),
    )
