"""Turn numbers, counts, durations, p-values, intervals and names into text.

Only this module and its twin in TypeScript (frontend/src/lib/words.ts) format numbers for people; both are held to
tests/goldens/words.json. Conventions: a real minus sign, "95% CI" without a space, differences of shares in percentage
points, "±" for the half-width of a CI only, and one rounding: two significant digits of the CI's width. An estimate and
both ends of its CI have the same decimals and the same notation, and no end is rounded onto or across 0 or another
value that a verdict depends on.
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "−"
NOTHING = "–"  # the cell of a table that has no value
ELLIPSIS = "…"

_MOST_DECIMALS = 12  # more are noise of binary fractions, so powers of ten are clearer
_LARGEST_PLAIN, _SMALLEST_PLAIN = Decimal("1e15"), Decimal("1e-4")  # beyond, powers of ten
_DIGITS = 4  # significant digits of a number that stands alone
_MORE = 2  # decimals added where an end of a CI would otherwise reach or cross a mark
_SAME = 1e-9  # of the CI's width: ends this close to a mark other than 0 are on it

Ends = tuple[float, float]
"""Lower and upper end of a CI."""


def number(value: float | None) -> str:
    """Return four significant digits: `0.9132`, `12,346`, `1.23e−6`.

    Use it for a number without an interval.
    """
    if value is None:
        return NOTHING
    special = _special(value)
    if special is not None:
        return special
    if value == 0:
        return "0"
    return _stripped(value, _DIGITS - 1 - _exponent(value))


def fixed(value: float, decimals: int, *, signed: bool = False) -> str:
    """Format the value with this many decimals and a real minus sign.

    Negative decimals round to tens, hundreds and so on.
    """
    special = _special(value, signed=signed)
    if special is not None:
        return special
    magnitude = _half_up(abs(value), decimals)
    sign = "" if not magnitude else MINUS if value < 0 else "+" if signed else ""
    if magnitude and (magnitude < _SMALLEST_PLAIN or magnitude >= _LARGEST_PLAIN or decimals > _MOST_DECIMALS):
        return sign + _scientific(magnitude, decimals)
    return f"{sign}{magnitude:,.{max(decimals, 0)}f}"


def decimals_for(half_width: float | None) -> int | None:
    """Return the decimals that a CI of this half-width supports.

    They show two significant digits of its width. Return None if there is no such interval.
    """
    if half_width is None or not math.isfinite(half_width) or half_width <= 0:
        return None
    width = min(2 * half_width, sys.float_info.max)
    return 1 - int(f"{width:.1e}".partition("e")[2])


def rounded(value: float | None, ends: Ends | None, *, signed: bool = False, marks: Sequence[float] = ()) -> str:
    """Format an estimate as its CI is formatted by `span`.

    Without a CI it gets four significant digits.
    """
    if value is None:
        return NOTHING
    notation = None if ends is None else _notation(ends, marks)
    if notation is not None:
        return notation.text(value, signed=signed)
    text = number(value)
    return f"+{text}" if signed and value > 0 else text


def mean(value: float | None, half_width: float | None = None) -> str:
    """Format a mean with its CI: `0.9132 ± 0.0042`.

    ± is the half-width. Without a CI the mean stands alone.
    """
    decimals = decimals_for(half_width)
    if value is None or decimals is None or half_width is None or not math.isfinite(value):
        return number(value)
    notation = _Notation.of(decimals, max(abs(value), half_width))
    return f"{notation.text(value)} ± {notation.text(half_width)}"


def span(low: float, high: float, *, signed: bool = False, marks: Sequence[float] = ()) -> str:
    """Return `1.41 to 2.27`, with two significant digits of the width.

    marks: values besides 0 that a verdict compares the ends with, such as a margin. An end that lies beside a mark is
    shown beside it: both ends get up to two more decimals, and if that is not enough, the last decimal shows the side.
    """
    notation = _notation((low, high), marks)
    if notation is None:
        return " to ".join(rounded(end, None, signed=signed) for end in (low, high))
    ends = (_kept_on_its_side(end, notation.decimals, _tolerant(low, high, marks)) for end in (low, high))
    return " to ".join(notation.text(end, signed=signed) for end in ends)


def interval(low: float, high: float, at_level: float, *, signed: bool = False, marks: Sequence[float] = ()) -> str:
    """Return `95% CI 1.4 to 2.7`."""
    return f"{level(at_level)} CI {span(low, high, signed=signed, marks=marks)}"


def difference_scale(unit: str) -> float:
    """Return the factor by which a difference is scaled for display.

    It is 100 for shares, which are shown in points.
    """
    return 100.0 if unit == "share" else 1.0


def difference_unit(unit: str) -> str:
    """Return the unit of a difference.

    It is `points` for shares and percentages, else the metric's own.
    """
    return "points" if unit in ("share", "%") else unit


def with_unit(text: str, unit: str) -> str:
    """Return a formatted number with its unit: `1 point`, `2.1 points`, `3%`."""
    if unit == "points" and text.lstrip(f"+{MINUS}") == "1":
        unit = "point"
    return f"{text}{unit}" if unit == "%" else f"{text} {unit}".rstrip()


def difference(
    value: float | None, ends: Ends | None, unit: str, *, signed: bool = True, marks: Sequence[float] = ()
) -> str:
    """Return a difference in its unit, rounded by its CI: `+2.1 points`.

    `value`, `ends` and `marks` are in the metric's units.
    """
    if value is None:
        return NOTHING
    scale = difference_scale(unit)
    scaled = None if ends is None else (ends[0] * scale, ends[1] * scale)
    text = rounded(value * scale, scaled, signed=signed, marks=[mark * scale for mark in marks])
    return with_unit(text, difference_unit(unit))


def entered(value: float, unit: str = "") -> str:
    """Return a user's difference with all its digits: `0.5 points`."""
    special = _special(value)
    scaled = value if special else float(f"{value * difference_scale(unit):.12g}")
    return with_unit(special or exact(scaled), difference_unit(unit))


