"""Small recipes, specifications and stored studies for tests of everything above the core."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from seedspread.core.plan import plan
from seedspread.core.recipe import Direction, MetricInfo, RecipeInfo, RecipeKind
from seedspread.core.report import Batch, Ending
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange, StudySpec
from seedspread.storage import leases, recipes, studies
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow

NOW = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)
LEASE_S = 20.0


def recipe(name: str = "toy", **changes: Any) -> RecipeInfo:
    """A recipe with three parameters, one of them data, two sources and two metrics."""
    parameters = {
        "type": "object",
        "properties": {
            "hidden": {"type": "integer", "minimum": 1, "maximum": 64, "default": 8, "description": "units"},
            "rate": {"type": "number", "exclusiveMinimum": 0, "default": 0.1, "description": "learning rate"},
            "data": {"type": "string", "default": "digits", "x-data": "table", "examples": ["digits", "wine"]},
        },
        "additionalProperties": False,
    }
    values: dict[str, Any] = {
        "name": name,
        "version": "1",
        "kind": RecipeKind.FREE,
        "help": "A training for tests.",
        "parameters": parameters,
        "sources": (Source.SPLIT, Source.INIT),
        "metrics": (
            MetricInfo(name="accuracy", direction=Direction.MAXIMIZE, unit="share"),
            MetricInfo(name="loss", direction=Direction.MINIMIZE),
        ),
        "source_digest": "d" * 64,
        "source_files": {"toy.py": "def train(run): ...\n"},
    }
    return RecipeInfo.model_validate(values | changes)


def spec(**changes: Any) -> StudySpec:
    """Two arms under three seeds, judged by accuracy."""
    values: dict[str, Any] = {
        "name": "a study",
        "recipe": "toy",
        "arms": (ArmSpec(name="base"), ArmSpec(name="wide", parameters={"hidden": 16})),
        "seeds": SeedRange(count=3),
        "metric": "accuracy",
        "direction": Direction.MAXIMIZE,
    }
    return StudySpec.model_validate(values | changes)


def entropy() -> Callable[[], int]:
    """Values for free sources that are the same in every test."""
    numbers = itertools.count(1)
    return lambda: next(numbers)


def store(database: Database, given: StudySpec | None = None, *, now: datetime = NOW, key: str | None = None) -> int:
    """Publish the toy recipe and store a study of it; the study's id."""
    given = given or spec()
    info = recipe(given.recipe)
    with database.session() as session:
        recipes.publish(session, [info], now)
        return studies.insert(session, given, info, plan(given, info.sources, entropy()), {}, now, "r" * 64, key)


def run_ids(database: Database, study_id: int) -> list[int]:
    """The study's runs in the order of their ids."""
    with database.reading() as session:
        return list(session.scalars(select(RunRow.id).where(RunRow.study_id == study_id).order_by(RunRow.id)))


def finish(
    database: Database,
    run_id: int,
    series: dict[str, list[float]] | None = None,
    *,
    state: RunState = RunState.FINISHED,
    reason: str | None = None,
    attempt: int = 1,
    now: datetime = NOW,
    ended: datetime | None = None,
) -> None:
    """Train a run: claim, one report, end; all at `now`, or the end at `ended`."""
    values = series if series is not None else {"accuracy": [0.5, 0.75], "loss": [1.0, 0.5]}
    batch = Batch(
        epoch=max(map(len, values.values()), default=0),
        series={name: (range(1, len(points) + 1), points) for name, points in values.items()},
    )
    with database.session() as session:
        assert leases.claim(session, run_id, attempt, "w1", now, LEASE_S) is not None
        leases.report(session, run_id, attempt, batch, now, LEASE_S)
        ending = Ending(state=state, reason=reason, duration_s=1.5, cpu_s=1.0, log_tail="the end")
        assert leases.end(session, run_id, attempt, ending, ended or now)


def moments(start: datetime = NOW, step_s: float = 1.0) -> Iterator[datetime]:
    """A clock that moves only when it is read."""
    return (start + timedelta(seconds=step_s * count) for count in itertools.count())
