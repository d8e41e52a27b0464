"""Try a recipe on this machine and check its seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seedspread.core.record import Record
from seedspread.core.repeat import repeat_verdict
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source
from seedspread.errors import InvalidInput, SeedspreadError, Unavailable

_ALONE = "alone:"
_SWITCHED = (Source.RESAMPLE, Source.AUGMENT, Source.DROPOUT)
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
    with subprocess.Popen(  # noqa: S603 - this package's own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        for document in map(json.loads, process.stdout):
            if "refused" in document:
                raise _refusal(document)
            yield document
        errors = process.stderr.read().strip().splitlines()
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
    compared = "metrics and weights" if verdict.weights_compared else "metrics"
    if verdict.identical:
        same = Check(
            "same seed again", True, f"Same seed, same {compared}, also after another run in the same process."
        )
    else:
        same = Check("same seed again", False, f"Same seed, other result: {verdict.sentence}")
    alone = {name.removeprefix(_ALONE): record for name, record in records.items() if name.startswith(_ALONE)}
    if not alone and len(sources := runs["first"].get("sources", ())) == 1:
        alone = {sources[0]: records["other"]}
    checks = [
        same,
        _other_seed(first, records["other"], compared, repeats=verdict.identical),
        *(_source(source, first, record, compared, repeats=verdict.identical) for source, record in alone.items()),
    ]
    if not verdict.weights_compared:
        checks.append(Check("weights", None, "Weights were not compared: report them with run.weights(step, arrays)."))
    return checks


def _other_seed(first: Record, other: Record, compared: str, *, repeats: bool) -> Check:
    if _result_differs(first, other):
        if not repeats:
            return Check("another seed", None, "Another seed gives another result, but so does the same seed.")
        return Check("another seed", True, "Another seed gives another result.")
    effect = "has no effect" if "weights" in compared else "has no effect that the metrics show"
    return Check("another seed", False, f"Another seed gives the same {compared}: the seed {effect}.")


def _source(source: str, first: Record, other: Record, compared: str, *, repeats: bool) -> Check:
    """Check the effect of another value of one source alone."""
    name = f"source {source}"
    facts = first.environment.get("seeding") or {}
    requested = source in facts.get("requested", ()) or bool(facts.get("manifest_read"))
    differs = _result_differs(first, other)
    if differs and not repeats:
        return Check(name, None, f"Another value of {source} gives another result, but so does the same one.")
    if differs and not requested:
        return Check(
            name,
            True,
            f"Another value of {source} alone gives another result, though the recipe never asked for its seed: it "
            "acts through the process-wide generators, which all sources seed together.",
        )
    if differs:
        return Check(name, True, f"Another value of {source} alone gives another result.")
    same = f"Another value of {source} alone gives the same {compared}"
    if not requested:
        return Check(
            name,
            False,
            f"{same}, and the recipe never asked for its seed: give what {source} decides run.seed({source!r}) or "
            f"run.rng({source!r}) in place of a constant, or take the source out of the recipe.",
        )
    if source in _SWITCHED:
        return Check(
            name,
            None,
            f"{same}: fine where a parameter switches {source} off (a rate of 0, say). Try it with --set where it is "
            "on.",
        )
    chance = "" if "weights" in compared else ", or report the weights (run.weights), as coarse metrics can agree"
    return Check(name, False, f"{same}: check that the recipe uses the seed it asked for{chance}.")


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
