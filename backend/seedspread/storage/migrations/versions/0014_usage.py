"""Resources that an attempt used over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("peak_gpu_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("content", Json, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_usage_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", name="pk_usage"),
    )


def downgrade() -> None:
    op.drop_table("usage")
