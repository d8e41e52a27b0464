"""Runs of planted recipes in two trainers, and the audit of them: one process for all runs, another for all replays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedspread.core.audit import AuditArm, AuditRun, AuditStudy, Finding, findings
from seedspread.core.manifest import canonical
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source
from seedspread_worker.catalog import registry
from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.running import Report, manifest_of, train

RECIPES = str(Path(__file__).with_name("planted_recipes.py"))
CLEAN = str(Path(__file__).with_name("clean_recipes.py"))


class Studies:
    """Trains small studies and audits them as the service would, without a database.

    Replays share a process of their own, in which each of them is the first run of its kind.
    """

    def __init__(self, *recipes: str) -> None:
        self._recipes = recipes or (RECIPES, CLEAN)
        self._trainer = Trainer(self._recipes, preload=False, **SHARED)
        self._replayer = Trainer(self._recipes, preload=False)
        self._environments: dict[str, Mapping[str, Any]] = {}
        self._weights: dict[int, Mapping[tuple[FingerprintKind, int], str]] = {}
        self._manifests: dict[int, tuple[str, int, dict[str, Any]]] = {}
        self._numbers = 0

    def close(self) -> None:
        """End both processes."""
        self._trainer.close()
        self._replayer.close()

    def study(
        self, kinds: Sequence[str], *, recipe: str = "planted", seeds: int = 2, alone: Source | None = None
    ) -> AuditStudy:
        """Train an arm of each kind. Every source varies with the seed, or one `alone` while the others are fixed."""
        arms = tuple(AuditArm(kind, hashlib.sha256(canonical([kind])).hexdigest()) for kind in kinds)
        runs = []
        for arm, kind in enumerate(kinds):
            for seed in range(seeds):
                fixed = {} if alone is None else {source.value: 7 for source in Source if source is not alone}
                runs.append(self._run(self._trainer, recipe, kind, seed, arm, fixed))
        return AuditStudy(arms, tuple(runs), environments=self._environments)

    def joined(self, *parts: AuditStudy) -> AuditStudy:
        """Put the runs of studies with the same arms together."""
        return replace(parts[0], runs=tuple(run for part in parts for run in part.runs))

    def replayed(self, given: AuditStudy) -> AuditStudy:
        """Replay the run that the audit names."""
        (number,) = [item.replay for item in findings(given) if item.replay is not None]
        original = next(run for run in given.runs if run.id == number)
        recipe, seed, fixed = self._manifests[number]
        kind = given.arms[original.arm].name
        again = self._run(self._replayer, recipe, kind, seed, original.arm, fixed)
        diverged = {again.id} if self._weights[again.id] != self._weights[number] else set[int]()
        replays = (*given.replays, replace(again, replay_of=number))
        return replace(given, replays=replays, diverged_replays=given.diverged_replays | diverged)

    def _run(self, trainer: Trainer, recipe: str, kind: str, seed: int, arm: int, fixed: dict[str, Any]) -> AuditRun:
        declared = registry.load(self._recipes)[recipe].sources
        held = {source: value for source, value in fixed.items() if source in declared}
        manifest = manifest_of(recipe, seed, modules=self._recipes, fixed=held, kind=kind)
        self._numbers += 1
        report = train(trainer, manifest, run=self._numbers)
        assert report.ending.reason is None, (kind, report.ending)
        self._manifests[self._numbers] = recipe, seed, fixed
        self._weights[self._numbers] = report.fingerprints
        return _audited(self._numbers, arm, report, manifest, self._environments, set(fixed))


def _audited(
    number: int, arm: int, report: Report, manifest: Any, environments: dict[str, Mapping[str, Any]], fixed: set[str]
) -> AuditRun:
    digest = hashlib.sha256(canonical(report.environment)).hexdigest()
    environments[digest] = report.environment
    values = {source: manifest.sources[source].value for source in Source if source in manifest.sources}
    return AuditRun(
        id=number,
        arm=arm,
        seed=manifest.seed,
        state=report.ending.state,
        values=values,
        varying=frozenset(source for source in values if source.value not in fixed),
        fingerprints={kind: print_ for (kind, _), print_ in report.fingerprints.items() if kind != "weights"},
        source_digest=manifest.source_digest,
        environment=digest,
    )


def codes(given: AuditStudy) -> dict[Any, Finding]:
    """Findings by code."""
    return {item.code: item for item in findings(given)}
