"""Background tasks: migrate the schema, reconcile, feed the event streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from seedspread.api.http.hub import Hub
from seedspread.context import Context
from seedspread.errors import SeedspreadError, Unavailable
from seedspread.studies.dispatch import reconcile

log = structlog.get_logger(__name__)


@asynccontextmanager
async def at_work(
    ctx: Context,
    hub: Hub,
    watches: Sequence[Callable[[Context], object]] = (),
    first: Callable[[Context], object] = lambda _: None,
) -> AsyncIterator[None]:
    """Run the background tasks of a process while the block lasts.

    `first` is called once the schema is up to date, before anything else reads the database.

    Each watch has a loop of its own, since it may take longer than a round of the reconciler should.

    If the database is unavailable, the service starts all the same and answers 503 until a round reaches it. A database
    of a newer version stops it from starting.

    Raises:
        SchemaTooNew: a newer version of Seedspread has upgraded the database.
    """
    try:
        await asyncio.to_thread(ctx.database.check_schema)
    except Unavailable as error:
        log.warning("the database is away", problem=error.message)

    def prepare() -> None:
        ctx.database.upgrade()
        first(ctx)

    upgraded = await _tried("schema outdated", prepare)
    tasks = [asyncio.create_task(hub.run()), asyncio.create_task(_reconcile(ctx, upgraded, prepare))]
    tasks += [asyncio.create_task(_watch(ctx, watch)) for watch in watches]
    try:
        yield
    finally:
        await hub.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _reconcile(ctx: Context, upgraded: bool, prepare: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(ctx.settings.reconcile_s)
        if not upgraded:
            upgraded = await _tried("schema outdated", prepare)
        if upgraded:
            await _tried("reconciling failed", lambda: reconcile(ctx, ctx.clock()))


async def _watch(ctx: Context, watch: Callable[[Context], object]) -> None:
    while True:
        await asyncio.sleep(ctx.settings.reconcile_s)
        await _tried("watching failed", lambda: watch(ctx))


async def _tried(trouble: str, work: Callable[[], object]) -> bool:
    try:
        await asyncio.to_thread(work)
    except SeedspreadError as error:
        log.warning(trouble, problem=error.message)
        return False
    except Exception:
        # The loop has to outlive a fault of ours: without it no lost run ever comes back.
        log.exception(trouble)
        return False
    return True
