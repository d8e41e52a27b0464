"""Manifests made by hand, and what a trainer reported about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedspread.core.manifest import Manifest
from seedspread.core.plan import SourceValue
from seedspread.core.report import Batch, Ending, Examples, FingerprintKind
from seedspread.core.seeds import derive
from seedspread.core.sources import Policy, Source
from seedspread.core.study import Settings
from seedspread.datafiles import digest
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.sourcecode import source_of
from seedspread_worker.trainer.handle import Trainer

SAMPLES = str(Path(__file__).with_name("sample_recipes.py"))
FAILING = str(Path(__file__).with_name("failing_recipes.py"))


def manifest_of(
    recipe: str,
    seed: int = 0,
    *,
    settings: Settings | None = None,
    fixed: Mapping[str, int] | None = None,
    modules: tuple[str, ...] = (SAMPLES, FAILING),
    **parameters: Any,
) -> Manifest:
    """The manifest that a study would give a run of `recipe`; `fixed` sets values of single sources."""
    found = registry.load(modules)[recipe]
    chosen = found.check(parameters)
    files = {
        name: digest(value)
        for name, value in chosen.model_dump().items()
        if name == "data" and Path(str(value)).is_file()
    }
    values = {source: derive(seed, source) for source in found.sources}
    values |= {Source(source): value for source, value in (fixed or {}).items()}
    return Manifest(
        recipe=recipe,
        recipe_version=found.version,
        source_digest=source_of(found).digest,
        parameters=chosen.model_dump(mode="json"),
        seed=seed,
        sources={source: SourceValue(policy=Policy.VARY, value=value, seed=seed) for source, value in values.items()},
        settings=settings or Settings(),
        data=files,
    )


@dataclass
class Report:
    """Everything one training reported."""

    ending: Ending
    series: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    fingerprints: dict[tuple[FingerprintKind, int], str] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    examples: Examples | None = None
    usage: Mapping[str, Any] | None = None
    batches: int = 0
    epochs: int | None = None

    @property
    def final(self) -> str:
        """The digest of the final weights."""
        return self.fingerprints[FingerprintKind.FINAL, 0]

    def digest(self, kind: str, step: int = 0) -> str:
        """One fingerprint."""
        return self.fingerprints[FingerprintKind(kind), step]

    @property
    def bits(self) -> tuple[dict[tuple[FingerprintKind, int], str], dict[str, list[str]]]:
        """Every fingerprint, and every value in hex: equal only for identical runs."""
        values = {name: [value.hex() for value in values] for name, (_, values) in self.series.items()}
        return self.fingerprints, values


def train(
    trainer: Trainer,
    manifest: Manifest,
    *,
    run: int = 1,
    wanted: Callable[[Batch], bool] = lambda _: True,
    beat: Callable[[], bool] = lambda: True,
    ahead: float = 0.0,
) -> Report:
    """Trains and gathers what is reported; `wanted` is asked after every batch."""
    report = Report(Ending(state=None))  # type: ignore[arg-type]  # replaced below

    def take(batch: Batch) -> bool:
        report.batches += 1
        report.epochs = batch.epochs
        for name, (steps, values) in batch.series.items():
            kept = report.series.setdefault(name, ([], []))
            kept[0].extend(steps)
            kept[1].extend(values)
        report.fingerprints |= {(item.kind, item.step): item.digest for item in batch.fingerprints}
        report.environment = dict(batch.environment or report.environment)
        report.examples = batch.examples or report.examples
        report.usage = batch.usage or report.usage
        return wanted(batch)

    report.ending = trainer.train(manifest, run=run, attempt=1, on_batch=take, beat=beat, ahead=ahead)
    return report
