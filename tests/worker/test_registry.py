"""Finding recipes, and what they look like from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seedspread.core.recipe import RecipeInfo
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput, NotFound
from seedspread_worker import Metric, RecipeParameters, free_recipe, keras_recipe
from seedspread_worker.catalog import catalog, registry
from seedspread_worker.catalog.sourcecode import source_of
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.running import SAMPLES, manifest_of, train

# A recipe is tested because its module lies in the folder: whoever adds one need not name it here.
SHIPPED = set(registry.load())


@pytest.fixture(scope="module")
def listed() -> dict[str, RecipeInfo]:
    """What the catalog says, with the sample recipes."""
    return {info.name: info for info in catalog.read([SAMPLES])}


def test_the_catalog_lists_shipped_and_own_recipes(listed: dict[str, RecipeInfo]) -> None:
    assert listed.keys() > SHIPPED | {"plain", "globals"}


def test_every_parameter_explains_itself(listed: dict[str, RecipeInfo]) -> None:
    for name in SHIPPED:
        for parameter, rule in listed[name].parameters["properties"].items():
            assert "default" in rule, (name, parameter)
            assert rule.get("description"), (name, parameter)


def test_recipes_say_which_sources_and_metrics_they_have(listed: dict[str, RecipeInfo]) -> None:
    assert listed["digits-forest"].sources == (Source.SPLIT, Source.ALGORITHM)
    assert Source.AUGMENT in listed["digits-cnn"].sources
    assert Source.RESAMPLE in listed["tabular-mlp"].sources
    assert listed["digits-mlp"].metrics[0].name == "val_accuracy"
    assert listed["text-cnn-lstm"].data_parameters() == {"data": "text"}
    assert all(listed[name].help for name in SHIPPED)


def test_the_catalog_loads_no_tensorflow() -> None:
    program = (
        "import sys; from seedspread_worker.catalog import catalog; "
        "catalog.main([]); sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


def test_source_code_comes_with_modules_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("HALF = 0.5\n")
    (tmp_path / "unrelated.py").write_text("raise RuntimeError\n")
    recipe = tmp_path / "recipe_with_neighbour.py"
    recipe.write_text(
        "from beside_it import HALF\n"
        "from seedspread_worker import Metric, free_recipe\n"
        "@free_recipe(name='neighbour', version='1', metrics=(Metric('m', 'maximize'),))\n"
        "def train(run):\n    run.log(1, m=HALF)\n"
    )
    before = _read_one(recipe)
    assert set(before.source_files) == {"recipe_with_neighbour.py", "beside_it.py"}
    (tmp_path / "beside_it.py").write_text("HALF = 0.25\n")
    assert _read_one(recipe).source_digest != before.source_digest


def _read_one(path: Path) -> RecipeInfo:
    command = [sys.executable, "-m", "seedspread_worker.catalog.catalog", "--recipes", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return next(
        RecipeInfo.model_validate(item) for item in json.loads(done.stdout)["recipes"] if item["name"] == "neighbour"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import nowhere_to_be_found\n", "an importable module (ModuleNotFoundError"),
        ("x = 1\n", "a module with a @keras_recipe class or a @free_recipe function"),
        ("def broken(:\n", "an importable module (SyntaxError"),
    ],
)
def test_a_module_at_fault_is_named(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"own\.py") as caught:
        catalog.read([str(path)])
    assert expected in str(caught.value)


HEAD = "from seedspread_worker import Metric, RecipeParameters, free_recipe\n"
OPTIONS = "name='own', version='1', metrics=(Metric('m', 'maximize'),)"
TRAIN = f"@free_recipe({OPTIONS})\ndef train(run):\n    run.log(1, m=1.0)\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + (HEAD + TRAIN).encode(),
        ("# coding: latin-1\n# gr\u00f6\u00dfe\n" + HEAD + TRAIN).encode("latin-1"),
        (HEAD + TRAIN).replace("\n", "\r\n").encode(),
    ],
    ids=["byte order mark", "latin-1", "lines as on Windows"],
)
def test_files_that_python_reads_are_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_bytes(content)
    info = catalog.describe(registry.survey_only([str(path)]).recipes["own"])
    assert "def train(run):" in info.source_files["own.py"]
    assert not info.source_files["own.py"].startswith("\ufeff")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("class Odd(BaseException):\n    def __str__(self):\n        raise ValueError\nraise Odd\n", "(Odd)"),
        ("from .helper import x\n", "import the file beside it by its name"),
        (f"@free_recipe({OPTIONS})\nasync def train(run):\n    pass\n", "async def"),
        (f"@free_recipe({OPTIONS})\ndef train(run):\n    yield 1\n", "yield"),
        (f"@free_recipe({OPTIONS})\ndef train():\n    pass\n", "a function with other arguments"),
        (f"@free_recipe({OPTIONS})\ndef train(run, rate):\n    pass\n", "missing a required argument: 'rate'"),
        ("@free_recipe(name='own', version='1', metrics=('m',))\ndef train(run):\n    pass\n", 'Metric("name"'),
        (f"@free_recipe({OPTIONS}, parameters=dict)\ndef train(run):\n    pass\n", "a subclass of RecipeParameters"),
    ],
)
def test_what_cannot_train_is_refused_as_it_is_registered(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(HEAD + text)
    (fault,) = registry.survey_only([str(path)]).faults
    assert expected in str(fault)


def test_an_import_that_ends_its_process_withholds_no_other_recipe(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(HEAD + TRAIN)
    bad.write_text("import os\nos._exit(5)\n")
    result = catalog.survey([str(bad), str(good)])
    assert ({info.name for info in result.recipes}, result.own) == ({*SHIPPED, "own"}, ["own"])
    (problem,) = result.problems
    assert problem.module == str(bad)
    assert "ended its process with exit status 5" in problem.reason
    assert set(result.files) == {str(good), str(bad)}


def test_an_unknown_recipe_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound) as caught:
        registry.find(registry.load(), "digits-mpl")
    assert "digits-mlp" in str(caught.value.hint)


def test_parameters_are_checked() -> None:
    recipe = registry.load()["digits-mlp"]
    with pytest.raises(InvalidInput) as caught:
        recipe.check({"hidden": 0, "epochs": "many", "colour": "red"})
    assert {fault.field for fault in caught.value.faults} == {
        "parameters.hidden",
        "parameters.epochs",
        "parameters.colour",
    }


def test_a_recipe_is_made_right() -> None:
    with pytest.raises(InvalidInput, match="one of algorithm, augment"):
        free_recipe(name="x", version="1", sources=("seed",), metrics=(Metric("m", "maximize"),))(lambda run: None)
    with pytest.raises(InvalidInput, match="at least one Metric"):
        free_recipe(name="x", version="1", metrics=())(lambda run: None)
    with pytest.raises(InvalidInput, match="a method `data"):
        keras_recipe(name="x", version="1", parameters=RecipeParameters)(object)


def test_source_digests_follow_the_files() -> None:
    source = source_of(registry.load()["digits-mlp"])
    assert set(source.files) == {"digits_mlp.py"}
    assert len(source.digest) == 64


def test_files_of_one_name_beside_two_recipes_do_not_meet(tmp_path: Path) -> None:
    files = []
    for name, value in (("first", 0.25), ("second", 0.75)):
        folder = tmp_path / name
        (folder / "helpers").mkdir(parents=True)
        (folder / "utils.py").write_text(f"VALUE = {value}\nclass Thing:\n    value = {value}\n")
        (folder / "helpers" / "__init__.py").write_text("")
        (folder / "helpers" / "deep.py").write_text(f"import utils\nVALUE = utils.VALUE + {value}\n")
        files.append(folder / f"{name}_recipe.py")
        files[-1].write_text(
            "import pickle\nfrom utils import VALUE\nfrom seedspread_worker import Metric, free_recipe\n"
            "METRICS = (Metric('top', 'maximize'), Metric('late', 'maximize'))\n"
            f"@free_recipe(name='{name}', version='1', metrics=METRICS)\n"
            "def train(run):\n"
            "    import utils\n    from helpers import deep\n"
            "    thing = pickle.loads(pickle.dumps(utils.Thing()))\n"
            "    run.log(1, top=VALUE + thing.value, late=deep.VALUE)\n"
        )
    (tmp_path / "second" / "first_recipe.py").write_text("raise RuntimeError('not imported')\n")
    modules = tuple(map(str, files))
    trainer = Trainer(modules, preload=False, **SHARED)
    try:
        seen = []
        for name in ("first", "second", "first"):
            report = train(trainer, manifest_of(name, modules=modules))
            assert report.ending.state is RunState.FINISHED, report.ending
            seen.append((report.series["top"][1], report.series["late"][1]))
    finally:
        trainer.close()
    assert seen == [([0.5], [0.5]), ([1.5], [1.5]), ([0.5], [0.5])]
    assert "utils" not in sys.modules
