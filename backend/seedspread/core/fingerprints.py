"""Fingerprints in the order in which a training makes them.

The first one that differs between two runs shows where they diverged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seedspread.core.report import Fingerprint, FingerprintKind

Place = tuple[FingerprintKind, int]
"""What a digest was taken of, and the epoch (0 where there is none)."""

_EARLY = (
    FingerprintKind.SEEDS,
    FingerprintKind.DATA,
    FingerprintKind.SPLIT,
    FingerprintKind.INITIAL,
    FingerprintKind.ORDER,
)

HOW_TO_RECORD: Mapping[FingerprintKind, str] = {
    FingerprintKind.DATA: "run.fingerprint('data', x, y)",
    FingerprintKind.SPLIT: "run.fingerprint('split', x_train, y_train, x_val, y_val)",
    FingerprintKind.INITIAL: "run.weights(0, arrays)",
    FingerprintKind.ORDER: "run.fingerprint('order', indices)",
    FingerprintKind.WEIGHTS: "run.weights(epoch, arrays)",
}
"""Calls by which a free recipe has a fingerprint taken."""


@dataclass(frozen=True)
class Broken:
    """Fingerprint that two runs do not share.

    A digest is None if that run has no such fingerprint.
    """

    kind: FingerprintKind
    step: int
    a: str | None
    b: str | None


def by_place(fingerprints: Iterable[Fingerprint]) -> dict[Place, str]:
    """Map each (kind, step) to its digest."""
    return {(item.kind, item.step): item.digest for item in fingerprints}


def broken(a: Mapping[Place, str], b: Mapping[Place, str]) -> Iterator[Broken]:
    """Yield the fingerprints that differ or that only one run has.

    They come in the order in which a training makes them.
    """
    for key in sorted({*a, *b}, key=_rank):
        if a.get(key) != b.get(key):
            yield Broken(*key, a.get(key), b.get(key))


def before(kind: FingerprintKind) -> list[FingerprintKind]:
    """Return the kinds that a training makes before `kind`, in their order."""
    order = sorted(FingerprintKind, key=lambda item: _rank((item, 0)))
    return order[: order.index(kind)]


def _rank(key: Place) -> tuple[int, int]:
    kind, step = key
    if kind in _EARLY:
        return _EARLY.index(kind), step
    late = (FingerprintKind.WEIGHTS, FingerprintKind.FINAL, FingerprintKind.SERIES)
    return len(_EARLY) + late.index(kind), step
