"""Check what is kept: the database, stored files, and backups."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from seedspread.errors import InvalidInput, SchemaTooNew, SeedspreadError
from seedspread.settings import AppSettings
from seedspread.storage.database import Database, require_known, revisions_known
from seedspread.storage.upkeep import integrity, portable
from seedspread.upkeep import archive, sentences, staging
from seedspread.upkeep.lines import Level, Line


def check(settings: AppSettings) -> list[Line]:
    """Check database and stored files; change nothing.

    Raises:
        InvalidInput: there is no database.
        Unavailable: the database cannot be reached.
    """
    data_dir = settings.data_dir.expanduser().absolute()
    database = Database(settings.resolved_database_url)
    try:
        if database.dialect == "sqlite" and not Path(database.url.database or "").expanduser().is_file():
            raise InvalidInput("data_dir", str(data_dir), "a data directory with a database")
        lines = list(_database(database))
    finally:
        database.dispose()
    lines += _uploads(settings.upload_folder.expanduser())
    lines += [
        Line("restore", Level.NOTE, sentences.leftover_of_restore(path), sentences.delete_leftover(path))
        for path in staging.leftovers(data_dir)
    ]
    return lines


def check_backup(source: Path) -> list[Line]:
    """Check a backup's digests and rows; change nothing.

    Raises:
        InvalidInput: there is no backup of that name.
    """
    try:
        with archive.opened(source) as (folder, manifest):
            lines = [Line("files", Level.OK, f"{sentences.AS_SAVED} ({len(manifest.files)})")]
            require_known(manifest.schema)
            copy = folder / manifest.database_file
            if manifest.database == "pg_dump":
                return [*lines, Line("rows", Level.NOTE, sentences.DUMP_UNREAD)]
            with tempfile.TemporaryDirectory(prefix="seedspread-check-") as scratch:
                file = copy if manifest.database == "sqlite" else Path(scratch) / "rows.db"
                database = Database(f"sqlite:///{file.absolute()}")
                try:
                    if manifest.database == "portable":
                        portable.load(database, copy)
                    return [*lines, *_database(database)]
                finally:
                    database.dispose()
    except InvalidInput:
        raise
    except SeedspreadError as error:
        return [Line("backup", Level.PROBLEM, error.message, error.hint or "")]


def _database(database: Database) -> Iterator[Line]:
    damage = integrity.damaged_pages(database)
    if damage:
        for problem in damage:
            yield Line("database file", Level.PROBLEM, problem, sentences.RESTORE_A_BACKUP)
        return
    is_file = database.dialect == "sqlite"
    yield Line("database file", Level.OK, sentences.PAGES_SOUND if is_file else sentences.PAGES_BY_SERVER)
    revision = database.revision()
    newest = revisions_known()[-1]
    if revision is None:
        yield Line("schema", Level.PROBLEM, sentences.NO_SCHEMA, sentences.MIGRATE)
        return
    try:
        require_known(revision)
    except SchemaTooNew as error:
        yield Line("schema", Level.PROBLEM, error.message, error.hint or "")
        return
    is_newest = revision == newest
    yield Line(
        "schema",
        Level.OK if is_newest else Level.NOTE,
        sentences.schema(revision, newest),
        "" if is_newest else sentences.MIGRATE,
    )
    if not is_newest:
        yield Line("rows", Level.NOTE, sentences.examined_later(revision), sentences.MIGRATE)
        return
    broken = integrity.contradictions(database)
    for item in broken:
        detail = sentences.broken_rule(item.rule, item.rows, item.examples)
        yield Line("rows", Level.PROBLEM, detail, sentences.REPORT_ROWS)
    if not broken:
        yield Line("rows", Level.OK, sentences.ROWS_AGREE)


def _uploads(folder: Path) -> Iterator[Line]:
    files = size_bytes = changed = 0
    for path in sorted(folder.glob("*/*")):
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == path.parent.name:
                files, size_bytes = files + 1, size_bytes + file.tell()
            else:
                changed += 1
                yield Line("uploads", Level.PROBLEM, sentences.changed_upload(path), sentences.UPLOAD_AGAIN)
    if not changed:
        yield Line("uploads", Level.OK, sentences.uploads(files, size_bytes))
