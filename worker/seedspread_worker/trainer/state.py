"""Process-wide state around a run.

A recipe may change anything in its process. Everything that a later run could notice is compared with its state before
the run. What can be restored exactly is restored; anything else asks for a new process.
"""

from __future__ import annotations

import builtins
import contextlib
import decimal
import gc
import importlib
import json
import locale
import logging
import math
import multiprocessing
import os
import random
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import psutil

from seedspread_worker import sentences

PATCHABLE: tuple[ModuleType, ...] = (builtins, os, sys, time, json, math, random, socket, logging, np, np.random)
"""Modules whose functions and classes are compared: a recipe that replaces one changes every later run."""

LIMITS = ("RLIMIT_NOFILE", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_STACK", "RLIMIT_NPROC", "RLIMIT_DATA")
HARMLESS_THREADS = ("TMonitor",)
"""Classes of threads that only watch (tqdm's)."""
MOST_OPENED = 256
"""A run that leaves more files open than this gets its trainer replaced."""
ENDED_WITHIN_S = 0.2
"""Threads and processes that are about to end are given this long."""


@dataclass
class LeftBehind:
    """Kinds of state that a run changed.

    `restored` were put back; `lasting` ask for a new trainer.
    """

    restored: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Describe both in a line, which is empty if there are none."""
        parts = []
        if self.restored:
            parts.append(f"restored: {', '.join(self.restored)}")
        if self.lasting:
            parts.append(f"trainer replaced: {', '.join(self.lasting)}")
        return "; ".join(parts)


@dataclass(frozen=True)
class Switch:
    """One piece of state; `put` restores a value that `get` returned."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object]


def _locale_back(saved: str) -> None:
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, saved)


