"""Views of studies: lists, details and distributions."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from seedspread.cache import Encoded
from seedspread.context import Context
from seedspread.core import query
from seedspread.core.pace import pace
from seedspread.core.recipe import Direction, RecipeInfo, step_name
from seedspread.core.states import OVER, AdaptiveState, RunState, study_state
from seedspread.core.study import RuleSpec, StudySpec
from seedspread.errors import InvalidInput
from seedspread.stats.data.samples import Sample
from seedspread.stats.inference.means import summarise
from seedspread.storage import recipes, recovery, runs, search, series, studies, workers
from seedspread.storage.recipes import by_name
from seedspread.storage.runs import Counted
from seedspread.storage.tables import ArmRow, StudyRow
from seedspread.summaries import first_step
from seedspread.views.numbers import Page
from seedspread.views.runs import ArmPoints, Distribution, Point
from seedspread.views.studies import ArmView, ProjectView, StudyDetail, StudyView

DRAWN = 200
"""How many values an arm carries in a list, for a small drawing."""

WAITING_S = 1.0
"""Lifetime of a cached list with waiting runs, while nothing is written."""


def list_studies(
    ctx: Context, text: str, part: search.Slice, *, recipe: str | None = None, tag: str | None = None
) -> Page[StudyView]:
    """Return one page of the studies that match a search.

    Raises:
        InvalidInput: a search that cannot be understood, or a sort key that does not exist.
    """
    terms = query.parse(text, query.STUDIES)
    with ctx.database.reading() as session:
        rows, total = search.studies(session, terms, part, recipe=recipe, tag=tag)
        items = _views(ctx, session, rows)
    return Page(items=items, total=total, page=part.page, per_page=part.per_page)


def encoded_list(
    ctx: Context, text: str, part: search.Slice, *, recipe: str | None = None, tag: str | None = None
) -> Encoded:
    """Return the JSON of `list_studies`.

    It is kept until anything is committed to the database; then what did not change of it is not encoded again.

    Raises:
        InvalidInput: as for `list_studies`.
    """
    terms = query.parse(text, query.STUDIES)

    def encode() -> Encoded:
        with ctx.database.reading() as session:
            rows, total = search.studies(session, terms, part, recipe=recipe, tag=tag)
            counted = _counted(ctx, session, rows)
            items = b",".join(_encoded(ctx, session, row, counts) for row, counts in counted)
        # Why no worker can train a run changes also as workers fall silent, which writes nothing.
        waits = any(counts.counted.states[RunState.QUEUED] for _, counts in counted)
        rest = b'],"total":%d,"page":%d,"per_page":%d}' % (total, part.page, part.per_page)
        return Encoded(b'{"items":[' + items + rest, time.monotonic() + WAITING_S if waits else math.inf)

    mark = ctx.database.mark()  # before reading: what is committed meanwhile makes the next answer anew
    answer: Encoded = ctx.encoded.get(("studies", text, part, recipe, tag), encode, of=mark, still=Encoded.is_current)
    return answer


def list_projects(ctx: Context) -> list[ProjectView]:
    """List the projects that studies belong to, by name."""
    with ctx.database.reading() as session:
        rows = studies.projects(session)
    return [ProjectView(name=name, studies=count, archived=archived) for name, count, archived in rows]


def study(ctx: Context, study_id: int) -> StudyDetail:
    """Return one study with its specification and progress.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.reading() as session:
        row = studies.require(session, study_id)
        shared = _views(ctx, session, [row])[0]
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        newest = recipes.current(session, row.recipe)
        reported = runs.metrics(session, study_id)
        started_at, finished_at, cpu_s = runs.span(session, study_id)
        timed = runs.timed(session, study_id)
    queued, running = shared.counts[RunState.QUEUED], shared.counts[RunState.RUNNING]
    at = pace(timed, queued, running, ctx.clock())
    return StudyDetail(
        **dict(shared),
        notes=row.notes,
        spec=StudySpec.model_validate(row.spec),
        recipe_version=recipe.version if recipe else "",
        source_digest=row.source_digest,
        recipe_changed=newest is not None and newest.source_digest != row.source_digest,
        metrics=_deciding_first(row.metric, [*_names(recipe), *reported]),
        step_name=step_name(recipe),
        data=row.data,
        started_at=started_at,
        finished_at=finished_at if shared.state in OVER else None,
        rate_per_s=at.rate_per_s,
        left_s=at.left_s,
        cpu_s=cpu_s or 0.0,
        adaptive=row.adaptive,
        origin=row.origin,
    )


