"""Description of a recipe without its code.

It gives name, version, parameters, sources and metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from seedspread.core import sentences
from seedspread.core.sources import Source

IMPORTED = "imported"
"""Recipe of studies that were trained elsewhere: it describes their metrics, and nobody can train it."""


class Direction(StrEnum):
    """Direction in which a metric gets better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class MetricInfo(BaseModel):
    """Metric that a recipe reports every epoch (or step)."""

    model_config = ConfigDict(frozen=True)

    name: str
    direction: Direction
    unit: str = Field(
        "", description="'share' for a fraction in [0, 1] (differences are told in points), else a unit or nothing"
    )
    help: str = ""


class RecipeKind(StrEnum):
    """Kind of recipe.

    `keras`: functions that the engine trains; `free`: one function that trains by itself.
    """

    KERAS = "keras"
    FREE = "free"


class RecipeInfo(BaseModel):
    """Registered recipe as workers publish it."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    kind: RecipeKind
    help: str = ""
    parameters: dict[str, Any] = Field(description="JSON Schema (2020-12) of the parameters, each with its default")
    sources: tuple[Source, ...] = Field(description="the sources of randomness the recipe has")
    metrics: tuple[MetricInfo, ...]
    source_digest: str = Field(description="SHA-256 over the recipe's source files")
    source_files: dict[str, str] = Field(default_factory=dict, description="the source code by file name")

    def metric(self, name: str) -> MetricInfo | None:
        """Return the metric of that name, or None."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def defaults(self) -> dict[str, JsonValue]:
        """Return the parameters' defaults by name."""
        properties: dict[str, dict[str, JsonValue]] = self.parameters.get("properties", {})
        return {name: rule["default"] for name, rule in properties.items() if "default" in rule}

    def data_parameters(self) -> dict[str, str]:
        """Return the parameters that name data, with the kind of file.

        Kinds are `text`, `table` and `arrays`.
        """
        properties: dict[str, dict[str, Any]] = self.parameters.get("properties", {})
        kinds = {name: _data_kind(rule) for name, rule in properties.items()}
        return {name: kind for name, kind in kinds.items() if kind is not None}

    def data_sets(self, parameter: str) -> tuple[str, ...]:
        """Return the names of bundled data sets for a parameter."""
        rule: dict[str, Any] = self.parameters.get("properties", {}).get(parameter, {})
        return tuple(map(str, [*rule.get("x-data-sets", ()), *rule.get("enum", ()), *rule.get("examples", ())]))


def step_name(recipe: RecipeInfo | None) -> str:
    """Return the word for a step of a recipe's series.

    None stands for a study trained elsewhere.
    """
    return "epoch" if recipe is None or recipe.kind is RecipeKind.KERAS else "step"


def _data_kind(rule: dict[str, Any]) -> str | None:
    """Return the kind of data file that a parameter takes.

    The kind is the one that the parameter declares, or `file` for any other path; None if it takes no file.
    """
    if "x-data" in rule:
        return str(rule["x-data"])
    formats = {option.get("format") for option in (rule, *rule.get("anyOf", ()))}
    return "file" if formats & {"path", "file-path"} else None


@dataclass(frozen=True)
class Needs:
    """Requirements of a run: its recipe's code and its data files.

    `data` maps the SHA-256 digest of each file to its path, `sizes` to its bytes where that is known.
    """

    recipe: str
    source_digest: str
    data: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ability:
    """Capabilities of one worker.

    `offers` maps recipe names to source digests; it is None while the worker is still loading its recipes. `lacks` maps
    what a worker is missing (`gpu`, `trainer`, `data:<sha256>` or `code:<source digest>`) to the reason.
    """

    offers: Mapping[str, str] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)

    def lacking(self, needs: Needs) -> str | None:
        """Return why this worker cannot train a run, or None."""
        keys = ("gpu", "trainer", f"code:{needs.source_digest}", *(f"data:{sha256}" for sha256 in needs.data))
        reason = next((self.lacks[key] for key in keys if key in self.lacks), None)
        if reason is not None or self.offers is None:
            return reason
        offered = self.offers.get(needs.recipe)
        if offered is None:
            return sentences.recipe_missing(needs.recipe)
        if offered != needs.source_digest:
            return sentences.recipe_differs(needs.recipe, offered, needs.source_digest)
        return None


def why_blocked(needs: Needs, workers: Iterable[Ability], largest_bytes: int | None = None) -> str | None:
    """Return why no worker can train a run, and what would help.

    Return None if one can, or if there are no workers.

    Args:
        largest_bytes: size of the largest data file that travels to workers; None: not known here.
    """
    reasons: dict[str, int] = {}
    other_code, lacking = False, set[str]()
    for worker in workers:
        reason = worker.lacking(needs)
        if reason is None:
            return None
        reasons[reason] = reasons.get(reason, 0) + 1
        other_code |= needs.source_digest != (worker.offers or {}).get(needs.recipe, needs.source_digest)
        lacking |= {sha256 for sha256 in needs.data if f"data:{sha256}" in worker.lacks}
    if not reasons:
        return None
    advice = [sentences.blocked(list(reasons)[:MOST_REASONS])]
    if other_code:
        advice.append(sentences.START_WORKER_WITH_CODE)
    for sha256 in sorted(lacking):
        size = needs.sizes.get(sha256)
        if largest_bytes is not None and size is not None and size > largest_bytes:
            advice.append(sentences.file_too_large(size, largest_bytes))
    return " ".join(advice)


MOST_REASONS = 3
