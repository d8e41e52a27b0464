"""Compare two runs bit for bit, and locate where they diverge."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from seedspread.core import sentences
from seedspread.core.environment import EnvironmentDifference, environment_differences
from seedspread.core.fingerprints import HOW_TO_RECORD, Broken, Place, before, broken, by_place
from seedspread.core.record import Number, Points, Record, bits_in_hex
from seedspread.core.report import FingerprintKind

# The digest of the series says the same as the values themselves, which are compared one by one.
_NOT_COMPARED = (FingerprintKind.SERIES,)
_ARITHMETIC_NEEDS = (*(FingerprintKind.DATA, FingerprintKind.SPLIT, FingerprintKind.INITIAL, FingerprintKind.ORDER),)
"""What must have been compared, and equal, before different weights can be put down to the arithmetic."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ValueDifference(_Part):
    """First point at which two series differ.

    A value is null if that run has no such point.

    `ulps` counts the float64 steps from one value to the other. `ulps_float32` counts float32 steps if both values are
    float32 numbers, which is what most trainings compute. Either is null if a value is NaN or missing.
    """

    metric: str
    step: int | float
    a: Number | None
    b: Number | None
    a_hex: str | None
    b_hex: str | None
    a_bits: str | None
    b_bits: str | None
    ulps: int | None
    ulps_float32: int | None = None


class BrokenFingerprint(_Part):
    """First fingerprint that two runs do not share, and its meaning."""

    kind: FingerprintKind
    step: int
    a: str | None
    b: str | None
    cause: str


class RepeatVerdict(_Part):
    """Verdict on whether `b` repeats `a`.

    Every fingerprint and every metric value is compared by its bits.
    """

    outcome: Literal["identical", "diverged"]
    sentence: str
    detail: str = Field("", description="the sentence without the outcome")
    values: int
    values_differing: int
    fingerprints: int
    fingerprints_differing: int
    weights_compared: bool
    not_compared: tuple[FingerprintKind, ...] = ()
    first_value: ValueDifference | None = None
    first_fingerprint: BrokenFingerprint | None = None
    largest_ulps: int | None = None
    environment: tuple[EnvironmentDifference, ...] = ()

    @property
    def identical(self) -> bool:
        """True if the two agree in every bit."""
        return self.outcome == "identical"


def repeat_verdict(a: Record, b: Record, *, scope: str | None = None) -> RepeatVerdict:
    """Compare `b`, as a repetition of `a`, with `a`.

    `scope` says what was compared and what was not, where neither could have fingerprints.
    """
    prints_a, prints_b = _prints(a), _prints(b)
    # Recipes and releases differ in what they record: what one side lacks altogether was not compared.
    shared = {kind for kind, _ in prints_a} & {kind for kind, _ in prints_b}
    prints_a = {key: digest for key, digest in prints_a.items() if key[0] in shared}
    prints_b = {key: digest for key, digest in prints_b.items() if key[0] in shared}
    breaks = list(broken(prints_a, prints_b))
    lacking = tuple(kind for kind in HOW_TO_RECORD if kind not in shared)
    points = list(_differing(a.series, b.series))
    first = min(points, key=lambda item: (item.step, item.metric), default=None)
    distances = [item.ulps for item in points if item.ulps is not None]
    environment = environment_differences(a.environment, b.environment)
    places = {*prints_a, *prints_b}
    values = sum(len(_steps(a.series.get(name), b.series.get(name))) for name in {*a.series, *b.series})
    weights = any(kind in (FingerprintKind.FINAL, FingerprintKind.WEIGHTS) for kind, _ in places)
    outcome: Literal["identical", "diverged"] = "diverged" if breaks or points else "identical"
    detail = _detail(first, breaks, values, environment, shared, weights=weights, scope=scope)
    return RepeatVerdict(
        outcome=outcome,
        sentence=f"{outcome.capitalize()}: {detail}" if values or places else detail,
        detail=detail,
        values=values,
        values_differing=len(points),
        fingerprints=len(places),
        fingerprints_differing=len(breaks),
        weights_compared=weights,
        not_compared=lacking,
        first_value=first,
        first_fingerprint=_first_break(breaks[0], shared) if breaks else None,
        largest_ulps=max(distances, default=None),
        environment=environment,
    )


def result_differs(a: Record, b: Record) -> bool:
    """Check whether any metric value or weights differ."""
    weights = {FingerprintKind.INITIAL, FingerprintKind.WEIGHTS, FingerprintKind.FINAL}
    prints = [
        {key: digest for key, digest in by_place(record.fingerprints).items() if key[0] in weights} for record in (a, b)
    ]
    return any(_differing(a.series, b.series)) or prints[0] != prints[1]


def coarse(series: Mapping[str, Points]) -> bool:
    """Check whether every metric value is a fraction, as accuracies are.

    Such values agree by chance. A fraction is one of small denominator for the value's precision.
    """
    return all(_is_fraction(value) for _, values in series.values() for value in np.unique(values).tolist())


_FRACTION = 1_000_000, 1e-15
_FRACTION_SINGLE = 1_000, 1e-7
"""Largest denominator of a coarse value, and the tolerance relative to it: of float64 and float32 numbers."""


def _is_fraction(value: float) -> bool:
    if not math.isfinite(value):
        return True  # NaN and infinities agree whatever the seed did
    single = float32_ulps_apart(value, value) is not None
    largest, tolerance = _FRACTION_SINGLE if single else _FRACTION
    return abs(float(Fraction(value).limit_denominator(largest)) - value) <= tolerance * max(abs(value), tolerance)


