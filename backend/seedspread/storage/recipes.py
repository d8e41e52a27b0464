"""Recipes as workers publish them.

The most recently published recipe of a name is the current one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from seedspread.core.recipe import IMPORTED, Direction, RecipeInfo
from seedspread.storage.database import upsert
from seedspread.storage.tables import RecipeRow, RunRow, StudyRow
from seedspread.summaries import first_step


def publish(session: Session, infos: Sequence[RecipeInfo], now: datetime) -> None:
    """Store the recipes that a worker can train.

    Publishing a source digest again makes it current again.
    """
    rows = [
        {
            "source_digest": info.source_digest,
            "name": info.name,
            "version": info.version,
            "info": info.model_dump(mode="json"),
            "published_at": now,
        }
        for info in infos
    ]
    upsert(session, RecipeRow, rows, keys=("source_digest", "name"))


def current(session: Session, name: str) -> RecipeInfo | None:
    """Return the newest recipe of that name, or None."""
    if name == IMPORTED:
        return None
    query = select(RecipeRow.info).where(RecipeRow.name == name).order_by(RecipeRow.published_at.desc()).limit(1)
    info = session.scalar(query)
    return None if info is None else RecipeInfo.model_validate(info)


def every(session: Session) -> list[RecipeInfo]:
    """Return the current recipe of each name, by name."""
    query = select(RecipeRow.name, RecipeRow.info).where(RecipeRow.name != IMPORTED)
    query = query.order_by(RecipeRow.name, RecipeRow.published_at)
    newest: dict[str, dict[str, Any]] = dict(session.execute(query).all())
    return [RecipeInfo.model_validate(info) for info in newest.values()]


def by_digest(session: Session, name: str, digest: str) -> RecipeInfo | None:
    """Return the recipe `name` with this source digest, or None."""
    row = session.get(RecipeRow, (digest, name))
    return None if row is None else RecipeInfo.model_validate(row.info)


def units(session: Session, versions: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the units of metrics, by (recipe name, source digest) and metric."""
    digests = {digest for _, digest in versions}
    query = select(RecipeRow.name, RecipeRow.source_digest, RecipeRow.info["metrics"])
    return {
        (name, digest): {metric["name"]: metric.get("unit", "") for metric in metrics}
        for name, digest, metrics in session.execute(query.where(RecipeRow.source_digest.in_(digests)))
    }


SMALLER_IS_BETTER = ("loss", "error", "perplexity", "regret", "mse", "mae", "rmse")


def directions(session: Session, run_id: int, metrics: Sequence[str]) -> dict[str, Direction]:
    """Return the direction of each metric; see `judged_by`."""
    return judged_by(session, run_id, metrics)[1]


# Built once: each run that ends needs it.
_JUDGED_BY = (
    select(StudyRow.metric, StudyRow.direction, RecipeRow.info["metrics"].label("metrics"))
    .join(RunRow, RunRow.study_id == StudyRow.id)
    .join(RecipeRow, (RecipeRow.source_digest == StudyRow.source_digest) & (RecipeRow.name == StudyRow.recipe))
    .where(RunRow.id == bindparam("of_run"))
)


def judged_by(session: Session, run_id: int, metrics: Sequence[str]) -> tuple[str, dict[str, Direction]]:
    """Return the study's deciding metric and the direction of each metric.

    The study sets it for the deciding metric, the recipe for those that it declares, `by_name` for all others.
    """
    row = session.execute(_JUDGED_BY, {"of_run": run_id}).one()
    described = {info["name"]: Direction(info["direction"]) for info in row.metrics}
    described[row.metric] = Direction(row.direction)
    return row.metric, {metric: described.get(metric) or by_name(metric) for metric in metrics}


def by_name(metric: str) -> Direction:
    """Guess the direction of an undescribed metric from its name.

    Losses and errors are minimised, all other metrics maximised.
    """
    if first_step(metric) is not None:
        return Direction.MINIMIZE
    words = metric.lower().replace("-", "_").split("_")
    return Direction.MINIMIZE if any(word in SMALLER_IS_BETTER for word in words) else Direction.MAXIMIZE
