"""Adaptive studies: seeds in batches, an interim look after each.

A step of the reconciler takes the looks that are due, queues the next batch, and stops a study once it is decided.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from seedspread.analysis.measured import Measured, measure
from seedspread.analysis.rules import among, conditions, decision_rule, first_runs, pairing, plan_of, sample_at
from seedspread.context import Context
from seedspread.core.plan import extend
from seedspread.core.sentences import STUDY_DECIDED, STUDY_UNJUDGED
from seedspread.core.states import AdaptiveState
from seedspread.core.study import StudySpec
from seedspread.errors import NotFound, SeedspreadError, Unavailable
from seedspread.stats import Interval, question_rng
from seedspread.stats.decision.adaptive import next_look
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.inference.means import mean_interval, moments
from seedspread.storage import looks as stored
from seedspread.storage import moves, recipes, studies
from seedspread.studies import sentences
from seedspread.studies.dispatch import kick
from seedspread.views.adaptive import AdaptiveView, LookTaken, PairLooks

log = structlog.get_logger(__name__)


def look_after(context: Context, now: datetime) -> None:
    """Take the looks that are due in all open adaptive studies.

    Each look queues the next batch or stops the study. A study that cannot be judged ends with its reason and does not
    affect the others.

    Raises:
        Unavailable: the database is unavailable.
    """
    with context.database.reading() as session:
        waiting = stored.still_open(session)
    for study_id in waiting:
        try:
            look(context, study_id, now)
        except Unavailable:
            raise
        except Exception as error:  # the next round would fail on the same numbers, for ever
            if not isinstance(error, SeedspreadError):
                log.exception("adaptive_look_failed", study=study_id)
            end(context, study_id, error, now)


def end(context: Context, study_id: int, error: Exception, now: datetime) -> None:
    """Close an adaptive study that cannot be judged.

    Its looks are kept, its remaining runs are cancelled.
    """
    cause = error.message if isinstance(error, SeedspreadError) else f"{type(error).__name__}: {error}"
    with context.database.session() as session:
        row = stored.locked(session, study_id)
        if row is None or not AdaptiveState.of(row.adaptive).open:
            return
        plan_spec = StudySpec.model_validate(row.spec).rule.adaptive
        if plan_spec is None:
            return
        before = AdaptiveView.of(row.adaptive)
        plan = AdaptiveView(
            open=False,
            sentence=sentences.unjudged(cause),
            problem=cause,
            stop_when=plan_spec.stop_when,
            width=plan_spec.width,
            batch=plan_spec.batch,
            max_seeds=plan_spec.max_seeds,
            budget=before.budget if before is not None else 0.0,
            plan=before.plan if before is not None else [],
            next_at=None,
            pairs=before.pairs if before is not None else [],
        )
        studies.edit(session, study_id, {"adaptive": plan.model_dump(mode="json")})
        moves.cancel(session, moves.of_study(study_id), now, STUDY_UNJUDGED)


def look(context: Context, study_id: int, now: datetime) -> AdaptiveView | None:
    """Take the looks that are due at one study; return its plan.

    Return None if the study was deleted. Several processes may call this at once: a look is a pure function of stored
    runs, and its consequences are written under the study's lock.
    """
    try:
        measured = measure(context, study_id)
    except NotFound:
        return None
    plan = with_looks(measured, now)
    if plan is None:
        return None
    with context.database.session() as session:
        row = stored.locked(session, study_id)
        current = AdaptiveState.of(None if row is None else row.adaptive)
        # More looks than ours: another process has taken one since we read the runs.
        if not current.open or current.looks > sum(len(pair.looks) for pair in plan.pairs):
            return None
        studies.edit(session, study_id, {"adaptive": plan.model_dump(mode="json")})
        added = 0
        if plan.open:
            added = _queue(context, session, measured, plan.next_at or 0, now)
        else:
            moves.cancel(session, moves.of_study(study_id), now, STUDY_DECIDED)
    kick(context, added)
    return plan


def read_plan(context: Context, study_id: int) -> AdaptiveView:
    """Return the plan of an adaptive study and its spending.

    Raises:
        NotFound: there is no such study, or it is not adaptive.
    """
    measured = measure(context, study_id)
    plan = plan_of(measured) or with_looks(measured, context.clock())
    if plan is None:
        raise NotFound("plan of study", study_id, hint="only studies with rule.adaptive have one")
    return plan


def with_looks(measured: Measured, now: datetime) -> AdaptiveView | None:
    """Return the study's plan with every look taken that is due.

    Return None for a study without an adaptive rule.
    """
    plan_spec = measured.spec.rule.adaptive
    pairs = _pairs(measured)
    if plan_spec is None or not pairs:
        return None
    stored = plan_of(measured)
    before = {(pair.a, pair.b): pair for pair in stored.pairs} if stored is not None else {}
    rules = {pair: _rule(measured, pair, len(pairs)) for pair in pairs}
    looked = [_looked(measured, rules[pair], before.get(pair, PairLooks(a=pair[0], b=pair[1])), now) for pair in pairs]
    done = all(pair.stopped_at is not None for pair in looked)
    rule = rules[pairs[0]]
    ahead = [n for n in rule.schedule() if any(_still_to_look(pair, n) for pair in looked)]
    return AdaptiveView(
        open=not done,
        sentence=_sentence(looked, done, ahead),
        stop_when=plan_spec.stop_when,
        width=plan_spec.width,
        batch=plan_spec.batch,
        max_seeds=rule.most_seeds or plan_spec.max_seeds,
        budget=rule.alpha * len(pairs),
        plan=list(rule.planned_looks()),
        next_at=None if done or not ahead else ahead[0],
        pairs=looked,
    )


def _pairs(measured: Measured) -> list[tuple[int, int | None]]:
    """Pair the baseline with every other arm.

    A single arm forms a pair with None.
    """
    others = [arm.position for arm in measured.arms if arm.position != measured.baseline]
    return [(measured.baseline, other) for other in others] or [(0, None)]


def _rule(measured: Measured, pair: tuple[int, int | None], family: int) -> DecisionRule:
    """Return the study's rule for one pair.

    Several pairs share the error rate evenly.
    """
    a, b = pair
    rule = decision_rule(measured, "separate" if b is None else pairing(measured, a, measured, b))
    return among(rule, family)


def _looked(measured: Measured, rule: DecisionRule, pair: PairLooks, now: datetime) -> PairLooks:
    looks = list(pair.looks)
    for n in rule.schedule():
        if looks and (looks[-1].stop or n <= looks[-1].n):
            continue
        look = _alone(measured, rule, pair.a, n, now) if pair.b is None else _compared(measured, rule, pair, n, now)
        if look is None:
            break
        looks.append(look)
    return PairLooks(a=pair.a, b=pair.b, looks=looks)


def _compared(measured: Measured, rule: DecisionRule, pair: PairLooks, n: int, now: datetime) -> LookTaken | None:
    """Compare n seeds of both arms.

    Return None while one of these seeds has not ended.
    """
    a, b = sample_at(measured, pair.a, n), sample_at(measured, pair.b or 0, n)
    if a is None or b is None:
        return None
    rng = question_rng("look", measured.study_id, pair.a, pair.b or 0, n)
    pair_conditions = conditions(measured, pair.a, measured, pair.b or 0)
    decision = next_look(a, b, rule, rng, replace(pair_conditions, peeked=False))
    verdict = decision.verdict
    return LookTaken(
        n=n,
        at=now,
        spent=decision.spent or 0.0,
        level=verdict.look.level if verdict.look is not None else rule.level,
        interval=verdict.interval,
        outcome=verdict.outcome,
        reason=decision.reason,
        sentence=decision.sentence,
        headline=verdict.headline,
        stop=decision.action == "stop",
    )


def _alone(measured: Measured, rule: DecisionRule, position: int, n: int, now: datetime) -> LookTaken | None:
    """Analyse one arm's mean.

    There is no comparison to decide, but the interval may be narrow enough to stop.
    """
    sample = sample_at(measured, position, n)
    if sample is None or rule.most_seeds is None:
        return None
    planned = rule.look_plan(tuple(size for size in rule.schedule() if size <= n))[-1]
    values = sample.usable
    interval: Interval | None = mean_interval(moments(values), planned.level) if values.size else None
    narrow = interval is not None and rule.width is not None and interval.width() <= rule.width
    used_up = n >= rule.most_seeds
    sentence, headline = sentences.one_arm_look(n, None if interval is None else interval.width())
    return LookTaken(
        n=n,
        at=now,
        spent=planned.spent,
        level=planned.level,
        interval=interval,
        outcome="undecided",
        reason="narrow_enough" if narrow else ("seeds_exhausted" if used_up else "too_wide"),
        sentence=sentence,
        headline=headline,
        stop=narrow or used_up,
    )


def _still_to_look(pair: PairLooks, n: int) -> bool:
    return pair.stopped_at is None and (not pair.looks or n > pair.looks[-1].n)


def _sentence(pairs: list[PairLooks], done: bool, ahead: list[int]) -> str:
    last = [pair.looks[-1].sentence for pair in pairs if pair.looks]
    return sentences.adaptive_plan(last, done=done, ahead=ahead)


def _queue(context: Context, session: Session, measured: Measured, wanted: int, now: datetime) -> int:
    """Queue the runs that the next look still needs; return their number."""
    have = min(len(first_runs(measured, arm.position, wanted)) for arm in measured.arms)
    used_seeds = studies.seeds(session, measured.study_id)
    if have >= wanted or len(used_seeds) > len({run.seed for run in measured.runs}):
        return 0  # the second: another process has added them since we looked
    row = studies.get(session, measured.study_id)
    recipe = recipes.by_digest(session, row.recipe, row.source_digest) if row is not None else None
    if recipe is None:
        return 0
    spec: StudySpec = measured.spec
    runs = studies.size(session, measured.study_id)
    added = extend(spec, recipe.sources, context.entropy, used_seeds, wanted - have, runs=runs)
    studies.insert_runs(session, measured.study_id, added, spec.device, now)
    return len(added)
