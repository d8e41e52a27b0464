"""Runs of notebooks carry the cells that led to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("cells", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("run", "cells")
