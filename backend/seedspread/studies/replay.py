"""Replay runs: start replays, compare them, export manifests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from seedspread import datafiles
from seedspread.context import Context
from seedspread.core.diff import RunFacts, file_diffs
from seedspread.core.manifest import Manifest, ManifestFile
from seedspread.core.recipe import IMPORTED, RecipeInfo
from seedspread.core.record import Record, points
from seedspread.core.repeat import RepeatVerdict, repeat_verdict
from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.core.states import RunState
from seedspread.core.validation import check_parameters
from seedspread.errors import CodeChanged, Conflict, InvalidInput, NotFound
from seedspread.storage import manifests, recipes, replays, runs, series, workers
from seedspread.storage.tables import RunRow
from seedspread.storage.workers import Listed
from seedspread.studies import sentences
from seedspread.studies.dispatch import kick
from seedspread.views.replays import ReplaysStarted, ReplaysView, ReplayView


def existing_run(session: Session, run_id: int) -> tuple[RunRow, Manifest]:
    """Return the run's row and manifest.

    Raises:
        NotFound: there is no such run.
    """
    row = runs.get(session, run_id)
    manifest = None if row is None else manifests.read(session, run_id)
    if row is None or manifest is None:
        raise NotFound("run", run_id)
    return row, manifest


def record_of(session: Session, row: RunRow, manifest: Manifest) -> Record:
    """Return the record of the run's counting attempt.

    It includes the source code with which the run was trained.
    """
    recipe = recipes.by_digest(session, manifest.recipe, manifest.source_digest)
    return Record(
        fingerprints=tuple(
            Fingerprint(FingerprintKind(row_of_digest.kind), row_of_digest.digest, row_of_digest.step)
            for row_of_digest in runs.fingerprints(session, row.id, row.attempt)
        ),
        series={name: points(*columns) for name, columns in series.read(session, [row.id]).get(row.id, {}).items()},
        environment=(runs.environment(session, row.environment) if row.environment else None) or {},
        source_files=recipe.source_files if recipe else {},
    )


def facts_of(session: Session, run_id: int) -> RunFacts:
    """Return the facts by which a run is compared with another.

    Raises:
        NotFound: there is no such run.
    """
    row, manifest = existing_run(session, run_id)
    results: dict[str, Any] = {"state": row.state}
    for metric, summary in runs.summaries(session, [run_id]).get(run_id, {}).items():
        results |= {f"{metric}, last": summary.last, f"{metric}, best": summary.best}
    return RunFacts(manifest, record_of(session, row, manifest), results)


MAX_TIMES = 100  # each is a whole training; more is a typing error


def start(
    ctx: Context, run_id: int, *, times: int = 1, worker: str | None = None, allow_changed: bool = False
) -> ReplaysStarted:
    """Train the run's manifest again, in fresh trainers.

    Without `worker`, replays go to other workers than the original's if there are any.

    Args:
        times: 1 to 100.
        worker: the name of a worker or of a host; it trains the replays as long as it lives.
        allow_changed: train the recipe's present code even if it has changed.

    Raises:
        NotFound: there is no such run.
        Conflict: it did not finish, or its recipe is gone or has changed (saying how).
        InvalidInput: `times` out of range, no such worker, a data file that changed, or a changed recipe that cannot
            take the run's parameters.
    """
    if not 1 <= times <= MAX_TIMES:
        raise InvalidInput("times", times, f"a whole number from 1 to {MAX_TIMES}")
    with ctx.database.reading() as session:
        row, manifest = existing_run(session, run_id)
        if manifest.recipe == IMPORTED:
            raise Conflict(f"run {run_id} was trained elsewhere: it can be read, not repeated here")
        if row.state != RunState.FINISHED:
            retried = row.state in (RunState.FAILED, RunState.CANCELLED)
            hint = f"retry it first: seedspread retry --run {run_id}" if retried else "wait until it ends"
            raise Conflict(f"run {run_id} is {row.state}: only a finished run can be repeated", hint=hint)
        manifest = _with_current_code(session, run_id, manifest, allow_changed=allow_changed)
        listed = workers.listed(session, ctx.clock(), ctx.settings.lease_s)
    check_data(manifest)
    wanted = _chosen(
        [candidate for candidate in listed if candidate.alive and candidate.queue == row.queue], row, worker, times
    )
    ctx.broker.ping()
    with ctx.database.session() as session:
        added = replays.add(session, row, manifest, wanted, ctx.clock())
    kick(ctx, len(added))
    return ReplaysStarted(run_id=run_id, runs=added)


def listed(ctx: Context, run_id: int) -> ReplaysView:
    """Return the replays of a run, each with its verdict.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        row, manifest = existing_run(session, run_id)
        rows = replays.of_run(session, run_id)
        original = record_of(session, row, manifest) if rows else Record()
        views = [_view(session, manifest, original, replay) for replay in rows]
    return ReplaysView(run_id=run_id, worker=row.worker, sentence=_sentence(views), replays=views)


