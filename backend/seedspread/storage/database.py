"""Database connection: transactions and schema migrations."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Executable, create_engine, event, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from seedspread.errors import InvalidInput, SchemaTooNew, Unavailable
from seedspread.storage.tables import Base

BUSY_TIMEOUT_S = 15.0
"""How long a SQLite writer waits for another one before the database counts as away."""

CACHE_KIB = 4000
"""Pages that a SQLite connection keeps for itself."""

LOCK_TIMEOUT_S = 10.0
"""Limit of the wait for a lock of PostgreSQL, which another program may hold for ever."""
STATEMENT_TIMEOUT_S = 300.0
"""Limit of a statement of PostgreSQL; the longest of ours takes seconds."""
_SET_LOCK_TIMEOUT = text("SELECT set_config('lock_timeout', :wait, true)")

_READ_ONLY = "25006"  # PostgreSQL's read_only_sql_transaction
_UPGRADE_LOCK = 0x5EED5
"""The PostgreSQL advisory lock that lets one starting process at a time upgrade the schema."""


class Database:
    """Database reached through a connection pool.

    Create it after a fork, never before.

    On SQLite a transaction that may write takes the write lock when it begins. Taken later, the lock could fail at once
    because another process wrote in between, whatever the timeout. So use `reading` for transactions that only read;
    readers never wait for a writer.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self.engine = _engine(self.url)
        self._writing = self.engine.execution_options(seedspread_begin="BEGIN IMMEDIATE")
        # SQLite's transactions see one snapshot anyway.
        isolation = {"isolation_level": "REPEATABLE READ"} if self.dialect == "postgresql" else {}
        self._repeatable = self.engine.execution_options(**isolation)
        self._snapshot: ContextVar[Session | None] = ContextVar("snapshot", default=None)
        self._marks = _SharedMarks()
        self._marker: Any = None  # a connection that only `mark` uses, and never in a transaction
        self._markers = 0

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction that may write.

        It is committed at the end of the block and rolled back if the block raises.

        Raises:
            Unavailable: the database cannot be reached, or stays locked.
        """
        with _mapped(self.url), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads.

        On SQLite, it sees one snapshot of the data throughout. Within a `snapshot` it is that one's transaction.

        Raises:
            Unavailable: the database cannot be reached.
        """
        snapshot = self._snapshot.get()
        if snapshot is not None:
            with _mapped(self.url):
                yield snapshot
            return
        with _mapped(self.url), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let every `reading` of the block see the same moment.

        The block's context counts: threads that were given a copy of it read the same moment too, one at a time.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with _mapped(self.url), Session(self._repeatable, expire_on_commit=False) as session, session.begin():
            outer = self._snapshot.set(session)
            try:
                yield
            finally:
                self._snapshot.reset(outer)

    def ping(self) -> None:
        """Check that the database responds.

        Raises:
            Unavailable: it does not respond.
        """
        with self.reading() as session:
            session.execute(select(1))

    def mark(self) -> Hashable:
        """Return a mark that changes with every commit.

        Marks are equal only if nothing was committed in between, by whichever process, and one costs no more than one
        step into the database: so answers can be kept exactly as long as they are right. Take it before reading what is
        kept with it.

        Raises:
            Unavailable: the database cannot be reached.
        """
        return self._marks.newest(self._read_mark)

    def _read_mark(self) -> Hashable:
        # SQLite's value means something to its own connection only; PostgreSQL's says which transactions are visible.
        query = "PRAGMA data_version" if self.dialect == "sqlite" else "SELECT txid_current_snapshot()::text"
        for last_try in (False, True):
            try:
                if self._marker is None:
                    self._marker = self._open_marker()
                    self._markers += 1
                cursor = self._marker.cursor()
                cursor.execute(query)
                [value] = cursor.fetchone()
                cursor.close()
            except self.engine.dialect.loaded_dbapi.Error as error:
                self._close_marker()  # the server may have been started again meanwhile
                if last_try:
                    raise _unavailable(self.url, error) from error
            else:
                return self._markers, value
        raise AssertionError  # the loop returns or raises

    def _open_marker(self) -> Any:
        with _mapped(self.url):
            pooled = self.engine.raw_connection()
        pooled.detach()  # from the pool, which would hand it to others
        if self.dialect == "postgresql":
            pooled.dbapi_connection.autocommit = True  # type: ignore[union-attr]
        return pooled

    def _close_marker(self) -> None:
        connection, self._marker = self._marker, None
        if connection is not None:
            with suppress(self.engine.dialect.loaded_dbapi.Error):
                connection.close()

    def check_schema(self) -> None:
        """Check that no newer version made the schema.

        Raises:
            SchemaTooNew: a newer version of Seedspread has upgraded this database.
            Unavailable: the database cannot be reached.
        """
        if self.dialect == "sqlite" and not Path(self.url.database or "").expanduser().is_file():
            return  # connecting would create it
        with _mapped(self.url), self.engine.connect() as connection:
            _require_known_revision(connection, _alembic_config())

    def revision(self) -> str | None:
        """Return the schema's revision, None if there is no schema yet.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with _mapped(self.url), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def tables(self) -> list[str]:
        """Return the names of Seedspread's tables that exist, sorted.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with _mapped(self.url), self.engine.connect() as connection:
            return sorted({*inspect(connection).get_table_names()} & {*Base.metadata.tables, "alembic_version"})

    def upgrade(self) -> None:
        """Migrate the schema to the newest version.

        Several processes may call this at once.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with self.migrated("head"):
            pass

    @contextmanager
    def migrated(self, revision: str) -> Iterator[Connection]:
        """Migrate to a revision and yield the connection of the same transaction.

        The migration is undone if the block raises.

        Raises:
            SchemaTooNew: a newer version of Seedspread has upgraded this database.
            Unavailable: the database cannot be reached.
        """
        with _mapped(self.url):
            if self.dialect == "sqlite":
                _prepare_file(self.engine, self.url)
            with self._writing.begin() as connection:
                if self.dialect == "postgresql":
                    # Another process may be migrating for long, and a migration may rewrite large tables.
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
                config = _alembic_config()
                _require_known_revision(connection, config)
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
                yield connection

    def dispose(self) -> None:
        """Close every connection."""
        with self._marks.paused():
            self._close_marker()
        self.engine.dispose()


class _SharedMarks:
    """Marks read for many threads at once.

    Whoever asks gets a mark that was begun to be read afterwards, one reading for all who wait. Else each of 32 threads
    would wait for the readings of the 31 others.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_reading = False
        self._begun = 0
        self._read = 0  # number of the last reading that succeeded
        self._mark: Hashable = None

    def newest(self, read: Callable[[], Hashable]) -> Hashable:
        """Return a mark whose reading began after this call."""
        with self._changed:
            wanted = self._begun + 1
            self._changed.wait_for(lambda: self._read >= wanted or not self._is_reading)
            if self._read >= wanted:
                return self._mark
            self._is_reading, self._begun = True, self._begun + 1
            number = self._begun
        try:
            mark = read()
        except BaseException:
            self._end()  # one of those who wait tries itself
            raise
        self._end((number, mark))
        return mark

    def _end(self, read: tuple[int, Hashable] | None = None) -> None:
        with self._changed:
            self._is_reading = False
            if read is not None:
                self._read, self._mark = read
            self._changed.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep marks from being read within the block."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_reading)
            yield


