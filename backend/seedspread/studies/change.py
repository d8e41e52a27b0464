"""Operations of users: cancel, retry, add seeds, exclude, edit, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from seedspread.context import Context
from seedspread.core.plan import extend
from seedspread.core.states import RunState
from seedspread.core.study import MAX_RUNS, StudySpec
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.storage import looks as adaptive
from seedspread.storage import moves, recipes, runs, studies
from seedspread.storage.tables import RunRow, StudyRow
from seedspread.studies.dispatch import kick
from seedspread.views.studies import Changed, Extended

MAX_REASON = 1000


def cancel_study(ctx: Context, study_id: int, run_ids: Sequence[int] | None = None) -> Changed:
    """Cancel waiting runs and stop running ones.

    Of the whole study, which then takes no more interim looks, or of some of its runs.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        _study(session, study_id)
        if run_ids is None:
            adaptive.close(session, study_id)  # or the next look would queue the next batch
        return Changed(runs=moves.cancel(session, moves.of_study(study_id, run_ids), ctx.clock()))


def cancel_run(ctx: Context, run_id: int) -> Changed:
    """Cancel one run.

    Raises:
        NotFound: there is no such run.
        Conflict: it has ended.
    """
    with ctx.database.session() as session:
        run = _run(session, run_id)
        if run.state not in (RunState.QUEUED, RunState.RUNNING):
            raise Conflict(f"run {run_id} is {run.state}: there is nothing left to cancel")
        return Changed(runs=moves.cancel(session, [RunRow.id == run_id], ctx.clock()))


def retry_study(ctx: Context, study_id: int, run_ids: Sequence[int] | None = None) -> Changed:
    """Queue failed and cancelled runs again.

    Of the whole study or some of its runs.

    An adaptive study that was cancelled before it was decided takes up its looks again.

    Raises:
        NotFound: there is no such study.
        Conflict: it was trained elsewhere.
    """
    with ctx.database.session() as session:
        _trainable(_study(session, study_id))
        if run_ids is None:
            adaptive.reopen(session, study_id)
        changed = moves.retry(session, moves.of_study(study_id, run_ids), ctx.clock())
    kick(ctx, changed)
    return Changed(runs=changed)


def retry_run(ctx: Context, run_id: int) -> Changed:
    """Train one failed or cancelled run again.

    Raises:
        NotFound: there is no such run.
        Conflict: it has not failed and was not cancelled.
    """
    with ctx.database.session() as session:
        run = _run(session, run_id)
        _trainable(_study(session, run.study_id))
        changed = moves.retry(session, [RunRow.id == run_id], ctx.clock())
        if not changed:
            hint = "replay it to train it once more" if run.state == RunState.FINISHED else None
            raise Conflict(f"run {run_id} is {run.state}: only failed and cancelled runs are retried", hint=hint)
    kick(ctx, changed)
    return Changed(runs=changed)


def add_seeds(ctx: Context, study_id: int, count: int) -> Extended:
    """Add `count` new seeds to every arm of a study.

    The same seeds for all arms.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a count below 1, more runs than a study may have, or arms with crossed levels.
        Conflict: it was trained elsewhere.
    """
    if not 1 <= count <= MAX_RUNS:
        raise InvalidInput("count", count, f"a whole number from 1 to {MAX_RUNS}")
    with ctx.database.session() as session:
        row = _study(session, study_id)
        _trainable(row)
        spec = StudySpec.model_validate(row.spec)
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        if recipe is None:
            raise NotFound("recipe", row.recipe)
        used = studies.seeds(session, study_id)
        if studies.size(session, study_id) + count * len(spec.arms) > MAX_RUNS:
            raise InvalidInput("count", count, f"at most {MAX_RUNS} runs in a study")
        added = extend(spec, recipe.sources, ctx.entropy, used, count)
        studies.insert_runs(session, study_id, added, spec.device, ctx.clock())
    kick(ctx, len(added))
    return Extended(seeds=sorted({run.seed for run in added}), runs=len(added))


def exclude_runs(ctx: Context, study_id: int, run_ids: Sequence[int], reason: str) -> Changed:
    """Exclude runs of a study from statistics.

    For a reason that is stored and shown.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no reason.
    """
    text = _reason(reason)
    with ctx.database.session() as session:
        _study(session, study_id)
        return Changed(runs=moves.exclude(session, moves.of_study(study_id, run_ids), text, ctx.clock()))


def include_runs(ctx: Context, study_id: int, run_ids: Sequence[int]) -> Changed:
    """Count excluded runs of a study again.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        _study(session, study_id)
        return Changed(runs=moves.include(session, moves.of_study(study_id, run_ids), ctx.clock()))


def exclude_run(ctx: Context, run_id: int, reason: str) -> Changed:
    """Exclude one run from statistics.

    For a reason that is stored and shown.

    Raises:
        NotFound: there is no such run.
        InvalidInput: no reason.
    """
    text = _reason(reason)
    with ctx.database.session() as session:
        _run(session, run_id)
        return Changed(runs=moves.exclude(session, [RunRow.id == run_id], text, ctx.clock()))


def include_run(ctx: Context, run_id: int) -> Changed:
    """Count one run again; it may have counted already.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.session() as session:
        _run(session, run_id)
        return Changed(runs=moves.include(session, [RunRow.id == run_id], ctx.clock()))


def edit(
    ctx: Context,
    study_id: int,
    *,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    notes: str | None = None,
) -> None:
    """Change a study's description; None leaves a value as it is.

    Raises:
        NotFound: there is no such study.
    """
    fields: dict[str, Any] = {"name": name, "tags": None if tags is None else list(tags), "notes": notes}
    values = {key: value for key, value in fields.items() if value is not None}
    with ctx.database.session() as session:
        _study(session, study_id)
        if values:
            studies.edit(session, study_id, values)


def delete_study(ctx: Context, study_id: int) -> None:
    """Delete a study with all its runs.

    Workers that train one of them stop.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        if not studies.remove(session, study_id):
            raise NotFound("study", study_id)


def _study(session: Session, study_id: int) -> StudyRow:
    row = studies.get(session, study_id)
    if row is None:
        raise NotFound("study", study_id)
    return row


def _trainable(row: StudyRow) -> None:
    """Refuse to train a study that was trained elsewhere.

    Raises:
        Conflict: it was.
    """
    if row.external_id is not None:
        raise Conflict(
            f"study {row.id} was trained elsewhere: it can be read, not trained",
            hint="train it where it was trained and send it again: `seedspread push FOLDER`",
        )


def _run(session: Session, run_id: int) -> RunRow:
    row = runs.get(session, run_id)
    if row is None:
        raise NotFound("run", run_id)
    return row


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise InvalidInput("reason", text, f"why the run is left out, in 1 to {MAX_REASON} characters")
    return reason
