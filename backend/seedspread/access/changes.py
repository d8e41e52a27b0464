"""Log who changed what: append-only."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from seedspread.access.tokens import Holder
from seedspread.context import Context
from seedspread.storage.tables import ChangeRow
from seedspread.views.numbers import Page
from seedspread.views.service import ChangeView


def record(ctx: Context, holder: Holder, method: str, path: str, status: int) -> None:
    """Record a request that asked for a change.

    Refused ones count too: whoever tries is worth knowing. Bodies are left out, because they may hold secrets.

    Raises:
        Unavailable: the database cannot be reached.
    """
    row = {"at": ctx.clock(), "name": holder.name, "role": holder.role.value}
    with ctx.database.session() as session:
        session.execute(insert(ChangeRow), [{**row, "method": method, "path": path[:500], "status": status}])


def list_changes(ctx: Context, page: int, per_page: int) -> Page[ChangeView]:
    """Return a page of the log, the newest change first."""
    with ctx.database.reading() as session:
        total = session.scalar(select(func.count()).select_from(ChangeRow)) or 0
        query = select(ChangeRow).order_by(ChangeRow.id.desc()).limit(per_page).offset((page - 1) * per_page)
        rows = session.scalars(query)
        items = [
            ChangeView(at=row.at, name=row.name, role=row.role, method=row.method, path=row.path, status=row.status)
            for row in rows
        ]
    return Page[ChangeView](items=items, total=total, page=page, per_page=per_page)
