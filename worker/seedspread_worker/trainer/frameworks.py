"""The frameworks of this process, and a hook that prepares each one as it is imported.

A trainer process holds one framework: TensorFlow and PyTorch in one process end in a segmentation fault as soon as
Triton is imported after TensorFlow, and on a GPU each would take the memory.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from seedspread_worker.catalog.shelf import FRAMEWORKS

_PREPARED = ("torch", "jax", "tensorflow", "keras")
"""Packages that the hook reports, once each has been imported whole."""


class OtherFramework(BaseException):  # not an Exception: no recipe is to catch it by accident
    """A framework was imported into a process that holds another one, without the recipe's source showing it."""


def loaded_frameworks() -> frozenset[str]:
    """Return the frameworks that this process has imported."""
    return frozenset(name for name in FRAMEWORKS if sys.modules.get(name) is not None)


def before_tensorflow(used: Iterable[str]) -> None:
    """Import Triton ahead of TensorFlow for a recipe that uses PyTorch too: the other order ends the process."""
    if "torch" in used and "tensorflow" not in sys.modules and find_spec("triton") is not None:
        import triton  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401


@contextlib.contextmanager
def without_jax() -> Iterator[None]:
    """Within it, JAX cannot be imported unless it is there: TensorFlow would load it for a converter, if it could."""
    hidden = "jax" not in sys.modules
    if hidden:
        sys.modules["jax"] = None  # type: ignore[assignment]  # as the import system marks what is not to be had
    try:
        yield
    finally:
        if hidden:
            del sys.modules["jax"]


@contextlib.contextmanager
def prepared_on_import(prepare: Callable[[str], None], used: frozenset[str]) -> Iterator[None]:
    """Within it, call `prepare` with the name of each framework right after its first import.

    Args:
        prepare: seeds the framework and sets its switches.
        used: what the recipe's source shows; importing another framework beside one raises `OtherFramework`.
    """
    hook = _Hook(prepare, used)
    sys.meta_path.insert(0, hook)
    try:
        yield
    finally:
        sys.meta_path.remove(hook)


class _Hook(MetaPathFinder):
    def __init__(self, prepare: Callable[[str], None], used: frozenset[str]) -> None:
        self._prepare = prepare
        self._used = used

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that another finder gives, its loader made to report the end of the import."""
        if fullname not in _PREPARED:
            return None
        if fullname in FRAMEWORKS and loaded_frameworks() and fullname not in self._used:
            raise OtherFramework(fullname)
        if fullname == "tensorflow":
            before_tensorflow(self._used)
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        spec = next((spec for finder in others if (spec := finder.find_spec(fullname, path, target))), None)
        if spec is not None and spec.loader is not None:
            self._report_end(fullname, spec.loader)
        return spec

    def _report_end(self, name: str, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            with without_jax() if name == "tensorflow" else contextlib.nullcontext():
                execute(module)
            self._prepare(name)

        loader.exec_module = exec_module  # type: ignore[method-assign]  # the loader is this spec's alone
