"""Specification of a study.

It is validated here as far as possible without the recipe.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pydantic import Tag as UnionTag

from seedspread.core.recipe import Direction
from seedspread.core.seeds import MAX_SEED
from seedspread.core.sources import Policy, Source
from seedspread.summaries import PATTERN

MAX_RUNS = 100_000
"""The most runs one study may have."""


def _printable(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("text with at least one visible character")
    if any(ord(character) < 32 for character in text):
        raise ValueError("text on one line, without control characters")
    return text


Centre = Literal["mean", "trimmed", "median", "log_ratio"]
"""Value of an arm that decides; `seedspread.stats.decision.rule` says how each is compared."""

SummaryValue = Annotated[str, Field(pattern=PATTERN)]
"""Number of a run's series that statistics use; `seedspread.summaries` says how each is computed."""

Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Project = Annotated[str, Field(max_length=100), AfterValidator(lambda text: _printable(text) if text else "")]
Tag = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s,]+$")]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariantSpec(_Spec):
    """Name and the parameters that differ from the recipe's defaults."""

    name: Name
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class SeedRange(_Spec):
    """Seeds `base`, `base` + 1, … (`count` of them).

    A seed whose derived values collide with an earlier one's is skipped.
    """

    count: int = Field(ge=1, le=MAX_RUNS)
    base: Seed = 0


def distinct(seeds: SeedRange | tuple[int, ...]) -> SeedRange | tuple[int, ...]:
    """Return `seeds` if valid: at least one, each once, within limits.

    Raises:
        ValueError: naming the condition that fails.
    """
    if isinstance(seeds, SeedRange):
        return seeds
    if not seeds:
        raise ValueError("at least one seed")
    if len(seeds) > MAX_RUNS:
        raise ValueError(f"at most {MAX_RUNS} seeds")
    twice = [seed for seed, times in Counter(seeds).items() if times > 1]
    if twice:
        raise ValueError(f"every seed once; given more than once: {', '.join(map(str, sorted(twice)[:5]))}")
    return seeds


def _kind_of_seeds(value: Any) -> str:
    return "<list>" if isinstance(value, list | tuple) else "<range>"


Seeds = Annotated[
    Annotated[SeedRange, UnionTag("<range>")] | Annotated[tuple[Seed, ...], UnionTag("<list>")],
    # So that a fault in a list of seeds is told as one, not as "no range".
    Discriminator(_kind_of_seeds),
]


def _counts_too(schema: dict[str, Any]) -> None:
    """Allow a plain count in the schema: `10` for `{"count": 10}`."""
    count = {"type": "integer", "minimum": 1, "maximum": MAX_RUNS}
    schema["oneOf"] = [count, *schema["oneOf"]]


class ArmSpec(VariantSpec):
    """Variant with one policy per source; it is trained once per seed.

    A source without a policy varies. `levels` crosses sources (a factorial): each named source takes that many levels,
    every combination is trained, and the study's seeds count the repeats of each combination.
    """

    policies: dict[Source, Policy] = Field(default_factory=dict)
    levels: dict[Source, Annotated[int, Field(ge=2, le=1000)]] = Field(default_factory=dict)
    seeds: Seeds | None = Field(None, description="seeds of this arm alone; null: the study's")

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: SeedRange | tuple[int, ...] | None) -> SeedRange | tuple[int, ...] | None:
        return seeds if seeds is None else distinct(seeds)

    @model_validator(mode="after")
    def _one_role_a_source(self) -> ArmSpec:
        both = sorted(set(self.levels) & set(self.policies))
        if both:
            raise ValueError(f"a policy or levels for a source, not both; both are given for {', '.join(both)}")
        return self


class Preset(StrEnum):
    """Preset set of arms.

    `seedspread.core.presets` expands it.
    """

    SEEDS = "seeds"
    ROUNDS = "rounds"
    SOURCES = "sources"
    FACTORIAL = "factorial"
    AA = "a/a"


class Settings(_Spec):
    """Process-wide settings of a training.

    They are part of the manifest because they can change the arithmetic.
    """

    device: Literal["cpu", "gpu"] = "cpu"
    threads: int = Field(1, ge=1, le=256, description="threads inside and between TensorFlow's operations")
    engine: Literal["auto", "graph", "xla"] = Field("auto", description="how the training step is compiled")
    onednn: bool = Field(True, description="oneDNN's kernels (TF_ENABLE_ONEDNN_OPTS)")
    op_determinism: bool = Field(True, description="tf.config.experimental.enable_op_determinism")


class StopWhen(StrEnum):
    """Condition that ends an adaptive study before its seeds run out."""

    DECIDED = "decided"
    NARROW = "narrow"


