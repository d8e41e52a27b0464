"""`seedspread up` and `demo`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from seedspread import logs
from seedspread.cli.commands.server import (
    announce_reach,
    check_access,
    check_schema,
    require_modules,
    require_worker,
)
from seedspread.cli.commands.study import exit_code
from seedspread.cli.console import output
from seedspread.cli.console.options import (
    BrokerUrl,
    DatabaseUrl,
    DataDir,
    DataRoots,
    Gpus,
    Host,
    Json,
    PerGpu,
    Port,
    Recipes,
    Watch,
    Workers,
    settings,
)
from seedspread.cli.console.progress import follow
from seedspread.cli.console.result_lines import result, verdict_lines
from seedspread.cli.text import sentences
from seedspread.client import Client
from seedspread.embedded import service
from seedspread.embedded.folder import prepare
from seedspread.embedded.interrupts import interruptible
from seedspread.embedded.service import Service
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.recording.logger import FOLDER
from seedspread.settings import AppSettings

UP_EXAMPLES = """Examples:

- `seedspread up` and open the address it prints
- `seedspread up --port 0 --workers 1 --data-dir ./studies`
- `seedspread up --recipes my_recipes` with your own recipes
- `seedspread up --watch results` shows the studies in `results` while they are written
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
    watch: Watch = None,
) -> None:
    """Start everything on this machine: broker, API, page and workers.

    One Ctrl-C stops all of it; interrupted runs are trained again at the next start. Results stay in the data
    directory. Studies that `seedspread run` and the logger write to the folder `seedspread-runs` here appear on the
    page while they are written.
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
        watch=[str(folder) for folder in _watched(watch)] or None,
    )
    console = output.for_people()
    with interruptible(), started(app_settings, console) as running:
        console.print("Ctrl-C stops it")
        while True:
            running.tend(1.0)


def _watched(folders: list[str] | None) -> list[Path]:
    """Return the folders to watch.

    By default that is where `seedspread run` writes to from here.

    Raises:
        InvalidInput: a folder of the command line does not exist.
    """
    if not folders:
        return [] if os.environ.get("SEEDSPREAD_WATCH") else [Path(FOLDER).absolute()]
    for folder in folders:
        if not Path(folder).is_dir():
            raise InvalidInput("--watch", folder, "a folder that exists")
    return [Path(folder).absolute() for folder in folders]


@contextmanager
def started(app_settings: AppSettings, console: Console) -> Iterator[Service]:
    """Start the service.

    It is announced on `console` once studies can be submitted. An interrupt is the usual way to end the block.
    """
    if app_settings.workers != 0:
        require_worker()
        require_modules(app_settings.recipe_modules)
    check_schema(app_settings)
    check_access(app_settings)
    logs.set_up(app_settings.log_level, file=prepare(app_settings.data_dir) / "logs" / "up.log")
    if console.is_terminal:
        console.print("starting …")
    with service.running(app_settings) as running:
        console.print(sentences.answers_at(running.url), soft_wrap=True)
        announce_reach(console, app_settings, urlsplit(running.url).port or 0)
        plural = "worker" if running.workers == 1 else "workers"
        console.print(f"{running.workers} {plural} · data in {running.folder}", soft_wrap=True, markup=False)
        for watched in filter(Path.is_dir, app_settings.watched_folders):
            console.print(sentences.watching(watched), soft_wrap=True, markup=False)
        if running.problem:
            log = running.folder / "logs" / "worker.log"
            for problem in running.problem.splitlines():
                console.print(sentences.unusable_recipes(problem), soft_wrap=True, markup=False)
            console.print(f"the worker's log is {log}", soft_wrap=True, markup=False)
        try:
            yield running
        except KeyboardInterrupt:
            console.print("stopping …")


RECIPE = "digits-mlp"

DEMO_EXAMPLES = """Examples:

- `seedspread demo` and open the address it prints; Ctrl-C stops it
- `seedspread demo --exit` leaves when the study has ended, with code 0 where every run finished
"""


def add_demo(app: typer.Typer) -> None:
    """Register the command."""
    app.command("demo", epilog=DEMO_EXAMPLES)(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Leave when the study has ended.")] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=10_000, help="Seeds of each of the two arms.")] = 24,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    recipes: Recipes = None,
    as_json: Json = False,
) -> int:
    """Start everything and run a study as a demonstration.

    Do 64 hidden units recognise digits better than 32?

    Two arms are trained under the same seeds; every seed becomes a point, and the answer says whether the difference
    is more than luck.
    """
    app_settings = settings(
        host=host,
        port=port,
        workers=workers,
        data_dir=data_dir,
        database_url=database_url,
        broker_url=broker_url,
        recipes=recipes,
    )
    console = output.beside() if as_json else output.for_people()
    code = 1 if leave else 0  # being interrupted is no success where the result was waited for
    with interruptible(), started(app_settings, console) as running, Client(running.url) as client:
        code = _watch(running, client, specification(seeds), console, as_json)
        if leave:
            return code
        console.print("Ctrl-C stops it")
        while True:
            running.tend(1.0)
    return code


def specification(seeds: int) -> dict[str, Any]:
    """Return the specification of the demo study."""
    return {
        "name": sentences.DEMO_NAME,
        "recipe": RECIPE,
        "arms": [
            {"name": "32 units", "parameters": {"hidden": 32, "epochs": 10}},
            {"name": "64 units", "parameters": {"hidden": 64, "epochs": 10}},
        ],
        "seeds": seeds,
        "metric": "val_accuracy",
        "smallest_difference": 0.005,
        "tags": ["demo"],
    }


def _watch(running: Service, client: Client, spec: dict[str, Any], console: Console, as_json: bool) -> int:
    if running.problem:
        log = running.folder / "logs" / "worker.log"
        raise SeedspreadError(f"no worker offers {RECIPE}: {running.problem}", hint=f"the worker's log is {log}")
    submitted = client.submit(spec)
    console.print(sentences.watch_at(client.page(submitted.study_id)), soft_wrap=True)
    study = follow(client, submitted.study_id, console, running.tend)
    outcome = result(client, study)
    if as_json:
        output.print_json(outcome.document())
    for line in verdict_lines(outcome):
        console.print(line, soft_wrap=True, markup=False)
    return exit_code(study)
