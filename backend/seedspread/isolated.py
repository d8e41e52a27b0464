"""Run a function in another process, with limits on memory and time.

Files that people send are read there: one that unpacks to more than expected, or that a library never finishes, ends
that process and no other. A process is kept for the next call, since its start takes half a second of imports.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import structlog

from seedspread import words
from seedspread.errors import MISSING, InvalidInput, Unavailable

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

IDLE_S = 60.0
"""Seconds after which a process without a call ends."""
WAIT_S = 10.0
"""Seconds that a call waits while as many others are running as may."""
MOST_AT_ONCE = 2
MAX_ANSWER_BYTES = 64 * 2**20
_LENGTH = struct.Struct("<Q")
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Threads and pools reserve memory that they never use; the limit counts it."""


@dataclass(frozen=True)
class Limits:
    """Limits of one call, and the input that errors name.

    memory_bytes: of the process, its libraries included (about 400 MB).
    variables: of the process's environment.
    """

    memory_bytes: int
    field: str
    value: str
    variables: tuple[tuple[str, str], ...] = ()
    time_s: float = 60.0


class Runner:
    """Processes that run functions under one set of limits.

    Several threads may use it.
    """

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []

    def call(self, function: Callable[..., Result], arguments: Mapping[str, object], limits: Limits) -> Result:
        """Call a function in another process, and return its result.

        Args:
            function: it stands at the top of a module.
            arguments: by name; they and the result can be pickled.

        Raises:
            InvalidInput: the function raised it, failed, or broke a limit.
            Unavailable: other calls take too long.
        """
        if not self._slots.acquire(timeout=WAIT_S):
            raise Unavailable("Other files are being read. Try again in a moment.")
        try:
            process = self._taken(limits)
            outcome, detail = process.ask(
                (function.__module__, function.__qualname__, arguments, limits), limits.time_s
            )
            if process.is_usable:
                with self._lock:
                    self._idle.append(process)
            else:
                process.end()
        finally:
            self._slots.release()
        if outcome == "result":
            result: Result = detail
            return result
        if outcome == "refused":
            raise InvalidInput.all_of([_fault(*fault) for fault in detail])
        log.warning("a file could not be read", file=limits.value, outcome=outcome, detail=detail)
        raise InvalidInput(limits.field, limits.value, _expected(outcome, detail, limits))

    def close(self) -> None:
        """End the processes that are waiting."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _taken(self, limits: Limits) -> _Process:
        with self._lock:
            idle, self._idle = self._idle, []
            kept = [process for process in idle if process.memory_bytes == limits.memory_bytes and process.is_usable]
            self._idle = kept[1:]
        for process in idle:
            if process not in kept:
                process.end()
        return kept[0] if kept else _Process(limits.memory_bytes)


class _Process:
    """Other process, which answers one call after the other."""

    def __init__(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes
        self._last = time.monotonic()
        self._popen = subprocess.Popen(  # noqa: S603 - our own module
            (sys.executable, "-P", "-m", "seedspread.isolated", str(memory_bytes)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
            start_new_session=True,
        )

    @property
    def is_usable(self) -> bool:
        """True while it takes another call."""
        return self._popen.poll() is None and time.monotonic() - self._last < IDLE_S / 2

    def ask(self, call: tuple[Any, ...], time_s: float) -> tuple[str, Any]:
        """Return the outcome of a call, and what belongs to it."""
        stdin, stdout = self._popen.stdin, self._popen.stdout
        if stdin is None or stdout is None:
            return "died", None
        # Whatever it is doing, reading the call or answering, a kill ends the wait.
        timer = threading.Timer(time_s, self._popen.kill)
        timer.daemon = True
        timer.start()
        began = time.monotonic()
        try:
            with contextlib.suppress(BrokenPipeError):
                _write(stdin, call)
            answer = _read(stdout, MAX_ANSWER_BYTES)
        finally:
            timer.cancel()
        self._last = time.monotonic()
        if answer is None:
            self.end()
            if time.monotonic() - began >= time_s:
                return "slow", None
            return "died", self._popen.returncode
        outcome, detail = answer
        return str(outcome), detail

    def end(self) -> None:
        """Kill the process."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _expected(outcome: str, detail: Any, limits: Limits) -> str:
    if outcome == "slow":
        return f"a file that is read within {words.duration(limits.time_s)}"
    if outcome == "memory":
        return f"a file that is read with {words.size(limits.memory_bytes)} of memory"
    if outcome == "died":
        signal_name = signal.Signals(-detail).name if detail and detail < 0 else f"code {detail}"
        return f"a file that can be read; the process that read it ended ({signal_name})"
    if outcome == "long":
        return f"a file whose content takes at most {words.size(MAX_ANSWER_BYTES)}"
    reason = str(detail).strip().splitlines()[-1][:200]
    return f"a readable file ({reason})"


def _fault(field: str, value: object, missing: bool, expected: str, hint: str | None) -> InvalidInput:
    return InvalidInput(field, MISSING if missing else value, expected, hint=hint)


def _write(pipe: IO[bytes], message: object) -> None:
    content = pickle.dumps(message)
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _read(pipe: IO[bytes], most_bytes: int) -> Any:
    """Return the next message.

    It is None at the end, or if the message is too long.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length) if length <= most_bytes else b""
    return pickle.loads(content) if len(content) == length else None  # noqa: S301 - from our own process


def _answer(module: str, name: str, arguments: Mapping[str, object], limits: Limits) -> tuple[str, Any]:
    """Carry out one call."""
    os.environ.update(limits.variables)
    try:
        function = getattr(importlib.import_module(module), name)
        return "result", function(**arguments)
    except InvalidInput as error:
        faults = [(fault.field, fault.value, fault.missing, fault.expected, fault.hint) for fault in error.faults]
        return "refused", faults
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - libraries raise anything on a broken file
        return ("memory", None) if _is_out_of_memory(error) else ("failed", f"{type(error).__name__}: {error}")


def _is_out_of_memory(error: BaseException) -> bool:
    causes = [error, error.__cause__, error.__context__]
    return any(isinstance(cause, MemoryError) or "malloc of size" in str(cause) for cause in causes)


def _watch_parent(parent: int) -> None:
    """End this process when its parent has gone."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def main() -> None:
    """Answer calls from standard input until it closes."""
    import resource

    memory_bytes = int(sys.argv[1])
    for limit, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # macOS has no limit on the address space
            resource.setrlimit(limit, (most, most))
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    # What a library prints must not come between the answers.
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while select.select([calls], [], [], IDLE_S)[0]:
        call = _read(calls, sys.maxsize)
        if call is None:
            return
        outcome = _answer(*call)
        try:
            content = pickle.dumps(outcome)
        except MemoryError:
            outcome = ("memory", None)
        else:
            outcome = outcome if len(content) <= MAX_ANSWER_BYTES else ("long", None)
        _write(answers, outcome)


SHARED = Runner()
"""Runner that this process shares."""
atexit.register(SHARED.close)

if __name__ == "__main__":
    # As the module that the parent pickles by, not as `__main__`.
    importlib.import_module("seedspread.isolated").main()
