"""Parts of modules and classes that a run replaced.

Two ways find them: a comparison of the functions and classes of every loaded module, and the attributes and entries of
imported objects that the recipe's own text assigns, at any depth.
"""

from __future__ import annotations

import ast
import builtins
import copyreg
import json
import logging
import math
import operator
import os
import random
import socket
import sys
import time
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from seedspread_worker.catalog.sourcecode import text_of
from seedspread_worker.trainer.state.paths import real_path

SMALL: tuple[ModuleType, ...] = (builtins, os, sys, time, json, math, random, socket, logging, np, np.random)
"""Modules that are compared after every run, with names that were added."""

_MISSING = object()
_registry: dict[Any, Any] = copyreg._extension_registry  # type: ignore[attr-defined]  # missing in its annotations
_MAKERS = ("unittest", "functools")


class Functions:
    """Functions and classes that modules hold, over the life of a process."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[ModuleType, dict[str, Any], dict[str, Any]]] = {}

    def note(self) -> None:
        """Remember the modules that were loaded since the last call."""
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and (name not in self._known or self._known[name][0] is not module):
                namespace = vars(module)
                self._known[name] = module, namespace, dict(namespace)

    def put_back(self, own: frozenset[str]) -> list[str]:
        """Put back what the recipe replaced, and return its names.

        Libraries that replace functions, when they are imported or first used, rely on it and are left alone.

        Args:
            own: files of the recipe, whose own names are its business.
        """
        names = []
        for path, (module, namespace, saved) in self._known.items():
            if len(namespace) == len(saved) and all(map(operator.is_, namespace.values(), saved.values())):
                continue  # the usual case, at the speed of C
            if getattr(module, "__file__", None) not in own:
                names += [f"{path}.{name}" for name in _replaced(namespace, saved, own)]
            self._known[path] = module, namespace, dict(namespace)
        return names


def _replaced(namespace: dict[str, Any], saved: dict[str, Any], own: frozenset[str]) -> Iterator[str]:
    """Put back and yield the names that the recipe took."""
    for name, value in saved.items():
        current = namespace.get(name, _MISSING)
        if current is not value and callable(value) and callable(current) and not name.startswith("__"):
            code = getattr(current, "__code__", None)
            maker = str(getattr(current, "__module__", None) or "").partition(".")[0]
            # Mocks and partial functions are of the standard library, whoever makes them.
            if (code is None and maker in _MAKERS) or getattr(code, "co_filename", None) in own:
                namespace[name] = value
                yield name


class Small:
    """Functions and names of the modules that recipes replace most."""

    def __init__(self) -> None:
        self._saved = {module: dict(vars(module)) for module in SMALL}

    def put_back(self) -> list[str]:
        """Restore functions, remove added names; return the names of both."""
        names = []
        for module, saved in self._saved.items():
            namespace = vars(module)
            if len(namespace) == len(saved) and all(map(operator.is_, namespace.values(), saved.values())):
                continue  # the usual case, at the speed of C
            for name, value in saved.items():
                if callable(value) and not name.startswith("__") and getattr(module, name, None) is not value:
                    setattr(module, name, value)
                    names.append(f"{module.__name__}.{name}")
            for name in vars(module).keys() - saved.keys():
                # `sys.last_value` and its like are the interpreter's; modules come with imports.
                if not name.startswith(("_", "last_")) and not isinstance(vars(module)[name], ModuleType):
                    delattr(module, name)
                    names.append(f"{module.__name__}.{name}")
        return names


class OwnClasses:
    """Methods of this package's classes, which a recipe reaches by its run."""

    def __init__(self) -> None:
        self._saved = [
            (value, dict(vars(value)))
            for path, module in list(sys.modules.items())
            if path.startswith("seedspread")
            for value in list(vars(module).values())
            if isinstance(value, type) and value.__module__ == path
        ]

    def put_back(self) -> list[str]:
        """Restore methods, remove added names; return the names of both."""
        names = []
        for owner, saved in self._saved:
            current = vars(owner)
            if len(current) == len(saved) and all(map(operator.is_, current.values(), saved.values())):
                continue  # the usual case, at the speed of C
            changed = [name for name, value in saved.items() if _is_method(value) and current.get(name) is not value]
            added = [name for name in current.keys() - saved.keys() if not name.startswith("_")]
            for name in changed:
                setattr(owner, name, saved[name])
            for name in added:
                delattr(owner, name)
            names += [f"{owner.__name__}.{name}" for name in (*changed, *added)]
        return names


def _is_method(value: Any) -> bool:
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


