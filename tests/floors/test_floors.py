"""Noise floors in a database: what is kept, refused, and spent, also where judgements meet or are killed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seedspread.core.recipe import Direction
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.floors import judging
from seedspread.floors.conditions import MeasuredArm, of_environments
from seedspread.floors.files import import_files
from seedspread.floors.store import FloorStore
from seedspread.stats import Sample
from seedspread.stats.claims.floor import share_of_error
from seedspread.storage import studies
from seedspread.storage.database import Database
from tests.support.studies import measured_study

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DRAWN = random.Random(1)
BASE = [DRAWN.gauss(0.93, 0.006) for _ in range(20)]
CONDITIONS = {"recipe": "digits", "recipe_version": "1", "data.table": "ab12"}


@pytest.fixture
def store(database: Database) -> FloorStore:
    kept = FloorStore(database)
    arm = MeasuredArm(Sample.of("base", dict(enumerate(BASE))), "acc", Direction.MAXIMIZE, CONDITIONS, "study 3, base")
    judging.save(kept, "base", arm, NOW)
    return kept


def candidate(*values: float, conditions: dict[str, str] | None = None) -> MeasuredArm:
    return MeasuredArm(Sample.of("new", list(values)), "acc", None, CONDITIONS if conditions is None else conditions)


def test_a_floor_is_kept_with_its_conditions_and_age(store: FloorStore) -> None:
    view = judging.view_of(store.load("base"), NOW + timedelta(days=3, hours=1))
    assert (view.age_days, view.values.n, view.conditions, view.origin) == (3, 20, CONDITIONS, "study 3, base")
    assert (view.candidates, view.seeds_to_decide, view.spent, view.judged) == (71, 3, 0, [])
    assert [floor.name for floor in judging.floors(store, NOW)] == ["base"]


def test_every_judgement_is_kept_and_spends_its_share(store: FloorStore) -> None:
    first = judging.judge(store, "base", "cosine", candidate(0.955, 0.953, 0.951), NOW)
    assert (first.state, first.exit_code, first.number, first.look) == ("better", 0, 1, 1)
    second = judging.judge(store, "base", "other", candidate(0.93, 0.931, 0.935), NOW)
    assert (second.state, second.exit_code, second.number) == ("undecided", 4, 2)
    assert second.floor.spent == pytest.approx(2 * (first.alpha or 0))
    again = judging.judge(store, "base", "other", candidate(0.93, 0.931, 0.935), NOW)
    assert (again.look, again.floor.spent) == (1, second.floor.spent)
    more = judging.judge(store, "base", "other", candidate(0.93, 0.931, 0.935, 0.936, 0.934), NOW)
    assert (more.number, more.look) == (2, 2)
    assert (more.alpha or 0) < (second.alpha or 0) / 10
    assert [item.looks for item in more.floor.judged] == [1, 2]
    kept = more.floor.judged[1].judgements
    assert [(look.at, look.n, look.alpha) for look in kept] == [(NOW, 3, second.alpha), (NOW, 5, more.alpha)]
    assert [look.headline for look in kept] == [second.headline, more.headline]
    once_more = judging.judge(store, "base", "cosine", candidate(0.955, 0.953, 0.951, 0.952), NOW)
    assert (once_more.number, once_more.look) == (1, 2)
    assert [item.candidate for item in once_more.floor.judged] == ["cosine", "other"]


def test_other_conditions_are_refused_and_spend_nothing(store: FloorStore) -> None:
    other = candidate(0.955, 0.953, 0.951, conditions={**CONDITIONS, "recipe_version": "2"})
    refused = judging.judge(store, "base", "new", other, NOW)
    assert (refused.state, refused.exit_code) == ("broken", 2)
    assert "recipe_version 1 ≠ 2" in refused.headline
    assert refused.floor.judged == []
    partly = judging.judge(store, "base", "new", candidate(0.955, 0.953, 0.951, conditions={"recipe": "digits"}), NOW)
    assert (partly.state, partly.conditions_unchecked) == ("better", ["recipe_version", "data.table"])


def test_spreads_that_disagree_are_refused(store: FloorStore) -> None:
    refused = judging.judge(store, "base", "wild", candidate(0.90, 0.95, 0.99), NOW)
    assert (refused.state, refused.exit_code) == ("broken", 2)
    assert "times the floor's" in refused.headline


def test_what_cannot_be_a_floor_is_refused(store: FloorStore) -> None:
    few = MeasuredArm(Sample.of("base", BASE[:19]), "acc", Direction.MAXIMIZE)
    with pytest.raises(InvalidInput, match="20 finite values or more"):
        judging.save(store, "few", few, NOW)
    whole = MeasuredArm(Sample.of("base", BASE), "acc", Direction.MAXIMIZE)
    with pytest.raises(Conflict, match="choose another name"):
        judging.save(store, "base", whole, NOW)
    with pytest.raises(InvalidInput, match="letters, digits"):
        judging.save(store, "../base", whole, NOW)
    with pytest.raises(InvalidInput, match="direction"):
        judging.save(store, "none", MeasuredArm(whole.sample, "acc", None), NOW)
    with pytest.raises(NotFound, match="no noise floor"):
        judging.judge(store, "absent", "new", candidate(1, 2, 3), NOW)


def test_an_error_rate_and_a_number_of_candidates_have_bounds(store: FloorStore) -> None:
    arm = MeasuredArm(Sample.of("base", BASE), "acc", Direction.MAXIMIZE)
    for place, (error, candidates) in enumerate([(0.5, 1), (1e-9, 100_000)]):
        assert judging.save(store, f"bound-{place}", arm, NOW, error=error, candidates=candidates).error == error
    for error in (0.0, -0.1, 0.51):
        with pytest.raises(InvalidInput, match=r"above 0, at most 0\.5"):
            judging.save(store, "no-error", arm, NOW, error=error)
    for candidates in (-1, 100_001):
        with pytest.raises(InvalidInput, match="from 1 to 100,000"):
            judging.save(store, "no-count", arm, NOW, candidates=candidates)


def test_a_floor_of_today_or_of_a_clock_ahead_has_no_age(store: FloorStore) -> None:
    ages = [judging.view_of(store.load("base"), NOW + timedelta(hours=hours)).age_days for hours in (-30, 0, 23, 24)]
    assert ages == [0, 0, 0, 1]


def test_a_deleted_floor_takes_its_judgements_with_it(store: FloorStore) -> None:
    judging.judge(store, "base", "cosine", candidate(0.955, 0.953, 0.951), NOW)
    store.delete("base")
    with pytest.raises(NotFound, match="no noise floor"):
        store.delete("base")
    arm = MeasuredArm(Sample.of("base", BASE), "acc", Direction.MAXIMIZE)
    assert judging.save(store, "base", arm, NOW).judged == []


def test_a_floor_outlives_its_study(database: Database) -> None:
    study_id = measured_study(database, {"base": BASE})
    arm = MeasuredArm(Sample.of("base", BASE), "acc", Direction.MAXIMIZE, study_id=study_id)
    store = FloorStore(database)
    judging.save(store, "base", arm, NOW)
    assert [floor.name for floor in store.all(study_id)] == ["base"]
    assert store.all(study_id + 1) == []
    with database.session() as session:
        studies.remove(session, study_id)
    assert store.load("base").study_id is None
    with pytest.raises(NotFound, match="no study"):
        judging.save(store, "late", arm, NOW)


def test_candidates_judged_at_once_spend_a_share_each(store: FloorStore) -> None:
    """Eight connections judge eight candidates, and one of them twice."""

    def judge(name: str) -> tuple[str, int, float]:
        database = Database(str(store.database.url.render_as_string(hide_password=False)))
        shift = int(name[-1]) / 10_000
        values = candidate(0.93 + shift, 0.931 + shift, 0.935 + shift)
        judged = judging.judge(FloorStore(database), "base", name, values, NOW)
        database.dispose()
        return name, judged.number, judged.alpha or 0

    names = [f"new-{at}" for at in range(8)]
    with ThreadPoolExecutor(9) as pool:
        judged = list(pool.map(judge, [*names, "new-0"]))
    floor = store.load("base")
    assert len(set(judged)) == 8  # the candidate that was sent twice got one answer
    assert sorted(number for _, number, _ in set(judged)) == list(range(1, 9))
    assert {item.candidate: len(item.looks) for item in floor.judged} == dict.fromkeys(names, 1)
    expected = sum(share_of_error(number, 1, floor.candidates) for number in range(1, 9))
    assert judging.view_of(floor, NOW).spent == pytest.approx(expected)


def test_a_judgement_made_against_another_state_of_the_floor_is_not_stored(store: FloorStore) -> None:
    before = store.load("base")
    judging.judge(store, "base", "first", candidate(0.93, 0.931, 0.935), NOW)
    look = store.load("base").judged[0].looks[0]
    assert not store.add(before, "second", look)
    assert [item.candidate for item in store.load("base").judged] == ["first"]
    store.delete("base")
    with pytest.raises(NotFound):
        store.add(before, "second", look)


JUDGING = """
import sys
from datetime import UTC, datetime
from seedspread.floors import judging
from seedspread.floors.conditions import MeasuredArm
from seedspread.floors.store import FloorStore
from seedspread.stats import Sample
from seedspread.storage.database import Database

