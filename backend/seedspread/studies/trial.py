"""Try a recipe on this machine and check its seeds.

Without a service.
"""

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
from seedspread.errors import InvalidInput, SeedspreadError, Unavailable


@dataclass(frozen=True)
class Check:
    """One check of a recipe's seeds.

    `ok` is None where nothing could be compared.
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
    """Train a recipe here and yield what happens, as `seedspread_worker.trainer.trial` says it.

    Args:
        file: a .py file or a module.
        recipe: which recipe of it; None: the only one.
        seed: of the first run.
        parameters: values by name, as written on a command line.
        check: also train another seed, and the same seed again.

    Raises:
        InvalidInput: a file, recipe, seed or parameter that cannot be used.
        Unavailable: there is nothing to train with on this machine.
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
    """Return what three runs say about the recipe's seeds.

    Args:
        runs: the documents of the runs `first`, `other` (another seed) and `again` (the first seed, after the other).
    """
    if not {"first", "other", "again"} <= runs.keys():
        return []
    first, other, again = (Record.from_json(runs[name]["record"]) for name in ("first", "other", "again"))
    verdict = repeat_verdict(first, again)
    compared = "metrics and weights" if verdict.weights_compared else "metrics"
    if verdict.identical:
        same = Check(
            "same seed again", True, f"Same seed, same {compared}, also after another run in the same process."
        )
    else:
        same = Check("same seed again", False, f"Same seed, other result: {verdict.sentence}")
    checks = [same, _other_seed(first, other, compared)]
    if not verdict.weights_compared:
        checks.append(Check("weights", None, "Weights were not compared: report them with run.weights(step, arrays)."))
    return checks


def _other_seed(first: Record, other: Record, compared: str) -> Check:
    verdict = repeat_verdict(first, other)
    weights = {FingerprintKind.INITIAL, FingerprintKind.WEIGHTS, FingerprintKind.FINAL}
    prints = [
        {(item.kind, item.step): item.digest for item in record.fingerprints if item.kind in weights}
        for record in (first, other)
    ]
    if verdict.values_differing or prints[0] != prints[1]:
        return Check("another seed", True, "Another seed gives another result.")
    effect = "has no effect" if verdict.weights_compared else "has no effect that the metrics show"
    return Check("another seed", False, f"Another seed gives the same {compared}: the seed {effect}.")


def _refusal(document: Mapping[str, Any]) -> SeedspreadError:
    faults = [InvalidInput(field, value, expected) for field, value, expected in document["faults"]]
    return InvalidInput.all_of(faults) if faults else SeedspreadError(document["refused"])
