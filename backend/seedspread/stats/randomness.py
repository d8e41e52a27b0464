"""Where resampling takes its randomness from: the question, so that the same question gives the same interval."""

from __future__ import annotations

import hashlib

import numpy as np


def question_rng(*parts: str | int) -> np.random.Generator:
    """A generator derived from what is asked (study, metric, arms, method …): same parts, same stream.

    Parts are hashed with their lengths and kinds, so that ("ab", "c") and ("a", "bc"), or 1 and "1", differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = f"{type(part).__name__}:{part}".encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest.digest(), "big")))
