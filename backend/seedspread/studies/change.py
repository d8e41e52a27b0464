"""Operations of users: cancel, retry, add seeds, exclude, edit, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from seedspread.context import Context
from seedspread.core.plan import extend, plan
from seedspread.core.recipe import RecipeInfo
from seedspread.core.states import RunState
from seedspread.core.study import MAX_RUNS, StudySpec
from seedspread.core.validation import check_parameters
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.storage import looks, moves, recipes, runs, studies
from seedspread.storage.tables import RunRow, StudyRow
from seedspread.studies.dispatch import kick
from seedspread.views.studies import Changed, Code, Extended

MAX_REASON = 1000


def cancel_study(ctx: Context, study_id: int, run_ids: Sequence[int] | None = None) -> Changed:
    """Cancel queued runs and stop running ones, all or `run_ids`.

    A study that is cancelled as a whole takes no more interim looks.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        _study(session, study_id)
        if run_ids is None:
            looks.close(session, study_id)  # or the next look would queue the next batch
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
    """Queue failed and cancelled runs again, all or `run_ids`.

    An adaptive study that was cancelled as a whole before it was decided resumes its looks.

    Raises:
        NotFound: there is no such study.
        Conflict: it was trained elsewhere.
    """
    with ctx.database.session() as session:
        _trainable(_study(session, study_id))
        if run_ids is None:
            looks.reopen(session, study_id)
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


def add_seeds(ctx: Context, study_id: int, count: int, code: Code | None = None) -> Extended:
    """Give every arm of a study the same `count` new seeds.

    Args:
        code: only for a study whose recipe has changed since: `recorded` trains its arms with the code that they have
            (the runs wait for a worker that has it), `current` adds arms of the same parameters with today's code.

    Raises:
        NotFound: there is no such study.
        Conflict: the recipe changed and no `code` was chosen, or the study was trained elsewhere.
        InvalidInput: a count below 1, more runs than a study may have, arms with crossed levels, or parameters that the
            changed recipe does not take.
    """
    if not 1 <= count <= MAX_RUNS:
        raise InvalidInput("count", count, f"a whole number from 1 to {MAX_RUNS}")
    with ctx.database.session() as session:
        row = _study(session, study_id)
        _trainable(row)
        recipe, newest = recipes.by_digest(session, row.recipe, row.source_digest), recipes.current(session, row.recipe)
        if recipe is None or newest is None:
            raise NotFound("recipe", row.recipe)
        before = row.spec
        changed = newest.source_digest != row.source_digest
        if changed and code is None:
            raise _which_code(row, newest)
        if changed and code == "current":
            recipe = newest
            positions = _current_arms(session, row, newest)
        else:
            arms = studies.arms(session, [study_id])[study_id]
            positions = [arm.position for arm in arms if arm.source_digest in (None, row.source_digest)]
        spec = StudySpec.model_validate(_study(session, study_id).spec)
        chosen = spec.model_copy(update={"arms": tuple(spec.arms[position] for position in positions)})
        runs = studies.size(session, study_id)
        if runs + count * len(chosen.arms) > MAX_RUNS:
            raise InvalidInput("count", count, f"at most {MAX_RUNS} runs in a study")
        used = studies.seeds(session, study_id)
        if positions[0] >= len(StudySpec.model_validate(before).arms) and count <= len(used):
            # Fresh arms take the seeds that the others have: what changed in the code is compared seed by seed.
            paired = chosen.model_copy(update={"seeds": tuple(used[:count])})
            planned = plan(paired, recipe.sources, ctx.entropy)
        else:
            planned = extend(chosen, recipe.sources, ctx.entropy, used, count, runs=runs)
        added = [replace(run, arm=positions[run.arm]) for run in planned]
        studies.insert_runs(session, study_id, added, spec.device, ctx.clock())
    kick(ctx, len(added))
    return Extended(seeds=sorted({run.seed for run in added}), runs=len(added))


def _which_code(row: StudyRow, newest: RecipeInfo) -> Conflict:
    codes = f"{row.source_digest[:7]} when it was submitted, {newest.source_digest[:7]} now"
    return Conflict(
        f"the code of recipe {row.recipe} changed since study {row.id} ({codes}): seeds of both are not one arm",
        hint="choose code=current (--code current) to add arms that are trained by the current code, or code=recorded "
        "to queue runs of the recorded code, which wait until a worker has it",
    )


def _current_arms(session: Session, row: StudyRow, newest: RecipeInfo) -> list[int]:
    """Return the positions of the arms with the newest code.

    If there are none, add a copy of each original arm.
    """
    arms = studies.arms(session, [row.id])[row.id]
    spec = StudySpec.model_validate(row.spec)
    current = [arm.position for arm in arms if arm.source_digest == newest.source_digest]
    if current:
        return current
    originals = [arm.position for arm in arms if arm.source_digest is None]
    copies = []
    for position in originals:
        arm = spec.arms[position]
        check_parameters(newest.parameters, arm.parameters, field=f"arms[{position}].parameters")
        copies.append(arm.model_copy(update={"name": f"{arm.name} (code {newest.source_digest[:7]})"}))
    studies.add_arms(session, row, copies, originals, newest)
    session.refresh(row)
    return list(range(len(spec.arms), len(spec.arms) + len(copies)))


