"""List the recipes of this worker.

`python -m seedspread_worker.catalog.catalog` prints them as one JSON document.

A process of its own, so that whoever asks imports no recipe and no TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

from seedspread.core.recipe import RecipeInfo
from seedspread.errors import InvalidInput
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.sourcecode import source_of

TIMEOUT_S = 120.0


def describe(recipe: Recipe) -> RecipeInfo:
    """Describe a recipe, with its source code."""
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


def read(modules: Sequence[str] = ()) -> list[RecipeInfo]:
    """Read the recipes of these modules in a separate process.

    Raises:
        InvalidInput: a module that cannot be imported, or holds no recipe.
    """
    command = [sys.executable, "-m", "seedspread_worker.catalog.catalog", "--recipes", ",".join(modules)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - ours
    if done.returncode:
        errors = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise InvalidInput("recipes", ",".join(modules), f"modules that hold recipes ({errors[-1]})")
    return [RecipeInfo.model_validate(item) for item in json.loads(done.stdout)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the list.

    Return 2 where a module is at fault, with one line on stderr.
    """
    parser = argparse.ArgumentParser(prog="seedspread_worker.catalog.catalog", description=__doc__)
    parser.add_argument("--recipes", default="", help="comma-separated modules (or .py files) with further recipes")
    modules = parser.parse_args(arguments).recipes.split(",")
    out, sys.stdout = sys.stdout, sys.stderr  # what recipes print while they are imported is no part of the document
    try:
        recipes = registry.load(name.strip() for name in modules if name.strip())
    except InvalidInput as fault:
        print(fault.message, file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    finally:
        sys.stdout = out
    print(json.dumps([describe(recipe).model_dump(mode="json") for recipe in recipes.values()]))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
