"""Axes for static drawings: data to pixels, and ticks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import words

Floats = NDArray[np.float64]

PADDING = 0.04
MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """Linear or logarithmic axis.

    Values low … high lie at pixels start … stop (log10 of the values if `log`).
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool
    visible: bool
    ticks: tuple[tuple[float, str], ...]
    title: str

    def pixels(self, values: Any) -> Floats:
        """Return positions in pixels; NaN for values without one."""
        numbers = np.asarray(values, dtype=np.float64)
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers = np.log10(numbers)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        return self.start + (numbers - self.low) / (self.high - self.low) * (self.stop - self.start)


def scale(axis: Mapping[str, Any], values: Sequence[Floats], start: float, stop: float) -> Scale:
    """Return the scale of a layout's axis between two pixels.

    `values` are the data drawn on it, for axes without a range.
    """
    log = axis.get("type") == "log"
    fixed_range = axis.get("range")
    low, high = (float(fixed_range[0]), float(fixed_range[1])) if fixed_range else _extent(values, log)
    clip = axis.get("autorangeoptions")
    if clip and not fixed_range and not log:
        low, high = max(low, clip["clipmin"]), min(high, clip["clipmax"])
    if axis.get("rangemode") == "tozero" and not log and not fixed_range:
        low, high = min(low, 0.0), max(high, 0.0)
    ticks = _ticks(axis, low, high, log)
    return Scale(low, high, start, stop, log, axis.get("visible", True), ticks, axis.get("title", {}).get("text", ""))


def _extent(values: Sequence[Floats], log: bool) -> tuple[float, float]:
    every = np.concatenate([np.ravel(v) for v in values]) if values else np.empty(0)
    every = every[np.isfinite(every) & ((every > 0) if log else True)]
    if every.size == 0:
        return 0.0, 1.0
    if log:
        every = np.log10(every)
    low, high = float(every.min()), float(every.max())
    span = high - low if math.isfinite(high - low) else 0.0
    if span <= 0:
        span = abs(low) or 1.0
    return low - PADDING * span, high + PADDING * span


def _ticks(axis: Mapping[str, Any], low: float, high: float, log: bool) -> tuple[tuple[float, str], ...]:
    values = axis.get("tickvals")
    if values is not None:
        texts = axis.get("ticktext") or [words.exact(value) for value in values]
        within = ((v, t) for v, t in zip(values, texts, strict=True) if low <= (math.log10(v) if log else v) <= high)
        return tuple((float(value), str(text)) for value, text in within)
    if log:
        powers = range(math.ceil(low), math.floor(high) + 1)
        every = max(1, len(powers) // MOST_TICKS)
        return tuple((10.0**power, words.exact(10.0**power)) for power in powers if power % every == 0)
    step = axis.get("dtick") or _step(high - low, axis.get("nticks", MOST_TICKS))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    percent = str(axis.get("tickformat", "")).endswith("%")
    return tuple((count * step, _tick_text(count * step, step, percent)) for count in range(first, last + 1))


def _step(span: float, most: int) -> float:
    """Return the finest round step with at most so many ticks.

    A round step is 1, 2 or 5 times a power of ten.
    """
    rough = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)


def _tick_text(value: float, step: float, percent: bool) -> str:
    if percent:
        return f"{words.fixed(100 * value, _decimals(100 * step))}%"
    if abs(value) >= 1e6 or (0 < abs(step) < 1e-5):
        return words.number(value)
    return words.fixed(value, _decimals(step))


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
