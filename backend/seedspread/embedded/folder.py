"""Data directory, locked by one `seedspread up` at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedspread import logs
from seedspread.errors import Conflict, InvalidInput


@contextmanager
def locked(data_dir: Path) -> Iterator[Path]:
    """Lock the directory, create its folders, and yield its path.

    The lock lasts until the block (or the process) ends.

    Raises:
        Conflict: another `seedspread up` or `demo` uses it.
        InvalidInput: it cannot be created or written.
    """
    folder = prepare(data_dir)
    with (folder / "run" / "lock").open("a+", encoding="utf-8") as lock:
        try:
            # A lock, not a file with a process id: it ends with its process, and ids are used again.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise Conflict(
                f"the data directory {folder} is in use by another seedspread (process {owner})",
                hint="stop that one, or give this one a directory of its own with --data-dir",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        for log in (folder / "logs").glob("*.log"):
            logs.bound(log)
        yield folder


def prepare(data_dir: Path) -> Path:
    """Create the directory and its folders; return its absolute path.

    Raises:
        InvalidInput: it cannot be created or written.
    """
    folder = data_dir.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Holds the broker's password.
        (folder / "run").mkdir(mode=0o700, exist_ok=True)
        (folder / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise InvalidInput("data_dir", str(data_dir), f"a directory that can be written ({error.strerror})") from None
    if not os.access(folder / "run", os.W_OK):
        raise InvalidInput("data_dir", str(data_dir), "a directory that can be written")
    return folder