def _environment_back(saved: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(saved)


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


def _open_start_method() -> None:
    """Let the next run choose the start method again.

    Libraries choose the default when they are imported.
    """
    context: Any = multiprocessing.context._default_context
    context.set_start_method(None, force=True)


def _signals() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _signals_back(saved: dict[int, Any]) -> None:
    for number, handler in saved.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _timers() -> tuple[bool, ...]:
    kinds = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    return tuple(signal.getitimer(kind)[0] > 0 for kind in kinds)


def _timers_off(_: object) -> None:
    for kind in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(kind, 0)


def _streams_back(saved: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr, sys.excepthook = saved


def _logging_back(saved: tuple[int, int, list[logging.Handler]]) -> None:
    logging.disable(saved[0])
    logging.root.setLevel(saved[1])
    logging.root.handlers[:] = saved[2]


def _collector_back(saved: tuple[bool, tuple[int, int, int]]) -> None:
    (gc.enable if saved[0] else gc.disable)()
    gc.set_threshold(*saved[1])


# Timers first: an alarm must not go off while the rest is put back. Then what the rest of this module relies on.
SWITCHES: tuple[Switch, ...] = (
    Switch(sentences.TIMERS, _timers, _timers_off),
    Switch("recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Switch("signal handlers", _signals, _signals_back),
    Switch(
        "blocked signals",
        lambda: frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        lambda saved: signal.pthread_sigmask(signal.SIG_SETMASK, saved),
    ),
    Switch("environment variables", lambda: dict(os.environ), _environment_back),
    Switch("working directory", _directory, os.chdir),
    Switch(sentences.FILE_MODE_MASK, _umask, os.umask),
    Switch("trace function", sys.gettrace, sys.settrace),
    Switch("switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Switch("standard streams", lambda: (sys.stdin, sys.stdout, sys.stderr, sys.excepthook), _streams_back),
    Switch(sentences.SEARCH_PATH, lambda: list(sys.path), lambda saved: sys.path.__setitem__(slice(None), saved)),
    Switch("program arguments", lambda: list(sys.argv), lambda saved: sys.argv.__setitem__(slice(None), saved)),
    Switch(
        "logging",
        lambda: (logging.root.manager.disable, logging.root.level, list(logging.root.handlers)),
        _logging_back,
    ),
    Switch("locale", lambda: locale.setlocale(locale.LC_ALL), _locale_back),
    Switch("garbage collector", lambda: (gc.isenabled(), gc.get_threshold()), _collector_back),
    Switch("socket timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Switch(sentences.START_METHOD, _start_method, lambda _: _open_start_method()),
    Switch("decimal context", lambda: decimal.getcontext().copy(), decimal.setcontext),
    Switch("NumPy error handling", np.geterr, lambda saved: np.seterr(**saved)),
    Switch("NumPy print options", np.get_printoptions, lambda saved: np.set_printoptions(**saved)),
)


class ProcessState:
    """State of this process before a run."""

    def __init__(self) -> None:
        self._values = [(switch, switch.get()) for switch in SWITCHES]
        self._filters = list(warnings.filters)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        self._modules = set(sys.modules)
        self._patchable = {module: _callables(module) for module in PATCHABLE}
        self._libraries = {library.name: library.get() for library in LIBRARIES if library.name in sys.modules}
        self._threads = set(threading.enumerate())
        self._children = {child.pid for child in _children()}
        self._limits = _limits()
        self._files = _files()

    def put_back(self) -> LeftBehind:
        """Restore what the run changed.

        Return what was changed, and what asks for a new process.
        """
        leftovers = LeftBehind()
        for switch, saved in self._values:
            self._put(switch, saved, leftovers)
        _open_start_method()
        self._put_warnings(leftovers)
        self._put_patches(leftovers)
        for library in LIBRARIES:
            if library.name in sys.modules:
                library.check(self._libraries.get(library.name), leftovers)
        self._check_limits(leftovers)
        self._check_files(leftovers)
        self._check_threads(leftovers)
        self._end_children(leftovers)
        return leftovers

    def _put(self, switch: Switch, saved: Any, leftovers: LeftBehind) -> None:
        try:
            if _same(switch.get(), saved):
                return
            switch.put(saved)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being restored, a new process has it right
            leftovers.lasting.append(f"{switch.name} ({type(error).__name__})")
        else:
            leftovers.restored.append(switch.name)

    def _put_warnings(self, leftovers: LeftBehind) -> None:
        added = [entry for entry in warnings.filters if entry not in self._filters]
        self._warnings.__exit__(None, None, None)
        # Libraries add filters that ignore when they are imported; only others are worth a word.
        if any(entry[0] != "ignore" for entry in added):
            leftovers.restored.append("warnings filters")

    def _put_patches(self, leftovers: LeftBehind) -> None:
        names = []
        for module, saved in self._patchable.items():
            for name, value in saved.items():
                if getattr(module, name, None) is not value:
                    setattr(module, name, value)
                    names.append(f"{module.__name__}.{name}")
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            leftovers.restored.append(f"replaced functions ({', '.join(names[:3])}{more})")

    def _check_limits(self, leftovers: LeftBehind) -> None:
        for name, saved in self._limits.items():
            number = getattr(resource, name)
            if resource.getrlimit(number) != saved:
                try:
                    resource.setrlimit(number, saved)
                    leftovers.restored.append(name)
                except (OSError, ValueError):
                    leftovers.lasting.append(sentences.limit_lowered(name))

    def _check_files(self, leftovers: LeftBehind) -> None:
        current = _files()
        if any(current.get(number) != target for number, target in self._files.items()):
            leftovers.lasting.append(sentences.DESCRIPTORS_CHANGED)
        elif len(current) > len(self._files) + MOST_OPENED:
            leftovers.lasting.append(sentences.files_open(len(current) - len(self._files)))

    def _check_threads(self, leftovers: LeftBehind) -> None:
        until = time.monotonic() + ENDED_WITHIN_S
        running = []
        for thread in set(threading.enumerate()) - self._threads:
            if type(thread).__name__ not in HARMLESS_THREADS:
                thread.join(max(0.0, until - time.monotonic()))
                if thread.is_alive():
                    running.append(thread.name)
        if running:
            leftovers.lasting.append(sentences.threads_running(sorted(running)))

    def _end_children(self, leftovers: LeftBehind) -> None:
        started = [child for child in _children() if child.pid not in self._children]
        _, alive = psutil.wait_procs(started, timeout=ENDED_WITHIN_S)
        for child in alive:
            with contextlib.suppress(psutil.Error):
                child.kill()
        if alive:
            leftovers.lasting.append(sentences.processes_ended(len(alive)))


@dataclass(frozen=True)
class Library:
    """Switches of one library.

    `defaults` returns their values right after its import. `put` is None if restoring the switches is not enough,
    because programs may have been compiled under them.
    """

    name: str
    get: Callable[[], dict[str, Any]]
    put: Callable[[str, Any], object] | None
    defaults: Callable[[], dict[str, Any]]

    def check(self, saved: dict[str, Any] | None, left: LeftBehind) -> None:
        """Compare with the state before the run.

        If the run was the first to load the library, its defaults are used.
        """
        try:
            before = self.defaults() if saved is None else saved
            for name, value in self.get().items():
                if name in before and not _same(value, before[name]):
                    self._restore(name, before[name], left)
        except (ImportError, AttributeError):
            return  # a stand-in for the library, or a version that keeps this elsewhere

    def _restore(self, name: str, value: Any, leftovers: LeftBehind) -> None:
        if self.put is None:
            leftovers.lasting.append(f"{self.name}: {name}")
            return
        self.put(name, value)
        leftovers.restored.append(f"{self.name}: {name}")


def _tensorflow() -> dict[str, Any]:
    import tensorflow as tf

    state = importlib.import_module("tensorflow.python.debug.lib.check_numerics_callback")._state
    return {
        "check_numerics": getattr(state, "check_numerics_callback", None) is not None,
        "jit": bool(tf.config.optimizer.get_jit()),
        "NumPy behavior": hasattr(tf.Tensor, "astype"),
        "TF32": tf.config.experimental.tensor_float_32_execution_enabled(),
        "optimizer options": tf.config.optimizer.get_experimental_options(),
    }


def _keras() -> dict[str, Any]:
    import keras

    return {
        "floatx": keras.config.floatx(),
        "epsilon": keras.config.epsilon(),
        "image_data_format": keras.config.image_data_format(),
        "dtype_policy": keras.config.dtype_policy().name,
    }


def _put_keras(name: str, value: Any) -> None:
    import keras

    getattr(keras.config, f"set_{name}")(value)


def _torch() -> dict[str, Any]:
    torch = sys.modules["torch"]
    return {
        "default dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "matmul precision": torch.get_float32_matmul_precision(),
        "default device": str(torch.get_default_device()),
    }


def _torch_defaults() -> dict[str, Any]:
    return {
        "default dtype": sys.modules["torch"].float32,
        "gradients": True,
        "anomaly detection": False,
        "matmul precision": "highest",
        "default device": "cpu",
    }


def _put_torch(name: str, value: Any) -> None:
    torch = sys.modules["torch"]
    put = {
        "default dtype": torch.set_default_dtype,
        "gradients": torch.set_grad_enabled,
        "anomaly detection": torch.autograd.set_detect_anomaly,
        "matmul precision": torch.set_float32_matmul_precision,
        "default device": lambda device: torch.set_default_device(None if device == "cpu" else device),
    }
    put[name](value)


JAX_SWITCHES = ("jax_enable_x64", "jax_debug_nans", "jax_disable_jit", "jax_default_matmul_precision")


def _jax() -> dict[str, Any]:
    config = sys.modules["jax"].config
    return {name: getattr(config, name) for name in JAX_SWITCHES}


def _jax_defaults() -> dict[str, Any]:
    wide = os.environ.get("JAX_ENABLE_X64", "").lower() in ("1", "true", "yes", "on")
    return dict(zip(JAX_SWITCHES, (wide, False, False, None), strict=True))


def _sklearn() -> dict[str, Any]:
    return dict(sys.modules["sklearn"].get_config())


def _sklearn_defaults() -> dict[str, Any]:
    return dict(importlib.import_module("sklearn._config")._global_config)


LIBRARIES: tuple[Library, ...] = (
    # Programs that were compiled under another switch stay in the process.
    Library(
        "tensorflow",
        _tensorflow,
        None,
        lambda: {"check_numerics": False, "jit": False, "NumPy behavior": False, "TF32": True},
    ),
    Library(
        "keras",
        _keras,
        _put_keras,
        lambda: {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "dtype_policy": "float32"},
    ),
    Library("torch", _torch, _put_torch, _torch_defaults),
    Library("jax", _jax, lambda name, value: sys.modules["jax"].config.update(name, value), _jax_defaults),
    Library(
        "sklearn", _sklearn, lambda name, value: sys.modules["sklearn"].set_config(**{name: value}), _sklearn_defaults
    ),
)


def _same(current: Any, saved: Any) -> bool:
    if isinstance(current, decimal.Context):
        return repr(current) == repr(saved)
    return bool(current == saved)


def _callables(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("__")}


def _children() -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return list(psutil.Process().children(recursive=True))
    return []


def _limits() -> dict[str, tuple[int, int]]:
    return {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS if hasattr(resource, name)}


def _files() -> dict[int, str]:
    """Return the targets of the open file descriptors (Linux), by number."""
    return dict(_open_files())


def _open_files() -> Iterator[tuple[int, str]]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return
    for entry in os.listdir(folder):  # noqa: PTH208 - one call, so that fewer descriptors are opened while listing
        with contextlib.suppress(OSError):
            yield int(entry), str((folder / entry).readlink())
