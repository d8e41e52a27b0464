"""`seedspread submit`: submit a study, and optionally wait for its result."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect
from seedspread.cli.console.progress import failed, follow
from seedspread.cli.console.result_lines import result, sentences
from seedspread.cli.console.spec_file import read
from seedspread.cli.console.uploads import with_uploads
from seedspread.client import Client
from seedspread.core.states import StudyState
from seedspread.core.study import StudySpec
from seedspread.core.validation import parse
from seedspread.errors import InvalidInput, Unavailable
from seedspread.views.studies import StudyDetail, Submitted

SUBMIT_EXAMPLES = """Examples:

- `seedspread submit study.yaml`
- `seedspread submit study.json --wait --json > result.json`
- `echo '{"name": "width", "recipe": "digits-mlp", "arms": [{"name": "base"}], "seeds": 20}' | seedspread submit -`
"""


WAIT_FOR_RECIPES_S = 60
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

    Where the service is unavailable, errors that can be found without it are reported.

    Raises:
        InvalidInput: the specification cannot be used.
        Unavailable: the service is away.
    """
    try:
        return _once_published(client, document, key)
    except Unavailable:
        parse(StudySpec, document)
        raise


def _once_published(client: Client, document: dict[str, Any], key: str | None) -> Submitted:
    """Submit a study once the workers that just started have published.

    Raises:
        InvalidInput: the specification cannot be used, or its recipe was not published within WAIT_FOR_RECIPES_S.
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
            seconds = f"up to {WAIT_FOR_RECIPES_S} s"
            output.beside().print(f"waiting {seconds} for workers to publish their recipes", soft_wrap=True)
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
        for line in sentences(outcome):
            output.for_people().print(line, soft_wrap=True, markup=False)
    return exit_code(study)


def exit_code(study: StudyDetail) -> int:
    """Return the exit code: 0 if every run finished, else 1."""
    return 1 if failed(study) or study.state is not StudyState.FINISHED else 0
