"""Sentences about studies that are sent while they grow."""

from __future__ import annotations

from pathlib import Path

from seedspread import words
from seedspread.sending.push import Sent


def following(folder: Path) -> str:
    """Say what is being followed, and how to stop."""
    return f"Following {folder} until its study ends. Ctrl-C stops; the same line goes on."


def waiting(folder: Path) -> str:
    """Say that there is no study yet, and how to stop."""
    return f"There is no study in {folder} yet: waiting until one begins there. Ctrl-C stops."


def away(message: str) -> str:
    """Say that the service is away, and that nothing is lost."""
    return f"{message.rstrip('.')}. Nothing is lost: it is sent as soon as the service answers."


def arrived(total: Sent) -> str:
    """Count what has been sent so far."""
    return f"{words.counted(total.runs, 'run')} with {words.counted(total.points, 'point')} sent"
