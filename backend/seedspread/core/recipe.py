"""Description of a recipe without its code.

Name, version, parameters, sources, metrics.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from seedspread.core.sources import Source


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
        return {name: str(rule["x-data"]) for name, rule in properties.items() if "x-data" in rule}

    def data_sets(self, parameter: str) -> tuple[str, ...]:
        """Return the names of bundled data sets for a parameter."""
        rule: dict[str, Any] = self.parameters.get("properties", {}).get(parameter, {})
        return tuple(map(str, [*rule.get("x-data-sets", ()), *rule.get("enum", ()), *rule.get("examples", ())]))
