"""Read NumPy's npz files; report anything else in one sentence."""

from __future__ import annotations

import math
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seedspread.datafiles.limits import check_unpacked
from seedspread.errors import InvalidInput

MAGIC = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_SINGLE = b"\x93NUMPY"
_MOST_ARRAYS = 10_000
_MOST_NAMED = 20
_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Header:
    """Type and shape of an array, as its member states them."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    member: zipfile.ZipInfo

    @property
    def n_bytes(self) -> int:
        """Size of the values in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """Open npz file whose members were checked against their headers."""

    def __init__(self, archive: zipfile.ZipFile, headers: tuple[Header, ...]) -> None:
        self._archive = archive
        self.headers = headers

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return [header.name for header in self.headers]

    def read(self, name: str) -> NDArray[Any]:
        """Read one array.

        Raises:
            KeyError: there is no array of this name.
        """
        header = next((header for header in self.headers if header.name == name), None)
        if header is None:
            raise KeyError(name)
        with self._archive.open(header.member) as opened:
            array: NDArray[Any] = npy.read_array(opened, allow_pickle=False)
            opened.read(1)  # the checksum is compared where the member ends
            return array

    def verify(self) -> None:
        """Read every member to its end, a piece at a time.

        The checksums of the archive are compared on the way.
        """
        for header in self.headers:
            with self._archive.open(header.member) as opened:
                while opened.read(_CHUNK_BYTES):
                    pass


@contextmanager
def opened(path: str | Path, field: str) -> Iterator[Archive]:
    """Open the arrays of a file, whose sizes were checked before.

    Raises:
        InvalidInput: the file is no npz file, is damaged, holds Python objects, or unpacks to more than the limit.
    """
    expected = "an npz file of plain arrays, as `numpy.savez` writes it"
    try:
        with Path(path).open("rb") as raw:
            start = raw.read(len(_SINGLE))
            if start.startswith(_SINGLE):
                raise InvalidInput(field, str(path), "an npz file of named arrays; this is a single array")
            if not start.startswith((MAGIC, _EMPTY)):
                raise InvalidInput(field, str(path), f"{expected}; this is no zip archive")
            with zipfile.ZipFile(raw) as archive:
                yield Archive(archive, _checked(archive, str(path), field))
    except (InvalidInput, MemoryError):
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(field, str(path), f"{expected} ({reason[:200]})") from error


def _checked(archive: zipfile.ZipFile, path: str, field: str) -> tuple[Header, ...]:
    members = archive.infolist()
    if not members:
        raise InvalidInput(field, path, "an npz file with at least one array")
    if len(members) > _MOST_ARRAYS:
        raise InvalidInput(field, path, f"at most {_MOST_ARRAYS:,} arrays; it has {len(members):,}")
    check_unpacked(sum(member.file_size for member in members), path=path, field=field)
    name, times = Counter(member.filename for member in members).most_common(1)[0]
    if times > 1:
        raise InvalidInput(field, path, f"a different name for each array; {name!r} is there {times} times")
    headers = []
    for member in members:
        _check_member(member, path, field)
        with archive.open(member) as stream:
            headers.append(_header(stream, member, path, field))
    return tuple(headers)


def _check_member(member: zipfile.ZipInfo, path: str, field: str) -> None:
    name = member.filename
    if member.flag_bits & 0x1:
        raise InvalidInput(field, path, f"arrays without a password; {name!r} is encrypted")
    if name.startswith("/") or ".." in PurePosixPath(name.replace("\\", "/")).parts:
        raise InvalidInput(field, path, f"names of arrays that lead to no other folder, unlike {name!r}")
    if not name.endswith(".npy"):
        workbook = name in ("[Content_Types].xml", "_rels/.rels")
        content = "this is an Office document" if workbook else f"{name!r} is none"
        raise InvalidInput(field, path, f"an npz file of nothing but arrays; {content}")


def _header(stream: IO[bytes], member: zipfile.ZipInfo, path: str, field: str) -> Header:
    """Read an array's type and shape; compare them with its size."""
    name = member.filename.removesuffix(".npy")
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise InvalidInput(field, path, f"arrays of the npy format 1.0 or 2.0; {name!r} is of {version}")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read_header(stream)
    if dtype.hasobject:
        raise InvalidInput(field, path, f"arrays of numbers or text; {name!r} holds Python objects")
    if any(isinstance(size, bool) or size < 0 for size in shape):
        raise InvalidInput(field, path, f"arrays without negative sizes; the shape of {name!r} is {shape}")
    header = Header(name, dtype, tuple(shape), member)
    # A header is text that anybody can write: an array of the size that it states would be allocated before it is read.
    if stream.tell() + header.n_bytes != member.file_size:
        raise InvalidInput(
            field,
            path,
            f"as many bytes as the shape of each array takes; {name!r} states the shape {shape} of {dtype} and holds "
            f"{member.file_size:,} bytes",
        )
    return header


def listed(names: list[str]) -> str:
    """Return names of arrays for a message."""
    return ", ".join(names[:_MOST_NAMED]) or "none"
