"""Read the logs of ended runs again.

They may hold a metric that nobody had asked for while the runs went on.
"""

from __future__ import annotations

import difflib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from seedspread.recording.files import Appender, replace
from seedspread.recording.lines import LineReader, Reading
from seedspread.recording.names import is_context, matching_name
from seedspread.recording.reader import Run
from seedspread.recording.writer import folder_digests, metric_line

FILE: Final = "metrics.log.jsonl"
"""File of a run's folder with what its log was found to hold afterwards."""
_PIECE: Final = 1 << 20
_LAST_LINES: Final = 200
_NUMBERED: Final = re.compile(
    r"(?<![\w./-])(?P<name>[A-Za-z]\w*(?:[./-]\w+)*)\s+[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])"
)


def holds(run: Run, wanted: str) -> bool:
    """Return True if a run's log has a value of the metric."""
    return any(matching_name(wanted, list(reading.values)) is not None for reading in _readings(run, wanted))


def read_again(run: Run, wanted: str) -> bool:
    """Add a metric that an ended run's log holds.

    Metrics that the run reported are left as they are. Return False if the log has no value of the metric.

    Raises:
        Unavailable: the folder cannot be written.
    """
    recorded = run.series()
    readings = [
        Reading({name: value for name, value in reading.values.items() if name not in recorded}, reading.step)
        for reading in _readings(run, wanted)
    ]
    lines = [metric_line(reading.values, reading.step, 0.0, "stdout") for reading in readings if reading.values]
    names = {name for reading in readings for name in reading.values}
    if matching_name(wanted, sorted(names)) is None:
        return False
    path = run.folder / FILE
    path.unlink(missing_ok=True)
    appender = Appender(path)
    appender.write(b"".join(lines))
    appender.close(sync=True)
    run.record.files = folder_digests(run.folder)
    replace(run.folder / "manifest.json", run.record.to_json())
    return True


def printed_names(runs: Sequence[Run], wanted: str) -> list[str]:
    """Return names before decimal numbers in logs, the most similar first.

    Only the end of each log is read.

    Args:
        runs: whose logs are read.
        wanted: the metric's name.
    """
    names: dict[str, None] = {}
    for run in runs:
        for line in deque(run.log().splitlines(), _LAST_LINES):
            for match in _NUMBERED.finditer(line):
                names.setdefault(match["name"])
    listed = [name for name in names if not is_context(name)]
    likeness = {name: difflib.SequenceMatcher(None, name.lower(), wanted.lower()).ratio() for name in listed}
    return sorted(listed, key=lambda name: -likeness[name])


def _readings(run: Run, wanted: str) -> Iterator[Reading]:
    path = run.folder / "log.txt"
    if not path.exists():
        return
    reader = LineReader(wanted)
    with path.open(encoding="utf-8", errors="replace", newline="") as log:
        while piece := log.read(_PIECE):
            yield from reader.feed(piece)
    yield from reader.close()