def exact(value: float | None) -> str:
    """Format every digit of the value, with a real minus sign."""
    if value is None:
        return NOTHING
    special = _special(value)
    if special is not None:
        return special
    if value == int(value) and abs(value) < _LARGEST_PLAIN:
        return f"{int(value):,}".replace("-", MINUS)
    text = repr(float(value)) if abs(value) >= _SMALLEST_PLAIN else f"{value:.15g}"
    return re.sub(r"e([+-]?)0*(\d+)", lambda match: f"e{match[1].replace('+', '')}{match[2]}", text).replace("-", MINUS)


def sd(value: float | None) -> str:
    """Return a standard deviation to two significant digits: `0.014`."""
    if value is None:
        return NOTHING
    special = _special(value)
    if special is not None or value == 0:
        return special or "0"
    return fixed(value, 1 - _exponent(value))


def p_value(p: float | None) -> str:
    """Return `p = 0.003` or `p < 0.001`."""
    text = p_cell(p)
    return f"p {text[0]} {text[1:]}" if text[:1] in "<>" else f"p = {text}"


def p_cell(p: float | None) -> str:
    """Return a p-value for a table's cell: `0.003`, `<0.001`."""
    if p is None or math.isnan(p):
        return NOTHING
    if p < 0.001:
        return "<0.001"
    if p == 1:
        return "1"
    if p > 0.99:
        return ">0.99"
    # Never rounded across a usual level: 0.0497 is not 0.05.
    decimals = 2 if p >= 0.0995 else 3
    # A p that is counted, such as 2 of 20 orders, may miss its level by the last bit.
    while decimals < _FINEST_P and not _is_level(p) and float(_half_up(p, decimals)) in _LEVELS:
        decimals += 1
    return fixed(p, decimals)


_LEVELS = frozenset({0.001, 0.005, 0.01, 0.05, 0.1})  # a p-value is never rounded onto one of them from the other side
_FINEST_P = 9  # decimals; a p this close to a level is the level


def _is_level(p: float) -> bool:
    return any(abs(p - usual) < 10.0**-_FINEST_P for usual in _LEVELS)


