"""The language between a trainer process and its parent: one JSON document a line, floats by repr, NaN as a literal."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from seedspread.core.report import Examples

Message = Mapping[str, Any]


class Ask(StrEnum):
    """What a parent says."""

    RUN = "run"
    CANCEL = "cancel"
    EXIT = "exit"


class Say(StrEnum):
    """What a trainer says."""

    READY = "ready"
    STARTED = "started"
    METRICS = "metrics"
    FINGERPRINT = "fingerprint"
    EXAMPLES = "examples"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNFIT = "unfit"  # the process holds another framework: train it in a fresh one


LAST: frozenset[str] = frozenset({Say.FINISHED, Say.FAILED, Say.CANCELLED, Say.UNFIT})
"""The messages that end a run."""


def encode(message: Message) -> bytes:
    """The message as one line; floats round-trip, non-finite ones included."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message of one line.

    Raises:
        ValueError: the line is no JSON object with a type.
    """
    message = json.loads(line)
    if not isinstance(message, dict) or "type" not in message:
        raise ValueError(f"no message of a trainer: {line[:80]!r}")
    return message


def pack_examples(examples: Examples) -> dict[str, Any]:
    """Examples as a message carries them."""
    scores = None if examples.scores is None else base64.b64encode(examples.scores).decode()
    return {"count": examples.count, "correct": base64.b64encode(examples.correct).decode(), "scores": scores}


def unpack_examples(message: Message) -> Examples:
    """Examples out of a message."""
    scores = message["scores"]
    return Examples(
        message["count"],
        base64.b64decode(message["correct"]),
        None if scores is None else base64.b64decode(scores),
    )
