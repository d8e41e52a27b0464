from __future__ import annotations

import random

import pytest

from seedspread.analysis.compare import compare_all
from seedspread.analysis.figures.draw import Options, draw
from seedspread.analysis.spread import noise_of_test_set
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.core.presets import expand
from seedspread.core.report import Batch, Ending, Examples
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, Preset
from seedspread.errors import InvalidInput
from seedspread.report.build import render
from seedspread.storage import leases
from seedspread.storage.database import Database
from tests.builders import LEASE_S, NOW, finish, run_ids, spec, store
from tests.figures.drawn import checked, of_role
from tests.support.studies import context_of, exclude, measured_study

DRAWN = random.Random(5)
SPLIT = [DRAWN.gauss(0, 0.01) for _ in range(6)]
INIT = [DRAWN.gauss(0, 0.004) for _ in range(6)]
CROSSED = (ArmSpec(name="base", levels={Source.SPLIT: 6, Source.INIT: 6}),)


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def crossed_study(database: Database) -> int:
    study_id = store(database, spec(arms=CROSSED, seeds=1))
    for place, run in enumerate(run_ids(database, study_id)):
        value = 0.9 + SPLIT[place // 6] + INIT[place % 6] + DRAWN.gauss(0, 0.001)
        finish(database, run, {"accuracy": [value]})
    return study_id


def test_crossed_sources_get_their_components(context: Context, database: Database) -> None:
    study_id = crossed_study(database)
    (found,) = variance(context, study_id)
    assert found.components is not None
    shares = {one.sources: one.share or 0.0 for one in found.components.components}
    assert shares[("split",)] > 0.5 > shares[("init",)] > 0.02
    assert found.headline.startswith("Split accounts for ")
    figure = draw(context, study_id, "variance", Options())
    checked(figure)
    assert len(of_role(figure, "share")) == len(shares) + 1


def test_a_missing_cell_is_counted_and_estimated_without(context: Context, database: Database) -> None:
    study_id = crossed_study(database)
    exclude(database, run_ids(database, study_id)[4], "it read the wrong file")
    (found,) = variance(context, study_id)
    assert found.components is not None
    assert (found.components.method, found.components.empty_cells, found.n) == ("REML", 1, 35)
    assert found.headline.startswith("Split accounts for ")
    assert any(line.startswith("1 of 36 cells has no usable run, so ") for line in found.detail)
    assert "it read the wrong file" in found.detail[-1]
    checked(draw(context, study_id, "variance", Options()))
    page = render(context, study_id)
    assert "Of 36 runs of crossed sources, 1 gave no value" in page
    assert "REML" in page


def test_a_crossed_table_waits_for_its_runs(context: Context, database: Database) -> None:
    study_id = store(database, spec(arms=CROSSED, seeds=1))
    for place, run in enumerate(run_ids(database, study_id)[:-1]):
        finish(database, run, {"accuracy": [0.9 + SPLIT[place // 6] + INIT[place % 6]]})
    (found,) = variance(context, study_id)
    assert found.components is None
    assert found.headline.startswith("No variance shares yet: 35 of 36 runs")


def test_sources_varied_one_at_a_time_get_their_shares(context: Context, database: Database) -> None:
    expanded = expand(spec(arms=(), preset=Preset.SOURCES), (Source.SPLIT, Source.INIT))
    spreads = {"nothing varies": 0.0, "split varies": 0.01, "init varies": 0.003, "all vary": 0.0105}
    arms = {arm.name: [0.9 + DRAWN.gauss(0, spreads[arm.name]) for _ in range(12)] for arm in expanded.arms}
    study_id = measured_study(database, arms, specs=expanded.arms)
    (found,) = variance(context, study_id)
    assert found.alone is not None
    split, init = found.alone.sources
    assert (split.source, init.source) == ("split", "init")
    assert (split.share or 0) > (init.share or 1)
    assert found.alone.floor == 0
    assert found.headline.startswith("Split alone spreads accuracy most: SD ")
    assert "With nothing varied, all 12 runs agree exactly." in found.detail
    assert "There are too few seeds for reliable shares." in found.detail
    checked(draw(context, study_id, "variance", Options()))
    assert "Is the seed applied?" not in " ".join(draw(context, study_id, "distribution", Options()).notes)
    page = render(context, study_id)
    assert "seed applied" not in page
    first_details = {view.detail[0] for view in compare_all(context, study_id).comparisons}
    assert first_details == {"Every source is held fixed there, so there is no spread to judge by."}


def test_many_seeds_divide_the_spread_without_a_warning(context: Context, database: Database) -> None:
    expanded = expand(spec(arms=(), preset=Preset.SOURCES), (Source.SPLIT, Source.INIT))
    spreads = {"nothing varies": 0.0, "split varies": 0.006, "init varies": 0.006, "all vary": 0.0105}
    arms = {arm.name: [0.9 + DRAWN.gauss(0, spreads[arm.name]) for _ in range(60)] for arm in expanded.arms}
    (found,) = variance(context, measured_study(database, arms, specs=expanded.arms, number_of_seeds=60))
    assert "too few" not in " ".join(found.detail)


def test_a_study_that_cannot_tell_is_refused_in_words(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": [0.9, 0.91, 0.92]})
    with pytest.raises(InvalidInput, match="crosses its sources"):
        variance(context, study_id)
    assert draw(context, study_id, "variance", Options()).empty


def test_noise_of_the_test_set_is_told_where_runs_share_their_examples(context: Context, database: Database) -> None:
    fixed = (ArmSpec(name="base", policies={Source.SPLIT: Policy.FIXED}), ArmSpec(name="free"))
    study_id = store(database, spec(arms=fixed))
    for run in run_ids(database, study_id):
        bits = DRAWN.getrandbits(40).to_bytes(5, "big")
        with database.session() as session:
            leases.claim(session, run, 1, "w1", NOW, LEASE_S)
            batch = Batch(epoch=1, series={"accuracy": ([1], [0.5])}, examples=Examples(40, bits))
            leases.report(session, run, 1, batch, NOW, LEASE_S)
            leases.end(session, run, 1, Ending(state=RunState.FINISHED), NOW)
    base, free = noise_of_test_set(context, study_id)
    assert base.variance is not None
    assert (base.variance.runs, base.variance.examples) == (3, 40)
    assert "fresh test set" in base.detail[-1]
    assert free.variance is None
    assert "The split varies" in free.headline
    checked(draw(context, study_id, "churn", Options()))
