"""Prepare frameworks for a run: seeds, determinism, threads, switches.

A trainer process holds one framework: TensorFlow and PyTorch in one process end in a segmentation fault as soon as
Triton is imported after TensorFlow, and on a GPU each would take the memory. A hook on the import system prepares each
framework as it is imported. Only `prepare_tensorflow` and `prepare_keras` import a framework that the process does not
hold already.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from seedspread.core.study import Settings
from seedspread.errors import InvalidInput
from seedspread_worker.catalog.usage import FRAMEWORKS

_PREPARED = ("torch", "jax", "tensorflow", "keras")
"""Packages that the hook reports, once each has been imported whole."""


class OtherFramework(BaseException):  # not an Exception: no recipe is to catch it by accident
    """Second framework was imported that the recipe's source does not show."""


def loaded_frameworks() -> frozenset[str]:
    """Return the frameworks that this process has imported."""
    return frozenset(name for name in FRAMEWORKS if sys.modules.get(name) is not None)


def before_tensorflow(used: Iterable[str]) -> None:
    """Import Triton ahead of TensorFlow for a recipe that uses PyTorch too.

    The other order ends the process.
    """
    if "torch" in used and "tensorflow" not in sys.modules and find_spec("triton") is not None:
        import triton  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401


@contextlib.contextmanager
def without_jax() -> Iterator[None]:
    """Keep JAX from being imported while the block lasts.

    TensorFlow would load it for a converter. JAX that is loaded already stays.
    """
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
    """Call `prepare` with each framework's name right after its first import.

    This holds while the block lasts.

    Args:
        prepare: seeds the framework and sets its switches.
        used: frameworks that the recipe's source shows; importing a further one beside another raises `OtherFramework`.
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
        """Return another finder's spec, whose loader reports the end of the import."""
        if fullname not in _PREPARED:
            return None
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        spec = next((spec for finder in others if (spec := finder.find_spec(fullname, path, target))), None)
        if spec is not None and spec.loader is not None:
            self._report_end(fullname, spec.loader)
        return spec

    def _report_end(self, name: str, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            # Here, not where the spec is asked for: PyTorch looks for TensorFlow's without importing it.
            if name in FRAMEWORKS and name not in self._used and loaded_frameworks() - {name}:
                raise OtherFramework(name)
            if name == "tensorflow":
                before_tensorflow(self._used)
            with without_jax() if name == "tensorflow" else contextlib.nullcontext():
                execute(module)
            self._prepare(name)

        loader.exec_module = exec_module  # type: ignore[method-assign]  # the loader is this spec's alone


def prepare_tensorflow(settings: Settings) -> None:
    """Load TensorFlow and set threads, determinism and devices.

    Call it before anything is computed.

    Raises:
        InvalidInput: the settings ask for a GPU and TensorFlow has none.
    """
    with without_jax():
        import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(settings.threads)
    tf.config.threading.set_inter_op_parallelism_threads(settings.threads)
    tf.config.set_soft_device_placement(True)
    gpus = tf.config.list_physical_devices("GPU")
    if settings.device == "gpu":
        _require(bool(gpus), "TensorFlow")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    if settings.op_determinism:
        tf.config.experimental.enable_op_determinism()


def prepare_keras() -> None:
    """Load Keras and let it show complete tracebacks."""
    import keras

    keras.config.disable_traceback_filtering()


class Torch:
    """PyTorch in this process, if it is loaded."""

    def __init__(self) -> None:
        self._prepared = False

    def start(self, value: int, settings: Settings) -> None:
        """Seed every device's generator and reset the switches.

        Raises:
            InvalidInput: the settings ask for a GPU and PyTorch has none.
        """
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "manual_seed"):  # not there, or in the midst of its import
            return
        if not self._prepared:
            self._prepared = True
            _require(settings.device == "cpu" or torch.cuda.is_available(), "PyTorch")
            if torch.get_num_interop_threads() != settings.threads:
                torch.set_num_interop_threads(settings.threads)
        torch.manual_seed(value)
        torch.set_num_threads(settings.threads)
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.set_grad_enabled(True)
        torch.autograd.set_detect_anomaly(False)
        torch.set_float32_matmul_precision("highest")
        torch.use_deterministic_algorithms(settings.op_determinism)
        torch.backends.cudnn.deterministic = settings.op_determinism
        torch.backends.cudnn.benchmark = False

    def state(self) -> Any:
        """Return the states of its generators, None without PyTorch."""
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "get_rng_state"):
            return None
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        return [torch.get_rng_state().numpy().tobytes(), *(state.cpu().numpy().tobytes() for state in cuda)]

    def restore(self, state: Any) -> None:
        """Set its generators to `state`."""
        if state is None:
            return
        import torch

        first, *others = (torch.frombuffer(bytearray(part), dtype=torch.uint8) for part in state)
        torch.set_rng_state(first)
        if others:
            torch.cuda.set_rng_state_all(others)

    def facts(self) -> dict[str, Any]:
        """Return the settings that can change the arithmetic; empty without PyTorch."""
        torch = sys.modules.get("torch")
        if torch is None:
            return {}
        return {
            "version": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version() if torch.cuda.is_initialized() else None,
            "threads": torch.get_num_threads(),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "cudnn_benchmark": torch.backends.cudnn.benchmark,
            "float32_matmul_precision": torch.get_float32_matmul_precision(),
            "default_dtype": str(torch.get_default_dtype()),
        }


