"""Commands as recipes: requests fill in parameters, never code; whatever the command does is the run's outcome."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedspread.core.report import Batch, FingerprintKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput
from seedspread_worker.catalog import catalog, checks, registry
from seedspread_worker.catalog.shelf import Shelf
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.waiting import until
from tests.worker.running import manifest_of, train

SCRIPT = """
import helper, os, random, sys, time
seed, lr, text, data = sys.argv[1:5]
rng = random.Random(f"{seed} {lr}")
print("arguments:", sys.argv[1:], os.environ["SEEDSPREAD_SEED"], os.environ["PYTHONHASHSEED"], os.environ["RATE"])
print("read", open(data).read() if data != "none" else "")
if text == "fail":
    sys.exit("no luck")
if text == "hang":
    open(os.environ["RATE"] + ".pid", "w").write(str(os.getpid()))
    time.sleep(60)
for epoch in (1, 2):
    print(f"epoch {epoch}: val_acc: {90 + rng.gauss(0, 1):.3f}%, other: 1")
    print(f"at {epoch * 10} the loss is <{rng.random():.4f}>")
print("val_acc: 91%")
"""
FILE = f"""
[commands.train-script]
help = "Train the script."
version = "3"
command = ["{sys.executable}", "train.py", "{{seed}}", "{{lr}}", "{{text}}", "{{data}}", "--init={{seed:init}}"]
environment = {{ RATE = "r{{lr}}" }}

[commands.train-script.parameters]
lr = {{ type = "number", default = 0.1, minimum = 0, maximum = 1, help = "the learning rate" }}
text = {{ type = "text", default = "run", pattern = "[a-z; $()]+", help = "what to do" }}
data = {{ type = "path", default = "none", help = "a file" }}

