"""Roles of tokens, and the log of changes; tokens from before send studies, as they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("role", sa.Text(), nullable=False, server_default="logger"))
    op.create_table(
        "change",
        sa.Column("id", Key, sa.Identity(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("change")
    op.drop_column("token", "role")
