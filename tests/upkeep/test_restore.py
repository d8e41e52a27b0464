"""Restores: one at a time, nothing of others deleted, and no manifest trusted unexamined."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedspread.cli.app import run
from seedspread.errors import Conflict
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.upkeep import backup, staging
from seedspread.upkeep.backup import back_up, restore
from seedspread.upkeep.check import check, check_backup
from seedspread.upkeep.lines import Level, is_fine
from tests.support.rows import fill


@pytest.fixture
def kept(migrated_sqlite_file: Path, tmp_path: Path) -> AppSettings:
    """A data directory with one study and one file."""
    settings = AppSettings(data_dir=tmp_path / "kept")
    (settings.data_dir / "data" / "notes").mkdir(parents=True)
    (settings.data_dir / "data" / "notes" / "a.txt").write_text("kept")
    shutil.copy(migrated_sqlite_file, settings.data_dir / "seedspread.db")
    database = Database(settings.resolved_database_url)
    with database.session() as session:
        fill(session.connection(), 1)
    database.dispose()
    return settings


@pytest.fixture
def saved(kept: AppSettings, tmp_path: Path) -> Path:
    """A backup as a folder."""
    back_up(kept, tmp_path / "backup", [])
    return tmp_path / "backup"


def is_whole(target: AppSettings) -> bool:
    """Return True if the backup is restored and nothing else is there."""
    names = sorted(path.name for path in target.data_dir.iterdir() if not path.name.startswith("seedspread.db-"))
    note = target.data_dir / "data" / "notes" / "a.txt"
    return names == ["data", "seedspread.db"] and note.read_text() == "kept" and is_fine(check(target))


def test_a_second_restore_is_refused_and_touches_nothing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = AppSettings(data_dir=tmp_path / "new")
    arrived, go_on = threading.Event(), threading.Event()
    original = backup._restore_database

    def waiting(*arguments: Any) -> None:
        arrived.set()
        assert go_on.wait(10)
        original(*arguments)

    monkeypatch.setattr(backup, "_restore_database", waiting)
    first = threading.Thread(target=restore, args=(target, saved))
    first.start()
    try:
        assert arrived.wait(10)
        with pytest.raises(Conflict, match="another restore is filling"):
            restore(target, saved)
        elsewhere = AppSettings(data_dir=tmp_path / "other", database_url=target.resolved_database_url)
        with pytest.raises(Conflict, match="another restore is filling"):
            restore(elsewhere, saved)
        assert not elsewhere.data_dir.exists()
    finally:
        go_on.set()
        first.join()
    assert is_whole(target)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_of_processes_that_restore_at_once_one_wins(saved: Path, tmp_path: Path) -> None:
    for number in range(3):
        target = AppSettings(data_dir=tmp_path / f"new-{number}")
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                code = 3
                try:
                    restore(target, saved)
                    code = 0
                except Conflict:
                    code = 1
                finally:
                    os._exit(code)
            children.append(child)
        codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
        assert codes == [0, 1, 1]
        assert is_whole(target)


def test_files_that_no_restore_made_are_never_deleted(saved: Path, tmp_path: Path) -> None:
    target = AppSettings(data_dir=tmp_path / "new")
    for name in (".restore-settings", ".restore-abcdefgh", "thesis"):
        (target.data_dir / name).mkdir(parents=True)
    for name in (".restore-settings", ".restore-abcdefgh"):
        (target.data_dir / name / "mine.txt").write_text("mine")
        with pytest.raises(Conflict, match=f"not empty: it holds '{name}'"):
            restore(target, saved)
        assert (target.data_dir / name / "mine.txt").read_text() == "mine"
        shutil.rmtree(target.data_dir / name)
    (target.data_dir / "thesis" / "a.tex").write_text("mine")
    with pytest.raises(Conflict, match="it holds 'thesis', which no restore put there"):
        restore(target, saved)
    assert (target.data_dir / "thesis" / "a.tex").read_text() == "mine"


def killed_before_the_database(target: AppSettings, saved: Path) -> None:
    """Leave what a restore leaves that is killed once its files are placed."""
    child = os.fork()
    if child == 0:
        backup._restore_database = lambda *_: os._exit(9)
        try:
            restore(target, saved)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("name", ["mine.txt", "data/notes/mine.txt", "data/notes/a.txt"])
def test_after_a_kill_only_what_the_restore_placed_is_deleted(name: str, saved: Path, tmp_path: Path) -> None:
    target = AppSettings(data_dir=tmp_path / "new")
    killed_before_the_database(target, saved)
    assert len(staging.leftovers(target.data_dir)) == 1
    (target.data_dir / name).write_text("mine")
    with pytest.raises(Conflict, match=f"it holds '{name}'"):
        restore(target, saved)
    assert (target.data_dir / name).read_text() == "mine"
    (target.data_dir / name).unlink()
    restore(target, saved)
    assert is_whole(target)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of a backup."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


FILE = {"sha256": "0" * 64, "size_bytes": 0}
BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no files": (lambda it: it.update(files=[]), "does not list the copy of the database, 'database.sqlite'"),
    "database outside": (lambda it: it.update(database_file="../x"), "outside of itself: '../x'"),
    "database absolute": (lambda it: it.update(database_file="/etc/passwd"), "outside of itself"),
    "database a number": (lambda it: it.update(database_file=5), "database_file is 5; expected a path"),
    "database unlisted": (lambda it: it.update(database_file="data-dir/x"), "does not list the copy"),
    "path a number": (lambda it: it["files"].append(FILE | {"path": 5}), "files[2].path is 5"),
    "NUL in a path": (lambda it: it["files"].append(FILE | {"path": "data-dir/a\0b"}), "files[2].path"),
    "half a character": (lambda it: it["files"].append(FILE | {"path": "data-dir/\ud800"}), "files[2].path"),
    "path of dots": (lambda it: it["files"].append(FILE | {"path": "data-dir/./a"}), "expected a path in the backup"),
    "name too long": (lambda it: it["files"].append(FILE | {"path": "data-dir/" + "a" * 300}), "cannot be read"),
    "twice": (lambda it: it["files"].append(it["files"][0]), "listed twice"),
    "elsewhere": (lambda it: it["files"].append(FILE | {"path": "data/x"}), "expected a name below data-dir"),
    "digest": (lambda it: it["files"][0].update(sha256="x"), "expected 64 hexadecimal digits"),
    "size": (lambda it: it["files"][0].update(size_bytes=-1), "expected a whole number"),
    "mode": (lambda it: it["files"][0].update(mode="rw"), "expected permissions"),
    "entry": (lambda it: it["files"].append("x"), "expected path, sha256, size_bytes and mode"),
    "files an object": (lambda it: it.update(files={}), "files' is {}; expected a list"),
    "links a list": (lambda it: it.update(links=[]), "links is []; expected an object"),
    "link to a number": (lambda it: it.update(links={"data-dir/x": 5}), "is 5; expected a path"),
    "below a link": (
        lambda it: it.update(links={"data-dir/x": "/tmp", "data-dir/x/y": "z"}),
        "'data-dir/x/y' is listed twice, or lies below a file or link",
    ),
    "run folder below a link": (
        lambda it: it.update(links={"data-dir/run-folders": "/tmp"}, run_folders={"run-folders/0-x": "x"}),
        "run folder 'run-folders/0-x' is a file or link",
    ),
    "run folders a text": (lambda it: it.update(run_folders="x"), "run_folders is 'x'; expected an object"),
    "run folder elsewhere": (lambda it: it.update(run_folders={"x": "y"}), "expected a folder of run-folders"),
    "kind": (lambda it: it.update(database=["sqlite"]), "expected one of sqlite, pg_dump, portable"),
    "schema": (lambda it: it.update(schema=16), "expected text or null"),
    "format": (lambda it: it.update(format=True), "format' is True; expected 1"),
    "date": (lambda it: it.update(created_at=None), "created_at' is None; expected text"),
    "lacking": (lambda it: it.pop("version"), "it lacks 'version'"),
    "unknown": (lambda it: it.update(more=1), "it has an unknown 'more'"),
}


def test_a_broken_manifest_is_one_line(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest, target = saved / "manifest.json", tmp_path / "new"
    sound = manifest.read_bytes()
    texts = {"nested": ("[" * 200_000, "nested too deep"), "a list": ("[]", "expected an object")}
    for name, (change, message) in BROKEN.items():
        manifest.write_bytes(sound)
        edit(saved, change)
        texts[name] = manifest.read_text(), message
    for name, (content, message) in texts.items():
        manifest.write_text(content)
        (line,) = check_backup(saved)
        assert line.level is Level.PROBLEM, name
        assert message in line.detail, name
        assert "\n" not in line.detail, name
        assert run(["restore", str(saved), "--data-dir", str(target)]) == 1, name
        error = capsys.readouterr().err
        assert error.startswith("error: "), name
        assert message in error, name
        assert "Traceback" not in error, name
        assert not target.exists(), name


def test_a_truncated_database_is_never_restored(saved: Path, tmp_path: Path) -> None:
    copy = saved / "database.sqlite"
    copy.write_bytes(copy.read_bytes()[:5000])
    for change in (lambda it: None, lambda it: it.update(files=[])):
        edit(saved, change)
        with pytest.raises(Conflict):
            restore(AppSettings(data_dir=tmp_path / "new"), saved)
        assert [line.level for line in check_backup(saved)] == [Level.PROBLEM]
        assert not (tmp_path / "new").exists()


def test_a_damaged_tar_file_is_one_line(saved: Path, tmp_path: Path) -> None:
    packed = tmp_path / "b.tar.gz"
    shutil.make_archive(str(tmp_path / "b"), "gztar", saved)
    content = bytearray(packed.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = b"\xff" * 200
    packed.write_bytes(content)
    (line,) = check_backup(packed)
    assert line.level is Level.PROBLEM
    packed.write_bytes(gzip.compress(b"no tar"))
    (line,) = check_backup(packed)
    assert "damaged or no backup" in line.detail


def test_run_folders_of_a_restored_backup_are_kept_apart(kept: AppSettings, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "x").write_text("first")
    back_up(kept, tmp_path / "one", [runs])
    target = AppSettings(data_dir=tmp_path / "new")
    restore(target, tmp_path / "one")
    (runs / "x").write_text("second")
    back_up(target, tmp_path / "two", [runs])
    again = AppSettings(data_dir=tmp_path / "again")
    restore(again, tmp_path / "two")
    folders = again.data_dir / "run-folders"
    assert {path.name: (path / "x").read_text() for path in folders.iterdir()} == {
        "0-runs": "first",
        "1-runs": "second",
    }


def test_a_database_beside_the_data_directory(saved: Path, kept: AppSettings, tmp_path: Path) -> None:
    (kept.data_dir / "old.db").write_text("of before")
    back_up(kept, tmp_path / "more", [])
    inside = AppSettings(data_dir=tmp_path / "new", database_url=f"sqlite:///{tmp_path}/new/old.db")
    with pytest.raises(Conflict, match="holds another file for"):
        restore(inside, tmp_path / "more")
    beside = AppSettings(data_dir=tmp_path / "new", database_url=f"sqlite:///{tmp_path}/rows/mine.db")
    (tmp_path / "rows" / "thesis").mkdir(parents=True)
    (tmp_path / "rows" / "thesis" / "a.tex").write_text("mine")
    restore(beside, tmp_path / "more")
    assert sorted(path.name for path in beside.data_dir.iterdir()) == ["data", "old.db"]
    assert {path.name for path in (tmp_path / "rows").iterdir() if "-" not in path.name} == {"mine.db", "thesis"}
    assert is_fine(check(beside))
