"""Importing a slow module only when something of it is first used, so that a service answers sooner."""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

_lock = threading.RLock()


class Deferred(ModuleType):
    """Stands for a module until one of its attributes is asked for; safe between threads."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # the import system looks, and needs nothing
            raise AttributeError(attribute)
        return getattr(self._load(), attribute)

    def _load(self) -> ModuleType:
        with _lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                self.__dict__["_module"] = importlib.import_module(self.__name__)
            module: ModuleType = self.__dict__["_module"]
            return module


def defer(*names: str) -> None:
    """Have `import` of these modules wait until they are used; those already imported stay as they are."""
    for name in names:
        sys.modules.setdefault(name, Deferred(name))
