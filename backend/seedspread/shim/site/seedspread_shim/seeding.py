"""Seed libraries' global generators as they are imported.

Seeds that the script sets itself are recorded.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from . import record, sentences
from .hooks import Finder, wrap
from .processes import Streams

_reported: set[str] = set()


def install(finder: Finder, values: dict[str, int]) -> None:
    """Seed each library after its import, and imported ones at once."""
    actions = {
        "random": _random,
        "numpy.random": _numpy,
        "torch": _torch,
        "tensorflow": _tensorflow,
        "keras": _keras,
        "jax.random": _jax,
    }
    streams = Streams(values)
    streams.install(finder)
    for name, action in actions.items():

        def act(module: ModuleType, action: Any = action, library: str = name.partition(".")[0]) -> None:
            action(module, streams, library)

        if name in sys.modules:
            act(sys.modules[name])
        else:
            finder.after[name] = act


def _seeded(library: str, call: str, value: int) -> None:
    record.event("seeded", library=library, call=call, value=value)


def _random(module: ModuleType, streams: Streams, library: str) -> None:
    value, seed = streams.values[library], module.seed
    seed(value)
    streams.loaded[library] = seed
    streams.reseed_after_fork(library)
    _seeded("random", f"random.seed({value})", value)
    _watch(module, "seed", "random.seed")
    original, drawn = module.Random.seed, [0]

    def seed_one(self: Any, a: Any = None, *args: Any, **kwargs: Any) -> None:
        # Names of temporary files are no part of the training, and those of runs at the same time must differ.
        if a is None and not _for_temporary_files():
            a = f"{streams.values[library]}/{drawn[0]}"
            drawn[0] += 1
        original(self, a, *args, **kwargs)

    seed_one.__doc__ = original.__doc__
    module.Random.seed = seed_one


def _for_temporary_files() -> bool:
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__") == "random" and frame.f_back is not None:
        frame = frame.f_back  # its constructor
    return frame.f_globals.get("__name__") == "tempfile"


def _numpy(module: ModuleType, streams: Streams, library: str) -> None:
    value = streams.values[library]
    module.seed(value)
    streams.loaded[library] = module.seed
    _seeded("numpy", f"numpy.random.seed({value})", value)
    _watch(module, "seed", "numpy.random.seed")
    original, sequence, drawn = module.default_rng, module.SeedSequence, [0]

    def default_rng(seed: Any = None) -> Any:
        """Return a NumPy generator.

        Without a seed, it is seeded from the run, with a new stream at each call.
        """
        if seed is None:
            seed = sequence([streams.values[library], drawn[0]])
            drawn[0] += 1
        return original(seed)

    default_rng.__doc__ = original.__doc__
    module.default_rng = default_rng  # type: ignore[attr-defined]
    # All other generators without a seed ask this for one: RandomState(), PCG64(), SeedSequence().
    entropy = getattr(module, "bit_generator", None)
    if hasattr(entropy, "randbits"):
        requests = [0]

        def randbits(count: int) -> int:
            requests[0] += 1
            words = sequence([streams.values[library], requests[0], 1]).generate_state(-(-count // 32))
            return int.from_bytes(words.tobytes(), "little") >> (-count % 32)

        entropy.randbits = randbits  # type: ignore[union-attr]


def _torch(module: ModuleType, streams: Streams, library: str) -> None:
    value = streams.values[library]
    module.manual_seed(value)
    streams.loaded[library] = module.manual_seed
    _seeded("torch", f"torch.manual_seed({value})", value)
    _watch(module, "manual_seed", "torch.manual_seed")


def _tensorflow(module: ModuleType, streams: Streams, library: str) -> None:
    value = streams.values[library]
    module.random.set_seed(value)
    streams.loaded[library] = module.random.set_seed
    _seeded("tensorflow", f"tf.random.set_seed({value})", value)


def _keras(module: ModuleType, streams: Streams, library: str) -> None:
    # Keras draws the seeds of its layers from `random`, which is seeded; its own call would seed the others again.
    _watch(module.utils, "set_random_seed", "keras.utils.set_random_seed")


def _jax(module: ModuleType, streams: Streams, library: str) -> None:
    """Make constant JAX keys follow the run's seed."""
    value = streams.values[library]
    for name in ("PRNGKey", "key"):
        original = getattr(module, name, None)
        if original is not None:
            setattr(module, name, _folded(original, module.fold_in, value))
    _seeded("jax", sentences.jax_keys(value), value)


def _folded(original: Any, fold_in: Any, value: int) -> Any:
    def key(*args: Any, **kwargs: Any) -> Any:
        return fold_in(original(*args, **kwargs), value)

    key.__doc__ = original.__doc__
    return key


def _watch(owner: Any, name: str, call: str) -> None:
    """Record constant seeds that the script sets itself.

    They override the shim's seeds.
    """

    def noted(value: Any = None, *args: Any, **kwargs: Any) -> None:
        if value is None or str(value) == os.environ.get("SEEDSPREAD_SEED") or call in _reported:
            return
        _reported.add(call)
        if str(value).isdigit() and len(str(value)) < 10:
            record.finding("seeded_by_script", sentences.seeded_by_script(call, value))

    wrap(owner, name, noted)
