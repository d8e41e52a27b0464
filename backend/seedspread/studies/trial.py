"""Try a recipe on this machine and check its seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedspread import words
from seedspread.core.audit import SeedingFacts
from seedspread.core.audit.sentences import unseeded
from seedspread.core.fingerprints import by_place
from seedspread.core.record import Record
from seedspread.core.repeat import coarse, repeat_verdict, result_differs
from seedspread.core.report import FingerprintKind
from seedspread.errors import InvalidInput, SeedspreadError, Unavailable
from seedspread.studies import sentences

_ALONE = "alone:"
"""Sources that parameters often switch off: without effect they are no fault where the recipe asks for them."""


@dataclass(frozen=True)
class Check:
    """One check of a recipe's seeds.

    `ok` is None if there was nothing to compare.
    """

    name: str
    ok: bool | None
    sentence: str


def trial(
    file: str,
    *,
    recipe: str | None = None,
    seed: int = 0,
    parameters: Mapping[str, str] | None = None,
    check: bool = True,
) -> Iterator[dict[str, Any]]:
    """Train a recipe here and yield its events.

    The events are those of `seedspread_worker.trainer.trial`.

    Args:
        file: a .py file or a module.
        recipe: the name of one of its recipes; None if it has only one.
        seed: seed of the first run.
        parameters: values by name, as written on a command line.
        check: also train another seed, the same seed again, and another value of each source alone.

    Raises:
        InvalidInput: a file, recipe, seed or parameter that cannot be used.
        Unavailable: the worker's packages are not installed on this machine.
    """
    command = [sys.executable, "-P", "-m", "seedspread_worker.trainer.trial"]
    request = {"file": file, "recipe": recipe, "seed": seed, "set": dict(parameters or {}), "check": check}
    for document in trained_here(command, request):
        if "refused" in document:
            raise _refusal(document)
        yield document


def trained_here(command: Sequence[str], request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Run one of the worker's modules here, and yield its documents.

    It reads one JSON request and writes a document per line.

    Raises:
        Unavailable: there is nothing to train with on this machine.
    """
    with subprocess.Popen(  # noqa: S603 - this package's own modules
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
        assert stdin is not None  # noqa: S101 - pipes were asked for
        assert stdout is not None  # noqa: S101
        assert stderr is not None  # noqa: S101
        stdin.write(json.dumps(request))
        stdin.close()
        yield from map(json.loads, stdout)
        errors = stderr.read().strip().splitlines()
    if process.returncode:
        raise Unavailable(
            f"nothing could be trained here: {errors[-1] if errors else f'exit status {process.returncode}'}",
            hint="training needs seedspread's extras worker and cpu (or cuda)",
        )


@dataclass(frozen=True)
class _Trained:
    """Record, per-example results and seed of one run."""

    record: Record
    examples: str
    seed: int

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> _Trained:
        """Read the document of a run."""
        return cls(Record.from_json(run["record"]), run.get("examples", ""), run["seed"])

    def differs_from(self, other: _Trained) -> bool:
        """Check whether metrics, weights or per-example results differ."""
        return result_differs(self.record, other.record) or self.examples != other.examples

    @property
    def facts(self) -> SeedingFacts:
        """Return what the trainer saw of the recipe's use of randomness."""
        return SeedingFacts.model_validate(self.record.environment.get("seeding") or {})


def checks_of(runs: Mapping[str, Mapping[str, Any]]) -> list[Check]:
    """Return what the runs show about the recipe's seeds.

    Args:
        runs: the documents of the runs `first`, `other` (another seed), `again` (the first seed, after the other) and,
            for a recipe of several sources, `alone:SOURCE` (another value of that source alone). `other:2`,
            `alone:SOURCE:2` and so on are runs with further values.
    """
    if not {"first", "other", "again"} <= runs.keys():
        return []
    trained = {name: _Trained.of(run) for name, run in runs.items()}
    first = trained["first"]
    verdict = repeat_verdict(first.record, trained["again"].record)
    compared = sentences.METRICS_AND_WEIGHTS if verdict.weights_compared else sentences.METRICS
    if verdict.identical:
        same = Check(sentences.SAME_SEED_AGAIN, True, sentences.same_seed_repeats(compared))
    else:
        same = Check(sentences.SAME_SEED_AGAIN, False, sentences.same_seed_differs(verdict.sentence))
    others = _values_tried(trained, "other")
    sources = {name.split(":")[1] for name in trained if name.startswith(_ALONE)}
    ordered = [source for source in runs["first"].get("sources", ()) if source in sources]
    alone = {source: _values_tried(trained, f"{_ALONE}{source}") for source in ordered}
    if not alone and len(declared := runs["first"].get("sources", ())) == 1:
        alone = {declared[0]: others}
    checks = [
        same,
        _other_seed(first, others, compared, repeats=verdict.identical),
        *(_source(source, first, values, compared, repeats=verdict.identical) for source, values in alone.items()),
        *_observed(first.facts, others[0].facts),
    ]
    if constants := first.facts.constants:
        checks.append(Check(sentences.SEEDS_IN_CODE, None, sentences.seeds_in_code(constants)))
    if not verdict.weights_compared:
        checks.append(Check("weights", None, sentences.WEIGHTS_MISSING))
    return checks


def _values_tried(trained: Mapping[str, _Trained], name: str) -> list[_Trained]:
    """Return the run `name` and those with further values, in their order."""
    further = sorted(key for key in trained if key.startswith(f"{name}:") and key.removeprefix(f"{name}:").isdigit())
    return [trained[key] for key in (name, *further)]


def _other_seed(first: _Trained, others: Sequence[_Trained], compared: str, *, repeats: bool) -> Check:
    name = "another seed"
    differing = [other for other in others if other.differs_from(first)]
    if differing and not repeats:
        return Check(name, None, sentences.OTHER_SEED_UNCLEAR)
    seeds = [run.seed for run in (first, *others)]
    if differing:
        equal = [seed for seed in seeds if seed != differing[0].seed]
        return Check(name, True, sentences.other_seed_differs(differing[0].seed, equal))
    if compared == sentences.METRICS and _by_chance(first, None):
        return Check(name, None, sentences.other_seed_unclear(seeds, _values_of(first), _also_differs(first, others)))
    return Check(name, False, sentences.other_seed_same(compared))


def _source(source: str, first: _Trained, others: Sequence[_Trained], compared: str, *, repeats: bool) -> Check:
    """Check the effect of other values of one source alone."""
    name = f"source {source}"
    facts = first.facts
    requested = source in facts.requested or facts.manifest_read
    differs = any(other.differs_from(first) for other in others)
    if differs and not repeats:
        return Check(name, None, sentences.source_unclear(source))
    if differs:
        return Check(name, True, sentences.source_differs(source, requested=requested))
    switchable = source in sentences.SWITCHABLE
    if compared == sentences.METRICS and not switchable and _by_chance(first, source):
        also = _also_differs(first, others)
        return Check(name, None, sentences.source_by_chance(source, len(others) + 1, _values_of(first), also))
    sentence = sentences.source_same(source, compared, requested=requested, switchable=switchable)
    return Check(name, None if requested and switchable else False, sentence)


def _by_chance(first: _Trained, source: str | None) -> bool:
    """Check whether equal metrics may be chance.

    They may if they are coarse and the seed was asked for.
    """
    facts = first.facts
    requested = bool(facts.requested) if source is None else source in facts.requested
    return coarse(first.record.series) and (requested or bool(facts.drawn) or facts.manifest_read)


def _values_of(run: _Trained) -> dict[str, float]:
    """Return each metric's last value."""
    return {name: float(values[-1]) for name, (_, values) in run.record.series.items() if len(values)}


def _also_differs(first: _Trained, others: Sequence[_Trained]) -> list[FingerprintKind]:
    """Return the fingerprints before the training that a seed changed."""
    prints = by_place(first.record.fingerprints)
    seeds = [by_place(run.record.fingerprints) for run in others]
    before = (FingerprintKind.DATA, FingerprintKind.SPLIT, FingerprintKind.ORDER)
    return [
        kind
        for kind in before
        if (kind, 0) in prints and any(places.get((kind, 0)) != prints[kind, 0] for places in seeds)
    ]


def _observed(first: SeedingFacts, other: SeedingFacts) -> list[Check]:
    """Return failed checks of missing seeds, and constants that two seeds share."""
    name = "random numbers"
    checks = [
        Check(name, False, sentences.reseeded(call, line))
        for line, call in first.reseeded.items()
        if other.reseeded.get(line) == call
    ]
    if first.unseeded:
        checks.append(Check(name, False, " ".join(unseeded(words.listing(first.unseeded)))))
    return checks


def _refusal(document: Mapping[str, Any]) -> SeedspreadError:
    faults = [InvalidInput(field, value, expected) for field, value, expected in document["faults"]]
    return InvalidInput.all_of(faults) if faults else SeedspreadError(document["refused"])