def limit_lock_wait(session: Session, wait_s: float) -> None:
    """Limit how long a transaction waits for a lock of PostgreSQL."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_SET_LOCK_TIMEOUT, {"wait": f"{int(wait_s * 1000)}ms"})


def shown_url(url: URL) -> str:
    """Return a database URL without its password and query values."""
    hidden = dict.fromkeys(url.query, "hidden")
    return url.set(query=hidden).render_as_string(hide_password=True)


def refuses_writes(session: Session) -> bool:
    """Tell whether the database only reads.

    That is a standby, a role or server set so, or a SQLite file without the right to write.
    """
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        return bool(session.scalar(text("SHOW transaction_read_only")) == "on")
    file = Path(bind.engine.url.database or "").expanduser()
    return file.is_file() and not os.access(file, os.W_OK)


def server_time(session: Session) -> datetime | None:
    """Return the database server's time; None for this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "seedspread.storage:migrations")
    return config


def _require_known_revision(connection: Connection, config: Config) -> None:
    """Raise SchemaTooNew if a newer version migrated the database."""
    require_known(MigrationContext.configure(connection).get_current_revision(), config)


def require_known(revision: str | None, config: Config | None = None) -> None:
    """Check that this version knows a schema's revision.

    Raises:
        SchemaTooNew: a newer version of Seedspread made the schema.
    """
    revisions = revisions_known(config)
    if revision is not None and revision not in revisions:
        raise SchemaTooNew(
            f"The database has schema {revision}, but Seedspread {version('seedspread')} knows schemas up to "
            f"{revisions[-1]}.",
            hint="install the version of Seedspread that upgraded this database, or newer",
        )


