"""What is looked at before and after every run, without looking at everything."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from seedspread_worker.trainer.randomness import _is_loaded
from seedspread_worker.trainer.state import around, frameworks
from seedspread_worker.trainer.watch import LoadedModules, ModuleState


def module(name: str, file: Path, **values: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    made.__file__ = str(file)
    vars(made).update(values)
    return made


def test_modules_are_found_by_file_as_they_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, file = LoadedModules(), tmp_path / "mine.py"
    assert loaded.called(["mine.py"]) == []
    first = module("mine", file)
    monkeypatch.setitem(sys.modules, "mine", first)
    assert loaded.called(["mine.py"]) == [first]
    second = module("mine", file)
    monkeypatch.setitem(sys.modules, "mine", second)
    monkeypatch.setitem(sys.modules, "again", second)  # under two names, but one
    assert loaded.called(["mine.py", "other.py"]) == [second]
    monkeypatch.delitem(sys.modules, "again")
    monkeypatch.delitem(sys.modules, "mine")
    assert loaded.called(["mine.py"]) == []


def test_only_modules_of_the_recipes_own_files_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.py"
    file.touch()
    monkeypatch.setitem(sys.modules, "mine", module("mine", file, count=1))
    monkeypatch.setitem(sys.modules, "theirs", module("theirs", tmp_path / "elsewhere" / "mine.py", count=1))
    state = ModuleState([file])
    assert state.changed() == []
    sys.modules["mine"].count = 2  # type: ignore[attr-defined]
    sys.modules["theirs"].count = 2  # type: ignore[attr-defined]
    assert state.changed() == ["mine.count"]


def test_children_are_seen_until_they_have_ended() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as child:
        assert child.pid in {process.pid for process in around._children()}
        child.communicate(b"\n")
    assert child.pid not in {process.pid for process in around._children()}


def test_open_files_are_read_with_their_targets(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        assert around._files()[file.fileno()] == str(tmp_path / "open")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc counts the libraries it loads")
def test_libraries_are_looked_through_again_after_one_was_loaded() -> None:
    code = "from seedspread_worker.trainer.state.frameworks import _loads as n; a = n(); import _testbuffer; b = n()"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(a == n(), b == n(), b[0] - a[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True", "1"]


def test_threads_of_linear_algebra_are_those_that_threadpoolctl_sees() -> None:
    import sklearn.utils  # noqa: F401 - it loads libraries with threads
    import threadpoolctl

    expected = {os.path.basename(pool["filepath"]): pool["num_threads"] for pool in threadpoolctl.threadpool_info()}  # noqa: PTH119
    assert expected
    assert frameworks._pools() == expected
    with threadpoolctl.threadpool_limits(1):
        assert set(frameworks._pools().values()) == {1}


def test_an_import_that_loads_nothing_is_known_beforehand() -> None:
    assert _is_loaded("os")
    assert _is_loaded("os.path", fromlist=("join",))
    assert not _is_loaded("os", fromlist=("no_such_name",))
    assert not _is_loaded("os", fromlist=("*",))
    assert not _is_loaded("path", fromlist=("join",), level=1)
    assert not _is_loaded("seedspread_no_such_module")
