"""Presets and plans: which source gets which value in which run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from seedspread.core.plan import RunPlan, extend, plan
from seedspread.core.presets import expand
from seedspread.core.seeds import MAX_SEED, derive
from seedspread.core.sources import Policy, Source
from seedspread.core.study import MAX_RUNS, StudySpec
from seedspread.core.validation import parse
from seedspread.errors import InvalidInput

SOURCES = (Source.SPLIT, Source.SHUFFLE, Source.INIT, Source.DROPOUT)


class Draws:
    """Entropy that counts: every draw differs and can be told again."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last


def runs(**given: Any) -> tuple[StudySpec, tuple[RunPlan, ...]]:
    spec = expand(parse(StudySpec, {"name": "s", "recipe": "r", **given}), SOURCES)
    return spec, plan(spec, SOURCES, Draws())


def values(planned: tuple[RunPlan, ...], arm: int, source: Source) -> list[int]:
    return [run.sources[source].value for run in planned if run.arm == arm]


def test_arms_share_their_seeds_and_the_values() -> None:
    _, planned = runs(arms=[{"name": "a"}, {"name": "b"}], seeds=5)
    for source in SOURCES:
        assert values(planned, 0, source) == values(planned, 1, source) == [derive(s, source) for s in range(5)]


def test_arms_advance_together() -> None:
    _, planned = runs(arms=[{"name": "a"}, {"name": "b"}], seeds=3)
    assert [(run.arm, run.seed) for run in planned] == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]


def test_rounds_frees_then_seeds_the_split_then_everything() -> None:
    spec, planned = runs(preset="rounds", seeds=4)
    assert [arm.name for arm in spec.arms] == ["nothing seeded", "split seeded", "all seeded"]
    distinct = [[len(set(values(planned, arm, source))) for source in SOURCES] for arm in range(3)]
    assert distinct == [[4, 4, 4, 4], [1, 4, 4, 4], [1, 1, 1, 1]]
    assert all(run.sources[Source.INIT].seed is None for run in planned if run.arm == 0)


def test_rounds_without_a_split_has_two_arms() -> None:
    spec = expand(parse(StudySpec, {"name": "s", "recipe": "r", "preset": "rounds"}), [Source.INIT])
    assert [arm.name for arm in spec.arms] == ["nothing seeded", "all seeded"]


def test_sources_varies_one_at_a_time() -> None:
    spec, planned = runs(preset="sources", seeds=3)
    assert [arm.name for arm in spec.arms] == [
        "nothing varies",
        *(f"{source.value} varies" for source in SOURCES),
        "all vary",
    ]
    for index, source in enumerate(SOURCES, start=1):
        moving = [other for other in SOURCES if len(set(values(planned, index, other))) > 1]
        assert moving == [source]


def test_a_factorial_crosses_its_levels() -> None:
    _, planned = runs(preset="factorial", cross={"split": 3, "init": 2}, seeds=2)
    assert len(planned) == 12
    cells = Counter((run.sources[Source.SPLIT].level, run.sources[Source.INIT].level) for run in planned)
    assert set(cells.values()) == {2}
    assert len(cells) == 6
    assert len({run.seed for run in planned}) == 12
    assert len({run.sources[Source.SPLIT].value for run in planned}) == 3
    assert len({run.sources[Source.DROPOUT].value for run in planned}) == 12


def test_a_factorial_of_single_runs_holds_the_other_sources() -> None:
    _, planned = runs(preset="factorial", cross={"split": 3, "init": 2}, seeds=1)
    assert len(planned) == 6
    assert len({run.sources[Source.DROPOUT].value for run in planned}) == 1


def test_a_versus_a_never_repeats_a_seed() -> None:
    _, planned = runs(preset="a/a", seeds=6)
    assert len({run.seed for run in planned}) == len(planned) == 12


