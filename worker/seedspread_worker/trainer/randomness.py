"""Process-wide generators: seeded from the manifest before every run.

A recipe that uses `random`, NumPy's legacy generator, `torch` or `tf.random` therefore repeats as well, and its place
in the queue does not matter.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from seedspread.core.manifest import Manifest
from seedspread.core.study import Settings
from seedspread_worker.trainer import libraries
from seedspread_worker.trainer.libraries import prepared_on_import


class GlobalRandomness:
    """Process-wide generators and switches around a run."""

    def __init__(self) -> None:
        self._torch = libraries.Torch()
        self._jax = libraries.Jax()
        self._tensorflow = libraries.TensorFlow()
        self._started: dict[str, Any] = {}

    @contextlib.contextmanager
    def seeded(
        self,
        manifest: Manifest,
        *,
        thorough: bool = False,
        used: frozenset[str] = frozenset(),
        imported: Callable[[], None] = lambda: None,
        loaded: Callable[[], None] = lambda: None,
    ) -> Iterator[None]:
        """Seed loaded frameworks now, others as they are imported.

        Switches that a recipe may change are restored afterwards.

        Args:
            manifest: the run's manifest.
            thorough: also reset the states in TensorFlow's cached kernels if no draw was seen.
            used: the frameworks that the recipe uses.
            imported: called after each framework that is imported within the block, once it is seeded.
            loaded: called after each import statement that loaded a module.
        """

        def prepare(name: str) -> None:
            self._imported(name, manifest)
            imported()

        self._seed(manifest, thorough=thorough)
        environment, folder, errors = dict(os.environ), os.getcwd(), np.geterr()  # noqa: PTH109 - put back as it was
        try:
            with _keras_switches(), prepared_on_import(prepare, used), _unmoved_by_imports(loaded):
                yield
        finally:
            os.chdir(folder)
            np.seterr(**errors)
            if dict(os.environ) != environment:
                os.environ.clear()
                os.environ.update(environment)

    def states(self) -> dict[str, Any]:
        """Return the state of every process-wide generator, ready to be pickled."""
        return {
            "random": random.getstate(),
            "numpy": np.random.get_state(legacy=False),  # noqa: NPY002 - the legacy generator is the one meant
            "torch": self._torch.state(),
            "tensorflow": self._tensorflow.state(),
        }

    def restore(self, states: dict[str, Any]) -> None:
        """Set every generator to its state in `states`."""
        random.setstate(states["random"])
        np.random.set_state(states["numpy"])  # noqa: NPY002 - as above
        self._torch.restore(states["torch"])
        self._tensorflow.restore(states["tensorflow"])

    def drawn(self) -> list[str]:
        """Return the generators that were drawn from since they were seeded."""
        now = self.states()
        return sorted(name for name, state in now.items() if not _same(state, self._started.get(name)))

    def facts(self) -> dict[str, Any]:
        """Return each loaded framework's settings that can change the arithmetic."""
        facts = {"torch": self._torch.facts(), "jax": self._jax.facts(), "tensorflow": self._tensorflow.facts()}
        return {name: content for name, content in facts.items() if content}

    def _seed(self, manifest: Manifest, *, thorough: bool) -> None:
        value = manifest.global_seed()
        random.seed(value)
        np.random.seed(value)  # noqa: NPY002 - the legacy generator is the one meant
        self._torch.start(value, manifest.settings)
        self._jax.start(manifest.settings)
        self._tensorflow.start(value, thorough=thorough)
        self._started = self.states()

    def _imported(self, name: str, manifest: Manifest) -> None:
        """Prepare a framework that was imported during the run.

        It then has the state of one that was loaded before.
        """
        value = manifest.global_seed()
        before = self.states()
        if name == "torch":
            self._torch.start(value, manifest.settings)
        elif name == "jax":
            self._jax.start(manifest.settings)
        else:
            _prepare_imported(name, manifest.settings)
            self._tensorflow.start(value)
        # An import may draw from the standard generators, as no later run of this process sees it do.
        random.setstate(before["random"])
        np.random.set_state(before["numpy"])  # noqa: NPY002 - as above
        self._started |= {key: state for key, state in self.states().items() if key in ("torch", "tensorflow")}


def _prepare_imported(name: str, settings: Settings) -> None:
    """Set up TensorFlow or Keras right after its import."""
    if name == "tensorflow":
        libraries.prepare_tensorflow(settings)
    elif name == "keras" and "tensorflow" in sys.modules:
        libraries.prepare_keras()


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(a == b)


@contextlib.contextmanager
def _unmoved_by_imports(then: Callable[[], None]) -> Iterator[None]:
    """Keep imports from moving the generators of `random` and NumPy.

    Some modules draw while they are imported, which only the first run of a process would see. After each import that
    loaded something, `then` is called.
    """
    load, busy = builtins.__import__, False

    def importing(*args: Any, **kwargs: Any) -> ModuleType:
        nonlocal busy
        if busy or _is_loaded(*args, **kwargs):
            return load(*args, **kwargs)
        count, python, numpy = len(sys.modules), random.getstate(), np.random.get_state()  # noqa: NPY002
        busy = True
        try:
            return load(*args, **kwargs)
        finally:
            busy = False
            if len(sys.modules) != count:
                random.setstate(python)
                np.random.set_state(numpy)  # noqa: NPY002 - the legacy generator is the one meant
                then()

    builtins.__import__ = importing
    try:
        yield
    finally:
        builtins.__import__ = load


def _is_loaded(
    name: str,
    globals: Any = None,  # noqa: A002 - as the import system calls it
    locals: Any = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> bool:
    """Return whether an import statement loads nothing."""
    module = sys.modules.get(name) if level == 0 else None
    return isinstance(module, ModuleType) and all(item in vars(module) for item in fromlist or ())


@contextlib.contextmanager
def _keras_switches() -> Iterator[None]:
    if "keras" not in sys.modules or "tensorflow" not in sys.modules:
        yield
        return
    import keras
    import tensorflow as tf

    floatx, epsilon, layout = keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()
    policy, eager = keras.config.dtype_policy(), tf.config.functions_run_eagerly()
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_epsilon(epsilon)
        keras.config.set_image_data_format(layout)
        keras.config.set_dtype_policy(policy)
        if tf.config.functions_run_eagerly() != eager:
            tf.config.run_functions_eagerly(eager)
