"""Steps of a series may be fractions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import StepNumber

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunk", sa.Column("fractional", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("summary") as batch:
        batch.alter_column("last_step", existing_type=sa.BigInteger(), type_=StepNumber(), existing_nullable=False)
        batch.alter_column("best_step", existing_type=sa.BigInteger(), type_=StepNumber(), existing_nullable=True)


def downgrade() -> None:
    with op.batch_alter_table("summary") as batch:
        batch.alter_column("best_step", existing_type=StepNumber(), type_=sa.BigInteger(), existing_nullable=True)
        batch.alter_column("last_step", existing_type=StepNumber(), type_=sa.BigInteger(), existing_nullable=False)
    op.drop_column("chunk", "fractional")
