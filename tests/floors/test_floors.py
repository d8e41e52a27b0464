"""Noise floors on the disk: what is kept, refused, and spent."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seedspread.core.recipe import Direction
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.floors import judging
from seedspread.floors.conditions import of_environments
from seedspread.floors.judging import MeasuredArm
from seedspread.floors.store import FloorStore
from seedspread.stats import Sample

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DRAWN = random.Random(1)
BASE = [DRAWN.gauss(0.93, 0.006) for _ in range(20)]
CONDITIONS = {"recipe": "digits", "recipe_version": "1", "data.table": "ab12"}


@pytest.fixture
def store(tmp_path: Path) -> FloorStore:
    kept = FloorStore(tmp_path)
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


def test_an_edited_file_says_so(store: FloorStore) -> None:
    path = store.folder / "base.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "format": "other/1"}))
    with pytest.raises(InvalidInput, match="seedspread-floor/1"):
        store.load("base")
    path.write_text("{")
    with pytest.raises(InvalidInput, match="JSON document"):
        store.load("base")
    store.delete("base")
    assert store.names() == []


def test_conditions_are_the_facts_that_may_change_results() -> None:
    facts = of_environments(
        [{"python": "3.11", "pid": 3, "packages": {"numpy": "2.4", "rich": "14"}}, {"python": "3.12"}]
    )
    assert facts == {"environment.packages.numpy": "2.4", "environment.python": "3.11 | 3.12"}
