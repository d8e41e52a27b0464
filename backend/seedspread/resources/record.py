"""Bounded record of a training's resource usage over time.

Standard library alone: the reader of run folders uses it too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

FORMAT: Final = "seedspread-usage"
VERSION: Final = 1
MOST_SAMPLES: Final = 240
"""Samples that a record holds; above them neighbours are merged, and the interval doubles."""
FIRST_INTERVAL_S: Final = 1.0  # doubled as a run gets longer, so that a record's size stays bounded


@dataclass(frozen=True)
class Sample:
    """Resource usage of a process and all its descendants at one moment.

    time: seconds since the training began. cpu: processor seconds per second since the sample before; 1 is one core.
    memory_bytes: resident memory, shared pages counted in each process. read_bytes, written_bytes: moved to and from
    disks since the training began. gpu: share of the time in which its GPUs were busy, in [0, 1], by any process.
    gpu_memory_bytes: held by the training. None: this system does not say.
    """

    time: float
    cpu: float | None = None
    memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    threads: int | None = None
    gpu: float | None = None
    gpu_memory_bytes: int | None = None

    def to_json(self) -> dict[str, float]:
        """Return the fields that are known."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Sample | None:
        """Parse a line of `usage.jsonl`; return None if it is no sample."""
        time = _number(line.get("time"))
        if time is None:
            return None
        values: dict[str, Any] = {name: kind(line.get(name)) for name, kind in _KINDS.items()}
        return cls(time, **values)


def _number(value: Any) -> float | None:
    """Return a finite number that is not negative, else None."""
    valid = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if valid else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or number >= 2**63 else int(number)


_KINDS: Final[dict[str, Callable[[Any], float | None]]] = {
    "cpu": _number,
    "memory_bytes": _whole,
    "read_bytes": _whole,
    "written_bytes": _whole,
    "threads": _whole,
    "gpu": _number,
    "gpu_memory_bytes": _whole,
}
PEAKS: Final = ("cpu", "memory_bytes", "threads", "gpu", "gpu_memory_bytes")
_AVERAGES: Final = frozenset({"cpu", "gpu"})


@dataclass
class UsageRecord:
    """Samples of a training, at most `MOST_SAMPLES`, and the largest of all.

    interval_s: time until the next sample is wanted. gpus: names of the GPUs that it was seen on. peaks: the largest
    sampled value of each field of `PEAKS`, whatever was merged since.
    """

    samples: list[Sample] = field(default_factory=list)
    interval_s: float = FIRST_INTERVAL_S
    gpus: list[str] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Add a sample unless it is not later than the last."""
        if self.samples and sample.time <= self.samples[-1].time:
            return
        self.samples.append(sample)
        for name in PEAKS:
            value = getattr(sample, name)
            if value is not None:
                self.peaks[name] = max(self.peaks.get(name, value), value)
        if len(self.samples) > MOST_SAMPLES:
            self._thin()

    def _thin(self) -> None:
        """Merge neighbours, and ask for half as many samples."""
        starts = [0.0, *(sample.time for sample in self.samples)]
        merged = [
            _merged(first, second, first.time - starts[2 * at], second.time - first.time)
            for at, (first, second) in enumerate(zip(self.samples[::2], self.samples[1::2], strict=False))
        ]
        self.samples = merged + self.samples[2 * len(merged) :]
        self.interval_s *= 2

    def to_json(self) -> dict[str, Any]:
        """Return the record in columns, without columns that nobody knows."""
        rows = [asdict(sample) for sample in self.samples]
        names = [item.name for item in fields(Sample)]
        columns = {name: [row[name] for row in rows] for name in names}
        samples = {
            name: values
            for name, values in columns.items()
            if name == "time" or any(value is not None for value in values)
        }
        return {"samples": samples, "peaks": dict(self.peaks), "gpus": list(self.gpus)}


def _merged(earlier: Sample, later: Sample, earlier_s: float, later_s: float) -> Sample:
    """Merge two neighbours that stand for `earlier_s` and `later_s` seconds.

    Averages are weighted by time, amounts held are the larger ones, amounts moved the later ones.
    """
    values: dict[str, Any] = {}
    for name in _KINDS:
        first, second = getattr(earlier, name), getattr(later, name)
        if first is None or second is None:
            values[name] = second if first is None else first
        elif name in _AVERAGES:
            total_s = earlier_s + later_s
            values[name] = (first * earlier_s + second * later_s) / total_s if total_s > 0 else second
        else:
            values[name] = max(first, second)
    return Sample(later.time, **values)