def export(ctx: Context, run_id: int) -> ManifestFile:
    """Export the run's manifest and record, sealed.

    Another machine can repeat the run from this file without a server.

    Raises:
        NotFound: there is no such run.
        Conflict: it did not finish, or was trained elsewhere.
    """
    with ctx.database.reading() as session:
        row, manifest = existing_run(session, run_id)
        if manifest.recipe == IMPORTED:
            raise Conflict(f"run {run_id} was trained elsewhere: it can be read, not repeated here")
        if row.state != RunState.FINISHED:
            raise Conflict(f"run {run_id} is {row.state}: only a finished run can be exported")
        record = record_of(session, row, manifest)
    return ManifestFile.seal(manifest, record.as_json())


def check_data(manifest: Manifest) -> None:
    """Check that every data file is unchanged since the run.

    Raises:
        InvalidInput: naming the files that are gone or have another digest.
    """
    faults: list[InvalidInput] = []
    for name, data in manifest.data.items():
        field = f"data.{name}"
        try:
            digest = datafiles.digest(data.path, field=field)
        except InvalidInput as fault:
            faults.extend(fault.faults)
            continue
        if digest.sha256 != data.sha256:
            expected = (
                f"the file whose SHA-256 is {data.sha256[:12]}…; it has changed, and is {digest.sha256[:12]}… now"
            )
            faults.append(InvalidInput(field, data.path, expected, hint="put the file back as it was, or train anew"))
    if faults:
        raise InvalidInput.all_of(faults)


def how_code_changed(
    recipe: str, before: tuple[str, dict[str, str]], now: tuple[str, dict[str, str]], whose: str
) -> CodeChanged:
    """Build the error that says how a recipe changed.

    Each side is its version and its source files.
    """
    files = [f"{file.name} (+{file.lines_added} −{file.lines_removed})" for file in file_diffs(before[1], now[1])]
    return CodeChanged(
        sentences.code_changed(recipe, whose, (before[0], now[0]), files),
        hint="allow changed code to train what it is now and see whether the results hold",
    )


def _with_current_code(session: Session, run_id: int, manifest: Manifest, *, allow_changed: bool) -> Manifest:
    """Return the manifest with the workers' current code."""
    now = recipes.current(session, manifest.recipe)
    if now is None:
        raise Conflict(
            f"recipe {manifest.recipe!r}, which run {run_id} was trained by, is gone",
            hint="start a worker that has it: `seedspread worker --recipes MODULE`",
        )
    if now.source_digest == manifest.source_digest:
        return manifest
    if not allow_changed:
        then = recipes.by_digest(session, manifest.recipe, manifest.source_digest)
        files = then.source_files if then else {}
        before = (manifest.recipe_version, dict(files))
        raise how_code_changed(manifest.recipe, before, (now.version, dict(now.source_files)), f"run {run_id}")
    return _taken_by(now, manifest)


def _taken_by(now: RecipeInfo, manifest: Manifest) -> Manifest:
    """Return the manifest for a changed recipe.

    Raises:
        InvalidInput: the recipe does not take the run's parameters any more.
        Conflict: the recipe has sources for which the run has no value.
    """
    parameters = check_parameters(now.parameters, manifest.parameters, field="parameters")
    missing = [source for source in now.sources if source not in manifest.sources]
    if missing:
        listed = ", ".join(source.value for source in missing)
        raise Conflict(f"recipe {now.name!r} has sources now that the run gave no value: {listed}")
    changed = {"recipe_version": now.version, "source_digest": now.source_digest, "parameters": parameters}
    return manifest.model_copy(update=changed)


def _chosen(alive: Sequence[Listed], row: RunRow, worker: str | None, times: int) -> list[str | None]:
    """Choose a worker for each replay.

    Use the requested ones; else others than the original's, with other hosts and idle workers first.
    """
    if worker is not None:
        fitting = [candidate.name for candidate in alive if worker in (candidate.name, candidate.host)]
        if not fitting:
            have = ", ".join(candidate.name for candidate in alive) or "none is there now"
            raise InvalidInput("worker", worker, f"a living worker of queue {row.queue!r}, or its host ({have})")
    else:
        host = (row.worker or "").partition(":")[0]
        others = [candidate for candidate in alive if candidate.name != row.worker]
        fitting = [w.name for w in sorted(others, key=lambda w: (w.host == host, w.run_id is not None, w.name))]
    if not fitting:
        return [None] * times
    return list(itertools.islice(itertools.cycle(fitting), times))


def _view(session: Session, manifest: Manifest, original: Record, row: RunRow) -> ReplayView:
    own = manifests.read(session, row.id) or manifest
    verdict: RepeatVerdict | None = None
    if row.state == RunState.FINISHED:
        verdict = repeat_verdict(original, record_of(session, row, own))
    return ReplayView(
        run_id=row.id,
        state=RunState(row.state),
        reason=row.reason,
        worker=row.worker,
        wanted_worker=row.wanted_worker,
        code_changed=own.source_digest != manifest.source_digest,
        created_at=row.created_at,
        finished_at=row.finished_at,
        verdict=verdict,
    )


def _sentence(views: Sequence[ReplayView]) -> str:
    judged = [view.verdict for view in views if view.verdict is not None]
    pending = sum(view.state in (RunState.QUEUED, RunState.RUNNING) for view in views)
    identical = sum(verdict.identical for verdict in judged)
    return sentences.replays(identical, len(judged), pending=pending, lost=len(views) - len(judged) - pending)
