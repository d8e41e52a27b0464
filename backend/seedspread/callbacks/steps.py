"""Steps of several fits under one run.

Every fit counts from the same first step. A later fit's values would replace the earlier ones, since a step that was
logged twice has the later value, and a shorter one would leave the earlier fit's last value to decide.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from seedspread.recording.logger import Logger

_LAST: WeakKeyDictionary[Logger, dict[str, int]] = WeakKeyDictionary()
"""Last step of each run, by framework."""


class FitSteps:
    """Counter that continues after the last step of the fit before.

    framework: name under which callbacks of one run share their steps.
    """

    def __init__(self, run: Logger, framework: str) -> None:
        self._run, self._framework = run, framework
        self._offset = 0

    def begin(self, done: int = 0) -> None:
        """Note that a fit begins, after `done` steps of its own."""
        self._offset = max(0, self._last - done)

    def begin_at(self, step: int) -> None:
        """Note that a fit begins or goes on at a step.

        One that begins counts from 0.
        """
        self._offset = 0 if step >= self._last else self._last + 1

    def at(self, step: int) -> int:
        """Return the run's step for a step of the current fit."""
        number = step + self._offset
        _LAST.setdefault(self._run, {})[self._framework] = max(self._last, number)
        return number

    @property
    def _last(self) -> int:
        return _LAST.get(self._run, {}).get(self._framework, 0)
