"""From a specification to stored runs: what is accepted, what is refused, and that refusing stores nothing."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from seedspread.context import Context
from seedspread.core.sources import Policy, Source
from seedspread.core.study import AdaptivePlan, ArmSpec, Preset, RuleSpec, SeedRange, StudySpec, VariantSpec
from seedspread.errors import Conflict, InvalidInput, Unavailable
from seedspread.storage import manifests, studies
from seedspread.storage.tables import RunRow, StudyRow
from seedspread.studies import submit
from tests.builders import run_ids, spec
from tests.support.brokers import FlakyBroker
from tests.waiting import until

FORTY = RuleSpec(adaptive=AdaptivePlan(max_seeds=40))


def stored(ctx: Context) -> tuple[int, int]:
    with ctx.database.reading() as session:
        studies_ = session.scalar(select(func.count()).select_from(StudyRow)) or 0
        return studies_, session.scalar(select(func.count()).select_from(RunRow)) or 0


def test_a_study_is_stored_and_its_runs_sent(ctx: Context, broker: FlakyBroker) -> None:
    submitted = submit.submit(ctx, spec(metric=None, direction=None))
    assert (submitted.created, submitted.runs) == (True, 6)
    ids = run_ids(ctx.database, submitted.study_id)
    assert sorted(broker.sent) == [(run_id, 1, "cpu") for run_id in ids]
    with ctx.database.reading() as session:
        row = session.get_one(StudyRow, submitted.study_id)
        assert (row.metric, row.direction) == ("accuracy", "maximize")
        assert session.scalar(select(func.count()).where(RunRow.sent_at.is_not(None))) == 6


def test_a_preset_is_stored_as_its_arms(ctx: Context) -> None:
    given = spec(arms=(), preset=Preset.SOURCES, seeds=SeedRange(count=2), variants=(VariantSpec(name="v"),))
    submitted = submit.submit(ctx, given)
    with ctx.database.reading() as session:
        names = [arm.name for arm in studies.arms(session, [submitted.study_id])[submitted.study_id]]
        kept = StudySpec.model_validate(session.get_one(StudyRow, submitted.study_id).spec)
    assert names == ["nothing varies", "split varies", "init varies", "all vary"]
    assert submit.prepare(ctx, kept).spec == kept, "what is stored can be submitted again"


def test_free_sources_draw_from_the_entropy_they_are_given(ctx: Context) -> None:
    arm = ArmSpec(name="a", policies={Source.INIT: Policy.FREE})
    submitted = submit.submit(ctx, spec(arms=(arm,)))
    with ctx.database.reading() as session:
        found = [manifests.read(session, run_id) for run_id in run_ids(ctx.database, submitted.study_id)]
    assert [manifest.value(Source.INIT) for manifest in found if manifest] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"recipe": "toys"}, "recipe", "one of toy"),
        ({"metric": "f1"}, "metric", "accuracy, loss"),
        ({"arms": ()}, "arms", "at least one arm"),
        ({"arms": (ArmSpec(name="a", parameters={"hiden": 1}),)}, "arms[0].parameters.hiden", "hidden, rate, data"),
        ({"arms": (ArmSpec(name="a", parameters={"hidden": 0}),)}, "arms[0].parameters.hidden", "at least 1"),
        ({"arms": (ArmSpec(name="a", parameters={"hidden": "8"}),)}, "arms[0].parameters.hidden", "integer"),
        ({"arms": (ArmSpec(name="a", parameters={"rate": math.inf}),)}, "arms[0].parameters.rate", "finite"),
        ({"arms": (ArmSpec(name="a", parameters={"rate": math.nan}),)}, "arms[0].parameters.rate", "finite"),
        ({"arms": (ArmSpec(name="a", policies={Source.DROPOUT: Policy.VARY}),)}, "policies.dropout", "split, init"),
        ({"arms": tuple(ArmSpec(name=f"a{n}") for n in range(2)), "seeds": SeedRange(count=60_000)}, "seeds", "100000"),
        ({"seeds": SeedRange(count=41), "rule": FORTY}, "seeds", "rule.adaptive.max_seeds (40)"),
        ({"arms": (ArmSpec(name="a", seeds=SeedRange(count=41)),), "rule": FORTY}, "arms[0].seeds", "max_seeds (40)"),
        ({"notes": "a\x00b"}, "notes", "NUL"),
        ({"arms": (ArmSpec(name="a", parameters={"data": "./none.csv"}),)}, "arms[0].parameters.data", "file"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_stored(
    ctx: Context, changes: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        submit.submit(ctx, spec(**changes))
    assert field in caught.value.field
    assert expected in caught.value.expected
    assert stored(ctx) == (0, 0)


def test_an_adaptive_study_starts_with_no_more_seeds_than_it_may_have(ctx: Context) -> None:
    small = RuleSpec(adaptive=AdaptivePlan(max_seeds=8))
    unsaid = spec(rule=small).model_dump(exclude={"seeds"})
    assert submit.check(ctx, StudySpec.model_validate(unsaid)).runs == 16


def test_every_fault_is_found_at_once(ctx: Context) -> None:
    arms = (ArmSpec(name="a", parameters={"hidden": 0}), ArmSpec(name="b", parameters={"rate": -1, "no": 1}))
    with pytest.raises(InvalidInput) as caught:
        submit.submit(ctx, spec(arms=arms))
    assert {fault.field for fault in caught.value.faults} == {
        "arms[0].parameters.hidden",
        "arms[1].parameters.rate",
        "arms[1].parameters.no",
    }


def test_without_any_worker_the_hint_says_to_start_one(ctx: Context) -> None:
    with ctx.database.session() as session:
        session.execute(text("DELETE FROM recipe"))
    with pytest.raises(InvalidInput) as caught:
        submit.submit(ctx, spec())
    assert caught.value.hint is not None
    assert "seedspread worker" in caught.value.hint


class TestDataFiles:
    def test_are_digested_once_and_stand_in_the_manifest(self, ctx: Context, tmp_path: Path) -> None:
        file = tmp_path / "table.csv"
        file.write_text("a,b,class\n" + "1.5,2,x\n0.5,1,y\n" * 10)
        arms = tuple(ArmSpec(name=name, parameters={"data": str(file)}) for name in ("a", "b"))
        submitted = submit.submit(ctx, spec(arms=(*arms, ArmSpec(name="c"))))
        ids = run_ids(ctx.database, submitted.study_id)
        with ctx.database.reading() as session:
            found = [manifests.read(session, run_id) for run_id in ids[:3]]
        digests = [manifest.data.get("data") for manifest in found if manifest]
        assert digests[0] is not None
        assert digests[0] == digests[1]
        assert digests[0].size_bytes == file.stat().st_size
        assert digests[2] is None, "a built-in data set has no file"

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"just one line of text"])
    def test_that_cannot_be_read_are_refused(self, ctx: Context, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "table.csv"
        file.write_bytes(content)
        with pytest.raises(InvalidInput) as caught:
            submit.submit(ctx, spec(arms=(ArmSpec(name="a", parameters={"data": str(file)}),)))
        assert caught.value.field == "arms[0].parameters.data"
        assert stored(ctx) == (0, 0)


class TestIdempotency:
    def test_the_same_again_gives_the_same_study(self, ctx: Context, broker: FlakyBroker) -> None:
        first = submit.submit(ctx, spec(), "key")
        again = submit.submit(ctx, spec(), "key")
        assert (again.study_id, again.created, again.runs) == (first.study_id, False, 6)
        assert stored(ctx) == (1, 6)
        assert len(broker.sent) == 6

    def test_it_does_so_while_the_broker_is_away(self, ctx: Context, broker: FlakyBroker) -> None:
        first = submit.submit(ctx, spec(), "key")
        broker.away = True
        assert submit.submit(ctx, spec(), "key").study_id == first.study_id

    def test_another_study_under_the_same_key_is_a_conflict(self, ctx: Context) -> None:
        submit.submit(ctx, spec(), "key")
        with pytest.raises(Conflict, match="used for another submission"):
            submit.submit(ctx, spec(name="another"), "key")

    def test_many_at_once_make_one_study(self, ctx: Context) -> None:
        with ThreadPoolExecutor(6) as pool:
            got = list(pool.map(lambda _: submit.submit(ctx, spec(), "key"), range(6)))
        assert sum(submitted.created for submitted in got) == 1
        assert len({submitted.study_id for submitted in got}) == 1
        assert stored(ctx) == (1, 6)

    @pytest.mark.parametrize("key", ["", "x" * 201, "naïve", "a\nb"])
    def test_a_key_is_short_and_printable(self, ctx: Context, key: str) -> None:
        with pytest.raises(InvalidInput, match="Idempotency-Key"):
            submit.submit(ctx, spec(), key)


class TestBroker:
    def test_away_at_the_start_stores_nothing(self, ctx: Context, broker: FlakyBroker) -> None:
        broker.away = True
        with pytest.raises(Unavailable):
            submit.submit(ctx, spec())
        assert stored(ctx) == (0, 0)

    def test_lost_after_the_commit_is_no_failure(
        self, ctx: Context, broker: FlakyBroker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def ping_then_leave(self: FlakyBroker) -> None:
            self.away = True

        monkeypatch.setattr(FlakyBroker, "ping", ping_then_leave)
        assert submit.submit(ctx, spec()).created
        assert stored(ctx) == (1, 6)
        assert broker.sent == []


def test_checking_says_what_would_be_and_stores_nothing(ctx: Context, broker: FlakyBroker) -> None:
    broker.away = True
    checked = submit.check(ctx, spec(metric=None, seeds=SeedRange(count=5)))
    assert (checked.runs, checked.spec.metric, checked.unit) == (10, "accuracy", "share")
    assert [(arm.name, arm.runs, arm.differs) for arm in checked.arms] == [("base", 5, {}), ("wide", 5, {"hidden": 16})]
    assert checked.arms[1].parameters == {"hidden": 16, "rate": 0.1, "data": "digits"}
    assert stored(ctx) == (0, 0)


def test_a_large_study_is_sent_beside_the_answer(ctx: Context, broker: FlakyBroker) -> None:
    submitted = submit.submit(ctx, spec(seeds=SeedRange(count=150)))
    assert submitted.runs == 300
    until(lambda: len(broker.sent) == 300, what="sending")
    with ctx.sending:  # until what was sent is noted
        assert len(set(broker.sent)) == 300


def test_a_baseline_names_an_arm(ctx: Context) -> None:
    """Those of a preset too, which are known only once it is expanded."""
    preset = spec(arms=(), preset=Preset.SOURCES, rule=RuleSpec(baseline="nothing varies"))
    assert submit.prepare(ctx, preset).spec.rule.baseline == "nothing varies"
    for wrong in (
        spec(rule=RuleSpec(baseline="other")),
        spec(arms=(), preset=Preset.SOURCES, rule=RuleSpec(baseline="x")),
    ):
        with pytest.raises(InvalidInput) as refused:
            submit.prepare(ctx, wrong)
        assert refused.value.field == "rule.baseline"
