"""`seedspread datasets`, `diff` and `audit`: inspect data, runs, studies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from seedspread import words
from seedspread.cli.commands.replay import replay_on_workers
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect
from seedspread.cli.text import sentences
from seedspread.core.audit import Finding, Severity
from seedspread.core.diff import Entry, RunDiff
from seedspread.views.datasets import CheckedFile, ContentsView, DatasetsView

DATASETS_EXAMPLES = """Examples:

- `seedspread datasets` lists what recipes bring along and the files that studies trained on
- `seedspread datasets wine.csv --target grower` looks into a file before a study trains on it
"""


def add_datasets(app: typer.Typer) -> None:
    """Register the command."""
    app.command("datasets", epilog=DATASETS_EXAMPLES)(datasets)


def datasets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A file to look into.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="table, text or arrays. [default: whatever it reads as]")
    ] = None,
    target: Annotated[str, typer.Option("--target", help="A table's column of the class. [default: the last]")] = "",
    api: Api = None,
    as_json: Json = False,
) -> None:
    """List the data of studies, or upload and inspect a file."""
    body: dict[str, Any] = {"kind": kind, "target": target}
    view: CheckedFile | DatasetsView
    with connect(api) as client:
        if file is None:
            view = client.get(DatasetsView, "/datasets")
        else:
            local = file.expanduser()
            path = client.upload(local).path if local.is_file() else str(local.absolute())
            view = client.post(CheckedFile, "/datasets/check", body | {"path": path})
    if as_json:
        output.print_json(view)
        return
    console = output.for_people()
    for line in _checked(view) if isinstance(view, CheckedFile) else _listed(view):
        console.print(line, markup=False, soft_wrap=True)


def _listed(datasets_view: DatasetsView) -> list[str]:
    lines = ["built in:"] if datasets_view.built_in else [sentences.NO_RECIPES]
    for builtin in datasets_view.built_in:
        chosen = sentences.OWN_DATA if builtin.name is None else f"{builtin.parameter}={builtin.name}"
        default = " (default)" if builtin.default and builtin.name is not None else ""
        lines.append(f"  {builtin.recipe}: {chosen}{default} · {_number(builtin.used.study_count, 'study', 'studies')}")
    lines.append("files:" if datasets_view.files else sentences.NO_DATA_FILES)
    for file in datasets_view.files:
        shape = [_shape(file.contents)] if file.contents else []
        parts = [file.sha256[:12], *shape, _number(file.used.study_count, "study", "studies"), file.state]
        lines.append(f"  {file.path}: {' · '.join(parts)}")
    return lines


def _checked(checked: CheckedFile) -> list[str]:
    lines = [
        f"{checked.path}: {checked.kind}, SHA-256 {checked.sha256[:12]}…, {checked.size_bytes:,} bytes",
        checked.sentence,
    ]
    lines += [f"  {item.name}: {item.examples:,}" for item in checked.contents.classes]
    lines += [f"  {item.name}: {item.type} {tuple(item.shape)}" for item in checked.contents.arrays]
    if checked.takes:
        lines.append(f"taken by {', '.join(f'{item.recipe} ({item.parameter})' for item in checked.takes)}")
    lines += [sentences.trained_on_file(item.id, item.name) for item in checked.same]
    lines += [sentences.trained_on_path(item.id, item.name) for item in checked.other]
    return lines


def _shape(contents: ContentsView) -> str:
    if contents.examples is None:
        return _number(len(contents.arrays), "array", "arrays")
    columns = "" if contents.features is None else f" × {contents.features:,}"
    return f"{contents.examples:,}{columns}, {contents.class_count} classes"


def _number(number: int, singular: str, plural: str) -> str:
    return f"{number:,} {singular if number == 1 else plural}"


DIFF_EXAMPLES = """\
Example: `seedspread diff 481 482`; the runs may belong to different studies."""

_SHOWN = 100
_FINGERPRINT = re.compile(r"\b[0-9a-f]{64}\b")


def add_diff(app: typer.Typer) -> None:
    """Register the command."""
    app.command("diff", epilog=DIFF_EXAMPLES)(diff)


def diff(
    a: Annotated[int, typer.Argument(metavar="A", help="A run's number.")],
    b: Annotated[int, typer.Argument(metavar="B", help="Another run's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Show the differences between two runs.

    It compares seeds, parameters, data, code, packages, environment and results.
    """
    with connect(api) as client:
        differences = client.diff(a, b)
    if as_json:
        output.print_json(differences)
        return
    console = output.for_people()
    for line in _lines(differences):
        console.print(line, markup=False, soft_wrap=True)


