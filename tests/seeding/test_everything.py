"""Seeding what is imported, and nothing else; each case in an interpreter of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import types
from typing import Any

import numpy as np
import pytest

from seedspread.errors import Conflict, InvalidInput
from seedspread.seeding import derive, hash_seed, reexec_with_hash_seed, seed_everything


def run(program: str, *flags: str, **environment: str) -> Any:
    """What `program` prints as JSON, in a fresh interpreter without a hash seed of ours."""
    held = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    done = subprocess.run(
        [sys.executable, *flags, "-c", program], env=held | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_it_brings_nothing_heavy() -> None:
    loaded = run("import json, sys, seedspread.seeding; print(json.dumps(sorted(sys.modules)))")
    heavy = {
        "tensorflow",
        "keras",
        "torch",
        "jax",
        "numpy",
        "fastapi",
        "sqlalchemy",
        "celery",
        "pydantic",
        "jsonschema",
    }
    assert not heavy & set(loaded)


def test_the_standard_library_and_numpy_repeat() -> None:
    def draw() -> tuple[float, float]:
        seed_everything(7)
        return random.random(), np.random.rand()  # noqa: NPY002 (what a recipe out of our hands would use)

    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        assert draw() == draw()
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


def test_libraries_that_are_not_imported_are_left_and_said() -> None:
    report = run(
        "import json; from seedspread.seeding import seed_everything; print(json.dumps(seed_everything(7).as_dict()))"
    )
    assert [setting["library"] for setting in report["settings"]] == ["random"]
    assert report["settings"][0]["value"] == derive(7, "random")
    left = {skipped["library"]: skipped["reason"] for skipped in report["skipped"]}
    assert set(left) == {"keras", "numpy", "tensorflow", "torch", "jax", "PYTHONHASHSEED"}
    assert "at random" in left["PYTHONHASHSEED"]


def test_tensorflow_and_keras_repeat() -> None:
    program = """
import json, random, numpy as np, tensorflow as tf, keras
from seedspread.seeding import SeedPlan, seed_everything
def draw():
    report = seed_everything(7, deterministic=True)
    drawn = [float(tf.random.uniform([])), float(keras.random.uniform([])), random.random(), np.random.rand()]
    return drawn, {s.library: s.value for s in report.settings if not isinstance(s.value, bool)}
plan = SeedPlan(7, ["init"])
streams = [float(plan.tensorflow("init").uniform([])) for _ in range(2)]
layers = [float(keras.random.uniform([], seed=plan.keras("init"))) for _ in range(2)]
print(json.dumps([draw(), draw(), streams, layers, random.Random(0).random()]))
"""
    first, second, streams, layers, _ = run(program, TF_CPP_MIN_LOG_LEVEL="3")
    assert first == second
    seeded = first[1]
    assert seeded.keys() >= {"keras", "random", "numpy", "tensorflow"}
    assert seeded == {name: derive(7, name) for name in seeded}  # Keras may have loaded further frameworks
    assert streams[0] == streams[1]
    assert layers[0] == layers[1]


def test_pytorch_and_jax_get_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, Any]] = []
    torch = types.ModuleType("torch")
    cuda = types.SimpleNamespace(is_available=lambda: True, manual_seed_all=lambda value: calls.append(("cuda", value)))
    parts = {
        "manual_seed": lambda value: calls.append(("torch", value)),
        "cuda": cuda,
        "use_deterministic_algorithms": lambda on: calls.append(("deterministic", on)),
        "backends": types.SimpleNamespace(cudnn=types.SimpleNamespace(benchmark=True)),
    }
    for name, part in parts.items():
        setattr(torch, name, part)
    jax = types.ModuleType("jax")
    jax.random = types.SimpleNamespace(key=lambda value: ("key", value))  # type: ignore[attr-defined]
    for absent in ("keras", "tensorflow", "numpy"):
        monkeypatch.delitem(sys.modules, absent, raising=False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "jax", jax)
    before = random.getstate()
    report = seed_everything(7, deterministic=True)
    random.setstate(before)
    value = derive(7, "torch")
    assert calls == [("torch", value), ("cuda", value), ("deterministic", True)]
    assert report.jax_key == ("key", derive(7, "jax"))
    assert "set   torch: torch.manual_seed" in str(report)


def test_a_hash_seed_set_too_late_is_told() -> None:
    program = """
import json, os
os.environ["PYTHONHASHSEED"] = "0"
from seedspread.seeding import hash_seed, seed_everything
found = hash_seed()
print(json.dumps([found.in_force, found.too_late, [s.reason for s in seed_everything(1).skipped][-1]]))
"""
    in_force, too_late, reason = run(program)
    assert (in_force, too_late) == (None, True)
    assert "after Python had started" in reason


@pytest.mark.parametrize(
    ("given", "later", "in_force"),
    [
        ("0", "0", 0),
        ("123", "123", 123),
        ("4294967295", "4294967295", 2**32 - 1),
        ("random", "random", None),
        ("0", None, 0),
        ("random", None, None),
    ],
)
def test_a_hash_seed_in_force_is_seen(given: str, later: str | None, in_force: int | None) -> None:
    program = f"""
import json, os
from seedspread.seeding import hash_seed
os.environ.pop("PYTHONHASHSEED") if {later is None} else None
print(json.dumps([hash_seed().in_force, hash_seed().variable, hash_seed().too_late]))
"""
    assert run(program, PYTHONHASHSEED=given) == [in_force, later, False]


@pytest.mark.parametrize("too_late", ["", 'os.environ.setdefault("PYTHONHASHSEED", "5")'])
def test_the_interpreter_starts_again_once(too_late: str) -> None:
    program = f"""
import json, os
from seedspread.seeding import reexec_with_hash_seed, hash_seed
os.environ["STARTS"] = str(int(os.environ.get("STARTS", "0")) + 1)
{too_late}
reexec_with_hash_seed(5)
print(json.dumps([hash_seed().in_force, int(os.environ["STARTS"])]))
"""
    assert run(program) == [5, 2]


def test_what_cannot_start_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="4294967295"):
        reexec_with_hash_seed(2**32)
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    wanted = 1 + (hash_seed().in_force or 0)
    with pytest.raises(Conflict, match="interactive"):
        reexec_with_hash_seed(wanted)


def test_a_seed_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidInput, match="seed: -1"):
        seed_everything(-1)
