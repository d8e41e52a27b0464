"""Shim in a script's interpreter: it seeds libraries, records files and calls to loggers, and changes nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedspread.core.seeds import derive
from seedspread.recording import ArmRecord, Run, create_study, open_study
from seedspread.recording.writer import new_study
from seedspread.shim import SITE, shim_environment


def run_script(
    tmp_path: Path,
    script: str,
    seed: int = 0,
    *,
    capture: bool = True,
    seed_libraries: bool = True,
    options: tuple[str, ...] = (),
) -> tuple[Run, str]:
    """Run a script under the shim; return its run and what it printed."""
    study = create_study(tmp_path / "study", new_study("shim", arms=[ArmRecord("base")]))
    run = study.begin("base", seed)
    (tmp_path / "script.py").write_text(script)
    environment = {**os.environ, **shim_environment(run.folder, seed, seed=seed_libraries, capture=capture)}
    environment |= {"SEEDSPREAD_SEED": str(seed)}
    done = subprocess.run(
        [sys.executable, *options, "script.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    run.end("finished" if done.returncode == 0 else "failed")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Run(run.folder, run.record, "finished"), done.stdout


def values(run: Run) -> dict[str, list[float]]:
    """Return every metric's values."""
    return {name: list(series.values) for name, series in run.series().items()}


UNSEEDED = """
import random
import numpy as np
from sklearn.tree import DecisionTreeClassifier
print(random.random(), np.random.rand(), np.random.default_rng().random(), np.random.default_rng().random())
print(DecisionTreeClassifier(max_features=1).fit(np.eye(9), [0, 1, 2] * 3).tree_.threshold.tolist())
"""


def test_unseeded_scripts_repeat_and_seeds_take_effect(tmp_path: Path) -> None:
    first, printed = run_script(tmp_path, UNSEEDED, 0)
    assert run_script(tmp_path, UNSEEDED, 0)[1] == printed
    assert run_script(tmp_path, UNSEEDED, 2)[1] != printed
    seeded = {event["library"]: event["value"] for event in first.events("seeded")}
    assert seeded == {"random": derive(0, "random"), "numpy": derive(0, "numpy")}
    assert len(set(printed.split()[:4])) == 4


def test_a_script_that_seeds_itself_is_noted(tmp_path: Path) -> None:
    run, _ = run_script(tmp_path, "import random\nrandom.seed(42)\nrandom.seed(42)\nrandom.seed(0)\n", 7)
    (finding,) = run.events("finding")
    assert "random.seed(42)" in finding["message"]


LOGGERS: dict[str, tuple[str, dict[str, list[float]]]] = {
    "wandb": (
        """
import wandb
run = wandb.init(project='p', config={'lr': 0.1})
wandb.config.update({'b': 2})
wandb.config.hidden = 3
for e in range(2):
    wandb.log({'val': {'acc': 0.5 + e}, 'img': wandb.Image('x')}, step=e)
run.log({'epoch': 2, 'val': {'acc': 9}})
wandb.summary['final'] = 1
run.watch(None)
run.finish()
""",
        {"val/acc": [0.5, 1.5, 9.0], "epoch": [2.0], "final": [1.0]},
    ),
    "mlflow": (
        """
import mlflow, mlflow.sklearn
from mlflow.tracking import MlflowClient
mlflow.set_experiment('x')
with mlflow.start_run(run_name='r'):
    mlflow.log_param('lr', 0.1)
    mlflow.log_metric('val_acc', 0.5, step=1)
    mlflow.log_metrics({'val_acc': 0.75}, step=2)
MlflowClient().log_metric('id', 'c', 4.0)
mlflow.sklearn.log_model(None, 'm')
""",
        {"val_acc": [0.5, 0.75], "c": [4.0]},
    ),
    "torch.utils.tensorboard": (
        """
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter('logs') as w:
    w.add_scalar('val/acc', 0.5, 1)
    w.add_scalars('l', {'a': 1, 'b': 2}, 1)
    w.add_histogram('h', [1], 1)
""",
        {"val/acc": [0.5], "l/a": [1.0], "l/b": [2.0]},
    ),
    "tensorboardX": ("from tensorboardX import SummaryWriter\nSummaryWriter().add_scalar('a', 1.5, 0)", {"a": [1.5]}),
    "trackio": ("import trackio\ntrackio.init(project='p')\ntrackio.log({'a': 1})\ntrackio.finish()", {"a": [1.0]}),
    "comet_ml": (
        """
import comet_ml
e = comet_ml.Experiment(api_key='k')
e.log_metric('a', 1, step=3)
with e.train():
    e.log_metrics({'b': 2}, epoch=1)
e.end()
""",
        {"a": [1.0], "b": [2.0]},
    ),
    "aim": (
        """
import aim
r = aim.Run()
r['hparams'] = {'lr': 1}
r.track(0.5, name='acc', epoch=1, context={'subset': 'val'})
""",
        {"val/acc": [0.5]},
    ),
}


