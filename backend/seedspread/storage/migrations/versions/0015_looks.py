"""Looks at studies that were trained elsewhere, and the seeds they plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("study", sa.Column("looks", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("study", "looks")
