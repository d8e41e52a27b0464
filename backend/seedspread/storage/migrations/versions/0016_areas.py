"""Area under each series, computed for the runs that are stored already."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

from seedspread.storage.types import ExactFloat
from seedspread.summaries import area

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_RUNS_AT_ONCE = 500
_CHUNK = sa.table(
    "chunk", *map(sa.column, ("run_id", "attempt", "metric", "first_step", "fractional", "steps", "values"))
)
_RUN = sa.table("run", sa.column("id"), sa.column("attempt"))
_CHUNKS = (
    sa.select(_CHUNK.c.run_id, _CHUNK.c.metric, _CHUNK.c.fractional, _CHUNK.c.steps, _CHUNK.c["values"])
    .join(_RUN, (_RUN.c.id == _CHUNK.c.run_id) & (_RUN.c.attempt == _CHUNK.c.attempt))
    .where(_CHUNK.c.run_id.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(_CHUNK.c.run_id, _CHUNK.c.metric, _CHUNK.c.first_step)
)
_SUMMARY = sa.table("summary", sa.column("run_id"), sa.column("metric"), sa.column("area", ExactFloat()))
_UPDATE = (
    sa.update(_SUMMARY)
    .where(_SUMMARY.c.run_id == sa.bindparam("of_run"), _SUMMARY.c.metric == sa.bindparam("of_metric"))
    .values(area=sa.bindparam("number", type_=ExactFloat()))
)


def upgrade() -> None:
    op.add_column("summary", sa.Column("area", ExactFloat(), nullable=True))
    connection = op.get_bind()
    runs = connection.execute(sa.text("SELECT DISTINCT run_id FROM summary ORDER BY run_id")).scalars().all()
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        of_these = runs[start : start + _RUNS_AT_ONCE]
        chunks = connection.execute(_CHUNKS, {"first": of_these[0], "last": of_these[-1]}).all()
        areas = [
            {"of_run": run, "of_metric": metric, "number": _area(list(group))}
            for (run, metric), group in itertools.groupby(chunks, attrgetter("run_id", "metric"))
        ]
        if areas:
            connection.execute(_UPDATE, areas)


def downgrade() -> None:
    op.drop_column("summary", "area")


def _area(chunks: list[Any]) -> float:
    steps: list[float] = []
    values: list[float] = []
    for chunk in chunks:
        steps += np.frombuffer(bytes(chunk.steps), dtype="<f8" if chunk.fractional else "<i8").tolist()
        values += np.frombuffer(bytes(chunk.values), dtype="<f8").tolist()
    return area(steps, values)