class AdaptivePlan(_Spec):
    """Plan to train in batches and analyse after each.

    Interim looks widen the intervals, so that the error rate holds.
    """

    stop_when: StopWhen = StopWhen.DECIDED
    width: float | None = Field(None, gt=0, description="stop when the interval is narrower than this, in metric units")
    batch: int = Field(5, ge=1, le=10_000, description="seeds an arm between two looks")
    max_seeds: int = Field(60, ge=2, le=MAX_RUNS, description="seeds an arm at the most")

    @model_validator(mode="after")
    def _width_where_needed(self) -> AdaptivePlan:
        if (self.stop_when is StopWhen.NARROW) != (self.width is not None):
            raise ValueError("`width` together with stop_when 'narrow', and only then")
        return self


class RuleSpec(_Spec):
    """Decision rule, set before the results."""

    level: float = Field(0.95, ge=0.5, lt=1, description="level of the intervals")
    paired: bool | None = Field(None, description="compare by seed; null: yes where the arms share their seeds")
    baseline: Name | None = Field(
        None,
        description="the arm that the others are compared with, named before the results; null: they are shown "
        "against the first one, and verdicts are corrected for all pairs",
    )
    minimum_seeds: int | None = Field(
        None, ge=3, le=MAX_RUNS, description="fewest seeds per arm for a verdict; null: as few as exact tests allow"
    )
    centre: Centre = Field(
        "mean",
        description="the value of an arm that decides: mean, 20% trimmed mean, median, or the ratio of geometric "
        "means (then smallest_difference is a share: 0.05 for 5%)",
    )
    adaptive: AdaptivePlan | None = None

    @model_validator(mode="after")
    def _centre_at_looks(self) -> RuleSpec:
        if self.adaptive is not None and self.centre == "log_ratio" and self.adaptive.width is not None:
            raise ValueError("stop_when 'decided' for a ratio: a width is in the metric's units")
        return self


class StudySpec(_Spec):
    """Question of a study: recipe, arms, seeds, metric, decision rule.

    Give `arms`, or a `preset` with `variants` (and `cross` for a factorial); expanding a preset fills `arms`.
    """

    name: Name
    recipe: Annotated[str, Field(min_length=1, max_length=100)]
    arms: tuple[ArmSpec, ...] = Field((), max_length=200)
    preset: Preset | None = None
    variants: tuple[VariantSpec, ...] = Field((), max_length=64)
    cross: dict[Source, Annotated[int, Field(ge=2, le=1000)]] = Field(
        default_factory=dict, description="levels of each crossed source, for the preset 'factorial'"
    )
    seeds: Seeds = Field(SeedRange(count=10), json_schema_extra=_counts_too)
    fixed_seed: Seed = Field(0, description="the seed from which fixed sources take their value")
    metric: str | None = Field(None, max_length=200, description="the metric that decides; null: the recipe's first")
    direction: Direction | None = Field(None, description="null: as the recipe states for the metric")
    summary: SummaryValue = Field(
        "last",
        description="which number of a run's series decides: last, best, or area (under the curve, divided by its "
        "length)",
    )
    smallest_difference: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="the smallest difference that matters, in metric units"
    )
    rule: RuleSpec = RuleSpec()
    device: Literal["cpu", "gpu"] = "cpu"
    threads: int = Field(1, ge=1, le=256)
    engine: Literal["auto", "graph", "xla"] = "auto"
    onednn: bool = True
    op_determinism: bool = True
    time_limit_s: float | None = Field(
        None, gt=0, le=30 * 86400, allow_inf_nan=False, description="a run that trains longer fails; null: no limit"
    )
    project: Project = Field("", description="the project it belongs to; empty: none")
    tags: tuple[Tag, ...] = Field((), max_length=50)
    notes: str = Field("", max_length=20_000)

    @field_validator("seeds", mode="before")
    @classmethod
    def _count_as_seeds(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"count": value}
        if not isinstance(value, dict | list | tuple | SeedRange):
            raise ValueError("a count, a list of seeds, or {count, base}")
        return value

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: SeedRange | tuple[int, ...]) -> SeedRange | tuple[int, ...]:
        return distinct(seeds)

    @field_validator("arms", "variants")
    @classmethod
    def _names_differ(cls, variants: tuple[VariantSpec, ...]) -> tuple[VariantSpec, ...]:
        names = [variant.name for variant in variants]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names that differ; used more than once: {', '.join(twice)}")
        return variants

    @property
    def settings(self) -> Settings:
        """Process-wide settings of every run."""
        return Settings(
            device=self.device,
            threads=self.threads,
            engine=self.engine,
            onednn=self.onednn,
            op_determinism=self.op_determinism,
        )
