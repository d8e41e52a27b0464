"""Identify a file: existence, size, SHA-256."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from seedspread.core.manifest import DataDigest
from seedspread.errors import InvalidInput


def existing(path: str | os.PathLike[str], *, field: str) -> Path:
    """Return the file's absolute path.

    Raises:
        InvalidInput: no such file, a folder, an empty file, or one that may not be read.
    """
    text = os.fspath(path)
    try:
        file = Path(text).expanduser()
        if not file.is_file():
            problem = "is a folder" if file.is_dir() else "does not exist"
            raise InvalidInput(field, text, f"the path of a readable file; this one {problem}")
        if file.stat().st_size == 0:
            raise InvalidInput(field, text, "a file with something in it; this one is empty")
        if not os.access(file, os.R_OK):
            raise InvalidInput(field, text, "a file this process may read")
    except (OSError, ValueError, RuntimeError) as error:  # the last: nobody of that name after a ~
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(field, text, f"the path of a readable file ({error})") from error
    return file.resolve()


def digest(path: str | os.PathLike[str], *, field: str = "data") -> DataDigest:
    """Return path, size and SHA-256 of a file.

    An unchanged file (by size, inode and time of change) is hashed once per process.

    Raises:
        InvalidInput: as for `existing`.
    """
    file = existing(path, field=field)
    stat = file.stat()
    sha256 = _hashed(str(file), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return DataDigest(path=str(file), sha256=sha256, size_bytes=stat.st_size)


@lru_cache(maxsize=1024)
def _hashed(path: str, _size: int, _modified: int, _changed: int, _inode: int) -> str:
    with Path(path).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
