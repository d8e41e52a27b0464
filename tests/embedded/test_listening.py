"""The API's socket."""

from __future__ import annotations

import socket

import pytest

from seedspread.embedded import listening
from seedspread.errors import Conflict, InvalidInput


def test_a_taken_port_is_known_at_once_and_said_in_a_sentence() -> None:
    with listening.bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Conflict, match=f"port {port} of 127.0.0.1 is taken") as raised:
            listening.bound("127.0.0.1", port)
    assert "--port" in str(raised.value.hint)


def test_port_0_takes_a_free_one_and_the_address_says_which() -> None:
    with listening.bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert listening.url(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=2).close()


def test_a_socket_on_every_address_is_shown_as_one_a_browser_can_open() -> None:
    with listening.bound("0.0.0.0", 0) as listener:
        assert listening.url(listener).startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        listening.bound(host, 0)
    assert raised.value.field == "host"
