"""Find recipes: shipped ones, installed packages' and the operator's modules."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from seedspread.errors import InvalidInput, NotFound
from seedspread_worker.author.recipe import MARK, Recipe
from seedspread_worker.catalog.commands import SUFFIX, load_commands

GROUP = "seedspread.recipes"
"""The entry point group; each entry names a module that holds recipes."""

SHIPPED = tuple(
    f"seedspread_worker.recipes.{path.stem}"
    for path in sorted((Path(__file__).parent.parent / "recipes").glob("*.py"))
    if path.stem != "__init__"
)
"""Modules of the recipes that come along: every module of the folder, so that none can be forgotten."""


@dataclass
class Survey:
    """Recipes by name, and errors of modules that could not be used."""

    recipes: dict[str, Recipe] = field(default_factory=dict)
    faults: list[InvalidInput] = field(default_factory=list)


def survey(modules: Iterable[str] = ()) -> Survey:
    """Load every recipe: shipped, from entry points and from `modules`.

    `modules` are dotted names, or paths of `.py` files or of `.toml` files of commands. A module that cannot be used is
    reported and does not affect the others.
    """
    return survey_only(names_of(modules))


def names_of(modules: Iterable[str] = ()) -> list[str]:
    """Return the names of all modules that may hold recipes.

    They are shipped, from entry points, or listed in `modules`.
    """
    installed = [entry.module for entry in entry_points(group=GROUP)]
    return list(dict.fromkeys([*SHIPPED, *installed, *modules]))


def survey_only(names: Iterable[str]) -> Survey:
    """Load only the recipes of the named modules."""
    result = Survey()
    for name in names:
        try:
            _add(result.recipes, name)
        except InvalidInput as fault:
            result.faults.append(fault)
    return result


def load(modules: Iterable[str] = ()) -> dict[str, Recipe]:
    """Return every recipe by name.

    Raises:
        InvalidInput: a module that cannot be imported or has no recipe, or two recipes of one name.
    """
    result = survey(modules)
    if result.faults:
        raise InvalidInput.all_of(result.faults)
    return result.recipes


def find(recipes: dict[str, Recipe], name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        NotFound: there is no such recipe; the hint lists the existing ones.
    """
    recipe = recipes.get(name)
    if recipe is None:
        raise NotFound("recipe", name, hint=f"this worker has {', '.join(sorted(recipes))}")
    return recipe


def _add(recipes: dict[str, Recipe], name: str) -> None:
    added = _recipes_of(_module(name))
    if not added:
        raise InvalidInput("recipes", name, "a module with a @keras_recipe class or a @free_recipe function")
    for recipe in added:
        earlier = recipes.get(recipe.name, recipe)
        if earlier is not recipe:
            raise InvalidInput("recipes", name, f"other recipe names than {earlier.module}'s: {recipe.name!r}")
    recipes.update((recipe.name, recipe) for recipe in added)


def _module(name: str) -> ModuleType:
    if name.endswith(SUFFIX):
        return load_commands(Path(name))
    try:
        return _from_file(Path(name)) if name.endswith(".py") else _from_path(name)
    except (Exception, SystemExit) as error:  # whatever a user's module raises, the operator is told which module
        fault = f"an importable module ({type(error).__name__}: {error})"
        raise InvalidInput("recipes", name, fault) from error


def _from_path(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        # Last, so that a file called json.py in the working directory is never taken for the library.
        sys.path.append(here)
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    file = path.resolve()
    name = _name_of(file)
    if name in sys.modules:
        return sys.modules[name]
    folder = str(file.parent)
    if folder not in sys.path:  # so that modules beside it can be imported
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _name_of(file: Path) -> str:
    """Return a file's module name, made unique if in use."""
    stem = file.stem
    loaded = sys.modules.get(stem)
    if loaded is not None and getattr(loaded, "__file__", None) == str(file):
        return stem
    free = loaded is None and stem.isidentifier() and stem not in sys.stdlib_module_names and not _installed(stem, file)
    return stem if free else f"{stem}_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}"


def _installed(name: str, file: Path) -> bool:
    """Check whether a plain import of `name` would load another file."""
    spec = importlib.util.find_spec(name)
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != file)


def _recipes_of(module: ModuleType) -> list[Recipe]:
    marked = (value.__dict__.get(MARK) for value in vars(module).values() if hasattr(value, "__dict__"))
    return [recipe for recipe in marked if isinstance(recipe, Recipe) and recipe.module == module.__name__]
