"""Read metrics from the output of a script.

Supported are `key: value`, `key=value`, JSON lines, progress bars, and boxed tables.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from seedspread.recording.names import Parts, is_metric, part_of, qualified, same_name

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
    rf"""(?<![\w/\ufffd])(?P<key>['"]?(?:[^\W\d]|\ufffd)[\w./@%()+^↑↓ \ufffd-]{{0,200}}?['"]?)
        \s{{0,40}} (?:=>?|:=|:(?!/)|：|->|→) \s{{0,40}}
        (?:(?:(?:tf\.)?tensor|array|np\.float(?:32|64)|np\.int(?:32|64))\()? (?P<open>['"`]|\*\*|\[)?
        (?P<value>{_NUMBER}) (?: dB\b )?
        (?(open)(?:['"`]|\*\*|\])) (?: (?P<percent>\s?%) | /(?P<total>\d+(?:\.\d+)?) )?
        (?! [\w] | \.\d | [:/]\d | -\d | \|[\s█▏▎▍▌▋▊▉\#]{{3}} )""",
    re.VERBOSE | re.IGNORECASE,
)
_CELLS: Final = re.compile(
    rf"[│|┃]\s*(?P<key>[^\W\d][\w./@ -]*?)\s*[│|┃]\s*(?P<value>{_NUMBER})\s*(?=[│|┃])", re.IGNORECASE
)
# What logging, loguru and warnings write before a message.
_LOGGED: Final = re.compile(
    r"\s*(?:debug|info|warning|error|critical):[\w.]{1,200}:|\S{1,300}:\d+:\s\w*Warning:.*"
    r"|[\d:., T-]{8,40}\|\s*\w+\s*\|\s*\S+\s-\s",
    re.IGNORECASE,
)
# What stands beside a value: addresses, devices, tensors, modules as PyTorch shows them.
_ASIDE: Final = re.compile(
    r"""
    \b[a-z][a-z+]{1,9}://\S+ | \b(?:cuda|gpu|cpu|mps|xla|tpu):\d+ | <tf\.Tensor:[^>]{0,200}\bnumpy=
    | ,\s?(?:shape|dtype|device|grad_fn)=[^,)>]{0,100} | ^\s*\(\w+\):\s\w+\(.*\)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Looking for one of these takes a tenth of the time of the pattern.
_ASIDES: Final = (
    "://", "cuda:", "gpu:", "cpu:", "mps:", "xla:", "tpu:", "<tf.tensor", "shape=", "dtype=", "device=",
    "grad_fn=", "): ",
)  # fmt: skip
_SETTINGS: Final = re.compile(
    r"""(?:(?:namespace|args|arguments|config|configuration|cfg|params|parameters|options|opts|settings|hparams
        |hyperparameters|classifier|regressor|optimizer)['"]?|\b(?:adam\w?|sgd|rmsprop|linear|conv\w{0,15}|dropout\w?
        |batchnorm\w?|layernorm|embedding|lstm|gru|rnn|sequential))\s?[:=]?\s?[({]""",
    re.IGNORECASE | re.VERBOSE,
)
_POSSESSIVE: Final = "\u02bc"  # counts as a letter, so that valid_0's is one word
_SEPARATORS: Final = re.compile(r"\s+-\s+|[,;|\t{}\[\]<>│┃:=]\s*")
_NOISE: Final = re.compile(
    r"^(?:\d[\d\s:./-]*\s+|(?:debug|info|warning|error|critical)\b\s*|(?:epoch|step|iter(?:ation)?|round)\s+\d+(?:\s*/\s*\d+)?\s*)+",
    re.IGNORECASE,
)
_STEP: Final = re.compile(
    r"\b(?P<kind>global_step|epoch|step|iteration|iter|round|batch)\b['\"]?\s*[:=#]?\s*['\"\[(]?\s*"
    r"(?P<step>\d+(?:\.\d+)?)(?:\s*/\s*(?P<total>\d+))?",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"^\s*\[?\s*epoch\s*[:#]?\s*\[?(?P<step>\d+)\s*(?:/\s*\d+)?\]?\s*:?\s*$", re.IGNORECASE)
_STEP_NAMES: Final = {"global_step": 0, "step": 1, "epoch": 2, "iteration": 3, "iter": 4, "round": 5}
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
    _patterns: tuple[re.Pattern[str], ...] = field(default=(), init=False)
    _first_word: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if self.wanted:
            # Printed for people, val_acc is often "val acc".
            parts = re.split(r"[\s_./-]+", self.wanted)
            self._first_word = parts[0].casefold()
            name = r"[\s_./-]+".join(re.escape(word) for word in parts)
            value = rf"(?P<value>{_NUMBER})(?P<percent>\s?%)?"
            # Accuracy on the test set is 0.9; accuracy ..... 0.9; reached 0.9 accuracy.
            between = r"(?:\s*(?:is|was|of)?\s+|\s*\.{3,}\s*|\s+(?:on|for|over)(?:\s+[a-z]\w*){1,4}\s+(?:is|was)\s+)"
            verb = r"\b(?:got|reached|reaches|achieved|achieves|obtained|is|was|with|a|an)\s+"
            self._patterns = (
                re.compile(rf"(?<![\w./-]){name}{between}{value}(?!\w|\.\d|[:/]\d|-\d)", re.IGNORECASE),
                re.compile(rf"{verb}{value}\s+{name}(?![\w./-])", re.IGNORECASE),
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
        text = _without_asides(text)
        values: dict[str, float] = {}
        percent: set[str] = set()
        # Most lines of a talkative script hold neither: the patterns would try every word of them as a key.
        pairs = _PAIR.finditer(text) if any(sign in text for sign in "=:：→>") else ()
        cells = _CELLS.finditer(text) if any(border in text for border in "│|┃") else ()
        for match, name in self._named((*pairs, *cells), text):
            number = parse_number(match["value"])
            if not name or number is None or (name.casefold() in _STEP_NAMES and name != self.wanted):
                continue
            if _SOURCE_LINE.search(name) or not is_metric(name, self.wanted):
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
        if self.wanted and not any(same_name(name, self.wanted) for name in values):
            self._add_worded(text, values, percent)
        return Reading(values, self._step(text) if values else None, frozenset(percent))

    def _named(self, matches: Sequence[re.Match[str]], text: str) -> Iterator[tuple[re.Match[str], str]]:
        """Yield each pair of a line with its name.

        Of two values of one name, each belongs to the part of the data that was named last.
        """
        if not matches:
            return
        parts = Parts.of(text)
        names = [parts.name(match.end("key"), _name(match["key"]) or _error(match, self.wanted)) for match in matches]
        last: str | None = None
        for match, name in zip(matches, names, strict=True):
            own = part_of(name)
            last = own or last
            if own and name.split()[-1].casefold() in _STEP_NAMES:
                continue
            yield match, f"{last} {name}" if last and not own and names.count(name) > 1 else name

    def _add_worded(self, text: str, values: dict[str, float], percent: set[str]) -> None:
        """Add the wanted metric from a sentence without signs."""
        if self._first_word not in text.casefold():
            return
        parts = Parts.of(text)
        for match in (match for pattern in self._patterns for match in pattern.finditer(text)):
            number = parse_number(match["value"])
            name = parts.name(match.start(), qualified(text[: match.start()], self.wanted))
            if number is None or name in values:
                continue
            if match["percent"]:
                percent.add(name)
            values[name] = number / 100 if match["percent"] else number

    def _step(self, text: str) -> float | None:
        matches = {match["kind"].casefold(): match for match in _STEP.finditer(text) if match["kind"] != self.wanted}
        batch = matches.pop("batch", None)
        if not matches:
            # XGBoost and LightGBM begin a line with the round.
            boosted = re.match(r"\s*\[(\d+)\]\s", text)
            return float(boosted[1]) if boosted else self._epoch
        within, epoch = (
            matches.get("step") or matches.get("iter") or matches.get("iteration") or batch,
            matches.get("epoch"),
        )
        if epoch and within and within["total"] and "global_step" not in matches:
            # Steps that are counted anew in every epoch.
            return float(epoch["step"]) * float(within["total"]) + float(within["step"])
        best = min(matches.values(), key=lambda match: _STEP_NAMES[match["kind"].casefold()])
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


def _error(match: re.Match[str], wanted: str) -> str:
    """Return the name of a metric called error, else an empty text.

    Loggers write the word as a level.
    """
    name = match["key"].strip(" '\"")
    is_metric = name.casefold() == "error" and ("." in match["value"] or same_name(name, wanted))
    return name if is_metric else ""


@lru_cache(maxsize=4096)
def _name(key: str) -> str:
    """Return the metric's name from the text before a value.

    It follows the last separator; log levels and times are removed.
    """
    text = _SEPARATORS.split(key)[-1].strip(" '\"")
    text = _NOISE.sub("", text).strip(" '\"-")
    words = text.replace(_POSSESSIVE, "'").split()
    return " ".join(words[-_MOST_WORDS:]) if words and not text[:1].isdigit() else ""


def _without_asides(text: str) -> str:
    """Return a line without what stands beside its message.

    These are addresses, places in files, and settings.
    """
    if logged := _LOGGED.match(text):
        text = text[logged.end() :]
    lowered = text.lower()
    if any(hint in lowered for hint in _ASIDES):
        text = _ASIDE.sub(" ", text)
    kept, start = [], 0
    for match in _SETTINGS.finditer(text) if "(" in text or "{" in text else ():
        if match.start() >= start:
            kept.append(text[start : match.start()])
            start = _closing(text, match.end() - 1)
    return "; ".join((*kept, text[start:])).replace("'s ", f"{_POSSESSIVE}s ")


def _closing(text: str, start: int) -> int:
    """Return the index behind the bracket that closes an opening one."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "({[") - (text[at] in ")}]")
        if depth == 0:
            return at + 1
    return len(text)


def _json_reading(text: str, wanted: str) -> Reading | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    values, step = split_step(dict(numbers_in(document)), wanted)
    return Reading({name: value for name, value in values.items() if is_metric(name, wanted)}, step)
