"""The embedded Valkey server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from seedspread.embedded import valkey
from seedspread.embedded.folder import locked
from seedspread.embedded.supervisor import Supervisor
from seedspread.errors import Unavailable
from seedspread.queue.address import broker_url, note
from seedspread.queue.app import make_celery
from seedspread.queue.dispatch import Dispatcher
from seedspread.settings import AppSettings
from tests.waiting import until


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with locked(tmp_path / "data") as folder:
        yield folder


def test_it_serves_those_who_know_its_password_and_nobody_else(folder: Path) -> None:
    supervisor = Supervisor(folder / "run" / "processes.json")
    try:
        url = valkey.start(supervisor, folder)

        settings = AppSettings(data_dir=folder)
        assert broker_url(settings) == url
        assert note(folder).stat().st_mode & 0o077 == 0
        assert Dispatcher(make_celery(settings)).send([(1, 1, "cpu")]) == 1
        stranger = "redis://127.0.0.1:" + url.rsplit(":", 1)[1]
        with redis.Redis.from_url(stranger) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
    finally:
        supervisor.stop()


def test_dispatch_goes_on_when_it_was_killed_and_started_again(folder: Path) -> None:
    supervisor = Supervisor(folder / "run" / "processes.json")
    try:
        valkey.start(supervisor, folder)
        dispatcher = Dispatcher(make_celery(AppSettings(data_dir=folder)))
        dispatcher.send([(1, 1, "cpu"), (2, 1, "cpu")])
        server = supervisor.process(valkey.NAME)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: server.code is not None)

        with pytest.raises(Unavailable):
            dispatcher.ping()
        until(lambda: comes_back(supervisor, dispatcher))

        assert dispatcher.depth("cpu") == 0
        assert dispatcher.send([(3, 1, "cpu")]) == 1
    finally:
        supervisor.stop()


def comes_back(supervisor: Supervisor, dispatcher: Dispatcher) -> bool:
    supervisor.tend()
    try:
        dispatcher.ping()
    except Unavailable:
        return False
    return True
