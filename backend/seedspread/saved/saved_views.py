"""Save, list and delete named views.

A view is the search string of a page's address.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from seedspread.context import Context
from seedspread.errors import Conflict, NotFound
from seedspread.saved import sentences
from seedspread.storage.tables import SavedViewRow
from seedspread.views.service import SavedView, SavedViewOrder


def list_views(ctx: Context, page: str) -> list[SavedView]:
    """Return the views of a page, by name."""
    query = select(SavedViewRow).where(SavedViewRow.page == page).order_by(SavedViewRow.name)
    with ctx.database.reading() as session:
        return [SavedView(name=row.name, search=row.search, saved_at=row.saved_at) for row in session.scalars(query)]


def save_view(ctx: Context, order: SavedViewOrder) -> SavedView:
    """Save a view under its name.

    Raises:
        Conflict: another view of the page has the name, and it is not to be replaced.
    """
    now = datetime.now(UTC)
    try:
        with ctx.database.session() as session:
            row = session.get(SavedViewRow, (order.page, order.name))
            if row is None:
                row = SavedViewRow(page=order.page, name=order.name, search=order.search, saved_at=now)
                session.add(row)
            elif row.search != order.search and not order.replace:
                raise Conflict(sentences.taken(order.name), hint=sentences.REPLACE)
            row.search, row.saved_at = order.search, now
    except IntegrityError as error:
        # Two people saved the same name at once: the second is told, as if it had come later.
        raise Conflict(sentences.taken(order.name), hint=sentences.REPLACE) from error
    return SavedView(name=order.name, search=order.search, saved_at=now)


def delete_view(ctx: Context, page: str, name: str) -> None:
    """Delete a view by its name.

    Raises:
        NotFound: the page has no such view.
    """
    with ctx.database.session() as session:
        deleted = session.execute(
            delete(SavedViewRow)
            .where(SavedViewRow.page == page, SavedViewRow.name == name)
            .returning(SavedViewRow.name)
        ).all()
    if not deleted:
        raise NotFound("view", name)