class Pickling:
    """Registrations by which `copyreg` pickles objects of any type.

    Args:
        own: files of the recipe. What libraries register when they are imported stays.
    """

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own
        self._reducers = dict(copyreg.dispatch_table)
        self._codes: dict[Any, Any] = dict(_registry)

    def put_back(self) -> bool:
        """Restore what was registered; return whether anything was."""
        table: Any = copyreg.dispatch_table
        changed = [kind for kind, value in self._reducers.items() if table.get(kind) is not value]
        added = [kind for kind in table if kind not in self._reducers and self._is_own(table[kind])]
        table |= {kind: self._reducers[kind] for kind in changed}
        for kind in added:
            del table[kind]
        codes = {key: code for key, code in _registry.items() if key not in self._codes}
        for (module, name), code in codes.items():
            copyreg.remove_extension(module, name, code)
        return bool(changed or added or codes)

    def _is_own(self, reducer: Any) -> bool:
        code = getattr(reducer, "__code__", None)
        if code is not None:
            return code.co_filename in self._own
        maker = getattr(reducer, "__module__", None) or type(reducer).__module__
        return (
            str(maker).partition(".")[0] in _MAKERS or str(getattr(sys.modules.get(maker), "__file__", "")) in self._own
        )


class _Spot(NamedTuple):
    """Attribute or entries of an object, and their value before the run."""

    holder: Any
    name: str
    value: Any


class Assigned:
    """Attributes and entries of imported objects that a recipe's files assign.

    Args:
        files: the recipe's own source files.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._own = frozenset(real_path(file) for file in files)
        # Modules that were replaced are put back apart; those that were loaded stay.
        paths = sorted({path for file in self._own for path in assigned_in(file)} - {"sys.modules[]"})
        self._spots = {path: spot for path in paths if (spot := _spot(path)) is not None}
        self._unseen = [path for path in paths if path not in self._spots]

    def put_back(self) -> list[str]:
        """Put back what was assigned, and return its names.

        Raises:
            AttributeError: a name cannot be assigned any more.
        """
        names = []
        for path, spot in self._spots.items():
            current = _value_of(spot.holder, spot.name)
            if current is spot.value or _equal(current, spot.value):
                continue
            if spot.name.endswith("[]"):
                _refill(spot.holder, spot.value)
            elif spot.value is _MISSING:
                delattr(spot.holder, spot.name)
            else:
                setattr(spot.holder, spot.name, spot.value)
            names.append(path)
        return names

    def unknown(self) -> list[str]:
        """Return own functions put into what the run was first to import."""
        spots = {path: _spot(path) for path in self._unseen}
        return [path for path, spot in spots.items() if spot is not None and self._is_own(spot.value)]

    def _is_own(self, value: Any) -> bool:
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        return code is not None and code.co_filename in self._own


def assigned_in(file: str) -> Iterator[str]:
    """Yield the dotted paths that a file assigns in imported objects.

    Entries (`module.options["x"] = 1`) have a path that ends with `[]`.
    """
    try:
        tree = ast.parse(text_of(Path(file)))
    except (OSError, SyntaxError):
        return
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {item.asname or item.name.partition(".")[0]: item.name for item in node.names if item.asname}
            bound |= {
                item.name.partition(".")[0]: item.name.partition(".")[0] for item in node.names if not item.asname
            }
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            bound |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    for node in ast.walk(tree):
        for target in _targets(node):
            path = _dotted(target.value if isinstance(target, ast.Subscript) else target, bound)
            if path is not None and "." in path:
                yield f"{path}[]" if isinstance(target, ast.Subscript) else path


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the attributes and entries that a statement assigns or deletes."""
    if isinstance(node, ast.Assign | ast.Delete):
        pairs: list[ast.expr] = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        pairs = [node.target]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr"):
        first, second = [*node.args, None, None][:2]
        if first is not None and isinstance(second, ast.Constant):
            yield ast.Attribute(first, str(second.value))
        return
    else:
        return
    for pair in pairs:
        for target in pair.elts if isinstance(pair, ast.Tuple | ast.List) else [pair]:
            if isinstance(target, ast.Attribute | ast.Subscript):
                yield target


def _dotted(node: ast.expr, bound: dict[str, str]) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return None
    return ".".join([bound[node.id], *reversed(names)])


def _spot(path: str) -> _Spot | None:
    """Find what a dotted path names in loaded modules, without importing any."""
    entries = path.endswith("[]")
    parts = path.removesuffix("[]").split(".")
    if not entries:
        parts, last = parts[:-1], parts[-1]
    count = next((count for count in range(len(parts), 0, -1) if ".".join(parts[:count]) in sys.modules), 0)
    holder: Any = sys.modules.get(".".join(parts[:count]))
    for part in parts[count:]:
        holder = getattr(holder, part, None)
    if holder is None:
        return None
    name = "[]" if entries else last
    return _Spot(holder, name, _value_of(holder, name))


def _value_of(holder: Any, name: str) -> Any:
    if name == "[]":
        return list(holder) if isinstance(holder, list) else _entries(holder)
    own = getattr(holder, "__dict__", {})
    return own[name] if name in own else getattr(holder, name, _MISSING)


def _entries(holder: Any) -> Any:
    return dict(holder) if isinstance(holder, MutableMapping) else None


def _refill(holder: Any, saved: Any) -> None:
    if isinstance(holder, list):
        holder[:] = saved
        return
    for key in holder.keys() - saved.keys():
        del holder[key]
    for key, value in saved.items():
        if key not in holder or holder[key] is not value:
            holder[key] = value


def _equal(current: Any, saved: Any) -> bool:
    try:
        return bool(current == saved)
    except Exception:  # noqa: BLE001 - arrays and whatever else refuses to be compared
        return False
