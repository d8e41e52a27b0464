"""`seedspread submit`, `status`, `cancel` and `retry`."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.table import Table

from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect, study_number
from seedspread.cli.console.progress import ended, failed, follow, looks, pace
from seedspread.cli.console.result_lines import arm_lines, failures, result, verdict_lines
from seedspread.cli.console.spec_file import read
from seedspread.cli.console.uploads import with_uploads
from seedspread.cli.text import sentences
from seedspread.client import Client
from seedspread.core.states import StudyState
from seedspread.core.study import StudySpec
from seedspread.core.validation import parse
from seedspread.errors import MISSING, InvalidInput, Unavailable
from seedspread.views.studies import Changed, Code, StudyDetail, StudyView, Submitted

STATUS_EXAMPLES = """Examples:

- `seedspread status` lists the newest studies
- `seedspread status 3` shows study 3
- `seedspread status 3 --json` for programs
"""


def add_status(app: typer.Typer) -> None:
    """Register the command."""
    app.command("status", epilog=STATUS_EXAMPLES)(status)


def status(
    study: Annotated[
        int | None, typer.Argument(metavar="[STUDY]", parser=study_number, help="A study's number; none: list them.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many studies to list.")] = 20,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Show how studies stand."""
    with connect(api) as client:
        if study is not None:
            _show_one(client, client.study(study), as_json)
            return
        page = client.studies(limit)
    if as_json:
        output.print_json(page)
    elif page.items:
        output.for_people().print(_table(page.items))
        for item in (item for item in page.items if item.blocked):
            output.for_people().print(f"{item.id} {sentences.waits(item.blocked or '')}", markup=False, soft_wrap=True)
    else:
        output.for_people().print(sentences.NO_STUDIES)


def _show_one(client: Client, study: StudyDetail, as_json: bool) -> None:
    if as_json:
        output.print_json(study)
        return
    console = output.for_people()
    by = f" · by {study.created_by}" if study.created_by else ""
    console.print(f"study {study.id} · {study.name} · {study.recipe} {study.recipe_version}{by}", markup=False)
    counts = ", ".join(f"{count} {state}" for state, count in study.counts.items() if count)
    console.print(" · ".join(part for part in (f"{study.state}: {counts}", pace(study)) if part), markup=False)
    further = (looks(study), sentences.waits(study.blocked) if study.blocked else None, failures(client, study))
    for line in [*(line for line in further if line), *(f"  {line}" for line in arm_lines(study))]:
        console.print(line, markup=False, soft_wrap=True)
    console.print(client.page(study.id), soft_wrap=True)


