"""Make backups and restore them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from seedspread.errors import Conflict, InvalidInput, Unavailable, shown
from seedspread.settings import AppSettings
from seedspread.storage.database import Database, require_known
from seedspread.storage.upkeep import native, portable
from seedspread.upkeep import archive, staging
from seedspread.upkeep.archive import Writer
from seedspread.upkeep.manifest import DATA_DIR, RUN_FOLDERS, Manifest

# Left out: what belongs to running processes, what can be made again, and the database, which is copied by itself.
_PASSING = frozenset({"run", "logs", "cache", "checkpoints"})
_NOTE = "run/watched.json"  # which studies of watched folders were shown: one that was deleted stays deleted


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
            leftovers = {path.name for path in staging.leftovers(data_dir)}
            partials = {path.name for path in data_dir.glob(".*.partial-*")} if data_dir.is_dir() else set()
            if data_dir.is_dir():
                without = _PASSING | own | names | leftovers | partials
                writer.copy_tree(data_dir, DATA_DIR, without=frozenset(without))
            _save_note(data_dir / _NOTE, writer)
            outside = [path.absolute() for path in run_folders if not path.absolute().is_relative_to(data_dir)]
            # A restored data directory has run folders already, and both are restored to the same place.
            restored = data_dir / RUN_FOLDERS
            numbers = [path.name.partition("-")[0] for path in restored.glob("*-*")]
            first = max((int(number) + 1 for number in numbers if number.isdecimal()), default=0)
            for number, folder in enumerate(dict.fromkeys(outside), first):
                name = f"{RUN_FOLDERS}/{number}-{folder.name}"
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
    path = f"{DATA_DIR}/{_NOTE}"
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

    One restore at a time fills a directory. Every digest is verified first, and the database comes last: without it
    nothing counts as restored. A restore that was killed can be repeated.

    Raises:
        Conflict: the target is not empty, another restore is filling it, or the backup is damaged or fits another kind
            of database.
        InvalidInput: there is no such backup, or the directory cannot be written.
        SchemaTooNew: the backup has the schema of a newer version.
        Unavailable: the database cannot be reached.
    """
    data_dir = settings.data_dir.expanduser().absolute()
    database = Database(settings.resolved_database_url)
    file = Path(database.url.database or "").expanduser().absolute() if database.dialect == "sqlite" else None
    try:
        _require_no_database(database, file)
        with ExitStack() as stack:
            stack.enter_context(staging.filling(data_dir))
            if file is not None and file.parent.resolve() != data_dir.resolve():
                stack.enter_context(staging.filling(file.parent))
                staging.forget_unplaced(file.parent)
            _require_no_database(database, file)
            try:
                staging.empty(data_dir)
            except OSError as error:
                expected = f"a directory that can be read and written ({error.strerror or error})"
                raise InvalidInput("data_dir", str(data_dir), expected) from None
            folder, manifest = stack.enter_context(archive.opened(source))
            require_known(manifest.schema)
            _require_kind(manifest, database)
            others = [saved.path for saved in manifest.files if saved.path != manifest.database_file]
            if file is not None and any(data_dir / _placed(path) == file for path in others):
                raise Conflict(
                    f"the backup holds another file for {file}", hint="name another database with --database-url"
                )
            _fill(data_dir, folder, manifest, database)
    finally:
        database.dispose()
    folders = tuple(data_dir / PurePosixPath(name) for name in manifest.run_folders)
    return Restored(data_dir, folders, manifest)


def _fill(data_dir: Path, folder: Path, manifest: Manifest, database: Database) -> None:
    try:
        with staging.staged(data_dir) as contents:
            _stage(folder, manifest, contents)
            files = {_placed(file.path): file.sha256 for file in manifest.files if file.path != manifest.database_file}
            links = {_placed(path): target for path, target in manifest.links.items()}
            staging.note_placed(contents, files, links)
            placed: list[Path] = []
            try:
                for path in sorted(contents.iterdir()):
                    target = data_dir / path.name
                    if os.path.lexists(target) and not target.is_dir():  # a folder is replaced only while it is empty
                        raise Conflict(
                            f"{shown(str(target))} appeared during the restore", hint="name another --data-dir"
                        )
                    path.rename(target)
                    placed.append(target)  # only now: before, it may be of somebody else
                _restore_database(database, folder / manifest.database_file, manifest)
            except BaseException:
                for path in placed:
                    staging.delete(path)
                raise
    except OSError as error:
        raise Unavailable(
            f"the backup could not be restored: {error.strerror or error}",
            hint="nothing was left behind; free space, or name another --data-dir",
        ) from error


def _require_no_database(database: Database, file: Path | None) -> None:
    if file.is_file() if file is not None else database.tables():
        raise Conflict(
            f"there is a database already: {file or database.url.database}",
            hint="restore into a new one: name it with --data-dir or --database-url",
        )


def _require_kind(manifest: Manifest, database: Database) -> None:
    wanted = {"sqlite": "sqlite", "pg_dump": "postgresql"}.get(manifest.database, database.dialect)
    if wanted != database.dialect:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Conflict(
            f"the backup holds a copy for {names[wanted]}, and the target is {names[database.dialect]}",
            hint="make a backup with --portable, which restores on both",
        )


def _stage(folder: Path, manifest: Manifest, contents: Path) -> None:
    """Lay out the new data directory in a folder beside it."""
    for saved in manifest.files:
        if saved.path == manifest.database_file:
            continue
        target = contents / _placed(saved.path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(folder / PurePosixPath(saved.path), target)
        target.chmod(saved.mode)
    for path, destination in manifest.links.items():
        target = contents / _placed(path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.symlink_to(destination)
    for name in manifest.run_folders:
        (contents / PurePosixPath(name)).mkdir(mode=0o700, parents=True, exist_ok=True)


def _placed(path: str) -> str:
    """Return where a file of the backup belongs in the data directory."""
    return path.removeprefix(f"{DATA_DIR}/")


def _restore_database(database: Database, copy: Path, manifest: Manifest) -> None:
    if manifest.database == "pg_dump":
        native.restore_postgresql(database, copy)
        return
    if database.dialect == "postgresql":
        portable.load(database, copy)
        return
    target = Path(database.url.database or "").expanduser().absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with staging.staged(target.parent) as contents:
        fresh = contents / target.name
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
        if os.path.lexists(target):
            raise Conflict(
                f"there is a database already: {target}",
                hint="restore into a new one: name it with --data-dir or --database-url",
            )
        fresh.rename(target)
