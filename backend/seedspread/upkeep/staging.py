"""Lock folders during a restore; recognise what killed ones left."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedspread.errors import Conflict, InvalidInput, shown

_PREFIX = ".restore-"
_NAME = re.compile(r"\.restore-[a-z0-9_]{8}")  # as tempfile names them
_MARKER = "seedspread-restore.json"
_CONTENTS = "contents"


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Lock a folder, so that one restore at a time fills it.

    The folder is made if it is missing, and deleted again if it is still empty at the end.

    Raises:
        Conflict: another restore holds the lock.
        InvalidInput: the folder cannot be made or opened.
    """
    try:
        descriptor, is_made = _locked(folder)
    except OSError as error:
        raise InvalidInput(
            "data_dir", str(folder), f"a directory that can be written ({error.strerror or error})"
        ) from None
    try:
        yield
    finally:
        if is_made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        os.close(descriptor)


def _locked(folder: Path) -> tuple[int, bool]:
    """Return the locked descriptor, and True if the folder was made."""
    for _ in range(10):
        folder.parent.mkdir(parents=True, exist_ok=True)
        is_made = True
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            is_made = False
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before may have deleted the folder between opening and locking it here.
            if os.path.samestat(os.fstat(descriptor), folder.stat()):
                return descriptor, is_made
        except BlockingIOError:
            os.close(descriptor)
            raise Conflict(
                f"another restore is filling {folder}", hint="wait for it, or name another --data-dir"
            ) from None
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise FileNotFoundError(2, "it vanishes again and again")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield an empty folder inside a marked one, deleted at the end.

    Raises:
        InvalidInput: nothing can be written to `folder`.
    """
    try:
        staging = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))  # mode 0700
    except OSError as error:
        raise InvalidInput("data_dir", str(folder), f"a directory that can be written ({error.strerror})") from None
    try:
        (staging / _MARKER).touch(mode=0o600, exist_ok=False)
        (staging / _CONTENTS).mkdir(mode=0o700)
        yield staging / _CONTENTS
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def note_placed(contents: Path, files: Mapping[str, str], links: Mapping[str, str]) -> None:
    """Record what will be moved out of a staging folder.

    Args:
        contents: the folder that `staged` yielded.
        files: paths in the data directory, with their SHA-256 digests.
        links: paths of symbolic links, with their targets.
    """
    names = sorted(path.name for path in contents.iterdir())
    with (contents.parent / _MARKER).open("w", encoding="ascii") as file:
        json.dump({"names": names, "files": dict(files), "links": dict(links)}, file)
        file.flush()
        os.fsync(file.fileno())


def leftovers(folder: Path) -> list[Path]:
    """Return a folder's staging folders, recognised by name and marker."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if _NAME.fullmatch(path.name) and not path.is_symlink() and _is_own_file(path / _MARKER)
    )


def _is_own_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def forget_unplaced(folder: Path) -> None:
    """Delete staging folders of killed restores that had placed nothing yet."""
    for staging in leftovers(folder):
        if not _journal(staging):
            shutil.rmtree(staging)


def empty(folder: Path) -> None:
    """Delete what killed restores left, and check that nothing else is there.

    A file that a restore had placed is deleted only if its contents are those of the backup. Call it under the lock.

    Raises:
        Conflict: the folder holds anything else; nothing was deleted.
    """
    staging = leftovers(folder)
    journals = [_journal(path) for path in staging]
    names = {name for journal in journals for name in journal.get("names", ())}
    files = {path: digest for journal in journals for path, digest in journal.get("files", {}).items()}
    links = {path: target for journal in journals for path, target in journal.get("links", {}).items()}
    placed: list[Path] = []
    for entry in folder.iterdir():
        if entry in staging or entry.name == "lost+found":
            continue
        is_folder = entry.is_dir() and not entry.is_symlink()
        if entry.name in names:
            for path in _files(entry) if is_folder else [entry]:
                name = path.relative_to(folder).as_posix()
                is_placed = str(path.readlink()) == links.get(name) if path.is_symlink() else _is_as(path, files, name)
                if not is_placed:
                    _refuse(folder, path)
            placed.append(entry)
        elif not is_folder or any(entry.iterdir()):
            _refuse(folder, entry)
    # The staging folders last: without their journals, a second kill would leave what nobody recognises.
    for path in [*placed, *staging]:
        delete(path)


def _refuse(folder: Path, path: Path) -> None:
    raise Conflict(
        f"{folder} is not empty: it holds {shown(path.relative_to(folder).as_posix())}, which no restore put there",
        hint="restore into a new directory: --data-dir NAME",
    )


def _files(folder: Path) -> Iterator[Path]:
    for here, names, files in os.walk(folder):
        yield from (Path(here) / name for name in files)
        yield from (Path(here) / name for name in names if (Path(here) / name).is_symlink())


def _is_as(path: Path, files: Mapping[str, str], name: str) -> bool:
    if name not in files or not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == files[name]


def _journal(staging: Path) -> dict[str, Any]:
    """Return what was noted before anything was placed."""
    try:
        journal = json.loads((staging / _MARKER).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(journal, dict) or not isinstance(journal.get("names"), list):
        return {}
    return journal if all(isinstance(journal.get(name), dict) for name in ("files", "links")) else {}


def delete(path: Path) -> None:
    """Delete a file, a link, or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
