"""Recipes of one trainer, each imported for its first run.

Frameworks of other recipes are thus not loaded.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from seedspread.errors import InvalidInput
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.commands import SUFFIX
from seedspread_worker.catalog.constants import constant_seeds, constant_seeds_of_command
from seedspread_worker.catalog.sourcecode import gathered
from seedspread_worker.catalog.usage import SLOW_LIBRARY, frameworks_of, imports_slow_library

IMPORT_SEED = 0
"""Seed of the process-wide generators while a recipe's module is imported: what it draws there is a constant."""


class Shelf:
    """Finder of recipes by the text of their modules.

    It imports only the modules that it needs.

    Args:
        modules: dotted names, or paths of `.py` files, with further recipes.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        self._names = registry.names_of(modules)
        self._recipes: dict[str, Recipe] = {}
        self._files: dict[str, list[Path]] = {}
        self._frameworks: dict[tuple[str, bool], frozenset[str]] = {}
        self._ahead: dict[str, frozenset[str]] = {}
        self._constants: dict[str, list[str]] = {}

    def holding(self, recipe: str) -> dict[str, Recipe]:
        """Return recipes by name, with `recipe` among them if it exists.

        Raises:
            InvalidInput: the module that names it cannot be imported.
        """
        if recipe not in self._recipes:
            random.seed(IMPORT_SEED)
            np.random.seed(IMPORT_SEED)  # noqa: NPY002 - the legacy generator is the one meant
            likely = registry.survey_only(name for name in self._names if _names_recipe(name, recipe))
            self._recipes |= likely.recipes
            if recipe not in self._recipes and likely.faults:
                raise InvalidInput.all_of(likely.faults)
            if recipe not in self._recipes:  # a name put together in code stands in no text
                self._recipes |= registry.survey_only(self._names).recipes
        return self._recipes

    def files(self, recipe: str) -> list[Path]:
        """Return the source files of a recipe without importing them."""
        if recipe not in self._files:
            starts = [_file(name) for name in self._names if _names_recipe(name, recipe)]
            self._files[recipe] = [file for start in starts if start is not None for file in gathered(start).values()]
        return self._files[recipe]

    def frameworks(self, recipe: str, *, anywhere: bool = False) -> frozenset[str]:
        """Return the frameworks that the recipe's source uses.

        Args:
            recipe: its name.
            anywhere: count what its files import for other recipes too.
        """
        if (recipe, anywhere) not in self._frameworks:
            starts, own = self._starts(recipe)
            used = (frameworks_of(None if anywhere else recipe, start, own) for start in starts)
            self._frameworks[recipe, anywhere] = frozenset[str]().union(*used)
        return self._frameworks[recipe, anywhere]

    def ahead(self, recipe: str) -> frozenset[str]:
        """Return what a process that trains the recipe should have imported.

        That is its framework, or without one the slow library that its source uses.
        """
        if recipe not in self._ahead:
            used = self.frameworks(recipe)
            starts, own = self._starts(recipe)
            if not used and any(imports_slow_library(recipe, start, own) for start in starts):
                used = frozenset({SLOW_LIBRARY})
            self._ahead[recipe] = used
        return self._ahead[recipe]

    def constants(self, recipe: str) -> list[str]:
        """Return the constant seeds in the recipe's code, with their lines."""
        if recipe not in self._constants:
            starts, own = self._starts(recipe)
            commands = [] if own else [file for file in self.files(recipe) if file.suffix == SUFFIX]
            places = constant_seeds(recipe, starts, own)
            for file in commands:
                places += constant_seeds_of_command(recipe, file)
            self._constants[recipe] = places
        return self._constants[recipe]

    def _starts(self, recipe: str) -> tuple[list[Path], list[Path]]:
        """Return the files that register a recipe, and all its files.

        A command, which runs in a process of its own, has none.
        """
        files = self.files(recipe)
        own = [] if any(file.suffix == SUFFIX for file in files) else files
        paths = (_file(name) for name in self._names if _names_recipe(name, recipe))
        return [path for path in paths if path is not None and path in own], own


def _names_recipe(module: str, recipe: str) -> bool:
    file = _file(module)
    text = "" if file is None else file.read_text("utf-8", errors="replace")
    if module.endswith(SUFFIX):
        return recipe in text
    return f'"{recipe}"' in text or f"'{recipe}'" in text


def _file(module: str) -> Path | None:
    if module.endswith((".py", SUFFIX)):
        path = Path(module).resolve()
        return path if path.is_file() else None
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None
