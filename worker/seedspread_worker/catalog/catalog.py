"""List what this worker can train.

`python -m seedspread_worker.catalog.catalog` prints one JSON document. It runs in a process of its own, so that the
caller imports no recipe and no TensorFlow.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from seedspread.core.recipe import RecipeInfo
from seedspread.errors import InvalidInput
from seedspread_worker import sentences
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.commands import SUFFIX
from seedspread_worker.catalog.sourcecode import source_of

TIMEOUT_S = 120.0
"""Longest time that importing every recipe module may take."""


class Problem(BaseModel):
    """Module of recipes that could not be used."""

    module: str
    reason: str


class Catalog(BaseModel):
    """Recipes that a worker with certain modules can train.

    `own` are the names of recipes that are not shipped, `files` their source files, to watch for changes.
    """

    recipes: list[RecipeInfo]
    problems: list[Problem] = []
    files: list[str] = []
    own: list[str] = []


class NoCatalog(Exception):
    """Catalog could not be made; the message says why, in a line."""


def describe(recipe: Recipe) -> RecipeInfo:
    """Return a recipe as everybody else sees it, with its source code."""
    source = source_of(recipe)
    return RecipeInfo(
        name=recipe.name,
        version=recipe.version,
        kind=recipe.kind,
        help=recipe.help,
        parameters=recipe.schema,
        sources=recipe.sources,
        metrics=tuple(metric.info for metric in recipe.metrics),
        source_digest=source.digest,
        source_files=source.files,
    )


def survey(modules: Sequence[str] = ()) -> Catalog:
    """Read the recipes of a worker in a separate process.

    A module whose import ends or blocks that process is a problem of its own and withholds no other.

    Raises:
        NoCatalog: the process failed, without any module too.
    """
    try:
        return _read(modules)
    except NoCatalog:
        if not modules:
            raise
    faults = {module: reason for module in modules if (reason := _fault(module))}
    catalog = _read([module for module in modules if module not in faults])
    problems = [Problem(module=module, reason=reason) for module, reason in faults.items()]
    files = {str(Path(module).resolve()) for module in faults if module.endswith((".py", SUFFIX))}
    return catalog.model_copy(
        update={"problems": [*catalog.problems, *problems], "files": sorted({*catalog.files, *files})}
    )


def _read(modules: Sequence[str]) -> Catalog:
    try:
        return Catalog.model_validate_json(_process(modules))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        raise NoCatalog(lines[-1]) from None
    except (subprocess.TimeoutExpired, ValidationError) as error:
        raise NoCatalog(f"the catalog is unusable: {error}") from error


def _fault(module: str) -> str:
    """Return how importing a module ends its process, if it does."""
    try:
        _process([module])
    except subprocess.CalledProcessError as error:
        return sentences.import_ended(error.returncode)
    except subprocess.TimeoutExpired:
        return sentences.import_endless(TIMEOUT_S)
    return ""


def _process(modules: Sequence[str]) -> str:
    """Return what this module prints in a process of its own."""
    command = [sys.executable, "-P", "-m", "seedspread_worker.catalog.catalog", "--recipes", ",".join(modules)]
    done = subprocess.run(  # noqa: S603 - ours
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    return done.stdout


def read(modules: Sequence[str] = ()) -> list[RecipeInfo]:
    """Return every recipe that a worker with these modules has.

    Raises:
        InvalidInput: a module that cannot be imported, or holds no recipe.
    """
    try:
        catalog = survey(modules)
    except NoCatalog as error:
        raise InvalidInput("recipes", ",".join(modules), f"modules that hold recipes ({error})") from None
    if catalog.problems:
        raise InvalidInput.all_of(
            [InvalidInput("recipes", recipe.module, recipe.reason) for recipe in catalog.problems]
        )
    return catalog.recipes


def _files(modules: Sequence[str], recipes: Sequence[Recipe]) -> list[str]:
    own = [recipe for recipe in recipes if recipe.module not in registry.SHIPPED]
    paths = {path for recipe in own for path in source_of(recipe).paths}
    # A broken file has no recipe yet; it is watched until it is mended.
    paths |= {Path(name).resolve() for name in modules if name.endswith((".py", SUFFIX))}
    return sorted(map(str, paths))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the catalog."""
    parser = argparse.ArgumentParser(prog="seedspread_worker.catalog.catalog", description=__doc__)
    parser.add_argument("--recipes", default="", help="comma-separated modules (or .py files) with further recipes")
    modules = [name.strip() for name in parser.parse_args(arguments).recipes.split(",") if name.strip()]
    out, sys.stdout = sys.stdout, sys.stderr  # what recipes print while they are imported is no part of the document
    try:
        result = registry.survey(modules)
        problems = [Problem(module=str(fault.value), reason=fault.expected) for fault in result.faults]
        recipes = {}
        for name, recipe in result.recipes.items():
            try:
                recipes[name] = describe(recipe)
            except Exception as error:  # noqa: BLE001 - a schema or a file of the author's may fail in any way
                problems.append(Problem(module=recipe.module, reason=sentences.not_importable(error)))
        described = [result.recipes[name] for name in recipes]
        catalog = Catalog(
            recipes=list(recipes.values()),
            problems=problems,
            files=_files(modules, described),
            own=[recipe.name for recipe in described if recipe.module not in registry.SHIPPED],
        )
    finally:
        sys.stdout = out
    print(catalog.model_dump_json())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
