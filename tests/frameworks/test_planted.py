"""The audit on seeds lost in PyTorch, Keras and JAX: each is found, or said not to be examined."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.core.audit import FindingCode, Severity
from tests.repeat.faults import Studies, codes

RECIPES = str(Path(__file__).with_name("planted_recipes.py"))
UNUSED, UNSEEDED, CONSTANT = FindingCode.SOURCE_UNUSED, FindingCode.UNSEEDED, FindingCode.SEED_WITHOUT_EFFECT
GAP = FindingCode.NOT_EXAMINED
EXPECTED = {
    ("planted-torch", "torch.Generator()"): UNUSED,
    ("planted-torch", "torch.manual_seed(0)"): CONSTANT,
    ("planted-torch", "torch.seed()"): UNSEEDED,
    ("planted-torch", "loader-processes"): GAP,
    ("planted-torch", "process-wide"): GAP,
    ("planted-torch", "sound"): GAP,
    ("planted-keras", "from_seed(0)"): UNUSED,
    ("planted-keras", "initializer with a seed"): UNUSED,
    ("planted-keras", "keras.utils.set_random_seed(0)"): CONSTANT,
    ("planted-keras", "tf.random.set_seed(0)"): CONSTANT,
    ("planted-keras", "sound"): GAP,
    ("planted-jax", "jax.random.key(0)"): UNUSED,
    ("planted-jax", "asked-and-ignored"): CONSTANT,
    ("planted-jax", "sound"): GAP,
}
"""The finding that names the fault; a gap where only other runs could show one."""


@pytest.mark.timeout(400)  # two processes, each with a framework to load: minutes on a busy machine
def test_seeds_lost_in_frameworks_are_found_or_said_not_to_be_examined() -> None:
    studies = Studies(RECIPES)
    try:
        found = {(recipe, kind): codes(studies.study([kind], recipe=recipe)) for recipe, kind in EXPECTED}
    finally:
        studies.close()
    assert {key: EXPECTED[key] in by_code for key, by_code in found.items()} == dict.fromkeys(EXPECTED, True)
    errors = {key: any(item.severity is Severity.ERROR for item in by_code.values()) for key, by_code in found.items()}
    assert errors == {key: code is not GAP for key, code in EXPECTED.items()}
    for key, by_code in found.items():
        assert "the effect of" in by_code[GAP].sentence, key
