"""Views of the page saved under a name, shared by all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("page", "name", name="pk_saved_view"),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
