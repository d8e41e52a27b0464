"""Structured logs: JSON lines in the data directory, short on a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

import structlog

MAX_BYTES = 10_000_000
"""Size above which a log is emptied, after a copy was put aside."""

_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

_NOISY = (
    "alembic",
    "amqp",
    "celery.app.trace",
    "celery.worker.strategy",
    "httpcore",
    "httpx",
    "kombu",
    "redis",
    "sqlalchemy",
    "uvicorn.access",
)


def set_up(level: str, *, file: Path | None = None, console: bool = False) -> None:
    """Send log messages to `file` (JSON lines) and, with `console`, to stderr.

    Nothing is written to standard output, which programs read.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        root.addHandler(_handler(_BoundedFile(file, encoding="utf-8"), structlog.processors.JSONRenderer()))
    if console:
        root.addHandler(_handler(logging.StreamHandler(sys.stderr), _terse))
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def bound(log: Path, most_bytes: int = MAX_BYTES) -> bool:
    """Put a log aside if it is too large.

    Return True if it was.

    It is copied to `NAME.log.1` and emptied, not renamed: several processes write to it, some through a descriptor that
    they inherited. On a full disk it is emptied without a copy, which makes room. A line that is written meanwhile may
    be lost.
    """
    try:
        if log.stat().st_size <= most_bytes:
            return False
        with log.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # freed when the file is closed
            if log.stat().st_size <= most_bytes:
                return False
            aside = log.with_name(log.name + ".1")
            try:
                aside.unlink(missing_ok=True)
                shutil.copyfile(log, aside)
            except OSError:
                with contextlib.suppress(OSError):
                    aside.unlink(missing_ok=True)
            file.truncate(0)
            return True
    except OSError:  # another process is doing it, or the folder is not to be written
        return False


class _BoundedFile(logging.FileHandler):
    """File of a log that stays below `MAX_BYTES`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        super().emit(record)
        # What cannot be written is lost; the service itself goes on.
        with contextlib.suppress(OSError, ValueError):
            if self.stream is not None and self.stream.tell() > MAX_BYTES:
                bound(Path(self.baseFilename))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Drop a record that cannot be written, as on a full disk."""


def _handler(handler: logging.Handler, renderer: Any) -> logging.Handler:
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    return handler


def _terse(_: Any, __: str, event: dict[str, Any]) -> str:
    time = str(event.pop("timestamp"))[11:19]
    level = str(event.pop("level"))
    event.pop("logger", None)
    trouble = event.pop("exception", None)
    event_text = str(event.pop("event"))
    fields = " ".join(f"{key}={value}" for key, value in event.items())
    mark = "" if level in ("info", "debug") else f"{level}: "
    line = f"{time} {mark}{event_text}{'  ' + fields if fields else ''}"
    return f"{line}\n{trouble}" if trouble else line