def distribution(ctx: Context, study_id: int, metric: str | None = None, summary: str | None = None) -> Distribution:
    """Return one number of every finished run, by arm.

    Excluded runs are included, with their reasons.

    Args:
        metric: None for the deciding one.
        summary: `last`, `best` or `area`; None for the study's own.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a metric that neither the recipe declares nor a run reported.
    """
    with ctx.database.reading() as session:
        row = studies.require(session, study_id)
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        chosen = known_metric(session, row, recipe, metric)
        statistic = summary or row.summary
        numbers = runs.numbers(session, study_id, chosen, statistic)
        steps: dict[int, float] = {}
        condition = first_step(chosen)
        if condition is not None and not numbers:
            numbers = runs.numbers(session, study_id, condition.metric, statistic)
            by_run = series.read(session, [run.id for run in numbers], [condition.metric])
            steps = {run: condition.value(*points[condition.metric]) for run, points in by_run.items()}
        arms = studies.arms(session, [study_id])[study_id]
    points: dict[int, list[Point]] = {arm.position: [] for arm in arms}
    for run_id, arm, seed, stored, reason in numbers:
        value = steps.get(run_id, stored)
        points[arm].append(Point(run_id=run_id, seed=seed, value=value, excluded_reason=reason))
    described = recipe.metric(chosen) if recipe else None
    return Distribution(
        study_id=study_id,
        metric=chosen,
        summary=statistic,
        direction=direction_of(row, recipe, chosen),
        unit=described.unit if described else "",
        arms=[ArmPoints(arm=arm.position, name=arm.name, points=points[arm.position]) for arm in arms],
    )


def known_metric(session: Session, row: StudyRow, recipe: RecipeInfo | None, metric: str | None) -> str:
    """Return `metric`, or the study's deciding one for None.

    Raises:
        InvalidInput: a metric that neither the recipe declares nor a run of the study reported.
    """
    if metric is None or metric == row.metric or metric in _names(recipe):
        return metric or row.metric
    reported = runs.metrics(session, row.id)
    condition = first_step(metric)
    if condition is not None and condition.metric in {*reported, *_names(recipe)}:
        return condition.name
    if metric not in reported:
        listed = ", ".join(_deciding_first(row.metric, [*_names(recipe), *reported]))
        raise InvalidInput("metric", metric, f"one of the study's metrics: {listed}")
    return metric


def direction_of(row: StudyRow, recipe: RecipeInfo | None, metric: str) -> Direction:
    """Return the direction in which a metric of the study gets better."""
    if metric == row.metric:
        return Direction(row.direction)
    described = recipe.metric(metric) if recipe else None
    return described.direction if described else by_name(metric)


@dataclass(frozen=True)
class _Counts:
    """Counts, unit and trouble that a list shows beside a study's row.

    `now` is beside the time of the last change, which moves with several machines' clocks, all that a change can move.
    """

    counted: Counted
    now: tuple[Hashable, ...]
    unit: str
    blocked: str | None


def _views(ctx: Context, session: Session, rows: Sequence[StudyRow]) -> list[StudyView]:
    return [_view(row, counts, _arms(ctx, session, row, counts.now)) for row, counts in _counted(ctx, session, rows)]


