"""Turn a study's specification into decision rules and conditions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seedspread.analysis.measured import PENDING, Arm, Measured, measure
from seedspread.core.recipe import IMPORTED
from seedspread.core.states import RunState
from seedspread.core.study import AdaptivePlan, StopWhen
from seedspread.stats.data.arms import ArmValues, LeftOut
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.looks import FEWEST_AT_LOOK, Payment, TakenLook, plan_changed
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.comparison import after_other_plan
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule, Pairing
from seedspread.summaries import named
from seedspread.views.adaptive import AdaptiveView, PairLooks

if TYPE_CHECKING:
    from seedspread.context import Context
    from seedspread.storage.measured import MeasuredRun

FEWEST_AT_FIRST_LOOK = 5  # a look spends error, and fewer seeds could hardly decide anything
FIRST_LOOK = 10
"""Seeds per arm at the first look of an adaptive study, where its batches allow; earlier ones could decide little."""
_SHARED = ("vary", "levels")


def pairing(a: Measured, arm_a: int, b: Measured, arm_b: int) -> Pairing:
    """Decide whether two arms are paired: by design, never by the values.

    A seed that two arms share is shared randomness if both belong to one recipe and some source follows the seed in
    both (varied, or crossed in the same way). Otherwise equal seeds mean nothing.
    """
    requested = {measured.spec.rule.paired for measured in (a, b)}
    if requested == {True}:
        return "paired"
    if False in requested or a.recipe != b.recipe:
        return "separate"
    if a.recipe == IMPORTED:
        # Trained elsewhere: which sources a seed moved is not known, and seeds of two studies may mean two things.
        return "auto" if a.study_id == b.study_id else "separate"
    first, second = a.arms[arm_a].policies, b.arms[arm_b].policies
    shared = [source for source, policy in first.items() if policy in _SHARED and second.get(source) == policy]
    return "auto" if shared else "separate"


def decision_rule(measured: Measured, how: Pairing) -> DecisionRule:
    """Return the study's decision rule.

    For a metric that does not decide, the rule has neither interim looks nor a smallest difference.
    """
    spec = measured.spec
    deciding = measured.deciding
    rule = DecisionRule(
        smallest_difference=spec.smallest_difference if deciding else None,
        direction=measured.metric.direction,
        level=spec.rule.level,
        pairing=how,
        minimum_seeds=spec.rule.minimum_seeds or FEWEST_FOR_INTERVAL,
        centre=spec.rule.centre if deciding else "mean",
    )
    adaptive = spec.rule.adaptive
    if adaptive is None or not deciding:
        return rule
    rule = _adaptive(rule, adaptive)
    return after_other_plan(rule) if plan_changed(measured.looks, adaptive.max_seeds) else rule


def among(rule: DecisionRule, comparisons: int) -> DecisionRule:
    """Return the rule of one of several comparisons.

    Planned interim looks share the error rate evenly; otherwise Holm corrects.
    """
    return replace(rule, level=1 - rule.alpha / comparisons) if rule.adaptive and comparisons > 1 else rule


def _adaptive(rule: DecisionRule, plan: AdaptivePlan) -> DecisionRule:
    most = max(plan.max_seeds, FEWEST_AT_FIRST_LOOK)
    # The first look is worth taking where a verdict is possible at all.
    wanted = min(most, max(FIRST_LOOK, plan.batch))
    first = min(most, -(-wanted // plan.batch) * plan.batch)
    return replace(
        rule,
        looks="planned",
        stop_when="narrow" if plan.stop_when is StopWhen.NARROW else "decided",
        width=plan.width,
        first_look=max(first, FEWEST_AT_FIRST_LOOK),
        look_every=plan.batch,
        most_seeds=most,
    )


def conditions(first: Measured, at: int, second: Measured, to: int) -> Conditions:
    """Return the conditions of two arms.

    They list the sources that vary, are fixed and are free in both arms, and those that differ between them.
    """
    a, b = first.arms[at], second.arms[to]
    sources = list(dict.fromkeys((*a.policies, *b.policies)))

    def alike(*kinds: str) -> tuple[str, ...]:
        return tuple(s for s in sources if a.policies.get(s) == b.policies.get(s) and a.policies.get(s) in kinds)

    def idle(source: str) -> bool:
        # A rate of 0 draws nothing, such as dropout = 0: its source follows the seed and moves no run.
        return all(arm.parameters.get(source, 1) == 0 for arm in (a, b))

    codes = (a.source_digest, b.source_digest)
    differing = tuple((s, a.policies.get(s), b.policies.get(s)) for s in sources)
    owed = next((study.payment for study in (first, second) if study.payment != Payment()), Payment())
    peeked = any(_peeked(study) for study in (first, second))
    under = Conditions(
        metric=named(first.summary, first.metric.name),
        unit=first.metric.unit,
        varied=tuple(source for source in alike(*_SHARED) if not idle(source)),
        fixed=alike("fixed"),
        free=alike("free"),
        differing=tuple(item for item in differing if item[1] != item[2]),
        # Of two studies even equal parameters may mean different code, settings or libraries.
        same_variant=first.study_id == second.study_id and a.parameters == b.parameters and len(set(codes)) == 1,
        codes=codes if len(set(codes)) == 2 else None,
        all_fixed=tuple(arm.name for arm in (a, b) if set(arm.policies.values()) == {"fixed"}),
        unseeded=tuple(arm.name for arm in (a, b) if "free" in arm.policies.values() and not _seeded(arm)),
        peeked=peeked,
        # Who reads a page of the service while runs are pending leaves no trace that the last verdict could pay for;
        # looks at studies trained elsewhere are recorded in their folders.
        unpaid=peeked and owed == Payment() and IMPORTED not in (first.recipe, second.recipe),
        exploratory=not first.deciding,
        metrics=first.exploratory_metrics,
        rising=tuple(arm.name for study, arm in ((first, a), (second, b)) if arm.position in study.rising),
        to_come=(_to_come(first, at), _to_come(second, to)),
    )
    return under.after(owed)


def _peeked(measured: Measured) -> bool:
    """Return True if runs are to come whose looks no plan pays."""
    if measured.recipe == IMPORTED and measured.spec.rule.adaptive is not None:
        return False
    return measured.pending > 0 or measured.unfinished


def shown_look(measured: Measured) -> TakenLook | None:
    """Return the look that a shown verdict on a sent study is.

    It is what `running.judge.note_look` records where the study's folder is judged. Return None for other studies, and
    before a verdict is possible.
    """
    ended = [measured.ended_of(arm.position) for arm in measured.arms if not measured.never_ran(arm.position)]
    if measured.recipe != IMPORTED or not measured.deciding or len(ended) < 2:
        return None
    rule, pending = decision_rule(measured, "auto"), _peeked(measured)
    seeds = (min if pending else max)(ended)
    planned = max(measured.planned, seeds + 1) if pending else measured.planned
    if rule.adaptive:
        # Between two looks the verdict is that of the earlier one.
        seeds, planned = max((size for size in rule.schedule() if size <= min(ended)), default=0), rule.most_seeds or 0
    return TakenLook(seeds, planned) if seeds >= FEWEST_AT_LOOK else None


def note_shown(context: Context, study_id: int, metric: str | None = None, summary: str | None = None) -> None:
    """Note a shown verdict for the watch over the study's folder.

    Nothing is noted of a look that the folder records already, nor where no folder is watched.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric.
    """
    if not context.settings.watched_folders:
        return
    measured = measure(context, study_id, metric, summary)
    look = shown_look(measured)
    if look is not None and look not in measured.looks:
        context.shown.add((study_id, look.seeds, look.planned))


def _seeded(arm: Arm) -> bool:
    return any(policy in _SHARED for policy in arm.policies.values())


def _to_come(measured: Measured, position: int) -> frozenset[int]:
    return frozenset(run.seed for run in measured.runs if run.arm == position and run.state in PENDING)


Taken = dict[tuple[int, int | None], PairLooks]


def plan_of(measured: Measured) -> AdaptiveView | None:
    """Return the study's stored adaptive plan.

    Return None before the first look and for studies that are not adaptive.
    """
    return AdaptiveView.of(measured.adaptive)


def last_look(measured: Measured, a: int, b: int | None) -> int | None:
    """Return the seeds per arm of the pair's last interim look.

    Return None if there was no look.
    """
    plan = plan_of(measured) if measured.deciding else None
    pair = next((pair for pair in plan.pairs if (pair.a, pair.b) == (a, b)), None) if plan else None
    return pair.looks[-1].n if pair is not None and pair.looks else None


def first_seeds(measured: Measured, position: int, n: int | None) -> ArmValues:
    """Return an arm's values over its first n runs (None: all)."""
    values = measured.values[position]
    if n is None:
        return values
    first = first_runs(measured, position, n)
    ids = {run.id for run in first}
    mask = np.array([int(run) in ids for run in values.runs], dtype=bool)
    excluded = {run.seed: run.excluded_reason for run in first if run.excluded_reason is not None}
    states = Counter(run.state for run in first if run.excluded_reason is None)
    failed, cancelled, pending = states[RunState.FAILED], states[RunState.CANCELLED], sum(states[s] for s in PENDING)
    missing = len(first) - len(excluded) - failed - cancelled - pending - int(mask.sum())
    left_out = LeftOut(failed, missing, cancelled, pending, excluded)
    return replace(
        values, runs=values.runs[mask], seeds=values.seeds[mask], values=values.values[mask], left_out=left_out
    )


def sample_at(measured: Measured, position: int, n: int) -> Sample | None:
    """Return an arm's sample over its first n seeds.

    Return None while one of these has not ended. Excluded and cancelled runs count as started, so excluding a seed does
    not move the look.
    """
    first = first_runs(measured, position, n)
    if len(first) < n or any(run.state in PENDING for run in first):
        return None
    return first_seeds(measured, position, n).sample()


def first_runs(measured: Measured, position: int, n: int) -> list[MeasuredRun]:
    """Return the first n runs of an arm, by position."""
    return [run for run in measured.runs if run.arm == position][:n]
