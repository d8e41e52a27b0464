"""Making known which recipes the workers of this machine can train."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import ProgrammingError

from seedspread.core.recipe import RecipeInfo
from seedspread.storage import recipes
from seedspread.storage.database import Database
from seedspread_worker.pool.retry import Stopped, retry

CATALOG_S = 120.0
"""How long the catalog may take: it imports every recipe module."""

_CATALOG = TypeAdapter(tuple[RecipeInfo, ...])

log = structlog.get_logger(__name__)


class NoCatalog(Exception):
    """Catalog could not be made; the message says why, in a line."""


def catalog(modules: Sequence[str]) -> tuple[RecipeInfo, ...]:
    """Read every recipe in a process of its own.

    Recipe modules may import anything.

    Raises:
        NoCatalog: a module that cannot be used.
    """
    command = [sys.executable, "-m", "seedspread_worker.catalog.catalog", "--recipes", ",".join(modules)]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=CATALOG_S)  # noqa: S603 - our own module
        return _CATALOG.validate_json(done.stdout)
    except subprocess.CalledProcessError as error:
        errors = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoCatalog(errors[-1] if errors else f"the catalog ended with code {error.returncode}") from None
    except (subprocess.TimeoutExpired, ValidationError) as error:
        raise NoCatalog(f"the catalog is of no use: {error}") from error


def publish(database: Database, modules: Sequence[str], stopping: threading.Event, note: Path) -> None:
    """Store the catalog, waiting for the database if it is unavailable.

    Logs the outcome.

    Args:
        note: the file that says afterwards, to whoever waits for it on this machine, why nothing was published; it is
            empty where all went well, and not written by a worker that was stopped.
    """
    try:
        infos = catalog(modules)

        def act() -> None:
            with database.session() as session:
                recipes.publish(session, infos, datetime.now(UTC))

        # ProgrammingError: the tables aren't there yet; whoever serves the API makes them.
        retry(act, stopping, (ProgrammingError,))
    except NoCatalog as error:
        log.error("no recipe was published", reason=str(error))
        _write(note, str(error))
    except Stopped:
        log.warning("no recipe was published: the database stayed away")
    else:
        log.info("recipes published", names=[info.name for info in infos])
        _write(note, "")


def _write(note: Path, text: str) -> None:
    """Write a file atomically.

    Whoever finds the file finds its text in it.
    """
    try:
        fresh = note.with_name(f"{note.name}.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(note)
    except OSError as error:
        log.warning("the recipes could not be noted", file=str(note), reason=str(error))
