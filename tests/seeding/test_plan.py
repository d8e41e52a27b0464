"""A plan gives every named source a stream of its own, in every framework that is there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.errors import InvalidInput
from seedspread.seeding import MAX_SEED, SeedPlan, derive, derive_bits

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "seeds.json").read_text())


@pytest.mark.parametrize("held", GOLDEN["derive"], ids=lambda held: f"{held['name']}-{held['seed']}")
def test_derive_is_pinned_for_ever(held: dict[str, int | str]) -> None:
    seed, name = int(held["seed"]), str(held["name"])
    assert derive(seed, name) == held["value"]
    assert f"{derive_bits(seed, name, 128):032x}" == held["bits_128"]


def test_a_source_more_leaves_the_others_as_they_were() -> None:
    few, more = SeedPlan(7, ["split", "init"]), SeedPlan(7, ["augment", "split", "noise", "init"])
    assert [few.value(name) for name in few.names] == [more.value(name) for name in few.names]


def test_generators_start_anew_at_each_call() -> None:
    plan = SeedPlan(7, ["split", "init"])
    assert plan.rng("split").random() == plan.rng("split").random()
    assert plan.rng("split").random() != plan.rng("init").random()
    assert plan.random("init").random() == plan.random("init").random()
    assert plan.numpy_legacy("init").rand() == np.random.RandomState(plan.value("init")).rand()


def test_a_pinned_source_keeps_its_value() -> None:
    plans = [SeedPlan(seed, ["split", "init"], pinned={"split": 11}) for seed in range(3)]
    assert {plan.value("split") for plan in plans} == {11}
    assert len({plan.value("init") for plan in plans}) == 3


@given(st.integers(0, MAX_SEED), st.lists(st.text(min_size=1), unique=True))
def test_a_description_gives_the_plan_back(seed: int, names: list[str]) -> None:
    plan = SeedPlan(seed, names, pinned=dict.fromkeys(names[:1], 5))
    assert SeedPlan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan


def test_an_edited_description_is_refused() -> None:
    described = SeedPlan(7, ["init"]).as_dict()
    described["values"]["init"] += 1
    with pytest.raises(InvalidInput, match=r"values\.init"):
        SeedPlan.from_dict(described)


@pytest.mark.parametrize(
    ("seed", "names", "pinned", "field"),
    [
        (-1, ["a"], {}, "seed"),
        (MAX_SEED + 1, ["a"], {}, "seed"),
        (True, ["a"], {}, "seed"),
        (1, ["a", "a"], {}, "names"),
        (1, [""], {}, "names"),
        (1, "init", {}, "names"),
        (1, ["a"], {"b": 1}, "name"),
        (1, ["a"], {"a": 2**31}, "pinned.a"),
    ],
)
def test_what_cannot_be_planned_is_refused(seed: int, names: list[str], pinned: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        SeedPlan(seed, names, pinned=pinned)
    assert caught.value.field == field


def test_a_source_the_plan_has_not_got_is_refused() -> None:
    with pytest.raises(InvalidInput, match="init, split"):
        SeedPlan(7, ["init", "split"]).value("dropout")
