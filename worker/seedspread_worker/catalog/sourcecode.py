"""Source code of a recipe: its module, and local modules it imports."""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import sys
import tokenize
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog.commands import SUFFIX, files_of_commands


@dataclass(frozen=True)
class Source:
    """Source files by name, relative to the recipe's folder, and their digest."""

    files: dict[str, str]
    digest: str
    paths: tuple[Path, ...] = ()


def source_of(recipe: Recipe) -> Source:
    """Return the source that this process runs as the recipe.

    It is read once, on first use.
    """
    return _source(recipe.module)


@cache
def _source(module: str) -> Source:
    path = Path(inspect.getfile(sys.modules[module])).resolve()
    paths = dict(sorted(gathered(path).items()))
    files = {name: text_of(file) for name, file in paths.items()}
    hasher = hashlib.sha256()
    for name, text in files.items():
        hasher.update(f"{name}\x00{len(text.encode())}\x00".encode())
        hasher.update(text.encode())
    return Source(files, hasher.hexdigest(), tuple(paths.values()))


def text_of(path: Path) -> str:
    """Return the text of a source file.

    Python files may begin with a byte order mark or declare their encoding.

    Raises:
        SyntaxError: Python would not read the file either.
    """
    if path.suffix != ".py":
        return path.read_text("utf-8")
    try:
        with tokenize.open(path) as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise SyntaxError(f"{path.name} is not in its encoding: {error}") from None


def gathered(first: Path) -> dict[str, Path]:
    """Collect the file and, recursively, the local files that it imports.

    Of a file of commands, these are the scripts that it names and what they import.
    """
    folder = first.parent
    files: dict[str, Path] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        name = Path(os.path.relpath(path, folder)).as_posix()
        if name in files:
            continue
        files[name] = path
        if path.suffix == SUFFIX:
            waiting += [file for file in files_of_commands(path) if file != path]
        if path.suffix != ".py":
            continue
        waiting += [file for module in _imported(path) for file in beside(folder, module)]
    return files


def _imported(path: Path) -> set[str]:
    """Return the last parts of the dotted names that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" if node.module else alias.name for alias in node.names}
    return names


def beside(folder: Path, module: str) -> list[Path]:
    """Return the files of `folder` that `module` may name.

    `a.b.c` may be c.py here, b/c.py, or a/b/c.py.
    """
    parts = [part for part in module.split(".") if part]
    tails = [Path(*parts[at:]) for at in range(len(parts))]
    candidates = [folder / tail.with_suffix(".py") for tail in tails] + [
        folder / tail / "__init__.py" for tail in tails
    ]
    return [path for path in candidates if path.is_file()]
