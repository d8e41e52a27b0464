"""Encode series of runs as one body of packed numbers.

The layout is little-endian: `SSP1`, the header's length (uint32), the header in UTF-8, then for each series of each
part its steps (int64, or float64 if it is `fractional`) and its values (float64), in the header's order.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seedspread.errors import InvalidInput

MAGIC = b"SSP1"
MEDIA_TYPE = "application/octet-stream"

_LENGTH = struct.Struct("<I")
_LARGEST = 2**62


@dataclass(frozen=True)
class PackedSeries:
    """Series of a metric as bytes.

    It holds `count` steps (int64, or float64 if fractional) and as many values (float64).
    """

    metric: str
    count: int
    fractional: bool
    steps: bytes
    values: bytes

    @classmethod
    def of(cls, metric: str, steps: Sequence[float], values: Sequence[float]) -> PackedSeries:
        """Pack a series; of equal steps, the last one counts.

        Steps are in ascending order.

        Raises:
            InvalidInput: different lengths, or a step beyond 62 bits.
        """
        if len(steps) != len(values):
            raise InvalidInput(metric, len(values), f"as many values as steps, {len(steps)}")
        last = dict(zip(steps, values, strict=True))
        ordered = sorted(last)
        fractional = not all(float(step).is_integer() for step in ordered)
        if ordered and max(abs(ordered[0]), abs(ordered[-1])) > _LARGEST:
            raise InvalidInput(f"{metric}: steps", ordered[-1], "steps of at most 62 bits")
        packed_steps: array[Any] = array("d", ordered) if fractional else array("q", map(int, ordered))
        packed_values = array("d", (last[step] for step in ordered))
        if sys.byteorder == "big":
            packed_steps.byteswap()
            packed_values.byteswap()
        return cls(metric, len(ordered), fractional, packed_steps.tobytes(), packed_values.tobytes())

    def cut(self, start: int, end: int) -> PackedSeries:
        """Return the part of the series from `start` to before `end`."""
        part = slice(8 * start, 8 * end)
        steps = self.steps[part]
        return PackedSeries(self.metric, len(steps) // 8, self.fractional, steps, self.values[part])


@dataclass(frozen=True)
class RunPart:
    """Part of a run.

    record: the run's description. sequence: number of the part, from 0. final: True for the last part. digest: SHA-256
    over record, sequence and series, which identifies a part that was sent before.
    """

    record: dict[str, Any]
    sequence: int
    final: bool
    series: tuple[PackedSeries, ...]

    @property
    def digest(self) -> str:
        """SHA-256 digest of the whole part."""
        total = hashlib.sha256(json.dumps(self._header(), sort_keys=True).encode())
        for series in self.series:
            total.update(series.steps)
            total.update(series.values)
        return total.hexdigest()

    @property
    def points(self) -> int:
        """Number of points in the part."""
        return sum(series.count for series in self.series)

    def _header(self) -> dict[str, Any]:
        listed = [{"metric": item.metric, "count": item.count, "fractional": item.fractional} for item in self.series]
        return {"run": self.record, "sequence": self.sequence, "final": self.final, "series": listed}


def encode_parts(parts: Sequence[RunPart]) -> bytes:
    """Encode parts as one body."""
    header = json.dumps({"parts": [part._header() | {"digest": part.digest} for part in parts]}).encode()
    series = [block for part in parts for item in part.series for block in (item.steps, item.values)]
    return b"".join([MAGIC, _LENGTH.pack(len(header)), header, *series])


def decode_parts(body: bytes) -> list[RunPart]:
    """Decode the parts in a body.

    Raises:
        InvalidInput: another format, a truncated body, or a part that does not match its digest.
    """
    try:
        if body[:4] != MAGIC:
            raise ValueError("it does not begin with SSP1")
        (length,) = _LENGTH.unpack_from(body, 4)
        header = json.loads(body[8 : 8 + length])
        at = 8 + length
        parts = []
        for item in header["parts"]:
            series = []
            for described in item["series"]:
                size = 8 * int(described["count"])
                steps, values = body[at : at + size], body[at + size : at + 2 * size]
                if size < 0 or len(values) != size:
                    raise ValueError("it ends too early")
                series.append(
                    PackedSeries(str(described["metric"]), size // 8, bool(described["fractional"]), steps, values)
                )
                at += 2 * size
            part = RunPart(dict(item["run"]), int(item["sequence"]), bool(item["final"]), tuple(series))
            if part.digest != item["digest"]:
                raise ValueError(f"part {part.sequence} was damaged on the way")
            parts.append(part)
        if at != len(body):
            raise ValueError(f"{len(body) - at} bytes are left over")
    except (KeyError, TypeError, ValueError, AttributeError, struct.error) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("body", f"{len(body)} bytes", f"packed series ({error})") from None
    return parts
