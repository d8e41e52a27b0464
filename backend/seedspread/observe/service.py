"""Health of the service, and its recipes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from seedspread.context import Context
from seedspread.core.recipe import Ability, Needs, RecipeInfo
from seedspread.errors import NotFound, Unavailable
from seedspread.observe import sentences
from seedspread.storage import recipes, workers
from seedspread.storage.database import limit_lock_wait, refuses_writes
from seedspread.views.service import HealthView, PartView, RecipeView

HEALTH_WAIT_S = 1.0
"""Seconds that the health waits for a locked table."""


def health(ctx: Context, *, page: bool, events_problem: str | None = None) -> HealthView:
    """Return the health of every part.

    A part that is unavailable is reported, never raised.

    Args:
        page: whether the built dashboard is there to be served.
        events_problem: what went wrong in the last round of the event streams, None if nothing did.
    """
    alive = 0
    database = PartView(ok=True, kind=ctx.database.dialect)
    try:
        with ctx.database.reading() as session:
            limit_lock_wait(session, HEALTH_WAIT_S)
            alive = sum(worker.alive for worker in workers.listed(session, ctx.clock(), ctx.settings.lease_s))
            if refuses_writes(session):
                database = PartView(ok=False, kind=ctx.database.dialect, problem=sentences.READ_ONLY)
    except Unavailable as error:
        database = PartView(ok=False, kind=ctx.database.dialect, problem=_problem(error))
    broker = PartView(ok=True, kind="redis")
    try:
        ctx.broker.ping()
    except Unavailable as error:
        broker = PartView(ok=False, kind="redis", problem=_problem(error))
    disk = PartView(ok=True, kind="disk")
    trouble = _write_problem(ctx.settings.data_dir)
    if trouble is not None:
        disk = PartView(ok=False, kind="disk", problem=sentences.disk_problem(str(ctx.settings.data_dir), trouble))
    events = PartView(ok=events_problem is None, kind="events", problem=events_problem)
    return HealthView(
        status="ok" if database.ok and broker.ok and disk.ok and events.ok else "degraded",
        version=version("seedspread"),
        database=database,
        broker=broker,
        disk=disk,
        events=events,
        workers=alive,
        page=page,
    )


PROBE_BYTES = 2**16


def _write_problem(folder: Path) -> str | None:
    """Try to write a small file; return what prevents it.

    That finds a full disk, a quota and a read-only file system alike. A service without a data directory keeps nothing
    there.
    """
    if not folder.is_dir():
        return None
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def list_recipes(ctx: Context) -> list[RecipeView]:
    """Return the published recipes by name, with their workers."""
    with ctx.database.reading() as session:
        published = recipes.every(session)
        abilities = workers.abilities(session, ctx.clock(), ctx.settings.lease_s)
    live = [ability for queue in abilities.values() for ability in queue]
    return [_recipe(info, live) for info in published]


def _recipe(info: RecipeInfo, live: Sequence[Ability]) -> RecipeView:
    """Count live workers for a recipe; explain if there are none."""
    lacking = [ability.lacking(Needs(info.name, info.source_digest)) for ability in live if ability.offers is not None]
    able = sum(reason is None for reason in lacking)
    reasons = list(dict.fromkeys(reason for reason in lacking if reason is not None))
    missing = None if able else sentences.not_offered(reasons)
    return RecipeView(**dict(info), workers=able, missing=missing)


def recipe(ctx: Context, name: str) -> RecipeView:
    """Return the current recipe of that name.

    Raises:
        NotFound: no worker has published one.
    """
    with ctx.database.reading() as session:
        info = recipes.current(session, name)
        published = [] if info else [info.name for info in recipes.every(session)]
        abilities = workers.abilities(session, ctx.clock(), ctx.settings.lease_s)
    if info is None:
        listed = ", ".join(published) or "none yet: start a worker"
        raise NotFound("recipe", name, hint=f"there are: {listed}")
    return _recipe(info, [ability for queue in abilities.values() for ability in queue])


def _problem(error: Unavailable) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
