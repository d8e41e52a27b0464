"""Make backups and restore them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from seedspread.errors import Conflict, InvalidInput, Unavailable
from seedspread.settings import AppSettings
from seedspread.storage.database import Database, require_known
from seedspread.storage.upkeep import native, portable
from seedspread.upkeep import archive
from seedspread.upkeep.archive import Manifest, Writer

# Left out: what belongs to running processes, what can be made again, and the database, which is copied by itself.
_PASSING = frozenset({"run", "logs", "cache", "checkpoints"})
_NOTE = "run/watched.json"  # which studies of watched folders were shown: one that was deleted stays deleted
_RUN_FOLDERS = "run-folders"
_STAGING = ".restore-"


@dataclass(frozen=True)
class Restored:
    """Result of a restore."""

    data_dir: Path
    run_folders: tuple[Path, ...]
    manifest: Manifest


def back_up(settings: AppSettings, target: Path, run_folders: Sequence[Path], *, as_rows: bool = False) -> Manifest:
    """Save database, uploads and run folders, while the service goes on.

    Args:
        settings: name the data directory and the database.
        target: the new file (.tar, .tar.gz, .tgz) or folder.
        run_folders: folders of studies that lie outside of the data directory.
        as_rows: save the database as rows, which restore on SQLite and PostgreSQL, whatever made it.

    Raises:
        InvalidInput: the target exists or cannot be written, or there is nothing to save.
        Unavailable: the database cannot be read.
    """
    data_dir = settings.data_dir.expanduser().absolute()
    database = Database(settings.resolved_database_url)
    try:
        file = Path(database.url.database or "").expanduser().absolute() if database.dialect == "sqlite" else None
        if file is not None and not file.is_file():
            raise InvalidInput("data_dir", str(data_dir), f"a data directory with a database (there is no {file})")
        manifest = Manifest(
            version("seedspread"), datetime.now(UTC).isoformat(timespec="seconds"), database.revision(), "", ""
        )
        with archive.writing(target, manifest) as writer:
            # Before the files: whatever the rows name was stored before them.
            _save_database(database, writer, as_rows=as_rows)
            own = {target.name} if target.absolute().parent == data_dir else set()
            names = {file.name + end for end in ("", "-wal", "-shm", "-journal")} if file is not None else set()
            leftovers = {path.name for path in data_dir.glob(f"{_STAGING}*")} if data_dir.is_dir() else set()
            partials = {path.name for path in data_dir.glob(".*.partial-*")} if data_dir.is_dir() else set()
            if data_dir.is_dir():
                without = _PASSING | own | names | leftovers | partials
                writer.copy_tree(data_dir, "data-dir", without=frozenset(without))
            _save_note(data_dir / _NOTE, writer)
            outside = [path.absolute() for path in run_folders if not path.absolute().is_relative_to(data_dir)]
            for number, folder in enumerate(dict.fromkeys(outside)):
                name = f"{_RUN_FOLDERS}/{number}-{folder.name}"
                manifest.run_folders[name] = str(folder)
                writer.copy_tree(folder, name)
    finally:
        database.dispose()
    return manifest


def _save_note(note: Path, writer: Writer) -> None:
    try:
        content = note.read_bytes()
    except FileNotFoundError:
        return
    path = f"data-dir/{_NOTE}"
    writer.target(path).write_bytes(content)
    writer.add(path)


def _save_database(database: Database, writer: Writer, *, as_rows: bool) -> None:
    manifest = writer.manifest
    pg_dump = native.usable_pg_dump(database) if database.dialect == "postgresql" and not as_rows else None
    if pg_dump is not None:
        manifest.database, manifest.database_file = "pg_dump", "database.pgdump"
        native.dump_postgresql(database, writer.target(manifest.database_file), pg_dump)
    elif database.dialect == "sqlite" and not as_rows:
        manifest.database, manifest.database_file = "sqlite", "database.sqlite"
        native.copy_sqlite(database, writer.target(manifest.database_file))
    else:
        manifest.database, manifest.database_file = "portable", "database.jsonl.gz"
        manifest.schema = portable.dump(database, writer.target(manifest.database_file))
    writer.add(manifest.database_file)


def restore(settings: AppSettings, source: Path) -> Restored:
    """Restore a backup into an empty data directory and an empty database.

    Every digest is verified first. The database comes last: without it nothing counts as restored, and a restore that
    was killed can be repeated.

    Raises:
        Conflict: the target is not empty, or the backup is damaged or fits another kind of database.
        InvalidInput: there is no such backup, or the directory cannot be written.
        SchemaTooNew: the backup has the schema of a newer version.
        Unavailable: the database cannot be reached.
    """
    data_dir = settings.data_dir.expanduser().absolute()
    database = Database(settings.resolved_database_url)
    try:
        _require_empty(data_dir, database)
        with archive.opened(source) as (folder, manifest):
            require_known(manifest.schema)
            _require_kind(manifest, database)
            try:
                data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
                staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=data_dir))
            except OSError as error:
                expected = f"a directory that can be written ({error.strerror})"
                raise InvalidInput("data_dir", str(data_dir), expected) from None
            placed: list[Path] = []
            try:
                _stage(folder, manifest, staging)
                for path in sorted(staging.iterdir()):
                    placed.append(data_dir / path.name)
                    path.rename(placed[-1])
                _restore_database(database, folder / manifest.database_file, manifest)
            except BaseException as error:
                for path in placed:
                    _delete(path)
                if isinstance(error, OSError):
                    raise Unavailable(
                        f"the backup could not be restored: {error.strerror or error}",
                        hint="nothing was left behind; free space, or name another --data-dir",
                    ) from error
                raise
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    finally:
        database.dispose()
    folders = tuple(data_dir / PurePosixPath(name) for name in manifest.run_folders)
    return Restored(data_dir, folders, manifest)


def _require_empty(data_dir: Path, database: Database) -> None:
    """Check that nothing would be mixed with what is restored.

    What a killed restore left is deleted: it began with an empty directory, and its database never came.
    """
    file = Path(database.url.database or "").expanduser().absolute() if database.dialect == "sqlite" else None
    is_filled = file.is_file() if file is not None else bool(database.tables())
    if is_filled:
        raise Conflict(
            f"there is a database already: {file or database.url.database}",
            hint="restore into a new one: name it with --data-dir or --database-url",
        )
    if not data_dir.is_dir():
        return
    entries = list(data_dir.iterdir())
    if any(path.name.startswith(_STAGING) for path in entries):
        for path in entries:
            _delete(path)
    elif any(not path.is_dir() or any(path.iterdir()) for path in entries if path.name != "lost+found"):
        raise Conflict(f"{data_dir} is not empty", hint="restore into a new directory: --data-dir NAME")


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _require_kind(manifest: Manifest, database: Database) -> None:
    wanted = {"sqlite": "sqlite", "pg_dump": "postgresql"}.get(manifest.database, database.dialect)
    if wanted != database.dialect:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Conflict(
            f"the backup holds a copy for {names[wanted]}, and the target is {names[database.dialect]}",
            hint="make a backup with --portable, which restores on both",
        )


def _stage(folder: Path, manifest: Manifest, staging: Path) -> None:
    """Lay out the new data directory in a folder beside it."""
    for saved in manifest.files:
        if saved.path == manifest.database_file:
            continue
        target = _placed(staging, saved.path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(folder / PurePosixPath(saved.path), target)
        target.chmod(saved.mode)
    for path, destination in manifest.links.items():
        target = _placed(staging, path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.symlink_to(destination)
    for name in manifest.run_folders:
        (staging / PurePosixPath(name)).mkdir(mode=0o700, parents=True, exist_ok=True)


def _placed(staging: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    if ".." in parts or PurePosixPath(path).is_absolute():
        raise Conflict(f"the backup names a file outside of itself: {path}")
    return staging.joinpath(*(parts[1:] if parts[0] == "data-dir" else parts))


def _restore_database(database: Database, copy: Path, manifest: Manifest) -> None:
    if manifest.database == "pg_dump":
        native.restore_postgresql(database, copy)
        return
    if database.dialect == "postgresql":
        portable.load(database, copy)
        return
    target = Path(database.url.database or "").expanduser().absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{_STAGING}{target.name}")
    fresh.unlink(missing_ok=True)
    try:
        if manifest.database == "sqlite":
            shutil.copyfile(copy, fresh)
        else:
            opened = Database(f"sqlite:///{fresh}")
            try:
                portable.load(opened, copy)
            finally:
                opened.dispose()  # the last connection takes the write-ahead log with it
        fresh.chmod(0o600)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        for end in ("", "-wal", "-shm"):
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)
