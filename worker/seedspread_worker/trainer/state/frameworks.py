"""Switches of libraries, compared for those that are loaded."""

from __future__ import annotations

import copy
import ctypes
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from seedspread_worker import sentences


@dataclass
class LeftBehind:
    """Kinds of state that a run changed.

    `restored` were put back; `lasting` ask for a new trainer.
    """

    restored: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Describe both in a line, which is empty if there are none."""
        parts = []
        if self.restored:
            parts.append(f"restored: {', '.join(self.restored)}")
        if self.lasting:
            parts.append(f"trainer replaced: {', '.join(self.lasting)}")
        return "; ".join(parts)


class Lasting(Exception):
    """Raised where programs may have been compiled under a switch."""


@dataclass(frozen=True)
class Library:
    """Switches of one library.

    `defaults` returns their values right after its import, as far as they are the same everywhere. `put` raises
    `Lasting` if restoring a switch is not enough.
    """

    name: str
    get: Callable[[], dict[str, Any]]
    put: Callable[[str, Any], object]
    defaults: Callable[[], dict[str, Any]]

    def read(self) -> dict[str, Any] | None:
        """Return its switches, None if it is not loaded."""
        if sys.modules.get(self.name) is None:
            return None
        try:
            return self.get()
        except (ImportError, AttributeError, KeyError):
            return None  # in the midst of its import, a stand-in, or another version

    def check(self, saved: dict[str, Any] | None, leftovers: LeftBehind) -> None:
        """Compare with the state before the run.

        If the run was the first to load the library, its defaults are used.
        """
        current = self.read()
        if current is None:
            return
        try:
            before = self.defaults() if saved is None else saved
        except (ImportError, AttributeError, KeyError):
            return
        for name, value in current.items():
            if name in before and not _equal(value, before[name]):
                self._restore(name, before[name], leftovers)

    def _restore(self, name: str, value: Any, leftovers: LeftBehind) -> None:
        try:
            self.put(name, value)
        except Exception:  # noqa: BLE001 - whatever keeps it from being restored, a new process has it right
            leftovers.lasting.append(f"{self.name}: {name}")
        else:
            leftovers.restored.append(f"{self.name}: {name}")


def _equal(current: Any, saved: Any) -> bool:
    try:
        return bool(current == saved)
    except Exception:  # noqa: BLE001 - values of options may refuse to be compared
        return current is saved


def _tensorflow() -> dict[str, Any]:
    import tensorflow as tf
    from tensorflow.python import tf2
    from tensorflow.python.data.ops import debug_mode
    from tensorflow.python.framework import config
    from tensorflow.python.ops import stateful_random_ops

    state = importlib.import_module("tensorflow.python.debug.lib.check_numerics_callback")._state
    return {
        "check_numerics": getattr(state, "check_numerics_callback", None) is not None,
        "jit": bool(tf.config.optimizer.get_jit()),
        "NumPy behavior": hasattr(tf.Tensor, "astype"),
        "TF32": tf.config.experimental.tensor_float_32_execution_enabled(),
        "optimizer options": tf.config.optimizer.get_experimental_options(),
        "version 2 behavior": tf2.enabled(),
        "eager execution": tf.executing_eagerly(),
        "eager functions": tf.config.functions_run_eagerly(),
        "tf.data debugging": debug_mode.DEBUG_MODE,
        "deterministic operations": config.is_op_determinism_enabled(),
        sentences.SOFT_PLACEMENT: tf.config.get_soft_device_placement(),
        "threads": (
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads(),
        ),
        "global generator": stateful_random_ops.global_generator,
    }


def _put_tensorflow(name: str, value: Any) -> None:
    if name == "eager functions":
        import tensorflow as tf

        tf.config.run_functions_eagerly(value)
    elif name == "global generator":
        from tensorflow.python.ops import stateful_random_ops

        stateful_random_ops.global_generator = value
    else:
        raise Lasting


def _tensorflow_defaults() -> dict[str, Any]:
    switched_off = dict.fromkeys(("check_numerics", "jit", "NumPy behavior", "eager functions"), False)
    return switched_off | {
        **dict.fromkeys(("TF32", "version 2 behavior", "eager execution"), True),
        "tf.data debugging": False,
        "optimizer options": {},
        "global generator": None,
    }


def _keras() -> dict[str, Any]:
    import keras

    custom = keras.saving.get_custom_objects()
    return {
        "floatx": keras.config.floatx(),
        "epsilon": keras.config.epsilon(),
        "image_data_format": keras.config.image_data_format(),
        "dtype_policy": keras.config.dtype_policy().name,
        "distribution": keras.distribution.distribution(),
        # Names with ">" belong to classes that register themselves; others take the place of Keras' own.
        "custom objects": {name: item for name, item in custom.items() if ">" not in name},
    }


def _put_keras(name: str, value: Any) -> None:
    import keras

    if name == "distribution":
        keras.distribution.set_distribution(value)
    elif name == "custom objects":
        custom = keras.saving.get_custom_objects()
        for key in [key for key in custom if ">" not in key]:
            del custom[key]
        custom.update(value)
    else:
        getattr(keras.config, f"set_{name}")(value)


def _keras_defaults() -> dict[str, Any]:
    return {
        "floatx": "float32",
        "epsilon": 1e-7,
        "image_data_format": "channels_last",
        "dtype_policy": "float32",
        "distribution": None,
        "custom objects": {},
    }


_GLOBAL_HOOKS = (
    "_global_forward_pre_hooks",
    "_global_forward_hooks",
    "_global_backward_hooks",
    "_global_backward_pre_hooks",
    "_global_parameter_registration_hooks",
)


def _torch_hooks() -> dict[str, dict[int, Any]]:
    module = sys.modules["torch.nn.modules.module"]
    return {name: dict(getattr(module, name, {})) for name in _GLOBAL_HOOKS}


def _torch() -> dict[str, Any]:
    torch = sys.modules["torch"]
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    return {
        "default dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "matmul precision": torch.get_float32_matmul_precision(),
        "default device": str(torch.get_default_device()),
        "threads": torch.get_num_threads(),
        "deterministic algorithms": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "cuDNN": (cudnn.enabled, cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32),
        "TF32": matmul.allow_tf32,
        "autocast": (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
        "oneDNN": bool(torch._C._get_mkldnn_enabled()),
        sentences.ALL_HOOKS: _torch_hooks(),
    }


def _torch_defaults() -> dict[str, Any]:
    return {
        "default dtype": sys.modules["torch"].float32,
        "gradients": True,
        "anomaly detection": False,
        "default device": "cpu",
        "oneDNN": True,
    }


def _put_torch(name: str, value: Any) -> None:
    torch = sys.modules["torch"]

    def cudnn(saved: tuple[bool, ...]) -> None:
        holder = torch.backends.cudnn
        holder.enabled, holder.deterministic, holder.benchmark, holder.allow_tf32 = saved

    def hooks(saved: dict[str, dict[int, Any]]) -> None:
        for hook, entries in saved.items():
            current = getattr(sys.modules["torch.nn.modules.module"], hook)
            current.clear()
            current.update(entries)

    def autocast(saved: tuple[bool, Any]) -> None:
        torch.set_autocast_enabled("cpu", saved[0])
        torch.set_autocast_dtype("cpu", saved[1])

    put: dict[str, Callable[[Any], object]] = {
        "default dtype": torch.set_default_dtype,
        "gradients": torch.set_grad_enabled,
        "anomaly detection": torch.autograd.set_detect_anomaly,
        "matmul precision": torch.set_float32_matmul_precision,
        "default device": lambda device: torch.set_default_device(None if device == "cpu" else device),
        "threads": torch.set_num_threads,
        "deterministic algorithms": lambda saved: torch.use_deterministic_algorithms(saved[0], warn_only=saved[1]),
        "cuDNN": cudnn,
        "TF32": lambda saved: setattr(torch.backends.cuda.matmul, "allow_tf32", saved),
        "autocast": autocast,
        "oneDNN": torch._C._set_mkldnn_enabled,
        sentences.ALL_HOOKS: hooks,
    }
    put[name](value)


_JAX_SWITCHES = ("jax_enable_x64", "jax_debug_nans", "jax_disable_jit", "jax_default_matmul_precision")


def _jax_defaults() -> dict[str, Any]:
    wide = os.environ.get("JAX_ENABLE_X64", "").lower() in ("1", "true", "yes", "on")
    return dict(zip(_JAX_SWITCHES, (wide, False, False, None), strict=True))


def _pandas() -> dict[str, Any]:
    return {"options": _copied(importlib.import_module("pandas._config.config")._global_config)}


def _copied(options: dict[str, Any]) -> dict[str, Any]:
    """Copy nested dictionaries, and the values that could change in place."""
    copiers: dict[type, Callable[[Any], Any]] = {dict: _copied, list: copy.deepcopy, set: set}
    return {name: copiers.get(type(value), _itself)(value) for name, value in options.items()}


def _itself(value: Any) -> Any:
    return value


def _put_pandas(_: str, saved: Any) -> None:
    _refill(importlib.import_module("pandas._config.config")._global_config, saved)


def _refill(options: dict[str, Any], saved: dict[str, Any]) -> None:
    """Put values back within the nested dictionaries, to which pandas holds on."""
    for name, value in saved.items():
        if isinstance(value, dict):
            _refill(options[name], value)
        else:
            options[name] = value


def _joblib() -> dict[str, Any]:
    return {"parallel configuration": getattr(sys.modules["joblib.parallel"]._backend, "config", None)}


def _put_joblib(_: str, saved: Any) -> None:
    holder = sys.modules["joblib.parallel"]._backend
    if saved is None:
        del holder.config
    else:
        holder.config = saved


def _pools() -> dict[str, Any]:
    """Return how many threads the loaded libraries of linear algebra use."""
    return {os.path.basename(pool.filepath): pool.num_threads for pool in _controllers()}  # noqa: PTH119 - text alone


class _LoadedLibrary(ctypes.Structure):
    """Beginning of glibc's `dl_phdr_info`.

    It ends with the counts of libraries loaded and unloaded since the start.
    """

    _fields_ = (
        ("address", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("headers", ctypes.c_void_p),
        ("header_count", ctypes.c_uint16),
        ("adds", ctypes.c_ulonglong),
        ("subs", ctypes.c_ulonglong),
    )


def _loads() -> tuple[int, int] | None:
    """Return how often shared libraries were loaded and unloaded.

    Return None where that is not known.
    """
    try:
        iterate = ctypes.CDLL(None).dl_iterate_phdr
    except (OSError, AttributeError):
        return None
    counts: list[tuple[int, int]] = []

    def first(info: Any, size: int, _: Any) -> int:
        if size >= ctypes.sizeof(_LoadedLibrary):
            counts.append((info.contents.adds, info.contents.subs))
        return 1

    visit = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_LoadedLibrary), ctypes.c_size_t, ctypes.c_void_p)
    iterate(visit(first), None)
    return counts[0] if counts else None


_pools_of: dict[tuple[int, int] | None, list[Any]] = {}


def _controllers() -> list[Any]:
    """Return threadpoolctl's controllers.

    It looks through all libraries only after one was loaded.
    """
    loads = _loads()
    if loads is None or loads not in _pools_of:
        _pools_of.clear()
        _pools_of[loads] = sys.modules["threadpoolctl"].ThreadpoolController().lib_controllers
    return _pools_of[loads]


def _put_pools(name: str, value: int) -> None:
    for library in _controllers():
        if os.path.basename(library.filepath) == name:  # noqa: PTH119 - text alone
            library.set_num_threads(value)


LIBRARIES: tuple[Library, ...] = (
    Library("tensorflow", _tensorflow, _put_tensorflow, _tensorflow_defaults),
    Library("keras", _keras, _put_keras, _keras_defaults),
    Library("torch", _torch, _put_torch, _torch_defaults),
    Library(
        "jax",
        lambda: dict(sys.modules["jax"].config.values),
        lambda name, value: sys.modules["jax"].config.update(name, value),
        _jax_defaults,
    ),
    Library(
        "sklearn",
        lambda: dict(sys.modules["sklearn"].get_config()),
        lambda name, value: sys.modules["sklearn"].set_config(**{name: value}),
        lambda: dict(importlib.import_module("sklearn._config")._global_config),
    ),
    Library("pandas", _pandas, _put_pandas, dict),
    Library("joblib", _joblib, _put_joblib, lambda: {"parallel configuration": None}),
    Library("threadpoolctl", _pools, _put_pools, dict),
)
