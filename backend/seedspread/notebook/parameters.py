"""Find where a notebook would overwrite the parameters that it is given."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from seedspread.errors import InvalidInput

TAG: Final = "parameters"
_APART: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Overwrite(NamedTuple):
    """Assignment that undoes a parameter: name, cell and line, from 1.

    tagged: the notebook has a cell tagged `parameters`, above this one.
    """

    name: str
    cell: int
    line: str
    tagged: bool


def first_overwrite(notebook: Path, names: Iterable[str]) -> Overwrite | None:
    """Return the first assignment that runs after the parameters are set.

    papermill sets them after the cell tagged `parameters`, or before all cells. An assignment that uses the name
    itself, such as `lr = lr / 2`, keeps the parameter and is no overwrite.

    Raises:
        InvalidInput: the file is not a notebook.
    """
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
        listed = [
            ("".join(cell["source"]), TAG in cell.get("metadata", {}).get("tags", []))
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("NOTEBOOK", str(notebook), "a Jupyter notebook, format 4") from error
    wanted = set(names)
    at = next((index for index, (_, tagged) in enumerate(listed) if tagged), None)
    for index, (source, _) in enumerate(listed):
        if at is not None and index <= at:
            continue
        for name, line in _assignments(source):
            if name in wanted:
                return Overwrite(name, index + 1, line, at is not None)
    return None


def _assignments(source: str) -> Iterator[tuple[str, str]]:
    """Yield names that a cell sets outside functions, with the line."""
    # IPython's magics are no Python; what they would assign is left to the reader.
    plain = "\n".join("" if line.lstrip().startswith(("%", "!", "?")) else line for line in source.splitlines())
    try:
        waiting: list[ast.AST] = list(ast.parse(plain).body)
    except SyntaxError:
        return
    lines = plain.splitlines()
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, _APART):
            continue
        targets: list[ast.expr] = []
        value: ast.AST | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        elif isinstance(node, ast.For):
            targets, value = [node.target], node.iter
        used = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)} if value is not None else set()
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id not in used:
                    yield part.id, lines[part.lineno - 1].strip()
        waiting = [*ast.iter_child_nodes(node), *waiting]
