"""What studies train on, as the database tells it."""

from __future__ import annotations

from sqlalchemy import update

from seedspread.core.manifest import DataDigest
from seedspread.core.plan import plan
from seedspread.storage import datasets, recipes, studies
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from tests.builders import NOW, entropy, recipe, run_ids, spec, store

DIGEST = DataDigest(path="/data/vines.csv", sha256="a" * 64, size_bytes=12)


def test_every_arm_with_its_data_and_its_runs(database: Database) -> None:
    older = store(database)
    given, info = spec(name="newer"), recipe()
    with database.session() as session:
        recipes.publish(session, [info], NOW)
        runs = plan(given, info.sources, entropy())
        newer = studies.insert(session, given, info, runs, {1: {"data": DIGEST}}, NOW, "s" * 64, None)
    first, second, *_ = run_ids(database, older)
    with database.session() as session:
        session.execute(update(RunRow).where(RunRow.id == second).values(replay_of=first))
    with database.reading() as session:
        found = datasets.trained(session)
    assert [(arm.study_id, arm.study, arm.recipe, arm.runs) for arm in found] == [
        (newer, "newer", "toy", 3),
        (newer, "newer", "toy", 3),
        (older, "a study", "toy", 3),
        (older, "a study", "toy", 2),
    ]
    assert [arm.data for arm in found] == [{}, {"data": DIGEST.model_dump()}, {}, {}]
    assert found[1].parameters == {"hidden": 16, "rate": 0.1, "data": "digits"}
    assert found[0].created_at == NOW