def percent(share: float | None, ends: Ends | None = None) -> str:
    """Return a share as `43%` or `4.3%`, or rounded by its CI.

    Only exactly none and all become 0% and 100%.
    """
    if share is None or math.isnan(share):
        return NOTHING
    notation = None if ends is None else _notation((100 * ends[0], 100 * ends[1]), _ALL)
    if notation is not None:
        value = _kept_on_its_side(100 * share, notation.decimals, _tolerant(0, 100, _ALL))
        beyond = "" if value == 100 * share else "<" if value > 100 * share else ">"
        return f"{beyond}{notation.text(value)}%"
    scaled = 100 * share
    if 0 < scaled < 0.1:
        return "<0.1%"
    if 99.9 < scaled < 100:
        return ">99.9%"
    narrow = abs(scaled) < 9.95 or 99 < scaled < 100
    text = fixed(scaled, 1 if narrow and scaled != int(scaled) else 0)
    return f"{text.removesuffix('.0')}%"


def part(share: float | None, ends: Ends | None = None) -> str:
    """Return a part of a whole: `43%`, or `≥100%` above the whole."""
    within = None if ends is None or ends[0] > 1 else (ends[0], min(ends[1], 1.0))
    return "≥100%" if share is not None and share > 1 else percent(share, within)


def part_span(low: float, high: float) -> str:
    """Return the range of a part of a whole: `60% to 100%`."""
    return part(low) if low > 1 else percent_span(low, min(high, 1.0))


def percent_span(low: float, high: float) -> str:
    """Return `12% to 43%`, with two significant digits of the width."""
    if not high > low:
        return f"{percent(low)} to {percent(high)}"
    return f"{span(100 * low, 100 * high, marks=_ALL).replace(' to ', '% to ')}%"


_ALL = (100.0,)  # percent; no other share is shown as all


_FINEST = 1e-6  # percent; a level that misses 100% by less is shown as over this


def level(share: float) -> str:
    """Return a confidence level: `95%`, `98.33%`, `99.9998%`, never `100%`."""
    text = f"{100 * share:.4g}"
    if text != "100":
        return f"{text}%"
    missing = round(100 * (1 - share), 9)
    if missing < _FINEST:
        return f"over {exact(100 - _FINEST)}%"
    decimals = -math.floor(math.log10(missing))
    floor = math.floor(100 * share * 10**decimals + 1e-6) / 10**decimals
    return f"{floor:.{decimals}f}%"


def count(value: int) -> str:
    """Return a count with its thousands apart: `1,204`."""
    return f"{value:,}".replace("-", MINUS)


def counted(value: int, singular: str, plural: str | None = None) -> str:
    """Return `1 run`, `12 runs`, `2 studies`."""
    return f"{count(value)} {singular if value == 1 else plural or _plural(singular)}"


def seeds_used(n_a: int, n_b: int, *, paired: bool, alone: tuple[int, int] = (0, 0)) -> str:
    """Return the seeds behind a comparison of B with A.

    Examples are `24 paired seeds`, `20 seeds per arm` and `18 and 20 seeds`, B's first. alone: unpaired seeds of A and
    B that take part, as in `10 paired, 5 and 4 unpaired seeds`.
    """
    if paired and any(alone):
        unpaired = f"{count(alone[1])} and {count(alone[0])} unpaired seeds"
        return f"{count(min(n_a, n_b))} paired, {unpaired}"
    if paired:
        return counted(min(n_a, n_b), "paired seed")
    return f"{counted(n_a, 'seed')} per arm" if n_a == n_b else f"{count(n_b)} and {counted(n_a, 'seed')}"


def listing(items: Sequence[str], most: int = 12, *, join: str = "and") -> str:
    """Join items: `a`, `a and b`, `a, b, c and 4 more`."""
    if len(items) > most:
        return f"{', '.join(items[:most])} {join} {count(len(items) - most)} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {join} {items[-1]}"


