"""Train manifests without a server, for `seedspread replay FILE`.

`python -m seedspread_worker.trainer.repeat` reads one JSON document on stdin, {"manifest", "times", "allow_changed"},
and prints one JSON document a line: {"code"} (the recipe as it is here, or null if there is none), then for each time
{"record"} or {"failed"}. Each time is trained in a fresh trainer process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from seedspread.core.manifest import Manifest
from seedspread.core.record import Record, points
from seedspread.core.report import Batch, Ending, Fingerprint
from seedspread.core.states import RunState
from seedspread_worker.catalog import catalog
from seedspread_worker.trainer.handle import Trainer


class Gathered:
    """Reports of a run, kept in memory."""

    def __init__(self) -> None:
        self._series: dict[str, tuple[list[float], list[float]]] = {}
        self._fingerprints: list[Fingerprint] = []
        self._environment: dict[str, Any] = {}
        self._examples = hashlib.sha256()

    def add(self, batch: Batch) -> bool:
        """Add a batch; return True, so that the training goes on."""
        for name, (steps, values) in batch.series.items():
            points = self._series.setdefault(name, ([], []))
            points[0].extend(steps)
            points[1].extend(values)
        self._fingerprints += batch.fingerprints
        self._environment |= batch.environment or {}
        if batch.examples is not None:
            self._examples.update(batch.examples.correct + (batch.examples.scores or b""))
        return True

    @property
    def examples_digest(self) -> str:
        """SHA-256 digest of the per-example results reported so far."""
        return self._examples.hexdigest()

    def record(self) -> Record:
        """Return the record of everything reported so far."""
        series = {name: points(np.array(steps), np.array(values)) for name, (steps, values) in self._series.items()}
        return Record(tuple(self._fingerprints), series, self._environment)


def train(manifest: Manifest, recipes: Sequence[str] = (), *, allow_changed: bool = False) -> tuple[Ending, Record]:
    """Train a manifest in a fresh trainer process.

    Return how it ended, and its record.
    """
    gathered = Gathered()
    trainer = Trainer(recipes, preload=False)
    try:
        ending = trainer.train(manifest, run=1, on_batch=gathered.add, allow_changed=allow_changed)
    finally:
        trainer.close()
    return ending, gathered.record()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the requested manifest; return 0 however the trainings end."""
    parser = argparse.ArgumentParser(prog="seedspread_worker.trainer.repeat", description=__doc__)
    parser.add_argument("--recipes", default="", help="comma-separated modules (or .py files) with further recipes")
    modules = [name.strip() for name in parser.parse_args(arguments).recipes.split(",") if name.strip()]
    request = json.load(sys.stdin)
    manifest = Manifest.model_validate(request["manifest"])
    info = next((info for info in catalog.read(modules) if info.name == manifest.recipe), None)
    _say({"code": None if info is None else info.model_dump(mode="json")})
    allowed = bool(request["allow_changed"])
    if info is None or (info.source_digest != manifest.source_digest and not allowed):
        return 0
    for _ in range(request["times"]):
        ending, record = train(manifest, modules, allow_changed=allowed)
        if ending.state is RunState.FINISHED:
            _say({"record": record.as_json()})
        else:
            _say({"failed": ending.reason or ending.state.value, "log": ending.log_tail})
    return 0


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    sys.exit(main())
