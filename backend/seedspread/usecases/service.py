"""How the service is: its parts, its recipes, its workers, its queues."""

from __future__ import annotations

from importlib.metadata import version

from seedspread.core.recipe import RecipeInfo
from seedspread.core.states import RunState
from seedspread.errors import NotFound, Unavailable
from seedspread.storage import recipes, runs, workers
from seedspread.usecases.context import Context
from seedspread.usecases.views.service import HealthView, PartView, QueueView, WorkerView

QUEUES = ("cpu", "gpu")


def health(ctx: Context, *, page: bool) -> HealthView:
    """How the parts are; never raises for one that is away."""
    alive = 0
    database = PartView(ok=True, kind=ctx.database.dialect)
    try:
        alive = sum(worker.alive for worker in list_workers(ctx))
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
    """The recipes that workers have published, by name."""
    with ctx.database.reading() as session:
        return recipes.every(session)


def recipe(ctx: Context, name: str) -> RecipeInfo:
    """The current recipe of that name.

    Raises:
        NotFound: no worker has published one.
    """
    with ctx.database.reading() as session:
        found = recipes.current(session, name)
        known = [] if found else [info.name for info in recipes.every(session)]
    if found is None:
        listed = ", ".join(known) or "none yet: start a worker"
        raise NotFound("recipe", name, hint=f"there are: {listed}")
    return found


def list_workers(ctx: Context) -> list[WorkerView]:
    """Every worker known, by name."""
    with ctx.database.reading() as session:
        found = workers.listed(session, ctx.clock(), ctx.settings.lease_s)
    return [WorkerView(**{name: getattr(worker, name) for name in WorkerView.model_fields}) for worker in found]


def list_queues(ctx: Context) -> list[QueueView]:
    """What waits and who takes from it, by queue."""
    with ctx.database.reading() as session:
        waiting = runs.by_queue(session)
        found = workers.listed(session, ctx.clock(), ctx.settings.lease_s)
    names = list(dict.fromkeys([*QUEUES, *waiting, *(worker.queue for worker in found)]))
    alive = {name: sum(worker.alive for worker in found if worker.queue == name) for name in names}
    return [_queue(ctx, name, waiting.get(name, {}), alive[name]) for name in names]


def _queue(ctx: Context, name: str, waiting: dict[RunState, int], alive: int) -> QueueView:
    messages: int | None = None
    blocked: str | None = None
    try:
        messages = ctx.broker.depth(name)
    except Unavailable as error:
        blocked = _told(error)
    if blocked is None and waiting.get(RunState.QUEUED) and not alive:
        blocked = f"no worker takes from this queue: start one with `seedspread worker --queue {name}`"
    counts = dict.fromkeys((RunState.QUEUED, RunState.RUNNING), 0) | waiting
    return QueueView(name=name, runs=counts, messages=messages, workers=alive, blocked=blocked)


def _told(error: Unavailable) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