def stretches(values: Iterable[int], most: int = 12) -> str:
    """Return whole numbers as ranges: `0–19, 25`."""
    parts: list[list[int]] = []
    for value in sorted(set(values)):
        if parts and value == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], value]
        else:
            parts.append([value])
    texts = [f"{part[0]}–{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    more = f" and {count(len(texts) - most)} more ranges" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def duration(seconds: float | None) -> str:
    """Return a duration: `340 ms`, `45 s`, `3 min 20 s`.

    Longer ones are `2 h 5 min` and `3 d 4 h`.
    """
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return NOTHING
    if seconds == 0:
        return "0 s"
    if seconds < 0.9995:
        return f"{_whole(seconds * 1000) or '<1'} ms"
    if seconds < 9.95:
        return f"{fixed(seconds, 1)} s"
    rounded = _whole(seconds)
    if rounded < 60:
        return f"{rounded} s"
    if rounded < 3600:
        return _two_units(rounded, 60, "min", "s")
    minutes = _whole(seconds / 60)
    if minutes < 1440:
        return _two_units(minutes, 60, "h", "min")
    return _two_units(_whole(seconds / 3600), 24, "d", "h")


def about(seconds: float) -> str:
    """Return an estimated duration: `about 5 s`, `about 3 min`.

    It is a second or more, in steps that show how rough the estimate is.
    """
    if seconds < 59.5:
        rounded = max(1, _whole(seconds))
        return f"about {rounded if rounded < 10 else 5 * _whole(rounded / 5)} s"
    if seconds < 3570:
        return f"about {_whole(seconds / 60)} min"
    return f"about {duration(600 * _whole(seconds / 600))}"


def rate(per_second: float | None) -> str:
    """Format a rate: `3.1 runs/s`, per minute or per hour."""
    if per_second is None or not math.isfinite(per_second) or per_second <= 0:
        return NOTHING
    for seconds, unit in ((1, "s"), (60, "min")):
        if per_second * seconds >= 1:
            return f"{fixed(per_second * seconds, 1)} runs/{unit}"
    return f"{fixed(per_second * 3600, 1)} runs/h"


def size(n_bytes: int) -> str:
    """Return a size in powers of 1,000: `1.5 kB`, `12 MB`."""
    scaled, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while scaled >= 999.5 and len(units) > 1:
        scaled /= 1000
        del units[0]
    decimals = 1 if units[0] != "B" and scaled < 9.95 else 0
    return f"{fixed(scaled, decimals)} {units[0]}"


def moment(at: datetime) -> str:
    """Return a time to the minute in UTC: `2026-11-29 10:09 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


_ENCLOSED = re.compile(
    r"[,;:!?()\[\]{}<>=*`\"'“”−–—/|\\&%]|(?<!\d)\.|\.(?!\d)|^[-+]|\s{2,}|^\s|\s$|^$|^\d+(e\d+)?$|^\d[\d.]*\d$"
)
_ISOLATE, _POP = "\u2068", "\u2069"
_BIDI = frozenset({"R", "AL", "RLE", "RLO", "LRE", "LRO", "PDF"})
_WORDS = frozenset({"and", "or", "is", "beats", "by", "than", "minus", "to", "each", "per", "arm", "arms", "seeds"})


def name(text: str) -> str:
    """Return a user's name for use in a sentence.

    It is treated as by `plain`, and quoted if it could be taken for a part of the sentence, such as punctuation or a
    number: `“v. 1 free”`, `“64”`.
    """
    line = _one_line(text)
    return _isolated(f"“{line}”" if _ENCLOSED.search(line) or line.lower() in _WORDS else line)


def plain(text: str) -> str:
    """Return a user's name for a table's cell, on one line.

    Right-to-left letters and direction controls such as U+202E are isolated, so that they cannot turn the text around
    them.
    """
    return _isolated(_one_line(text))


def short(text: str, longest: int) -> str:
    """Return the text cut to this many characters.

    The ellipsis is in the middle, because ends tell arms apart as well as starts.
    """
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 3
    return f"{text[: longest - 1 - tail]}{ELLIPSIS}{text[len(text) - tail :] if tail else ''}"


def sentence(text: str) -> str:
    """Return the text with a capital first letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}"


def _one_line(text: str) -> str:
    return " ".join(line for line in "".join(map(_visible, text)).split("\n") if line)


def _isolated(text: str) -> str:
    turns = any(unicodedata.bidirectional(character) in _BIDI for character in text)
    return f"{_ISOLATE}{text}{_POP}" if turns else text


def _visible(character: str) -> str:
    """Replace control characters by a line break, drop stray isolates."""
    if "\u2066" <= character <= "\u2069":
        return ""
    return "\n" if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character


