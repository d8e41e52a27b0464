"""Check comparisons over fresh seeds and fresh test examples, where runs reported their examples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seedspread.analysis.compare import ArmOfStudy, compare_all, compare_arms
from seedspread.context import Context
from seedspread.core.report import Batch, Ending, Examples
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange
from seedspread.stats import difference_over_examples
from seedspread.storage import leases
from seedspread.storage.database import Database
from tests.builders import LEASE_S, NOW, run_ids, spec, store
from tests.support.studies import context_of

EXAMPLES = 80
Table = NDArray[np.bool_]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def tables(runs: int) -> tuple[Table, Table]:
    rng = np.random.default_rng(7)
    hard = rng.normal(0.8, 1, EXAMPLES)
    moved = hard + rng.normal(0.3, 0.8, EXAMPLES)
    first, second = (way + rng.normal(0, 0.3, (runs, EXAMPLES)) > 0 for way in (hard, moved))
    return first, second


def examples_study(database: Database, arms: tuple[Table, Table], *, accuracy: float | None = None) -> int:
    fixed = {Source.SPLIT: Policy.FIXED}
    specs = tuple(
        ArmSpec(name=name, parameters={"hidden": 8 + place}, policies=fixed)
        for place, name in enumerate(("base", "wide"))
    )
    runs = arms[0].shape[0]
    study_id = store(database, spec(arms=specs, seeds=SeedRange(count=runs)))
    for at, run in enumerate(run_ids(database, study_id)):
        row = arms[at % 2][at // 2]
        value = float(row.mean()) if accuracy is None else accuracy + 0.001 * at
        with database.session() as session:
            leases.claim(session, run, 1, "w1", NOW, LEASE_S)
            bits = Examples(EXAMPLES, np.packbits(row).tobytes())
            batch = Batch(epoch=1, series={"accuracy": ([1], [value])}, examples=bits)
            leases.report(session, run, 1, batch, NOW, LEASE_S)
            leases.end(session, run, 1, Ending(state=RunState.FINISHED), NOW)
    return study_id


def test_the_caveat_on_the_test_set_becomes_a_number(context: Context, database: Database) -> None:
    arms = tables(8)
    study_id = examples_study(database, arms)
    view = compare_all(context, study_id).comparisons[0]
    expected = difference_over_examples(*arms, paired=view.paired)
    assert view.examples == expected
    assert expected.fresh_test_set is not None
    assert expected.this_test_set is not None
    assert expected.fresh_test_set.width() > 1.2 * expected.this_test_set.width()
    codes = {caveat.code: caveat.text for caveat in view.caveats}
    assert "this_test_set" not in codes
    assert codes["fresh_test_set"].startswith("Over fresh seeds and a fresh test set of 80 examples, wide − base is +")
    assert "times as wide as for this test set" in codes["fresh_test_set"]
    one = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
    assert one.examples == expected


def test_one_run_each_is_compared_by_mcnemar(context: Context, database: Database) -> None:
    first, second = tables(1)
    view = compare_all(context, examples_study(database, (first, second))).comparisons[0]
    assert view.mcnemar is not None
    assert view.mcnemar.only_b == int(np.sum(second & ~first))
    text = next(caveat.text for caveat in view.caveats if caveat.code == "fresh_test_set")
    assert f"only wide is right on {view.mcnemar.only_b}" in text
    assert "for these two runs alone" in text


def test_a_metric_that_is_no_share_of_the_examples_keeps_the_caveat(context: Context, database: Database) -> None:
    view = compare_all(context, examples_study(database, tables(8), accuracy=0.2)).comparisons[0]
    assert view.examples is None
    assert "this_test_set" in {caveat.code for caveat in view.caveats}
