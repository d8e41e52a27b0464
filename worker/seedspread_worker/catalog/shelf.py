"""Recipes of one trainer, each imported for its first run.

Frameworks of other recipes are thus not loaded.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from seedspread.errors import InvalidInput
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.commands import SUFFIX
from seedspread_worker.catalog.sourcecode import gathered

FRAMEWORKS = ("tensorflow", "torch", "jax")

_BROUGHT_BY = {
    **dict.fromkeys(("tensorflow", "keras", "tf_keras", "tensorflow_probability", "autokeras"), "tensorflow"),
    **dict.fromkeys(
        (
            *("torch", "torchvision", "torchaudio", "torch_geometric", "lightning", "pytorch_lightning", "ignite"),
            *("transformers", "sentence_transformers", "peft", "accelerate", "diffusers", "timm", "fastai", "monai"),
            *("skorch", "stable_baselines3", "ultralytics", "tabpfn", "pytorch_tabnet"),
        ),
        "torch",
    ),
    **dict.fromkeys(("jax", "flax", "optax", "haiku", "equinox", "numpyro", "blackjax", "diffrax"), "jax"),
}
"""Top-level packages, and the framework that importing them loads."""

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
        self._frameworks: dict[str, frozenset[str]] = {}

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

    def frameworks(self, recipe: str) -> frozenset[str]:
        """Return the frameworks that the recipe's source uses."""
        if recipe not in self._frameworks:
            # A command runs in a process of its own.
            files = self.files(recipe)
            own = [] if any(file.suffix == SUFFIX for file in files) else files
            texts = [file.read_text("utf-8", errors="replace") for file in own]
            self._frameworks[recipe] = frameworks_in(texts)
        return self._frameworks[recipe]


def frameworks_in(sources: Iterable[str]) -> frozenset[str]:
    """Return the frameworks that Python sources import anywhere, in functions too.

    Keras counts as TensorFlow unless the sources name another backend for it (`KERAS_BACKEND`).
    """
    texts = list(sources)
    imported = {name for text in texts for name in _imports(text)}
    used = {_BROUGHT_BY[name] for name in imported if name in _BROUGHT_BY}
    others = {name for name in ("torch", "jax") if any("KERAS_BACKEND" in text and name in text for text in texts)}
    if others and "tensorflow" not in imported:
        used = used - {"tensorflow"} | others
    return frozenset(used)


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


def _imports(text: str) -> Iterator[str]:
    """Return top-level names of the packages that a source imports."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            arguments = [item.value for item in node.args[:1] if isinstance(item, ast.Constant)]
            yield from (str(value).partition(".")[0] for value in arguments)
