"""What a study asks is read from its arms: the presets' own arms, and such as people write by hand."""

from __future__ import annotations

from typing import Any

import pytest

from seedspread.analysis.design import asks, source_arms, tells_sources_apart, variants
from seedspread.analysis.measured import Arm
from seedspread.core.presets import expand
from seedspread.core.sources import Source
from seedspread.core.study import Preset, VariantSpec
from tests.builders import spec

SPLIT, INIT = "split", "init"


def arm(position: int, policies: dict[str, str], **differs: Any) -> Arm:
    return Arm(position, f"arm {position}", {"rate": 0.1, **differs}, differs, policies)


def arms_of(preset: Preset, *variants: VariantSpec) -> list[Arm]:
    cross = {Source.SPLIT: 5, Source.INIT: 5} if preset is Preset.FACTORIAL else {}
    design = expand(spec(arms=(), preset=preset, variants=variants, cross=cross), (Source.SPLIT, Source.INIT))
    return [
        Arm(
            place,
            one.name,
            one.parameters,
            one.parameters,
            {source.value: policy.value for source, policy in one.policies.items()}
            | {source.value: "levels" for source in one.levels},
        )
        for place, one in enumerate(design.arms)
    ]


@pytest.mark.parametrize("preset", list(Preset))
def test_every_preset_is_recognised_by_its_arms(preset: Preset) -> None:
    assert asks(arms_of(preset)) is preset
    assert tells_sources_apart(arms_of(preset)) is (preset in (Preset.SOURCES, Preset.FACTORIAL))


@pytest.mark.parametrize("preset", [Preset.SEEDS, Preset.ROUNDS, Preset.SOURCES, Preset.FACTORIAL])
def test_so_it_is_with_several_variants(preset: Preset) -> None:
    wide = VariantSpec(name="wide", parameters={"hidden": 16})
    assert asks(arms_of(preset, VariantSpec(name="base"), wide)) is preset


def test_two_variants_compared_while_one_source_varies_ask_about_means() -> None:
    policies = {SPLIT: "vary", INIT: "fixed"}
    compared = [arm(0, policies), arm(1, policies, hidden=16)]
    assert asks(compared) is Preset.SEEDS
    assert source_arms(compared) == []


def test_a_variant_without_counterpart_among_rounds_asks_about_means() -> None:
    rounds = [arm(0, {SPLIT: "free", INIT: "free"}), arm(1, {SPLIT: "fixed", INIT: "fixed"})]
    assert asks(rounds) is Preset.ROUNDS
    assert asks([*rounds, arm(2, {SPLIT: "vary", INIT: "vary"}, hidden=16)]) is Preset.SEEDS


def test_an_arm_repeated_among_others_of_its_variant_is_no_repeat_of_all() -> None:
    same, other = {SPLIT: "vary", INIT: "vary"}, {SPLIT: "free", INIT: "free"}
    assert asks([arm(0, same), arm(1, same), arm(2, same)]) is Preset.AA
    assert asks([arm(0, same), arm(1, same), arm(2, other)]) is Preset.SEEDS
    assert asks([arm(0, same)]) is Preset.SEEDS


def test_one_source_alone_needs_something_to_hold_it_against() -> None:
    alone, still = arm(0, {SPLIT: "vary", INIT: "fixed"}), arm(1, {SPLIT: "fixed", INIT: "fixed"})
    (found,) = source_arms([alone, still])
    assert (found.alone, found.repeats, found.together) == ({SPLIT: 0}, 1, None)
    assert asks([alone]) is Preset.SEEDS
    free = arm(1, {SPLIT: "vary", INIT: "free"})
    assert source_arms([free, arm(2, {SPLIT: "free", INIT: "vary"})]) == []


def test_variants_keep_the_order_of_their_arms() -> None:
    policies = {SPLIT: "vary"}
    given = [arm(0, policies, hidden=8), arm(1, policies), arm(2, policies, hidden=8)]
    assert [[one.position for one in group] for group in variants(given)] == [[0, 2], [1]]
