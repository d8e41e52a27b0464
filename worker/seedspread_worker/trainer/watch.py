"""Watch how a recipe uses randomness while it trains, without changing it.

Recorded for the audit: numbers drawn from the system's entropy, process-wide generators seeded by the recipe itself,
orders and counts that no seed decides, and state that its modules keep from one run to the next.
"""

from __future__ import annotations

import abc
import codecs
import concurrent.futures._base
import contextlib
import glob
import hashlib
import linecache
import multiprocessing.context
import multiprocessing.pool
import operator
import os
import pathlib
import pickle
import random
import re
import secrets
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from seedspread_worker.trainer.state.paths import real_path

LIBRARY = sysconfig.get_path("stdlib")
STATE_BYTES = 16 * 1024 * 1024
"""Values of a module that pickle to more than this are not compared."""

_RESEEDING = (
    ("random", "seed"),
    ("numpy.random", "seed"),
    ("torch", "manual_seed"),
    ("torch.random", "manual_seed"),
    ("tensorflow.random", "set_seed"),
    ("keras.utils", "set_random_seed"),
)
"""Functions that seed a process-wide generator: module and name."""

_FROM_ENTROPY = (
    ("torch", "seed"),
    ("torch.random", "seed"),
    ("tensorflow.random", "Generator.from_non_deterministic_state"),
)
"""Functions that seed a generator from the system's entropy in native code: module and name."""

_REGISTERING = (
    (abc.ABCMeta, "register", "ABCMeta.register"),
    (sys, "addaudithook", "sys.addaudithook"),
    (os, "register_at_fork", "os.register_at_fork"),
    (codecs, "register", "codecs.register"),
    (codecs, "register_error", "codecs.register_error"),
)
"""Functions that register something for the life of the process: holder, name, and what a reader calls it."""

_FILE_ORDER, _PROCESSORS = ("listdir", "scandir"), ("cpu_count", "process_cpu_count", "sched_getaffinity")
_STANDARD_CALLERS = frozenset(
    function.__code__.co_filename  # of a frozen module, another name than its file's
    for function in (glob.glob, os.walk, pathlib.Path.iterdir, multiprocessing.context.BaseContext.cpu_count)
)
"""Files of the standard library that ask for such an order or count on behalf of their caller."""

_RANDOM_STATE_UNSEEDED = re.compile(r"RandomState\((seed\s*=\s*)?(None)?\s*\)")

_forks = 0
"""Processes that this one has forked; `subprocess` is not among them, whose children inherit no generator."""


def _count_fork() -> None:
    global _forks
    _forks += 1


os.register_at_fork(after_in_parent=_count_fork)


