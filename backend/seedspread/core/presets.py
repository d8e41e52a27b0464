"""Ready-made studies: a preset and some variants become arms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seedspread.core.plan import seed_values
from seedspread.core.sources import Policy, Source
from seedspread.core.study import ArmSpec, Preset, SeedRange, StudySpec, VariantSpec
from seedspread.errors import InvalidInput

_BASE = (VariantSpec(name="base"),)


def expand(spec: StudySpec, sources: Sequence[Source]) -> StudySpec:
    """Return `spec` with `arms` filled in from its preset.

    A specification without a preset, or one that was expanded before, is returned unchanged.

    Args:
        spec: arms, or a preset with variants.
        sources: the sources that the recipe has.

    Raises:
        InvalidInput: both or neither of arms and preset, or a preset for which the recipe lacks the sources.
    """
    if spec.preset is None:
        if spec.variants or spec.cross:
            raise InvalidInput("variants", [v.name for v in spec.variants], "a preset beside them, or arms instead")
        if not spec.arms:
            raise InvalidInput("arms", [], "at least one arm, or a preset")
        return spec
    if spec.cross and spec.preset is not Preset.FACTORIAL:
        raise InvalidInput("cross", dict(spec.cross), "nothing, unless the preset is 'factorial'")
    variants = spec.variants or _BASE
    arms = _EXPANSIONS[spec.preset](variants, tuple(sources), spec)
    if spec.arms and spec.arms != arms:
        own = "nothing beside a preset, which makes arms of its own from `variants`; leave one of the two out"
        raise InvalidInput("arms", [arm.name for arm in spec.arms], own)
    return spec.model_copy(update={"arms": arms})


def _policies(sources: Sequence[Source], default: Policy, **special: Policy) -> dict[Source, Policy]:
    return {source: special.get(source.value, default) for source in sources}


def _arm(variant: VariantSpec, suffix: str, policies: dict[Source, Policy], *, single: bool) -> ArmSpec:
    name = suffix if single else f"{variant.name}: {suffix}"
    return ArmSpec(name=name, parameters=variant.parameters, policies=policies)


def _seeds(variants: Sequence[VariantSpec], sources: Sequence[Source], _: StudySpec) -> tuple[ArmSpec, ...]:
    policies = _policies(sources, Policy.VARY)
    return tuple(ArmSpec(name=v.name, parameters=v.parameters, policies=policies) for v in variants)


def _rounds(variants: Sequence[VariantSpec], sources: Sequence[Source], _: StudySpec) -> tuple[ArmSpec, ...]:
    single = len(variants) == 1
    rounds: list[tuple[str, dict[Source, Policy]]] = [("nothing seeded", _policies(sources, Policy.FREE))]
    if Source.SPLIT in sources:
        rounds.append(("split seeded", _policies(sources, Policy.FREE, split=Policy.FIXED)))
    rounds.append(("all seeded", _policies(sources, Policy.FIXED)))
    return tuple(_arm(v, suffix, policies, single=single) for v in variants for suffix, policies in rounds)


def _sources(variants: Sequence[VariantSpec], sources: Sequence[Source], _: StudySpec) -> tuple[ArmSpec, ...]:
    single = len(variants) == 1
    plans = [("nothing varies", _policies(sources, Policy.FIXED))]
    plans += [(f"{s.value} varies", _policies(sources, Policy.FIXED, **{s.value: Policy.VARY})) for s in sources]
    plans.append(("all vary", _policies(sources, Policy.VARY)))
    return tuple(_arm(v, suffix, policies, single=single) for v in variants for suffix, policies in plans)


def _factorial(variants: Sequence[VariantSpec], sources: Sequence[Source], spec: StudySpec) -> tuple[ArmSpec, ...]:
    absent = [source.value for source in spec.cross if source not in sources]
    if absent:
        raise InvalidInput("cross", dict(spec.cross), f"sources the recipe has: {', '.join(sources)}")
    if len(spec.cross) < 2:
        raise InvalidInput("cross", dict(spec.cross), "levels for two or more sources, such as {'split': 5, 'init': 5}")
    others = [source for source in sources if source not in spec.cross]
    # A cell of several runs tells the noise of the other sources; held fixed, they would train one run several times.
    repeated = len(seed_values(spec.seeds, sources)) > 1
    policies = _policies(others, Policy.VARY if repeated else Policy.FIXED)
    return tuple(
        ArmSpec(name=v.name, parameters=v.parameters, policies=policies, levels=dict(spec.cross)) for v in variants
    )


def _aa(variants: Sequence[VariantSpec], sources: Sequence[Source], spec: StudySpec) -> tuple[ArmSpec, ...]:
    if len(variants) != 1:
        raise InvalidInput("variants", [v.name for v in variants], "one variant: 'a/a' trains the same one twice")
    policies = _policies(sources, Policy.VARY)
    name, parameters = variants[0].name, variants[0].parameters
    first = seed_values(spec.seeds, sources)
    # The same seeds would give the same runs: the second half starts after the first one's last seed.
    second = SeedRange(count=len(first), base=max(first) + 1)
    return (
        ArmSpec(name=f"{name} A", parameters=parameters, policies=policies),
        ArmSpec(name=f"{name} A again", parameters=parameters, policies=policies, seeds=second),
    )


_EXPANSIONS: dict[Preset, Callable[[Sequence[VariantSpec], Sequence[Source], StudySpec], tuple[ArmSpec, ...]]] = {
    Preset.SEEDS: _seeds,
    Preset.ROUNDS: _rounds,
    Preset.SOURCES: _sources,
    Preset.FACTORIAL: _factorial,
    Preset.AA: _aa,
}
