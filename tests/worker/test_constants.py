"""Constant seeds in a recipe's code: named with their line, and none where only the run's seeds are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread_worker.catalog.registry import SHIPPED, survey
from seedspread_worker.catalog.shelf import Shelf

HEAD = """\
import random
import numpy as np
from seedspread_worker import Field, Metric, RecipeParameters, free_recipe, keras_recipe

class Parameters(RecipeParameters):
    seed: int = Field(3, description="a parameter")
    epochs: int = Field(3, description="passes")

"""
RECIPE = '@free_recipe(name="mine", version="1", parameters=Parameters, metrics=(Metric("loss", "minimize"),))\n'
PLANTED = {
    "keyword": ("resample(x, y, random_state=0)", "random_state=0"),
    "seed keyword": ("lightgbm.LGBMClassifier(seed=42)", "seed=42"),
    "bagging": ("lightgbm.train({'bagging_seed': 3}, data)", "'bagging_seed': 3"),
    "default_rng": ("np.random.default_rng(0)", "np.random.default_rng(0)"),
    "RandomState": ("np.random.RandomState(1)", "np.random.RandomState(1)"),
    "bit generator": ("np.random.Generator(np.random.PCG64(5))", "np.random.PCG64(5)"),
    "torch": ("torch.Generator().manual_seed(3)", "torch.Generator().manual_seed(3)"),
    "jax": ("jax.random.PRNGKey(0)", "jax.random.PRNGKey(0)"),
    "jax key": ("import jax.random as jr; jr.key(7)", "jr.key(7)"),
    "nnx": ("nnx.Rngs(params=0, dropout=run.seed('dropout'))", "nnx.Rngs(params=0, dropout=run.seed('dropout'))"),
    "set_seed": ("transformers.set_seed(1234)", "transformers.set_seed(1234)"),
    "lightning": ("lightning.seed_everything(7, workers=True)", "lightning.seed_everything(7, workers=True)"),
    "Random": ("random.Random(1337)", "random.Random(1337)"),
    "Random of text": ("random.Random('fixed')", "random.Random('fixed')"),
    "keras": ("keras.layers.Dropout(0.5, seed=1)", "seed=1"),
    "initializer": ("keras.initializers.HeNormal(9)", "keras.initializers.HeNormal(9)"),
    "stateless": ("tf.random.stateless_uniform((3,), (1, 2))", "tf.random.stateless_uniform((3,), (1, 2))"),
    "pipeline": ("data.shuffle(1000, 42)", "data.shuffle(1000, 42)"),
    "local": ("start = 42\n    SGDClassifier(random_state=start + 1)", "random_state=start + 1"),
    "module constant": ("SGDClassifier(random_state=SEED)", "random_state=SEED"),
    "class constant": ("SGDClassifier(random_state=Config.STATE)", "random_state=Config.STATE"),
    "dictionary": ("SGDClassifier(random_state=OPTIONS['state'])", "random_state=OPTIONS['state']"),
    "parameter": ("SGDClassifier(random_state=run.parameters.seed)", "random_state=run.parameters.seed"),
    "parameters by name": ("p = run.parameters; SGDClassifier(random_state=p.seed)", "random_state=p.seed"),
    "loop": ("for fold in range(5):\n        KFold(5, shuffle=True, random_state=fold)", "random_state=fold"),
    "enumerate": ("for i, rows in enumerate(run.data):\n        np.random.default_rng(i)", "np.random.default_rng(i)"),
    "epochs": (
        "for epoch in range(1, run.parameters.epochs + 1):\n        np.random.default_rng(epoch)",
        "np.random.default_rng(epoch)",
    ),
    "comprehension": ("[np.random.default_rng(i) for i in range(3)]", "np.random.default_rng(i)"),
    "map": ("list(map(np.random.default_rng, range(3)))", "map(np.random.default_rng, range(3))"),
    "other name": ("from numpy.random import default_rng as made; made(0)", "made(0)"),
    "assigned name": ("make = np.random.default_rng; make(0)", "make(0)"),
    "getattr": ("getattr(np.random, 'default_rng')(0)", "getattr(np.random, 'default_rng')(0)"),
    "either": (
        "SGDClassifier(random_state=run.seed('init') if run else 0)",
        "random_state=run.seed('init') if run else 0",
    ),
    "attribute": ("model.random_state = 0", "model.random_state = 0"),
    "setattr": ("setattr(model, 'random_state', 0)", "setattr(model, 'random_state', 0)"),
    "get": ("options.get('seed', 0)", "options.get('seed', 0)"),
    "default": ("defaulted()", "random_state=seed"),
    "default of a library's": ("libraries()", "seed=11"),
    "passed on": ("passed_on(0)", "random_state=state"),
    "own attribute": ("Held(4)", "random_state=self.state"),
    "nested pipeline": ("model.set_params(clf__random_state=0)", "clf__random_state=0"),
    "converted": ("np.random.seed(int('42'))", "np.random.seed(int('42'))"),
}
"""Code of a recipe, and how its constant is named."""
AROUND = """
SEED = 42
OPTIONS = {"state": 3}

class Config:
    STATE = 5

def defaulted(seed=11):
    return SGDClassifier(random_state=seed)

def passed_on(state):
    return SGDClassifier(random_state=state)

def libraries(seed=11):
    return train(seed)

class Held:
    def __init__(self, state):
        self.state = state

    def fit(self):
        return SGDClassifier(random_state=self.state)
