"""Sentences on workers, queues, and studies that cannot be summarised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seedspread import words

NO_VALUE = "no run gave a value"
NO_FINITE_VALUE = "no finite value"
NOT_COMPARED = "cannot be compared"


def not_audited(problem: str) -> str:
    """Return that a study could not be audited, and why."""
    return f"The study could not be audited: {problem}"


def not_compared(problem: str) -> str:
    """Return that a study could not be compared, and why."""
    return f"The study could not be compared: {problem}"


def not_offered(reasons: Sequence[str]) -> str:
    """Return that no live worker offers a recipe, and why.

    At most three reasons are given.
    """
    why = f": {'; '.join(reasons[:3])}" if reasons else ""
    return f"No live worker offers it{why}."


def no_worker(queue: str) -> str:
    """Return that a queue has no worker, and how to start one."""
    return f"no worker takes from this queue: start one with `seedspread worker --queue {queue}`"


def all_busy(workers: int) -> str:
    """Return that every worker of a queue is training."""
    return "its worker is training" if workers == 1 else f"all {words.count(workers)} workers are training"


def messages_lost(resend_s: float) -> str:
    """Return that queued runs have no message at the broker."""
    return f"the broker holds no message for them: lost messages are sent again within {words.duration(resend_s)}"


def wanted_by(runs: int, worker: str) -> str:
    """Return that runs are replays for one worker alone."""
    return f"{words.counted(runs, 'run')} reserved for worker {worker} by a replay"


def stopping(runs: int) -> str:
    """Return that cancelled runs are still training."""
    return f"{words.counted(runs, 'run')} cancelled while training: each stops at its next step"


def surplus_messages(messages: int) -> str:
    """Return that a queue has more messages than queued runs."""
    return f"{words.counted(messages, 'message')} more than queued runs: workers drop surplus messages"


READ_ONLY: Final = (
    "The database only reads: what is stored can be read, nothing can be added. PostgreSQL: connect to the primary, or "
    "unset default_transaction_read_only. SQLite: give the service the right to write the file."
)


def disk_problem(folder: str, reason: str) -> str:
    """Return that nothing can be written, and what to do."""
    return (
        f"Nothing can be written to {folder}: {reason}. What was stored is kept; make room or make it writable, and "
        "the service goes on by itself."
    )
