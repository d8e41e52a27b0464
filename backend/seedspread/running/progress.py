"""Progress of a study: runs by arm, failing arms, time left."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from seedspread.recording.records import RunRecord, same_error

FEWEST_FAILURES: Final = 3
"""Failed runs, all with the same error, after which an arm that never finished is not trained any further."""

_FEWEST_TIMED, _TIMED = 3, 32  # an estimate needs some runs, and should follow when they get slower


@dataclass
class Tally:
    """Progress of one arm, for the live table."""

    finished: int = 0
    failed: int = 0
    values: list[float] = field(default_factory=list)


@dataclass
class FailingArms:
    """Arms of which every run so far failed in the same way.

    arms: all names, the baseline first.
    """

    arms: Sequence[str]
    _finished: set[str] = field(default_factory=set)
    _errors: dict[str, list[str]] = field(default_factory=dict)

    def note(self, record: RunRecord, state: str) -> None:
        """Note how a run ended; repeats and cancelled runs do not count."""
        if state == "finished":
            self._finished.add(record.arm)
        elif state == "failed" and not record.kind:
            self._errors.setdefault(record.arm, []).append(same_error(record.reason))

    def hopeless(self, arm: str) -> bool:
        """Return True after three equal errors and no finished run."""
        errors = self._errors.get(arm, [])
        return len(errors) >= FEWEST_FAILURES and len(set(errors)) == 1 and arm not in self._finished

    @property
    def nothing_to_compare(self) -> bool:
        """True if the baseline or all other arms are hopeless."""
        baseline, *others = self.arms
        return self.hopeless(baseline) or (bool(others) and all(map(self.hopeless, others)))


def seconds_left(durations: Sequence[float], waiting: int, running: Iterable[float], slots: int) -> float | None:
    """Estimate the time until all planned runs have ended, in seconds.

    The result is None until three runs have finished: first runs load and compile, and failed runs end early, so they
    say little about those to come.

    Args:
        durations: seconds of finished runs, in the order in which they ended.
        waiting: number of runs that have not started.
        running: seconds that each run in progress has taken.
        slots: runs at the same time.
    """
    if len(durations) < _FEWEST_TIMED:
        return None
    typical = statistics.median(durations[-_TIMED:])
    to_go = [max(0.0, typical - seconds) for seconds in running]
    return max((waiting * typical + sum(to_go)) / slots, *to_go, 0.0)
