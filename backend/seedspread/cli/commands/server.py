"""`seedspread worker`: trainers on this machine for a service that runs elsewhere (or beside it)."""

from __future__ import annotations

import importlib.util
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.console.options import BrokerUrl, DatabaseUrl, DataDir, Recipes, settings
from seedspread.errors import InvalidInput, Unavailable
from seedspread.settings import cores

WORKER_EXAMPLES = """Examples:

- `seedspread worker` beside a running `seedspread up`
- `seedspread worker --queue gpu --concurrency 1 --broker-url redis://host/0 --database-url postgresql+psycopg://…`
"""


class Queue(StrEnum):
    """The queues there are."""

    CPU = "cpu"
    GPU = "gpu"


def add_worker(app: typer.Typer) -> None:
    """Register the command."""
    app.command("worker", epilog=WORKER_EXAMPLES)(worker)


def worker(
    queue: Annotated[Queue, typer.Option("--queue", help="Which runs to take.")] = Queue.CPU,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", min=1, max=1024, help="Trainers. [default: cores; 1 for gpu]")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    recipes: Recipes = None,
) -> None:
    """Take runs from a queue and train them.

    Ctrl-C or SIGTERM gives back what is being trained; another worker, or this one later, trains it again.
    """
    given = settings(data_dir=data_dir, database_url=database_url, broker_url=broker_url, recipes=recipes)
    require_worker()
    require_modules(given.recipe_modules)
    trainers = concurrency or (cores() if queue is Queue.CPU else 1)
    command = [sys.executable, "-m", "seedspread_worker", "--console"]
    command += ["--queue", queue.value, "--concurrency", str(trainers)]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **given.as_environment()})  # noqa: S606 - our own module


def require_worker() -> None:
    """Nothing, where this installation can train.

    Raises:
        Unavailable: it was installed without what a worker needs.
    """
    missing = [name for name in ("seedspread_worker", "psutil", "keras", "tensorflow") if not _is_there(name)]
    if missing:
        raise Unavailable(
            f"this installation has no {' and no '.join(missing)}",
            hint="pip install 'seedspread[worker,cpu]' (or 'seedspread[worker,cuda]' for a GPU)",
        )


def require_modules(names: tuple[str, ...]) -> None:
    """Nothing, where every module of recipes can be found.

    Raises:
        InvalidInput: naming those that cannot.
    """
    lost = [name for name in names if not (Path(name).is_file() if name.endswith(".py") else _is_there(name))]
    if lost:
        expected = "modules that can be imported from here, or .py files"
        raise InvalidInput.all_of([InvalidInput("--recipes", name, expected) for name in lost])


def _is_there(name: str) -> bool:
    here = str(Path.cwd())
    if here not in sys.path:  # where the worker will look, too
        sys.path.append(here)
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
