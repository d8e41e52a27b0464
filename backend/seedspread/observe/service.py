"""Health of the service, and its recipes."""

from __future__ import annotations

from importlib.metadata import version

from seedspread.context import Context
from seedspread.core.recipe import RecipeInfo
from seedspread.errors import NotFound, Unavailable
from seedspread.storage import recipes, workers
from seedspread.views.service import HealthView, PartView


def health(ctx: Context, *, page: bool) -> HealthView:
    """Return the health of every part.

    Never raises for a part that is unavailable.
    """
    alive = 0
    database = PartView(ok=True, kind=ctx.database.dialect)
    try:
        with ctx.database.reading() as session:
            alive = sum(worker.alive for worker in workers.listed(session, ctx.clock(), ctx.settings.lease_s))
    except Unavailable as error:
        database = PartView(ok=False, kind=ctx.database.dialect, problem=_told(error))
    broker = PartView(ok=True, kind="redis")
    try:
        ctx.broker.ping()
    except Unavailable as error:
        broker = PartView(ok=False, kind="redis", problem=_told(error))
    return HealthView(
        status="ok" if database.ok and broker.ok else "degraded",
        version=version("seedspread"),
        database=database,
        broker=broker,
        workers=alive,
        page=page,
    )


def list_recipes(ctx: Context) -> list[RecipeInfo]:
    """Return the recipes that workers have published, by name."""
    with ctx.database.reading() as session:
        return recipes.every(session)


def recipe(ctx: Context, name: str) -> RecipeInfo:
    """Return the current recipe of that name.

    Raises:
        NotFound: no worker has published one.
    """
    with ctx.database.reading() as session:
        info = recipes.current(session, name)
        published = [] if info else [info.name for info in recipes.every(session)]
    if info is None:
        listed = ", ".join(published) or "none yet: start a worker"
        raise NotFound("recipe", name, hint=f"there are: {listed}")
    return info


def _told(error: Unavailable) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
