"""A run may be wanted on a certain worker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("wanted_worker", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("run", "wanted_worker")
