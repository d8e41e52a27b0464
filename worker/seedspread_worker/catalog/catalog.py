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

    Raises:
        NoCatalog: the process failed.
    """
    command = [sys.executable, "-P", "-m", "seedspread_worker.catalog.catalog", "--recipes", ",".join(modules)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)  # noqa: S603 - ours
        return Catalog.model_validate_json(done.stdout)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        raise NoCatalog(lines[-1]) from None
    except (subprocess.TimeoutExpired, ValidationError) as error:
        raise NoCatalog(f"the catalog is unusable: {error}") from error


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
        catalog = Catalog(
            recipes=[describe(recipe) for recipe in result.recipes.values()],
            problems=[Problem(module=str(fault.value), reason=fault.expected) for fault in result.faults],
            files=_files(modules, list(result.recipes.values())),
            own=[name for name, recipe in result.recipes.items() if recipe.module not in registry.SHIPPED],
        )
    finally:
        sys.stdout = out
    print(catalog.model_dump_json())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
