"""Conditions that a noise floor and its candidates have to share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seedspread.analysis.measured import Measured
from seedspread.core.environment import flat, why_it_matters
from seedspread.core.recipe import Direction
from seedspread.recording.reader import StudyFolder
from seedspread.stats import Sample

if TYPE_CHECKING:
    from seedspread.context import Context

_LONGEST: Final = 60  # longer values, such as a whole configuration, are compared by their digest


@dataclass(frozen=True)
class MeasuredArm:
    """Arm to save as a floor or to judge."""

    sample: Sample
    metric: str
    direction: Direction | None
    conditions: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    study_id: int | None = None
    unit: str = ""


def of_study(context: Context, measured: Measured, position: int) -> dict[str, str]:
    """Return the conditions of an arm: recipe, data, environment, metric."""
    from seedspread.storage import measured as stored
    from seedspread.storage import studies

    with context.database.reading() as session:
        row = studies.get(session, measured.study_id)
        files = {} if row is None else row.data.get(str(position), {})
        environments = stored.environments(session, measured.study_id)
    data = {f"data.{name}": str(file.get("sha256", "")) for name, file in files.items()}
    return {
        "recipe": measured.recipe,
        "recipe_version": measured.recipe_version,
        "metric": measured.metric.name,
        "summary": measured.summary,
        **data,
        **of_environments(environments),
    }


def of_folder(folder: StudyFolder, arm: str, metric: str) -> dict[str, str]:
    """Return the conditions of an arm of a run folder.

    Data files are those that its counted runs recorded with the role `data`; code is no condition, since it may be
    what changed.
    """
    files: dict[str, set[str]] = {}
    for run in folder.counted():
        if run.record.arm == arm:
            for event in run.events("file"):
                if event.get("role") == "data" and event.get("sha256"):
                    files.setdefault(f"data.{Path(str(event.get('path'))).name}", set()).add(str(event["sha256"]))
    data = {name: " | ".join(sorted(digests)) for name, digests in sorted(files.items())}
    environment = folder.study.extra.get("environment")
    facts = of_environments([environment]) if isinstance(environment, Mapping) else {}
    return {"metric": metric, "summary": folder.study.summary, **data, **facts}


def of_environments(environments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the facts of environments that may change results.

    A fact with several values has them all, sorted; long ones are shortened to a digest.
    """
    values: dict[str, set[str]] = {}
    for environment in environments:
        for key, value in flat(environment):
            if why_it_matters(key):
                values.setdefault(f"environment.{key}", set()).add(_short(str(value)))
    return {key: " | ".join(sorted(each)) for key, each in sorted(values.items())}


def differing(floor: Mapping[str, str], candidate: Mapping[str, str]) -> list[str]:
    """Return the conditions that both state and that differ, as clauses."""
    return [
        f"{key} {floor[key]} ≠ {candidate[key]}" for key in floor if key in candidate and floor[key] != candidate[key]
    ]


def unchecked(floor: Mapping[str, str], candidate: Mapping[str, str]) -> list[str]:
    """Return the floor's conditions that the candidate does not state."""
    return [key for key in floor if key not in candidate]


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else hashlib.sha256(value.encode()).hexdigest()[:12]
