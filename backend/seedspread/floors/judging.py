"""Save noise floors, and judge candidates against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.floors.conditions import MeasuredArm, differing, of_study, unchecked
from seedspread.floors.store import Floor, FloorStore, Judged, Look
from seedspread.stats import Sample, question_rng
from seedspread.stats.claims import floor_wording
from seedspread.stats.claims.floor import (
    ERROR,
    FEWEST_CANDIDATE,
    judge_candidate,
    refused,
    seeds_to_decide,
    share_of_error,
)
from seedspread.stats.claims.statement import EXIT_CODES
from seedspread.stats.inference.means import summarise
from seedspread.views.floors import CandidateView, FloorJudgement, FloorView, LookView

_ANSWERS = {"better": "holds", "not_better": "fails"}


def arm_of_study(
    context: Context, study_id: int, arm: str | int | None, *, metric: str | None = None, summary: str | None = None
) -> MeasuredArm:
    """Return an arm of a study; None: its baseline.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such arm or metric, or runs of the arm that have not ended.
    """
    measured = measure(context, study_id, metric, summary)
    position = measured.baseline if arm is None else measured.arm(arm)
    name, values = measured.arms[position].name, measured.values[position]
    pending = measured.pending_of(position)
    if pending:
        raise InvalidInput("arm", name, f"an arm whose runs have all ended: {pending} are pending")
    origin = f"study {study_id}, {name}"
    conditions = of_study(context, measured, position)
    number = measured.metric
    return MeasuredArm(values.sample(), number.name, number.direction, conditions, origin, study_id, number.unit)


def save(
    store: FloorStore,
    name: str,
    arm: MeasuredArm,
    now: datetime,
    *,
    smallest_difference: float | None = None,
    candidates: int | None = None,
    error: float = ERROR,
) -> FloorView:
    """Keep an arm as a noise floor.

    Args:
        store: where.
        name: of the floor.
        arm: 20 finite values or more, and a direction.
        now: the time of saving.
        smallest_difference: that matters, in the metric's units; plans seeds, and bounds "not better".
        candidates: planned length of the stream; None: the longest, up to 100, in which 3 seeds can decide.
        error: chance that any candidate of a whole stream of equal arms is kept.

    Raises:
        InvalidInput: too few values, no direction, or a setting out of range.
        Conflict: there is a floor of that name.
    """
    if arm.direction is None:
        raise InvalidInput("direction", None, "maximize or minimize: which way is better")
    sample = arm.sample
    seeds = None if sample.seeds is None else sample.seeds[sample.finite].tolist()
    floor = Floor(
        name=name,
        created=now.astimezone(UTC),
        metric=arm.metric,
        direction="maximize" if arm.direction is Direction.MAXIMIZE else "minimize",
        values=sample.usable.tolist(),
        seeds=seeds,
        failures=sample.left_out,
        smallest_difference=smallest_difference,
        conditions=dict(arm.conditions),
        origin=arm.origin,
        study_id=arm.study_id,
        unit=arm.unit,
        error=error,
        candidates=candidates or 0,
    )
    store.save(floor)
    return view_of(floor, now)


def judge(store: FloorStore, name: str, candidate: str, arm: MeasuredArm, now: datetime) -> FloorJudgement:
    """Judge a candidate against a floor, and keep the judgement.

    Judging the same values again shows the first judgement and spends nothing; more seeds of a candidate are a further
    look, which spends a part that was put aside for it. Nothing is spent where conditions differ.

    Raises:
        NotFound: there is no such floor.
        InvalidInput: an empty name, or another direction than the floor's.
    """
    if not candidate.strip() or len(candidate) > 200:
        raise InvalidInput("candidate", candidate, "a name of 1 to 200 characters")
    sample = replace(arm.sample, arm=candidate)
    while True:
        # The tests run outside of any transaction, so that nobody waits for them. Where another candidate was judged
        # meanwhile, this one's share of the error rate is another, and it is judged again.
        floor = store.load(name)
        if arm.direction is not None and arm.direction != floor.direction:
            raise InvalidInput("direction", arm.direction.value, f"{floor.direction}, as the floor has it")
        judgement = _judgement(floor, sample, arm.conditions, now)
        if judgement.alpha is None or judgement.look <= len(floor.find(candidate)[1].looks):
            return judgement
        # A judgement that refused the spreads counts too: judging again until they agree would spend more.
        at, values = now.astimezone(UTC), sample.usable.tolist()
        look = Look(at, values, sample.left_out, judgement.alpha, judgement.state, judgement.headline)
        if store.add(floor, candidate, look):
            return judgement.model_copy(update={"floor": view_of(floor.with_look(candidate, look), now)})


def _judgement(floor: Floor, sample: Sample, conditions: Mapping[str, str], now: datetime) -> FloorJudgement:
    """Return the judgement of a candidate, by the floor as it is."""
    number, judged = floor.find(sample.arm)
    values, left_out = sample.usable.tolist(), sample.left_out
    same = [at for at, look in enumerate(judged.looks) if (look.values, look.failures) == (values, left_out)]
    look = same[0] + 1 if same else len(judged.looks) + 1
    alpha = share_of_error(number, look, floor.candidates, floor.error)
    conflicts = differing(floor.conditions, conditions)
    if conflicts:
        verdict = refused(floor.sample(), sample, floor_wording.conditions_differ(conflicts))
    else:
        rng = question_rng("floor", floor.name, sample.arm, look)
        verdict = judge_candidate(
            floor.sample(),
            sample,
            floor.direction,
            alpha,
            rng,
            smallest_difference=floor.smallest_difference,
            unit=floor.unit,
            next_alpha=share_of_error(number, look + 1, floor.candidates, floor.error),
        )
    return FloorJudgement(
        floor=view_of(floor, now),
        candidate=sample.arm,
        number=number,
        look=look,
        state=verdict.state,
        headline=verdict.headline,
        exit_code=EXIT_CODES[_ANSWERS.get(verdict.state, verdict.state)],
        n=verdict.n,
        interval=verdict.interval,
        p=verdict.p,
        exact_p=verdict.exact_p,
        alpha=None if conflicts or verdict.n < FEWEST_CANDIDATE else alpha,
        more=verdict.more,
        reason=verdict.reason,
        conditions_differing=conflicts,
        conditions_unchecked=unchecked(floor.conditions, conditions),
    )


def floors(store: FloorStore, now: datetime) -> list[FloorView]:
    """Return every floor, by name."""
    return [view_of(floor, now) for floor in store.all()]


def view_of(floor: Floor, now: datetime) -> FloorView:
    """Return a floor as it is shown."""
    alpha = share_of_error(len(floor.judged) + 1, 1, floor.candidates, floor.error)
    return FloorView(
        name=floor.name,
        created=floor.created,
        age_days=max(0, (now - floor.created).days),
        metric=floor.metric,
        unit=floor.unit,
        direction=Direction(floor.direction),
        smallest_difference=floor.smallest_difference,
        values=summarise(floor.sample()),
        conditions=floor.conditions,
        origin=floor.origin,
        study_id=floor.study_id,
        error=floor.error,
        candidates=floor.candidates,
        spent=sum(look.alpha for judged in floor.judged for look in judged.looks),
        seeds_to_decide=seeds_to_decide(len(floor.values), alpha),
        judged=[_candidate(judged) for judged in floor.judged],
    )


def _candidate(judged: Judged) -> CandidateView:
    last = judged.looks[-1]
    return CandidateView(
        candidate=judged.candidate,
        looks=len(judged.looks),
        at=last.at,
        n=len(last.values),
        state=last.state,
        headline=last.headline,
        judgements=[
            LookView(at=look.at, n=len(look.values), alpha=look.alpha, state=look.state, headline=look.headline)
            for look in judged.looks
        ],
    )
