"""Structured logs: JSON lines in the data directory, short on a terminal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import structlog

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
        root.addHandler(_handler(logging.FileHandler(file, encoding="utf-8"), structlog.processors.JSONRenderer()))
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
