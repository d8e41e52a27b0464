"""Which way each metric of a run gets better."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from seedspread.core.recipe import Direction
from seedspread.storage.tables import RecipeRow, RunRow, StudyRow

_SMALLER_IS_BETTER = ("loss", "error", "perplexity", "regret", "mse", "mae", "rmse")


def directions(session: Session, run_id: int, metrics: Sequence[str]) -> dict[str, Direction]:
    """By metric: as the study states for the one that decides, else as the recipe states, else by its name."""
    row = session.execute(
        select(StudyRow.metric, StudyRow.direction, RecipeRow.info["metrics"].label("metrics"))
        .join(RunRow, RunRow.study_id == StudyRow.id)
        .join(RecipeRow, (RecipeRow.source_digest == StudyRow.source_digest) & (RecipeRow.name == StudyRow.recipe))
        .where(RunRow.id == run_id)
    ).one()
    stated = {info["name"]: Direction(info["direction"]) for info in row.metrics}
    stated[row.metric] = Direction(row.direction)
    return {metric: stated.get(metric) or by_name(metric) for metric in metrics}


def by_name(metric: str) -> Direction:
    """A guess for a metric that nobody described: losses and errors are minimised, all else maximised."""
    words = metric.lower().replace("-", "_").split("_")
    return Direction.MINIMIZE if any(word in _SMALLER_IS_BETTER for word in words) else Direction.MAXIMIZE
