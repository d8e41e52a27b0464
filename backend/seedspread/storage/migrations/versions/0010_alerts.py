"""Alerts: a study's first failure and divergence, and its verdict; what happened before stays silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import Instant, Key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BEFORE = """
INSERT INTO alert (study_id, kind, subject, text, created_at, delivery, tries)
SELECT study.id, :kind, {subject}, '', study.created_at, 'none', 0 FROM study
WHERE EXISTS (SELECT 1 FROM run WHERE run.study_id = study.id AND {condition})
"""
_RUNS = "(SELECT CAST(COUNT(*) AS TEXT) FROM run WHERE run.study_id = study.id AND run.replay_of IS NULL)"
_OPEN = "EXISTS (SELECT 1 FROM run AS other WHERE other.study_id = study.id AND other.state IN ('queued', 'running'))"


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", Key, sa.Identity(), nullable=False),
        sa.Column("study_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_alert_study_id_study", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("study_id", "kind", "subject", name="uq_alert_study_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_delivery", "alert", ["delivery"])
    for kind, subject, condition in (
        ("failed", "''", "run.state = 'failed'"),
        ("diverged", "''", "run.diverged"),
        ("decided", _RUNS, f"run.state = 'finished' AND NOT {_OPEN}"),
    ):
        statement = sa.text(_BEFORE.format(subject=subject, condition=condition))
        op.execute(statement.bindparams(kind=kind))


def downgrade() -> None:
    op.drop_index("ix_alert_delivery", table_name="alert")
    op.drop_table("alert")
