"""Data files travel by content to workers that do not have them."""

from __future__ import annotations

from pathlib import Path

from seedspread.context import Context
from seedspread.core.manifest import DataDigest, Manifest
from seedspread.core.plan import plan
from seedspread.core.recipe import Ability, Needs
from seedspread.datafiles import digest
from seedspread.settings import AppSettings
from seedspread.storage import datasets, recipes, recovery, studies, workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Registration
from seedspread.studies.datasets import supply
from seedspread_worker.author.run import located
from seedspread_worker.pool.datacache import DataCache
from tests.builders import NOW, entropy, recipe, spec
from tests.support.brokers import SilentBroker
from tests.worker.running import manifest_of


def submit(database: Database, file: DataDigest) -> None:
    info, request = recipe(), spec()
    data = {0: {"data": file}, 1: {"data": file}}
    with database.session() as session:
        recipes.publish(session, [info], NOW)
        studies.insert(session, request, info, plan(request, info.sources, entropy()), data, NOW, "r" * 64, None)


def test_a_file_that_a_worker_lacks_is_stored_once_and_fetched(database: Database, tmp_path: Path) -> None:
    original = tmp_path / "api" / "table.csv"
    original.parent.mkdir()
    original.write_bytes(b"a,b\n" + b"1,2\n" * 600_000)  # more than two pieces
    file = digest(original)
    needs = Needs("toy", "d" * 64, {file.sha256: file.path})
    submit(database, file)
    ctx = Context(database, SilentBroker(), AppSettings(data_dir=tmp_path / "api"), clock=lambda: NOW)
    cache = DataCache(database, tmp_path / "worker")
    assert cache.missing(needs) == {}

    elsewhere = file.model_copy(update={"path": "/not/here/table.csv"})
    lacking = Needs("toy", "d" * 64, {file.sha256: elsewhere.path})
    assert "table.csv" in cache.missing(lacking)[file.sha256]
    with database.session() as session:
        workers.register(session, Registration("w1", "there", 1, "cpu"), NOW)
        reasons = {f"data:{file.sha256}": "data file table.csv is not there"}
        workers.enable(session, "w1", Ability({"toy": "d" * 64}, reasons), [])
    with database.reading() as session:
        blocked = recovery.blocked(session, workers.abilities(session, NOW, 20))
    assert "data file table.csv is not there" in next(iter(blocked.reasons.values()))

    assert supply(ctx, NOW) == 1
    assert supply(ctx, NOW) == 0
    assert cache.missing(lacking) == {}
    manifest = manifest_of("raises").model_copy(
        update={"data": {"data": elsewhere}, "parameters": {"data": elsewhere.path}}
    )
    moved: Manifest = cache.located(manifest)
    path = Path(moved.data["data"].path)
    assert path.is_relative_to(tmp_path / "worker")
    assert path.read_bytes() == original.read_bytes()
    assert located(moved) == {"data": str(path)}
    original.unlink()
    with database.session() as session:
        datasets.drop_files(session, (), NOW.replace(year=NOW.year + 1))
        assert not datasets.has_file(session, file.sha256)
    assert cache.located(manifest).data["data"].path == str(path)  # kept on this machine


def test_too_large_or_changed_files_do_not_travel(database: Database, tmp_path: Path) -> None:
    original = tmp_path / "table.csv"
    original.write_text("a,b\n1,2\n")
    file = digest(original)
    submit(database, file)
    with database.session() as session:
        workers.register(session, Registration("w1", "there", 1, "cpu"), NOW)
        workers.enable(session, "w1", Ability({"toy": "d" * 64}, {f"data:{file.sha256}": "missing"}), [])
    small = AppSettings(data_dir=tmp_path, max_shared_bytes=4)
    assert supply(Context(database, SilentBroker(), small, clock=lambda: NOW), NOW) == 0
    original.write_text("a,b\n1,3\n")
    assert supply(Context(database, SilentBroker(), AppSettings(data_dir=tmp_path), clock=lambda: NOW), NOW) == 0
    with database.reading() as session:
        abilities = workers.abilities(session, NOW, 20.0)
        (reason,) = recovery.blocked(session, abilities, largest_bytes=4).reasons.values()
        (other,) = recovery.blocked(session, abilities, largest_bytes=8).reasons.values()
    assert other == "No live worker can train this: missing."
    assert reason == (
        f"{other} The file has 8 bytes, and files above 4 bytes do not travel: put it at the same path on a worker's "
        "machine, or raise SEEDSPREAD_MAX_SHARED_BYTES (4)."
    )
