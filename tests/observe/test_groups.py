"""Runs grouped by what they were trained with."""

from __future__ import annotations

import math

import pytest
from scipy import stats as sps

from seedspread.context import Context
from seedspread.core.study import ArmSpec, SeedRange
from seedspread.errors import InvalidInput, NotFound
from seedspread.observe.groups import group_runs
from seedspread.studies import change, submit
from tests.builders import finish, run_ids, spec

ARMS = (
    ArmSpec(name="base"),
    ArmSpec(name="slow", parameters={"rate": 0.01}),
    ArmSpec(name="wide", parameters={"hidden": 16}),
)
VALUES = ([0.5, 0.6, 0.7, 0.8], [0.4, 0.5, 0.6, 0.7], [0.9, 0.8, math.nan, 0.85])


@pytest.fixture
def study(ctx: Context) -> int:
    """Three arms of two parameters under four seeds; one value is not finite, one run excluded."""
    study_id = submit.submit(ctx, spec(arms=ARMS, seeds=SeedRange(count=4))).study_id
    runs = run_ids(ctx.database, study_id)
    for place, run_id in enumerate(runs):
        finish(ctx.database, run_id, {"accuracy": [VALUES[place % 3][place // 3]]})
    change.exclude_run(ctx, runs[9], "odd")
    return study_id


def test_a_group_holds_every_arm_of_its_value(ctx: Context, study: int) -> None:
    found = group_runs(ctx, study, ["hidden"])
    narrow, wide = found.groups
    assert (narrow.parameters, narrow.arms, narrow.runs, narrow.n) == ({"hidden": 8}, [0, 1], 8, 7)
    assert narrow.seeds == 4
    values = [0.5, 0.6, 0.7, 0.4, 0.5, 0.6, 0.7]
    assert narrow.mean is not None
    assert narrow.mean == pytest.approx(sum(values) / 7)
    assert narrow.sd == pytest.approx(sps.tstd(values))
    low, high = sps.t.interval(0.95, 6, loc=narrow.mean, scale=sps.sem(values))
    assert narrow.interval is not None
    assert (narrow.interval.low, narrow.interval.high) == pytest.approx((low, high))
    assert (wide.n, wide.runs, wide.minimum, wide.maximum) == (3, 4, 0.8, 0.9)


def test_all_but_the_seed_gives_a_group_an_arm_with_what_differs(ctx: Context, study: int) -> None:
    found = group_runs(ctx, study)
    assert found.by == ["hidden", "rate"]
    assert [group.arms for group in found.groups] == [[0], [1], [2]]
    assert found.groups[1].parameters == {"hidden": 8, "rate": 0.01}


def test_only_the_runs_that_are_asked_for_count(ctx: Context, study: int) -> None:
    runs = run_ids(ctx.database, study)
    found = group_runs(ctx, study, ["rate"], run_ids=runs[:6])
    assert [(group.parameters["rate"], group.n) for group in found.groups] == [(0.1, 4), (0.01, 2)]
    assert group_runs(ctx, study, ["rate"], run_ids=[]).groups == []
    assert found.groups[1].interval is None, "two runs have no interval"


def test_another_metric_and_what_there_is_not(ctx: Context, study: int) -> None:
    assert [group.n for group in group_runs(ctx, study, metric="loss").groups] == [0, 0, 0]
    with pytest.raises(InvalidInput, match="hidden, rate, data"):
        group_runs(ctx, study, ["depth"])
    with pytest.raises(NotFound, match="99"):
        group_runs(ctx, 99)
