"""The set-up of a checkout: when it has nothing to do, and what it does where a step fails."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up script as a module, with `.venv` in a folder of this test's own."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / ".ci" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / ".seedspread.json")
    (tmp_path / ".venv").mkdir()
    return module


def stamp(bootstrap: ModuleType, **made: str) -> None:
    bootstrap.STAMP.write_text(json.dumps(made))


def test_nothing_is_installed_at_first(bootstrap: ModuleType) -> None:
    assert not bootstrap.is_installed("demo")
    bootstrap.STAMP.write_text("cut off in the mid")
    assert not bootstrap.is_installed("demo")


def test_an_environment_for_working_serves_the_demo_but_not_the_other_way(bootstrap: ModuleType) -> None:
    stamp(bootstrap, demo=bootstrap.wanted("demo"))
    assert bootstrap.is_installed("demo")
    assert not bootstrap.is_installed("dev")
    stamp(bootstrap, dev=bootstrap.wanted("dev"))
    assert bootstrap.is_installed("demo")
    assert bootstrap.is_installed("dev")


def test_another_lock_or_a_lost_python_asks_for_a_new_set_up(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp(bootstrap, demo=bootstrap.wanted("demo"))
    lock = tmp_path / "requirements.lock"
    lock.write_text(bootstrap.LOCKS["demo"].read_text() + "# changed\n")
    with monkeypatch.context() as changed:
        changed.setitem(bootstrap.LOCKS, "demo", lock)
        assert not bootstrap.is_installed("demo")
    assert bootstrap.is_installed("demo")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "gone")
    assert not bootstrap.is_installed("demo")


def test_pip_installs_what_uv_cannot(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []

    def run(*command: str | Path) -> None:
        calls.append(str(command[2]))
        if "uv" in command:
            raise bootstrap.SetUpError("no route to anywhere")

    monkeypatch.setattr(bootstrap, "run", run)
    bootstrap.install("--require-hashes", "-r", "a.lock")
    assert calls == ["uv", "pip"]
    assert "no route to anywhere" in capsys.readouterr().err


def test_a_step_that_fails_says_which_with_the_end_of_its_output(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetUpError, match=r"(?s)-c.*exit status 4.*the disk is full"):
        bootstrap.run(sys.executable, "-c", "import sys; print('the disk is full'); sys.exit(4)")


def test_a_failed_set_up_leaves_no_stamp_and_a_status(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp(bootstrap, demo="of an older lock")

    def fail(*_: str | Path) -> None:
        raise bootstrap.SetUpError("cannot download")

    monkeypatch.setattr(bootstrap, "create_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "pip_install", fail)
    assert bootstrap.main(["demo"]) == 1
    assert "cannot download" in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["demo", "dev"]])
def test_other_arguments_are_answered_with_the_usage(
    bootstrap: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_an_old_python_is_told_what_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    assert bootstrap.main(["demo"]) == 2
    assert "make PYTHON=" in capsys.readouterr().err


def test_the_frameworks_come_without_cuda_where_they_can(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = bootstrap.FRAMEWORKS_LOCK.read_text()
    slim = bootstrap.without_cuda(lock)
    assert "\nnvidia-cublas==" in lock
    assert "\ntorch==" in slim
    assert "jaxlib==" in slim
    assert not any(line.startswith(bootstrap.CUDA_ONLY) for line in slim.splitlines())
    (torch,) = re.findall(r"(?ms)^torch==.*?(?=^\S)", slim)
    (cpu_build,) = re.findall(r"(?m)^TORCH_CPU := (\S+)$", (ROOT / "Makefile").read_text())
    assert torch.split() == ["torch==2.13.0", "\\", cpu_build]
    calls: list[tuple[str, ...]] = []

    def fail(*words: str | Path) -> None:
        calls.append(tuple(map(str, words)))
        raise bootstrap.SetUpError("no route to anywhere")

    monkeypatch.setattr(bootstrap, "pip_install", fail)
    with pytest.raises(bootstrap.SetUpError, match=r"(?s)CPU build of PyTorch.*no route"):
        bootstrap.install_frameworks(lambda _: None)
    assert ["--no-deps" in words for words in calls] == [True, False]
