"""Names of those who made a study and excluded a run; read-only links to a study."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Key

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("study", sa.Column("created_by", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("excluded_by", sa.Text(), nullable=True))
    op.create_table(
        "share",
        sa.Column("id", Key, sa.Identity(), nullable=False),
        sa.Column("study_id", Key, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_share_study_id_study", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_share"),
        sa.UniqueConstraint("digest", name="uq_share_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_share_study_id", "share", ["study_id"])


def downgrade() -> None:
    op.drop_table("share")
    op.drop_column("run", "excluded_by")
    op.drop_column("study", "created_by")
