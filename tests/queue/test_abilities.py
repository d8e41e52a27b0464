"""Workers that lack something leave the work to others, and what nobody can train waits with its reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from seedspread.core.recipe import RecipeKind
from seedspread.core.states import RunState
from seedspread.observe.studies import list_studies, study
from seedspread.observe.workers import list_queues, list_workers
from seedspread.storage.search import Slice
from seedspread_worker.pool import session
from seedspread_worker.pool.abilities import Abilities, Offer, Offers
from tests.queue.farm import QUICK, Farm, Worker, farm
from tests.waiting import until

EDITED = QUICK.read_text().replace('version="1"', 'version="2"')


@pytest.fixture
def opened(tmp_path: Path, broker_url: str, sqlite_database_url: str) -> Iterator[Farm]:
    with farm(tmp_path, broker_url, sqlite_database_url, resend_s=1.0) as opened:
        yield opened


def blocked(opened: Farm, study_id: int) -> str | None:
    return study(opened.ctx, study_id).blocked


def test_a_worker_without_the_recipe_takes_no_run_of_it(opened: Farm) -> None:
    opened.work(1)
    first = opened.study(6, {"pause_s": 0.1, "steps": 2})
    opened.work(1, recipes="")
    opened.await_end(first)
    opened.assert_counted_once(first, "score", 2)
    assert {tuple(opened.attempts(run.id)) for run in opened.runs(first)} == {("finished",)}


def test_what_nobody_can_train_waits_with_its_reason_and_starts_when_somebody_can(opened: Farm, tmp_path: Path) -> None:
    able = opened.work(1)
    waiting = opened.study(4, {"pause_s": 0.3, "steps": 2})
    opened.await_running(waiting)
    able.stop()
    edited = tmp_path / "quick_recipes.py"
    edited.write_text(EDITED)
    opened.work(1, recipes=str(edited))

    until(lambda: blocked(opened, waiting) is not None, 20, "a reason")
    assert "recipe quick has other code there" in str(blocked(opened, waiting))
    assert str(blocked(opened, waiting)).endswith("or cancel these runs and add the seeds with today's code.")
    assert list_studies(opened.ctx, "", Slice("created_at")).items[0].blocked == blocked(opened, waiting)
    queue = next(view for view in list_queues(opened.ctx) if view.name == "cpu")
    assert queue.waiting[0].blocked == blocked(opened, waiting)
    assert set(opened.states(waiting)) <= {RunState.QUEUED, RunState.FINISHED}
    # Another study, by the code that this worker has, is not kept waiting by the one in front of it.
    other = opened.study(2, {"steps": 2})
    opened.await_end(other)

    opened.work(1)
    opened.await_end(waiting)
    opened.assert_counted_once(waiting, "score", 2)
    assert blocked(opened, waiting) is None


def test_an_edited_recipe_is_published_and_trained_by_a_fresh_trainer(opened: Farm, tmp_path: Path) -> None:
    own = tmp_path / "own_quick.py"
    own.write_text(QUICK.read_text().replace('name="quick"', 'name="own-quick"'))
    opened.work(1, recipes=str(own))
    first = opened.study(1, recipe="own-quick")
    opened.await_end(first)
    before = study(opened.ctx, first).source_digest

    own.write_text(own.read_text().replace("float(rng.random())", "2.0 + float(rng.random())"))
    until(lambda: study(opened.ctx, first).recipe_changed, 20, "the new code")
    second = opened.study(1, recipe="own-quick")
    opened.await_end(second)

    assert opened.states(second) == {RunState.FINISHED: 1}
    assert study(opened.ctx, second).source_digest != before
    assert study(opened.ctx, second).arms[0].mean > 2.0  # type: ignore[operator]  # it finished


def test_a_broken_file_or_a_missing_package_withholds_nothing_else(opened: Farm, tmp_path: Path) -> None:
    broken, needy_file = tmp_path / "broken.py", tmp_path / "needs_package.py"
    broken.write_text("def half(:\n")
    code = QUICK.read_text().replace('name="quick"', 'name="needy"')
    needy_file.write_text(code.replace("    rng = run", "    import no_such_package_xyz\n    rng = run"))
    opened.work(1, recipes=f"{QUICK},{broken},{needy_file}")
    view = list_workers(opened.ctx)[0]
    assert "broken.py" in view.problems[0]
    assert "SyntaxError" in view.problems[0]
    assert "quick" in (view.recipes or {})

    needy = opened.study(3, recipe="needy")
    until(lambda: blocked(opened, needy) is not None, 30, "a reason")
    assert "No module named 'no_such_package_xyz'" in str(blocked(opened, needy))
    assert opened.states(needy) == {RunState.QUEUED: 3}
    assert opened.attempts(opened.runs(needy)[0].id) == ["unable"]
    fine = opened.study(1)
    opened.await_end(fine)
    assert opened.states(fine) == {RunState.FINISHED: 1}


def test_a_missing_package_is_missed_until_packages_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, digest = tmp_path / "offers.json", "d" * 64
    file.write_text(Offers(recipes={"needy": Offer(source_digest=digest, kind=RecipeKind.FREE)}).model_dump_json())
    abilities, stamps = Abilities(file), [1]
    monkeypatch.setattr("seedspread_worker.pool.abilities.RECHECK_S", -1.0)
    monkeypatch.setattr(session, "packages_changed_ns", lambda: tuple(stamps))
    abilities.refresh()
    owner: Any = SimpleNamespace(_abilities=abilities, _heartbeat=SimpleNamespace(publish_ability=lambda: None))
    manifest: Any = SimpleNamespace(recipe="needy", source_digest=digest)
    session.WorkerSession._note_lack(owner, f"code:{digest}", "No module named 'x'", manifest)
    session.WorkerSession._note_lack(owner, "trainer", "it did not start", manifest)
    abilities.refresh()
    assert dict(abilities.ability().lacks) == {f"code:{digest}": "No module named 'x'"}  # the trainer is tried again
    stamps.append(2)
    abilities.refresh()
    assert not abilities.ability().lacks


def message(body: object, tag: str) -> str:
    delivery = {"exchange": "cpu", "routing_key": "cpu"}
    parts = {
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "seedspread.train", "id": tag, "lang": "py"},
        "properties": {"delivery_tag": tag, "body_encoding": "base64", "delivery_info": delivery},
    }
    return json.dumps(parts)


def test_messages_that_cannot_be_read_end_no_worker(shared: tuple[Farm, Worker]) -> None:
    opened, worker = shared
    garbage = [b"\xff\xfe", "not json", "{}", "[]", "7", '{"properties": {}}']
    garbage += [message([[1]], "a"), message(5, "b"), message([["x"], {}, {}], "c")]
    garbage.append(message([[1, 1, 1, 1], {}, {}], "d").replace("base64", "no-such-encoding"))
    with redis.Redis.from_url(str(opened.settings.broker_url)) as client:
        client.lpush("cpu", *garbage)
    trained = opened.study(2)
    opened.await_end(trained)
    assert opened.states(trained) == {RunState.FINISHED: 2}
    assert worker.process.is_running()
    assert len(worker.pool()) == 1
