"""Process-wide state around a run.

A recipe may change anything in its process. Everything that a later run could notice is compared with its state before
the run. What can be restored exactly is restored; anything else asks for a new process.
"""

from __future__ import annotations

import contextlib
import decimal
import faulthandler
import operator
import os
import resource
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil

from seedspread_worker import sentences
from seedspread_worker.trainer.state.frameworks import LIBRARIES, LeftBehind
from seedspread_worker.trainer.state.patches import Assigned, OwnClasses, Pickling, Small
from seedspread_worker.trainer.state.switches import SWITCHES, Switch, open_start_method

LIMITS = tuple(name for name in dir(resource) if name.startswith("RLIMIT_"))
HARMLESS_THREADS = ("TMonitor",)
"""Classes of threads that only watch (tqdm's)."""
MOST_OPENED = 256
"""A run that leaves more files open than this gets its trainer replaced."""
_ALL_CHILDREN = 0x40000000
"""`__WALL` of Linux: also children that send no signal when they end."""
ENDED_WITHIN_S = 1.0
"""Threads and processes that are about to end are given this long."""


class ProcessState:
    """State of this process before a run.

    Args:
        files: the recipe's own source files, for what they assign in libraries.
    """

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self._values = [(switch, switch.get()) for switch in SWITCHES]
        self._filters = list(warnings.filters)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        self._modules = dict(sys.modules)
        self._own = frozenset(str(file.resolve()) for file in files)
        lists: tuple[list[Any], ...] = (sys.meta_path, sys.path_hooks)
        self._importing = [(importers, list(importers)) for importers in lists]
        self._small, self._assigned = Small(), Assigned(files)
        self._classes, self._pickling = OwnClasses(), Pickling(self._own)
        self._libraries = {library.name: library.read() for library in LIBRARIES if library.name in sys.modules}
        self._threads = set(threading.enumerate())
        self._children = {child.pid for child in _children()}
        self._limits = _limits()
        self._files = _files()

    def imported(self) -> None:
        """Read the switches of libraries that were loaded since."""
        for library in LIBRARIES:
            if self._libraries.get(library.name) is None and (values := library.read()) is not None:
                self._libraries[library.name] = values

    def put_back(self) -> LeftBehind:
        """Restore what the run changed.

        Return what was changed, and what asks for a new process.
        """
        leftovers = LeftBehind()
        faulthandler.cancel_dump_traceback_later()  # which may end the process
        for switch, saved in self._values:
            self._put(switch, saved, leftovers)
        open_start_method()
        if any(getattr(stream, "closed", False) for stream in (sys.stdout, sys.stderr)):
            leftovers.lasting.append(sentences.STREAMS_CLOSED)
        self._put_warnings(leftovers)
        self._put_modules(leftovers)
        self._put_importing(leftovers)
        if names := self._small.put_back():
            leftovers.restored.append(f"replaced functions ({shortened(names)})")
        if names := self._classes.put_back():
            leftovers.restored.append(sentences.own_methods(shortened(names)))
        if self._pickling.put_back():
            leftovers.restored.append(sentences.PICKLING)
        for library in LIBRARIES:
            library.check(self._libraries.get(library.name), leftovers)
        self._put_assigned(leftovers)
        self._check_limits(leftovers)
        self._check_files(leftovers)
        _stop_pools(leftovers)
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

    def _put_modules(self, leftovers: LeftBehind) -> None:
        loaded = list(sys.modules.values())
        if len(loaded) == len(self._modules) and all(map(operator.is_, loaded, self._modules.values())):
            return  # the usual case, at the speed of C
        names = [name for name, module in self._modules.items() if sys.modules.get(name) is not module]
        if names:
            sys.modules.update({name: self._modules[name] for name in names})
            leftovers.restored.append(f"replaced modules ({shortened(names)})")

    def _put_importing(self, leftovers: LeftBehind) -> None:
        """Restore how modules are found, except what libraries added for themselves."""
        for importers, saved in self._importing:
            added = [item for item in importers if item not in saved and not self._is_own(item)]
            kept = [item for item in importers if item in saved]
            if kept != saved or len(importers) != len(saved) + len(added):
                importers[:] = [*saved, *added]
                leftovers.restored.append(sentences.IMPORT_HOOKS)

    def _is_own(self, importer: Any) -> bool:
        """Check whether the recipe's own files define an importer."""
        name = importer.__module__ if isinstance(importer, type) else type(importer).__module__
        name = getattr(importer, "__module__", name)
        return str(getattr(sys.modules.get(name), "__file__", "")) in self._own

    def _put_assigned(self, leftovers: LeftBehind) -> None:
        try:
            assigned = self._assigned.put_back()
        except Exception as error:  # noqa: BLE001 - as with switches
            leftovers.lasting.append(f"assigned attributes ({type(error).__name__})")
        else:
            if assigned:
                leftovers.restored.append(f"assigned attributes ({shortened(assigned)})")
        if unknown := self._assigned.unknown():
            leftovers.lasting.append(sentences.functions_in_libraries(shortened(unknown)))

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


def shortened(names: list[str]) -> str:
    """Return the first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _stop_pools(leftovers: LeftBehind) -> None:
    """End the helpers that joblib and multiprocessing keep for later calls.

    They hold what an earlier run loaded and set; killing them unasked would leave their owners broken.
    """
    executors: Any = sys.modules.get("joblib.externals.loky.reusable_executor")
    executor = getattr(executors, "_executor", None)
    server: Any = sys.modules.get("multiprocessing.forkserver")
    trackers: list[Any] = [
        getattr(sys.modules.get(name), "_resource_tracker", None)
        for name in ("joblib.externals.loky.backend.resource_tracker", "multiprocessing.resource_tracker")
    ]
    stops: list[Callable[[], object]] = []
    if executor is not None:
        stops.append(lambda: executor.shutdown(wait=True, kill_workers=True))
        stops.append(lambda: setattr(executors, "_executor", None))
    if server is not None and server._forkserver._forkserver_pid is not None:
        stops.append(server._forkserver._stop)
    stops += [tracker._stop for tracker in trackers if getattr(tracker, "_pid", None) is not None]
    try:
        for stop in stops:
            stop()
    except Exception as error:  # noqa: BLE001 - not as other versions have it: what still runs is ended below
        leftovers.lasting.append(sentences.pool_unstoppable(error))
    else:
        if stops:
            leftovers.restored.append(sentences.POOLS)


def _same(current: Any, saved: Any) -> bool:
    if isinstance(current, decimal.Context):
        return repr(current) == repr(saved)
    return bool(current == saved)


def _children() -> list[psutil.Process]:
    """Return all processes below this one."""
    if sys.platform == "linux":
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | _ALL_CHILDREN)
        except ChildProcessError:
            return []  # no child at all, which spares a look at every process of the machine
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
            yield int(entry), os.readlink(f"/proc/self/fd/{entry}")  # noqa: PTH115 - a third of the time
