"""Data files on this machine.

A file is at its original path, or in a cache by content, fetched from the database.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import structlog

from seedspread.core.manifest import DataDigest, Manifest
from seedspread.core.recipe import Needs
from seedspread.datafiles import digest
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.storage import datasets
from seedspread.storage.database import Database
from seedspread_worker import sentences

log = structlog.get_logger(__name__)


class DataCache:
    """Finds data files by their SHA-256."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def missing(self, needs: Needs) -> dict[str, str]:
        """Return a reason for each unavailable data file, by SHA-256."""
        return {
            sha256: sentences.data_file_missing(Path(path).name, sha256)
            for sha256, path in needs.data.items()
            if not self.has(sha256, path)
        }

    def has(self, sha256: str, path: str) -> bool:
        """Check whether a data file is here or can be fetched."""
        if self._local(sha256, path) is not None:
            return True
        with self._database.reading() as session:
            return datasets.has_file(session, sha256)

    def located(self, manifest: Manifest) -> Manifest:
        """Return the manifest with each data file's path on this machine.

        Files that are not here yet are fetched.

        Raises:
            Unavailable: the database is unavailable.
        """
        data = {name: self._located(file) for name, file in manifest.data.items()}
        return manifest.model_copy(update={"data": data})

    def _located(self, file: DataDigest) -> DataDigest:
        path = self._local(file.sha256, file.path) or self._fetch(file.sha256)
        return file if path is None else file.model_copy(update={"path": str(path)})

    def _local(self, sha256: str, path: str) -> Path | None:
        if _matches(Path(path), sha256):
            return Path(path)
        folder = self._folder / sha256
        return next((file for file in sorted(folder.glob("*")) if _matches(file, sha256)), None)

    def _fetch(self, sha256: str) -> Path | None:
        with self._database.reading() as session:
            name = datasets.file_name(session, sha256)
            if name is None:
                return None
            path = self._folder / sha256 / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = self._folder / f".partial-{sha256}-{os.getpid()}"
            hasher = hashlib.sha256()
            with partial.open("wb") as file:
                for part in datasets.file_parts(session, sha256):
                    hasher.update(part)
                    file.write(part)
        if hasher.hexdigest() != sha256:
            partial.unlink()
            raise SeedspreadError(f"the stored data file {name} is damaged: its SHA-256 is not {sha256}")
        partial.replace(path)
        log.info("data file fetched", name=name, sha256=sha256)
        return path


def _matches(path: Path, sha256: str) -> bool:
    try:
        return digest(path).sha256 == sha256
    except InvalidInput:
        return False
