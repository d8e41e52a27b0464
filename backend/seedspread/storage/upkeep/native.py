"""Copy a database by its own tools, while others go on writing."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from seedspread.errors import Conflict, Unavailable
from seedspread.storage.database import Database

_SERVICE = "seedspread"


def copy_sqlite(database: Database, path: Path) -> None:
    """Copy a SQLite database to a new file, by SQLite's online backup.

    Raises:
        Unavailable: there is no such database, or it cannot be read.
    """
    source = Path(database.url.database or "").expanduser().absolute()
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as opened,
            closing(sqlite3.connect(path)) as copy,
        ):
            # In one step, which is one read transaction: a copy in steps starts over whenever somebody writes.
            opened.backup(copy, pages=-1)
            # Without a write-ahead log beside it, the copy is this one file.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Unavailable(
            f"{source} cannot be copied: {error}", hint="check the path, and that the file can be read"
        ) from None


def usable_pg_dump(database: Database) -> str | None:
    """Return the path of a pg_dump that fits the server, or None.

    It has to be of the server's major version or newer.
    """
    return _usable("pg_dump", _server_major(database))


def dump_postgresql(database: Database, path: Path, pg_dump: str) -> None:
    """Write Seedspread's tables by pg_dump, in its custom format.

    Raises:
        Unavailable: pg_dump failed.
    """
    tables = [f"--table={table}" for table in database.tables()]
    _run([pg_dump, "--format=custom", "--no-owner", "--no-privileges", f"--file={path}", *tables], database.url)


def restore_postgresql(database: Database, path: Path) -> None:
    """Restore what pg_dump wrote, in one transaction.

    Raises:
        Conflict: there is no pg_restore that can do it.
        Unavailable: pg_restore failed; nothing was restored.
    """
    pg_restore = _usable("pg_restore", _server_major(database))
    if pg_restore is None:
        raise Conflict(
            "this backup was written by pg_dump, and no pg_restore of the server's version is on PATH",
            hint="install PostgreSQL's client programs, or make a backup with --portable",
        )
    _run(
        [
            *(pg_restore, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            *(f"--dbname=service={_SERVICE}", str(path)),
        ],
        database.url,
    )


def _server_major(database: Database) -> int:
    with database.reading() as session:
        number = session.connection().exec_driver_sql("SHOW server_version_num").scalar_one()
    return int(number) // 10_000


def _usable(program: str, at_least: int) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603 - of PATH
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\) (\d+)", answer.stdout)
    return path if match and int(match[1]) >= at_least else None


def _run(command: Sequence[str], url: URL) -> None:
    with _service(url) as variables:
        environment = {**os.environ, **variables}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - of PATH
    if done.returncode:
        reason = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        raise Unavailable(f"{Path(command[0]).name} failed: {reason}", hint="check that the database can be reached")


@contextmanager
def _service(url: URL) -> Iterator[dict[str, str]]:
    """Yield variables by which libpq finds the server.

    No password becomes an argument, which a list of processes would show.
    """
    parameters = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    parameters |= {"dbname": url.database, **{name: str(value) for name, value in url.query.items()}}
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:  # readable by its owner alone
        file.write(f"[{_SERVICE}]\n")
        file.writelines(f"{name}={value}\n" for name, value in parameters.items() if value is not None)
        file.flush()
        yield {"PGSERVICEFILE": file.name, "PGSERVICE": _SERVICE}
