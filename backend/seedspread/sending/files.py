"""Collect what a run of a folder brings beside its numbers.

That is the end of its log, its files by path and digest, and which examples it got right.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from seedspread.recording import Run
from seedspread.recording.files import digest
from seedspread.views.imports import LONGEST_LOG, ImportedExamples, ImportedFile
from seedspread.views.runs import Usage

LARGEST_SENT: Final = 60 * 2**20
"""Bytes of the largest file that is sent; of larger ones only the digest."""
MOST_FILES: Final = 1000  # a listing is metadata of a run, not its data
_NO_FILES: Final = ("metrics", "events", "usage")


def files_of(run: Run) -> dict[str, tuple[ImportedFile, Path]]:
    """Return the files to send with a run, by path.

    These are log, examples and artifacts: those in the run's folder, and those that the training named wherever they
    lie.
    """
    listed: dict[str, tuple[ImportedFile, Path]] = {}
    for name, (sha256, size) in sorted(_own(run)):
        file = ImportedFile(path=name, sha256=sha256, bytes=size, sent=size <= LARGEST_SENT)
        listed[name] = (file, run.folder / name)
    for event in run.events("file"):
        named, recorded, count = str(event.get("path", "")), event.get("sha256"), event.get("bytes")
        if event.get("role") != "artifact" or not named or not isinstance(count, int) or not _is_digest(recorded):
            continue
        path = Path(named)
        same = path.is_file() and path.stat().st_size == count and digest(path)[0] == recorded
        sent = same and count <= LARGEST_SENT
        listed[named] = (ImportedFile(path=named, sha256=str(recorded), bytes=count, sent=sent), path)
    return dict(list(listed.items())[:MOST_FILES])


def _own(run: Run) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield files of the run's folder with digest and size.

    Those with numbers are left out, since the numbers are sent as such.
    """
    for path in run.folder.rglob("*"):
        name = path.relative_to(run.folder).as_posix()
        inside = "/" in name
        if not path.is_file() or path.name.startswith(".") or (inside and not name.startswith("artifacts/")):
            continue
        if not inside and (path.suffix == ".json" or path.name.split(".")[0] in _NO_FILES):
            continue  # the numbers are sent as numbers
        yield name, digest(path)


def content_of(file: ImportedFile, path: Path) -> bytes | None:
    """Return the content of a file, or None if it changed."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == file.sha256 else None


def log_tail(run: Run) -> str:
    """Return the end of a run's log."""
    path = run.folder / "log.txt"
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LONGEST_LOG))
            return file.read().decode("utf-8", "replace").replace("\x00", "")
    except OSError:
        return ""


def usage_of(run: Run) -> Usage | None:
    """Return what a run's processes used over time, or None."""
    record = run.usage()
    return None if record is None else Usage.model_validate(record.to_json())


def correct_of(run: Run) -> dict[Any, bool]:
    """Return the correctness of examples by id.

    Of several sets of examples the first counts.
    """
    first: str | None = None
    correct: dict[Any, bool] = {}
    for line in run.examples():
        name, ids, right = str(line.get("name", "")), line.get("ids"), line.get("correct")
        first = name if first is None else first
        if name == first and isinstance(ids, list) and isinstance(right, list) and len(ids) == len(right):
            correct.update((_key(at), bool(value)) for at, value in zip(ids, right, strict=True))
    return correct


def packed(correct: dict[Any, bool], order: Sequence[Any]) -> ImportedExamples | None:
    """Pack results per example in an order of ids.

    The result is None if the run has other ids.
    """
    if not order or correct.keys() != set(order):
        return None
    bits = np.packbits(np.array([correct[at] for at in order], dtype=np.bool_))
    return ImportedExamples(count=len(order), correct=base64.b64encode(bits.tobytes()).decode())


def _key(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else repr(value)


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and all(digit in "0123456789abcdef" for digit in value)
