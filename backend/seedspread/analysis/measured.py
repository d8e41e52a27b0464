"""Measured values of a study by arm, for statistics and figures.

What reads the database imports it in the function: run folders and files are judged without, and half of all the time
that takes to start would go into it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats as sps

from seedspread.analysis import sentences
from seedspread.core.recipe import IMPORTED, Direction, MetricInfo, RecipeInfo, step_name
from seedspread.core.states import RunState
from seedspread.core.study import StudySpec
from seedspread.errors import InvalidInput, NotFound
from seedspread.stats import Sample
from seedspread.stats.data.arms import ArmSeries, ArmValues, LeftOut
from seedspread.stats.data.looks import Payment, TakenLook, payment
from seedspread.summaries import EXPECTED, SUMMARIES, first_step, logged, named, spellings
from seedspread.views.statistics import ComparedArm, ExcludedRun

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from seedspread.context import Context
    from seedspread.storage.measured import MeasuredRun
    from seedspread.storage.series import Series
    from seedspread.storage.tables import ArmRow, StudyRow

PENDING = (RunState.QUEUED, RunState.RUNNING)
_ENDED = (RunState.FINISHED, RunState.FAILED)
_FEWEST_STEPS = 5  # of fewer values the best is the last too often
_BY_CHANCE = 0.01  # chance with which level curves are said to rise
_FEW_CURVES = 16  # runs of an arm whose series tell how much it improved at the end


@dataclass(frozen=True)
class Arm:
    """Arm with the facts that statistics need.

    `policies` maps each source to vary, fixed, free or levels.
    """

    position: int
    name: str
    parameters: Mapping[str, Any]
    differs: Mapping[str, Any]
    policies: Mapping[str, str]
    source_digest: str = ""


@dataclass(frozen=True, eq=False)
class Measured:
    """Study with one number per run of one metric.

    `revision` changes with every change of a run. `values` holds one entry per arm; excluded runs are left out of it
    and named in `left_out`. `runs` are all runs by arm, without replays. `step_name` names a step of a series.
    `batches` are the numbers of seeds requested before any run had ended, then of those added later, batch by batch.
    `reported` counts the metrics that its runs reported. `planned` and `looks` are those of a study trained elsewhere:
    its seeds per arm, 0 without a plan, and the verdicts that were shown.
    """

    study_id: int
    name: str
    revision: str
    recipe: str
    recipe_version: str
    spec: StudySpec
    metric: MetricInfo
    summary: str
    arms: tuple[Arm, ...]
    values: tuple[ArmValues, ...]
    runs: tuple[MeasuredRun, ...]
    adaptive: Mapping[str, Any] | None
    step_name: str
    batches: tuple[int, ...]
    reported: int = 1
    planned: int = 0
    looks: tuple[TakenLook, ...] = ()
    rising: frozenset[int] = frozenset()

    @property
    def shown(self) -> MetricInfo:
        """Metric as figures name it, with the area if that is used."""
        return self.metric.model_copy(update={"name": named(self.summary, self.metric.name)})

    @property
    def curve(self) -> MetricInfo:
        """Metric that its curves show.

        Of a first step it is the metric that the condition is about.
        """
        condition = first_step(self.metric.name)
        if condition is None:
            return self.metric
        direction = Direction.MAXIMIZE if condition.relation in (">", ">=") else Direction.MINIMIZE
        return MetricInfo(name=condition.metric, direction=direction)

    @property
    def pending(self) -> int:
        """Runs that have not ended yet."""
        return sum(run.state in PENDING for run in self.runs)

    def ended_of(self, position: int) -> int:
        """Return how many runs of an arm have finished or failed."""
        return sum(run.arm == position and run.state in _ENDED for run in self.runs)

    @property
    def unfinished(self) -> bool:
        """True if an arm of a study trained elsewhere lacks planned runs.

        An arm of which every run failed is not expected to go on.
        """
        going_on = [arm.position for arm in self.arms if not self.never_ran(arm.position)]
        return any(self.ended_of(position) < self.planned for position in going_on)

    def never_ran(self, position: int) -> bool:
        """Return True if all runs of an arm failed."""
        states = {run.state for run in self.runs if run.arm == position}
        return RunState.FAILED in states and not states & {RunState.FINISHED, *PENDING}

    @property
    def payment(self) -> Payment:
        """Looks that a verdict on the study has to pay for."""
        if self.recipe != IMPORTED:
            return Payment(added=self.batches if len(self.batches) > 1 else ())
        ended = max((self.ended_of(arm.position) for arm in self.arms), default=0)
        adaptive = self.spec.rule.adaptive
        if adaptive is None:
            return payment(self.looks, ended, self.planned)
        # Looks of its plan are paid for by the plan.
        return payment((look for look in self.looks if look.planned != adaptive.max_seeds), ended, 0)

    @property
    def compared(self) -> tuple[int, ...]:
        """Return the positions of the arms that are compared.

        Of a study trained elsewhere, an arm that never ran is not: its failures say nothing about its quality. So says
        `running.judge.judge_arms` of its folder too.
        """
        every = tuple(arm.position for arm in self.arms)
        if self.recipe != IMPORTED:
            return every
        living = tuple(position for position in every if not self.never_ran(position))
        return living if len(living) > 1 and self.baseline in living else every

    def pending_of(self, position: int) -> int:
        """Return how many runs of an arm have not ended yet."""
        return sum(run.arm == position and run.state in PENDING for run in self.runs)

    @property
    def deciding(self) -> bool:
        """True if this is the number that decides the study."""
        return self.metric.name == self.spec.metric and self.summary == self.spec.summary

    @property
    def baseline(self) -> int:
        """Return the position of the baseline.

        It is the arm that the rule names, else the first.
        """
        return next((arm.position for arm in self.arms if arm.name == self.spec.rule.baseline), 0)

    @property
    def exploratory_metrics(self) -> int:
        """Number of metrics beside the deciding one; 0 for that one."""
        return 0 if self.deciding else max(1, self.reported - 1)

    def looked_at(self, a: int, b: int) -> int:
        """Return the comparisons that a verdict on two arms is corrected for.

        These are the others against a baseline that was named beforehand (an adaptive plan names one), else all pairs;
        of a metric that does not decide the study, as many for each of the metrics beside the one that does.
        """
        arms, metrics = len(self.compared), max(1, self.exploratory_metrics)
        planned = self.deciding and self.spec.rule.adaptive is not None
        if (self.spec.rule.baseline is not None or planned) and self.baseline in (a, b):
            # A plan shares its error rate before it is known which arms run.
            return metrics * max(1, (len(self.arms) if planned else arms) - 1)
        return metrics * max(1, arms * (arms - 1) // 2)

    def arm(self, name_or_position: str | int, field: str = "arm") -> int:
        """Return an arm's position by its name or position.

        Raises:
            InvalidInput: the study has no such arm.
        """
        for arm in self.arms:
            if name_or_position in (arm.name, arm.position) or str(name_or_position) == str(arm.position):
                return arm.position
        have = ", ".join(f"{arm.position} ({arm.name})" for arm in self.arms[:10])
        raise InvalidInput(field, name_or_position, f"an arm of the study: {have}")


def revision(context: Context, study_id: int) -> str:
    """Return the study's revision.

    Raises:
        NotFound: there is no such study.
    """
    return revisions(context, [study_id])[0]


def revisions(context: Context, study_ids: Sequence[int]) -> tuple[str, ...]:
    """Return the revisions of studies, in their order.

    Raises:
        NotFound: naming every study that does not exist (any more).
    """
    from seedspread.storage import measured as stored

    with context.database.reading() as session:
        current = [stored.revision(session, study_id) for study_id in study_ids]
    missing = [study_id for study_id, now in zip(study_ids, current, strict=True) if now is None]
    if missing:
        raise NotFound("study", missing[0] if len(missing) == 1 else ", ".join(map(str, missing)), hint=sentences.GONE)
    return tuple(now for now in current if now is not None)


def measure(
    context: Context, study_id: int, metric: str | None = None, summary: str | None = None, *, at: str | None = None
) -> Measured:
    """Measure a metric of a study.

    By default it is the deciding metric with its own summary.

    Args:
        at: the study's revision, where it has been read already; it must be no newer than the call.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a metric that neither the recipe declares nor a run reported, or no such summary.
    """
    now = at or revision(context, study_id)
    return context.cache.get(
        ("measured", study_id, metric, summary), lambda: _measure(context, study_id, metric, summary, now), of=now
    )


def describe_metric(context: Context, study_id: int, metric: str | None = None) -> tuple[MetricInfo, str]:
    """Return a metric of a study and the name of its steps.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a metric that neither the recipe states nor a run reported.
    """
    from seedspread.storage import recipes, studies

    with context.database.reading() as session:
        row = studies.require(session, study_id)
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        return _metric(session, row, recipe, metric), step_name(recipe)


def _measure(context: Context, study_id: int, metric: str | None, summary: str | None, now: str) -> Measured:
    from seedspread.storage import measured as stored
    from seedspread.storage import recipes, studies
    from seedspread.storage import runs as run_rows

    with context.database.reading() as session:
        row = studies.get(session, study_id)
        if row is None:
            raise NotFound("study", study_id, hint=sentences.GONE)
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        info = _metric(session, row, recipe, metric)
        summary_kind = _summary(row, summary)
        arms = tuple(_arm(arm, row.source_digest) for arm in studies.arms(session, [study_id])[study_id])
        runs = _runs(session, study_id, info.name, summary_kind)
        return Measured(
            study_id,
            row.name,
            # Read before the runs: if one has changed since, the next caller's revision is another.
            now,
            row.recipe,
            recipe.version if recipe else "",
            StudySpec.model_validate(row.spec),
            info,
            summary_kind,
            arms,
            tuple(_values(arm, [run for run in runs if run.arm == arm.position]) for arm in arms),
            tuple(runs),
            row.adaptive,
            step_name(recipe),
            stored.batches(session, study_id),
            len(run_rows.metrics(session, row.id)),
            (row.looks or {}).get("planned", 0),
            tuple(TakenLook(look["seeds"], look["planned"]) for look in (row.looks or {}).get("taken", ())),
            _rising(session, row, info, runs),
        )


def _rising(session: Session, row: StudyRow, metric: MetricInfo, runs: Sequence[MeasuredRun]) -> frozenset[int]:
    """Return the arms that were still improving at the last step.

    Most of their runs had their best value there: of a level curve the best of `steps` values is as likely to be any of
    them. And the median run of a few improved over the last tenth of its steps by the smallest difference that
    matters, or by half the SD between runs where none was set.
    """
    from seedspread.storage import series

    finished = [run for run in runs if run.state is RunState.FINISHED and run.excluded_reason is None]
    by_arm: dict[int, list[MeasuredRun]] = defaultdict(list)
    for run in finished:
        if run.steps >= _FEWEST_STEPS and run.number is not None and np.isfinite(run.number):
            by_arm[run.arm].append(run)
    arms = set()
    for arm, curves in by_arm.items():
        climbing, steps = sum(run.rising for run in curves), min(run.steps for run in curves)
        if climbing <= len(curves) / 2 or sps.binom.sf(climbing - 1, len(curves), 1 / steps) >= _BY_CHANCE:
            continue
        matters = (
            row.spec.get("smallest_difference") or np.array([run.number for run in curves], dtype=np.float64).std() / 2
        )
        some = [run.id for run in curves[:_FEW_CURVES]]
        read = [points[metric.name][1] for points in series.read(session, some, [metric.name]).values()]
        gains = [abs(float(values[-1] - values[-1 - max(1, values.size // 10)])) for values in read]
        if np.median(gains) > matters:
            arms.add(arm)
    return frozenset(arms)


def _runs(session: Session, study_id: int, metric: str, summary: str) -> list[MeasuredRun]:
    """Return every run with its number.

    First steps that are not stored are computed from the series.
    """
    from seedspread.storage import measured as stored
    from seedspread.storage import series

    runs = stored.runs(session, study_id, metric, summary)
    condition = first_step(metric)
    if condition is None:
        return runs
    open_runs = [run.id for run in runs if run.number is None and run.state is RunState.FINISHED]
    by_run = series.read(session, open_runs, [condition.metric])
    steps = {run: condition.value(*points[condition.metric]) for run, points in by_run.items()}
    return [run._replace(number=steps.get(run.id, run.number)) for run in runs]


def measured_series(context: Context, measured: Measured, positions: Sequence[int]) -> tuple[ArmSeries, ...]:
    """Return the series of the metric, run by run, of these arms.

    Excluded and failed runs are left out, running ones included.
    """
    included = [
        run
        for run in measured.runs
        if run.arm in positions and run.excluded_reason is None and run.state in (RunState.RUNNING, RunState.FINISHED)
    ]
    from seedspread.storage import series

    with context.database.reading() as session:
        by_run = series.read(session, [run.id for run in included], [logged(measured.metric.name)])
    return tuple(_series(measured, position, included, by_run) for position in positions)


def _series(
    measured: Measured, position: int, runs: Sequence[MeasuredRun], by_run: Mapping[int, Mapping[str, Series]]
) -> ArmSeries:
    name = logged(measured.metric.name)
    with_points = [run for run in runs if run.arm == position and name in by_run.get(run.id, {})]
    to_draw = (*PENDING, RunState.FINISHED)
    planned = [run.id for run in measured.runs if run.arm == position and run.state in to_draw]
    return ArmSeries(
        position,
        measured.arms[position].name,
        np.array([run.id for run in with_points], dtype=np.int64),
        np.array([run.seed for run in with_points], dtype=np.int64),
        [by_run[run.id][name] for run in with_points],
        measured.values[position].left_out,
        sum(run.state is RunState.RUNNING for run in with_points),
        np.array(planned, dtype=np.int64) if measured.pending else None,
    )


def _metric(session: Session, row: StudyRow, recipe: RecipeInfo | None, requested: str | None) -> MetricInfo:
    name = requested or row.metric
    described = recipe.metric(name) if recipe else None
    if name == row.metric or row.metric in spellings(name):
        name = row.metric
        unit = described.unit if described else ""
        return MetricInfo(
            name=name, direction=Direction(row.direction), unit=unit, help=described.help if described else ""
        )
    if described is not None:
        return described
    from seedspread.storage import runs as run_rows
    from seedspread.storage.recipes import by_name

    reported = run_rows.metrics(session, row.id)
    condition = first_step(name)
    if condition is not None and (condition.metric in reported or (recipe and recipe.metric(condition.metric))):
        return MetricInfo(name=condition.name, direction=Direction.MINIMIZE)
    if name not in reported:
        view = {info.name for info in recipe.metrics} if recipe else set()
        raise InvalidInput("metric", name, f"a metric of the study: {', '.join(sorted({*reported, *view}))}")
    return MetricInfo(name=name, direction=by_name(name))


def _summary(row: StudyRow, requested: str | None) -> str:
    if requested is not None and requested not in SUMMARIES:
        raise InvalidInput("summary", requested, EXPECTED)
    return requested or row.summary


def _arm(row: ArmRow, source_digest: str) -> Arm:
    digest = row.source_digest or source_digest
    return Arm(row.position, row.name, row.parameters, row.differs, row.policies, digest)


def _values(arm: Arm, runs: Sequence[MeasuredRun]) -> ArmValues:
    included = [run for run in runs if run.excluded_reason is None]
    finished = [run for run in included if run.state is RunState.FINISHED]
    counted = [run for run in finished if run.number is not None]
    left_out = LeftOut(
        failures=sum(run.state is RunState.FAILED for run in included),
        missing=len(finished) - len(counted),
        cancelled=sum(run.state is RunState.CANCELLED for run in included),
        excluded={run.seed: run.excluded_reason for run in runs if run.excluded_reason is not None},
    )
    return ArmValues(
        arm.position,
        arm.name,
        np.array([run.id for run in counted], dtype=np.int64),
        np.array([run.seed for run in counted], dtype=np.int64),
        np.array([run.number for run in counted], dtype=np.float64),
        left_out,
        all_fixed=set(arm.policies.values()) == {"fixed"},
    )


def arm_view(measured: Measured, arm: ArmValues) -> ComparedArm:
    """Return an arm of a study with what was left out."""
    excluded = [ExcludedRun(seed=seed, reason=reason) for seed, reason in arm.left_out.excluded.items()]
    view = arm_of(arm.sample())
    identity = {"study_id": measured.study_id, "study": measured.name, "position": arm.position}
    return view.model_copy(update={**identity, "name": arm.name, "excluded": excluded})


def arm_of(sample: Sample) -> ComparedArm:
    """Return a sample of numbers from elsewhere as an arm."""
    return ComparedArm(
        name=sample.arm,
        n=int(sample.usable.size),
        failures=sample.failures,
        missing=sample.missing,
        cancelled=sample.cancelled,
        non_finite=sample.non_finite,
    )


def exclusions(arms: Sequence[ComparedArm]) -> str:
    """Return the excluded runs with their reasons as one sentence.

    The sentence is empty if there are none.
    """
    return sentences.excluded([(arm.name, run) for arm in arms for run in arm.excluded])


def why_empty(measured: Measured, positions: Collection[int]) -> str | None:
    """Explain why arms have no finite value: `all 4 runs failed`.

    Return None if every arm has such a value, or if runs of those without one are pending.
    """
    empty = [position for position in positions if not measured.values[position].sample().usable.size]
    runs = [run for run in measured.runs if run.arm in empty]
    if not empty or not runs or any(run.state in PENDING for run in runs):
        return None
    ways = Counter(map(_way, runs))
    clauses = [
        (count, sentences.valueless_runs(way, count, measured.metric.name)) for way in _WAYS if (count := ways[way])
    ]
    text = sentences.no_values(clauses)
    if len(empty) == len(positions):
        return text
    return sentences.of_arms([measured.arms[position].name for position in empty[:3]], text)


_WAYS = (RunState.FAILED.value, RunState.CANCELLED.value, RunState.FINISHED.value, "not finite", "excluded")


def _way(run: MeasuredRun) -> str:
    if run.excluded_reason is not None:
        return "excluded"
    finished = run.state is RunState.FINISHED and run.number is not None
    return "not finite" if finished else str(run.state)
