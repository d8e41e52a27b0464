"""The audit on seeds lost in PyTorch and JAX: each is found, or said not to be examined."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.analysis.audit import audit
from seedspread.core.audit import FindingCode, Severity
from tests.repeat.lab import lab

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
    ("planted-jax", "jax.random.key(0)"): UNUSED,
    ("planted-jax", "asked-and-ignored"): CONSTANT,
    ("planted-jax", "sound"): GAP,
}
"""The finding that names the fault; a gap where only other runs could show one."""


@pytest.mark.timeout(400)  # fresh processes, each with a framework to load
def test_seeds_lost_in_pytorch_and_jax_are_found_or_said_not_to_be_examined(tmp_path: Path) -> None:
    with lab(tmp_path, [RECIPES], tensorflow=True) as opened:
        found = {}
        for recipe, kind in EXPECTED:
            runs = opened.study(recipe, seeds=2, parameters={"kind": kind})
            found[recipe, kind] = {item.code: item for item in audit(opened.ctx, opened.study_of(runs[0]))}
    assert {key: EXPECTED[key] in codes for key, codes in found.items()} == dict.fromkeys(EXPECTED, True)
    errors = {key: [c for c, item in codes.items() if item.severity is Severity.ERROR] for key, codes in found.items()}
    assert {key: bool(codes) for key, codes in errors.items()} == {key: EXPECTED[key] is not GAP for key in EXPECTED}
    for key, codes in found.items():
        assert "the effect of" in codes[GAP].sentence, key
