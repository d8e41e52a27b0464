"""Read metrics from the output of a script.

Supported are `key: value`, `key=value`, JSON lines, progress bars, and boxed tables.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|[\x08\x00]")
# 12,345.6 and 12.345,6 and 0,912: read to its first comma, a number would be wrong without anyone noticing.
_GROUPED: Final = r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?!\d|,\d)"
_DECIMAL_COMMA: Final = r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+),\d+(?!\d|[,.]\d)"
_NUMBER: Final = (
    rf"[-+−]?(?:{_GROUPED}|{_DECIMAL_COMMA}"
    r"|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
)
# A key, a separator, a number that ends there: not a date, a time of day, a version or a duration. A byte that is no
# text counts as a letter. Bounded, since every word of a long line may begin a key.
_PAIR: Final = re.compile(
    rf"""(?<![\w/\ufffd])(?P<key>['"]?(?:[^\W\d]|\ufffd)[\w./@%()+ \ufffd-]{{0,200}}?['"]?)
        \s{{0,40}} (?:=|:(?!/)) \s{{0,40}}
        (?:(?:tensor|array|np\.float(?:32|64)|np\.int(?:32|64))\()? ['"]?
        (?P<value>{_NUMBER}) ['"]? (?: (?P<percent>\s?%) | /(?P<total>\d+) )?
        (?! [\w] | \.\d | [:/]\d | -\d )""",
    re.VERBOSE | re.IGNORECASE,
)
_CELLS: Final = re.compile(
    rf"[│|┃]\s*(?P<key>[^\W\d][\w./@ -]*?)\s*[│|┃]\s*(?P<value>{_NUMBER})\s*(?=[│|┃])", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"\s+-\s+|[,;|\t{}\[\]<>│┃:=]\s*")
_NOISE: Final = re.compile(
    r"^(?:\d[\d\s:./-]*\s+|(?:debug|info|warning|error|critical)\b\s*|(?:epoch|step|iter(?:ation)?|round)\s+\d+\s*)+",
    re.IGNORECASE,
)
_STEP: Final = re.compile(
    r"\b(?P<kind>global_step|epoch|step|iteration|iter|round)\b['\"]?\s*[:=#]?\s*['\"]?(?P<step>\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"^\s*\[?\s*epoch\s*[:#]?\s*\[?(?P<step>\d+)\s*(?:/\s*\d+)?\]?\s*:?\s*$", re.IGNORECASE)
_STEP_NAMES: Final = {"global_step": 0, "step": 1, "epoch": 2, "iteration": 3, "iter": 4, "round": 5}
TIMES: Final = re.compile(
    r"(^|[/_ .-])(times?|seconds?|secs?|duration|elapsed|runtime|eta|fps|speed|throughput|per_second|timestamp|lr)"
    r"([/_ .-]|$)",
    re.IGNORECASE,
)
"""Names of measures that vary regardless of the seed, such as times."""
_TRAINING: Final = re.compile(r"(^|[/_ .-])(train|training|tr)([/_ .-]|$)", re.IGNORECASE)
# A place in a source file, such as `port.cc:153`, as libraries log it.
_SOURCE_LINE: Final = re.compile(r"\.(?:cc|cpp|cu|c|h|hpp|py|pyx|go|rs|java|R|jl|js|ts)$")
_OVERWRITTEN_FROM: Final = 20_000  # progress bars redraw one line for hours
_LONGEST_LINE: Final = 1_000_000  # a dump of predictions may stand before a result
_MOST_WORDS: Final = 12


@dataclass
class Reading:
    """Metrics of one line of output.

    It holds values by name, their step (None if the line has none), and the names that were printed in percent.
    """

    values: dict[str, float]
    step: float | None = None
    percent: frozenset[str] = frozenset()


@dataclass
class LineReader:
    """Parser of one process's output, which may arrive in pieces.

    wanted: the metric that decides, which is also recognised as `name value`, and even if it is called epoch or step. A
    line that carriage returns overwrote is read in its final state. overlong: of a longer line than a million
    characters only the last million were read.
    """

    wanted: str = ""
    overlong: bool = False
    _rest: list[str] = field(default_factory=list)
    _size: int = 0
    _epoch: float | None = None
    _pattern: re.Pattern[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.wanted:
            # Printed for people, val_acc is often "val acc".
            name = r"[\s_./-]+".join(re.escape(word) for word in re.split(r"[\s_./-]+", self.wanted))
            self._pattern = re.compile(
                rf"(?<![\w./-]){name}\s*(?:is|was|of)?\s+(?P<value>{_NUMBER})(?P<percent>\s?%)?(?![\w]|\.\d|[:/]\d)",
                re.IGNORECASE,
            )

    def feed(self, text: str) -> Iterator[Reading]:
        """Yield the readings of all lines that are now complete."""
        first, *others = text.split("\n")
        self._keep(first)
        for line in others:
            yield from self.close()
            self._keep(line)

    def close(self) -> Iterator[Reading]:
        """Yield the readings of a last line without a line end."""
        line = "".join(self._rest)
        self._rest, self._size = [], 0
        if line:
            yield from self._line(line)

    def _keep(self, text: str) -> None:
        """Keep the next piece of an unfinished line, less what is overwritten."""
        self._rest.append(text)
        self._size += len(text)
        if self._size > _LONGEST_LINE or (self._size > _OVERWRITTEN_FROM and "\r" in text):
            line = "".join(self._rest)
            line = line[line.rfind("\r", 0, -1) + 1 :]
            self.overlong |= len(line) > _LONGEST_LINE
            self._rest = [line[-_LONGEST_LINE:]]
            self._size = len(self._rest[0])

    def _line(self, line: str) -> Iterator[Reading]:
        for part in reversed(line.split("\r")):
            text = _ESCAPES.sub("", part)
            if not text.strip():
                continue
            header = _HEADER.match(text)
            if header:
                # Keras prints the epoch on a line of its own, above the values.
                self._epoch = float(header["step"])
                return
            reading = self._read(text)
            if reading.values:
                yield reading
                return

    def _read(self, text: str) -> Reading:
        stripped = text.strip()
        if stripped.startswith("{") and stripped.endswith("}"):
            reading = _json_reading(stripped, self.wanted)
            if reading is not None:
                return reading
        values: dict[str, float] = {}
        percent: set[str] = set()
        # Most lines of a talkative script hold neither: the patterns would try every word of them as a key.
        pairs = _PAIR.finditer(text) if "=" in text or ":" in text else ()
        cells = _CELLS.finditer(text) if any(border in text for border in "│|┃") else ()
        for match in (*pairs, *cells):
            name = _name(match["key"])
            number = parse_number(match["value"])
            if not name or number is None or (name.casefold() in _STEP_NAMES and name != self.wanted):
                continue
            if _SOURCE_LINE.search(name):
                continue
            groups = match.groupdict()
            if groups.get("total"):
                total = float(groups["total"])
                if not 0 <= number <= total or total == 0:
                    continue
                number /= total
            if groups.get("percent"):
                number /= 100
                percent.add(name)
            values[name] = number
        if self._pattern is not None and self.wanted not in values:
            plain = self._pattern.search(text)
            number = parse_number(plain["value"]) if plain else None
            if plain is not None and number is not None:
                if plain["percent"]:
                    number /= 100
                    percent.add(self.wanted)
                values[self.wanted] = number
        return Reading(values, self._step(text) if values else None, frozenset(percent))

    def _step(self, text: str) -> float | None:
        matches = [match for match in _STEP.finditer(text) if match["kind"] != self.wanted]
        if not matches:
            # XGBoost and LightGBM begin a line with the round.
            boosted = re.match(r"\s*\[(\d+)\]\s", text)
            return float(boosted[1]) if boosted else self._epoch
        best = min(matches, key=lambda match: _STEP_NAMES[match["kind"].casefold()])
        return float(best["step"])


def parse_number(text: str) -> float | None:
    """Return the number that a script printed, or None.

    A comma is one of thousands where three digits follow each, as in 12,345.6, else the decimal sign.
    """
    plain = text.strip().replace("−", "-").replace("_", "")
    unsigned = plain.lstrip("+-")
    if re.fullmatch(_GROUPED, unsigned):
        plain = plain.replace(",", "")
    elif re.fullmatch(_DECIMAL_COMMA, unsigned):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def numbers_in(document: dict[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of nested objects by name.

    Levels are joined by a slash. NaN may be a string; null is not a number.
    """
    for key, value in document.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            yield from numbers_in(value, f"{name}/")
        elif isinstance(value, bool):
            continue
        elif isinstance(value, int | float):
            try:
                yield name, float(value)
            except OverflowError:
                yield name, math.inf
        elif isinstance(value, str) and value.lower() in {"nan", "inf", "-inf", "infinity", "-infinity"}:
            yield name, float(value)


def split_step(values: dict[str, float], wanted: str) -> tuple[dict[str, float], float | None]:
    """Split the step from the values of a line or row.

    The step is the first of global_step, step, epoch, iteration and round.
    """
    names = {name.casefold(): name for name in values if name != wanted}
    step_names = [names[name] for name in _STEP_NAMES if name in names]
    step = values[step_names[0]] if step_names else None
    metrics = {name: value for name, value in values.items() if name not in step_names}
    return metrics, step if step is not None and math.isfinite(step) else None


def same_name(a: str, b: str) -> bool:
    """Return True if two names consist of the same words.

    Case, spaces, hyphens and underscores do not count.
    """
    return _plain(a) == _plain(b)


def matching_name(wanted: str, names: list[str]) -> str | None:
    """Return the recorded name of a wanted metric, or None.

    An exact match comes first, then one that differs in case and separators only, then the only name that ends with its
    words, then the only one that begins with them. A metric of the training data is never taken for one whose name
    does not say so.
    """
    if wanted in names:
        return wanted
    alike = [name for name in names if same_name(name, wanted)]
    if not _TRAINING.search(wanted):
        names = [name for name in names if not _TRAINING.search(name)]
    if not alike:
        alike = [name for name in names if f" {_plain(name)}".endswith(f" {_plain(wanted)}")]
    if not alike:
        alike = [name for name in names if f"{_plain(name)} ".startswith(f"{_plain(wanted)} ")]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_./-]+", " ", name).strip().casefold()


def _name(key: str) -> str:
    """Return the metric's name from the text before a value.

    It follows the last separator; log levels and times are removed.
    """
    text = _SEPARATORS.split(key)[-1].strip(" '\"")
    text = _NOISE.sub("", text).strip(" '\"-")
    words = text.split()
    return " ".join(words[-_MOST_WORDS:]) if words and not text[:1].isdigit() else ""


def _json_reading(text: str, wanted: str) -> Reading | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    values, step = split_step(dict(numbers_in(document)), wanted)
    return Reading(values, step)
