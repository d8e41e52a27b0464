"""Indexes over the few runs that are excluded, replays, or diverged: lists of studies count them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    few = {"excluded": "excluded_reason IS NOT NULL", "replay": "replay_of IS NOT NULL", "diverged": "diverged"}
    for name, condition in few.items():
        sqlite = "diverged = 1" if name == "diverged" else condition
        op.create_index(
            f"ix_run_{name}", "run", ["study_id"], postgresql_where=sa.text(condition), sqlite_where=sa.text(sqlite)
        )


def downgrade() -> None:
    for name in ("excluded", "replay", "diverged"):
        op.drop_index(f"ix_run_{name}", table_name="run")
