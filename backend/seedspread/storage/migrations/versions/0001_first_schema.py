"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import ExactFloat, Instant, Json, Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "environment",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_environment")),
    )
    op.create_table(
        "recipe",
        sa.Column("source_digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("info", Json, nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("source_digest", "name", name=op.f("pk_recipe")),
    )
    op.create_table(
        "study",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("source_digest", sa.Text(), nullable=False),
        sa.Column("spec", Json, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("adaptive", Json, nullable=True),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_study_idempotency_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_study_created_at", "study", ["created_at"])
    op.create_index("ix_study_recipe", "study", ["recipe"])

    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    op.create_table(
        "arm",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("study_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("differs", Json, nullable=False),
        sa.Column("policies", Json, nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_arm_study_id_study"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arm")),
        sa.UniqueConstraint("study_id", "position", name=op.f("uq_arm_study_id")),
    )
    op.create_table(
        "run",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("study_id", Key, nullable=False),
        sa.Column("arm_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("sources", Json, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("diverged", sa.Boolean(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("touched_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("cpu_s", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("excluded_reason", sa.Text(), nullable=True),
        sa.Column("excluded_at", Instant(), nullable=True),
        sa.Column("replay_of", Key, nullable=True),
        sa.Column("manifest", Json, nullable=True),
        sa.Column("log_tail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["arm_id"], ["arm.id"], name=op.f("fk_run_arm_id_arm"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["environment"], ["environment.digest"], name=op.f("fk_run_environment_environment")),
        sa.ForeignKeyConstraint(["replay_of"], ["run.id"], name=op.f("fk_run_replay_of_run"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_run_study_id_study"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_replay_of", "run", ["replay_of"])
    op.create_index("ix_run_state_queue", "run", ["state", "queue", "id"])
    op.create_index("ix_run_arm_position", "run", ["arm_id", "position"])
    op.create_index("ix_run_study_state", "run", ["study_id", "state"])
    op.create_index("ix_run_study_touched", "run", ["study_id", "touched_at"])

    op.create_table(
        "attempt",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("trainer", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_attempt_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_attempt")),
    )
    op.create_table(
        "chunk",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("steps", sa.LargeBinary(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_chunk_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", "metric", "first_step", name=op.f("pk_chunk")),
    )
    op.create_table(
        "examples",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("correct", sa.LargeBinary(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_examples_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", name=op.f("pk_examples")),
    )
    op.create_table(
        "fingerprint",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_fingerprint_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "attempt", "kind", "step", name=op.f("pk_fingerprint")),
    )
    op.create_table(
        "summary",
        sa.Column("run_id", Key, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("last", ExactFloat(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("best", ExactFloat(), nullable=True),
        sa.Column("best_step", sa.BigInteger(), nullable=True),
        sa.Column("min", ExactFloat(), nullable=True),
        sa.Column("max", ExactFloat(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("non_finite", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_summary_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "metric", name=op.f("pk_summary")),
    )
    op.create_index("ix_summary_metric", "summary", ["metric", "run_id"])


def downgrade() -> None:
    op.drop_index("ix_summary_metric", table_name="summary")

    op.drop_table("summary")
    op.drop_table("fingerprint")
    op.drop_table("examples")
    op.drop_table("chunk")
    op.drop_table("attempt")
    op.drop_index("ix_run_study_touched", table_name="run")
    op.drop_index("ix_run_study_state", table_name="run")
    op.drop_index("ix_run_arm_position", table_name="run")
    op.drop_index("ix_run_state_queue", table_name="run")
    op.drop_index("ix_run_replay_of", table_name="run")

    op.drop_table("run")
    op.drop_table("arm")
    op.drop_table("worker")
    op.drop_index("ix_study_recipe", table_name="study")
    op.drop_index("ix_study_created_at", table_name="study")

    op.drop_table("study")
    op.drop_table("recipe")
    op.drop_table("environment")
