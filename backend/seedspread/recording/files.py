"""Durable files: atomic replacement, appended lines, locks, digests."""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from seedspread.errors import Unavailable

_loads: Callable[[bytes], Any] = json.loads
with suppress(ImportError):
    # Three times as fast for long series; scripts in other environments need not have it.
    import orjson

    _loads = orjson.loads

_CHUNK = 1 << 20  # large enough for the disk's speed, small enough for any memory
_DEEPEST: Final = 50
_LARGEST_ARRAY: Final = 1_000  # numbers that a record of parameters holds one by one
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def replace(path: Path, document: Mapping[str, Any], *, sync: bool = True) -> None:
    """Write a JSON document atomically.

    Readers see the old or the new document, never a part of one. With `sync`, the document is also forced to the disk,
    so that it survives a power cut and not only a killed process.

    Raises:
        Unavailable: the disk is full or the folder cannot be written.
    """
    text = json_text(document, indent=2) + "\n"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            if sync:
                os.fsync(file.fileno())
        temporary.replace(path)
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error) from error


def json_text(document: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Return a document as JSON, whatever values a script passed.

    NaN and infinities become strings, NumPy values and tensors plain values, large arrays their shape and digest, and
    other objects their text.
    """
    encode = _compact if indent is None else json.JSONEncoder(**_STRICT, indent=indent).encode
    try:
        return encode(document)
    except (ValueError, TypeError):
        return encode(_plain(document))


def non_finite(value: float) -> str:
    """Return the string that stands in JSON for NaN or an infinity."""
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value without what JSON lacks, 50 levels deep."""
    if depth > _DEEPEST:
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return non_finite(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return _plain(_of_object(value), depth + 1)


def _of_object(value: Any) -> Any:
    """Return what JSON can hold of an object."""
    plain = getattr(value, "tolist", None)
    if isinstance(value, type) or not callable(plain):
        return str(value)
    try:
        if getattr(value, "size", 0) and math.prod(value.shape) > _LARGEST_ARRAY:
            # As text, arrays that differ somewhere in the middle would look alike.
            sha256 = hashlib.sha256(json.dumps(plain(), default=str).encode()).hexdigest()
            return {"shape": list(value.shape), "sha256": sha256}
        return plain()
    except (TypeError, ValueError, RuntimeError, AttributeError):
        return str(value)


_STRICT: Final[dict[str, Any]] = {"ensure_ascii": False, "allow_nan": False, "default": _of_object}
_compact = json.JSONEncoder(**_STRICT, separators=(",", ":")).encode


def cannot_write(path: Path, error: OSError) -> Unavailable:
    """Build the error for a file that cannot be written."""
    return Unavailable(
        f"cannot write {path}: {error.strerror or error}",
        hint="free some space or choose another folder with --folder; what was recorded so far is kept",
    )


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Appender:
    """Append-only file, written one whole line at a time.

    It is opened at the first write. Each write is one system call on a descriptor in append mode, so a killed process
    loses no written line and two processes never mix their lines. A torn last line, left by a full disk, is closed
    before the next one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def write(self, data: bytes) -> None:
        """Append bytes that end with a line feed.

        Raises:
            Unavailable: the disk is full or the folder cannot be written.
        """
        descriptor = self._descriptor
        try:
            if descriptor is None:
                descriptor = self._open()
            written = os.write(descriptor, data)
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError as error:
            self.close()  # the next write looks at the last line again
            raise cannot_write(self.path, error) from error

    def close(self, *, sync: bool = False) -> None:
        """Close the file; with `sync`, force it to the disk first."""
        if self._descriptor is not None:
            if sync:
                os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._descriptor = descriptor
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            os.write(descriptor, b"\n")
        return descriptor


def lines(path: Path) -> Iterator[dict[str, Any] | None]:
    """Read the JSON objects of a file line by line.

    It yields None for a line that is not a JSON object. A file that does not exist has no lines. A last line without a
    line feed is still being written: it is yielded if it is whole, and skipped without a None if it is torn.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for raw in file:
            if not raw.strip():
                continue
            try:
                parsed = _loads(raw)
            except ValueError:
                parsed = None
            if isinstance(parsed, dict):
                yield parsed
            elif raw.endswith(b"\n"):
                yield None


def number(value: Any) -> float | None:
    """Return a JSON value as a number, or None.

    NaN and infinities are strings in JSON.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return _NOT_FINITE.get(value) if isinstance(value, str) else None


def digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file and its size in bytes."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
            size += len(chunk)
    return total.hexdigest(), size


class Lock:
    """Exclusive lock on a file.

    The kernel releases it when its process ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool = False) -> bool:
        """Acquire the lock; return False if another process holds it.

        With `wait`, it blocks until the lock is free.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            # The system drops this lock when the process ends in any way, so a crash leaves nothing locked.
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_locked(path: Path) -> bool:
    """Return True if a process on this machine holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, so that two processes that only ask do not take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