@pytest.mark.parametrize("name", LOGGERS)
def test_calls_to_loggers_are_recorded_and_no_server_is_reached(tmp_path: Path, name: str) -> None:
    script, expected = LOGGERS[name]
    run, printed = run_script(tmp_path, script, seed_libraries=False)
    recorded = values(run)
    assert {metric: recorded[metric] for metric in expected} == expected
    assert printed == ""
    assert name in {event["logger"] for event in run.events("captured")}


def test_files_opened_as_data_are_recorded_and_those_written_are_not(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a\n1\n")
    script = "open('train.csv').read()\nopen('out.txt', 'w').write('x')\nopen('out.txt').read()\nopen('train.csv')\n"
    script += "import os\nos.rename('out.txt', 'whole.txt')\nopen('whole.txt').read()\n"
    run, _ = run_script(tmp_path, script)
    assert [Path(event["path"]).name for event in run.events("opened")] == ["train.csv"]
    assert [Path(event["path"]).name for event in run.events("wrote")] == ["out.txt", "whole.txt"]


def test_every_process_has_streams_of_its_own_that_follow_from_the_seed(tmp_path: Path) -> None:
    """Forked, spawned and started processes, and generators that ask the system for a seed, repeat and differ."""
    script = """
import multiprocessing, os, random, subprocess, sys, tempfile
def draw(queue):
    import numpy
    queue.put([random.random(), numpy.random.rand(), numpy.random.default_rng().random()])
if __name__ == "__main__":
    import numpy
    drawn = [random.Random().random(), random.Random().random()]
    drawn += [numpy.random.RandomState().rand(), numpy.random.Generator(numpy.random.PCG64()).random()]
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        for _ in range(2):
            queue = context.SimpleQueue()
            process = context.Process(target=draw, args=(queue,))
            process.start()
            drawn += queue.get()[:: 2 if method == "fork" else 1]  # NumPy's own stream is the parent's after a fork
            process.join()
    line = [sys.executable, "-c", "import random; print(random.random())"]
    drawn += [float(subprocess.check_output(line)) for _ in range(2)]
    print(*drawn)
    open("names.txt", "a").write(tempfile.mktemp() + "\\n")
"""
    outputs = [run_script(tmp_path, script, seed, capture=False)[1].split() for seed in (0, 0, 1)]
    assert outputs[0] == outputs[1]
    assert not set(outputs[0]) & set(outputs[2])
    assert len(set(outputs[0])) == len(outputs[0]) == 16
    assert len(set((tmp_path / "names.txt").read_text().split())) == 3


def test_the_sitecustomize_of_the_user_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.MINE = 7\n")
    monkeypatch.setenv("PYTHONPATH", str(own))
    run, printed = run_script(tmp_path, "import sys, sitecustomize\nprint(MINE, sitecustomize.__file__)\n")
    assert printed == f"7 {own / 'sitecustomize.py'}\n"
    assert next(run.events("shim"))["python"]


def test_without_a_run_the_shim_does_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SITE)}
    code = "import sys, random; print([m for m in sys.modules if 'seedspread' in m], type(sys.meta_path[0]).__name__)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "seedspread_shim" not in done.stdout


