"""Protocol between a trainer process and its parent.

Each line is one JSON document, with floats by repr and NaN as a literal.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from seedspread.core.report import Examples

Message = Mapping[str, Any]


class Ask(StrEnum):
    """Type of a parent's message."""

    RUN = "run"
    CANCEL = "cancel"
    EXIT = "exit"


class Say(StrEnum):
    """Type of a trainer's message."""

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
    """Encode the message as one line; all floats round-trip."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Decode the message of one line.

    Raises:
        ValueError: the line is no JSON object with a type.
    """
    message = json.loads(line)
    if not isinstance(message, dict) or "type" not in message:
        raise ValueError(f"no message of a trainer: {line[:80]!r}")
    return message


def pack_examples(examples: Examples) -> dict[str, Any]:
    """Convert examples to the content of a message."""
    scores = None if examples.scores is None else base64.b64encode(examples.scores).decode()
    return {"count": examples.count, "correct": base64.b64encode(examples.correct).decode(), "scores": scores}


def unpack_examples(message: Message) -> Examples:
    """Convert the content of a message to examples."""
    scores = message["scores"]
    return Examples(
        message["count"],
        base64.b64decode(message["correct"]),
        None if scores is None else base64.b64decode(scores),
    )
