"""The contract between a worker and the database, on both databases."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from seedspread.core.report import Batch, Ending, Examples, Fingerprint, FingerprintKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.storage import leases, recovery, series, studies
from seedspread.storage.database import Database
from seedspread.storage.leases import ClaimState
from seedspread.storage.tables import (
    AttemptRow,
    Base,
    ChunkRow,
    EnvironmentRow,
    ExamplesRow,
    FingerprintRow,
    RunRow,
    SummaryRow,
)
from tests.builders import LEASE_S, NOW, finish, run_ids, store

LATER = NOW + timedelta(seconds=5)


def row(database: Database, run_id: int) -> RunRow:
    with database.reading() as session:
        return session.get_one(RunRow, run_id)


def rows(database: Database, table: type[Base]) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def claim(database: Database, run_id: int, attempt: int = 1, worker: str = "w1") -> leases.Claimed | None:
    with database.session() as session:
        return leases.claim(session, run_id, attempt, worker, NOW, LEASE_S)


@pytest.fixture
def run(database: Database) -> int:
    return run_ids(database, store(database))[1]


class TestClaim:
    def test_gives_the_arm_and_a_complete_manifest(self, database: Database, run: int) -> None:
        claimed = claim(database, run)
        assert claimed is not None
        assert claimed.arm == "wide"
        assert claimed.manifest.parameters == {"hidden": 16, "rate": 0.1, "data": "digits"}
        assert set(claimed.manifest.sources) == {Source.SPLIT, Source.INIT}
        assert (claimed.manifest.recipe_version, claimed.manifest.seed) == ("1", 0)
        held = row(database, run)
        assert (held.state, held.worker, held.started_at) == (RunState.RUNNING, "w1", NOW)
        assert held.lease_until == NOW + timedelta(seconds=LEASE_S)

    def test_succeeds_once(self, database: Database, run: int) -> None:
        assert claim(database, run) is not None
        assert claim(database, run, worker="w2") is None
        assert row(database, run).worker == "w1"

    def test_succeeds_once_when_many_try_at_the_same_time(self, database: Database, run: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            claimed = list(pool.map(lambda number: claim(database, run, worker=f"w{number}"), range(8)))
        assert sum(got is not None for got in claimed) == 1

    @pytest.mark.parametrize("attempt", [0, 2])
    def test_refuses_another_attempt(self, database: Database, run: int, attempt: int) -> None:
        assert claim(database, run, attempt) is None

    def test_refuses_a_run_that_does_not_exist(self, database: Database) -> None:
        assert claim(database, 4711) is None


class TestReport:
    def test_stores_points_progress_and_records(self, database: Database, run: int) -> None:
        claim(database, run)
        batch = Batch(
            epoch=2,
            epochs=10,
            series={"loss": ([1, 2], [1.0, math.nan]), "accuracy": ([1, 2], [0.1, math.inf])},
            fingerprints=[Fingerprint(FingerprintKind.INITIAL, "a" * 64)],
            environment={"python": "3.11"},
            examples=Examples(3, b"\xa0"),
            log_tail="line\x00 \ud800",
        )
        with database.session() as session:
            assert leases.report(session, run, 1, batch, LATER, LEASE_S) is ClaimState.YES
        stored = row(database, run)
        assert (stored.epoch, stored.epochs, stored.step, stored.touched_at) == (2, 10, 2, LATER)
        assert stored.log_tail == "line\ufffd ?"
        assert rows(database, FingerprintRow)[0].digest == "a" * 64
        assert rows(database, EnvironmentRow)[0].content == {"python": "3.11"}
        assert rows(database, ExamplesRow)[0].correct == b"\xa0"
        with database.reading() as session:
            loss = series.read(session, [run])[run]["loss"]
        assert loss.steps.tolist() == [1, 2]
        assert loss.values[0] == 1.0
        assert math.isnan(loss.values[1])

    def test_said_twice_is_stored_once(self, database: Database, run: int) -> None:
        claim(database, run)
        for values in ([1.0], [1.0, 0.5]):
            batch = Batch(epoch=1, series={"loss": (range(1, len(values) + 1), values)})
            with database.session() as session:
                leases.report(session, run, 1, batch, NOW, LEASE_S)
        with database.reading() as session:
            assert series.read(session, [run])[run]["loss"].values.tolist() == [1.0, 0.5]

    def test_keeps_few_chunks_however_often_it_reports(self, database: Database, run: int) -> None:
        claim(database, run)
        for step in range(2 * series.MERGE_ABOVE + 5):
            with database.session() as session:
                leases.report(session, run, 1, Batch(series={"loss": ([step], [float(step)])}), NOW, LEASE_S)
        assert len(rows(database, ChunkRow)) <= series.MERGE_ABOVE
        with database.reading() as session:
            assert series.read(session, [run])[run]["loss"].values.tolist() == list(range(2 * series.MERGE_ABOVE + 5))

    def test_hears_of_a_cancellation_and_still_stores(self, database: Database, run: int) -> None:
        claim(database, run)
        with database.session() as session:
            session.get_one(RunRow, run).cancel_requested = True
        with database.session() as session:
            assert leases.beat(session, run, 1, "w1", NOW, LEASE_S) is ClaimState.CANCEL
            assert (
                leases.report(session, run, 1, Batch(series={"loss": ([1], [1.0])}), NOW, LEASE_S) is ClaimState.CANCEL
            )
        assert len(rows(database, ChunkRow)) == 1


class TestFencing:
    """Whoever lost the claim changes nothing."""

    @pytest.fixture(params=["requeued", "released", "ended", "deleted"])
    def lost(self, request: pytest.FixtureRequest, database: Database, run: int) -> int:
        claim(database, run)
        take: dict[str, Callable[[Any], object]] = {
            "requeued": lambda s: recovery.requeue(s, run, 1, NOW + timedelta(seconds=60), 4),
            "released": lambda s: leases.release(s, run, 1, NOW),
            "ended": lambda s: leases.end(s, run, 1, Ending(state=RunState.FINISHED), NOW),
            "deleted": lambda s: studies.remove(s, s.get_one(RunRow, run).study_id),
        }
        with database.session() as session:
            assert take[request.param](session)
        return run

    def test_every_word_of_the_loser_is_refused(self, database: Database, lost: int) -> None:
        with database.session() as session:
            assert leases.beat(session, lost, 1, "w1", LATER, LEASE_S) is ClaimState.LOST
            assert (
                leases.report(session, lost, 1, Batch(series={"loss": ([1], [9.0])}), LATER, LEASE_S) is ClaimState.LOST
            )
            assert leases.end(session, lost, 1, Ending(state=RunState.FINISHED), LATER) is False
            assert leases.release(session, lost, 1, LATER) is None
        assert rows(database, ChunkRow) == []

    def test_a_beat_under_another_name_is_refused(self, database: Database, run: int) -> None:
        claim(database, run)
        with database.session() as session:
            assert leases.beat(session, run, 1, "w2", NOW, LEASE_S) is ClaimState.LOST


class TestEnd:
    def test_merges_and_summarises(self, database: Database, run: int) -> None:
        claim(database, run)
        for step, (loss, accuracy) in enumerate([(2.0, 0.1), (math.inf, 0.9), (1.0, 0.8)], start=1):
            batch = Batch(epoch=step, series={"loss": ([step], [loss]), "accuracy": ([step], [accuracy])})
            with database.session() as session:
                leases.report(session, run, 1, batch, NOW, LEASE_S)
        with database.session() as session:
            ending = Ending(state=RunState.FINISHED, duration_s=2.5, cpu_s=2.0, log_tail="bye")
            assert leases.end(session, run, 1, ending, LATER)
        stored = row(database, run)
        assert (stored.state, stored.finished_at, stored.duration_s, stored.cpu_s) == ("finished", LATER, 2.5, 2.0)
        assert (stored.diverged, stored.lease_until, stored.log_tail) == (True, None, "bye")
        summaries = {summary.metric: summary for summary in rows(database, SummaryRow)}
        loss_, accuracy_ = summaries["loss"], summaries["accuracy"]
        assert (loss_.last, loss_.best, loss_.best_step, loss_.min, loss_.max) == (1.0, 1.0, 3, 1.0, 2.0)
        assert (loss_.count, loss_.non_finite) == (3, 1)
        assert (accuracy_.last, accuracy_.best, accuracy_.best_step) == (0.8, 0.9, 2)
        assert sorted((chunk.metric, chunk.count) for chunk in rows(database, ChunkRow)) == [
            ("accuracy", 3),
            ("loss", 3),
        ]
        attempt = rows(database, AttemptRow)[0]
        assert (attempt.state, attempt.ended_at) == ("finished", LATER)

    def test_nothing_but_nan_has_no_best(self, database: Database, run: int) -> None:
        finish(database, run, {"loss": [math.nan, math.nan]})
        summary = rows(database, SummaryRow)[0]
        assert math.isnan(summary.last)
        assert math.isnan(summary.best)
        assert (summary.best_step, summary.non_finite) == (None, 2)
        assert row(database, run).diverged

    def test_a_run_without_points_ends_too(self, database: Database, run: int) -> None:
        finish(database, run, {}, state=RunState.FAILED, reason="it raised")
        stored = row(database, run)
        assert (stored.state, stored.reason, stored.diverged) == ("failed", "it raised", False)
        assert rows(database, SummaryRow) == []


class TestRelease:
    def test_queues_the_next_attempt(self, database: Database, run: int) -> None:
        claim(database, run)
        with database.session() as session:
            assert leases.release(session, run, 1, NOW) == 2
        assert claim(database, run, 1) is None
        assert claim(database, run, 2) is not None
        assert [(a.number, a.state) for a in rows(database, AttemptRow)] == [(1, "released"), (2, "running")]

    def test_cancels_where_a_person_asked_for_it(self, database: Database, run: int) -> None:
        claim(database, run)
        with database.session() as session:
            session.get_one(RunRow, run).cancel_requested = True
        with database.session() as session:
            assert leases.release(session, run, 1, NOW) is None
        stored = row(database, run)
        assert (stored.state, stored.attempt, stored.cancel_requested) == ("cancelled", 1, False)


class TestLastReport:
    BATCH = Batch(
        epoch=2,
        epochs=2,
        series={"accuracy": ([1, 2], [0.5, 0.75]), "loss": ([1, 2], [1.0, float("nan")])},
        fingerprints=[Fingerprint(FingerprintKind.FINAL, "f" * 64)],
        environment={"python": "3.11"},
        log_tail="the log",
    )

    @staticmethod
    def stored(database: Database, run_id: int) -> list[object]:
        """Everything that is stored of a run, apart from its id."""
        with database.reading() as session:
            run = session.get_one(RunRow, run_id)
            points = series.read(session, [run_id])[run_id]
            summaries = session.execute(
                select(SummaryRow.metric, SummaryRow.last, SummaryRow.best, SummaryRow.count, SummaryRow.non_finite)
                .where(SummaryRow.run_id == run_id)
                .order_by(SummaryRow.metric)
            ).all()
            prints = session.execute(
                select(FingerprintRow.kind, FingerprintRow.step, FingerprintRow.digest).where(
                    FingerprintRow.run_id == run_id
                )
            ).all()
            attempts = session.execute(select(AttemptRow.state).where(AttemptRow.run_id == run_id)).all()
            chunks = session.scalar(select(func.count()).select_from(ChunkRow).where(ChunkRow.run_id == run_id))
            row = (run.state, run.epoch, run.epochs, run.step, run.environment, run.log_tail, run.diverged, run.cpu_s)
            lines = {metric: (of.steps.tolist(), of.values.tobytes()) for metric, of in points.items()}
            return [row, lines, list(map(str, summaries)), list(map(tuple, prints)), list(map(tuple, attempts)), chunks]

    def test_the_end_stores_the_same_as_report_and_end_would(self, database: Database) -> None:
        ids = run_ids(database, store(database))[:3]
        ending = Ending(RunState.FINISHED, cpu_s=0.5)
        with database.session() as session:
            for run_id in ids:
                assert leases.claim(session, run_id, 1, "w1", NOW, LEASE_S) is not None
        with database.session() as session:
            assert leases.report(session, ids[0], 1, self.BATCH, NOW, LEASE_S) is ClaimState.YES
        with database.session() as session:
            assert leases.end(session, ids[0], 1, ending, NOW)
        with database.session() as session:
            assert leases.end(session, ids[1], 1, ending, NOW, last=self.BATCH, only=True)
        first = Batch(epoch=1, epochs=2, series={"accuracy": ([1], [0.5]), "loss": ([1], [1.0])})
        with database.session() as session:
            assert leases.report(session, ids[2], 1, first, NOW, LEASE_S) is ClaimState.YES
        with database.session() as session:
            assert leases.end(session, ids[2], 1, ending, NOW, last=self.BATCH)
        stored = [self.stored(database, run_id) for run_id in ids]
        assert stored[0] == stored[1] == stored[2]
        assert stored[0][-1] == 2

    def test_an_attempt_that_lost_its_claim_stores_nothing(self, database: Database) -> None:
        run_id = run_ids(database, store(database))[0]
        with database.session() as session:
            leases.claim(session, run_id, 1, "w1", NOW, LEASE_S)
            assert leases.release(session, run_id, 1, NOW) == 2
        with database.session() as session:
            assert not leases.end(session, run_id, 1, Ending(RunState.FINISHED), NOW, last=self.BATCH, only=True)
        with database.reading() as session:
            assert series.read(session, [run_id], attempt=1) == {}
            assert session.scalar(select(func.count()).select_from(FingerprintRow)) == 0
