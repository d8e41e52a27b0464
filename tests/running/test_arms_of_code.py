"""Arms of code: worktrees, branches that move, submodules, code that changed between runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from seedspread.recording import open_study
from seedspread.running import code
from tests.running.conftest import PYTHON, Command


def test_arms_of_code_run_in_worktrees(command: Command, tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "train.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    Path("train.py").write_text(Path("train.py").read_text().replace("0.9 +", "0.5 +") + f"# {key}\n")
    Path(".env").write_text("TOKEN=never-recorded-anywhere\n")
    result = command(
        "--seeds", "6", "--arm", "main=git:main", "--arm", "mine=.", "--maximize", "val_acc", "--folder", "out", "--",
        PYTHON, "train.py", "{seed}",
    )  # fmt: skip
    assert result.code == 0, result.err
    runs = open_study(Path("out")).counted()
    values = {run.record.arm: run.value("val_acc") for run in runs}
    assert (values["main"] or 0) > 0.8 > (values["mine"] or 1)
    mine = next(run.record for run in runs if run.record.arm == "mine")
    assert mine.git["dirty"] is True
    assert len(mine.git["commit"]) == 40
    patch = Path("out/code/mine.patch").read_text()
    assert "0.5 +" in patch
    recorded = "".join(path.read_text(errors="replace") for path in Path("out").rglob("*") if path.is_file())
    assert key not in recorded
    assert "never-recorded" not in recorded
    assert (
        subprocess.run(["git", "worktree", "list"], capture_output=True, text=True, check=True).stdout.count("\n") == 1
    )


def test_names_of_arms_never_mix_their_code_and_a_branch_that_moved_is_another_study(command: Command) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "train.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    script = Path("train.py").read_text()
    subprocess.run(["git", "checkout", "-qb", "mine"], check=True)
    Path("train.py").write_text(script.replace("0.9 +", "0.5 +"))
    subprocess.run([*git, "commit", "-qam", "second"], check=True)
    line = ("--seeds", "1", "--no-check", "--maximize", "val_acc", "-q", "--json", "--", PYTHON, "train.py", "{seed}")
    for arms in (("f/x=git:main", "f_x=git:mine"), ("git:main", "git:mine"), ("git:main", ".")):
        arguments = [part for arm in arms for part in ("--arm", arm)]
        first, second = command(*arguments, *line).document["arms"]
        assert first["values"]["0"] > 0.8 > second["values"]["0"], arms
    before = command("--arm", "git:main", "--arm", ".", "--folder", "out", *line).document["arms"]
    subprocess.run(["git", "branch", "-qf", "main", "mine"], check=True)
    assert "its revision" in command("--arm", "git:main", "--arm", ".", "--folder", "out", *line).err
    moved, _ = command("--arm", "git:main", "--arm", ".", *line).document["arms"]
    assert moved["values"]["0"] < 0.8 < before[0]["values"]["0"]
    Path("below").mkdir()
    os.chdir("below")
    assert "a revision with the folder below" in command("--arm", "git:main", "--arm", "git:mine", *line).err


def test_code_that_changed_between_runs_of_an_arm_is_said(command: Command) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    Path("helper.py").write_text("SHIFT = 0\n")
    subprocess.run([*git, "add", "train.py", "helper.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    line = ("--no-check", "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "train.py", "{seed}")
    assert "versions of the code" not in command("--seeds", "2", *line).out
    Path("helper.py").write_text("SHIFT = 1\n")
    assert "Runs of script had 2 versions of the code" in command("--seeds", "3", *line).out


def test_submodules_come_with_an_arm_from_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@a")

    def git(folder: Path, *arguments: str) -> None:
        line = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *arguments]
        subprocess.run(line, check=True, capture_output=True)

    repository, library, worktree = (tmp_path / name for name in ("main", "lib", "worktree"))
    for folder in (library, repository):
        folder.mkdir()
        git(folder, "init", "-b", "main")
    (library / "v.py").write_text("V = 1\n")
    git(library, "add", ".")
    git(library, "commit", "-m", "v")
    git(repository, "submodule", "add", str(library), "deep/sub")
    git(repository, "commit", "-m", "m")
    (repository / "deep" / "sub" / "v.py").write_text("V = 2\n")
    shutil.rmtree(library)  # no network is needed
    code.add_worktree(repository, "main", worktree, ())
    assert (worktree / "deep" / "sub" / "v.py").read_text() == "V = 1\n"
    state = code.code_state(repository)
    assert state.dirty
    assert "-V = 1\n+V = 2\n" in state.patch
    (tmp_path / "a.patch").write_text(state.patch)
    code.apply_patch(worktree, tmp_path / "a.patch")
    assert (worktree / "deep" / "sub" / "v.py").read_text() == "V = 2\n"
    code.remove_worktree(repository, worktree)
    assert not worktree.exists()
    assert not any((repository / ".git" / "modules").rglob("worktrees/*"))