class Watch:
    """Observations of one run.

    Args:
        files: the recipe's own source files; other files are named only if they draw entropy through NumPy.
        handed_out: returns whether a number is a seed that the run gave its recipe.
    """

    def __init__(self, files: Iterable[Path], handed_out: Callable[[int], bool]) -> None:
        self._files = {real_path(file) for file in files}
        self._handed_out = handed_out
        self._replaced: list[tuple[Any, str, Any]] = []
        self._forks = _forks
        self.unseeded: dict[str, None] = {}
        self.reseeded: dict[str, str] = {}
        self.arbitrary: dict[str, None] = {}
        self.registered: dict[str, None] = {}

    @property
    def forked(self) -> bool:
        """True if a process was forked.

        It inherits the generators, and draws from them unseen.
        """
        return _forks > self._forks

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block lasts; everything is restored afterwards."""
        urandom, os_urandom, seed = random._urandom, os.urandom, random.Random.seed  # type: ignore[attr-defined]
        getrandom = getattr(os, "getrandom", None)  # Linux has it

        def drawn(size: int) -> bytes:
            self._note_entropy("the system's entropy", sys._getframe(1), anywhere=True)
            return bytes(urandom(size))

        def drawn_directly(size: int) -> bytes:
            self._note_entropy("os.urandom", sys._getframe(1), anywhere=False)
            return os_urandom(size)

        def drawn_by_call(*args: Any, **kwargs: Any) -> bytes:
            self._note_entropy("os.getrandom", sys._getframe(1), anywhere=False)
            return bytes(getrandom(*args, **kwargs))  # type: ignore[misc]  # only where there is one

        def seeded(generator: random.Random, a: Any = None, version: int = 2) -> None:
            if a is None and not isinstance(generator, random.SystemRandom):
                self._note_entropy("random.Random()", sys._getframe(1), anywhere=False)
            seed(generator, a, version)

        random._urandom = drawn  # type: ignore[attr-defined]
        os.urandom = drawn_directly
        if getrandom is not None:
            os.getrandom = drawn_by_call
        random.Random.seed = seeded  # type: ignore[method-assign,assignment]
        self._watch_orders()
        for holder, name, call in _REGISTERING:
            self._replace(holder, name, self._noting_registration(call, getattr(holder, name)))
        self.watch_seeding()
        try:
            yield
        finally:
            for holder, name, function in reversed(self._replaced):
                setattr(holder, name, function)
            self._replaced.clear()
            random._urandom = urandom  # type: ignore[attr-defined]
            os.urandom = os_urandom
            if getrandom is not None:
                os.getrandom = getrandom
            random.Random.seed = seed  # type: ignore[method-assign]

    def watch_seeding(self) -> None:
        """Watch the seeding functions of loaded modules; call again after an import."""
        for path, name in _RESEEDING:
            module = sys.modules.get(path)
            function = getattr(module, name, None)
            if module is not None and callable(function) and not hasattr(function, "__seedspread_watched__"):
                self._replaced.append((module, name, function))
                setattr(module, name, self._noting(f"{path}.{name}", function))
        for path, dotted in _FROM_ENTROPY:
            *within, name = dotted.split(".")
            holder: Any = sys.modules.get(path)
            for part in within:
                holder = getattr(holder, part, None)
            function = getattr(holder, name, None)
            if callable(function) and not hasattr(function, "__seedspread_watched__"):
                self._replaced.append((holder, name, vars(holder)[name]))
                setattr(holder, name, staticmethod(self._noting_entropy(f"{path}.{dotted}", function)))

    def _watch_orders(self) -> None:
        """Watch orders and counts that the machine decides.

        These are the order of files and of finished tasks, and the number of processors.
        """
        for name in (*_FILE_ORDER, *_PROCESSORS):
            if callable(function := getattr(os, name, None)):
                self._replace(os, name, self._noting_order(f"os.{name}", function))
        pool = multiprocessing.pool.Pool
        self._replace(pool, "imap_unordered", self._noting_order("imap_unordered", pool.imap_unordered))
        base: Any = concurrent.futures._base  # `as_completed` may have been imported by its name
        waiters = base._create_and_install_waiters

        def installed(futures: Any, return_when: Any) -> Any:
            if return_when != base.ALL_COMPLETED:
                self._note_order("as_completed", sys._getframe(1))
            return waiters(futures, return_when)

        self._replace(base, "_create_and_install_waiters", installed)

    def _replace(self, holder: Any, name: str, function: Any) -> None:
        self._replaced.append((holder, name, vars(holder)[name]))
        setattr(holder, name, function)

    def _noting_order(self, call: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            self._note_order(call, sys._getframe(1))
            return function(*args, **kwargs)

        return noted

    def _noting_registration(self, call: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            frame = sys._getframe(1)
            # What a module registers while it is imported belongs to it for the life of the process.
            if frame.f_code.co_filename in self._files and not _is_importing(frame):
                self.registered.setdefault(f"{call} at {Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
            return function(*args, **kwargs)

        return noted

    def _note_order(self, call: str, frame: FrameType | None) -> None:
        """Record the recipe's own line that takes an order or a count.

        Libraries that it calls sort what they list. So does a line that has `sorted`.
        """
        callers = (*_STANDARD_CALLERS, concurrent.futures._base.__file__)
        while frame is not None and frame.f_code.co_filename in callers:
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename not in self._files:
            return
        file, number = frame.f_code.co_filename, frame.f_lineno
        if "sorted(" not in linecache.getline(file, number):
            self.arbitrary.setdefault(f"{call} at {Path(file).name}:{number}")

    def _noting_entropy(self, call: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            if line := self._own_line(sys._getframe(1)):
                self.unseeded.setdefault(f"{call} at {line}")
            return function(*args, **kwargs)

        noted.__seedspread_watched__ = True  # type: ignore[attr-defined]
        return noted

    def _noting(self, call: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            line = self._own_line(sys._getframe(1))
            value = next(iter((*args, *kwargs.values())), None)
            if line and value is None:  # then the system's entropy is the seed
                self.unseeded.setdefault(f"{call}() at {line}")
            elif line and not (isinstance(value, int | np.integer) and self._handed_out(int(value))):
                self.reseeded.setdefault(line, f"{call}({value})")
            return function(*args, **kwargs)

        noted.__seedspread_watched__ = True  # type: ignore[attr-defined]
        return noted

    def _note_entropy(self, what: str, frame: FrameType | None, *, anywhere: bool) -> None:
        """Record who drew, except the standard library or NumPy for themselves."""
        while frame is not None and frame.f_code.co_filename == random.__file__:
            frame = frame.f_back
        while frame is not None and frame.f_code.co_filename == secrets.__file__:
            frame, anywhere = frame.f_back, False  # libraries make names of it
        if frame is None:
            return
        file, line = frame.f_code.co_filename, linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if "RandomState" in line and not _RANDOM_STATE_UNSEEDED.search(line):
            return  # NumPy draws entropy for it, and then seeds it as it was told
        if file in self._files:
            self.unseeded.setdefault(f"{what} at {Path(file).name}:{frame.f_lineno}")
        elif anywhere and not _is_standard(file) and not _is_importing(frame):
            self.unseeded.setdefault(f"{what} at {'/'.join(Path(file).parts[-3:])}:{frame.f_lineno}")

    def _own_line(self, frame: FrameType | None) -> str | None:
        """Return the recipe's innermost line on the stack, or None."""
        while frame is not None:
            if frame.f_code.co_filename in self._files:
                return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            frame = frame.f_back
        return None


