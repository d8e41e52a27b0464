"""Find the broker: from settings, or from the note that `up` leaves."""

from __future__ import annotations

from pathlib import Path

from seedspread.settings import AppSettings

DEFAULT_URL = "redis://127.0.0.1:6379/0"
"""Where a Redis or Valkey that somebody else started usually listens."""


def broker_url(settings: AppSettings) -> str:
    """Return the broker's URL.

    It is the setting, else the embedded server's URL, else the default local one. `up` notes the embedded server's URL
    in the data directory, so `seedspread worker` and `seedspread serve` need neither its port nor its password.
    """
    if settings.broker_url:
        return settings.broker_url
    try:
        return note(settings.data_dir).read_text(encoding="utf-8").strip() or DEFAULT_URL
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return DEFAULT_URL


def note(data_dir: Path) -> Path:
    """Return the file that holds the embedded server's URL."""
    return data_dir / "run" / "broker-url"
