"""`seedspread replay`: repeat a run, with or without a server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.console import output
from seedspread.cli.console.comparison_lines import DIVERGED, lines_of
from seedspread.cli.console.options import Api, Json, Recipes, connect
from seedspread.client import Client
from seedspread.core.repeat import RepeatVerdict
from seedspread.core.states import TERMINAL, RunState
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.studies import replay_file
from seedspread.views.replays import ReplayView

REPLAY_EXAMPLES = """\
Exit codes: 0 every replay was identical, 3 one diverged, 1 one did not finish, 2 bad input. Examples:

- `seedspread replay 481 --times 3` repeats run 481 on the workers
- `seedspread export 481 -o run481.json`, then on any machine `seedspread replay run481.json`
- `seedspread replay seedspread-runs/train-1a2b3c4d/runs/wide-3` repeats a run of `seedspread run`
"""

POLL_S = 0.5  # a training takes seconds at least; more requests would tell nothing new


def add_replay(app: typer.Typer) -> None:
    """Register the command."""
    app.command("replay", epilog=REPLAY_EXAMPLES)(replay)


def replay(
    run: Annotated[
        str, typer.Argument(metavar="RUN|FILE|FOLDER", help="A run's number, a file of `export`, or a run's folder.")
    ],
    times: Annotated[int, typer.Option("--times", min=1, max=100, help="How often to repeat it.")] = 1,
    worker: Annotated[str | None, typer.Option("--worker", help="A worker or host that is to train it.")] = None,
    allow_changed: Annotated[bool, typer.Option("--allow-changed", help="Even where the code changed.")] = False,
    recipes: Recipes = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", metavar="NAME=PATH", help="Where a data file lies here (FILE only).")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Train a run again and say whether it repeats, bit for bit."""
    if Path(run).is_dir():
        _of_folder(Path(run), times, worker, recipes, data, allow_changed=allow_changed, as_json=as_json)
        return
    if run.isdecimal():
        with connect(api) as client:
            verdicts = [
                _verdict(view)
                for view in replay_on_workers(client, int(run), times, worker, allow_changed=allow_changed)
            ]
    else:
        if worker is not None:
            raise InvalidInput("--worker", worker, "nothing with a FILE, which is trained on this machine")
        modules = [name.strip() for name in ",".join(recipes or []).split(",") if name.strip()]
        file = replay_file.read(run)
        verdicts = list(
            replay_file.replay_file(
                file, times=times, recipes=modules, data=_paths(data or []), allow_changed=allow_changed
            )
        )
    _tell(verdicts, as_json=as_json)
    if not all(verdict.identical for verdict in verdicts):
        raise typer.Exit(DIVERGED)


def _of_folder(
    folder: Path,
    times: int,
    worker: str | None,
    recipes: list[str] | None,
    data: list[str] | None,
    *,
    allow_changed: bool,
    as_json: bool,
) -> None:
    """Repeat a run of `seedspread run` on this machine."""
    from seedspread.running.replay import replay_run

    for option, value in (("--worker", worker), ("--recipes", recipes), ("--data", data)):
        if value is not None:
            raise InvalidInput(option, value, "nothing with the folder of a run, whose command says it all")
    replays = list(replay_run(folder, times=times, allow_changed=allow_changed))
    if as_json:
        described = [item.verdict.model_dump(mode="json") | {"code": item.code} for item in replays]
        output.print_json({"verdicts": described})
    else:
        _tell([item.verdict for item in replays], as_json=False)
        for line in dict.fromkeys(item.code for item in replays):
            output.for_people().print(line, markup=False, soft_wrap=True)
    if not all(item.verdict.identical for item in replays):
        raise typer.Exit(DIVERGED)


def replay_on_workers(
    client: Client, run: int, times: int = 1, worker: str | None = None, *, allow_changed: bool = False
) -> list[ReplayView]:
    """Start replays of a run and wait until all have ended."""
    started = set(client.replay(run, times, worker, allow_changed=allow_changed).runs)
    while True:
        replays = [view for view in client.replays(run).replays if view.run_id in started]
        if all(view.state in TERMINAL for view in replays):
            return replays
        time.sleep(POLL_S)


def _verdict(view: ReplayView) -> RepeatVerdict:
    if view.verdict is None:
        why = view.reason or "no reason was given"
        raise SeedspreadError(f"replay {view.run_id} is {RunState(view.state).value}: {why}")
    return view.verdict


def _tell(verdicts: list[RepeatVerdict], *, as_json: bool) -> None:
    if as_json:
        output.print_json({"verdicts": [verdict.model_dump(mode="json") for verdict in verdicts]})
        return
    console = output.for_people()
    for verdict in verdicts:
        for line in lines_of(verdict):
            console.print(line, markup=False, soft_wrap=True)


def _paths(pairs: list[str]) -> dict[str, str]:
    parted = [item.partition("=") for item in pairs]
    for name, sign, path in parted:
        if not (name and sign and path):
            raise InvalidInput("--data", f"{name}{sign}{path}", "NAME=PATH, such as table=measurements.csv")
    return {name: path for name, _, path in parted}
