"""Programs that `up` runs, none of which outlives it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_LAST_BYTES = 4000
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h; the standard library has no name for it


@dataclass(frozen=True)
class Program:
    """Program to run.

    Programs of a higher `rank` are stopped first, those of equal rank together.
    """

    name: str
    command: Sequence[str]
    rank: int
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables added to the current environment."""
    fds: tuple[int, ...] = ()
    """File descriptors that it inherits."""
    death_signal: signal.Signals = signal.SIGKILL
    """Signal that it receives if its parent dies without stopping it."""
    patience_s: float = 8.0
    """Seconds that it may take to stop."""
    answers: Callable[[], bool] | None = None
    """Ask it whether it still works; called in a thread, and may wait for some seconds."""


class Process:
    """Started program, in a session of its own.

    A Ctrl-C therefore reaches only the parent, which stops the program in order.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.started_at = time.monotonic()
        with _opened(program.log) as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(  # noqa: S603 - our own commands
                program.command,
                env={**os.environ, **program.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=program.fds,
                start_new_session=True,
                preexec_fn=dies_with_parent(program.death_signal),
            )

    @property
    def pid(self) -> int:
        """Process id, which is also that of its group."""
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """Exit code, or None while it runs."""
        return self._popen.poll()

    def ask(self) -> None:
        """Ask the process to stop."""
        with suppress(ProcessLookupError):
            self._popen.terminate()

    def end(self, patience_s: float) -> None:
        """Wait for the process, and kill its group after `patience_s`."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(max(patience_s, 0.0))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def last_words(self) -> str:
        """Return the last line that it wrote, or an empty string."""
        if not self.program.log.exists():
            return ""
        with self.program.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            start = self._log_start if self._log_start <= size else 0  # it may have been emptied meanwhile
            log.seek(max(start, size - _LAST_BYTES))
            lines = log.read(_LAST_BYTES).decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


def _opened(log: Path) -> IO[bytes]:
    """Open a log, or the null device where it cannot be opened."""
    try:
        return log.open("ab")
    except OSError:
        return Path(os.devnull).open("ab")


def dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return a hook that makes a child die with its parent.

    It works on Linux only; elsewhere the result is None.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return before_exec