store = FloorStore(Database(sys.argv[1]))
for at in range(10_000):
    name = f"new-{at}"
    arm = MeasuredArm(Sample.of(name, [0.93, 0.931, 0.935]), "acc", None)
    judged = judging.judge(store, "base", name, arm, datetime.now(UTC))
    print(judged.number, judged.alpha.hex(), name, flush=True)
"""


def test_a_killed_judge_neither_loses_nor_doubles_a_share(store: FloorStore) -> None:
    """A process judges without end and is killed; what it showed is stored, and nothing is spent twice."""
    url = str(store.database.url.render_as_string(hide_password=False))
    child = subprocess.Popen([sys.executable, "-c", JUDGING, url], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    shown = [child.stdout.readline().split() for _ in range(3)]
    child.send_signal(signal.SIGKILL)
    shown += [line.split() for line in child.communicate()[0].splitlines() if line.count(" ") == 2]
    floor = store.load("base")
    stored = {
        item.candidate: (str(number), item.looks[0].alpha.hex()) for number, item in enumerate(floor.judged, start=1)
    }
    assert {name: (number, alpha) for number, alpha, name in shown}.items() <= stored.items()
    assert all(len(item.looks) == 1 for item in floor.judged)
    # At most the judgement that it was about to show is stored beyond them.
    assert len(stored) - len(shown) <= 1
    alphas = [share_of_error(number, 1, floor.candidates) for number in range(1, len(stored) + 1)]
    assert [item.looks[0].alpha for item in floor.judged] == alphas


FILE = {
    "format": "seedspread-floor/1",
    "name": "old",
    "created": "2025-12-30T10:00:00+00:00",
    "metric": "acc",
    "direction": "maximize",
    "values": BASE,
    "seeds": None,
    "failures": 1,
    "smallest_difference": None,
    "conditions": CONDITIONS,
    "origin": "study 1, base",
    "error": 0.05,
    "candidates": 71,
    "judged": [
        {
            "candidate": "cosine",
            "looks": [
                {
                    "at": "2025-12-31T10:00:00+00:00",
                    "values": [0.955, 0.953, 0.951],
                    "failures": 0,
                    "alpha": 0.0005,
                    "state": "better",
                    "headline": "cosine is better.",
                }
            ],
        }
    ],
}


def test_files_of_earlier_versions_are_moved_into_the_database_once(store: FloorStore, tmp_path: Path) -> None:
    folder = tmp_path / "floors"
    folder.mkdir()
    path = folder / "old.json"
    path.write_text(json.dumps(FILE))
    assert import_files(store, tmp_path) == []
    assert [item.name for item in folder.iterdir()] == ["old.json.imported"]
    floor = store.load("old")
    assert (floor.values, floor.failures, floor.study_id) == (BASE, 1, None)
    assert floor.created == datetime(2025, 12, 30, 10, tzinfo=UTC)
    judged = judging.judge(store, "old", "cosine", candidate(0.955, 0.953, 0.951), NOW)
    assert (judged.number, judged.look, judged.floor.spent) == (1, 1, 0.0005)
    judging.judge(store, "old", "other", candidate(0.955, 0.953, 0.951), NOW)
    # Killed between the two steps: the file is there, and the floor has moved on.
    (folder / "old.json.imported").rename(path)
    assert import_files(store, tmp_path) == []
    assert len(store.load("old").judged) == 2


def test_files_that_cannot_be_imported_say_why_and_stay(store: FloorStore, tmp_path: Path) -> None:
    folder = tmp_path / "floors"
    folder.mkdir()
    broken: dict[str, str] = {
        "a": "{",
        "b": json.dumps(FILE | {"format": "other/1"}),
        "c": json.dumps({name: value for name, value in FILE.items() if name != "judged"}),
        "d": json.dumps(FILE | {"name": "base"}),
        "e": json.dumps(FILE | {"values": BASE[:3]}),
        "f": "[]",
    }
    for name, text in broken.items():
        (folder / f"{name}.json").write_text(text)
    problems = import_files(store, tmp_path)
    expected = ("JSON document", "seedspread-floor/1", "as it was saved", "choose another name", "20 finite", "floor/1")
    assert len(problems) == 6
    for problem, words in zip(problems, expected, strict=True):
        assert words in problem
    assert len(list(folder.glob("*.json"))) == 6


def test_conditions_are_the_facts_that_may_change_results() -> None:
    facts = of_environments(
        [{"python": "3.11", "pid": 3, "packages": {"numpy": "2.4", "rich": "14"}}, {"python": "3.12"}]
    )
    assert facts == {"environment.packages.numpy": "2.4", "environment.python": "3.11 | 3.12"}