[commands.train-script.metrics]
val_acc = {{ direction = "maximize", unit = "share" }}
loss = {{ direction = "minimize", pattern = 'at (?P<step>\\d+) the loss is <([0-9.]+)>' }}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of commands beside its script."""
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "train.py").write_text(SCRIPT)
    path = tmp_path / "commands.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def trainer(file: Path) -> Iterator[Trainer]:
    """A trainer with these commands that loads no framework."""
    opened = Trainer([str(file)], preload=False, grace_s=5.0, beat_s=0.1, flush_s=0.05, **SHARED)
    yield opened
    opened.close()


def test_a_command_is_listed_as_a_recipe_with_its_code(file: Path) -> None:
    listed = catalog.survey([str(file)])
    info = next(info for info in listed.recipes if info.name == "train-script")
    assert (info.version, info.help, info.sources) == ("3", "Train the script.", (Source.ALGORITHM, Source.INIT))
    assert [(metric.name, metric.unit) for metric in info.metrics] == [("val_acc", "share"), ("loss", "")]
    assert info.parameters["properties"]["lr"]["maximum"] == 1
    assert set(info.source_files) == {"commands.toml", "train.py", "helper.py"}
    assert {Path(path).name for path in listed.files} == {"commands.toml", "train.py", "helper.py"}
    assert "train-script" in listed.own
    (file.parent / "helper.py").write_text("x = 1\n")
    changed = next(info for info in catalog.read([str(file)]) if info.name == "train-script")
    assert changed.source_digest != info.source_digest
    assert Shelf([str(file)]).frameworks("train-script") == frozenset()


def test_a_worker_without_the_file_lacks_the_code_of_its_runs(file: Path) -> None:
    manifest = manifest_of("train-script", modules=(str(file),))
    assert checks.find_recipe(registry.load([str(file)]), manifest, allow_changed=False).name == "train-script"
    other = file.with_name("other.toml")
    other.write_text(FILE.replace("maximum = 1", "maximum = 2"))
    for modules in ([], [str(other)]):
        with pytest.raises(checks.Lacking) as raised:
            checks.find_recipe(registry.load(modules), manifest, allow_changed=False)
        assert raised.value.key == f"code:{manifest.source_digest}"


def test_a_run_fills_in_parameters_and_reports_metrics(file: Path, trainer: Trainer) -> None:
    data = file.parent / "table.csv"
    data.write_text("a,b")
    modules = (str(file),)
    text = "$(touch x); rm"
    manifest = manifest_of("train-script", 7, modules=modules, lr=0.5, text=text, data=str(data))
    report = train(trainer, manifest)
    assert report.ending.state is RunState.FINISHED, report.ending.log_tail
    steps, values = report.series["val_acc"]
    assert steps == [1, 2, 3]
    assert values[2] == 0.91
    assert 0.8 < values[0] < 1
    assert report.series["loss"][0] == [10, 20]
    assert report.series.keys() == {"val_acc", "loss"}
    seed, init = manifest.value(Source.ALGORITHM), manifest.value(Source.INIT)
    arguments = [str(seed), "0.5", text, str(data), f"--init={init}"]
    assert f"arguments: {arguments} {seed} {seed} r0.5" in report.ending.log_tail
    assert "read a,b" in report.ending.log_tail
    assert not (file.parent / "x").exists()
    assert FingerprintKind.SEEDS in {kind for kind, _ in report.fingerprints}
    again = train(trainer, manifest)
    assert again.bits == report.bits
    other = train(trainer, manifest_of("train-script", 8, modules=modules))
    assert other.bits != report.bits


def test_a_failing_command_is_the_runs_failure(file: Path, trainer: Trainer) -> None:
    report = train(trainer, manifest_of("train-script", modules=(str(file),), text="fail"))
    assert report.ending.state is RunState.FAILED
    assert report.ending.reason is not None
    assert "exit code 1: no luck" in report.ending.reason


@pytest.mark.parametrize("how", ["cancel", "limit"])
def test_a_hanging_command_ends_with_its_run(file: Path, trainer: Trainer, how: str) -> None:
    manifest = manifest_of("train-script", modules=(str(file),), text="hang", lr=0.25)
    note = file.parent / "r0.25.pid"
    if how == "limit":
        ending = trainer.train(manifest, run=1, time_limit_s=1.5)
        assert ending.state is RunState.FAILED
        assert "time limit" in (ending.reason or "")
    else:

        def wanted(_: Batch) -> bool:
            return not note.exists()

        began = time.monotonic()
        assert (
            train(trainer, manifest, beat=lambda: not note.exists(), wanted=wanted).ending.state is RunState.CANCELLED
        )
        assert time.monotonic() - began < 30

    def gone() -> bool:
        try:
            os.kill(int(note.read_text()), 0)
        except ProcessLookupError:
            return True
        return False

    until(gone, 10, "the command's end")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"lr": 2}, "parameters.lr"),
        ({"text": "--help"}, "parameters.text"),
        ({"text": "a\nb"}, "parameters.text"),
        ({"text": "UPPER"}, "parameters.text"),
        ({"data": "-o"}, "parameters.data"),
        ({"other": 1}, "parameters.other"),
    ],
)
def test_requests_stay_within_what_the_file_allows(file: Path, values: dict[str, object], field: str) -> None:
    recipe = registry.load([str(file)])["train-script"]
    with pytest.raises(InvalidInput) as raised:
        recipe.check(dict(values))
    assert raised.value.faults[0].field == field


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[commands.train-script]", "[commands.train-script", "a TOML file"),
        ('help = "Train the script."', "", "help"),
        ('"train.py"', '"lost.py"', "a script that lies in"),
        (f'"{sys.executable}"', '"no-such-program"', "a program that is installed"),
        (f'"{sys.executable}"', '"{text}"', "without placeholders"),
        ('"{lr}", ', '"{rate}", ', "one of the placeholders seed, seed:SOURCE, lr"),
        ("{seed:init}", "{seed:weights}", "a source: split"),
        ("maximum = 1", "maximum = 0.01", "parameters.lr"),
        ('type = "number"', 'type = "code"', "type"),
        ("([0-9.]+)", "[0-9.]+", "one group"),
        ("([0-9.]+)", "([0-9.]+", "a regular expression"),
        ('"{data}", ', "", "parameters that the command uses"),
        ('pattern = "[a-z; $()]+"', "minimum = 3", "type integer or number"),
        ('pattern = "[a-z; $()]+"', 'pattern = "("', "a regular expression without lookaround"),
        ("maximum = 1", 'choices = ["a"]', "no choices for type number"),
        ("minimum = 0, maximum = 1", "minimum = 2, maximum = 1", "the maximum, 1.0, or less"),
    ],
)
def test_a_faulty_file_is_named_and_withholds_no_other(file: Path, old: str, new: str, message: str) -> None:
    assert old in FILE
    file.write_text(FILE.replace(old, new))
    found = registry.survey([str(file)])
    assert len(found.recipes) == 5
    assert message in " ".join(f"{fault.field} {fault.expected}" for fault in found.faults)


def test_the_example_of_the_readme_is_a_file_of_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment is activated, as the README says: not every system has a `python` of its own.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    readme = Path(registry.__file__).parents[2] / "README.md"
    example = tmp_path / "commands.toml"
    example.write_text(readme.read_text("utf-8").split("```toml\n")[1].split("```")[0])
    (tmp_path / "train.py").write_text("")
    (recipe,) = [recipe for name, recipe in registry.load([str(example)]).items() if name == "train-cnn"]
    assert recipe.check({"lr": 0.5}).model_dump(mode="json")["optimizer"] == "adam"
    with pytest.raises(InvalidInput):
        recipe.check({"optimizer": "adam --data /etc/passwd"})