def test_the_shim_needs_the_standard_library_alone() -> None:
    modules = list(SITE.rglob("*.py"))
    assert len(modules) >= 7
    for path in modules:
        text = path.read_text()
        assert "from seedspread." not in text
        assert "import seedspread\n" not in text


def test_a_folder_that_cannot_be_written_never_stops_the_script(tmp_path: Path) -> None:
    environment = {**os.environ, **shim_environment(tmp_path / "gone", 0, seed=True, capture=True)}
    done = subprocess.run(
        [sys.executable, "-c", "import random; print('done')"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "done\n"
    assert done.stderr.count("seedspread: cannot record") == 1


def test_digests_of_data_are_taken_by_the_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seedspread.running.engine import Engine
    from seedspread.running.plan import Arm, Plan

    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").write_text("1\n2\n")
    script = "import random\nrows = open('train.csv').read().split()\nprint('val_acc:', random.random())\n"
    (tmp_path / "t.py").write_text(script)
    plan = Plan(
        (sys.executable, "t.py"),
        (Arm("base"),),
        (0, 1, 2),
        metric="val_acc",
        direction="maximize",
        seed_everything=True,
        capture=True,
    )
    folder = Engine(plan, tmp_path / "study", tmp_path).run()
    runs = folder.counted()
    digests = {event["sha256"] for run in runs for event in run.events("file")}
    assert digests == {hashlib.sha256(b"1\n2\n").hexdigest()}
    assert len({run.value("val_acc") for run in open_study(folder.folder).counted()}) == 3


ODD_ORDERS = """
import argparse, mlflow, wandb
from mlflow.entities import Metric
from torch.utils.tensorboard import SummaryWriter
wandb.log({"early": 1})
with wandb.init(project="p", name="n", config=argparse.Namespace(lr=0.1)) as run:
    wandb.config.setdefaults({"lr": 0.2, "depth": 3})
    assert run.config.as_dict() == {"lr": 0.1, "depth": 3}
    for step in (2, 1, 3):
        run.log({"val/acc": step / 10}, step=step)
wandb.finish()
wandb.finish()
second = wandb.init(config="settings.yaml", reinit=True)
second.log({"val/acc": 0.5}, step=4, commit=True)
try:
    raise ValueError("own")
except (wandb.errors.CommError, wandb.Error):
    raise SystemExit("caught another's")
except ValueError:
    pass
wandb.agent("sweep", function=lambda: wandb.log({"swept": 7}), count=3)
mlflow.autolog()
with mlflow.start_run() as outer, mlflow.start_run(nested=True):
    mlflow.tracking.MlflowClient().log_batch(outer.info.run_id, metrics=[Metric("loss", 0.25, 0, 6)])
    print(f"{mlflow.get_run('x').data.metrics['loss']:.3f}|{outer.info.run_id}")
writer = SummaryWriter()
writer.add_scalars("loss", {"train": 0.1, "val": 0.2}, global_step=1, walltime=5.0)
writer.add_hparams({"lr": 0.1}, {"hparam/acc": 0.9}, run_name="r")
"""


def test_loggers_may_be_called_in_odd_orders_and_several_runs_are_said(tmp_path: Path) -> None:
    run, out = run_script(tmp_path, ODD_ORDERS, seed_libraries=False)
    assert out == "|\n"
    recorded = values(run)
    assert sorted(recorded["val/acc"]) == [0.1, 0.2, 0.3, 0.5]
    assert run.value("val/acc") == 0.5
    assert {name: series[-1] for name, series in recorded.items() if name != "val/acc"} == {
        "early": 1.0, "swept": 7.0, "loss": 0.25, "loss/train": 0.1, "loss/val": 0.2, "hparam/acc": 0.9,
    }  # fmt: skip
    messages = [event["message"] for event in run.events("finding")]
    assert messages == [
        "The script begins several runs of wandb: their values count as one run's, the last at each step."
    ]
