"""Manifest of a run: everything needed to train it again."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from seedspread.core.plan import SourceValue
from seedspread.core.seeds import derive
from seedspread.core.sources import Source
from seedspread.core.study import Settings
from seedspread.errors import InvalidInput


class DataDigest(BaseModel):
    """Data file of a run: its path and its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str
    size_bytes: int


class Manifest(BaseModel):
    """Inputs that determine a run.

    Two runs with equal manifests in equal environments should be identical, bit for bit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["seedspread-manifest/1"] = "seedspread-manifest/1"
    recipe: str
    recipe_version: str
    source_digest: str = Field(description="SHA-256 over the recipe's source files")
    parameters: dict[str, JsonValue] = Field(description="complete: defaults filled in")
    seed: int
    sources: dict[Source, SourceValue]
    settings: Settings
    data: dict[str, DataDigest] = Field(default_factory=dict, description="data files by parameter")

    def digest(self) -> str:
        """Return the SHA-256 of the manifest's canonical JSON, in hex."""
        return hashlib.sha256(canonical(self.model_dump(mode="json"))).hexdigest()

    def value(self, source: Source) -> int:
        """Return the value of `source` in this run.

        Raises:
            InvalidInput: the recipe does not declare that source.
        """
        assigned = self.sources.get(source)
        if assigned is None:
            have = ", ".join(self.sources) or "none"
            raise InvalidInput("source", str(source), f"one of the recipe's sources: {have}")
        return assigned.value

    def global_seed(self) -> int:
        """Return the seed of the process-wide generators, in [0, 2**31).

        It depends on the value of every source, so it stays the same if all of them are fixed.
        """
        if not self.sources:
            return derive(self.seed, "process")
        values = ",".join(f"{source}={self.sources[source].value}" for source in sorted(self.sources))
        return derive(0, f"process:{values}")

    def source_value(self, source: str) -> int:
        """Return the value of `source`, declared by the recipe or not.

        The value of an undeclared source is derived from the values of the declared ones.
        """
        assigned = self.sources.get(Source(source))
        return derive(self.global_seed(), source) if assigned is None else assigned.value


class ManifestFile(BaseModel):
    """Manifest as a file, sealed with its digest, with the run's record.

    `record` holds environment, fingerprints, series (values in hex) and the recipe's source code, as
    `seedspread.studies.replay` reads them.
    """

    model_config = ConfigDict(extra="forbid")

    manifest: Manifest
    sha256: str
    record: dict[str, Any] = Field(default_factory=dict)
    record_sha256: str = ""

    @classmethod
    def seal(cls, manifest: Manifest, record: dict[str, Any]) -> ManifestFile:
        """Seal `manifest` and `record` into a file with both digests."""
        return cls(manifest=manifest, sha256=manifest.digest(), record=record, record_sha256=_digest(record))

    @model_validator(mode="after")
    def _unedited(self) -> ManifestFile:
        if self.sha256 != self.manifest.digest():
            raise ValueError("a manifest as it was exported: this one was edited (its SHA-256 differs)")
        if self.record and self.record_sha256 != _digest(self.record):
            raise ValueError("a record as it was exported: this one was edited (its SHA-256 differs)")
        return self


def canonical(value: object) -> bytes:
    """Encode JSON with sorted keys and no spaces.

    Equal values give equal bytes.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
