"""Seeds for any framework: one stream per named source from one number.

Importing this package loads neither a web framework, a database nor an ML framework, and seeds nothing.

    from seedspread.seeding import SeedPlan, seed_everything

    plan = SeedPlan(7, ["split", "init"])
    rows = plan.rng("split").permutation(1797)
    print(seed_everything(7))
"""

from __future__ import annotations

from seedspread.core.seeds import MAX_SEED, derive, derive_bits
from seedspread.seeding.everything import SeedReport, Setting, Skipped, seed_everything
from seedspread.seeding.hash_seed import HashSeed, hash_seed, reexec_with_hash_seed
from seedspread.seeding.plan import SeedPlan

__all__ = [
    "MAX_SEED",
    "HashSeed",
    "SeedPlan",
    "SeedReport",
    "Setting",
    "Skipped",
    "derive",
    "derive_bits",
    "hash_seed",
    "reexec_with_hash_seed",
    "seed_everything",
]
