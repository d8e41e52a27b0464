"""Write rows as JSON lines, which restore on either database.

The first line is a header: format, and the schema's revision. A line `{"table": …, "columns": …}` begins a table, and
each line after it is a row, a list with a value per column. A last line holds the largest ids given out so far, so that
none is used again. Times are ISO 8601 in UTC, bytes Base64, JSON documents their text, numbers that are not finite
strings.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from seedspread.errors import Conflict
from seedspread.storage.database import Database, require_known
from seedspread.storage.types import Instant

FORMAT = 1
_ROWS_AT_ONCE = 500

_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.JSON, "json"),
    (sa.DateTime, "time"),
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "truth"),
    (sa.Float, "float"),
)
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "json": sa.Text(),
    "time": Instant(),
    "bytes": sa.LargeBinary(),
    "truth": sa.Boolean(),
    "float": sa.Float(53),
    "plain": sa.types.NullType(),
}


def _float_out(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


_OUT: dict[str, Callable[[Any], Any]] = {
    "time": datetime.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
    "float": _float_out,
}
_IN: dict[str, Callable[[Any], Any]] = {"time": datetime.fromisoformat, "bytes": base64.b64decode, "float": float}


def dump(database: Database, path: Path) -> str | None:
    """Write every row to a gzip file; return the schema's revision.

    All rows are of one moment, while others go on writing.

    Raises:
        Unavailable: the database cannot be reached.
    """
    revision = database.revision()
    isolation = {} if database.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with (
        database.reading() as session,
        gzip.open(path, "wt", encoding="ascii", compresslevel=3, newline="\n") as file,
    ):
        connection = session.connection(execution_options=isolation)
        _write(file, {"format": FORMAT, "schema": revision})
        tables = _reflected(connection)
        for table in tables:
            kinds = {column.name: _kind(column) for column in table.columns}
            _write(file, {"table": table.name, "columns": list(kinds)})
            codecs = [_OUT.get(kind) for kind in kinds.values()]
            query = sa.select(*(_outgoing(column, database.dialect) for column in table.columns))
            for row in connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
                _write(file, [_coded(codec, value) for codec, value in zip(codecs, row, strict=True)])
        _write(file, {"counters": _counters(connection, tables)})
    return revision


def load(database: Database, path: Path) -> None:
    """Restore rows of a gzip file into an empty database.

    All are restored, or none.

    Raises:
        Conflict: the database already has tables of Seedspread, or the file is incomplete.
        SchemaTooNew: the file has the schema of a newer version.
        Unavailable: the database cannot be reached.
    """
    if database.tables():
        raise Conflict(
            "the database is not empty", hint="restore into a new one: name it with --database-url or --data-dir"
        )
    lines = _lines(path)
    header = next(lines, None)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Conflict(f"{path.name} is no copy of a database that this version can read")
    require_known(header["schema"])
    with database.migrated(header["schema"] or "base") as connection:
        tables = {table.name: table for table in _reflected(connection)}
        if database.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        complete = False
        rows: list[list[Any]] = []
        insertion: _Insertion | None = None
        for line in lines:
            if isinstance(line, list):
                rows.append(line)
                if len(rows) < _ROWS_AT_ONCE:
                    continue
            if insertion is not None and rows:
                insertion(rows)
                rows = []
            if isinstance(line, dict) and "table" in line:
                insertion = _Insertion(connection, tables[line["table"]], line["columns"])
            elif isinstance(line, dict):
                _set_counters(connection, tables, line["counters"])
                complete = True
        if not complete:
            raise Conflict(f"{path.name} is incomplete", hint="use another backup")


class _Insertion:
    """Statement that inserts rows of a table, given as lists."""

    def __init__(self, connection: Connection, table: sa.Table, names: list[str]) -> None:
        self._connection = connection
        kinds = [_kind(table.columns[name]) for name in names]
        self._codecs = [_IN.get(kind) for kind in kinds]
        self._keys = [f"c{index}" for index in range(len(names))]
        values: dict[str, Any] = {}
        for name, kind, key in zip(names, kinds, self._keys, strict=True):
            column_type = table.columns[name].type if kind == "plain" else _TYPES[kind]
            bound: Any = sa.bindparam(key, type_=column_type)
            # PostgreSQL has no assignment from text to JSON; SQLite keeps JSON as the text it is.
            values[name] = sa.cast(bound, sa.JSON) if kind == "json" and connection.dialect.name != "sqlite" else bound
        target: Any = sa.table(table.name, *(sa.column(name) for name in names))
        self._statement = sa.insert(target).values(values)

    def __call__(self, rows: list[list[Any]]) -> None:
        coded = [dict(zip(self._keys, map(_coded, self._codecs, row), strict=True)) for row in rows]
        self._connection.execute(self._statement, coded)


def _reflected(connection: Connection) -> list[sa.Table]:
    """Return Seedspread's tables as they are, referenced ones first."""
    from seedspread.storage.tables import Base

    names = set(sa.inspect(connection).get_table_names())
    metadata = sa.MetaData()
    metadata.reflect(connection, only=[name for name in Base.metadata.tables if name in names])
    return metadata.sorted_tables


def _kind(column: sa.Column[Any]) -> str:
    return next((kind for base, kind in _KINDS if isinstance(column.type, base)), "plain")


def _outgoing(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any]:
    kind = _kind(column)
    if kind == "plain":
        return column
    if kind == "json" and dialect != "sqlite":
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, _TYPES[kind])


def _coded(codec: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if codec is None or value is None else codec(value)


def _write(file: Any, document: Any) -> None:
    file.write(json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")


def _lines(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise Conflict(f"{path.name} is damaged: {error}", hint="use another backup") from None


def _numbered(tables: list[sa.Table]) -> list[str]:
    return [table.name for table in tables if "id" in table.columns and table.columns["id"].primary_key]


def _counters(connection: Connection, tables: list[sa.Table]) -> dict[str, int]:
    if connection.dialect.name == "sqlite":
        if not sa.inspect(connection).has_table("sqlite_sequence"):
            return {}
        rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
        return {str(name): int(number) for name, number in rows}
    counters = {}
    for name in _numbered(tables):
        sequence = _sequence(connection, name)
        if sequence is not None:
            last, is_called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608 - a name that the database gave
            counters[name] = int(last) if is_called else 0
    return counters


def _sequence(connection: Connection, table: str) -> str | None:
    query = sa.text("SELECT pg_get_serial_sequence(:name, 'id')")
    sequence: str | None = connection.scalar(query, {"name": f'"{table}"'})
    return sequence


def _set_counters(connection: Connection, tables: dict[str, sa.Table], counters: dict[str, int]) -> None:
    for name in _numbered(list(tables.values())):
        table = tables[name]
        last = max(counters.get(name, 0), connection.scalar(sa.select(sa.func.max(table.c.id))) or 0)
        if connection.dialect.name == "sqlite":
            if last and "AUTOINCREMENT" in _definition(connection, name):
                connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
                connection.execute(
                    sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
                    {"name": name, "last": last},
                )
        elif last and (sequence := _sequence(connection, name)) is not None:
            connection.execute(sa.text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _definition(connection: Connection, table: str) -> str:
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    return str(connection.scalar(query, {"name": table})).upper()
