"""A database that is away is waited out."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from seedspread.errors import Unavailable
from seedspread_worker.pool import retry as retry_module
from seedspread_worker.pool.retry import Stopped, retry


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_module, "FIRST_PAUSE_S", 0.01)


def away(times: int, error: type[Exception] = Unavailable) -> Callable[[], str]:
    """Something that fails so often before it works."""
    left = iter(range(times))

    def act() -> str:
        for _ in left:
            raise error("the database does not answer")
        return "stored"

    return act


def test_what_fails_for_a_while_is_tried_until_it_works() -> None:
    assert retry(away(4), threading.Event()) == "stored"


def test_whoever_is_to_stop_does_not_wait_any_longer() -> None:
    stopping = threading.Event()
    threading.Timer(0.1, stopping.set).start()
    with pytest.raises(Stopped):
        retry(away(1_000_000), stopping)


def test_other_errors_are_not_waited_out_unless_they_are_named() -> None:
    with pytest.raises(KeyError):
        retry(away(1, KeyError), threading.Event())
    assert retry(away(2, KeyError), threading.Event(), also=(KeyError,)) == "stored"
