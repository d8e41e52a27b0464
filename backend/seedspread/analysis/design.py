"""Read a study's question from its arms' policies.

The question is about means, or about the spread and its sources. Presets are expanded into arms before they are stored,
so a study whose arms were written by hand is understood the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedspread.analysis.measured import Arm
from seedspread.core.study import Preset


@dataclass(frozen=True)
class SourceArms:
    """Arms of one variant that separate its sources, by position.

    `alone` maps the only source that varies to its arm; in `repeats` nothing varies; in `together` every source varies.
    """

    variant: str
    alone: dict[str, int]
    repeats: int | None
    together: int | None


def asks(arms: Sequence[Arm]) -> Preset:
    """Return the preset whose question these arms ask.

    The preset is `seeds` if the question is about means.
    """
    if any("levels" in arm.policies.values() for arm in arms):
        return Preset.FACTORIAL
    if source_arms(arms):
        return Preset.SOURCES
    groups = variants(arms)
    if all(len(group) > 1 and len(_ways(group)) == len(group) for group in groups):
        return Preset.ROUNDS
    if len(arms) > 1 and len(groups) == 1 and len(_ways(arms)) == 1:
        return Preset.AA
    return Preset.SEEDS


def tells_sources_apart(arms: Sequence[Arm]) -> bool:
    """Tell whether the design can separate the sources of the spread."""
    return asks(arms) in (Preset.FACTORIAL, Preset.SOURCES)


def variants(arms: Sequence[Arm]) -> list[list[Arm]]:
    """Group the arms by what they train, in their order."""
    groups: dict[str, list[Arm]] = {}
    for arm in arms:
        groups.setdefault(repr(sorted(arm.differs.items(), key=str)), []).append(arm)
    return list(groups.values())


def variant_name(arm: Arm) -> str:
    """Name what an arm trains."""
    return ", ".join(f"{name} {value}" for name, value in arm.differs.items()) or "base"


def source_arms(arms: Sequence[Arm]) -> list[SourceArms]:
    """Return the variants in which sources vary one at a time.

    A variant needs an arm with a single varying source, and another arm to compare it with.
    """
    variants_found = []
    for group in variants(arms):
        varying = {arm.position: [s for s, policy in arm.policies.items() if policy == "vary"] for arm in group}
        still = {arm.position: set(arm.policies.values()) <= {"fixed", "vary"} for arm in group}
        alone = {names[0]: at for at, names in varying.items() if len(names) == 1 and still[at]}
        source_count = len(group[0].policies)
        repeats = next((at for at, names in varying.items() if not names and still[at]), None)
        together = next((at for at, names in varying.items() if len(names) == source_count), None)
        if len(alone) > 1 or (alone and (repeats is not None or (together is not None and source_count > 1))):
            variants_found.append(SourceArms(variant_name(group[0]), alone, repeats, together))
    return variants_found


def _ways(group: Sequence[Arm]) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(sorted(arm.policies.items())) for arm in group}
