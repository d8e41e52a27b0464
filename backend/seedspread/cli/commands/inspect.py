"""`seedspread datasets`: what can be trained on, and a file looked over before a study trains on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json
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
