"""Who works on this machine: a locked file a worker, so that the dead are known at once and beyond doubt.

The kernel frees a dead process' lock, whatever killed it. Process ids would not do: they are used again, and a
container counts its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class Roll:
    """The folder of locked files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: tuple[Path, IO[str]] | None = None

    def enter(self, name: str) -> None:
        """Sign in as `name` until `leave`, or until this process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        while self._own is None:
            file = path.open("a", encoding="utf-8")
            fcntl.flock(file, fcntl.LOCK_EX)
            # Somebody who looked for the dead may have struck the file before we had locked it.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                self._own = (path, file)

    def leave(self) -> None:
        """Sign out."""
        if self._own is not None:
            path, file = self._own
            path.unlink(missing_ok=True)
            file.close()
            self._own = None

    def dead(self) -> Iterator[str]:
        """The names of those who ended without signing out; each is struck once the caller asks for the next."""
        own = self._own[0] if self._own else None
        for path in sorted(self._folder.glob("*")):
            if path == own:
                continue
            with path.open("a", encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield path.name
                path.unlink(missing_ok=True)
