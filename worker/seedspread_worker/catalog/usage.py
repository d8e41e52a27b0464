"""Frameworks that a recipe uses, by its source text.

A file may hold recipes of several frameworks. What is imported when the file is loaded counts for each of them; an
import inside a function counts for the recipes whose code names that function, directly or by way of others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from seedspread_worker.catalog.sourcecode import beside, text_of

FRAMEWORKS = ("tensorflow", "torch", "jax")

SLOW_LIBRARY = "sklearn"
"""Package that takes seconds to import; a process that has imported it fits every recipe without a framework."""

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

_DECORATORS = ("free_recipe", "keras_recipe")


def frameworks_of(recipe: str | None, start: Path, files: Sequence[Path]) -> frozenset[str]:
    """Return the frameworks that a recipe's code may import.

    Keras counts as TensorFlow unless the sources name another backend for it (`KERAS_BACKEND`).

    Args:
        recipe: its name; None for every function of the files.
        start: the file that registers it.
        files: this file and the local files that it imports, in functions too.
    """
    reach = _reach(recipe, start, files)
    used = {_BROUGHT_BY[name] for name in reach.imported if name in _BROUGHT_BY}
    texts = [reach.texts[path] for path in reach.loaded]
    others = {name for name in ("torch", "jax") if any("KERAS_BACKEND" in text and name in text for text in texts)}
    if others and "tensorflow" not in reach.imported:
        used = used - {"tensorflow"} | others
    return frozenset(used)


def imports_slow_library(recipe: str, start: Path, files: Sequence[Path]) -> bool:
    """Check whether a recipe's code imports `SLOW_LIBRARY`; arguments as of `frameworks_of`."""
    return SLOW_LIBRARY in {name.partition(".")[0] for name in _reach(recipe, start, files).imported}


def reached(
    recipe: str, start: Path, files: Sequence[Path]
) -> tuple[list[tuple[Path, ast.AST]], dict[Path, ast.Module]]:
    """Return a recipe's own code, and the whole files around it.

    The code is that of module level and of every function that the recipe may call, each with its file. Arguments as of
    `frameworks_of`.
    """
    reach = _reach(recipe, start, files)
    return reach.reached, reach.trees


def _reach(recipe: str | None, start: Path, files: Sequence[Path]) -> _Reach:
    reach = _Reach(start.parent, {path: text for path in files if (text := _text(path)) is not None})
    reach.follow(recipe, start)
    return reach


def _text(path: Path) -> str | None:
    try:
        return text_of(path)
    except (OSError, SyntaxError):  # it went, or Python cannot read it: importing the recipe says so
        return None


_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass
class _Reach:
    """Follow what a recipe's code names: packages, local files, functions."""

    folder: Path
    texts: Mapping[Path, str]
    imported: set[str] = field(default_factory=set)
    loaded: set[Path] = field(default_factory=set)
    reached: list[tuple[Path, ast.AST]] = field(default_factory=list)
    trees: dict[Path, ast.Module] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _local: set[str] = field(default_factory=set)  # names bound to local modules
    _attributes: dict[str, list[str]] = field(default_factory=dict)  # by the name that they are taken from
    _definitions: dict[str, list[tuple[Path, _Definition]]] = field(default_factory=dict)
    _waiting: list[tuple[Path, ast.AST]] = field(default_factory=list)

    def follow(self, recipe: str | None, start: Path) -> None:
        """Follow imports and names from the recipe's definition."""
        self._load(start)
        every = [node for nodes in self._definitions.values() for node in nodes]
        own = [(path, node) for path, node in every if _registers(node, recipe)]
        looks_up = any(re.search(r"\b(globals|eval|exec)\(", text) for text in self.texts.values())
        if not own or looks_up:  # registered under a composed name, or functions are looked up: any may be its code
            own = every
            for path in self.texts:
                self._load(path)
        self._waiting += own
        while self._waiting:
            path, root = self._waiting.pop()
            self.reached.append((path, root))
            for node in ast.walk(root):
                self._take(node)

    def _load(self, path: Path) -> None:
        """Add what runs when a file is imported, and what it defines."""
        if path in self.loaded or path not in self.texts:
            return
        self.loaded.add(path)
        try:
            tree = ast.parse(self.texts[path])
        except SyntaxError:
            return
        self.trees[path] = tree
        for statement in tree.body:
            if not isinstance(statement, _Definition):
                self._waiting.append((path, statement))
                continue
            self._definitions.setdefault(statement.name, []).append((path, statement))
            if statement.name in self._names:
                self._waiting.append((path, statement))
            now: list[ast.AST] = [*statement.decorator_list]
            if isinstance(statement, ast.ClassDef):  # its body runs now, its methods do not
                now += [part for part in statement.body if not isinstance(part, _Definition)]
            self._waiting += [(path, node) for node in now]

    def _take(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            self._name(node.id)
        elif isinstance(node, ast.Attribute):
            first: ast.AST = node
            while isinstance(first, ast.Attribute):
                first = first.value
            # `helpers.fit` may be a function of a file; `model.fit` is none.
            if isinstance(first, ast.Name):
                self._attributes.setdefault(first.id, []).append(node.attr)
                if first.id in self._local:
                    self._name(node.attr)
        else:
            for module, bound in _imports(node):
                self.imported.add(module.partition(".")[0])
                files = beside(self.folder, module.lstrip("."))
                if files and bound not in self._local:
                    self._local.add(bound)
                    for attribute in self._attributes.get(bound, []):
                        self._name(attribute)
                for path in files:
                    self._load(path)

    def _name(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self._waiting += self._definitions.get(name, [])


def _registers(node: _Definition, recipe: str | None) -> bool:
    """Check whether a definition is decorated as the recipe of that name."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).rpartition(".")[2] in _DECORATORS:
            values = [*decorator.args[:1], *(item.value for item in decorator.keywords if item.arg == "name")]
            if any(isinstance(value, ast.Constant) and value.value == recipe for value in values):
                return True
    return False


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the modules that a node imports, with the names bound.

    Relative modules begin with a dot.
    """
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.asname or alias.name.partition(".")[0]) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield module, ""
        for alias in node.names:  # a name taken from a package may be a module of it
            yield f"{module}.{alias.name}", alias.asname or alias.name
            yield module, alias.asname or alias.name
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        yield from ((str(item.value), "") for item in node.args[:1] if isinstance(item, ast.Constant))