def _encoded(ctx: Context, session: Session, row: StudyRow, counts: _Counts) -> bytes:
    """Return a study's view as JSON.

    It is encoded again only where something in it changed.
    """

    def encode() -> Encoded:
        return Encoded(_view(row, counts, _arms(ctx, session, row, counts.now)).model_dump_json(by_alias=True).encode())

    moving = (
        *(row.name, row.project, tuple(row.tags), row.pinned_at, row.archived_at, row.created_by, row.external_id),
        *(row.recipe, row.source_digest, row.metric, row.direction, row.summary, row.settings["device"]),
        *(json.dumps(row.spec.get("rule")), row.spec.get("smallest_difference"), AdaptiveState.of(row.adaptive).open),
        *(counts.now, counts.unit, counts.blocked),
    )
    encoded: Encoded = ctx.encoded.get(("study", row.id), encode, of=moving)
    return encoded.content


def _counted(ctx: Context, session: Session, rows: Sequence[StudyRow]) -> list[tuple[StudyRow, _Counts]]:
    ids = [row.id for row in rows]
    counted = runs.counts(session, ids)
    touched = runs.touched(session, ids)
    units = recipes.units(session, {(row.recipe, row.source_digest) for row in rows})
    queued = [row.id for row in rows if counted[row.id].states[RunState.QUEUED]]
    abilities = workers.abilities(session, ctx.clock(), ctx.settings.lease_s) if queued else {}
    largest = ctx.settings.max_shared_bytes
    blocked = recovery.blocked(session, abilities, queued, largest_bytes=largest).reasons if queued else {}

    def counts(row: StudyRow) -> _Counts:
        mine = counted[row.id]
        now = (touched.get(row.id), *mine.states.values(), mine.excluded, mine.diverged)
        unit = units.get((row.recipe, row.source_digest), {}).get(row.metric, "")
        return _Counts(mine, now, unit, blocked.get(row.id))

    return [(row, counts(row)) for row in rows]


def _arms(ctx: Context, session: Session, row: StudyRow, now: Hashable) -> list[ArmView]:
    level = RuleSpec.model_validate(row.spec.get("rule", {})).level
    return ctx.cache.get(("arms", row.id), lambda: _arm_views(session, row.id, level), of=(now, level))


def _arm_views(session: Session, study_id: int, level: float) -> list[ArmView]:
    sizes = runs.arm_sizes(session, study_id)
    numbers = runs.deciding(session, study_id)
    return [
        _arm_view(arm, sizes.get(arm.id, 0), numbers.get(arm.id, []), level)
        for arm in studies.arms(session, [study_id])[study_id]
    ]


def _view(row: StudyRow, counts: _Counts, arms: list[ArmView]) -> StudyView:
    counted = counts.counted
    return StudyView(
        id=row.id,
        name=row.name,
        recipe=row.recipe,
        metric=row.metric,
        direction=Direction(row.direction),
        unit=counts.unit,
        summary=row.summary,
        smallest_difference=row.spec.get("smallest_difference"),
        device=row.settings["device"],
        project=row.project,
        tags=row.tags,
        pinned=row.pinned_at is not None,
        archived=row.archived_at is not None,
        created_at=row.created_at,
        created_by=row.created_by,
        state=study_state(counted.states, more_to_come=AdaptiveState.of(row.adaptive).open),
        counts=counted.states,
        runs=counted.total,
        excluded=counted.excluded,
        diverged=counted.diverged,
        arms=arms,
        imported=row.external_id is not None,
        blocked=counts.blocked,
    )


def _arm_view(arm: ArmRow, size: int, values: list[float], level: float) -> ArmView:
    finite = [value for value in values if value - value == 0]
    interval = summarise(Sample.of(arm.name, finite), level).mean_interval if len(finite) > 2 else None
    return ArmView(
        id=arm.id,
        position=arm.position,
        name=arm.name,
        differs=arm.differs,
        policies=arm.policies,
        runs=size,
        n=len(finite),
        mean=statistics.fmean(finite) if finite else None,
        sd=statistics.stdev(finite) if len(finite) > 1 else None,
        half_width=None if interval is None else interval.width() / 2,
        values=values[:DRAWN],
    )


def _names(recipe: RecipeInfo | None) -> list[str]:
    return [metric.name for metric in recipe.metrics] if recipe else []


def _deciding_first(metric: str, others: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([metric, *others]))