def _is_standard(file: str) -> bool:
    return file.startswith("<") or (file.startswith(LIBRARY) and "site-packages" not in file)


def _is_importing(frame: FrameType | None) -> bool:
    """Check whether a module is being imported.

    Draws of an import happen once per process and affect no run.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class ModuleState:
    """Digests of the top-level values of a recipe's modules.

    Comparing them shows what a run changed.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {real_path(file) for file in files}
        self._names = {Path(file).name for file in self._files}
        self._before: dict[str, dict[str, bytes | None]] = {}
        self.note_loaded()

    def note_loaded(self) -> None:
        """Keep the digests of modules that were not loaded before."""
        for module in self._modules():
            if module.__name__ not in self._before:
                self._before[module.__name__] = dict(_digests_of(vars(module), module.__name__))

    def changed(self) -> list[str]:
        """Return the names whose values changed or appeared, sorted.

        A value that is large or cannot be pickled is not compared.
        """
        return sorted(
            f"{module.__name__}.{name}"
            for module in self._modules()
            if (before := self._before.get(module.__name__)) is not None
            for name, digest in _digests_of(vars(module), module.__name__)
            if before.get(name) != digest
        )

    def _modules(self) -> list[ModuleType]:
        # Names first: resolving the paths of all modules loaded would take longer than a small training.
        called = _LOADED.called(self._names)
        return [module for module in called if real_path(str(module.__file__)) in self._files]


class LoadedModules:
    """Modules of this process by the names of their files.

    Each is looked at once.
    """

    def __init__(self) -> None:
        self._modules: list[Any] = []
        self._seen: dict[int, tuple[Any, str]] = {}  # by identity, and held, so that no other gets the same one
        self._by_name: dict[str, list[Any]] = {}

    def called(self, names: Iterable[str]) -> list[Any]:
        """Return the loaded modules whose files have one of these names."""
        modules = list(sys.modules.values())
        same = len(modules) == len(self._modules) and all(
            map(operator.is_, modules, self._modules)
        )  # at the speed of C
        if not same:
            self._look(modules)
            self._modules = modules
        return [module for name in names for module in self._by_name.get(name, ())]

    def _look(self, modules: Iterable[Any]) -> None:
        before, self._seen, self._by_name = self._seen, {}, {}
        for module in modules:
            if id(module) in self._seen:
                continue
            seen = before.get(id(module))
            name = _file_name(module) if seen is None else seen[1]
            self._seen[id(module)] = module, name
            self._by_name.setdefault(name, []).append(module)


def _file_name(module: Any) -> str:
    file = getattr(module, "__file__", None)
    return file.rpartition(os.sep)[2] if isinstance(file, str) else ""


_LOADED = LoadedModules()


def _digests_of(names: Mapping[str, Any], module: str) -> Iterator[tuple[str, bytes | None]]:
    for name, value in list(names.items()):
        if name.startswith("__") or isinstance(value, ModuleType):
            continue
        if hasattr(value, "cache_info"):
            if getattr(value, "__module__", None) == module:
                yield name, str(value.cache_info()).encode()  # a hit too is something that an earlier call left
        elif isinstance(value, FunctionType):
            if value.__module__ == module:
                yield name, _digest((value.__defaults__, value.__kwdefaults__, _own_data(value), _cells(value)))
        elif isinstance(value, type):
            if value.__module__ == module:
                own = {key: item for key, item in vars(value).items() if not key.startswith("_") and _is_data(item)}
                yield name, _digest(own)
        else:
            yield name, _digest(value)


def _is_data(value: Any) -> bool:
    return not callable(value) and not isinstance(value, property | classmethod | staticmethod)


def _own_data(value: FunctionType) -> dict[str, Any]:
    return {name: item for name, item in vars(value).items() if not name.startswith("__") and _is_data(item)}


def _cells(function: FunctionType) -> list[Any]:
    contents = []
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty cell
            if _is_data(cell.cell_contents):
                contents.append(cell.cell_contents)
    return contents


class _TooLarge(Exception):
    """Value pickles to more bytes than are compared."""


class _Hasher:
    """File that keeps only the digest of what is written to it."""

    def __init__(self) -> None:
        self._hasher = hashlib.blake2b(digest_size=16)
        self._size = 0

    def write(self, chunk: Any) -> int:
        """Add a chunk."""
        size = memoryview(chunk).nbytes
        self._size += size
        if self._size > STATE_BYTES:
            raise _TooLarge
        self._hasher.update(chunk)
        return size

    def digest(self) -> bytes:
        """Return the digest of everything written."""
        return self._hasher.digest()


def _digest(value: Any) -> bytes | None:
    hasher = _Hasher()
    try:
        pickle.Pickler(hasher, protocol=5).dump(value)
    except Exception:  # noqa: BLE001 - objects may refuse to be pickled in any way they like
        return None
    return hasher.digest()
