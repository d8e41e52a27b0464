"""What a specification accepts and refuses, with the field and the value named."""

from __future__ import annotations

from typing import Any

import pytest

from seedspread.core.sources import Policy, Source
from seedspread.core.study import SeedRange, StudySpec
from seedspread.core.validation import one_a_place, parse
from seedspread.errors import InvalidInput

ARMS = [{"name": "base"}, {"name": "wide", "parameters": {"hidden": 64}}]
TAGS = [f"tag-{number}" for number in range(51)]
# Field by field, the most that is accepted and the least that is too much.
LIMITS: dict[str, tuple[object, object]] = {
    "name": ("x" * 200, "x" * 201),
    "notes": ("x" * 20_000, "x" * 20_001),
    "metric": ("x" * 200, "x" * 201),
    "tags": (TAGS[:50], TAGS),
    "threads": (256, 257),
    "time_limit_s": (30 * 86400.0, 30 * 86400 + 1),
}


def study(**changes: Any) -> dict[str, Any]:
    return {"name": "Does width help?", "recipe": "digits-mlp", "arms": ARMS, **changes}


def faults(given: object) -> list[tuple[str, object]]:
    with pytest.raises(InvalidInput) as caught:
        parse(StudySpec, given)
    return [(fault.field, fault.value) for fault in caught.value.faults]


def test_a_whole_study_is_accepted() -> None:
    spec = parse(
        StudySpec,
        study(
            seeds={"count": 20, "base": 100},
            metric="val_accuracy",
            direction="maximize",
            smallest_difference=0.005,
            tags=["paper"],
            notes="first try",
        ),
    )
    assert spec.seeds == SeedRange(count=20, base=100)
    assert [arm.name for arm in spec.arms] == ["base", "wide"]


def test_a_number_of_seeds_stands_for_a_range() -> None:
    assert parse(StudySpec, study(seeds=7)).seeds == SeedRange(count=7)


def test_a_list_of_seeds_keeps_its_order() -> None:
    assert parse(StudySpec, study(seeds=[5, 1, 3])).seeds == (5, 1, 3)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"sedes": 3}, "sedes", 3),
        ({"name": "  "}, "name", "  "),
        ({"name": "two\nlines"}, "name", "two\nlines"),
        ({"seeds": []}, "seeds", []),
        ({"seeds": [1, 2, 1]}, "seeds", [1, 2, 1]),
        ({"arms": [{"name": "a"}, {"name": "a"}]}, "arms", [{"name": "a"}, {"name": "a"}]),
        ({"smallest_difference": 0}, "smallest_difference", 0),
        ({"smallest_difference": float("nan")}, "smallest_difference", pytest.approx(float("nan"), nan_ok=True)),
        ({"direction": "up"}, "direction", "up"),
        ({"device": "tpu"}, "device", "tpu"),
        ({"tags": ["two words"]}, "tags[0]", "two words"),
        ({"threads": 0}, "threads", 0),
        ({"recipe": None}, "recipe", None),
        *(({field: beyond}, field, beyond) for field, (_, beyond) in LIMITS.items()),
    ],
)
def test_a_bad_value_is_refused_by_name(changes: dict[str, Any], field: str, value: object) -> None:
    assert (field, value) in faults(study(**changes))


def test_the_most_that_a_study_can_hold_is_accepted() -> None:
    most = {field: value for field, (value, _) in LIMITS.items()}
    spec = parse(StudySpec, study(**most)).model_dump(mode="json")
    assert {field: spec[field] for field in most} == most


@pytest.mark.parametrize("seeds", [0, -3, 100_001, [-1], [2**53], ["7"], [1.5], "many", {"count": 3, "bass": 1}])
def test_seeds_that_are_no_seeds_are_refused(seeds: object) -> None:
    assert all(field.startswith("seeds") for field, _ in faults(study(seeds=seeds)))


@pytest.mark.parametrize(
    ("given", "meant"),
    [("seed", "did you mean 'seeds'"), ("parameters", "belong to an arm"), ("zzz", "see the schema")],
)
def test_a_field_that_is_none_is_told_what_was_meant(given: str, meant: str) -> None:
    with pytest.raises(InvalidInput, match=meant):
        parse(StudySpec, study(**{given: {}}))


def test_a_value_that_fits_no_form_is_one_fault() -> None:
    faults = [InvalidInput(field, "x", "a number") for field in ("a", "a[2]", "a[2]", "b", "a.c")]
    assert [fault.field for fault in one_a_place(faults)] == ["a[2]", "b", "a.c"]


def test_a_mistyped_field_of_a_part_is_met_with_the_one_that_was_meant() -> None:
    given = study(arms=[{"name": "a", "params": {"hidden": 3}}], rule={"adaptive": {"max_seed": 9}})
    with pytest.raises(InvalidInput) as raised:
        parse(StudySpec, given)
    told = {fault.field: fault.expected for fault in raised.value.faults}
    assert "did you mean 'parameters'" in told["arms[0].params"]
    assert "did you mean 'max_seeds'" in told["rule.adaptive.max_seed"]


def test_a_missing_field_is_named() -> None:
    assert ("recipe", None) in faults({"name": "x", "arms": ARMS})


def test_every_fault_is_told_at_once() -> None:
    assert len(faults({"name": "", "arms": ARMS, "seeds": [], "device": "tpu"})) == 4


@pytest.mark.parametrize("given", [None, 3, "text", []])
def test_what_is_no_object_is_refused(given: object) -> None:
    assert faults(given)[0][0] == "input"


def test_a_source_cannot_have_a_policy_and_levels() -> None:
    arm = {"name": "a", "policies": {"split": "vary"}, "levels": {"split": 3, "init": 3}}
    assert faults(study(arms=[arm]))[0][0] == "arms[0]"


def test_an_unknown_source_is_refused() -> None:
    assert faults(study(arms=[{"name": "a", "policies": {"weather": "vary"}}]))[0][0].startswith("arms[0].policies")


def test_policies_are_read_by_source() -> None:
    spec = parse(StudySpec, study(arms=[{"name": "a", "policies": {"split": "fixed", "init": "free"}}]))
    assert spec.arms[0].policies == {Source.SPLIT: Policy.FIXED, Source.INIT: Policy.FREE}


def test_an_adaptive_plan_needs_its_width() -> None:
    assert faults(study(rule={"adaptive": {"stop_when": "narrow"}}))[0][0] == "rule.adaptive"
    assert parse(StudySpec, study(rule={"adaptive": {"stop_when": "narrow", "width": 0.01}})).rule.adaptive is not None


def test_the_schema_says_that_seeds_may_be_a_count() -> None:
    kinds = StudySpec.model_json_schema()["properties"]["seeds"]["oneOf"]
    assert [kind.get("type") or kind["$ref"] for kind in kinds] == ["integer", "#/$defs/SeedRange", "array"]
    assert StudySpec.model_validate({"name": "a", "recipe": "toy", "seeds": 7}).seeds == SeedRange(count=7)
