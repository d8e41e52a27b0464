"""Studies as rows: stored whole, extended, edited, deleted with everything of theirs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from seedspread.core.plan import extend
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec
from seedspread.storage import manifests, measured, recipes, runs, studies
from seedspread.storage.database import Database
from seedspread.storage.tables import (
    ArmRow,
    AttemptRow,
    Base,
    ChunkRow,
    EnvironmentRow,
    FingerprintRow,
    RunRow,
    SummaryRow,
)
from tests.builders import NOW, entropy, finish, recipe, run_ids, spec, store


def test_arms_keep_what_is_complete_and_what_differs(database: Database) -> None:
    arms = (
        ArmSpec(name="base", parameters={"hidden": 8}),
        ArmSpec(name="fixed", policies={Source.SPLIT: Policy.FIXED}, levels={Source.INIT: 2}),
    )
    study_id = store(database, spec(arms=arms))
    with database.reading() as session:
        base, fixed = studies.arms(session, [study_id])[study_id]
    assert base.parameters == {"hidden": 8, "rate": 0.1, "data": "digits"}
    assert base.differs == {}
    assert base.policies == {"split": "vary", "init": "vary"}
    assert fixed.policies == {"split": "fixed", "init": "levels"}


def test_more_seeds_go_on_where_each_arm_ended(database: Database) -> None:
    study_id = store(database)
    with database.session() as session:
        taken = studies.seeds(session, study_id)
        more = extend(spec(), recipe().sources, entropy(), taken, 2, runs=6)
        studies.insert_runs(session, study_id, more, "cpu", NOW)
    with database.reading() as session:
        found = session.execute(select(RunRow.position, RunRow.seed).where(RunRow.study_id == study_id)).all()
        assert studies.size(session, study_id) == 10
    assert sorted(found) == sorted([(n, n) for n in range(5)] * 2)


def test_a_key_is_used_once(database: Database) -> None:
    study_id = store(database, key="k")
    with database.reading() as session:
        assert studies.by_key(session, "k") == (study_id, "r" * 64)
        assert studies.by_key(session, "other") is None
    with pytest.raises(IntegrityError):
        store(database, key="k")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RunRow)) == 6


def test_deleting_takes_everything_along(database: Database) -> None:
    kept, gone = store(database), store(database)
    for run_id in run_ids(database, gone) + run_ids(database, kept)[:1]:
        finish(database, run_id)
    with database.session() as session:
        assert studies.remove(session, gone)
        assert not studies.remove(session, gone)
    tables: tuple[type[Base], ...] = (RunRow, ArmRow, ChunkRow, SummaryRow, AttemptRow, FingerprintRow)
    with database.reading() as session:
        left = {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables}
    assert left == {"run": 6, "arm": 2, "chunk": 2, "summary": 2, "attempt": 1, "fingerprint": 0}


def test_texts_are_kept_as_they_are(database: Database) -> None:
    name = "<b>&amp; 'quotes' \"double\" 🎲 Ω " + "x" * 150
    study_id = store(database, spec(name=name, tags=("täg", "a'b"), notes="line\nline"))
    with database.reading() as session:
        row = studies.get(session, study_id)
        assert row is not None
        assert (row.name, row.tags, row.notes) == (name, ["täg", "a'b"], "line\nline")


def test_the_newest_recipe_of_a_name_is_current(database: Database) -> None:
    store(database)
    later = recipe(version="2", source_digest="e" * 64)
    with database.session() as session:
        recipes.publish(session, [later], NOW.replace(year=2031))
    with database.session() as session:
        current = recipes.current(session, "toy")
        assert current is not None
        assert current.version == "2"
        old = recipes.by_digest(session, "toy", "d" * 64)
        assert old is not None
        assert old.version == "1"
        assert [info.version for info in recipes.every(session)] == ["2"]
        assert recipes.current(session, "none") is None
        # A worker with the old code, started later, makes that one current again.
        recipes.publish(session, [recipe()], NOW.replace(year=2032))
        again = recipes.current(session, "toy")
        assert again is not None
        assert again.version == "1"


def test_a_manifest_says_what_the_run_was_given(database: Database) -> None:
    study_id = store(database, spec(threads=2))
    run_id = run_ids(database, study_id)[2]
    with database.reading() as session:
        manifest = manifests.read(session, run_id)
        assert manifests.read(session, 10**6) is None
    assert manifest is not None
    assert (manifest.recipe, manifest.seed, manifest.settings.threads) == ("toy", 1, 2)
    assert manifest.sources[Source.INIT].seed == 1


def test_environments_are_those_of_the_study_s_own_runs(database: Database) -> None:
    study_id = store(database)
    ids = run_ids(database, study_id)
    with database.session() as session:
        for run, digest in ((ids[0], "a"), (ids[1], "b")):
            session.add(EnvironmentRow(digest=digest * 64, content={"machine": digest}))
            session.flush()
            session.get_one(RunRow, run).environment = digest * 64
        session.get_one(RunRow, ids[1]).replay_of = ids[0]
    with database.reading() as session:
        assert measured.environments(session, study_id) == [{"machine": "a"}]


def test_a_list_of_large_studies_reads_none_of_their_rows(database: Database) -> None:
    if database.dialect != "sqlite":
        return  # PostgreSQL chooses by what it knows of the table
    study_id = store(database)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    with database.reading() as session:
        event.listen(database.engine, "before_cursor_execute", note)
        runs.counts(session, [study_id])
        event.remove(database.engine, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, parameters in statements
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if "run" in row[3]
        ]
    used = [plan.partition(" INDEX ")[2].partition(" ")[0] for plan in plans]
    assert used == ["ix_run_study_state", "ix_run_replay", "ix_run_excluded", "ix_run_diverged"]


def test_counts_and_numbers_leave_replays_out(database: Database) -> None:
    study_id = store(database)
    ids = run_ids(database, study_id)
    for run_id in ids[:3]:
        finish(database, run_id)
    with database.session() as session:
        session.get_one(RunRow, ids[1]).replay_of = ids[0]
        session.get_one(RunRow, ids[2]).excluded_reason = "broken"
    with database.reading() as session:
        counted = runs.counts(session, [study_id])[study_id]
        assert (counted.total, counted.states[RunState.FINISHED], counted.excluded) == (5, 2, 1)
        assert list(runs.deciding(session, study_id).values()) == [[0.75]]
        numbers = runs.numbers(session, study_id, "accuracy", "best")
        assert [tuple(row) for row in numbers] == [(ids[0], 0, 0, 0.75, None), (ids[2], 0, 1, 0.75, "broken")]
        assert runs.replays(session, ids[0]) == [ids[1]]