class Jax:
    """JAX in this process, if it is loaded.

    It has no process-wide generator; keys come from `run.seed`.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] | None = None

    def start(self, settings: Settings) -> None:
        """Reset the configuration to its values when JAX was loaded.

        Raises:
            InvalidInput: the settings ask for a GPU and JAX has none.
        """
        jax = sys.modules.get("jax")
        if jax is None or not hasattr(jax, "devices"):  # not there, or in the midst of its import
            return
        now = dict(jax.config.values)
        if self._values is None:
            self._values = now
            if settings.device == "gpu":
                _require(jax.default_backend() == "gpu", "JAX")
        for name, value in now.items():
            if value != self._values.get(name, value):
                jax.config.update(name, self._values[name])

    def facts(self) -> dict[str, Any]:
        """Return the settings that can change the arithmetic; empty without JAX."""
        jax = sys.modules.get("jax")
        if jax is None or self._values is None:
            return {}
        values = jax.config.values
        return {
            "version": jax.__version__,
            "backend": jax.default_backend(),
            "x64": values.get("jax_enable_x64"),
            "float32_matmul_precision": values.get("jax_default_matmul_precision"),
            "prng": values.get("jax_default_prng_impl"),
            "preallocate": os.environ.get("XLA_PYTHON_CLIENT_PREALLOCATE"),
        }


class TensorFlow:
    """TensorFlow and Keras in this process, if they are loaded."""

    def __init__(self) -> None:
        self._generator: Any = None
        self._untouched: Any = None  # the state of the eager generator as we left it
        self._watched = False
        self._kernels_seeded = False  # whether kernels that keep a generator of their own were made since

    def start(self, value: int, *, thorough: bool = False) -> None:
        """Seed both, if they are loaded.

        Args:
            value: from 0 to 2**31 - 1.
            thorough: reset cached kernels even if no operation with a state of its own was seen.
        """
        if "tensorflow" not in sys.modules or not hasattr(sys.modules["tensorflow"], "random"):
            return
        import tensorflow as tf
        from tensorflow.python.eager import context

        self._watch()
        eager = context.context()
        # Clearing the kernels clears every compiled function with them: 100 ms that only a drawn kernel needs.
        if thorough or self._kernels_seeded or self._untouched is None or eager._rng.getstate() != self._untouched:
            tf.random.set_seed(value)
        else:
            eager._seed, eager._rng = value, random.Random(value)  # noqa: S311 - not for secrets
        self._kernels_seeded = False
        self._untouched = eager._rng.getstate()
        self._start_keras(value)

    def state(self) -> Any:
        """Return the states of their generators, None without TensorFlow."""
        if self._untouched is None:
            return None
        from tensorflow.python.eager import context

        keras_state = None if self._generator is None else tuple(self._generator.state.value.numpy().tolist())
        return context.context()._rng.getstate(), keras_state

    def restore(self, state: Any) -> None:
        """Set their generators to `state`."""
        if state is None:
            return
        from tensorflow.python.eager import context

        context.context()._rng.setstate(state[0])
        if state[1] is not None and self._generator is not None:
            self._generator.state.assign(list(state[1]))

    def facts(self) -> dict[str, Any]:
        """Return the settings that can change the arithmetic; empty without TensorFlow."""
        if self._untouched is None:
            return {}
        import tensorflow as tf
        from tensorflow.python.framework import config

        return {
            "version": tf.__version__,
            "cudnn": tf.sysconfig.get_build_info().get("cudnn_version"),
            "deterministic": config.is_op_determinism_enabled(),
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }

    def _start_keras(self, value: int) -> None:
        keras = sys.modules.get("keras")
        if keras is None or not hasattr(keras, "random") or keras.config.backend() != "tensorflow":
            return
        from keras.src.backend.common import global_state
        from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, SeedGenerator
        from keras.src.utils.naming import reset_uids
        from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED

        if self._generator is None:
            self._generator = SeedGenerator(value)
        # One generator for the life of the process: compiled steps may hold on to its state.
        self._generator.state.assign([value, 0])
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, self._generator)
        global_state.set_global_attribute(GLOBAL_RANDOM_SEED, value)
        reset_uids()

    def _watch(self) -> None:
        """Record from now on when an operation requests a seed.

        The kernels of such operations have a generator of their own.
        """
        if self._watched:
            return
        from tensorflow.python.framework import random_seed

        self._watched, ask = True, random_seed.get_seed

        def get_seed(op_seed: Any) -> Any:
            self._kernels_seeded = True
            return ask(op_seed)

        random_seed.get_seed = get_seed


def gpu_facts(settings: Settings, smi: str | None, visible: str | None) -> list[Mapping[str, str]]:
    """Return name, driver and memory of each GPU that this process sees.

    The list is empty for a training on the CPU.

    Args:
        settings: the run's settings.
        smi: lines of "index, uuid, name, driver, memory" of all GPUs, or None if nvidia-smi is missing.
        visible: the variable CUDA_VISIBLE_DEVICES: indices, or the beginnings of UUIDs; None shows all.
    """
    if settings.device == "cpu":
        return []
    rows = [[part.strip() for part in line.split(",")] for line in (smi or "").splitlines()]
    listed = [row for row in rows if len(row) == 5]
    if visible is not None:
        tokens = [token.strip() for token in visible.split(",") if token.strip()]
        listed = [row for token in tokens for row in listed if row[0] == token or row[1].startswith(token)]
    return [dict(zip(("name", "driver", "memory"), row[2:], strict=True)) for row in listed]


def _require(usable: bool, library: str) -> None:
    if not usable:
        raise InvalidInput("device", "gpu", f"a worker that has a GPU {library} can use; this one has none")
