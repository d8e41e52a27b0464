"""Abilities of this worker: recipes it offers, and what it lacks."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from seedspread.core.recipe import Ability, Needs, RecipeKind
from seedspread.errors import Unavailable

RECHECK_S = 30.0
"""What cannot be looked up cheaply is tried again after this time."""


class Offer(BaseModel):
    """Recipe as the pool processes of a worker know it."""

    source_digest: str
    kind: RecipeKind
    own: bool = True  # not one of the recipes that come along


class Offers(BaseModel):
    """Catalog in short, as one pool process writes it for the others."""

    recipes: dict[str, Offer]
    problems: list[str] = []


def offers_file(data_dir: Path, parent: int | None = None) -> Path:
    """Return the file that the pool processes of one worker share.

    `parent` is the id of their main process.
    """
    return data_dir / "run" / f"offers-{socket.gethostname()}-{parent or os.getppid()}.json"


@dataclass(frozen=True)
class _Lack:
    reason: str
    over: Callable[[], bool]


class Abilities:
    """Offers, read from the shared file whenever it changes, and lacks.

    Threads may share it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._offers: Offers | None = None
        self._lacks: dict[str, _Lack] = {}

    @property
    def ready(self) -> bool:
        """True once the recipes have been read."""
        self.refresh()
        return self._offers is not None

    @property
    def problems(self) -> list[str]:
        """Recipe modules that could not be loaded, with the reason."""
        return [] if self._offers is None else self._offers.problems

    def offer(self, recipe: str) -> Offer | None:
        """Return what is offered under a recipe's name."""
        return None if self._offers is None else self._offers.recipes.get(recipe)

    def refresh(self) -> None:
        """Read the offers where they changed, and drop lacks that are over."""
        with self._lock:
            self._read()
            for key, lack in list(self._lacks.items()):
                with suppress(Unavailable):
                    if lack.over():
                        del self._lacks[key]

    def mark(self, key: str, reason: str, over: Callable[[], bool] | None = None) -> None:
        """Record what is missing.

        `over` returns whether it is available again (by default after `RECHECK_S`).
        """
        until = time.monotonic() + RECHECK_S
        with self._lock:
            self._lacks[key] = _Lack(reason, over or (lambda: time.monotonic() > until))

    def ability(self) -> Ability:
        """Return what this worker can train now."""
        with self._lock:
            recipes: Mapping[str, Offer] | None = None if self._offers is None else self._offers.recipes
            offers = None if recipes is None else {name: offer.source_digest for name, offer in recipes.items()}
            return Ability(offers, {key: lack.reason for key, lack in self._lacks.items()})

    def lacking(self, needs: Needs) -> str | None:
        """Return what a run needs that is missing, or None."""
        return self.ability().lacking(needs)

    def _read(self) -> None:
        try:
            stat = self._file.stat()
            if (stat.st_mtime_ns, stat.st_ino) == self._stamp:
                return
            self._offers = Offers.model_validate_json(self._file.read_bytes())
            self._stamp = stat.st_mtime_ns, stat.st_ino
        except (OSError, ValidationError):
            return  # not written yet; it is written at once or not at all
