from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from seedspread.context import Context
from seedspread.floors import judging
from seedspread.floors.conditions import MeasuredArm
from seedspread.floors.store import FloorStore
from seedspread.report.build import render
from seedspread.settings import AppSettings
from seedspread.stats import Sample
from seedspread.storage.database import Database
from tests.report.odd_studies import GOLDENS, STUDIES, text
from tests.support.brokers import SilentBroker
from tests.support.studies import measured_study


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.mark.parametrize("name", STUDIES)
def test_reports_of_odd_studies_read_as_they_were_read(name: str, database: Database) -> None:
    """`python -m tests.report.odd_studies` writes them anew: read what changed before committing it."""
    assert text(database, name) == (GOLDENS / f"{name}.md").read_text()


def test_every_golden_report_has_its_study() -> None:
    assert {path.stem for path in GOLDENS.glob("*.md")} == set(STUDIES)


def test_a_report_names_the_noise_floor_kept_from_its_study(database: Database) -> None:
    drawn, now = random.Random(1), datetime(2026, 1, 2, tzinfo=UTC)
    study_id = measured_study(database, {"base": [drawn.gauss(0.93, 0.006) for _ in range(20)]})
    context = Context(database, SilentBroker(), AppSettings())
    store = FloorStore(database)
    judging.save(store, "calm", judging.arm_of_study(context, study_id, None), now)
    judging.judge(store, "calm", "cosine", MeasuredArm(Sample.of("c", [0.965, 0.963, 0.961]), "", None), now)
    report = render(context, study_id, "markdown")
    assert (
        "base is kept as the noise floor calm (20 seeds); 1 candidate judged against it, 1 better (cosine)." in report
    )
