"""Notes on a script's own seeding."""

from __future__ import annotations


def jax_keys(value: int) -> str:
    """Return how every key of JAX is seeded."""
    return f"jax.random.fold_in(key, {value}) on every key"


def seeded_by_script(call: str, value: object) -> str:
    """Return that the script seeds by itself."""
    return f"The script calls {call}({value}) itself, which overrides the run's seed."


def several_runs(source: str) -> str:
    """Return that a script began several runs of a logger."""
    return f"The script begins several runs of {source}: their values count as one run's, the last at each step."
