"""What a run left behind: environment, fingerprints, series and the recipe's source code; exact in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.errors import InvalidInput

Points = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Steps and values of one metric, of equal length, steps ascending."""


@dataclass(frozen=True)
class Record:
    """The outcome of one training, as far as it can be compared with another's."""

    fingerprints: tuple[Fingerprint, ...] = ()
    series: Mapping[str, Points] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    source_files: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The record with every value as the 16 hex digits of its bits, so that no reader can round it."""
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
    def from_json(cls, given: Mapping[str, Any]) -> Record:
        """The record that `as_json` gave.

        Raises:
            InvalidInput: it has another form.
        """
        try:
            prints = tuple(
                Fingerprint(FingerprintKind(kind), digest, step) for kind, step, digest in given["fingerprints"]
            )
            series = {
                name: points(held["steps"], values_of_hex(held["values"])) for name, held in given["series"].items()
            }
            return cls(prints, series, dict(given["environment"]), dict(given.get("source_files", {})))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput("record", given, f"a record as it was exported ({error})") from None


def points(steps: ArrayLike, values: ArrayLike) -> Points:
    """Steps and values as arrays.

    Raises:
        ValueError: not one value a step.
    """
    held = np.asarray(steps, dtype=np.int64), np.asarray(values, dtype=np.float64)
    if held[0].shape != held[1].shape or held[0].ndim != 1:
        raise ValueError("one value a step")
    return held


def bits_in_hex(values: NDArray[np.float64]) -> list[str]:
    """Every value's IEEE 754 bits as 16 hex digits, most significant first."""
    return [f"{bits:016x}" for bits in np.ascontiguousarray(values, dtype=np.float64).view(np.uint64).tolist()]


def values_of_hex(texts: Sequence[str]) -> NDArray[np.float64]:
    """The values whose bits are given; the way back from `bits_in_hex`."""
    return np.array([int(text, 16) for text in texts], dtype=np.uint64).view(np.float64)
