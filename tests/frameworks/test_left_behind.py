"""Switches of PyTorch and JAX that one run leaves behind never change the next one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedspread.core.states import RunState
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.running import Report, manifest_of, train

LEAVING = str(Path(__file__).with_name("leaving_recipes.py"))
TORCH = {
    **{
        name: f"restored: torch: {name}"
        for name in ("default dtype", "threads", "gradients", "deterministic algorithms", "cuDNN", "autocast", "oneDNN")
    },
    "hooks": "restored: torch: hooks of all modules",
    "denormals": "restored: rounding of the processor",
    "forward": "restored: assigned attributes (torch.nn.Linear.forward)",
}
JAX = {
    name: f"restored: jax: {name}" for name in ("jax_enable_x64", "jax_default_prng_impl", "jax_numpy_dtype_promotion")
}
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    alone = Trainer([LEAVING], preload=False, **SHARED)
    yield alone
    alone.close()


def leave(trainer: Trainer, recipe: str, what: str) -> Report:
    report = train(trainer, manifest_of(recipe, modules=(LEAVING,), leaves=what))
    assert report.ending.state is RunState.FINISHED, report.ending
    return report


def numbers(report: Report) -> dict[str, object]:
    """What was computed, in every bit."""
    values = {name: values for name, (_, values) in report.series.items() if name != "process"}
    return {**values, **{str(key): digest for key, digest in report.fingerprints.items() if key[0] == "weights"}}


@pytest.mark.parametrize(("recipe", "expected"), [("leaving-torch", TORCH), ("leaving-jax", JAX)])
def test_what_is_left_behind_is_put_back_and_said(recipe: str, expected: dict[str, str], trainer: Trainer) -> None:
    leave(trainer, recipe, "nothing")  # loads the library, which sets variables of the environment
    clean = leave(trainer, recipe, "nothing")
    assert clean.ending.left_behind == ""
    message, after = {}, {}
    for what in expected:
        message[what] = leave(trainer, recipe, what).ending.left_behind
        following = leave(trainer, recipe, "nothing")
        after[what] = numbers(following)
    assert {what: expected[what] in sentence for what, sentence in message.items()} == dict.fromkeys(expected, True), (
        message
    )
    assert after == dict.fromkeys(expected, numbers(clean))
