"""`seedspread up`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from seedspread import logs
from seedspread.cli.commands.server import check_schema, require_modules, require_worker
from seedspread.cli.console import output
from seedspread.cli.console.options import (
    BrokerUrl,
    DatabaseUrl,
    DataDir,
    DataRoots,
    Gpus,
    Host,
    PerGpu,
    Port,
    Recipes,
    Workers,
    settings,
)
from seedspread.embedded import service
from seedspread.embedded.folder import prepare
from seedspread.embedded.interrupts import interruptible
from seedspread.embedded.service import Service
from seedspread.settings import AppSettings

UP_EXAMPLES = """Examples:

- `seedspread up` and open the address it prints
- `seedspread up --port 0 --workers 1 --data-dir ./studies`
- `seedspread up --recipes my_recipes` with your own recipes
"""


def add_up(app: typer.Typer) -> None:
    """Register the command."""
    app.command("up", epilog=UP_EXAMPLES)(up)


def up(
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    recipes: Recipes = None,
    gpus: Gpus = None,
    per_gpu: PerGpu = None,
    data_roots: DataRoots = None,
) -> None:
    """Start everything on this machine: broker, API, page and workers.

    One Ctrl-C stops all of it; runs that were being trained are trained again next time. What is stored stays in the
    data directory.
    """
    app_settings = settings(
        host=host,
        port=port,
        workers=workers,
        data_dir=data_dir,
        database_url=database_url,
        broker_url=broker_url,
        recipes=recipes,
        gpus=gpus,
        per_gpu=per_gpu,
        data_roots=data_roots or None,
    )
    console = output.for_people()
    with interruptible(), started(app_settings, console) as running:
        console.print("Ctrl-C stops it")
        while True:
            running.tend(1.0)


@contextmanager
def started(app_settings: AppSettings, console: Console) -> Iterator[Service]:
    """Start the service.

    It is announced on `console` once studies can be submitted.

    Being interrupted is the usual way to end the block.
    """
    if app_settings.workers != 0:
        require_worker()
        require_modules(app_settings.recipe_modules)
    check_schema(app_settings)
    logs.set_up(app_settings.log_level, file=prepare(app_settings.data_dir) / "logs" / "up.log")
    if console.is_terminal:
        console.print("starting …")
    with service.running(app_settings) as running:
        console.print(f"Seedspread is at {running.url}", soft_wrap=True)
        plural = "worker" if running.workers == 1 else "workers"
        console.print(f"{running.workers} {plural} · data in {running.folder}", soft_wrap=True, markup=False)
        if running.problem:
            log = running.folder / "logs" / "worker.log"
            for problem in running.problem.splitlines():
                console.print(f"recipes that cannot be used: {problem}", soft_wrap=True, markup=False)
            console.print(f"the worker's log is {log}", soft_wrap=True, markup=False)
        try:
            yield running
        except KeyboardInterrupt:
            console.print("stopping …")
