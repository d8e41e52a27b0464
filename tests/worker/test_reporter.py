"""Messages of a run: sent at once, or together where many come at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import cast

import pytest

from seedspread.core.report import FingerprintKind
from seedspread_worker.trainer.main import Orders, Reporter

Pipe = tuple[Reporter, int]


@pytest.fixture
def piped() -> Iterator[Pipe]:
    """Yield a reporter and the read end of its pipe."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    with os.fdopen(write, "wb") as pipe:
        yield Reporter(pipe, cast("Orders", None), run=7), read
    os.close(read)


def arrived(read: int) -> list[str]:
    """Return the types of the messages since the last call."""
    try:
        lines = os.read(read, 1 << 16).splitlines()
    except BlockingIOError:
        return []
    return [json.loads(line)["type"] for line in lines]


def test_a_point_is_sent_at_once(piped: Pipe) -> None:
    reporter, read = piped
    reporter.metrics(1, 1, {"loss": 0.5})
    assert arrived(read) == ["metrics"]


def test_held_points_and_digests_are_sent_together(piped: Pipe) -> None:
    reporter, read = piped
    reporter.hold()
    reporter.metrics(1, 1, {"loss": 0.5})
    reporter.fingerprint(FingerprintKind.WEIGHTS, "0" * 64, 1)
    assert arrived(read) == []
    reporter.release()
    assert arrived(read) == ["metrics", "fingerprint"]
    reporter.metrics(2, 2, {"loss": 0.25})
    assert arrived(read) == ["metrics"]


def test_a_message_of_another_type_takes_held_ones_along(piped: Pipe) -> None:
    reporter, read = piped
    reporter.hold()
    reporter.metrics(1, 1, {"loss": 0.5})
    reporter.note(engine="xla")
    assert arrived(read) == ["metrics", "started"]
