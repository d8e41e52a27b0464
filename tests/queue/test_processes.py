"""Recipes that start processes and threads, trained by a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from seedspread.core.states import RunState
from seedspread.storage.tables import AttemptRow, RunRow, SummaryRow
from seedspread.studies import replay
from tests.queue.farm import Farm, farm
from tests.queue.process_recipes import ORPHAN_S

RECIPES = str(Path(__file__).with_name("process_recipes.py"))
DRAWING = ("fork", "spawn", "forkserver", "loky", "threads", "orphan")
"""Ways by which the same numbers are drawn."""
KEPT = "restored: processes kept for later calls"
LEFT = {"forkserver": KEPT, "loky": KEPT, "spawn": KEPT, "orphan": "1 process started by the run was stopped"}


def values(place: Farm) -> dict[int, float | None]:
    """The value of every run, replays with them."""
    with place.database.reading() as session:
        return {row.run_id: row.last for row in session.execute(select(SummaryRow.run_id, SummaryRow.last))}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, module_broker_url: str) -> Iterator[Farm]:
    """One worker that has the recipes, for the module."""
    with farm(tmp_path_factory.mktemp("farm"), module_broker_url) as opened:
        opened.work(recipes=RECIPES)
        yield opened


def finished(place: Farm, kinds: tuple[str, ...]) -> dict[str, RunRow]:
    """Train one run of each kind; return them."""
    studies = {kind: place.study(1, {"kind": kind}, "processes") for kind in kinds}
    runs: dict[str, RunRow] = {}
    for kind, study in studies.items():
        place.await_end(study, 120)
        (runs[kind],) = place.runs(study)
    outcomes = {kind: (run.state, run.reason) for kind, run in runs.items()}
    assert outcomes == dict.fromkeys(studies, (RunState.FINISHED, None))
    return runs


@pytest.mark.timeout(300)  # six runs, each with a process of its own, and processes within
def test_every_way_to_share_work_out_trains_alike_and_leaves_nothing(place: Farm) -> None:
    runs = finished(place, DRAWING)
    outcome = values(place)
    assert len({outcome[run.id] for run in runs.values()}) == 1
    with place.database.reading() as session:
        left = {
            row.run_id: row.left_behind for row in session.execute(select(AttemptRow.run_id, AttemptRow.left_behind))
        }
    for kind, run in runs.items():
        assert LEFT.get(kind, "") in (left[run.id] or ""), (kind, left[run.id])
    assert not [process for process in psutil.process_iter(["cmdline"]) if ORPHAN_S in (process.info["cmdline"] or [])]


@pytest.mark.timeout(300)
def test_runs_that_share_work_out_repeat_bit_for_bit(place: Farm) -> None:
    runs = finished(place, ("loky", "forest", "subprocess"))
    repeated = ("loky", "forest")
    for kind in repeated:
        replay.start(place.ctx, runs[kind].id)
    for kind in repeated:
        place.await_end(runs[kind].study_id, 120)
        assert replay.listed(place.ctx, runs[kind].id).sentence == "1 of 1 replay repeated the run bit for bit."