def exclude_runs(ctx: Context, study_id: int, run_ids: Sequence[int], reason: str, by: str | None = None) -> Changed:
    """Exclude runs of a study from statistics.

    The reason is stored and shown, with the name of the token `by` which it came.

    Raises:
        NotFound: there is no such study.
        InvalidInput: the reason is empty.
    """
    text = _reason(reason)
    with ctx.database.session() as session:
        _study(session, study_id)
        return Changed(runs=moves.exclude(session, moves.of_study(study_id, run_ids), text, ctx.clock(), by))


def include_runs(ctx: Context, study_id: int, run_ids: Sequence[int]) -> Changed:
    """Count excluded runs of a study again.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        _study(session, study_id)
        return Changed(runs=moves.include(session, moves.of_study(study_id, run_ids), ctx.clock()))


def exclude_run(ctx: Context, run_id: int, reason: str, by: str | None = None) -> Changed:
    """Exclude one run from statistics.

    The reason is stored and shown, with the name of the token `by` which it came.

    Raises:
        NotFound: there is no such run.
        InvalidInput: the reason is empty.
    """
    text = _reason(reason)
    with ctx.database.session() as session:
        _run(session, run_id)
        return Changed(runs=moves.exclude(session, [RunRow.id == run_id], text, ctx.clock(), by))


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
    project: str | None = None,
    tags: Sequence[str] | None = None,
    notes: str | None = None,
    pinned: bool | None = None,
    archived: bool | None = None,
) -> None:
    """Change a study's description and place in lists.

    None leaves a value as it is.

    Raises:
        NotFound: there is no such study.
    """
    fields: dict[str, Any] = {
        "name": name,
        "project": project,
        "tags": None if tags is None else list(tags),
        "notes": notes,
    }
    with ctx.database.session() as session:
        row = _study(session, study_id)
        values = {key: value for key, value in fields.items() if value is not None}
        values |= _placed(row, pinned, archived, ctx.clock())
        if values:
            studies.edit(session, study_id, values)


def edit_several(
    ctx: Context,
    study_ids: Sequence[int],
    *,
    project: str | None = None,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
    pinned: bool | None = None,
    archived: bool | None = None,
) -> int:
    """Change several studies in one transaction; their number.

    Raises:
        NotFound: one of them does not exist; none is changed.
        InvalidInput: a study would have more than `MOST_TAGS` tags; none is changed.
    """
    with ctx.database.session() as session:
        rows = studies.every(session, study_ids)
        for row in rows:
            values = _placed(row, pinned, archived, ctx.clock())
            values["tags"] = _retagged(row.tags, add_tags, remove_tags)
            if project is not None:
                values["project"] = project
            studies.edit(session, row.id, values)
    return len(rows)


def edit_run(ctx: Context, run_id: int, *, tags: Sequence[str] | None = None, notes: str | None = None) -> None:
    """Change the tags or notes of a run.

    None leaves them as they are.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.session() as session:
        run = _run(session, run_id)
        if tags is not None:
            run.tags = list(tags) or None
        if notes is not None:
            run.notes = notes


def tag_runs(
    ctx: Context, study_id: int, run_ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()
) -> Changed:
    """Add tags to runs of a study, and remove others.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a run would have more than `MOST_TAGS` tags; none is changed.
    """
    with ctx.database.session() as session:
        _study(session, study_id)
        rows = list(session.scalars(select(RunRow).where(*moves.of_study(study_id, run_ids))))
        for run in rows:
            run.tags = _retagged(run.tags or [], add, remove) or None
    return Changed(runs=len(rows))


MOST_TAGS = 50  # tags are read by people, and each is a row that every list joins


def _retagged(tags: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> list[str]:
    remaining = [tag for tag in dict.fromkeys([*tags, *add]) if tag not in remove]
    if len(remaining) > MOST_TAGS:
        raise InvalidInput("add_tags", list(add), f"at most {MOST_TAGS} tags in all")
    return remaining


def _placed(row: StudyRow, pinned: bool | None, archived: bool | None, now: datetime) -> dict[str, Any]:
    """Return what pinning and archiving changes.

    A second time keeps the first time.
    """
    values: dict[str, Any] = {}
    if pinned is not None:
        values["pinned_at"] = (row.pinned_at or now) if pinned else None
    if archived is not None:
        values["archived_at"] = (row.archived_at or now) if archived else None
    return values


def delete_study(ctx: Context, study_id: int) -> None:
    """Delete a study with all its runs.

    Workers that train one of the runs stop.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.session() as session:
        if not studies.remove(session, study_id):
            raise NotFound("study", study_id)


def delete_several(ctx: Context, study_ids: Sequence[int]) -> int:
    """Delete several studies in one transaction; their number.

    Raises:
        NotFound: one of them does not exist; none is deleted.
    """
    with ctx.database.session() as session:
        rows = [row.id for row in studies.every(session, study_ids)]
        for study_id in rows:
            studies.remove(session, study_id)
    return len(rows)


def _study(session: Session, study_id: int) -> StudyRow:
    row = studies.get(session, study_id)
    if row is None:
        raise NotFound("study", study_id)
    return row


def _trainable(row: StudyRow) -> None:
    """Refuse to train a study that was trained elsewhere.

    Raises:
        Conflict: the study was trained elsewhere.
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
