"""Give every process of a script random streams of its own.

Unseeded processes draw different numbers. Python seeds `random` from the system after a fork, and spawned processes
would all be seeded alike: both are replaced by values that follow from the run's seed and the process's number.
"""

from __future__ import annotations

import os
import sys
import zlib
from types import ModuleType
from typing import Any, Callable

from .hooks import Finder, wrap

CHILD = "SEEDSPREAD_SHIM_CHILD"
"""Variable with the numbers of the Python programs that led to this one, in the order in which they were started."""


class Streams:
    """Seeds of this process's libraries, and functions that set them.

    values: by library; replaced where a process begins.
    """

    def __init__(self, values: dict[str, int]) -> None:
        self.values = values
        self.loaded: dict[str, Callable[[int], Any]] = {}
        self._children = 0
        self._started = 0
        self._process = os.getpid()
        self._path = os.environ.get(CHILD, "")
        if self._path:
            self._move(self._path)

    def install(self, finder: Finder) -> None:
        """Follow forks, processes of multiprocessing, and Python programs that the script starts."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._count, after_in_child=self._forked)
        if "multiprocessing.process" in sys.modules:
            self._follow(sys.modules["multiprocessing.process"])
        else:
            finder.after["multiprocessing.process"] = self._follow
        sys.addaudithook(self._heard)

    def reseed_after_fork(self, library: str) -> None:
        """Seed a library again in forked processes.

        Call it once the library has registered its own reseeding, which this overrides.
        """
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: self.loaded[library](self.values[library]))

    def _move(self, number: object) -> None:
        """Derive this process's values from its parent's."""
        for name, value in self.values.items():
            self.values[name] = zlib.crc32(f"{value}/{number}".encode()) & 0x7FFFFFFF

    def _count(self) -> None:
        self._children += 1

    def _forked(self) -> None:
        self._move(self._children)
        self._path += f".{self._children}f"
        self._children = self._started = 0

    def _follow(self, module: ModuleType) -> None:
        def begins(process: Any, *args: Any, **kwargs: Any) -> None:
            if os.getpid() != self._process:
                return  # forked, and moved already
            self._move(".".join(map(str, process._identity)))
            for library, seed in self.loaded.items():
                seed(self.values[library])

        wrap(module.BaseProcess, "_bootstrap", begins)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "subprocess.Popen":
            return
        program = os.fsdecode(args[0] or (args[1][0] if args[1] else ""))
        # Others are not counted: a library that asks the system something once would change what later programs draw.
        if os.path.basename(program).startswith("python"):
            self._started += 1
            os.environ[CHILD] = f"{self._path}.{self._started}"
