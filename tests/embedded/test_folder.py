"""A data directory has one owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedspread import logs
from seedspread.embedded.folder import locked
from seedspread.errors import Conflict, InvalidInput


def test_a_second_owner_is_refused_in_a_sentence_until_the_first_has_gone(tmp_path: Path) -> None:
    with locked(tmp_path / "data") as folder:
        assert (folder / "logs").is_dir()
        message = rf"{folder} is in use by another seedspread \(process {os.getpid()}\)"
        with pytest.raises(Conflict, match=message), locked(tmp_path / "data"):
            pass
    with locked(tmp_path / "data"):
        pass


def test_what_holds_the_brokers_password_is_private(tmp_path: Path) -> None:
    with locked(tmp_path / "data") as folder:
        assert (folder / "run").stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_a_directory_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")

    with pytest.raises(InvalidInput, match="data_dir") as raised, locked(file / "data"):
        pass
    assert "directory that can be written" in raised.value.expected


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs.bound, "__defaults__", (10,))
    with locked(tmp_path) as folder:
        (folder / "logs" / "api.log").write_text("a long, long story")
        (folder / "logs" / "up.log").write_text("short")

    with locked(tmp_path) as folder:
        assert sorted(path.name for path in (folder / "logs").iterdir()) == ["api.log", "api.log.1", "up.log"]
        assert (folder / "logs" / "api.log").read_text() == ""
