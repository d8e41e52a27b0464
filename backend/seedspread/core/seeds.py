"""Derive one number per (seed, source).

The number is a hash of seed and name, so neither the order of calls nor seed arithmetic affects it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MAX_SEED = 2**53 - 1
"""The largest seed a user may give: every JSON reader, browsers included, keeps it exactly."""

VALUE_BITS = 31
"""Derived values lie in [0, 2**31): the range that NumPy, scikit-learn, TensorFlow, PyTorch and JAX all take."""

_DOMAIN = "seedspread/1"


def derive(seed: int, name: str) -> int:
    """Derive the value of stream `name` under `seed`, in [0, 2**31).

    The value is the first 31 bits of SHA-256 over `seedspread/1`, the name and the seed. Adding a source or a layer
    therefore leaves every other stream as it was, and the same seed gives the same value in every variant. Golden files
    pin these values.

    Raises:
        ValueError: `seed` lies outside [0, 2**53) or `name` is empty.
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"a seed lies in [0, {MAX_SEED}]; got {seed}")
    if not name:
        raise ValueError("the stream to derive needs a name")
    digest = hashlib.sha256(f"{_DOMAIN}\x00{name}\x00{seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def derive_bits(seed: int, name: str, bits: int = 64) -> int:
    """Derive a value of `bits` (1 to 256) bits.

    Use it for generators that take a larger key than `derive` gives.

    Raises:
        ValueError: as for `derive`, or `bits` lies outside 1 to 256.
    """
    if not 1 <= bits <= 256:
        raise ValueError(f"bits lies in [1, 256]; got {bits}")
    derive(seed, name)
    digest = hashlib.sha256(f"{_DOMAIN}/wide\x00{name}\x00{seed}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits)


def collisions(seeds: Iterable[int], name: str) -> list[tuple[int, int]]:
    """Return pairs of seeds whose values for stream `name` collide.

    Each pair is (earlier, later).
    """
    first: dict[int, int] = {}
    pairs: list[tuple[int, int]] = []
    for seed in seeds:
        earlier = first.setdefault(derive(seed, name), seed)
        if earlier != seed:
            pairs.append((earlier, seed))
    return pairs