def _lines(differences: RunDiff) -> Iterator[str]:
    yield differences.sentence
    for group, entries in differences.groups.items():
        yield f"\n{group.value}"
        yield from (f"  {_entry(entry)}" for entry in entries)
    for file in differences.code:
        yield ""
        yield from file.diff.splitlines()


def _entry(entry: Entry) -> str:
    why = f"  ← may matter: {entry.why}" if entry.matters and entry.why else ""
    a, b = _rounded(entry.a), _rounded(entry.b)
    if a == b:  # what differs only in the digits left out is told in full
        a, b = entry.a, entry.b
    return f"{entry.key}: {_short(a)} | {_short(b)}{why}"


def _rounded(value: Any) -> Any:
    """Format floats and cut fingerprints to 12 characters."""
    match value:
        case float():
            return words.number(value)
        case str():
            return _FINGERPRINT.sub(lambda differences: differences[0][:12], value)
        case dict():
            return f"{{{', '.join(f'{key}: {_rounded(item)}' for key, item in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(str(_rounded(item)) for item in value)}]"
    return value


def _short(value: object) -> str:
    text = "–" if value is None else str(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


AUDIT_EXAMPLES = """\
Exit codes: 0 no error was found (there may be warnings), 3 there was one. Examples:

- `seedspread audit 3` says what the runs of study 3 show about their seeds, and what they cannot show
- `seedspread audit 3 --replay` first trains the run again whose repetition would show more
"""

FOUND_ERRORS = 3


def add_audit(app: typer.Typer) -> None:
    """Register the command."""
    app.command("audit", epilog=AUDIT_EXAMPLES)(audit)


def audit(
    study: Annotated[int, typer.Argument(metavar="STUDY", help="The study's number.")],
    replay: Annotated[
        bool, typer.Option("--replay", help="First replay the run whose repetition is missing, and wait for it.")
    ] = False,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Audit a study for problems with its seeds.

    It reports seeds without effect, identical runs, and randomness that is not under control.
    """
    with connect(api) as client:
        findings = client.findings(study)
        if replay and (candidate := _to_replay(findings)) is not None:
            output.beside().print(f"replaying run {candidate} in a fresh process")
            replay_on_workers(client, candidate)
            findings = client.findings(study)
        arms = client.seeding(study)
    if as_json:
        document: dict[str, Sequence[BaseModel]] = {"findings": findings, "arms": arms}
        output.print_json({key: [item.model_dump(mode="json") for item in items] for key, items in document.items()})
    else:
        console = output.for_people()
        for arm in arms:
            console.print(f"{arm.name}: {arm.sentence}", markup=False, soft_wrap=True)
        for finding in findings:
            console.print(f"{finding.severity.value}: {finding.sentence}", markup=False, soft_wrap=True)
            console.print(f"  {finding.advice}", markup=False, soft_wrap=True)
        if not replay and _to_replay(findings) is not None:
            console.print(f"  {sentences.replay_advice(study)}", markup=False, soft_wrap=True)
        if not findings:
            console.print(sentences.no_problems(study))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(FOUND_ERRORS)


def _to_replay(findings: Iterable[Finding]) -> int | None:
    """Return the run whose replay would examine more, or None."""
    return next((finding.replay for finding in findings if finding.replay is not None), None)