"""
SOUND = {
    "keyword": "SGDClassifier(random_state=run.seed('algorithm'))",
    "derived": "for fold in range(5):\n        KFold(5, shuffle=True, random_state=run.seed('split') + fold)",
    "list": "for epoch in range(3):\n        np.random.default_rng([run.seed('shuffle'), epoch])",
    "torch": "g = torch.Generator(); g.manual_seed(run.seed('shuffle'))",
    "jax": "keys = jax.random.split(jax.random.PRNGKey(run.seed('init')), 3); jax.random.fold_in(keys[0], 1)",
    "keras": "keras.layers.Dropout(0.5, seed=run.seed('dropout'))",
    "none": "SGDClassifier(random_state=None); np.random.default_rng()",
    "local": "seed = run.seed('init'); np.random.seed(seed % 2**32); random.Random(seed)",
    "axis": "run.rng('shuffle').shuffle(x, 0)",
    "count": "evaluate(n_seeds=5, num_seeds=3, reseed=True, seeding=0, entropy=0.01)",
    "stream": "np.random.SeedSequence(run.seed('init'), spawn_key=(1,))",
    "default not used": "defaulted(seed=run.seed('init')); defaulted(run.seed('split'))",
    "passed on": "passed_on(run.seed('init'))",
    "own attribute": "Held(run.seed('init')).fit()",
    "worker": "DataLoader(x, worker_init_fn=lambda n: np.random.seed(torch.initial_seed() % 2**32))",
    "unreached": "pass\n\ndef other():\n    np.random.seed(0)",
    "run as a script": "pass\n\nif __name__ == '__main__':\n    np.random.seed(0)",
    "dictionary": "lightgbm.train({'seed': run.seed('algorithm'), 'verbose': 0}, data)",
}


def constants(tmp_path: Path, body: str, around: str = AROUND) -> list[str]:
    file = tmp_path / "mine.py"
    file.write_text(f"{HEAD}{around}\n{RECIPE}def mine(run):\n    {body}\n")
    return Shelf([str(file)]).constants("mine")


@pytest.mark.parametrize(("body", "named"), PLANTED.values(), ids=PLANTED)
def test_a_constant_seed_is_named_with_its_line(tmp_path: Path, body: str, named: str) -> None:
    (place,) = constants(tmp_path, body)
    text, _, line = place.rpartition(" at mine.py:")
    assert text == named
    assert (
        named.partition("=")[0].partition("(")[0].strip("'")
        in (tmp_path / "mine.py").read_text().splitlines()[int(line) - 1]
    )


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND)
def test_seeds_of_the_run_are_no_constants(tmp_path: Path, body: str) -> None:
    assert constants(tmp_path, body) == []


def test_the_recipes_that_come_along_have_none() -> None:
    shelf = Shelf(SHIPPED)
    assert [place for name in survey(()).recipes for place in shelf.constants(name)] == []


def test_only_the_recipes_own_code_counts(tmp_path: Path) -> None:
    other = RECIPE.replace('"mine"', '"other"') + "def other(run):\n    np.random.seed(0)\n"
    assert constants(tmp_path, "defaulted(run.seed('init'))", AROUND + other) == []
    assert constants(tmp_path, "pass", AROUND + "SHARED = np.random.default_rng(0)\n") == [
        f"np.random.default_rng(0) at mine.py:{HEAD.count(chr(10)) + AROUND.count(chr(10)) + 1}"
    ]


def test_constants_of_modules_beside_the_recipe_count(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("STATE = 3\n")
    (tmp_path / "data.py").write_text(
        "import settings\ndef load(x):\n    return resample(x, random_state=settings.STATE)\n"
    )
    assert constants(tmp_path, "load(1)", "from data import load\n") == ["random_state=settings.STATE at data.py:3"]
    assert constants(tmp_path, "fit(random_state=STATE)", "from settings import *\n") == [
        f"random_state=STATE at mine.py:{HEAD.count(chr(10)) + 5}"
    ]


def test_a_keras_recipe_and_the_default_of_a_recipe_count(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    recipe = '@keras_recipe(name="mine", version="1", parameters=Parameters)\nclass Mine:\n    def data(self, run):\n'
    file.write_text(f"{HEAD}{recipe}        return split(x, random_state=0)\n")
    assert Shelf([str(file)]).constants("mine") == ["random_state=0 at mine.py:12"]
    file.write_text(f"{HEAD}{RECIPE}def mine(run, seed=0):\n    fit(random_state=seed)\n")
    assert Shelf([str(file)]).constants("mine") == ["random_state=seed at mine.py:11"]


def test_a_script_gets_its_seed_from_outside(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import argparse, os, numpy as np\n"
        "parser = argparse.ArgumentParser()\n"
        'parser.add_argument("--seed", type=int, default=0)\n'
        "np.random.seed(parser.parse_args().seed)\n"
        'rng = np.random.default_rng(int(os.environ.get("SEEDSPREAD_SEED", 0)))\n'
        "x = sample(frac=1, random_state=1)\n"
    )
    file = tmp_path / "commands.toml"
    given = """
[commands.{0}]
help = "h"
command = ["python", {1}]
[commands.{0}.metrics]
loss = {{ direction = "minimize" }}
"""
    options = {
        "script": '"train.py", "--seed", "{seed}"',
        "fixed": '"--seed=0", "--split-seed", "{seed:split}", "--data-seed", "{rows}"',
    }
    file.write_text("".join(given.format(*item) for item in options.items()))
    assert Shelf([str(file)]).constants("script") == ["random_state=1 at train.py:6"]
    assert Shelf([str(file)]).constants("fixed") == [
        "--seed=0 at commands.toml:10",
        "--data-seed={rows} at commands.toml:10",
    ]


def test_code_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    (place,) = constants(tmp_path, f"return {'+'.join(['run.x'] * 2500)}", "")
    assert place.startswith("code nested too deeply to read its constants at mine.py:")
