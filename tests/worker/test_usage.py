"""Frameworks that a recipe uses: those of its own code, not of its neighbours in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread_worker.catalog.shelf import Shelf

HEAD = "from seedspread_worker import Metric, RecipeParameters, free_recipe, keras_recipe\n"
TWO = """
def network():
    import keras
    return keras.Sequential([])

def fit(run):
    network()

@free_recipe(name="by-keras", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_keras(run):
    fit(run)

@free_recipe(name="by-torch", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_torch(run):
    import torch
    torch.nn.Linear(2, 2)

@free_recipe(name="by-sklearn", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_sklearn(run):
    from sklearn.linear_model import SGDClassifier
    SGDClassifier().fit([[0], [1]], [0, 1])

@keras_recipe(name="by-engine", version="1", parameters=RecipeParameters)
class Engine:
    def model(self, run):
        return network()
"""
HELPED = """
import helpers

@free_recipe(name="by-keras", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_keras(run):
    helpers.fit(run)

@free_recipe(name="by-torch", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_torch(run):
    from torches import train
    train(run)

@free_recipe(name="by-sklearn", version="1", parameters=RecipeParameters, metrics=(Metric("loss", "minimize"),))
def by_sklearn(run):
    run.model.fit()
"""
HELPERS = {
    "helpers.py": "def fit(run):\n    import tensorflow\n",
    "torches.py": "import torch\ndef train(run):\n    torch.manual_seed(0)\n",
}
NONE, TF, TORCH = frozenset[str](), frozenset({"tensorflow"}), frozenset({"torch"})


@pytest.mark.parametrize(
    ("source", "used"),
    [
        pytest.param(TWO, {"by-keras": TF, "by-torch": TORCH, "by-sklearn": NONE, "by-engine": TF}, id="functions"),
        pytest.param(HELPED, {"by-keras": TF, "by-torch": TORCH, "by-sklearn": NONE}, id="files beside"),
        pytest.param("import torch\n" + TWO, {"by-keras": TF | TORCH, "by-sklearn": TORCH}, id="on loading the file"),
        pytest.param(
            "class Kept:\n    import jax\n" + TWO, {"by-sklearn": frozenset({"jax"})}, id="in the body of a class"
        ),
        pytest.param(
            "def ready():\n    import torch\nready()\n" + TWO, {"by-sklearn": TORCH}, id="by a call on loading"
        ),
        pytest.param(
            TWO.replace("    fit(run)", "    globals()['fit'](run)"), {"by-sklearn": TF | TORCH}, id="looked up by name"
        ),
        pytest.param(
            TWO.replace('name="by-sklearn"', 'name="by-" "sklearn"'), {"by-sklearn": NONE}, id="a name in two parts"
        ),
    ],
)
def test_a_recipe_uses_what_its_own_code_imports(source: str, used: dict[str, frozenset[str]], tmp_path: Path) -> None:
    file = tmp_path / "recipes_of_two.py"
    file.write_text(HEAD + source)
    for name, text in HELPERS.items():
        (tmp_path / name).write_text(text)
    shelf = Shelf([str(file)])
    assert {name: shelf.frameworks(name) for name in used} == used


def test_everything_counts_once_an_import_was_not_foreseen(tmp_path: Path) -> None:
    file = tmp_path / "recipes_of_two.py"
    file.write_text(HEAD + TWO)
    assert Shelf([str(file)]).frameworks("by-sklearn", anywhere=True) == TF | TORCH
