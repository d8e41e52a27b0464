"""Fixtures every test may use: real servers, a fresh database, a browser."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from hypothesis import settings
from sqlalchemy import text
from xdist.scheduler import LoadScopeScheduling

from seedspread.storage.database import Database
from seedspread.storage.tables import Base
from tests import servers
from tests.browser import chromium as browsers
from tests.browser.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter
    from playwright.sync_api import Browser, Page

# An example that takes longer on a busy machine is no fault.
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")

FOLDER = Path(__file__).parent
# Tests name data files wherever pytest keeps its temporary folders.
os.environ.setdefault("SEEDSPREAD_DATA_ROOTS", os.pathsep.join((tempfile.gettempdir(), "/var/tmp")))
# These start trainers, browsers and whole services. Each group stays in one process, so that at most two of its kind
# run side by side: more would slow each other beyond what they wait for.
GROUPS = {
    "services": frozenset({"cli", "embedded", "frameworks", "journeys"}),
    "trainers": frozenset({"notebook", "queue", "repeat", "running", "sending", "shim", "worker"}),
}


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Hand out tests by file, and those that start processes by group."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        folders = frozenset(file.split("/"))
        return next((name for name, group in GROUPS.items() if group & folders), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return the scheduler that pytest-xdist uses here."""
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> Iterator[None]:
    """Close the report with the failed tests' names, a line each: whoever sees only the end of a log needs them."""
    yield
    reports = [*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())]
    for name in dict.fromkeys(report.nodeid for report in reports):
        terminalreporter.write_line(f"did not pass: {name}")


# Valkey is told to have 64 databases; 0 is left to whoever uses the server's own address, the last to what lives as
# long as the session.
SHARED_DATABASE = 63
broker_databases = itertools.cycle(range(1, SHARED_DATABASE))


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey server for the whole session, without a database number."""
    with servers.valkey() as url:
        yield url


@pytest.fixture
def broker_url(valkey_url: str) -> str:
    """An empty database of the session's Valkey server, this test's own."""
    return _emptied(valkey_url)


@pytest.fixture(scope="module")
def module_broker_url(valkey_url: str) -> str:
    """Empty one of the server's databases for a module.

    Its number is used again after 62 more: a module of few tests.
    """
    return _emptied(valkey_url)


def _emptied(valkey_url: str) -> str:
    url = f"{valkey_url}/{next(broker_databases)}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def shared_broker_url(valkey_url: str) -> str:
    """A database of the session's Valkey server that is never emptied: for what lives as long as the session."""
    return f"{valkey_url}/{SHARED_DATABASE}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The maintenance database of a real PostgreSQL 18 cluster for the whole session."""
    with servers.postgres() as url:
        yield url


@pytest.fixture
def sqlite_database_url(tmp_path: Path) -> str:
    """A SQLite file that isn't there yet, this test's own."""
    return f"sqlite:///{tmp_path / 'seedspread.db'}"


@pytest.fixture
def postgres_database_url(postgres_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database, this test's own."""
    with servers.fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind in turn: a test that asks for it runs on both."""
    name = "sqlite_database_url" if request.param == "sqlite" else "postgres_database_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium for one module: while Playwright runs, nothing else in this thread can run an event loop."""
    with browsers.launched() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A new page; the test fails where it logged an error or asked for anything outside this machine."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        watch = Watch(page)
        yield page
        assert watch.complaints == []


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "seedspread.db"
    opened = Database(f"sqlite:///{file}")
    opened.upgrade()
    opened.dispose()  # the last connection takes the write-ahead log with it
    return file


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with the newest schema, emptied before each test that uses it."""
    with servers.fresh_database(postgres_url) as url:
        opened = Database(url)
        opened.upgrade()
        opened.dispose()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema, of each kind in turn: a test that asks for it runs on both."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_sqlite_file"), tmp_path / "seedspread.db")
        opened = Database(f"sqlite:///{file}")
    else:
        opened = Database(request.getfixturevalue("migrated_postgres_url"))
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with opened.session() as session:
            session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield opened
    opened.dispose()
