"""Runs the migrations over the connection that `Database.upgrade` hands in, inside its transaction."""

from __future__ import annotations

from alembic import context

from seedspread.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=False,  # the caller's transaction holds all of it, on SQLite too
    render_as_batch=True,
    on_version_apply=context.config.attributes.get("on_version_apply"),
)
context.run_migrations()
