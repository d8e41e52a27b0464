"""Build INSERT … ON CONFLICT for both databases.

SQLAlchemy spells it differently for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from seedspread.storage.tables import Base


def upsert(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str], replace: bool = True
) -> None:
    """Insert `rows`, replacing or skipping rows that already exist.

    A row exists where its `keys` do.

    Args:
        rows: all with the same columns.
        keys: the columns of a unique constraint.
        replace: whether the newer row wins.
    """
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    names = [name for name in rows[0] if name not in keys]
    if replace and names:
        statement = statement.on_conflict_do_update(
            index_elements=list(keys), set_={name: statement.excluded[name] for name in names}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    session.execute(statement, list(rows))
