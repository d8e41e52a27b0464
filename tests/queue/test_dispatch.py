"""Dispatch against a real Valkey server, and against one that isn't there."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from seedspread.errors import Unavailable
from seedspread.queue import dispatch
from seedspread.queue.app import TRAIN, make_celery
from seedspread.queue.dispatch import PING_FRESH_S, Dispatcher
from seedspread.settings import AppSettings
from tests.servers import free_port


@pytest.fixture
def settings(broker_url: str) -> AppSettings:
    return AppSettings(broker_url=broker_url)


def test_every_run_becomes_one_message_that_names_it_and_nothing_else(settings: AppSettings) -> None:
    celery = make_celery(settings)
    dispatcher = Dispatcher(celery)

    assert dispatcher.send([(1, 1, "cpu"), (2, 3, "cpu"), (7, 1, "gpu")]) == 3

    assert dispatcher.depth("cpu") == 2
    assert dispatcher.depth("gpu") == 1
    with celery.connection_for_read() as connection:
        message = connection.SimpleQueue("cpu").get(timeout=20)
    assert message.headers["task"] == TRAIN
    assert message.payload[:2] == [[1, 1], {}]


def test_a_broker_that_answers_is_no_trouble(settings: AppSettings) -> None:
    Dispatcher(make_celery(settings)).ping()


def test_a_broker_that_hangs_holds_one_thread_and_for_a_moment_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections and never answers
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        dispatcher = Dispatcher(make_celery(AppSettings(broker_url=url), socket_timeout_s=0.5))
        with pytest.raises(Unavailable):
            dispatcher.ping()
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(Unavailable):
                dispatcher.ping()
        assert time.monotonic() - began < PING_FRESH_S, "the second answer comes from the first"


def test_while_one_waits_for_a_broker_the_others_get_its_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "PING_FRESH_S", 0.0)
    port = free_port()
    dispatcher = Dispatcher(make_celery(AppSettings(broker_url=f"redis://127.0.0.1:{port}/0"), socket_timeout_s=30))
    with pytest.raises(Unavailable):
        dispatcher.ping()
    with ThreadPoolExecutor(1) as pool:
        with socket.create_server(("127.0.0.1", port)) as silent:
            waiting = pool.submit(dispatcher.ping)
            connection, _ = silent.accept()
            with pytest.raises(Unavailable):
                dispatcher.ping()
            assert not waiting.done()
        connection.close()
        with pytest.raises(Unavailable):
            waiting.result()


def test_a_broker_that_is_away_is_unavailable_and_its_password_stays_secret() -> None:
    gone = f"redis://:hushhush@127.0.0.1:{free_port()}/0"
    dispatcher = Dispatcher(make_celery(AppSettings(broker_url=gone)))

    for attempt in (dispatcher.ping, lambda: dispatcher.depth("cpu"), lambda: dispatcher.send([(1, 1, "cpu")])):
        with pytest.raises(Unavailable, match="the broker at redis://") as raised:
            attempt()
        assert "hushhush" not in str(raised.value)
        assert "SEEDSPREAD_BROKER_URL" in str(raised.value.hint)
