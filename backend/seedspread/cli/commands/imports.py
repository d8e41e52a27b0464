"""`seedspread import` and `push`: store studies trained elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from seedspread.cli.commands.server import local_context
from seedspread.cli.console import output
from seedspread.cli.console.file_options import (
    Best,
    By,
    Encoding,
    SeedColumn,
    StateColumn,
    Summary,
    file_options,
)
from seedspread.cli.console.options import TOKEN, Api, DatabaseUrl, DataDir, Json, access_token, connect, settings
from seedspread.cli.text import sentences
from seedspread.core.recipe import Direction
from seedspread.embedded.interrupts import interruptible
from seedspread.errors import MISSING, InvalidInput
from seedspread.readers import read_study
from seedspread.recording import StudyFolder, is_study_folder, open_study
from seedspread.sending.folder import write_folder
from seedspread.sending.follow import follow
from seedspread.sending.push import Receiver, Sent, push
from seedspread.sending.studies import SentStudy, from_folder, from_reading
from seedspread.studies.receiver import LocalReceiver

IMPORT_EXAMPLES = """Examples:

- `seedspread import runs.csv` stores a table of runs as a study, which `seedspread up` shows
- `seedspread import mlflow:mlruns#digits --metric val_acc --direction maximize` stores a tracker's runs, whole series
- `seedspread import tb:logs --to-folder study` writes a run folder instead
"""
PUSH_EXAMPLES = """Examples:

- `seedspread push my-study` stores a run folder where `seedspread up` on this machine shows it
- `SEEDSPREAD_TOKEN=… seedspread push my-study --api http://seeds.example:8321` sends it to a service
- `seedspread push my-study --follow --api …` sends each run as it ends, while `seedspread run` goes on
"""
Token = Annotated[
    str | None, typer.Option("--token-file", help=f"A file with the token. [default: the variable {TOKEN}]")
]


@contextmanager
def _receiver(
    api: str | None, token_file: str | None, data_dir: Path | None, database_url: str | None
) -> Iterator[Receiver]:
    if api is None:
        with local_context(settings(data_dir=data_dir, database_url=database_url)) as ctx:
            yield LocalReceiver(ctx)
        return
    token = access_token(token_file)
    if token is None:
        hint = "Create one where the service runs: seedspread token create NAME."
        raise InvalidInput(TOKEN, MISSING, "a token of the service, or --token-file", hint=hint)
    with connect(api, token=token) as client:
        yield client


def add_import(app: typer.Typer) -> None:
    """Register the command."""
    app.command("import", epilog=IMPORT_EXAMPLES)(import_file)


def import_file(
    source: Annotated[
        str, typer.Argument(metavar="FILE | mlflow:URI#EXPERIMENT | tb:FOLDER | FOLDER", help="What to import.")
    ],
    name: Annotated[str | None, typer.Option(help="Name of the study. [default: the source's]")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", "--column", help="The metric that decides. [default: guessed, and said]")
    ] = None,
    direction: Annotated[Direction | None, typer.Option(help="Which way is better. [default: by its name]")] = None,
    by: By = None,
    seed_column: SeedColumn = None,
    state_column: StateColumn = None,
    summary: Summary = None,
    best: Best = False,
    duplicates: Annotated[
        Literal["refuse", "first"], typer.Option("--duplicates", help="What to do with a seed that an arm has twice.")
    ] = "refuse",
    encoding: Encoding = None,
    to_folder: Annotated[Path | None, typer.Option(help="Write a run folder here instead of a database.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    token_file: Token = None,
    as_json: Json = False,
) -> None:
    """Store existing runs as a study.

    Every metric is stored with its whole series and exact values. The study can be read, compared and reported like any
    other, but not trained. Importing the same runs again changes nothing. Without --api the study goes into the
    database of this machine, which `seedspread up` shows.
    """
    if is_study_folder(Path(source)):
        study = from_folder(open_study(Path(source)), metric=metric)
    else:
        options = file_options(
            by=by,
            seed_column=seed_column,
            state_column=state_column,
            summary=summary,
            best=best,
            direction=direction,
            duplicates=duplicates,
            encoding=encoding,
        )
        reading = read_study(source, options, metric=metric)
        study = from_reading(
            reading, source, name=name, metric=reading.deciding, direction=direction, summary=options.summary
        )
        output.tell([reading.guess], as_json=as_json)
    if to_folder is not None:
        write_folder(study, to_folder)
        output.tell([sentences.written(len(study.runs), to_folder)], as_json=as_json)
        return
    with _receiver(api, token_file, data_dir, database_url) as receiver:
        _report(push(study, receiver), study, api, as_json=as_json)


def add_push(app: typer.Typer) -> None:
    """Register the command."""
    app.command("push", epilog=PUSH_EXAMPLES)(push_folder)


def push_folder(
    folder: Annotated[Path, typer.Argument(help="A run folder, as `seedspread run` writes it.")],
    metric: Annotated[str | None, typer.Option(help="The metric that decides. [default: the folder's]")] = None,
    following: Annotated[
        bool,
        typer.Option("--follow", help="Send runs as they end, until the study ends, and wait for a service."),
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    token_file: Token = None,
    as_json: Json = False,
) -> None:
    """Send the finished runs of a folder.

    Each run is sent exactly once, however often this is repeated or interrupted. Without --api the runs go into the
    database of this machine.
    """
    if following:
        # What a shell script starts in the background ignores SIGINT: this may wait for hours, and must end.
        with interruptible(), _receiver(api, token_file, data_dir, database_url) as receiver:
            total = follow(folder, receiver, lambda line: output.tell([line], as_json=as_json), metric=metric)
        opened = open_study(folder)
        _report(total, from_folder(opened, metric=metric), api, as_json=as_json)
        _tell_edited(opened, as_json=as_json)
        return
    opened = open_study(folder)
    study = from_folder(opened, metric=metric)
    if study.guess:
        output.tell([sentences.guessed_metric(study.guess)], as_json=as_json)
    with _receiver(api, token_file, data_dir, database_url) as receiver:
        _report(push(study, receiver), study, api, as_json=as_json)
    _tell_edited(opened, as_json=as_json)


def _tell_edited(folder: StudyFolder, *, as_json: bool) -> None:
    edited = [run.folder.name for run in folder.counted() if run.edited(("metrics", "examples"))]
    if edited:
        output.tell([sentences.edited_runs(edited)], as_json=as_json)


def _report(sent: Sent, study: SentStudy, api: str | None, *, as_json: bool) -> None:
    if as_json:
        counts = {"runs": sent.runs, "points": sent.points, "skipped": sent.skipped, "files": sent.files}
        output.print_json({"study_id": sent.study_id, **counts})
        return
    where = f" at {api}" if api else ""
    lines = [
        f"study {sent.study_id}{where}: {study.study.name}",
        sentences.stored(sent.runs, sent.points, sent.files, sent.skipped),
    ]
    output.tell(lines, as_json=False)