def revisions_known(config: Config | None = None) -> list[str]:
    """Return the revisions that this version knows, oldest first."""
    script = ScriptDirectory.from_config(config or _alembic_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise InvalidInput("database_url", text, "a URL such as postgresql+psycopg://user@host/name") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        masked = shown_url(url)
        raise InvalidInput("database_url", masked, "a sqlite:/// or postgresql+psycopg:// URL")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _engine(url: URL) -> Engine:
    # As many connections as an API process has threads; they are opened when needed.
    options: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads, "max_overflow": 35}
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5}, pool_timeout=10, **options)
        event.listen(engine, "connect", _set_timeouts)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, **options)
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _set_up_connection(connection: Any, _: Any) -> None:
    # We begin transactions ourselves (see _begin); the driver's own way leaves DDL and SELECT outside of them.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # In WAL mode this survives a killed process; only a power cut can take the last moments with it.
    connection.execute("PRAGMA synchronous = NORMAL")
    # Each connection has a cache of its own, and an API process up to 40 of them: what they have in common stays in the
    # system's cache of the file.
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _set_timeouts(connection: Any, _: Any) -> None:
    """Limit waits on PostgreSQL, unless the URL or the role sets limits."""
    with connection.cursor() as cursor:
        for name, seconds in (("lock_timeout", LOCK_TIMEOUT_S), ("statement_timeout", STATEMENT_TIMEOUT_S)):
            cursor.execute(
                "SELECT set_config(%s, %s, false) WHERE current_setting(%s) = '0'",
                (name, f"{int(seconds * 1000)}ms", name),
            )
    connection.commit()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("seedspread_begin", "BEGIN"))


def _prepare_file(engine: Engine, url: URL) -> None:
    """Create the folder and switch to WAL mode.

    The switch ignores the busy timeout, so it is retried.
    """
    if url.database and url.database != ":memory:":
        Path(url.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        except engine.dialect.loaded_dbapi.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
        finally:
            raw.close()


@contextmanager
def _mapped(url: URL) -> Iterator[None]:
    """Translate connection errors of the drivers into Unavailable."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise _unavailable(url, error) from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) == _READ_ONLY:
            raise _unavailable(url, error) from error
        raise


def _unavailable(url: URL, error: Exception) -> Unavailable:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    address = shown_url(url)
    return Unavailable(
        f"the database does not answer: {cause}",
        hint=f"check that {address} can be reached; what was accepted is kept and goes on when it is back",
    )


def upsert(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str], replace: bool = True
) -> None:
    """Insert `rows`, replacing or skipping rows that already exist.

    A row exists if another one has the same `keys`.

    Args:
        rows: all with the same columns.
        keys: the columns of a unique constraint.
        replace: whether the newer row wins.
    """
    if not rows:
        return
    others = tuple(name for name in rows[0] if name not in keys) if replace else ()
    session.execute(_upsert(session.get_bind().dialect.name, table, tuple(keys), others), list(rows))


@cache
def _upsert(dialect_name: str, table: type[Base], keys: tuple[str, ...], others: tuple[str, ...]) -> Executable:
    """Return an insertion that replaces `others` of an existing row."""
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    statement = dialect.insert(Base.metadata.tables[table.__tablename__])
    complete: Executable
    if others:
        replaced = {name: statement.excluded[name] for name in others}
        complete = statement.on_conflict_do_update(index_elements=list(keys), set_=replaced)
    else:
        complete = statement.on_conflict_do_nothing(index_elements=list(keys))
    return complete