def _table(studies: list[StudyView]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("id", "study", "recipe", "state", "runs"):
        table.add_column(title, justify="right" if title in ("id", "runs") else "left", no_wrap=title != "study")
    for study in studies:
        runs = f"{ended(study)}/{study.runs}"
        # Names are people's text: nothing in them is markup.
        state = f"{study.state}, {failed(study)} failed" if failed(study) else study.state
        table.add_row(str(study.id), _plain(study.name), _plain(study.recipe), state, runs)
    return table


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


CANCEL_EXAMPLES = """\
Example: `seedspread cancel 3`; what has ended stays, and `seedspread retry 3` trains what was cancelled."""


def add_cancel(app: typer.Typer) -> None:
    """Register the command."""
    app.command("cancel", epilog=CANCEL_EXAMPLES)(cancel)


def cancel(
    study: Annotated[int, typer.Argument(metavar="STUDY", parser=study_number, help="The study's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Cancel the runs of a study that have not ended."""
    with connect(api) as client:
        changed = client.cancel(study)
    if as_json:
        output.print_json(changed)
    else:
        output.for_people().print(f"study {study}: {sentences.cancels(changed.runs)}")


RETRY_EXAMPLES = """Examples:

- `seedspread retry 3` trains the failed and cancelled runs of study 3 again
- `seedspread retry --run 481` trains one run again
"""


def add_retry(app: typer.Typer) -> None:
    """Register the command."""
    app.command("retry", epilog=RETRY_EXAMPLES)(retry)


def retry(
    study: Annotated[
        int | None, typer.Argument(metavar="[STUDY]", parser=study_number, help="The study's number.")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", min=1, help="One run instead of a study.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Train failed and cancelled runs again, each as its next attempt."""
    if study is None and run is None:
        raise InvalidInput("STUDY", MISSING, "a study's number, or one run with --run")
    if study is not None and run is not None:
        raise InvalidInput("--run", run, f"nothing beside STUDY {study}: either a study or one run")
    path = f"/runs/{run}/retry" if study is None else f"/studies/{study}/retry"
    with connect(api) as client:
        changed = client.post(Changed, path)
    if as_json:
        output.print_json(changed)
    elif study is None:
        output.for_people().print(sentences.run_requeued(run))
    else:
        output.for_people().print(f"study {study}: {sentences.requeued(changed.runs)}")


EXTEND_EXAMPLES = """Examples:

- `seedspread extend 3 --seeds 10` gives every arm of study 3 the same 10 new seeds
- `seedspread extend 3 --seeds 10 --code current` adds arms that today's code of the recipe trains
- `seedspread extend 3 --seeds 10 --code recorded` queues runs of the code of the study, for workers that have it
"""


def add_extend(app: typer.Typer) -> None:
    """Register the command."""
    app.command("extend", epilog=EXTEND_EXAMPLES)(extend)


def extend(
    study: Annotated[int, typer.Argument(metavar="STUDY", parser=study_number, help="The study's number.")],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many new seeds every arm gets.")],
    code: Annotated[
        Code | None, typer.Option("--code", help="Which code trains them, where the recipe has changed since.")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Add seeds to every arm of a study.

    If the recipe has changed since the study was submitted, --code says what is to train them.
    """
    with connect(api) as client:
        added = client.add_seeds(study, seeds, code)
    if as_json:
        output.print_json(added)
    else:
        output.for_people().print(f"study {study}: {sentences.queued(added.runs, added.seeds)}")


SUBMIT_EXAMPLES = """Examples:

- `seedspread submit study.yaml`
- `seedspread submit study.json --wait --json > result.json`
- `echo '{"name": "width", "recipe": "digits-mlp", "arms": [{"name": "base"}], "seeds": 20}' | seedspread submit -`
"""


WAIT_FOR_RECIPES_S = 60  # a worker imports its framework first, which may take half a minute
POLL_S = 0.5


def add_submit(app: typer.Typer) -> None:
    """Register the command."""
    app.command("submit", epilog=SUBMIT_EXAMPLES)(submit)


def submit(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A specification in JSON or YAML; - is standard input.")],
    wait: Annotated[bool, typer.Option("--wait", help="Stay until the study has ended; 1 where a run failed.")] = False,
    key: Annotated[
        str | None, typer.Option("--idempotency-key", help="Submitting again under the same key is no second study.")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> int:
    """Submit a study.

    The file names the study, a recipe, arms (variants of its parameters) and seeds; see `seedspread recipes`.
    """
    document = read(file)
    with connect(api) as client:
        submitted = _submitted(client, document, key)
        if wait:
            return _wait(client, submitted, as_json)
        if as_json:
            output.print_json(submitted.model_dump(mode="json") | {"page": client.page(submitted.study_id)})
        else:
            _tell(client, submitted)
    return 0


def _submitted(client: Client, document: dict[str, Any], key: str | None) -> Submitted:
    """Submit a study, or report its errors.

    If the service is unavailable, errors that can be found without it are reported.

    Raises:
        InvalidInput: the specification is invalid.
        Unavailable: the service is unavailable.
    """
    try:
        return _once_published(client, document, key)
    except Unavailable:
        parse(StudySpec, document)
        raise


def _once_published(client: Client, document: dict[str, Any], key: str | None) -> Submitted:
    """Submit a study once the workers that just started have published.

    Raises:
        InvalidInput: the specification is invalid, or its recipe was not published within WAIT_FOR_RECIPES_S.
    """
    until = time.monotonic() + WAIT_FOR_RECIPES_S
    waiting = False
    while True:
        coming = _recipe_may_come(client, document.get("recipe"))
        try:
            return client.submit(with_uploads(client, document), key)
        except InvalidInput as error:
            # Asked before the submission: a recipe that arrived in between is then submitted again, not refused.
            of_recipe = all(fault.field == "recipe" for fault in error.faults)
            if not (of_recipe and coming) or time.monotonic() > until:
                raise
        if not waiting:
            output.beside().print(sentences.waiting_for_recipes(WAIT_FOR_RECIPES_S), soft_wrap=True)
            waiting = True
        time.sleep(POLL_S)


def _recipe_may_come(client: Client, recipe: object) -> bool:
    """Return True if a starting worker may yet publish the recipe."""
    published = {info.name for info in client.recipes()}
    if not isinstance(recipe, str) or recipe in published:
        return False
    live = [worker for worker in client.workers() if worker.alive]
    return any(worker.recipes is None for worker in live) or not (live or published)


def _tell(client: Client, submitted: Submitted) -> None:
    action = f"{submitted.runs} runs" if submitted.created else "submitted before"
    output.for_people().print(f"study {submitted.study_id}: {action} · {client.page(submitted.study_id)}")


def _wait(client: Client, submitted: Submitted, as_json: bool) -> int:
    if not as_json:
        _tell(client, submitted)
    study = follow(client, submitted.study_id, output.beside(), time.sleep)
    outcome = result(client, study)
    if as_json:
        output.print_json(outcome.document())
    else:
        for line in verdict_lines(outcome):
            output.for_people().print(line, soft_wrap=True, markup=False)
    return exit_code(study)


def exit_code(study: StudyDetail) -> int:
    """Return the exit code: 0 if every run finished, else 1."""
    return 1 if failed(study) or study.state is not StudyState.FINISHED else 0
