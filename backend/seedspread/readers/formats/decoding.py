"""Decode the bytes of a file as text, whatever system wrote them."""

from __future__ import annotations

import zlib

from charset_normalizer import from_bytes

from seedspread.errors import InvalidInput

MAX_BYTES = 200_000_000  # the content is held in memory several times while it is parsed
_GZIP = b"\x1f\x8b"
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def unpacked(raw: bytes, name: str) -> bytes:
    """Return the bytes, decompressed if they are gzip.

    Raises:
        InvalidInput: a broken gzip file, or more than 200 MB.
    """
    if raw[:2] == _GZIP:
        try:
            decompressor = zlib.decompressobj(wbits=31)
            raw = decompressor.decompress(raw, MAX_BYTES + 1)
            if not decompressor.eof and len(raw) <= MAX_BYTES:
                raise EOFError("it ends too early")
        except (EOFError, zlib.error) as error:
            raise InvalidInput("FILE", name, f"an intact gzip file ({error})") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput("FILE", name, f"at most {MAX_BYTES:,} bytes of text")
    return raw


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
