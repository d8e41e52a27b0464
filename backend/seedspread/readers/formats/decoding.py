"""Decode the bytes of a file as text, whatever system wrote them."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from typing import Any

from charset_normalizer import from_bytes

from seedspread.errors import InvalidInput

MAX_BYTES = 200_000_000  # the content is held in memory several times while it is parsed
_GZIP, _BZIP2, _XZ, _ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
_WORKBOOK = "[Content_Types].xml"
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def unpacked(raw: bytes, name: str) -> bytes:
    """Return the bytes, decompressed if they are an archive.

    Archives are gzip, bzip2, xz, and a zip of one file. An Excel workbook, which is a zip too, stays as it is.

    Raises:
        InvalidInput: a broken archive, one of several files, or more than 200 MB.
    """
    try:
        if raw[:2] == _GZIP:
            raw = _decompressed(zlib.decompressobj(wbits=31), raw)
        elif raw[:3] == _BZIP2:
            raw = _decompressed(bz2.BZ2Decompressor(), raw)
        elif raw[:6] == _XZ:
            raw = _decompressed(lzma.LZMADecompressor(), raw)
        elif raw[:4] == _ZIP:
            raw = _of_zip(raw, name)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as error:
        raise InvalidInput("FILE", name, f"an intact compressed file ({error})") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput("FILE", name, f"at most {MAX_BYTES:,} bytes of text")
    return raw


def _decompressed(decompressor: Any, raw: bytes) -> bytes:
    content: bytes = decompressor.decompress(raw, MAX_BYTES + 1)
    if not decompressor.eof and len(content) <= MAX_BYTES:
        raise EOFError("it ends too early")
    return content


def _of_zip(raw: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
        files = [file for file in names if not file.startswith(("__MACOSX/", "."))]
        if _WORKBOOK in files:
            return raw
        if files and all(file.endswith(".npy") for file in files):
            raise InvalidInput("FILE", name, "a table such as CSV, JSON or Parquet; these are NumPy arrays")
        if len(files) != 1:
            hint = "Unpack it, and name the folder or the files."
            raise InvalidInput("FILE", name, f"a zip of one file; this has {len(files)}", hint=hint)
        with archive.open(files[0]) as file:
            return file.read(MAX_BYTES + 1)


def decoded(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, str | None]:
    """Decode bytes; return the text and the encoding if it was guessed.

    A byte order mark decides; then UTF-8 and UTF-16 without a mark are tried, and last the guess of charset-normalizer
    (Windows-1252 if several fit equally).

    Raises:
        InvalidInput: an unknown encoding, bytes that do not fit it, or binary data.
    """
    if encoding is not None:
        try:
            return raw.decode(encoding).removeprefix("\ufeff"), None
        except LookupError:
            raise InvalidInput("--encoding", encoding, "an encoding such as utf-8, cp1252 or utf-16") from None
        except UnicodeError as error:
            raise InvalidInput("FILE", name, f"text in {encoding} ({error})") from None
    for mark, wide in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw, wide, name), None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _guessed(raw, name)
    if "\x00" not in text:
        return text, None
    zeros = (raw[::2].count(0), raw[1::2].count(0))
    if max(zeros) * 3 >= len(raw) // 2 and min(zeros) * 3 < len(raw) // 2:
        return _strictly(raw, "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", name), "UTF-16"
    raise InvalidInput("FILE", name, "text; this file holds binary data")


def _strictly(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput("FILE", name, f"text in {encoding.upper()} ({error.reason})") from None


def _guessed(raw: bytes, name: str) -> tuple[str, str]:
    if b"\x00" in raw:
        raise InvalidInput("FILE", name, "text; this file holds binary data")
    western: str | None
    try:
        western = raw.decode("cp1252")
    except UnicodeDecodeError:
        western = None
    # On a few letters the detector is no better than chance; in Western text most letters are ASCII.
    special = [byte for byte in raw if byte >= 0x80]
    if western is not None and (len(special) < 32 or len(special) * 5 < len(raw)):
        return western, "Windows-1252"
    match = from_bytes(raw).best()
    if match is None:
        if western is None:
            raise InvalidInput("FILE", name, "text in a known encoding", hint="Name it: --encoding cp1251.")
        return western, "Windows-1252"
    return str(match), match.encoding
