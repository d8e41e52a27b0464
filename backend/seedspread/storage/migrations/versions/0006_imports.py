"""Studies that were trained elsewhere: ids, origin, parts received, write tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Json, Key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("study", "run"):
        # A unique index rather than a constraint: for that SQLite would copy the table, and deleting it cascades.
        op.add_column(table, sa.Column("external_id", sa.Text(), nullable=True))
        op.create_index(f"ix_{table}_external_id", table, ["external_id"], unique=True)
    op.add_column("study", sa.Column("origin", Json, nullable=True))
    op.create_table(
        "part",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_part_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", "sequence", name="pk_part"),
    )
    op.create_table(
        "token",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_token"),
        sa.UniqueConstraint("digest", name="uq_token_digest"),
    )


def downgrade() -> None:
    op.drop_table("token")
    op.drop_table("part")
    op.drop_column("study", "origin")
    for table in ("run", "study"):
        op.drop_index(f"ix_{table}_external_id", table_name=table)
        op.drop_column(table, "external_id")
