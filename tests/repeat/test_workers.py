"""Replays on real Celery workers: trained by the one that is wanted, in a trainer of their own."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from seedspread.core.states import TERMINAL, RunState
from seedspread.storage.tables import AttemptRow
from seedspread.studies import replay
from seedspread.views.replays import ReplaysView
from tests.queue.farm import farm
from tests.waiting import until


def test_replays_go_to_the_worker_that_is_wanted(tmp_path: Path, broker_url: str) -> None:
    with farm(tmp_path, broker_url) as place:
        place.work(2)
        study = place.study(1)
        place.await_end(study)
        (run,) = place.runs(study)
        assert run.worker is not None

        def view() -> ReplaysView:
            return replay.listed(place.ctx, run.id)

        replay.start(place.ctx, run.id, worker=run.worker, times=2)
        replay.start(place.ctx, run.id, times=2)
        until(lambda: all(found.state in TERMINAL for found in view().replays), 90, "the replays")
        assert [(found.state, found.reason) for found in view().replays] == [(RunState.FINISHED, None)] * 4
        until(lambda: all(found.verdict for found in view().replays), what="the verdicts")
        assert view().sentence == "4 of 4 replays repeated the run bit for bit."
        assert all(found.worker == found.wanted_worker for found in view().replays)
        own, elsewhere = view().replays[:2], view().replays[2:]
        assert {found.worker for found in own} == {run.worker}
        assert run.worker not in {found.worker for found in elsewhere}
        with place.database.reading() as session:
            trainers = session.scalars(select(AttemptRow.trainer).where(AttemptRow.run_id != run.id)).all()
        assert trainers == ["a fresh one"] * 4
