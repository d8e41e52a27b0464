"""Read data files in a process of their own, for a service.

A file that would take all memory, or that a library never finishes, costs its reader and nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from seedspread import isolated
from seedspread.core.manifest import DataDigest
from seedspread.datafiles.contents import Contents, contents, inspect
from seedspread.datafiles.digests import existing
from seedspread.settings import AppSettings

_LIBRARIES_BYTES = 2**30
"""Address space of Python, NumPy and pyarrow, and room for what is being unpacked."""


def contents_apart(settings: AppSettings, path: str, *, kind: str | None, target: str, field: str) -> Contents:
    """Read the contents of a file, as `contents` does.

    Raises:
        InvalidInput: as for `contents`; reading it takes too much memory or time.
        Unavailable: other files are being read.
    """
    file = str(existing(path, field=field))
    arguments = (("path", file), ("kind", kind), ("target", target), ("field", field))
    result: Contents = _once(contents, arguments, _limits(settings, field, file), _state(file, field))
    return result


def inspect_apart(
    settings: AppSettings, kind: str, value: str, *, field: str, sets: Sequence[str] = (), target: str = ""
) -> DataDigest | None:
    """Check a file's kind and return its digest, as `inspect` does.

    Raises:
        InvalidInput: as for `inspect`; reading it takes too much memory or time.
        Unavailable: other files are being read.
    """
    if value in sets or kind not in ("text", "table", "arrays"):
        return inspect(kind, value, field=field, sets=sets, target=target)
    file = str(existing(value, field=field))
    arguments = (("kind", kind), ("value", file), ("target", target), ("field", field))
    result: DataDigest = _once(inspect, arguments, _limits(settings, field, file), _state(file, field))
    return result


def _limits(settings: AppSettings, field: str, file: str) -> isolated.Limits:
    unpacked_bytes = settings.max_unpacked_bytes
    variables = (("SEEDSPREAD_MAX_UNPACKED_BYTES", str(unpacked_bytes)),)
    return isolated.Limits(_LIBRARIES_BYTES + 2 * unpacked_bytes, field, file, variables)


def _state(file: str, field: str) -> tuple[int, ...]:
    stat = existing(file, field=field).stat()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@lru_cache(maxsize=256)
def _once(
    function: Any, arguments: tuple[tuple[str, Any], ...], limits: isolated.Limits, _as_it_was: tuple[int, ...]
) -> Any:
    return isolated.SHARED.call(function, dict(arguments), limits)
