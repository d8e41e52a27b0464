"""Compiled programs of XLA, kept on disk for later trainers.

Compiling a small model takes more than a second of processor time, reading the result a few milliseconds. TensorFlow
reads and writes the files (`--tf_xla_persistent_cache_directory`): one for each program, moved into place when it is
complete. It does not notice a damaged one, and a file that cannot be written fails the training. So the parent deletes
at its start what was not sealed with a digest, and trains once more without the folder where it is at fault.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from seedspread_worker import sentences

VARIABLE: Final = "SEEDSPREAD_COMPILED"
"""Names the folder to a trainer."""
FLAG: Final = "--tf_xla_persistent_cache_directory"
BOUND_BYTES: Final = 64 * 1024 * 1024
"""Files beyond this are deleted, the oldest first; a program of a small model takes half a megabyte."""
FREE_BYTES: Final = 256 * 1024 * 1024
"""The folder is not used on a disk with less than this."""
_SEAL = ".sha256"
_UNFINISHED_S = 3600.0


class CompiledPrograms:
    """Folder of compiled programs, for its owner alone.

    Args:
        folder: it is created where it is missing.
    """

    def __init__(self, folder: Path, *, bound_bytes: int = BOUND_BYTES) -> None:
        self._folder = folder
        self._bound_bytes = bound_bytes
        self._is_swept = False

    def folder(self) -> str | None:
        """Return the folder's path, or None if it cannot be used now.

        The first call deletes what is damaged in it.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self._folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                return None
            if stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
                self._folder.chmod(stat.S_IRWXU)
            if not self._is_swept:
                self._sweep()
                self._is_swept = True
            is_usable = os.access(self._folder, os.W_OK) and shutil.disk_usage(self._folder).free >= FREE_BYTES
        except OSError:
            return None
        return str(self._folder.resolve()) if is_usable else None

    def seal(self) -> None:
        """Seal new files by their digests; delete the oldest beyond the bound."""
        with contextlib.suppress(OSError):
            for file in self._files():
                seal = _seal_of(file)
                if not seal.exists():
                    unfinished = seal.with_name(f"{seal.name}.{os.getpid()}.tmp")
                    unfinished.write_text(_digest(file), encoding="ascii")
                    unfinished.replace(seal)
            self._bound()

    def _sweep(self) -> None:
        for file in self._files():
            seal = _seal_of(file)
            if not seal.exists() or seal.read_text(encoding="ascii") != _digest(file):
                _delete(file)
        for file in self._folder.glob("*/*"):
            is_left_over = file.suffix == ".tmp" and time.time() - file.stat().st_mtime > _UNFINISHED_S
            if is_left_over or (file.suffix == _SEAL and not file.with_suffix("").exists()):
                file.unlink(missing_ok=True)
        self._bound()

    def _bound(self) -> None:
        files = sorted(((file.stat(), file) for file in self._files()), key=lambda pair: -pair[0].st_mtime_ns)
        total = 0
        for status, file in files:
            total += status.st_size
            if total > self._bound_bytes:
                _delete(file)

    def _files(self) -> Iterator[Path]:
        return (file for file in self._folder.glob("*/*") if file.suffix == ".pb")


def use(folder: str, tensorflow: Any, facts: object) -> Path | None:
    """Let TensorFlow of this process keep compiled programs in the folder.

    Return where they are, or None if they are not kept.

    Call it before the devices are listed, which reads the flags. The environment is as before afterwards: TensorFlow
    reads its flags once, and programs that a recipe starts are not to use the folder. Flags of the user that name such
    a folder are respected.

    Args:
        folder: the folder for all versions and processors; each has one of its own there.
        tensorflow: the module.
        facts: what else decides how programs are compiled, as JSON.
    """
    own = os.environ.get("TF_XLA_FLAGS", "")
    read_flags = getattr(_bindings(), "TF_GetXlaConstantFoldingDisabled", None)
    names_file = bool(own) and not own.startswith("-")
    if read_flags is None or FLAG in own or names_file or any(map(str.isspace, folder)):
        return None
    version = [tensorflow.version.VERSION, tensorflow.version.GIT_VERSION, tensorflow.version.COMPILER_VERSION]
    key = hashlib.sha256(json.dumps([version, own, os.environ.get("XLA_FLAGS"), facts]).encode()).hexdigest()[:16]
    path = Path(folder) / key
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    os.environ["TF_XLA_FLAGS"] = f"{own} {FLAG}={path}".strip()
    try:
        read_flags()
    finally:
        if own:
            os.environ["TF_XLA_FLAGS"] = own
        else:
            del os.environ["TF_XLA_FLAGS"]
    return path


@contextlib.contextmanager
def alone(path: Path | None, program: str) -> Iterator[bool]:
    """Keep other trainers from compiling a program within the block.

    It gives False if one is compiling it already. Programs share 256 locks. Where nothing is kept, or nothing can be
    locked, every trainer is alone.

    Args:
        path: where compiled programs are kept; see `use`.
        program: the program's key.
    """
    if path is None:
        yield True
        return
    name = hashlib.sha256(program.encode()).hexdigest()[:2]
    try:
        lock = os.open(path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield True
        return
    try:
        yield _locked(lock)
    finally:
        os.close(lock)


def is_at_fault(folder: str | None, error: BaseException) -> bool:
    """Check whether a training failed because of the folder."""
    text = sentences.text_of(error)
    return folder is not None and (folder in text or any(phrase in text for phrase in sentences.DAMAGED_PROGRAM))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _bindings() -> Any:
    from tensorflow.python import pywrap_tfe  # the flags have no public reader

    return pywrap_tfe


def _seal_of(file: Path) -> Path:
    return file.with_name(file.name + _SEAL)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _delete(file: Path) -> None:
    file.unlink(missing_ok=True)
    _seal_of(file).unlink(missing_ok=True)
