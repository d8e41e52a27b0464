"""Where a trainer's stdout and stderr go: a nameless file, of which only the tail is kept."""

from __future__ import annotations

import contextlib
import os
import tempfile

TAIL_BYTES = 16_384
"""How much of a run's log is stored."""

BOUND_BYTES = 8 * 1024 * 1024
"""A longer log is cut back to its tail while the run goes on."""


class LogFile:
    """A file in append mode, so that cutting it is safe while another process writes."""

    def __init__(self) -> None:
        self.descriptor, path = tempfile.mkstemp(prefix="seedspread-log-")
        os.close(self.descriptor)
        self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        os.unlink(path)  # noqa: PTH108 - gone with the last process that has it open
        self._before = b""
        self._told = 0
        self._last = ""
        self._closed = False

    def start(self) -> None:
        """Forgets what earlier runs wrote."""
        self._before = b""
        self._told = 0
        os.ftruncate(self.descriptor, 0)

    def tail(self) -> str:
        """The end of what was written since the start; still there when the file is closed."""
        if self._closed:
            return self._last
        text = (self._before + self._read()).decode(errors="replace")[-TAIL_BYTES:]
        return text.replace("\x00", "")

    def news(self) -> str | None:
        """The tail, where something was written since this was last asked."""
        size = os.fstat(self.descriptor).st_size
        if size == self._told:
            return None
        self._told = size
        return self.tail()

    def bound(self) -> None:
        """Cuts the file back to its tail where it grew long."""
        if os.fstat(self.descriptor).st_size > BOUND_BYTES:
            self._before, self._told = self._read(), 0
            os.ftruncate(self.descriptor, 0)

    def close(self) -> None:
        """Lets the file go."""
        self._last, self._closed = self.tail(), True
        with contextlib.suppress(OSError):
            os.close(self.descriptor)

    def _read(self) -> bytes:
        size = os.fstat(self.descriptor).st_size
        return os.pread(self.descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
