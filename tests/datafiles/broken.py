"""Files that are damaged, lie about themselves, or unpack to far more than they are."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import signal
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from numpy.lib import format as npy
from pyarrow import parquet

MIB = 2**20


def npy_bytes(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npy_of(header: str, body: bytes = b"") -> bytes:
    """An npy member with the header as it is written here."""
    text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return npy.magic(1, 0) + struct.pack("<H", len(text)) + text + body


def shaped(shape: str, body: bytes = b"", kind: str = "<f8") -> bytes:
    return npy_of(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}", body)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


X, Y = npy_bytes(np.arange(8.0).reshape(4, 2)), npy_bytes(np.array([0, 1, 0, 1]))
GOOD = zipped(("x.npy", X), ("y.npy", Y), method=zipfile.ZIP_STORED)


def with_x(x: bytes) -> bytes:
    return zipped(("x.npy", x), ("y.npy", Y))


def encrypted() -> bytes:
    raw = bytearray(GOOD)
    raw[raw.index(b"PK\x03\x04") + 6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def lying_size(size: int) -> bytes:
    """The size of the first member in the central directory, and nothing behind it."""
    raw = bytearray(GOOD)
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = struct.pack("<I", size)
    return bytes(raw)


def zip64_lie() -> bytes:
    """A member of four exbibytes by its zip64 field."""
    raw = lying_size(0xFFFFFFFF)
    entry = raw.index(b"PK\x01\x02")
    extra = struct.pack("<HHQ", 1, 8, 2**62)
    name_end = entry + 46 + struct.unpack("<H", raw[entry + 28 : entry + 30])[0]
    changed = bytearray(raw[:name_end] + extra + raw[name_end:])
    changed[entry + 30 : entry + 32] = struct.pack("<H", len(extra))
    end = changed.index(b"PK\x05\x06")
    size = struct.unpack("<I", changed[end + 12 : end + 16])[0]
    changed[end + 12 : end + 16] = struct.pack("<I", size + len(extra))
    return bytes(changed)


def wrong_checksum() -> bytes:
    raw = bytearray(GOOD)
    raw[raw.index(X) + len(X) - 3] ^= 0xFF
    return bytes(raw)


def zeros(size: int) -> bytes:
    """An npz whose one array of zeros unpacks to `size` bytes, written a piece at a time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            member.write(shaped(f"({size // 8}, 1)"))
            for _ in range(size // MIB):
                member.write(bytes(MIB))
        archive.writestr("y.npy", Y)
    return stream.getvalue()


NPZ: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated": (lambda: GOOD[:-40], "an npz file of plain arrays"),
    "half": (lambda: GOOD[: len(GOOD) // 2], "an npz file of plain arrays"),
    "wrong magic": (lambda: b"XX" + GOOD[2:], "this is no zip archive"),
    "text": (lambda: b"a,b\n1,2\n", "this is no zip archive"),
    "single array": (lambda: X, "this is a single array"),
    "bare pickle": (lambda: pickle.dumps({"x": 1}), "this is no zip archive"),
    "objects": (lambda: with_x(npy_bytes(np.array([[1, "a"], [None, 2]], dtype=object))), "holds Python objects"),
    "structured objects": (lambda: with_x(npy_bytes(np.zeros(3, dtype=[("a", object)]))), "holds Python objects"),
    "negative shape": (lambda: with_x(shaped("(-4, -2)", bytes(64))), "without negative sizes"),
    "one negative size": (lambda: with_x(shaped("(-1, 2)", bytes(64))), "without negative sizes"),
    "shape of booleans": (lambda: with_x(shaped("(True, True)", bytes(8))), "without negative sizes"),
    "shape of fractions": (lambda: with_x(shaped("(4.0, 2)", bytes(64))), "an npz file of plain arrays"),
    "huge shape": (lambda: with_x(shaped("(10000000000000000, 2)", bytes(64))), "as many bytes as the shape"),
    "shape beyond 64 bits": (lambda: with_x(shaped(f"({10**30}, 2)", bytes(64))), "as many bytes as the shape"),
    "short array": (lambda: with_x(shaped("(4, 2)", bytes(16))), "as many bytes as the shape"),
    "long array": (lambda: with_x(X + bytes(64)), "as many bytes as the shape"),
    "unknown type": (lambda: with_x(shaped("(4, 2)", bytes(64), "<q9")), "an npz file of plain arrays"),
    "header is code": (lambda: with_x(npy_of("__import__('os').system('true')")), "an npz file of plain arrays"),
    "header without keys": (lambda: with_x(npy_of("{}")), "an npz file of plain arrays"),
    "endless header": (lambda: with_x(npy.magic(2, 0) + struct.pack("<I", 2**32 - 1)), "an npz file of plain arrays"),
    "deep header": (lambda: with_x(npy_of("(" * 9000)), "an npz file of plain arrays"),
    "no member": (lambda: zipped(), "at least one array"),
    "duplicate members": (lambda: GOOD.replace(b"y.npy", b"x.npy"), "a different name for each array"),
    "encrypted": (encrypted, "is encrypted"),
    "unknown compression": (
        lambda: GOOD.replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x63\x00"),
        "an npz file",
    ),
    "wrong checksum": (wrong_checksum, "an npz file of plain arrays"),
    "larger than it is": (lambda: lying_size(2**31), "unpacks to at most"),
    "zip64 lie": (zip64_lie, "unpacks to at most"),
    "other folder": (lambda: zipped(("../x.npy", X), ("y.npy", Y)), "lead to no other folder"),
    "absolute name": (lambda: zipped(("/etc/x.npy", X), ("y.npy", Y)), "lead to no other folder"),
    "no array": (lambda: zipped(("readme.txt", b"hello")), "nothing but arrays"),
    "bomb": (lambda: zeros(12 * MIB), "unpacks to at most"),
}

NPZ_TABLES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no y": (lambda: zipped(("x.npy", X)), "arrays `x` and `y`"),
    "empty arrays": (lambda: zipped(("x.npy", npy_bytes(np.zeros((0, 2)))), ("y.npy", npy_bytes(np.zeros(0)))), "two"),
    "no columns": (lambda: with_x(npy_bytes(np.zeros((4, 0)))), "at least one column"),
    "complex numbers": (lambda: with_x(npy_bytes(np.zeros((4, 2), complex))), "numbers `x`"),
    "flat x": (lambda: with_x(npy_bytes(np.zeros(8))), "numbers `x`"),
    "uneven": (lambda: with_x(npy_bytes(np.zeros((5, 2)))), "as many of one as of the other"),
    "dates as y": (
        lambda: zipped(("x.npy", X), ("y.npy", npy_bytes(np.array(["2024-01-01"] * 4, "datetime64[D]")))),
        "numbers or text in `y`",
    ),
    "missing y": (
        lambda: zipped(("x.npy", X), ("y.npy", npy_bytes(np.array([0, 1, np.nan, 1])))),
        "row 3 has none",
    ),
}


def parquet_bytes(table: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(table, stream, **options)
    return stream.getvalue()


def columns(**further: Any) -> Any:
    return arrow.table({"a": [1.0, 2.0, 3.0, 4.0], **further, "class": ["u", "v", "u", "v"]})


def patched(raw: bytes, at: int, value: bytes) -> bytes:
    at = at % len(raw)
    return raw[:at] + value + raw[at + len(value) :]


def repeated_rows(rows: int) -> bytes:
    """Equal rows, which Parquet stores once."""
    stream = io.BytesIO()
    schema = arrow.schema([*((f"a{at}", arrow.int8()) for at in range(8)), ("class", arrow.string())])
    with parquet.ParquetWriter(stream, schema) as writer:
        part = arrow.table(
            {f"a{at}": arrow.array(np.zeros(MIB, np.int8)) for at in range(8)} | {"class": ["u", "v"] * (MIB // 2)},
            schema,
        )
        for _ in range(rows // MIB):
            writer.write_table(part)
    return stream.getvalue()


def long_texts() -> bytes:
    """Half a mebibyte of text in each of 4,000 rows, stored twice in all."""
    texts = arrow.array(["x" * (MIB // 2), "y" * (MIB // 2)])
    labels = arrow.DictionaryArray.from_arrays(arrow.array(np.arange(4000, dtype=np.int32) % 2), texts)
    return parquet_bytes(arrow.table({"a": np.zeros(4000), "class": labels}))


FLAT = parquet_bytes(columns())
PARQUET: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated": (lambda: FLAT[:-20], "a Parquet file"),
    "half": (lambda: FLAT[: len(FLAT) // 2], "a Parquet file"),
    "magic alone": (lambda: b"PAR1", "a Parquet file"),
    "magic twice": (lambda: b"PAR1PAR1", "a Parquet file"),
    "text": (lambda: b"a,b\n1,2\n", "a Parquet file"),
    "wrong magic": (lambda: b"XXXX" + FLAT[4:-4] + b"XXXX", "a Parquet file"),
    "footer too long": (lambda: patched(FLAT, -8, struct.pack("<I", 2**31 - 1)), "a Parquet file"),
    "footer of nothing": (lambda: patched(FLAT, -8, struct.pack("<I", 0)), "a Parquet file"),
    "footer of noise": (lambda: patched(FLAT, -200, b"\xff" * 150), "a Parquet file"),
    "pages of noise": (lambda: patched(FLAT, 4, b"\xff" * 60), "a Parquet file"),
    "pages of zeros": (lambda: patched(FLAT, 4, bytes(60)), "a Parquet file"),
    "encrypted": (lambda: FLAT[:-4] + b"PARE", "a Parquet file"),
    "lists": (lambda: parquet_bytes(columns(b=[[1], [2], [3], [4]])), "one value in each cell"),
    "structures": (lambda: parquet_bytes(columns(b=[{"c": 1}] * 4)), "one value in each cell"),
    "missing class": (
        lambda: parquet_bytes(arrow.table({"a": [1.0, 2.0, 3.0], "class": ["u", None, "v"]})),
        "row 2 has none",
    ),
    "missing number": (
        lambda: parquet_bytes(arrow.table({"a": [1.0, None, 3.0, 4.0], "class": [0, 1, 0, 1]})),
        "a finite number in every cell",
    ),
    "text in numbers": (lambda: parquet_bytes(columns(b=["1", "2", "three", "4"])), "'b' holds 'three' in row 3"),
    "dates": (lambda: parquet_bytes(columns(b=np.array(["2024-01-01"] * 4, "datetime64[s]"))), "numbers in every"),
    "no columns": (lambda: parquet_bytes(arrow.table({})), "it has none"),
    "equal rows": (lambda: repeated_rows(MIB), "unpacks to at most"),
}

CSV: dict[str, tuple[Callable[[], bytes], str]] = {
    "missing class": (lambda: b"a,class\n1,u\n2,\n3,v\n4,u\n5,v\n", "row 3 has none"),
    "nan as class": (lambda: b"a,class\n1,u\n2,v\n3,NaN\n4,u\n5,v\n", "row 4 has none"),
    "names or an example": (lambda: b"0,1\n5,1\n6,0\n7,1\n8,0\n", "may be names or an example"),
    "a gzip bomb": (lambda: gzip.compress(b"a,class\n" + b"1" * (12 * MIB)), "unpacks to at most"),
    "a truncated gzip": (lambda: gzip.compress(b"a,class\n" + b"1,u\n1,v\n" * 9)[:-12], "an intact gzip file"),
    "a gzip with rubbish behind": (lambda: gzip.compress(b"a,class\n1,u\n1,v\n") + b"rubbish", "an intact gzip file"),
    "an array": (lambda: X, "a single NumPy array"),
}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def spend(n_bytes: int) -> int:
    return len(bytearray(n_bytes))


def wait(n_bytes: int) -> None:
    time.sleep(n_bytes)


def crash(n_bytes: int) -> None:
    del n_bytes
    os.kill(os.getpid(), signal.SIGSEGV)


def answer(n_bytes: int) -> bytes:
    return bytes(n_bytes // 8)


def fail(n_bytes: int) -> None:
    raise KeyError("column" if n_bytes else "")
