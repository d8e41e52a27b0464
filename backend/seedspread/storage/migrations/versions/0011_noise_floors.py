"""Noise floors, and the judgements made against them; earlier versions kept them as files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Json, Key, SparseJson

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "noise_floor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("seeds", SparseJson, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("smallest_difference", sa.Double(), nullable=True),
        sa.Column("conditions", Json, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("study_id", Key, nullable=True),
        sa.Column("error", sa.Double(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_noise_floor_study_id_study", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("name", name="pk_noise_floor"),
    )
    op.create_index("ix_noise_floor_study_id", "noise_floor", ["study_id"])
    op.create_table(
        "floor_look",
        sa.Column("floor", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("look", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("alpha", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["floor"], ["noise_floor.name"], name="fk_floor_look_floor_noise_floor", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("floor", "number", "look", name="pk_floor_look"),
        sa.UniqueConstraint("floor", "candidate", "look", name="uq_floor_look_floor"),
    )


def downgrade() -> None:
    op.drop_table("floor_look")
    op.drop_index("ix_noise_floor_study_id", table_name="noise_floor")
    op.drop_table("noise_floor")
