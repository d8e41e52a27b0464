"""Studies belong to projects, are pinned and archived; runs have tags and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("study", sa.Column("project", sa.Text(), nullable=False, server_default=""))
    op.add_column("study", sa.Column("pinned_at", Instant(), nullable=True))
    op.add_column("study", sa.Column("archived_at", Instant(), nullable=True))
    op.create_index("ix_study_project", "study", ["project"])
    op.add_column("run", sa.Column("tags", Json, nullable=True))
    op.add_column("run", sa.Column("notes", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("run", "notes")
    op.drop_column("run", "tags")
    op.drop_index("ix_study_project", table_name="study")
    for column in ("archived_at", "pinned_at", "project"):
        op.drop_column("study", column)
