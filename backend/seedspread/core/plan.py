"""Expand a specification into runs: arms × seeds, a value per source."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from seedspread.core.seeds import MAX_SEED, collisions, derive
from seedspread.core.sources import Policy, Source
from seedspread.core.study import MAX_RUNS, ArmSpec, SeedRange, StudySpec
from seedspread.errors import InvalidInput

Entropy = Callable[[], int]
"""Draws a fresh value in [0, 2**31) from the system's entropy."""


class SourceValue(BaseModel):
    """Value of one source in one run.

    `seed` is the seed that the value was derived from, null if the value was drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Policy
    value: int = Field(ge=0, lt=2**31)
    seed: int | None = None
    level: int | None = Field(None, description="the level of a crossed source")


@dataclass(frozen=True)
class RunPlan:
    """Planned run: position of its arm, seed, and a value per source."""

    arm: int
    position: int
    seed: int
    sources: Mapping[Source, SourceValue]


def seed_values(seeds: SeedRange | Sequence[int], sources: Sequence[Source]) -> tuple[int, ...]:
    """Return the seeds that `seeds` describes.

    A range skips a seed whose value for some source equals an earlier one's (about one in 2**31 / n); a list with such
    a pair is refused.

    Raises:
        InvalidInput: colliding seeds in a list, or a range that runs out of seeds.
    """
    if isinstance(seeds, SeedRange):
        return tuple(itertools.islice(_without_collisions(seeds.base, sources), seeds.count))
    for source in sources:
        pairs = collisions(seeds, source)
        if pairs:
            raise InvalidInput(
                "seeds", pairs[0], f"seeds that give different values to '{source}'; replace one of the two"
            )
    return tuple(seeds)


def _without_collisions(base: int, sources: Sequence[Source]) -> Iterator[int]:
    used: dict[Source, set[int]] = {source: set() for source in sources}
    for seed in itertools.count(base):
        if seed > MAX_SEED:
            raise InvalidInput("seeds.base", base, f"a base that leaves room for all seeds up to {MAX_SEED}")
        values = {source: derive(seed, source) for source in sources}
        if any(value in used[source] for source, value in values.items()):
            continue
        for source, value in values.items():
            used[source].add(value)
        yield seed


def plan(spec: StudySpec, sources: Sequence[Source], entropy: Entropy) -> tuple[RunPlan, ...]:
    """Plan every run of an expanded specification.

    Runs are ordered seed by seed, so that all arms advance together.

    Args:
        spec: with `arms` filled in.
        sources: the sources that the recipe has.
        entropy: the generator that `free` sources draw from.

    Raises:
        InvalidInput: a policy or levels for a source that the recipe does not have, too many runs, or colliding seeds.
    """
    for index, arm in enumerate(spec.arms):
        check_sources(arm, sources, f"arms[{index}]")
    total = sum(_size(arm, spec) for arm in spec.arms)
    if total > MAX_RUNS:
        raise InvalidInput("seeds", total, f"at most {MAX_RUNS} runs (arms × seeds × levels)")
    per_arm = [
        [
            RunPlan(index, position, seed, values)
            for position, (seed, values) in enumerate(_runs(arm, spec, sources, entropy))
        ]
        for index, arm in enumerate(spec.arms)
    ]
    together = itertools.zip_longest(*per_arm)
    return tuple(run for row in together for run in row if run is not None)


def extend(
    spec: StudySpec, sources: Sequence[Source], entropy: Entropy, used: Sequence[int], count: int, *, runs: int
) -> tuple[RunPlan, ...]:
    """Plan `count` more runs of every arm.

    New seeds follow the largest used one and are the same for all arms.

    Args:
        spec: expanded; an arm with crossed levels cannot be extended this way.
        used: every seed that the study has used; positions continue after each arm's last one.
        count: new seeds per arm.
        runs: that the study has already.

    Raises:
        InvalidInput: crossed levels, or more runs than a study may have.
    """
    if any(arm.levels for arm in spec.arms):
        raise InvalidInput(
            "seeds", count, "a study without crossed levels; submit a factorial with more levels instead"
        )
    if count * len(spec.arms) + runs > MAX_RUNS:
        raise InvalidInput("seeds", count, f"at most {MAX_RUNS} runs in a study")
    used_values = {source: {derive(seed, source) for seed in used} for source in sources}
    base = max(used, default=-1) + 1
    fresh = (
        seed
        for seed in _without_collisions(base, sources)
        if all(derive(seed, source) not in values for source, values in used_values.items())
    )
    seeds = tuple(itertools.islice(fresh, count))
    return tuple(
        RunPlan(index, -1, seed, _values(arm, spec, sources, entropy, seed, {}))
        for seed in seeds
        for index, arm in enumerate(spec.arms)
    )


def check_sources(arm: ArmSpec, sources: Sequence[Source], field: str) -> None:
    """Check that an arm only names sources that the recipe has.

    Raises:
        InvalidInput: naming the source that the recipe does not have.
    """
    have = ", ".join(sources) or "none"
    for source in arm.policies:
        if source not in sources:
            raise InvalidInput(
                f"{field}.policies.{source}", arm.policies[source].value, f"one of the recipe's sources: {have}"
            )
    for source in arm.levels:
        if source not in sources:
            raise InvalidInput(f"{field}.levels.{source}", arm.levels[source], f"one of the recipe's sources: {have}")


def _size(arm: ArmSpec, spec: StudySpec) -> int:
    seeds = arm.seeds or spec.seeds
    size = seeds.count if isinstance(seeds, SeedRange) else len(seeds)
    for levels in arm.levels.values():
        size *= levels
    return size


def _runs(
    arm: ArmSpec, spec: StudySpec, sources: Sequence[Source], entropy: Entropy
) -> Iterator[tuple[int, Mapping[Source, SourceValue]]]:
    seeds = seed_values(arm.seeds or spec.seeds, sources)
    if not arm.levels:
        for seed in seeds:
            yield seed, _values(arm, spec, sources, entropy, seed, {})
        return
    cells = itertools.product(*(range(levels) for levels in arm.levels.values()))
    numbers = _without_collisions(seeds[0], sources)
    for cell in cells:
        levels = dict(zip(arm.levels, cell, strict=True))
        for seed in itertools.islice(numbers, len(seeds)):
            # A seed of its own for every run: the same ones in each cell would be a crossed source themselves, and the
            # noise within cells, which the shares are judged against, would hold what the cells have in common.
            yield seed, _values(arm, spec, sources, entropy, seed, levels)


def _values(
    arm: ArmSpec,
    spec: StudySpec,
    sources: Sequence[Source],
    entropy: Entropy,
    seed: int,
    levels: Mapping[Source, int],
) -> Mapping[Source, SourceValue]:
    def value(source: Source) -> SourceValue:
        if source in levels:
            from_seed = spec.fixed_seed + levels[source]
            return SourceValue(
                policy=Policy.FIXED, value=derive(from_seed, source), seed=from_seed, level=levels[source]
            )
        policy = arm.policies.get(source, Policy.VARY)
        if policy is Policy.FREE:
            return SourceValue(policy=policy, value=entropy())
        from_seed = spec.fixed_seed if policy is Policy.FIXED else seed
        return SourceValue(policy=policy, value=derive(from_seed, source), seed=from_seed)

    return {source: value(source) for source in sources}
