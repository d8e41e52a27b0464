"""`seedspread run`: one line to a verdict, on scripts that nobody prepared."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from seedspread.recording import open_study
from seedspread.running.plan import Arm, Plan
from tests.running.conftest import ARMS, PRINTS, PYTHON, TRAIN, TWO, WAITING, Command


def test_one_line_to_a_verdict_and_the_same_line_adds_nothing(command: Command) -> None:
    line = ("--seeds", "10", *ARMS, "--maximize", "val_acc", "-j", "2", "--folder", "out", *TRAIN)
    result = command(*line)
    assert result.code == 0
    assert "wide" in result.out.splitlines()[0]
    assert "Repeats: seed 0 twice" in result.out
    assert "<svg" in Path("out/verdict.html").read_text()
    assert Path("out/verdict.svg").read_text().startswith("<svg")
    runs = open_study(Path("out")).runs
    assert len(runs) == 21
    assert list(runs[0].series()["val_acc"].steps) == [1, 2]
    again = command(*line)
    assert again.code == 0
    assert again.out == result.out
    assert len(open_study(Path("out")).runs) == 21
    more = command(
        "--seeds",
        "12",
        *line[2:],
    )
    assert more.code == 0
    assert len(open_study(Path("out")).counted()) == 24


def test_arms_are_interleaved_by_seed_and_seeds_reach_the_environment(command: Command) -> None:
    Path("env.py").write_text(
        "import os\nprint('val_acc:', hash('a') % 997)\nprint('seed', os.environ['SEEDSPREAD_SEED'],"
        " os.environ['PYTHONHASHSEED'], os.environ['FLAG'], os.environ['SEEDSPREAD_ARM'])\n"
    )
    arms = ("--arm", "a=env:FLAG=1", "--arm", "b=env:FLAG=2")
    result = command(
        "--seeds", "5-7", *arms, "--maximize", "val_acc", "--folder", "out", "--no-check", "--", PYTHON, "env.py"
    )
    runs = open_study(Path("out")).runs
    assert [(run.record.seed, run.record.arm) for run in runs] == [(s, arm) for s in (5, 6, 7) for arm in ("a", "b")]
    assert "seed 6 6 2 b" in runs[3].log()
    assert len({run.value("val_acc") for run in runs}) == 3
    assert "exactly the same values" in result.out  # the arms differ in a variable that the script ignores


def test_placeholders_fill_parts_and_leave_other_braces_alone(command: Command) -> None:
    Path("show.py").write_text("import sys\nprint(sys.argv[1:])\nprint('m:', int(sys.argv[2].split('=')[1]) % 1000)\n")
    tokens = ["--config={arm}", "seed={seed:init}", "{seed:init}{seed}", '{"a": 1}', "{arm:name}", "{run}"]
    command(
        "--seeds",
        "2",
        "--arm",
        "x=a.yaml",
        "--maximize",
        "m",
        "--hold",
        "init",
        "--folder",
        "out",
        "--",
        PYTHON,
        "show.py",
        *tokens,
    )
    logs = [run.log() for run in open_study(Path("out")).runs]
    assert "'--config=a.yaml'" in logs[0]
    assert "'{\"a\": 1}', 'x', " in logs[0]
    assert logs[0].split("seed=")[1][:8] == logs[-1].split("seed=")[1][:8]  # held


@pytest.mark.parametrize(
    ("name", "text", "filled"),
    [
        ("a.yaml", "seed: {seed}\nrun: ${seed}-{{seed}}-{seed:-1}\n", "seed: 7\nrun: ${seed}-{{seed}}-{seed:-1}\n"),
        ("a.json", '{"m":{"seed":{seed}},"b":{}}', '{"m":{"seed":7},"b":{}}'),
        ("a.toml", "[m]\nseed = {seed}\nb = {a = 1}\n", "[m]\nseed = 7\nb = {a = 1}\n"),
        ("a.ini", "[m]\r\nseed={seed}\r\nname=\xfc\r\n", "[m]\r\nseed=7\r\nname=\xfc\r\n"),
        ("a.py", "print({seed})", None),
        ("b.yaml", "seed: 1\n", None),
    ],
)
def test_only_seeds_in_configuration_files_are_filled_in(
    tmp_path: Path, name: str, text: str, filled: str | None
) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    plan = Plan(command=("train", "{arm}"), arms=(Arm("a"),), seeds=(7,))
    parts, copied = plan.fill_configs([f"--config={name}", name, "--n=2"], 7, tmp_path, tmp_path / "config")
    expected = name if filled is None else str(tmp_path / "config" / name)
    assert parts == [f"--config={expected}", expected, "--n=2"]
    assert (tmp_path / name).read_bytes() == text.encode("latin-1")
    assert copied == ([] if filled is None else [tmp_path / name])
    if filled is not None:
        assert Path(expected).read_bytes() == filled.encode("latin-1")


def test_arms_are_configuration_files_with_the_seed_in_them(command: Command) -> None:
    Path("read.sh").write_text('. "$1"\necho acc: $seed.$hidden$((init % 1000))\n')
    for name, hidden in (("base", 3), ("wide", 4)):
        Path(f"{name}.conf").write_text(f"seed={{seed}}\ninit={{seed:init}}\nhidden={hidden}\ntoken='abcdefgh12'\n")
    line = ("--seeds", "2", "--arm", "base=base.conf", "--arm", "wide=env:FILE=wide.conf", "--maximize", "acc")
    script = 'sh read.sh "${FILE:-$0}"'
    result = command(*line, "--no-check", "--folder", "out", "--", "sh", "-c", script, "{arm}")
    assert "Code and configuration of the arms differ as in out/code/between-arms.patch." in result.out
    patch = Path("out/code/between-arms.patch").read_text()
    assert "-hidden=3\n+hidden=4\n" in patch
    assert "abcdefgh12" not in patch
    study = open_study(Path("out"))
    values = {(run.record.arm, run.record.seed): run.value("acc") or 0.0 for run in study.counted()}
    assert [int(values[arm, seed]) for arm in ("base", "wide") for seed in (0, 1)] == [0, 1, 0, 1]
    assert sorted(study.study.extra["options"]["files"]) == ["base.conf", "wide.conf"]
    (event,) = study.counted()[0].events("file")
    assert event["role"] == "code"
    assert event["path"] == str(Path("base.conf").absolute())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--maximize", "val_acc"), "COMMAND"),
        (("--maximize", "a", "--minimize", "b", *TRAIN), "one of --maximize and --minimize"),
        ((*ARMS, "--maximize", "val_acc", "--", PYTHON, "train.py", "{seed}"), "{arm} where"),
        (("--arm", "a", "--arm", "a", *TRAIN), "different names"),
        (("--arm", "=x", *TRAIN), "--arm"),
        (("--arm", "a='x", *TRAIN), "balanced quotes"),
        (("--arm", "a=git:nowhere", *TRAIN), "git repository"),
        (("--seeds", "x", *TRAIN), "--seeds"),
        (("--seeds", "0", *TRAIN), "--seeds"),
        (("--within", "-1", *TRAIN), "--within"),
        (("--level", "2", *TRAIN), "--level"),
        (("-j", "0", *TRAIN), "--jobs"),
        (("--timeout", "0", *TRAIN), "--timeout"),
        (("--until", "decided", *TRAIN), "two arms"),
        (("--centre", "mode", *TRAIN), "--centre"),
        (("--until", "later", *ARMS, *TRAIN), "decided"),
        (("--until", "decided", "--seeds", "4", *ARMS, *TRAIN), "--seeds"),
        (("--results", "out.csv", "-j", "2", *TRAIN), "--results"),
        (("--maximize", "val_acc", "--seeds", "3", "--", "no-such-program"), "a program that can be run"),
        (("--maximize", "nothing", "--seeds", "3", *TRAIN), "nothing"),
    ],
)
def test_bad_input_is_one_clear_line(command: Command, arguments: tuple[str, ...], expected: str) -> None:
    result = command(*arguments)
    assert result.code == 2
    errors = [line for line in result.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert expected in errors[0]
    assert "Traceback" not in result.err


def test_a_script_that_ignores_its_seed_gets_no_verdict(command: Command) -> None:
    Path("fixed.py").write_text("print('val_acc: 0.9123')\n")
    result = command(*ARMS, "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "fixed.py", "{arm}")
    assert result.code == 2
    assert "Seeds 0, 1, 2 of" in result.out
    assert "the command has no {seed}" in result.out
    assert "No verdict" in result.out
    assert len(open_study(Path("out")).runs) <= 9


def test_fewer_seeds_than_recorded_says_that_all_count(command: Command) -> None:
    line = ("--maximize", "val_acc", "--folder", "out", "--", PYTHON, "train.py", "{seed}")
    assert "more than asked for" not in command("--seeds", "5", *line).out
    fewer = command("--seeds", "3", *line)
    assert "over 5 seeds" in fewer.out
    assert fewer.out.count("uses all 5 recorded seeds of this folder, 2 more than requested now (3–4)") == 1


def test_failures_of_several_reasons_are_one_count(command: Command) -> None:
    Path("odd.py").write_text(
        "import sys\nseed = int(sys.argv[1])\nprint(f'val_acc: {0.9 + seed / 1000}')\n"
        "if seed in (1, 3, 4): sys.exit(f'bad {seed // 2}')\n"
    )
    result = command("--seeds", "6", "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "odd.py", "{seed}")
    assert result.err.count("failed") == 1
    assert "3 of 6 runs failed: exit code 1: bad 0 (1); exit code 1: bad 1 (1); exit code 1: bad 2 (1)" in result.err
    assert "3 more failed" in result.out


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("print('val_acc:', int(sys.argv[1]) / 10)", "nothing to compare"),
        ("print('val_acc:', random.SystemRandom().random())", "they can differ by chance alone"),
    ],
)
def test_arms_of_identical_arguments_are_named(command: Command, script: str, expected: str) -> None:
    Path("same.py").write_text(f"import random, sys\n{script}\n")
    arms = ("--arm", "a=--x 1", "--arm", "b=--x 1")
    result = command("--seeds", "3", *arms, "--maximize", "val_acc", "--", PYTHON, "same.py", "{seed}", "{arm}")
    assert result.out.count("identical arguments") == 1
    assert expected in result.out
    assert "reach the script" not in result.out


def test_a_loop_over_seeds_inside_the_script_is_refused(command: Command) -> None:
    Path("loop.py").write_text(
        "import seedspread\nfor seed in range(2):\n    with seedspread.run(seed=seed) as run:\n"
        "        run.log(m=seed)\n"
    )
    result = command("--seeds", "2", "--maximize", "m", "--no-check", "--", PYTHON, "loop.py")
    assert result.code == 2
    assert "take the loop over seeds out of the script" in result.err


def test_a_script_that_does_not_repeat_is_compared_unpaired(command: Command) -> None:
    Path("free.py").write_text("import random\nprint('val_acc:', 0.9 + random.SystemRandom().gauss(0, 0.01))\n")
    result = command("--json", *ARMS, "--seeds", "6", "--maximize", "val_acc", "--", PYTHON, "free.py", "{arm}")
    document = result.document
    assert "not_repeatable" in {finding["code"] for finding in document["findings"]}
    assert document["comparison"]["comparisons"][0]["paired"] is False


def test_failing_hanging_and_diverging_seeds_are_outcomes(command: Command) -> None:
    Path("odd.py").write_text(
        "import sys, time, os\nseed = int(sys.argv[1])\nprint(f'val_acc: {0.9 + seed / 1000}')\n"
        "if seed == 1: sys.exit('out of luck')\nif seed == 2: time.sleep(60)\nif seed == 3: print('val_acc: nan')\n"
        "if seed == 4: os.kill(os.getpid(), 9)\n"
    )
    result = command(
        "--seeds",
        "6",
        "--maximize",
        "val_acc",
        "--timeout",
        "1.5",
        "-j",
        "3",
        "--folder",
        "out",
        "--",
        PYTHON,
        "odd.py",
        "{seed}",
    )
    assert result.code == 0
    runs = {run.record.seed: run for run in open_study(Path("out")).counted()}
    assert [runs[seed].state for seed in range(6)] == ["finished", "failed", "failed", "finished", "failed", "finished"]
    assert runs[1].record.reason == "exit code 1: out of luck"
    assert runs[2].record.reason == "timed out after 1.5 s"
    assert runs[3].value("val_acc") != runs[3].value("val_acc")
    assert runs[4].record.reason.startswith("killed by SIGKILL")
    assert "over 2 seeds. 3 more failed" in result.out


def test_a_metric_that_no_run_reports_stops_the_study_early(command: Command) -> None:
    line = ("--folder", "s", "--seeds", "8", "--no-check", "--maximize", "f1", "--", PYTHON, "train.py", "{seed}")
    result = command(*line)
    assert result.code == 2
    assert "None of the first 3 runs reported f1" in result.err
    assert "expected a metric the runs report: val_acc, loss" in result.err
    assert len(list(Path("s/runs").iterdir())) == 3
    assert command("--keep-going", *line).code == 2
    assert len(list(Path("s/runs").iterdir())) == 8


def test_runs_that_all_fail_stop_the_study(command: Command) -> None:
    Path("bad.py").write_text("raise ValueError('no data')\n")
    result = command("--seeds", "20", "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "bad.py", "{seed}")
    assert result.code == 2
    assert "ValueError: no data" in result.err
    assert "All of the first 3 runs failed" in result.err
    assert len(open_study(Path("out")).runs) <= 5


TYPO = (
    "import argparse, random\np = argparse.ArgumentParser()\np.add_argument('--seed', type=int)\n"
    "p.add_argument('--lr', type=float, default=1)\no = p.parse_args()\n"
    "print('val_acc:', 0.9 + random.Random(f'{o.seed}-{o.lr}').gauss(0, 0.01))\n"
)
TYPO_ARM = ("--arm", "typo=--lrr 0.1", "--maximize", "val_acc", "--folder", "out")
NEVER_RAN = "No verdict: no run of arm typo finished: exit code 2: typo.py: error: unrecognized arguments: --lrr 0.1"


def test_an_arm_that_never_ran_is_no_loser(command: Command) -> None:
    Path("typo.py").write_text(TYPO)
    line = ("--", PYTHON, "typo.py", "--seed", "{seed}", "{arm}")
    result = command("--seeds", "12", "--arm", "base", *TYPO_ARM, *line)
    assert result.code == 2
    assert NEVER_RAN in result.out
    assert "beats" not in result.out
    assert "All of the first 3 runs of typo failed" in result.out
    assert len(open_study(Path("out")).runs) <= 8
    assert open_study(Path("out")).study.name == "typo: base, typo"
    assert NEVER_RAN in Path("out/verdict.html").read_text()


def test_other_arms_go_on_without_the_one_that_never_ran(command: Command) -> None:
    Path("typo.py").write_text(TYPO)
    arms = ("--arm", "base", "--arm", "low=--lr 0.1")
    result = command("--seeds", "6", *arms, *TYPO_ARM, "--", PYTHON, "typo.py", "--seed", "{seed}", "{arm}")
    assert result.code == 2
    assert NEVER_RAN in result.out
    assert "low − base" in result.out
    ended = [run.record.arm for run in open_study(Path("out")).counted()]
    assert [ended.count(arm) for arm in ("base", "low", "typo")] == [6, 6, 3]


def test_an_arm_that_fails_now_and_then_keeps_its_verdict(command: Command) -> None:
    Path("odd.py").write_text(
        "import sys\nseed = int(sys.argv[1])\nif len(sys.argv) > 2 and seed != 3: sys.exit('out of memory')\n"
        "print('val_acc:', 0.9 + seed / 1000)\n"
    )
    line = ("--keep-going", "--", PYTHON, "odd.py", "{seed}", "{arm}")
    result = command("--seeds", "8", "--arm", "base", "--arm", "risky=x", "--maximize", "val_acc", *line)
    assert result.code == 0
    assert "fails more often" in result.out


def test_a_seed_that_never_reached_the_script_is_named(command: Command) -> None:
    Path("free.py").write_text("import random\nprint('val_acc:', random.SystemRandom().random())\n")
    result = command(*ARMS, "--seeds", "3", "--maximize", "val_acc", "--", PYTHON, "free.py", "{arm}")
    assert "The command has no {seed}; the seed is only in SEEDSPREAD_SEED and PYTHONHASHSEED" in result.out
    assert "--seed-everything" in result.out


def test_another_name_than_asked_for_is_said_and_the_training_metric_refused(command: Command) -> None:
    Path("names.py").write_text(
        "import sys\nprint('train_acc:', 1)\nif sys.argv[2:]: print('val_acc:', int(sys.argv[1]))\n"
    )
    line = ("--seeds", "4", "--maximize", "acc", "--", PYTHON, "names.py", "{seed}")
    refused = command(*line)
    assert refused.code == 2
    assert "train_acc" in refused.err
    assert "No metric is named acc: val_acc decides" in command(*line, "x").out


def test_a_command_that_cannot_start_leaves_nothing_behind(command: Command) -> None:
    result = command("--", "maximise", "val_acc", PYTHON, "train.py")
    assert result.code == 2
    assert "a program that can be run" in result.err
    assert not list(Path("seedspread-runs").glob("*"))


def test_a_shell_script_runs(command: Command) -> None:
    Path("train.sh").write_text('echo "val_acc: 0.$((900 + $1 * 7 % 13))"\n')
    result = command("--seeds", "6", "--maximize", "val_acc", "--", "sh", "train.sh", "{seed}")
    assert result.code == 0
    assert "over 6 seeds" in result.out


@pytest.mark.parametrize(
    ("claim", "code"),
    [("wide >= base - 0.005", 0), ("base >= wide", 3), ("wide >= base + 0.0197", 4), ("wide >= 0.9", 0),
     ("base > 0.95", 3),
     ("base == wide +- 0.001", 3), ("base == wide +- 0.5", 0)],
)  # fmt: skip
def test_assertions_have_exit_codes(command: Command, claim: str, code: int) -> None:
    shutil.copytree(_recorded(command), "out")
    result = command("--seeds", "12", *ARMS, "--maximize", "val_acc", "--folder", "out", "--assert", claim, *TRAIN)
    assert result.code == code, result.out
    assert claim in result.out


def test_a_ratio_may_decide(command: Command) -> None:
    shutil.copytree(_recorded(command), "out")
    result = command(
        *("--seeds", "12", *ARMS, "--maximize", "val_acc", "--folder", "out", "--centre", "log_ratio", *TRAIN)
    )
    assert "wide beats base on val_acc: wide / base is 1.02" in " ".join(result.out.split())


_CACHE: dict[str, Path] = {}


def _recorded(command: Command) -> Path:
    """Record the study that assertions are tried on, once."""
    if "folder" not in _CACHE:
        command("--seeds", "12", *ARMS, "--maximize", "val_acc", "--folder", "recorded", "-j", "2", *TRAIN)
        _CACHE["folder"] = Path("recorded").absolute()
    return _CACHE["folder"]


def test_a_broken_assertion_is_broken(command: Command) -> None:
    for claim in ("nobody >= base", "wide", "wide >= base wide", "base == wide"):
        shutil.copytree(_recorded(command), "out", dirs_exist_ok=True)
        result = command("--seeds", "12", *ARMS, "--maximize", "val_acc", "--folder", "out", "--assert", claim, *TRAIN)
        assert result.code == 2
        assert "--assert" in result.err


def test_a_run_that_goes_on_from_what_another_wrote_is_named(command: Command) -> None:
    """What a library writes without Python is known by its time, and the run's own checkpoint is no other run's."""
    Path("goes_on.py").write_text(
        "import os, sys, random\nfrom pathlib import Path\nrandom.seed(int(sys.argv[1]))\n"
        "start = float(open('last.ckpt').read()) if os.path.exists('last.ckpt') else 0.9\n"
        "value = start + random.gauss(0, 0.003)\nprint('val_acc:', value)\n"
        "os.system(f'sleep 0.05; echo {value} > last.ckpt')\n"
        "Path(f'own-{sys.argv[1]}.ckpt').write_text('1')\nPath(f'own-{sys.argv[1]}.ckpt').read_text()\n"
    )
    line = ("--seeds", "3", "--no-check", "--maximize", "val_acc", "--folder")
    script = ("--", PYTHON, "goes_on.py", "{seed}")
    assert "Not examined: whether runs read what other runs wrote" in command(*line, "plain", *script).out
    Path("last.ckpt").unlink()
    out = command(*line, "out", "--capture", *script).out
    assert f"2 runs read files that other runs wrote, such as {Path('last.ckpt').absolute()} of script, seed 0" in out
    assert "own-" not in out
    assert "Not examined" not in out


def test_the_same_line_with_best_alone_judges_the_best_values(command: Command) -> None:
    script = "echo step 1 acc: 0.9$0; echo step 2 acc: 0.5"
    line = ("--seeds", "2", "--maximize", "acc", "--folder", "out", "--no-check", "--", "sh", "-c", script, "{seed}")
    assert "Mean last acc 0.5" in command(*line).out
    assert "Mean best acc 0.905" in command("--best", *line).out
    assert open_study(Path("out")).study.summary == "best"
    assert "Mean last acc 0.5" in command("--last", *line).out
    assert len(open_study(Path("out")).runs) == 2


def test_fewer_seeds_than_the_folder_has_are_judged_with_them_and_it_is_said_before(command: Command) -> None:
    Path("wait.sh").write_text(WAITING)
    line = ("--", "sh", "wait.sh", "{seed}", "{arm}")
    command("--seeds", "8", *TWO, *line)
    fewer = command("--seeds", "6", *TWO, *line)
    assert "out holds 2 seeds beside the 6 of this line: the verdict uses all of them." in fewer.err
    assert "8 paired seeds" in fewer.out or "8 seeds" in fewer.out


def test_without_a_finished_run_json_is_a_document_with_the_reason(command: Command) -> None:
    result = command("--seeds", "3", "--maximize", "val_acc", "--json", "--no-check", "--", "sh", "-c", "exit 3")
    assert result.code == 2
    document = result.document
    assert (document["state"], document["broken"], document["comparison"]) == ("no_finished_run", True, None)
    assert "All of the first 3 runs failed" in document["reason"]
    assert document["arms"] == [{"name": "script", "finished": 0, "failures": 3}]


@pytest.mark.parametrize(
    ("words", "arms", "title"),
    [
        (("python", "train.py", "--seed", "{seed}", "--lr", "0.1"), ("script",), "train: --lr 0.1"),
        (("python", "train.py", "--seed={seed}"), ("script",), "train"),
        (("python", "-m", "pkg.train", "{seed}", "--token", "abcdefgh12345"), ("script",), "pkg"),
        (("python", "train.py", "{seed}", "{arm}"), ("wide",), "train: wide"),
        (("python", "train.py", "{seed}", "{arm}"), ("base", "wide"), "train: base, wide"),
    ],
)
def test_studies_of_one_script_have_names_of_their_own(
    words: tuple[str, ...], arms: tuple[str, ...], title: str
) -> None:
    named = Plan(command=words, arms=tuple(Arm(name) for name in arms), seeds=(0, 1)).title()
    assert named.startswith(title)
    assert "abcdefgh12345" not in named


def test_secrets_in_the_command_are_not_recorded(command: Command) -> None:
    command(
        "--seeds",
        "2",
        "--maximize",
        "val_acc",
        "--folder",
        "out",
        "--",
        PYTHON,
        "train.py",
        "{seed}",
        "32",
        "--api-key",
        "hunter2hunter2",
    )
    recorded = "".join(path.read_text(errors="replace") for path in Path("out").rglob("*.json"))
    assert "hunter2hunter2" not in recorded
    assert "redacted" in json.loads(Path("out/study.json").read_text())["command"][-1]


def test_names_beside_bytes_of_another_encoding_are_whole(command: Command) -> None:
    script = "printf 'pr\\351cision val_acc: 0.%s, pr\\303\\251cision: 0.5\\n' \"$0\""
    command(
        "--seeds", "2", "--maximize", "val_acc", "--folder", "out", "--no-check", "--", "sh", "-c", script, "{seed}"
    )
    run = open_study(Path("out")).counted()[1]
    assert {name: list(series.values) for name, series in run.series().items()} == {
        "précision val_acc": [0.1],
        "précision": [0.5],
    }


def test_metrics_of_some_seeds_only_and_steps_printed_twice_are_said(command: Command) -> None:
    Path("some.py").write_text(
        "import sys\nseed = int(sys.argv[1])\n"
        "for epoch in (1, 1, 2):\n    print(f'epoch {epoch}: val_acc: {0.9 + seed / 100}')\n"
        "    if seed > 1: print(f'epoch {epoch}: f1: {seed}')\n"
    )
    line = ("--seeds", "4", "--folder", "out", "--", PYTHON, "some.py", "{seed}")
    result = command("--maximize", "f1", *line)
    assert "2 runs of script never reported f1 (seeds 0, 1)" in result.out
    assert "over 2 seeds" in result.out
    again = command("--maximize", "val_acc", *line)
    assert "val_acc was reported 4 times at a step that already had a value" in again.out
    assert len(open_study(Path("out")).runs) == 5


def test_a_study_of_a_newer_version_is_refused(command: Command) -> None:
    line = ("--seeds", "2", "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "train.py", "{seed}")
    command(*line)
    path = Path("out/study.json")
    path.write_text(path.read_text().replace("seedspread-study/1", "seedspread-study/9"))
    result = command(*line)
    assert result.code == 2
    assert "upgrade" in result.err


def test_devices_are_shared_as_stated(command: Command) -> None:
    Path("device.py").write_text(
        "import os, sys, time\nbegan = time.time()\ntime.sleep(0.3)\n"
        "print('device', os.environ['CUDA_VISIBLE_DEVICES'], began, time.time())\nprint('m:', sys.argv[1])\n"
    )
    line = ("--seeds", "8", "--maximize", "m", "--folder", "out", "--no-check", "--", PYTHON, "device.py", "{seed}")
    assert command("--gpus", "5,GPU-7", "--per-gpu", "2", *line).code == 0
    runs = open_study(Path("out")).runs
    spans: dict[str, list[tuple[float, float]]] = {}
    for item in runs:
        _, device, began, ended = re.findall(r"^device .*$", item.log(), re.MULTILINE)[0].split()
        assert item.record.environment["CUDA_VISIBLE_DEVICES"] == device
        spans.setdefault(device, []).append((float(began), float(ended)))
    assert sorted(spans) == ["5", "GPU-7"]
    together = {
        device: max(sum(a <= began < b for a, b in listed) for began, _ in listed) for device, listed in spans.items()
    }
    assert max(together.values()) == 2
    assert len(runs) == 8


@pytest.mark.parametrize(("gpus", "expected"), [(" , ", "devices such as 0,1"), ("0,0", "each device once")])
def test_devices_are_checked(command: Command, gpus: str, expected: str) -> None:
    result = command("--gpus", gpus, "--maximize", "val_acc", *TRAIN)
    assert result.code == 2
    assert expected in result.err


def test_parameters_that_are_not_finite_are_recorded(command: Command) -> None:
    result = command("--seeds", "1", "--arm", "a=--rate nan", "--maximize", "val_acc", "--folder", "out", *PRINTS)
    assert "Traceback" not in result.err
    assert open_study(Path("out")).study.arms[0].parameters == {"rate": "NaN"}
