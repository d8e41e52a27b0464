"""Find recipes: shipped ones, installed packages' and the operator's modules."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from seedspread.errors import InvalidInput, NotFound
from seedspread_worker import sentences
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
    except BaseException as error:  # whatever a user's module raises, the operator is told which module
        fault = sentences.not_importable(error)
        raise InvalidInput("recipes", name, fault) from error


def _from_path(name: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        # Last, so that a file called json.py in the working directory is never taken for the library.
        sys.path.append(folder)
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    file = path.resolve()
    name = _name_of(file)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _folders[name] = str(file.parent)
    try:
        with beside(name):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name], _folders[name]
        raise
    return module


_folders: dict[str, str] = {}
"""Folder of each recipe module that was loaded from a file."""

_helpers: dict[str, dict[str, ModuleType]] = {}
"""Modules imported from a recipe's folder, by folder; they are in `sys.modules` only while its recipes run."""


@contextlib.contextmanager
def beside(module: str) -> Iterator[None]:
    """Let imports find the modules beside a recipe's file.

    Those of other recipes' folders are hidden: two folders may each have a `utils.py`. Run the recipe's code within it.

    Args:
        module: the recipe's module.
    """
    folder = _folders.get(module)
    if folder is None or folder in sys.path:
        yield
        return
    others = [name for name, other in _folders.items() if other != folder and _stands_in(name, folder)]
    hidden = {name: sys.modules.pop(name) for name in others if name in sys.modules}
    sys.modules.update(_helpers.get(folder, {}))
    sys.path.append(folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
        own = {name: loaded for name, loaded in sys.modules.items() if name not in _folders and _is_from(name, folder)}
        _helpers[folder] = own
        for name in own:
            del sys.modules[name]
        sys.modules.update(hidden)


def _stands_in(name: str, folder: str) -> bool:
    return Path(folder, f"{name}.py").is_file() or Path(folder, name).is_dir()


def _is_from(name: str, folder: str) -> bool:
    """Check whether a module or its package was found in `folder`."""
    top = name.partition(".")[0]
    package = sys.modules.get(top)
    file, paths = getattr(package, "__file__", None), getattr(package, "__path__", ())
    return file == str(Path(folder, f"{top}.py")) or str(Path(folder, top)) in map(str, paths)


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
