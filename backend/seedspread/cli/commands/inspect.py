"""`seedspread datasets`: what can be trained on, and a file looked over before a study trains on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect
from seedspread.core.audit import Severity
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
    """List the data that studies can train on and trained on, or look into a file on the service's machine."""
    body: dict[str, Any] = {"kind": kind, "target": target}
    found: CheckedFile | DatasetsView
    with connect(api) as client:
        if file is None:
            found = client.get(DatasetsView, "/datasets")
        else:
            found = client.post(CheckedFile, "/datasets/check", body | {"path": str(file.expanduser().absolute())})
    if as_json:
        output.print_json(found)
        return
    console = output.for_people()
    for line in _checked(found) if isinstance(found, CheckedFile) else _listed(found):
        console.print(line, markup=False, soft_wrap=True)


def _listed(found: DatasetsView) -> list[str]:
    lines = ["built in:"] if found.built_in else ["no recipes yet: a worker publishes them when it starts"]
    for one in found.built_in:
        chosen = "its own data" if one.name is None else f"{one.parameter}={one.name}"
        default = " (default)" if one.default and one.name is not None else ""
        lines.append(f"  {one.recipe}: {chosen}{default} · {_number(one.used.study_count, 'study', 'studies')}")
    lines.append("files:" if found.files else "no study has trained on a file yet")
    for file in found.files:
        shape = [_shape(file.contents)] if file.contents else []
        parts = [file.sha256[:12], *shape, _number(file.used.study_count, "study", "studies"), file.state]
        lines.append(f"  {file.path}: {' · '.join(parts)}")
    return lines


def _checked(found: CheckedFile) -> list[str]:
    lines = [f"{found.path}: {found.kind}, SHA-256 {found.sha256[:12]}…, {found.size_bytes:,} bytes", found.told]
    lines += [f"  {one.name}: {one.examples:,}" for one in found.contents.classes]
    lines += [f"  {one.name}: {one.type} {tuple(one.shape)}" for one in found.contents.arrays]
    if found.takes:
        lines.append(f"taken by {', '.join(f'{one.recipe} ({one.parameter})' for one in found.takes)}")
    lines += [f"study {one.id} trained on it: {one.name}" for one in found.same]
    lines += [f"study {one.id} trained on this path when it held something else: {one.name}" for one in found.other]
    return lines


def _shape(contents: ContentsView) -> str:
    if contents.examples is None:
        return _number(len(contents.arrays), "array", "arrays")
    columns = "" if contents.features is None else f" × {contents.features:,}"
    return f"{contents.examples:,}{columns}, {contents.class_count} classes"


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


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
    """Show what differs between two runs: seeds, parameters, data, code, packages, environment, results."""
    with connect(api) as client:
        found = client.diff(a, b)
    if as_json:
        output.print_json(found)
        return
    console = output.for_people()
    for line in _lines(found):
        console.print(line, markup=False, soft_wrap=True)


def _lines(found: RunDiff) -> Iterator[str]:
    yield found.sentence
    for group, entries in found.groups.items():
        yield f"\n{group.value}"
        yield from (f"  {_entry(entry)}" for entry in entries)
    for file in found.code:
        yield ""
        yield from file.diff.splitlines()


def _entry(entry: Entry) -> str:
    why = f"  ← may matter: {entry.why}" if entry.matters and entry.why else ""
    a, b = _rounded(entry.a), _rounded(entry.b)
    if a == b:  # what differs only in the digits left out is told in full
        a, b = entry.a, entry.b
    return f"{entry.key}: {_short(a)} | {_short(b)}{why}"


def _rounded(value: Any) -> Any:
    """The value with its floats to 6 significant digits and its fingerprints to 12 characters."""
    match value:
        case float():
            return float(f"{value:.6g}")
        case str():
            return _FINGERPRINT.sub(lambda found: found[0][:12], value)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list() | tuple():
            return [_rounded(one) for one in value]
    return value


def _short(value: object) -> str:
    text = "–" if value is None else str(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


AUDIT_EXAMPLES = """\
Exit codes: 0 no error was found (there may be warnings), 3 there was one. Example: `seedspread audit 3`."""

FOUND_ERRORS = 3


def add_audit(app: typer.Typer) -> None:
    """Register the command."""
    app.command("audit", epilog=AUDIT_EXAMPLES)(audit)


def audit(
    study: Annotated[int, typer.Argument(metavar="STUDY", help="The study's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Check a study: seeds without effect, runs that are secretly the same, randomness that is not under control."""
    with connect(api) as client:
        found, arms = client.findings(study), client.seeding(study)
    if as_json:
        told: dict[str, Sequence[BaseModel]] = {"findings": found, "arms": arms}
        output.print_json({key: [item.model_dump(mode="json") for item in items] for key, items in told.items()})
    else:
        console = output.for_people()
        for arm in arms:
            console.print(f"{arm.name}: {arm.sentence}", markup=False, soft_wrap=True)
        for finding in found:
            console.print(f"{finding.severity.value}: {finding.sentence}", markup=False, soft_wrap=True)
            console.print(f"  {finding.advice}", markup=False, soft_wrap=True)
        if not found:
            console.print(f"study {study}: nothing found; its runs behave as their seeds say")
    if any(finding.severity is Severity.ERROR for finding in found):
        raise typer.Exit(FOUND_ERRORS)
