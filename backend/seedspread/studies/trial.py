"""Try a recipe on this machine and check its seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedspread.core.record import Record
from seedspread.core.repeat import repeat_verdict
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


def checks_of(runs: Mapping[str, Mapping[str, Any]]) -> list[Check]:
    """Return what the runs show about the recipe's seeds.

    Args:
        runs: the documents of the runs `first`, `other` (another seed), `again` (the first seed, after the other) and,
            for a recipe of several sources, `alone:SOURCE` (another value of that source alone).
    """
    if not {"first", "other", "again"} <= runs.keys():
        return []
    records = {name: Record.from_json(run["record"]) for name, run in runs.items()}
    first, again = records["first"], records["again"]
    verdict = repeat_verdict(first, again)
    compared = sentences.METRICS_AND_WEIGHTS if verdict.weights_compared else sentences.METRICS
    if verdict.identical:
        same = Check(sentences.SAME_SEED_AGAIN, True, sentences.same_seed_repeats(compared))
    else:
        same = Check(sentences.SAME_SEED_AGAIN, False, sentences.same_seed_differs(verdict.sentence))
    alone = {name.removeprefix(_ALONE): record for name, record in records.items() if name.startswith(_ALONE)}
    if not alone and len(sources := runs["first"].get("sources", ())) == 1:
        alone = {sources[0]: records["other"]}
    checks = [
        same,
        _other_seed(first, records["other"], compared, repeats=verdict.identical),
        *(_source(source, first, record, compared, repeats=verdict.identical) for source, record in alone.items()),
    ]
    if not verdict.weights_compared:
        checks.append(Check("weights", None, sentences.WEIGHTS_MISSING))
    return checks


def _other_seed(first: Record, other: Record, compared: str, *, repeats: bool) -> Check:
    if _result_differs(first, other):
        if not repeats:
            return Check("another seed", None, sentences.OTHER_SEED_UNCLEAR)
        return Check("another seed", True, sentences.OTHER_SEED_DIFFERS)
    return Check("another seed", False, sentences.other_seed_same(compared))


def _source(source: str, first: Record, other: Record, compared: str, *, repeats: bool) -> Check:
    """Check the effect of another value of one source alone."""
    name = f"source {source}"
    facts = first.environment.get("seeding") or {}
    requested = source in facts.get("requested", ()) or bool(facts.get("manifest_read"))
    differs = _result_differs(first, other)
    if differs and not repeats:
        return Check(name, None, sentences.source_unclear(source))
    if differs:
        return Check(name, True, sentences.source_differs(source, requested=requested))
    switchable = source in sentences.SWITCHABLE
    sentence = sentences.source_same(source, compared, requested=requested, switchable=switchable)
    return Check(name, None if requested and switchable else False, sentence)


def _result_differs(first: Record, other: Record) -> bool:
    """Check whether any metric value or weights differ."""
    weights = {FingerprintKind.INITIAL, FingerprintKind.WEIGHTS, FingerprintKind.FINAL}
    prints = [
        {(item.kind, item.step): item.digest for item in record.fingerprints if item.kind in weights}
        for record in (first, other)
    ]
    return bool(repeat_verdict(first, other).values_differing) or prints[0] != prints[1]


def _refusal(document: Mapping[str, Any]) -> SeedspreadError:
    faults = [InvalidInput(field, value, expected) for field, value, expected in document["faults"]]
    return InvalidInput.all_of(faults) if faults else SeedspreadError(document["refused"])
