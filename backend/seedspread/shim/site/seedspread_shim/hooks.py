"""Hook into imports of modules, or provide stand-ins for them."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Callable, Sequence

Action = Callable[[ModuleType], None]


class Finder(importlib.abc.MetaPathFinder):
    """Import finder that wraps loaders of awaited modules or replaces modules.

    after: functions to call once a module of that name has been imported. stand_ins: factories of modules that replace
    the installed ones, by top-level name.
    """

    def __init__(self) -> None:
        self.after: dict[str, Action] = {}
        self.stand_ins: dict[str, Callable[[str], ModuleType | None]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a stand-in or of a wrapped module.

        The result is None for all other modules.
        """
        for name, make in self.stand_ins.items():
            if fullname == name or fullname.startswith(name + "."):
                module = make(fullname)
                if module is not None:
                    return importlib.machinery.ModuleSpec(fullname, _StandIn(module), is_package=True)
        action = self.after.pop(fullname, None)
        if action is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Wrapped(spec.loader, action)
                return spec
        self.after[fullname] = action
        return None


class _StandIn(importlib.abc.Loader):
    """Loader of a module that exists already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Wrapped(importlib.abc.Loader):
    """Loader that calls a function after the original one.

    All other attributes are those of the original loader.
    """

    def __init__(self, loader: Any, action: Action) -> None:
        self._loader = loader
        self._action = action

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = self._loader
        try:
            self._action(module)
        except Exception as error:  # noqa: BLE001 (the import must succeed as it would without us)
            sys.stderr.write(f"seedspread: hook of {module.__name__} failed: {error}\n")


def wrap(owner: Any, name: str, before: Callable[..., None]) -> None:
    """Wrap a function so that `before` is called first.

    `before` receives the same arguments.
    """
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            before(*args, **kwargs)
        except Exception as error:  # noqa: BLE001
            sys.stderr.write(f"seedspread: recording {name} failed: {error}\n")
        return original(*args, **kwargs)

    wrapper.__name__ = getattr(original, "__name__", name)
    wrapper.__doc__ = getattr(original, "__doc__", None)
    wrapper.__wrapped__ = original  # type: ignore[attr-defined]
    setattr(owner, name, wrapper)
