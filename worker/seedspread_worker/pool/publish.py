"""Publish which recipes the workers of this machine can train.

They are published again whenever a recipe's file changes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import ProgrammingError
from watchfiles import Change, watch

from seedspread.storage import recipes
from seedspread.storage.database import Database
from seedspread_worker.catalog.catalog import Catalog, NoCatalog, survey
from seedspread_worker.pool.abilities import Offer, Offers
from seedspread_worker.pool.retry import Stopped, retry

SETTLE_MS = 300
"""Changes of files that are saved together are taken together."""

RECHECK_MS = 1000
"""How often the files are compared with what was read of them."""

log = structlog.get_logger(__name__)


class Publisher:
    """Publisher of the catalog.

    It stores the catalog in the database, and shares it with the pool processes of this worker.

    Args:
        database: the database in which recipes are stored.
        modules: the operator's recipe modules.
        offers: the file that this worker's pool processes share.
        note: the file that tells waiting processes of this machine which modules have no recipe and why. It is empty if
            there was no error, and not written by a worker that was stopped.
        changed: called after each publication.
    """

    def __init__(
        self,
        database: Database,
        modules: Sequence[str],
        offers: Path,
        note: Path,
        stopping: threading.Event,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._modules = modules
        self._offers = offers
        self._note = note
        self._stopping = stopping
        self._changed = changed

    def run(self) -> None:
        """Publish now and after every change, until the worker stops."""
        catalog: Catalog | None = None
        while not self._stopping.is_set():
            stamps = _stamps(self._files(catalog))  # before they are read: an edit meanwhile counts as a change
            catalog = self.publish() or catalog
            files = self._files(catalog)
            current = _stamps(files)
            stamps = {file: stamps.get(file, stamp) for file, stamp in current.items()}
            folders = {str(Path(file).parent) for file in files if Path(file).parent.is_dir()}
            if not folders:
                return
            # Editors replace files: folders are watched, and only the recipes' own files count.
            changes = watch(
                *folders,
                watch_filter=_Only(files),
                debounce=SETTLE_MS,
                stop_event=self._stopping,
                recursive=False,
                ignore_permission_denied=True,
                raise_interrupt=False,
                rust_timeout=RECHECK_MS,
                yield_on_timeout=True,
            )
            for change in changes:
                # Nobody watches while recipes are published, which takes seconds on a busy machine.
                if change or _stamps(files) != stamps:
                    log.info("recipe files changed", files=sorted(path for _, path in change))
                    break

    def _files(self, catalog: Catalog | None) -> set[str]:
        """Return the files whose changes count."""
        return set(catalog.files) if catalog else {str(Path(name).resolve()) for name in self._modules}

    def publish(self) -> Catalog | None:
        """Store the catalog, waiting while the database is unavailable.

        Return the catalog, or None if there is none.
        """
        try:
            catalog = survey(self._modules)

            def act() -> None:
                with self._database.session() as session:
                    recipes.publish(session, catalog.recipes, datetime.now(UTC))

            # ProgrammingError: the tables aren't there yet; whoever serves the API makes them.
            retry(act, self._stopping, (ProgrammingError,))
        except NoCatalog as error:
            log.error("no recipe was published", reason=str(error))
            write_at_once(self._offers, Offers(recipes={}, problems=[str(error)]).model_dump_json())
            write_at_once(self._note, str(error))
            return None
        except Stopped:
            log.warning("no recipe was published: the database stayed away")
            return None
        problems = [f"{problem.module}: {problem.reason}" for problem in catalog.problems]
        own = set(catalog.own)
        offers = {
            info.name: Offer(source_digest=info.source_digest, kind=info.kind, own=info.name in own)
            for info in catalog.recipes
        }
        write_at_once(self._offers, Offers(recipes=offers, problems=problems).model_dump_json())
        for problem in problems:
            log.error("a recipe module could not be used", module=problem)
        log.info("recipes published", names=list(offers))
        write_at_once(self._note, "\n".join(problems))
        self._changed()
        return catalog


def _stamps(files: Collection[str]) -> dict[str, tuple[int, int, int] | None]:
    """Return what changes with a file's content; None for missing files."""
    stamps: dict[str, tuple[int, int, int] | None] = {}
    for file in files:
        try:
            status = Path(file).stat()
            stamps[file] = status.st_mtime_ns, status.st_size, status.st_ino
        except OSError:
            stamps[file] = None
    return stamps


class _Only:
    """Lets changes of certain files pass."""

    def __init__(self, files: Collection[str]) -> None:
        self._files = files

    def __call__(self, change: Change, path: str) -> bool:
        return path in self._files


def write_at_once(path: Path, text: str) -> None:
    """Write a file atomically."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        log.warning("a note could not be written", file=str(path), reason=str(error))
