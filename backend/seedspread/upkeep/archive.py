"""Write and read backups: a folder or a tar file, with digests.

The manifest, `manifest.json`, is written last, and the whole is renamed into place once it is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from seedspread.errors import Conflict, InvalidInput, Unavailable, shown
from seedspread.upkeep.manifest import MANIFEST, Manifest, SavedFile

SUFFIXES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
_PARTIAL = ".partial"


class Writer:
    """Backup that is being written, in a hidden folder."""

    def __init__(self, staging: Path, manifest: Manifest) -> None:
        self.staging, self.manifest = staging, manifest

    def target(self, path: str) -> Path:
        """Return where a file has to be written before `add`."""
        full = self.staging / PurePosixPath(path)
        full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return full

    def add(self, path: str) -> None:
        """List a file that was written."""
        full = self.staging / PurePosixPath(path)
        self.manifest.files.append(SavedFile(path, *_digest(full), stat.S_IMODE(full.stat().st_mode)))

    def copy_tree(self, source: Path, path: str, *, without: frozenset[str] = frozenset()) -> None:
        """Copy a folder; files that vanish on the way are left out.

        Args:
            without: names at the top that are not copied.
        """
        for folder, names, files in os.walk(source):
            here = Path(folder)
            relative = PurePosixPath(path) / PurePosixPath(here.relative_to(source).as_posix())
            if here == source:
                names[:] = [name for name in names if name not in without]
                files[:] = [name for name in files if name not in without]
            for name in [*names, *files]:
                if (here / name).is_symlink():
                    self.manifest.links[str(relative / name)] = str((here / name).readlink())
            for name in sorted(files):
                if name.startswith(".partial-"):
                    continue  # an upload that has not arrived yet
                self._copy(here / name, str(relative / name))

    def _copy(self, source: Path, path: str) -> None:
        try:
            if not stat.S_ISREG(source.lstat().st_mode):
                return  # links are listed; nothing else has contents to keep
            shutil.copy2(source, self.target(path), follow_symlinks=False)
        except FileNotFoundError:
            return
        self.add(path)


@contextmanager
def writing(target: Path, manifest: Manifest) -> Iterator[Writer]:
    """Write a backup, which appears once it is complete.

    A name that ends in .tar, .tar.gz or .tgz makes a tar file, any other a folder.

    Raises:
        InvalidInput: something of that name exists, or its folder cannot be written.
    """
    target = target.expanduser().absolute()
    if os.path.lexists(target):
        raise InvalidInput("target", str(target), "a name that is free: backups never replace anything")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _forget_partials(target)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}{_PARTIAL}-", dir=target.parent))  # mode 0700
    except OSError as error:
        raise InvalidInput(
            "target", str(target), f"a name in a folder that can be written ({error.strerror})"
        ) from None
    try:
        with _locked(staging):
            contents = staging / "contents"
            contents.mkdir(mode=0o700)
            yield Writer(contents, manifest)
            document = json.dumps(asdict(manifest), indent=1).encode("ascii")
            _write_through(contents / MANIFEST, document)
            mode = next((mode for suffix, mode in SUFFIXES.items() if target.name.endswith(suffix)), None)
            finished = contents if mode is None else _pack(contents, staging / "packed", mode)
            if os.path.lexists(target):
                raise InvalidInput("target", str(target), "a name that is free: backups never replace anything")
            finished.rename(target)
    except OSError as error:
        raise Unavailable(
            f"the backup could not be written: {error.strerror or error}",
            hint="nothing was left behind; free space, or name another disk",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _forget_partials(target: Path) -> None:
    """Delete what killed backups left; a live one holds a lock."""
    for leftover in target.parent.glob(f".{target.name}{_PARTIAL}-*"):
        with contextlib.suppress(BlockingIOError, FileNotFoundError), _locked(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, at most until the process ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _pack(contents: Path, packed: Path, mode: str) -> Path:
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
            tar.add(contents / MANIFEST, MANIFEST)
            for path in sorted(contents.iterdir()):
                if path.name != MANIFEST:
                    tar.add(path, path.name)
        file.flush()
        os.fsync(file.fileno())
    return packed


@contextmanager
def opened(source: Path, scratch: Path | None = None) -> Iterator[tuple[Path, Manifest]]:
    """Yield the folder of a backup's verified files, and its manifest.

    A tar file is unpacked into a temporary folder.

    Args:
        scratch: where to unpack; by default beside other temporary files.

    Raises:
        Conflict: the backup is damaged, or of a newer format.
        InvalidInput: there is no backup of that name.
    """
    source = source.expanduser()
    if source.is_dir():
        if not (source / MANIFEST).is_file():
            raise InvalidInput("source", str(source), f"a backup, with {MANIFEST} in it")
        yield source, _verified(source)
        return
    if not source.is_file():
        raise InvalidInput("source", str(source), "a backup that exists")
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=scratch) as unpacked:
        folder = Path(unpacked)
        try:
            with tarfile.open(source) as tar:
                _unpack(tar, folder)
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise Conflict(f"{source.name} is damaged or no backup: {error}", hint="use another backup") from None
        yield folder, _verified(folder)


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Extract the files and folders of a tar file.

    It refuses what the filter "data" of newer Pythons refuses.

    Raises:
        TarError: a member is a link or a device, or lies outside of the folder.
    """
    for member in tar:
        path = folder / PurePosixPath(member.name)
        if ".." in PurePosixPath(member.name).parts or not path.resolve().is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"it names a file outside of itself: {member.name}")
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise tarfile.TarError(f"{member.name} is no file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("xb") as file:
            shutil.copyfileobj(content, file)


def _verified(folder: Path) -> Manifest:
    manifest = Manifest.read(folder / MANIFEST)
    for saved in manifest.files:
        path, name = folder / PurePosixPath(saved.path), shown(saved.path)
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise Conflict(f"the backup names a file outside of itself: {name}", hint="use another backup")
            if not path.is_file():
                raise Conflict(f"the backup has lost {name}", hint="use another backup")
            digest = _digest(path)
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            raise Conflict(f"{name} of the backup cannot be read: {error}", hint="use another backup") from None
        if digest != (saved.sha256, saved.size_bytes):
            raise Conflict(f"{name} of the backup is not as it was saved", hint="use another backup")
    return manifest


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
