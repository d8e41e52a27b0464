"""What a list says of its studies, and that one odd study spoils nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from seedspread.context import Context
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.core.study import AdaptivePlan, ArmSpec, RuleSpec, SeedRange
from seedspread.errors import InvalidInput, Unavailable
from seedspread.observe import summary as summary_module
from seedspread.observe.summary import MOST_STUDIES, study_summaries
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from seedspread.studies import adaptive
from seedspread.views.study_summary import StudySummaryView
from tests.builders import NOW, finish, run_ids, spec, store
from tests.support.studies import context_of, exclude, measured_study

LOW = [0.80, 0.81, 0.79, 0.805, 0.795, 0.80, 0.81, 0.79, 0.802, 0.798, 0.804, 0.796]
HIGH = [value + 0.05 + 0.001 * (place % 3) for place, value in enumerate(LOW)]
NEAR = [value + 0.004 * (-1) ** place for place, value in enumerate(LOW)]


@pytest.fixture
def ctx(sqlite_database: Database) -> Context:
    return context_of(sqlite_database)


def study_summary(ctx: Context, study_id: int) -> StudySummaryView:
    (found,) = study_summaries(ctx, [study_id]).items
    return found


class TestVerdict:
    def test_the_better_of_two_arms(self, ctx: Context) -> None:
        found = study_summary(ctx, measured_study(ctx.database, {"base": LOW, "wide": HIGH}))
        assert (found.standing, found.better, found.compared, found.decided) == ("decided", 1, 1, 1)
        assert found.short.startswith("wide better by 5.1")
        assert found.short.endswith(" points")
        assert found.headline.startswith("wide beats base by 5.1")

    def test_smaller_is_better(self, ctx: Context) -> None:
        study = measured_study(
            ctx.database, {"base": LOW, "wide": HIGH}, metric="loss", direction="minimize", smallest_difference=0.01
        )
        assert study_summary(ctx, study).better == 1

    def test_an_open_question_says_what_it_takes(self, ctx: Context) -> None:
        study = measured_study(ctx.database, {"base": LOW, "wide": NEAR}, smallest_difference=0.001)
        found = study_summary(ctx, study)
        assert (found.standing, found.better, found.decided) == ("undecided", None, 0)
        assert found.more_seeds
        assert found.short == f"undecided; about {found.more_seeds} more seeds per arm"

    def test_arms_that_do_not_differ(self, ctx: Context) -> None:
        study = measured_study(ctx.database, {"base": LOW, "wide": NEAR}, smallest_difference=0.05)
        assert (study_summary(ctx, study).standing, study_summary(ctx, study).short) == ("decided", "equivalent")

    def test_numbers_that_cannot_be_judged(self, ctx: Context) -> None:
        found = study_summary(ctx, measured_study(ctx.database, {"base": LOW, "wide": LOW}))
        assert (found.standing, found.short) == ("undecided", "cannot be judged: the arms gave identical values")

    @pytest.mark.parametrize(
        ("arms", "better", "short"),
        [
            ({"few": HIGH, "a": LOW, "b": LOW[::-1]}, 0, "few better than all 2 others"),
            ({"few": LOW, "a": HIGH, "b": HIGH}, 1, "a has the best mean; 2 of 2 better than few"),
            ({"few": LOW, "a": NEAR, "b": HIGH}, 2, "b better than few by 5.10 points; 1 of 2 open"),
            ({"few": HIGH, "a": HIGH[::-1], "b": LOW}, None, "few better than b; 1 of 2 open"),
        ],
    )
    def test_among_several_arms_only_the_first_is_compared_with(
        self, ctx: Context, arms: dict[str, list[float]], better: int | None, short: str
    ) -> None:
        found = study_summary(ctx, measured_study(ctx.database, arms))
        assert (found.better, found.short, found.compared) == (better, short, 2)
        assert found.standing == ("undecided" if "open" in short else "decided")


class TestWithoutComparison:
    def test_runs_to_come_are_waited_for_and_nothing_is_said_of_the_others(self, ctx: Context) -> None:
        study = measured_study(ctx.database, {"base": LOW, "wide": HIGH}, number_of_seeds=20)
        found = study_summary(ctx, study)
        assert (found.standing, found.short, found.better) == ("waiting", "waiting for 16 runs", None)

    def test_one_arm_tells_its_mean_with_its_range(self, ctx: Context) -> None:
        found = study_summary(ctx, measured_study(ctx.database, {"base": LOW}))
        assert (found.standing, found.short) == ("measured", "0.8000 ± 0.0042 (12 seeds)")
        assert found.headline.startswith("Mean accuracy: 0.8000 (95% CI 0.7958 to 0.80")
        assert study_summary(ctx, measured_study(ctx.database, {"base": LOW[:2]})).short == "0.805 (2 seeds)"

    def test_a_study_of_sources_tells_their_shares(self, ctx: Context) -> None:
        fixed, vary = Policy.FIXED, Policy.VARY
        specs = [
            ArmSpec(name="split", policies={Source.SPLIT: vary, Source.INIT: fixed}),
            ArmSpec(name="init", policies={Source.SPLIT: fixed, Source.INIT: vary}),
            ArmSpec(name="all", policies={Source.SPLIT: vary, Source.INIT: vary}),
        ]
        found = study_summary(ctx, measured_study(ctx.database, {"split": LOW, "init": NEAR, "all": HIGH}, specs=specs))
        assert found.standing == "measured"
        assert found.short.startswith("SD alone: ")
        assert found.short.endswith(" points")
        assert found.headline.startswith("Init alone spreads accuracy most: SD 0.8")

    def test_nothing_came_of_it(self, ctx: Context) -> None:
        found = study_summary(ctx, measured_study(ctx.database, {"base": [None, None], "wide": [None, None]}))
        assert (found.standing, found.short) == ("nothing", "all 4 runs failed")
        assert (found.attention.failed, found.attention.notices) == (4, 1)
        cancelled = store(ctx.database)
        with ctx.database.session() as session:
            session.execute(update(RunRow).where(RunRow.study_id == cancelled).values(state=RunState.CANCELLED))
        assert study_summary(ctx, cancelled).short == "all 6 runs were cancelled"
        assert study_summary(ctx, measured_study(ctx.database, {"a": [float("nan")] * 3})).short == "no finite value"

    def test_an_adaptive_study_says_where_its_looks_stand(self, ctx: Context) -> None:
        rule = RuleSpec(adaptive=AdaptivePlan(batch=5, max_seeds=20))
        study = measured_study(ctx.database, {"base": LOW[:10], "wide": NEAR[:10]}, rule=rule)
        before = study_summary(ctx, study).short
        adaptive.look_after(ctx, NOW)
        after = study_summary(ctx, study)
        assert before != after.short
        assert (after.standing, after.short) == (
            "waiting",
            "undecided at 10 seeds per arm; next look at 15 seeds per arm",
        )


class TestList:
    def test_findings_failures_and_exclusions(self, ctx: Context) -> None:
        study = measured_study(ctx.database, {"base": [*LOW, None], "wide": [*HIGH, float("nan")]})
        exclude(ctx.database, run_ids(ctx.database, study)[0], "odd")
        attention = study_summary(ctx, study).attention
        assert (attention.failed, attention.diverged, attention.excluded) == (1, 1, 1)
        assert attention.warnings > 0
        assert attention.first

    def test_each_once_in_the_order_asked_for_and_strangers_named(self, ctx: Context) -> None:
        one, other = (measured_study(ctx.database, {"base": LOW}) for _ in range(2))
        found = study_summaries(ctx, [other, 77, one, other])
        assert ([item.study_id for item in found.items], found.unknown) == ([other, one], [77])
        with pytest.raises(InvalidInput, match="1 to 100 studies"):
            study_summaries(ctx, range(1, MOST_STUDIES + 2))

    def test_an_answer_is_kept_until_the_study_moves(self, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        study = store(ctx.database, spec(arms=(ArmSpec(name="base"),), seeds=SeedRange(count=4)))
        for run, value in zip(run_ids(ctx.database, study), LOW, strict=False):
            finish(ctx.database, run, {"accuracy": [value]})
        request: list[int] = []
        message = summary_module.ended_statement

        def counted(*given: Any) -> summary_module.Statement:
            request.append(1)
            return message(*given)

        monkeypatch.setattr(summary_module, "ended_statement", counted)
        first, again = study_summary(ctx, study), study_summary(ctx, study)
        assert (first, len(request)) == (again, 1)
        exclude(ctx.database, run_ids(ctx.database, study)[0], "odd")
        assert study_summary(ctx, study).short != first.short
        assert len(request) == 2

    def test_one_study_that_cannot_be_compared_spoils_nothing(
        self, ctx: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = measured_study(ctx.database, {"base": LOW}), measured_study(ctx.database, {"a": LOW, "b": HIGH})

        def fails(*_: object) -> None:
            raise ZeroDivisionError("by nothing")

        monkeypatch.setattr(summary_module, "compare_all", fails)
        found = {item.study_id: item for item in study_summaries(ctx, [bad, good]).items}
        assert (found[bad].standing, found[good].standing) == ("unknown", "measured")
        assert found[bad].headline == "The study could not be compared: ZeroDivisionError: by nothing"

    def test_a_database_that_is_away_is_no_statement(self, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        study = measured_study(ctx.database, {"a": LOW, "b": HIGH})

        def away(*_: object) -> None:
            raise Unavailable("the database is away")

        monkeypatch.setattr(summary_module, "compare_all", away)
        with pytest.raises(Unavailable):
            study_summaries(ctx, [study])
