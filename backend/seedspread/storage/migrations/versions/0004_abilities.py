"""Workers say what they can train, runs why they failed, arms which code they use; data files travel by content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Json, OutsideText

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _added() -> list[tuple[str, sa.Column[object]]]:
    return [
        ("worker", sa.Column("offers", Json, nullable=True)),
        ("worker", sa.Column("lacks", Json, nullable=False, server_default="{}")),
        ("worker", sa.Column("problems", Json, nullable=False, server_default="[]")),
        ("worker", sa.Column("device", sa.Text(), nullable=False, server_default="")),
        ("run", sa.Column("failure", sa.Text(), nullable=True)),
        ("attempt", sa.Column("left_behind", OutsideText(), nullable=False, server_default="")),
        ("arm", sa.Column("source_digest", sa.Text(), nullable=True)),
    ]


def upgrade() -> None:
    for table, column in _added():
        op.add_column(table, column)
    op.create_table(
        "data_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_data_file")),
    )
    op.create_table(
        "data_part",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["data_file.sha256"], name=op.f("fk_data_part_sha256_data_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", "part", name=op.f("pk_data_part")),
    )


def downgrade() -> None:
    op.drop_table("data_part")
    op.drop_table("data_file")
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
