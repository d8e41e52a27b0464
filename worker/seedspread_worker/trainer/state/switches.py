"""Switches of the interpreter, the operating system and NumPy."""

from __future__ import annotations

import contextlib
import ctypes
import decimal
import gc
import locale
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from seedspread_worker import sentences

_legacy: Any = np.random  # the two functions for its bit generator are missing from its annotations


@dataclass(frozen=True)
class Switch:
    """One piece of state; `put` restores a value that `get` returned."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object]


def _locale_back(saved: str) -> None:
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, saved)


def _environment() -> tuple[dict[str, str], dict[bytes, bytes]]:
    """Return the environment as Python and as the C library has it.

    `os.putenv` changes the second alone. Libraries keep notes for themselves there, under names with two underscores.
    """
    if sys.platform != "linux":
        return dict(os.environ), {}
    entries, number = ctypes.POINTER(ctypes.c_char_p).in_dll(_libc(), "environ"), 0
    variables = {}
    while entries and (entry := entries[number]) is not None:
        name, _, value = entry.partition(b"=")
        if not name.startswith(b"__"):
            variables[name] = value
        number += 1
    return dict(os.environ), variables


def _environment_back(saved: tuple[dict[str, str], dict[bytes, bytes]]) -> None:
    os.environ.clear()
    os.environ.update(saved[0])
    _, current = _environment()
    for name in current.keys() - saved[1].keys():
        os.unsetenv(name)
    for name, value in saved[1].items():
        if current.get(name) != value:
            os.putenv(name, value)
    time.tzset()  # TZ is read by the C library, not where it is used


def _umask() -> int:
    current = os.umask(0o22)
    os.umask(current)
    return current


def _directory() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _start_method() -> str:
    default = multiprocessing.get_all_start_methods()[0]
    return multiprocessing.get_start_method(allow_none=True) or default


def open_start_method() -> None:
    """Let the next run choose the start method again.

    Libraries choose the default when they are imported.
    """
    context: Any = multiprocessing.context._default_context
    context.set_start_method(None, force=True)


@cache
def _signal_numbers() -> tuple[int, ...]:
    return tuple(int(number) for number in signal.valid_signals())


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _signals() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in _signal_numbers()}


def _signals_back(saved: dict[int, Any]) -> None:
    for number, handler in saved.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _wakeup() -> int:
    """Return the file descriptor to which signals are written, -1 without one."""
    descriptor = signal.set_wakeup_fd(-1)
    if descriptor != -1:
        with contextlib.suppress(OSError, ValueError):  # it was closed
            signal.set_wakeup_fd(descriptor)
    return descriptor


def _timers() -> tuple[bool, ...]:
    kinds = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    return tuple(signal.getitimer(kind)[0] > 0 for kind in kinds)


def _timers_off(_: object) -> None:
    for kind in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(kind, 0)


def _streams() -> tuple[Any, ...]:
    return sys.stdin, sys.stdout, sys.stderr


def _streams_back(saved: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = saved


def _hooks() -> tuple[Any, ...]:
    return sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook


def _hooks_back(saved: tuple[Any, ...]) -> None:
    sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook = saved


def _tracers() -> tuple[Any, ...]:
    return sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()


def _tracers_back(saved: tuple[Any, ...]) -> None:
    sys.settrace(saved[0])
    sys.setprofile(saved[1])
    threading.settrace(saved[2])
    threading.setprofile(saved[3])


def _logging_back(saved: tuple[int, int, list[logging.Handler]]) -> None:
    logging.disable(saved[0])
    logging.root.setLevel(saved[1])
    logging.root.handlers[:] = saved[2]


class _Loggers(dict[str, tuple[int, bool, bool]]):
    """Settings of named loggers.

    They equal those of fewer loggers if they agree in them.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and all(self.get(name) == settings for name, settings in other.items())

    __hash__ = None


def _loggers() -> _Loggers:
    """Return level, propagation and whether it is off, of every named logger."""
    loggers = list(logging.root.manager.loggerDict.items())
    return _Loggers(
        (name, (logger.level, logger.propagate, logger.disabled))
        for name, logger in loggers
        if isinstance(logger, logging.Logger)
    )


def _loggers_back(saved: _Loggers) -> None:
    for name, (level, propagate, disabled) in saved.items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled


def _event_loop() -> tuple[Any, ...]:
    """Return the policy of event loops, and this thread's loop."""
    policy = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    own = getattr(policy, "_local", None)
    return policy, getattr(own, "_loop", None), getattr(own, "_set_called", False)


