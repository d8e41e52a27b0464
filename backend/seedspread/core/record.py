"""Record of a run: environment, fingerprints, series and source code.

Its JSON form keeps every bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import PlainSerializer

from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.errors import InvalidInput

NonFinite: TypeAlias = Literal["NaN", "Infinity", "-Infinity"]
"""Strings that stand for non-finite numbers in JSON, which has none."""


def to_json(value: float) -> float | NonFinite:
    """Return a number as JSON carries it.

    A number that is not finite becomes the string that names it.
    """
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _any_to_json(value: Any) -> Any:
    if isinstance(value, float):
        return to_json(value)
    return [_any_to_json(item) for item in value] if isinstance(value, list | tuple) else value


Number = Annotated[float, PlainSerializer(to_json, return_type=float | NonFinite, when_used="json")]
"""Float64, finite or not; in JSON a number, or one of the strings "NaN", "Infinity", "-Infinity"."""

Plain = Annotated[Any, PlainSerializer(_any_to_json, return_type=Any, when_used="json")]
"""Any value that JSON has, or a number as `Number`."""

Points = tuple[NDArray[Any], NDArray[np.float64]]
"""Steps and values of one metric, of equal length, steps ascending."""


@dataclass(frozen=True)
class Record:
    """Outcome of one training, as far as it can be compared."""

    fingerprints: tuple[Fingerprint, ...] = ()
    series: Mapping[str, Points] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    source_files: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Encode the record with every value as 16 hex digits.

        The digits are the value's bits, so that no reader can round them.
        """
        return {
            "fingerprints": [[item.kind.value, item.step, item.digest] for item in self.fingerprints],
            "series": {
                name: {"steps": steps.tolist(), "values": bits_in_hex(values)}
                for name, (steps, values) in self.series.items()
            },
            "environment": dict(self.environment),
            "source_files": dict(self.source_files),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Record:
        """Decode the record that `as_json` encoded.

        Raises:
            InvalidInput: the document has another form.
        """
        try:
            prints = tuple(
                Fingerprint(FingerprintKind(kind), digest, step) for kind, step, digest in document["fingerprints"]
            )
            series = {
                name: points(points_json["steps"], values_of_hex(points_json["values"]))
                for name, points_json in document["series"].items()
            }
            return cls(prints, series, dict(document["environment"]), dict(document.get("source_files", {})))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput("record", document, f"a record as it was exported ({error})") from None


def points(steps: ArrayLike, values: ArrayLike) -> Points:
    """Convert steps and values to arrays.

    Raises:
        ValueError: the two do not have the same length.
    """
    numbers = np.asarray(steps)
    integral = numbers.dtype.kind != "f" or bool(np.all(numbers == np.floor(numbers)))
    arrays = np.asarray(steps, dtype=np.int64 if integral else np.float64), np.asarray(values, dtype=np.float64)
    if arrays[0].shape != arrays[1].shape or arrays[0].ndim != 1:
        raise ValueError("one value a step")
    return arrays


def bits_in_hex(values: NDArray[np.float64]) -> list[str]:
    """Encode each value's IEEE 754 bits as 16 hex digits.

    The most significant digit comes first.
    """
    return [f"{bits:016x}" for bits in np.ascontiguousarray(values, dtype=np.float64).view(np.uint64).tolist()]


def values_of_hex(texts: Sequence[str]) -> NDArray[np.float64]:
    """Decode values from their bits in hex.

    This is the inverse of `bits_in_hex`.
    """
    return np.array([int(text, 16) for text in texts], dtype=np.uint64).view(np.float64)
