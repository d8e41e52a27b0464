"""Store uploaded files by their digest, each once and never half-written."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from seedspread.core.manifest import DataDigest
from seedspread.errors import InvalidInput

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"(?!\.)[^/\\\x00-\x1f]{1,200}")


def upload_path(folder: Path, sha256: str, name: str) -> Path:
    """Return the path of an upload: `folder/sha256/name`.

    Raises:
        InvalidInput: `sha256` is not 64 lower-case hexadecimal digits, or `name` is no plain file name.
    """
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput("sha256", sha256, "64 lower-case hexadecimal digits")
    if not _NAME.fullmatch(name):
        raise InvalidInput("name", name, "a file name without folders, at most 200 characters, not starting with a dot")
    return folder / sha256 / name


def existing_upload(folder: Path, sha256: str, name: str) -> DataDigest | None:
    """Return the digest of an upload that exists, or None.

    Raises:
        InvalidInput: as for `upload_path`.
    """
    path = upload_path(folder, sha256, name)
    return DataDigest(path=str(path), sha256=sha256, size_bytes=path.stat().st_size) if path.is_file() else None


async def store_upload(
    folder: Path, sha256: str, name: str, chunks: AsyncIterator[bytes], *, max_bytes: int
) -> DataDigest:
    """Write an upload and verify its digest before storing it.

    Raises:
        InvalidInput: as for `upload_path`; an empty body, more than `max_bytes`, or another digest than `sha256`.
    """
    path = upload_path(folder, sha256, name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hasher, size_bytes = hashlib.sha256(), 0
    descriptor, partial = tempfile.mkstemp(dir=folder, prefix=".partial-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > max_bytes:
                    raise InvalidInput("body", f"over {max_bytes} bytes", f"a file of at most {max_bytes:,} bytes")
                hasher.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if size_bytes == 0:
            raise InvalidInput("body", "", "a file with something in it")
        if hasher.hexdigest() != sha256:
            raise InvalidInput("sha256", sha256, f"the digest of the body, which is {hasher.hexdigest()}")
        path.parent.mkdir(mode=0o700, exist_ok=True)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return DataDigest(path=str(path), sha256=sha256, size_bytes=size_bytes)