@dataclass(frozen=True)
class _Notation:
    """Decimals and power of ten that the numbers of one CI share."""

    decimals: int
    power: int | None  # None: written without a power of ten

    @classmethod
    def of(cls, decimals: int, largest: float) -> _Notation:
        magnitude = _half_up(largest, decimals)
        plain = _SMALLEST_PLAIN <= magnitude < _LARGEST_PLAIN or not magnitude
        return cls(decimals, None if plain else magnitude.adjusted())

    def text(self, value: float, *, signed: bool = False) -> str:
        special = _special(value, signed=signed)
        if special is not None:
            return special
        magnitude = _half_up(abs(value), self.decimals)
        sign = "" if not magnitude else MINUS if value < 0 else "+" if signed else ""
        if self.power is None:
            return f"{sign}{magnitude:,.{max(self.decimals, 0)}f}"
        mantissa = f"{magnitude.scaleb(-self.power):.{max(self.decimals + self.power, 0)}f}"
        return f"{sign}{mantissa}e{str(self.power).replace('-', MINUS)}" if magnitude else mantissa


def _notation(ends: Ends, marks: Sequence[float]) -> _Notation | None:
    """Return the notation of a CI, None without a width."""
    low, high = ends
    decimals = decimals_for(high / 2 - low / 2)
    if decimals is None:
        return None
    every = _tolerant(low, high, marks)
    for _ in range(_MORE):
        if all(_rounds_beside(end, decimals, mark) for end in ends for mark in every(end)):
            break
        decimals += 1
    return _Notation.of(decimals, max(abs(low), abs(high)))


def _tolerant(low: float, high: float, marks: Sequence[float]) -> Callable[[float], list[float]]:
    """Return the marks that an end is not on, 0 last."""
    near = _SAME * (high - low)
    return lambda end: [*(mark for mark in marks if mark and abs(end - mark) > near), *([0.0] if end else [])]


def _rounds_beside(end: float, decimals: int, mark: float) -> bool:
    """Return True if rounding keeps the side of the mark."""
    rounded = math.copysign(float(_half_up(abs(end), decimals)), end)
    return rounded < mark if end < mark else rounded > mark


def _kept_on_its_side(end: float, decimals: int, marks: Callable[[float], list[float]]) -> float:
    """Return the end, kept on its side of every mark."""
    for mark in marks(end):
        if not _rounds_beside(end, decimals, mark):
            steps = float(f"{mark * 10.0**decimals:.12g}")
            end = (math.ceil(steps) - 1 if end < mark else math.floor(steps) + 1) / 10.0**decimals
    return end


def _special(value: float, *, signed: bool = False) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return f"{MINUS if value < 0 else '+' if signed else ''}∞"
    return None


def _exponent(value: float) -> int:
    """Return the power of ten of the first significant digit.

    The text form is exact, which log10 is not near a power of ten.
    """
    return int(f"{abs(value):.15e}".partition("e")[2])


def _stripped(value: float, decimals: int) -> str:
    """Return the value without trailing zeros.

    It has at most these decimals and keeps all whole digits.
    """
    text = fixed(value, decimals if abs(value) >= _LARGEST_PLAIN else max(decimals, 0))
    mantissa, power, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + power + exponent


def _scientific(value: Decimal, decimals: int) -> str:
    mantissa, _, exponent = f"{value:.{min(max(decimals + value.adjusted(), 0), 15)}e}".partition("e")
    return f"{mantissa}e{str(int(exponent)).replace('-', MINUS)}"


def _plural(singular: str) -> str:
    if singular.endswith("y") and singular[-2:-1] not in "aeiou":
        return f"{singular[:-1]}ies"
    return f"{singular}es" if singular.endswith(("s", "x", "ch", "sh")) else f"{singular}s"


def _half_up(value: float, decimals: int) -> Decimal:
    """Return the value rounded to this many decimals, exact ties up.

    JavaScript's toFixed rounds the same way.
    """
    step = Decimal(1).scaleb(-decimals)
    return _CONTEXT.quantize(Decimal(value), step)


_CONTEXT = Context(prec=1_200, rounding=ROUND_HALF_UP)  # of any float64


def _whole(value: float) -> int:
    return int(_half_up(value, 0))


def _two_units(value: int, per: int, large: str, small: str) -> str:
    count, remainder = divmod(value, per)
    return f"{count} {large} {remainder} {small}" if remainder else f"{count} {large}"
