"""Replays: fresh trainers, verdicts from the two runs, and clear words where a run cannot be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from seedspread.analysis.audit import audit
from seedspread.context import utc_now
from seedspread.core.report import FingerprintKind
from seedspread.core.states import RunState
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.observe import runs as observe_runs
from seedspread.storage import leases, workers
from seedspread.storage.search import Slice
from seedspread.storage.tables import AttemptRow
from seedspread.storage.workers import Registration
from seedspread.studies import change, replay
from seedspread.studies.diff import diff
from seedspread.views.replays import ReplaysView
from tests.repeat.lab import Lab


def replayed(lab: Lab, run_id: int, **how: object) -> ReplaysView:
    replay.start(lab.ctx, run_id, **how)  # type: ignore[arg-type]
    lab.work()
    return replay.listed(lab.ctx, run_id)


def test_a_replay_is_identical_and_counts_nowhere(quick_lab: Lab) -> None:
    first, second = quick_lab.study()
    study = quick_lab.study_of(first)
    view = replayed(quick_lab, first, times=2)
    assert view.sentence == "2 of 2 replays repeated the run bit for bit."
    for found in view.replays:
        assert found.verdict is not None
        assert found.verdict.identical
        assert (found.verdict.values, found.verdict.weights_compared) == (2, True)
    with quick_lab.database.reading() as session:
        trainers = session.scalars(select(AttemptRow.trainer).where(AttemptRow.run_id > second)).all()
    assert trainers == ["a fresh one"] * 2
    assert list(observe_runs.compact(quick_lab.ctx, study)["id"]) == [first, second]
    assert observe_runs.list_runs(quick_lab.ctx, study, "", Slice("id")).total == 2
    assert observe_runs.list_runs(quick_lab.ctx, study, "is:replay", Slice("id")).total == 2
    (gap,) = audit(quick_lab.ctx, study)
    assert gap.sentence.startswith(
        "Not examined: whether a run depends on what its worker trained before, "
        "as only first runs of a process were repeated; the effect of split, shuffle, init on the result, "
    )
    assert gap.replay == second
    replayed(quick_lab, second)
    (gap,) = audit(quick_lab.ctx, study)
    assert gap.replay is None
    assert gap.sentence.endswith("Examined: whether shuffle changes the order of the examples, whether runs repeat.")


def test_a_free_run_is_repeated_too(quick_lab: Lab) -> None:
    policies = dict.fromkeys(("split", "shuffle", "init"), "free")
    first, second = quick_lab.study(arms=[{"name": "unseeded", "policies": policies}])
    found = diff(quick_lab.ctx, first, second)
    assert "init.value" in {entry.key for entry in found.groups["seeds"]}  # type: ignore[index]
    assert [view.verdict.identical for view in replayed(quick_lab, second).replays if view.verdict] == [True]


def test_changed_code_is_told_and_allowed_when_asked(quick_lab: Lab, recipe_file: Path) -> None:
    first, _ = quick_lab.study()
    quick_lab.dismiss()
    changed = recipe_file.read_text().replace("RATE = 0.1", "RATE = 0.2").replace('version="1"', 'version="2"')
    recipe_file.write_text(changed)
    quick_lab.publish()
    with pytest.raises(Conflict) as caught:
        replay.start(quick_lab.ctx, first)
    assert "version 1 became 2" in caught.value.message
    assert f"{recipe_file.name} (+2 −2)" in caught.value.message
    (view,) = replayed(quick_lab, first, allow_changed=True).replays
    assert view.code_changed
    assert view.verdict is not None
    assert view.verdict.first_fingerprint is not None
    assert view.verdict.first_fingerprint.kind is FingerprintKind.WEIGHTS
    assert view.verdict.first_value is not None
    assert view.verdict.first_value.step == 1
    found = diff(quick_lab.ctx, first, view.run_id)
    (file,) = found.code
    marked = [line for line in file.diff.splitlines()[2:] if line[0] in "+-"]
    assert marked == ["-RATE = 0.1", "+RATE = 0.2", '-    version="1",', '+    version="2",']
    assert [finding.code.value for finding in audit(quick_lab.ctx, quick_lab.study_of(first))] == [
        "replay-diverged",
        "not-examined",
    ]


def test_a_changed_data_file_is_an_error(quick_lab: Lab, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,target\n1,0\n2,1\n3,0\n4,1\n")
    first, _ = quick_lab.study(parameters={"data": str(table)})
    assert quick_lab.row(first).state == RunState.FINISHED, quick_lab.row(first).reason
    table.write_text("a,target\n1,0\n2,1\n3,0\n5,1\n")
    with pytest.raises(InvalidInput) as caught:
        replay.start(quick_lab.ctx, first)
    assert caught.value.field == "data.data"
    assert "it has changed" in caught.value.expected


def test_what_cannot_be_repeated_says_why(quick_lab: Lab) -> None:
    first, _ = quick_lab.study()
    with pytest.raises(NotFound):
        replay.start(quick_lab.ctx, 999)
    for times in (0, 101):
        with pytest.raises(InvalidInput, match="from 1 to 100"):
            replay.start(quick_lab.ctx, first, times=times)
    with pytest.raises(InvalidInput, match="a living worker of queue 'cpu'"):
        replay.start(quick_lab.ctx, first, worker="nobody")
    replay.start(quick_lab.ctx, first)
    waiting = replay.listed(quick_lab.ctx, first).replays[0]
    assert waiting.verdict is None
    for act in (replay.start, replay.export):
        with pytest.raises(Conflict, match="is queued"):
            act(quick_lab.ctx, waiting.run_id)
    change.cancel_run(quick_lab.ctx, waiting.run_id)
    assert replay.listed(quick_lab.ctx, first).sentence == "1 did not finish."


def test_another_worker_is_preferred_as_long_as_it_lives(quick_lab: Lab) -> None:
    first, _ = quick_lab.study()
    own = quick_lab.row(first).worker
    assert own is not None
    host = own.partition(":")[0]
    now, lease_s = utc_now(), quick_lab.settings.lease_s
    with quick_lab.database.session() as session:
        for name in (f"{host}:2", "elsewhere:1"):
            workers.register(session, Registration(name, name.partition(":")[0], 1, "cpu"), now)
    replay.start(quick_lab.ctx, first, times=2)
    wanted = [view.wanted_worker for view in replay.listed(quick_lab.ctx, first).replays]
    assert wanted == ["elsewhere:1", f"{host}:2"]
    run_id = replay.listed(quick_lab.ctx, first).replays[0].run_id
    with quick_lab.database.session() as session:
        assert leases.claim(session, run_id, 1, own, now, lease_s) is None
        assert leases.wanted_elsewhere(session, run_id, 1, own, now, lease_s)
        workers.forget(session, "elsewhere:1")
        claimed = leases.claim(session, run_id, 1, own, now, lease_s)
        assert claimed is not None
        assert claimed.fresh
    replay.start(quick_lab.ctx, first, worker=own)
    assert replay.listed(quick_lab.ctx, first).replays[-1].wanted_worker == own