def _event_loop_back(saved: tuple[Any, ...]) -> None:
    policy, loop, was_set = saved
    sys.modules["asyncio.events"]._event_loop_policy = policy  # type: ignore[attr-defined]
    if policy is not None:
        policy._local._loop, policy._local._set_called = loop, was_set


def _collector_back(saved: tuple[bool, tuple[int, int, int], list[Any]]) -> None:
    (gc.enable if saved[0] else gc.disable)()
    gc.set_threshold(*saved[1])
    gc.callbacks[:] = saved[2]


def _decimal() -> decimal.Context:
    context = decimal.getcontext().copy()
    context.clear_flags()  # they say what was computed, and change nothing
    return context


def _rounding() -> tuple[int, bool]:
    """Return the processor's rounding mode, and whether it keeps denormal numbers."""
    halved = [number / 2 for number in (sys.float_info.min,)]
    return int(_libc().fegetround()), halved[0] > 0


def _rounding_back(saved: tuple[int, bool]) -> None:
    _libc().fesetround(saved[0])
    if _rounding() != saved:
        sys.modules["torch"].set_flush_denormal(not saved[1])  # a KeyError without PyTorch: nothing else sets it


def _affinity() -> Any:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


def _tracing_back(saved: bool) -> None:
    (tracemalloc.start if saved else tracemalloc.stop)()


# Timers first: an alarm must not go off while the rest is put back. Then what the rest of the package relies on.
SWITCHES: tuple[Switch, ...] = (
    Switch(sentences.TIMERS, _timers, _timers_off),
    Switch("trace functions", _tracers, _tracers_back),
    Switch("recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Switch("signal handlers", _signals, _signals_back),
    Switch(
        "blocked signals",
        lambda: frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        lambda saved: signal.pthread_sigmask(signal.SIG_SETMASK, saved),
    ),
    Switch(sentences.WAKEUP, _wakeup, signal.set_wakeup_fd),
    Switch("environment variables", _environment, _environment_back),
    Switch("working directory", _directory, os.chdir),
    Switch(sentences.FILE_MODE_MASK, _umask, os.umask),
    Switch("switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Switch(sentences.DIGITS, sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    Switch("standard streams", _streams, _streams_back),
    Switch(sentences.ERROR_HOOKS, _hooks, _hooks_back),
    Switch(sentences.SEARCH_PATH, lambda: list(sys.path), lambda saved: sys.path.__setitem__(slice(None), saved)),
    Switch("program arguments", lambda: list(sys.argv), lambda saved: sys.argv.__setitem__(slice(None), saved)),
    Switch(
        "logging",
        lambda: (logging.root.manager.disable, logging.root.level, list(logging.root.handlers)),
        _logging_back,
    ),
    Switch("named loggers", _loggers, _loggers_back),
    Switch("event loop", _event_loop, _event_loop_back),
    Switch("locale", lambda: locale.setlocale(locale.LC_ALL), _locale_back),
    Switch("garbage collector", lambda: (gc.isenabled(), gc.get_threshold(), list(gc.callbacks)), _collector_back),
    Switch("memory tracing", tracemalloc.is_tracing, _tracing_back),
    Switch(sentences.STACK_SIZE, threading.stack_size, threading.stack_size),
    Switch("socket timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Switch(sentences.TEMPORARY_FOLDER, tempfile.gettempdir, lambda saved: setattr(tempfile, "tempdir", saved)),
    Switch(sentences.START_METHOD, _start_method, lambda _: open_start_method()),
    Switch(sentences.PROCESSORS, _affinity, lambda saved: os.sched_setaffinity(0, saved)),
    # Only a superuser may raise it again; anybody else gets a new process.
    Switch(
        "priority",
        lambda: os.getpriority(os.PRIO_PROCESS, 0),
        lambda saved: os.setpriority(os.PRIO_PROCESS, 0, saved),
    ),
    Switch(sentences.ROUNDING, _rounding, _rounding_back),
    Switch("decimal context", _decimal, decimal.setcontext),
    Switch("NumPy error handling", lambda: (np.geterr(), np.geterrcall()), lambda saved: _numpy_errors_back(*saved)),
    Switch("NumPy buffer size", np.getbufsize, np.setbufsize),
    Switch("NumPy print options", np.get_printoptions, lambda saved: np.set_printoptions(**saved)),
    Switch(sentences.OWN_GENERATOR, _legacy.get_bit_generator, _legacy.set_bit_generator),
)


def _numpy_errors_back(errors: Any, call: Any) -> None:
    np.seterr(**errors)
    np.seterrcall(call)
