"""Reaching a database, its schema, and what happens when it is away."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, select, text

from seedspread.errors import InvalidInput, SchemaTooNew, Unavailable
from seedspread.storage import studies
from seedspread.storage.database import Database, _alembic_config, _SharedMarks, revisions_known, shown_url
from seedspread.storage.tables import Base, RunRow, StudyRow, SummaryRow
from seedspread.storage.upkeep import integrity
from tests.builders import finish, run_ids, store
from tests.support.rows import contents, fill, rows


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_processes_that_start_together_upgrade_once(database_url: str) -> None:
    opened = [Database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.upgrade, opened))
    with opened[0].reading() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    for database in opened:
        database.upgrade()
        database.dispose()


def test_areas_of_stored_series_are_computed_by_the_migration(database: Database) -> None:
    study_id = store(database)
    first, second = run_ids(database, study_id)[:2]
    finish(database, first, {"accuracy": [0.0, 1.0, 1.0], "loss": [2.0]})
    finish(database, second, {"accuracy": [0.5, math.nan]})
    with database.engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0015")
        assert "area" not in {column["name"] for column in inspect(connection).get_columns("summary")}
    database.upgrade()
    with database.reading() as session:
        rows = session.execute(select(SummaryRow.run_id, SummaryRow.metric, SummaryRow.area)).all()
    assert {(run, metric): area for run, metric, area in rows if area == area} == {
        (first, "accuracy"): 0.75,
        (first, "loss"): 2.0,
    }
    assert len(rows) == 3


def test_rows_of_every_older_revision_survive_every_migration_up_and_down(database_url: str) -> None:
    database = Database(database_url)
    revisions = revisions_known()
    inserted: list[int] = []
    with database.engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = lambda **_: inserted.append(fill(connection, len(inserted)))
        command.upgrade(config, "head")
    expected = sum(inserted)
    assert len(inserted) == len(revisions)
    assert database.revision() == revisions[-1]
    with database.engine.connect() as connection:
        first = contents(connection)
    # Migration 0010 adds rows of its own, so that nobody is told of what happened before there were alerts.
    written = {name: len(listed) for name, listed in first.items() if name != "alert"}
    assert sum(written.values()) + len(rows(0)["alert"]) * (len(revisions) - 9) == expected
    assert integrity.contradictions(database) == []
    assert integrity.damaged_pages(database) == []
    with database.reading() as session:
        for mapper in Base.registry.mappers:
            assert session.scalars(select(mapper.class_)).all()
        areas = session.scalars(select(SummaryRow.area).where(SummaryRow.metric == "accuracy")).all()
    # Rows of schemas with areas come without one here; the migration computed the others'.
    assert areas.count(0.5) == revisions.index("0016")
    with database.engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    database.upgrade()
    with database.engine.connect() as connection:
        second = contents(connection)
    lost = {"change", "data_file", "data_part", "floor_look", "noise_floor", "part", "run_file", "saved_view"}
    lost |= {"share", "token", "usage"}
    assert {name for name in first if len(second[name]) < len(first[name])} == lost
    assert second["chunk"] == first["chunk"]
    assert integrity.contradictions(database) == []
    database.dispose()


def test_a_schema_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database = Database(database_url)
    database.check_schema()
    database.upgrade()
    database.check_schema()
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (database.check_schema, database.upgrade):
        with pytest.raises(SchemaTooNew, match=r"has schema 9999, but Seedspread \S+ knows schemas up to \d{4}"):
            refuse()
    database.dispose()


def test_no_secret_of_a_url_is_shown() -> None:
    url = make_url("postgresql+psycopg://me:hunter2@127.0.0.1/x?password=hunter3&sslkey=/secret")
    assert shown_url(url) == "postgresql+psycopg://me:***@127.0.0.1/x?password=hidden&sslkey=hidden"


def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    study_id = store(database)

    def edited_in_vain() -> None:
        with database.session() as session:
            studies.edit(session, study_id, {"name": "changed"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        edited_in_vain()
    with database.reading() as session:
        assert session.get_one(StudyRow, study_id).name == "a study"


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'not' / 'there' / 'x.db'}")
    database.upgrade()
    database.ping()
    database.dispose()


def test_ids_are_never_used_again(database: Database) -> None:
    first = store(database)
    with database.session() as session:
        last_run = session.scalars(select(RunRow.id).order_by(RunRow.id.desc())).first()
        studies.remove(session, first)
    second = store(database)
    assert second > first
    with database.reading() as session:
        assert min(session.scalars(select(RunRow.id))) > (last_run or 0)


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    study_id = store(database)
    with database.session() as writing, database.reading() as reading:
        studies.edit(writing, study_id, {"name": "changed"})
        assert reading.get_one(StudyRow, study_id).name == "a study"


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://nobody:secret@127.0.0.1:1/none", "sqlite:////proc/no/such/folder/x.db"],
)
def test_a_database_that_is_away_is_said_to_be(url: str) -> None:
    database = Database(url)
    with pytest.raises(Unavailable) as caught:
        database.ping()
    assert "does not answer" in caught.value.message
    assert caught.value.hint is not None
    assert "secret" not in caught.value.hint
    database.dispose()


@pytest.mark.parametrize("url", ["no url", "mysql://host/name", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="database_url"):
        Database(url)


def test_a_mark_is_the_same_exactly_as_long_as_nothing_is_committed(database: Database) -> None:
    other = Database(str(database.url))
    study_id = store(database)
    mark = database.mark()
    with other.reading() as session:
        assert session.get(StudyRow, study_id) is not None
    assert database.mark() == mark

    with other.session() as session:
        studies.edit(session, study_id, {"name": "another"})
        assert database.mark() == mark or database.dialect == "postgresql", "not yet committed"
        before = database.mark()
    assert database.mark() not in (mark, before)

    mark = database.mark()
    with database.session() as session:
        studies.edit(session, study_id, {"name": "by this process"})
    assert database.mark() != mark
    other.dispose()


def test_a_mark_outlives_its_connection(database: Database) -> None:
    marks = [database.mark(), database.mark()]
    assert marks[0] == marks[1]
    database._marker.dbapi_connection.close()
    assert database.mark() != marks[0], "it cannot know what was committed meanwhile"
    database.dispose()
    assert database.mark() is not None


def test_many_threads_share_a_reading_that_began_after_they_asked() -> None:
    marks, gate = _SharedMarks(), threading.Barrier(20)
    begun: list[float] = []

    def read() -> float:
        begun.append(time.monotonic())
        mark = begun[-1]
        time.sleep(0.05)
        if len(begun) == 2:
            raise Unavailable("the database is away for a moment")
        return mark

    def ask(_: int) -> float | None:
        gate.wait()
        asked = time.monotonic()
        try:
            mark = marks.newest(read)
        except Unavailable:
            return None
        assert isinstance(mark, float)
        return mark - asked

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    waited = [answer for answer in answers if answer is not None]
    assert len(waited) == 19, "only the one whose own reading failed hears of it"
    assert min(waited) >= 0
    assert len(begun) <= 5