def _prints(record: Record) -> dict[Place, str]:
    return {key: digest for key, digest in by_place(record.fingerprints).items() if key[0] not in _NOT_COMPARED}


def ulps_apart(a: float, b: float) -> int | None:
    """Count the float64 steps from `a` to `b`.

    The count is 0 for equal numbers and for 0.0 and -0.0, None if one of them is NaN.
    """
    if math.isnan(a) or math.isnan(b):
        return None
    return abs(_ordinal(a) - _ordinal(b))


def float32_ulps_apart(a: float, b: float) -> int | None:
    """Count the float32 steps from `a` to `b`.

    Return None if one of the two is not a float32 number.
    """
    with np.errstate(over="ignore"):
        narrow = np.array([a, b]).astype(np.float32)
    if not np.array_equal(narrow.astype(np.float64), [a, b]):
        return None
    first, second = (bits if bits >= 0 else -(bits & 0x7FFF_FFFF) for bits in narrow.view(np.int32).tolist())
    return abs(int(first) - int(second))


def _ordinal(value: float) -> int:
    """Return the rank of `value` among all float64 numbers.

    Both zeros have rank 0.
    """
    bits = int(np.float64(value).view(np.int64))
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _steps(a: Points | None, b: Points | None) -> NDArray[Any]:
    steps = [points[0] for points in (a, b) if points is not None]
    return np.unique(np.concatenate(steps)) if steps else np.empty(0, dtype=np.int64)


def _differing(a: Mapping[str, Points], b: Mapping[str, Points]) -> Iterator[ValueDifference]:
    """Yield every point at which two sets of series differ.

    Points are ordered by metric and step.
    """
    for metric in sorted({*a, *b}):
        first_series, other = a.get(metric), b.get(metric)
        if first_series is not None and other is not None and _same_bits(first_series, other):
            continue
        first, second = _by_step(first_series), _by_step(other)
        for step in sorted({*first, *second}):
            x, y = first.get(step), second.get(step)
            if x is None or y is None or _bits(x) != _bits(y):
                yield _difference(metric, step, x, y)


def _same_bits(a: Points, b: Points) -> bool:
    return np.array_equal(a[0], b[0]) and a[1].tobytes() == b[1].tobytes()


def _by_step(points: Points | None) -> dict[float, float]:
    return {} if points is None else dict(zip(points[0].tolist(), points[1].tolist(), strict=True))


def _bits(value: float) -> str:
    return bits_in_hex(np.array([value]))[0]


def _difference(metric: str, step: float, a: float | None, b: float | None) -> ValueDifference:
    return ValueDifference(
        metric=metric,
        step=step,
        a=a,
        b=b,
        a_hex=None if a is None else a.hex(),
        b_hex=None if b is None else b.hex(),
        a_bits=None if a is None else _bits(a),
        b_bits=None if b is None else _bits(b),
        ulps=None if a is None or b is None else ulps_apart(a, b),
        ulps_float32=None if a is None or b is None else float32_ulps_apart(a, b),
    )


def _first_break(item: Broken, shared: set[FingerprintKind]) -> BrokenFingerprint:
    """Describe the first fingerprint that differs.

    Only fingerprints that both runs have are named as equal.
    """
    if item.a is None or item.b is None:
        cause = sentences.fingerprint_missing(item.kind)
    else:
        equal = [kind for kind in before(item.kind) if kind in shared]
        arithmetic = item.kind is FingerprintKind.WEIGHTS and not set(_ARITHMETIC_NEEDS) - set(equal)
        cause = sentences.fingerprint_differs(item.kind, equal, arithmetic=arithmetic)
    return BrokenFingerprint(kind=item.kind, step=item.step, a=item.a, b=item.b, cause=cause)


def _detail(
    first: ValueDifference | None,
    breaks: list[Broken],
    values: int,
    environment: tuple[EnvironmentDifference, ...],
    shared: set[FingerprintKind],
    *,
    weights: bool,
    scope: str | None,
) -> str:
    # One fact a reason: the number of threads is in several variables as well.
    matter = list({item.why: item.key for item in reversed(environment) if item.matters}.values())[::-1]
    lacking = {kind: call for kind, call in HOW_TO_RECORD.items() if kind not in shared}
    recorded = sentences.not_recorded(lacking) if scope is None else scope
    if not breaks and first is None:
        equal = sentences.all_equal(values, matter, weights=weights) if values or shared else sentences.NOTHING_RECORDED
        return f"{equal} {recorded}".rstrip()
    parts = []
    if breaks:
        cause = _first_break(breaks[0], shared)
        parts.append(f"{cause.cause}{f' (epoch {cause.step})' if cause.step else ''}")
    if first is not None:
        parts.append(_where(first))
    elif values:
        parts.append(sentences.VALUES_EQUAL)
    if matter:
        parts.append(sentences.environments_differ(matter))
    return f"{'; '.join(parts)}. {recorded}".rstrip()


def _where(first: ValueDifference) -> str:
    if first.a is None or first.b is None:
        return sentences.point_missing(first.metric, first.step)
    single = first.ulps_float32 is not None
    apart = first.ulps_float32 if single else first.ulps
    return sentences.point_differs(first.metric, first.step, first.a, first.b, apart, single=single)
