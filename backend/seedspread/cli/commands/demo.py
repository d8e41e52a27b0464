"""`seedspread demo`: as `up`, with a study that runs before your eyes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from seedspread.cli.commands.submit import exit_code
from seedspread.cli.commands.up import started
from seedspread.cli.console import output
from seedspread.cli.console.options import BrokerUrl, DatabaseUrl, DataDir, Host, Json, Port, Recipes, Workers, settings
from seedspread.cli.console.progress import follow
from seedspread.cli.console.result_lines import result, sentences
from seedspread.client import Client
from seedspread.embedded.interrupts import interruptible
from seedspread.embedded.service import Service
from seedspread.errors import SeedspreadError

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
        "name": "demo: do 64 hidden units beat 32?",
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
    console.print(f"watch it at {client.page(submitted.study_id)}", soft_wrap=True)
    study = follow(client, submitted.study_id, console, running.tend)
    outcome = result(client, study)
    if as_json:
        output.print_json(outcome.document())
    for line in sentences(outcome):
        console.print(line, soft_wrap=True, markup=False)
    return exit_code(study)
