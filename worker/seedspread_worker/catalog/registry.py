"""Find recipes: shipped, installed, and named by the operator."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from seedspread.errors import InvalidInput, NotFound
from seedspread_worker.author.recipe import MARK, Recipe

GROUP = "seedspread.recipes"
"""The entry point group; each entry names a module that holds recipes."""

SHIPPED = (
    "seedspread_worker.recipes.digits_mlp",
    "seedspread_worker.recipes.digits_cnn",
    "seedspread_worker.recipes.tabular_mlp",
    "seedspread_worker.recipes.text_cnn_lstm",
    "seedspread_worker.recipes.digits_forest",
)


def load(modules: Iterable[str] = ()) -> dict[str, Recipe]:
    """Load every recipe by name.

    Shipped, from entry points, from `modules` (dotted names, or paths of `.py` files).

    Raises:
        InvalidInput: a module that cannot be imported or holds no recipe, or two recipes of one name.
    """
    by_name: dict[str, Recipe] = {}
    installed = [entry.module for entry in entry_points(group=GROUP)]
    for name in dict.fromkeys([*SHIPPED, *installed, *modules]):
        module = _module(name)
        recipes = _recipes_of(module)
        if not recipes:
            raise InvalidInput("recipes", name, "a module with a @keras_recipe class or a @free_recipe function")
        for recipe in recipes:
            earlier = by_name.setdefault(recipe.name, recipe)
            if earlier is not recipe:
                raise InvalidInput("recipes", name, f"other recipe names than {earlier.module}'s: {recipe.name!r}")
    return by_name


def find(recipes: dict[str, Recipe], name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        NotFound: there is none; the hint lists those there are.
    """
    recipe = recipes.get(name)
    if recipe is None:
        raise NotFound("recipe", name, hint=f"this worker has {', '.join(sorted(recipes))}")
    return recipe


def _module(name: str) -> ModuleType:
    try:
        return _from_file(Path(name)) if name.endswith(".py") else importlib.import_module(name)
    except Exception as error:  # whatever a user's module raises, the operator is told which module
        fault = f"an importable module ({type(error).__name__}: {error})"
        raise InvalidInput("recipes", name, fault) from error


def _from_file(path: Path) -> ModuleType:
    folder = str(path.resolve().parent)
    if folder not in sys.path:  # so that modules beside it can be imported
        sys.path.insert(0, folder)
    return importlib.import_module(path.stem)


def _recipes_of(module: ModuleType) -> list[Recipe]:
    marked = (value.__dict__.get(MARK) for value in vars(module).values() if hasattr(value, "__dict__"))
    return [recipe for recipe in marked if isinstance(recipe, Recipe) and recipe.module == module.__name__]