def test_several_variants_name_their_arms() -> None:
    spec, _ = runs(preset="rounds", variants=[{"name": "x"}, {"name": "y"}], seeds=1)
    assert spec.arms[0].name == "x: nothing seeded"
    assert len(spec.arms) == 6


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "arms"),
        ({"variants": [{"name": "a"}]}, "variants"),
        ({"preset": "rounds", "arms": [{"name": "a"}]}, "arms"),
        ({"preset": "factorial"}, "cross"),
        ({"preset": "factorial", "cross": {"split": 3}}, "cross"),
        ({"preset": "factorial", "cross": {"split": 3, "augment": 3}}, "cross"),
        ({"preset": "seeds", "cross": {"split": 3, "init": 3}}, "cross"),
        ({"preset": "a/a", "variants": [{"name": "a"}, {"name": "b"}]}, "variants"),
        ({"arms": [{"name": "a", "policies": {"augment": "vary"}}]}, "arms[0].policies.augment"),
        ({"arms": [{"name": "a", "levels": {"augment": 3}}]}, "arms[0].levels.augment"),
        ({"arms": [{"name": "a"}, {"name": "b"}], "seeds": 60_000}, "seeds"),
        ({"preset": "factorial", "cross": {"split": 1000, "init": 1000}, "seeds": 1}, "seeds"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        runs(**given)
    assert caught.value.field == field


def test_more_seeds_go_on_after_the_last() -> None:
    spec, planned = runs(arms=[{"name": "a"}, {"name": "b"}], seeds=[3, 9])
    more = extend(spec, SOURCES, Draws(), [run.seed for run in planned], 2, runs=len(planned))
    assert [(run.arm, run.seed) for run in more] == [(0, 10), (1, 10), (0, 11), (1, 11)]


def test_a_factorial_takes_no_more_seeds() -> None:
    spec, _ = runs(preset="factorial", cross={"split": 2, "init": 2}, seeds=1)
    with pytest.raises(InvalidInput, match="crossed levels"):
        extend(spec, SOURCES, Draws(), [0], 1, runs=4)


def test_added_seeds_count_runs_of_every_arm_against_the_limit() -> None:
    """Two arms: 99,998 runs leave room for one more seed, 99,999 for none; seeds used are not what is counted."""
    spec, _ = runs(arms=[{"name": "a"}, {"name": "b"}], seeds=1)
    assert len(extend(spec, SOURCES, Draws(), [0], 1, runs=MAX_RUNS - 2)) == 2
    for count, present in ((1, MAX_RUNS - 1), (2, MAX_RUNS - 2), (MAX_RUNS // 2 + 1, 0)):
        with pytest.raises(InvalidInput, match=f"at most {MAX_RUNS} runs in a study") as caught:
            extend(spec, SOURCES, Draws(), [0], count, runs=present)
        assert (caught.value.field, caught.value.value) == ("seeds", count)


def test_added_seeds_end_at_the_largest_seed() -> None:
    spec, _ = runs(arms=[{"name": "a"}], seeds=1)
    assert [run.seed for run in extend(spec, SOURCES, Draws(), [MAX_SEED - 1], 1, runs=1)] == [MAX_SEED]
    with pytest.raises(InvalidInput, match="leaves room"):
        extend(spec, SOURCES, Draws(), [MAX_SEED - 1], 2, runs=1)


def test_added_seeds_skip_one_whose_value_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 5 would give `init` the value that seed 3 gave it: the next seed takes its place."""
    spec, _ = runs(arms=[{"name": "a"}], seeds=1)
    taken = derive(3, Source.INIT)
    monkeypatch.setattr(
        "seedspread.core.plan.derive",
        lambda seed, source: taken if (seed, source) == (5, Source.INIT) else derive(seed, source),
    )
    more = extend(spec, SOURCES, Draws(), [3, 4], 2, runs=2)
    assert [run.seed for run in more] == [6, 7]


def test_a_plan_counts_the_runs_of_every_arm() -> None:
    """One run over the limit is refused, whichever arm brings it."""
    with pytest.raises(InvalidInput, match=f"at most {MAX_RUNS} runs") as caught:
        runs(arms=[{"name": "a", "seeds": {"count": MAX_RUNS}}, {"name": "b", "seeds": [1]}])
    assert caught.value.value == MAX_RUNS + 1


def test_free_values_are_recorded() -> None:
    _, planned = runs(arms=[{"name": "a", "policies": {"init": "free"}}], seeds=2)
    assert [run.sources[Source.INIT].model_dump() for run in planned] == [
        {"policy": Policy.FREE, "value": value, "seed": None, "level": None} for value in (1, 2)
    ]


@pytest.mark.parametrize("preset", ["seeds", "rounds", "sources", "a/a"])
def test_an_expanded_specification_can_be_submitted_again(preset: str) -> None:
    spec, _ = runs(preset=preset, seeds=3)
    assert expand(parse(StudySpec, spec.model_dump(mode="json")), SOURCES).arms == spec.arms
