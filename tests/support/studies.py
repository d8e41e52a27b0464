"""Studies whose runs have ended with given numbers, for whatever reads measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange, StudySpec
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from tests.builders import NOW, finish, run_ids, spec, store
from tests.support.brokers import SilentBroker


def measured_study(
    database: Database,
    arms: Mapping[str, Sequence[float | None]],
    *,
    number_of_seeds: int | None = None,
    specs: Sequence[ArmSpec] | None = None,
    **changes: Any,
) -> int:
    """A study of these arms, each of a variant of its own unless `specs` says otherwise.

    None stands for a run that failed, a seed beyond the values for one still queued.
    """
    count = number_of_seeds or max(map(len, arms.values()))
    request = tuple(specs or (ArmSpec(name=name, parameters={"hidden": 8 + place}) for place, name in enumerate(arms)))
    given: StudySpec = spec(arms=request, seeds=SeedRange(count=count), **changes)
    study_id = store(database, given)
    runs = run_ids(database, study_id)
    for place, values in enumerate(arms.values()):
        for seed, value in enumerate(values):
            run = runs[seed * len(arms) + place]
            if value is None:
                finish(database, run, state=RunState.FAILED, reason="it broke")
            else:
                loss = 1 - value if math.isfinite(value) else value
                finish(database, run, {"accuracy": [value / 2, value], "loss": [loss * 2, loss]})
    return study_id


def context_of(database: Database) -> Context:
    """The surroundings of a use case that talks to nobody."""
    return Context(database, SilentBroker(), AppSettings())


def exclude(database: Database, run_id: int, reason: str) -> None:
    """Leave a run out of statistics, as a person would."""
    with database.session() as session:
        moved = NOW + timedelta(minutes=1)
        session.execute(
            update(RunRow)
            .where(RunRow.id == run_id)
            .values(excluded_reason=reason, excluded_at=moved, touched_at=moved)
        )
