"""Runs that were trained elsewhere bring their logs and artifacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_file",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_file_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", "path", name="pk_run_file"),
    )
    op.create_index("ix_run_file_sha256", "run_file", ["sha256"])


def downgrade() -> None:
    op.drop_table("run_file")
