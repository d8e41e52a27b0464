"""Train a recipe here, without a service, for `seedspread try`.

`python -m seedspread_worker.trainer.trial` reads one JSON document on stdin, {"file", "recipe", "seed", "set",
"check"}, and prints one JSON document a line: the recipe and its complete parameters, points of the first run as they
come, and each run at its end.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from seedspread.core.manifest import Manifest
from seedspread.core.plan import SourceValue
from seedspread.core.recipe import RecipeInfo
from seedspread.core.record import Record
from seedspread.core.repeat import coarse, result_differs
from seedspread.core.report import Batch, FingerprintKind
from seedspread.core.seeds import derive
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread.core.validation import check_parameters
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread_worker.catalog import catalog
from seedspread_worker.catalog.checks import data_of
from seedspread_worker.trainer.handle import Trainer
from seedspread_worker.trainer.repeat import Gathered

MOST_SEED = 2**53  # larger whole numbers lose digits in JSON read by JavaScript
ALONE = "alone:"
"""Begins the name of a run in which one source alone, named after it, has another value."""
MOST_FURTHER = 2
"""Further values that are tried after one whose coarse metrics agree with the first run's."""


def chosen(file: str, name: str | None) -> RecipeInfo:
    """Return the recipe of a file or module.

    Raises:
        InvalidInput: the file cannot be used, or has several recipes and `name` selects none.
    """
    result = catalog.survey([file])
    if result.problems:
        raise InvalidInput.all_of([InvalidInput("FILE", recipe.module, recipe.reason) for recipe in result.problems])
    own = {info.name: info for info in result.recipes if info.name in result.own}
    if name is None and len(own) == 1:
        return next(iter(own.values()))
    if name is None or name not in own:
        raise InvalidInput("--recipe", name, f"one of the file's recipes: {', '.join(own) or 'none'}")
    return own[name]


def parameters_of(info: RecipeInfo, texts: dict[str, str]) -> dict[str, Any]:
    """Return the recipe's complete parameters.

    Texts are parsed as JSON unless the parameter takes text.

    Raises:
        InvalidInput: naming each invalid parameter.
    """
    rules: dict[str, dict[str, Any]] = info.parameters.get("properties", {})
    values = {
        name: text if rules.get(name, {}).get("type") == "string" else _value(text) for name, text in texts.items()
    }
    return check_parameters(info.parameters, values, field="--set")


def manifest_of(
    info: RecipeInfo, parameters: dict[str, Any], seed: int, alone: Source | None = None, step: int = 1
) -> Manifest:
    """Return the manifest of a run with every source varying.

    With `alone`, that source has the value of the seed `step` further on, and the others keep theirs.
    """
    seeds = {source: seed + step if source is alone else seed for source in info.sources}
    sources = {
        source: SourceValue(policy=Policy.VARY, value=derive(value, source), seed=value)
        for source, value in seeds.items()
    }
    return Manifest(
        recipe=info.name,
        recipe_version=info.version,
        source_digest=info.source_digest,
        parameters=parameters,
        seed=seed,
        sources=sources,
        settings=Settings(),
        data=data_of(info, parameters),
    )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@dataclass
class _Session:
    """Runs of one recipe in one process, as a worker trains them."""

    trainer: Trainer
    info: RecipeInfo
    parameters: dict[str, Any]
    seed: int
    results: dict[str, tuple[Record, str]] = field(default_factory=dict)

    def train(self, which: str, step: int = 0, alone: Source | None = None) -> bool:
        """Train the seed `step` further on, or only `alone` with its value.

        Return whether the run finished.
        """
        seed = self.seed if alone is not None else self.seed + step
        manifest = manifest_of(self.info, self.parameters, seed, alone, step)
        result = _train(self.trainer, manifest, which, len(self.results) + 1)
        if result is not None:
            self.results[which] = result
        return result is not None

    def train_others(self, which: str, alone: Source | None = None) -> bool:
        """Train another value, and a few more while coarse metrics agree.

        Return whether all finished.
        """
        for step in range(1, MOST_FURTHER + 2):
            name = which if step == 1 else f"{which}:{step}"
            if not self.train(name, step, alone):
                return False
            if not self._agrees_by_chance(name, alone):
                break
        return True

    def _agrees_by_chance(self, which: str, alone: Source | None) -> bool:
        """Check whether a run equals the first one in coarse metrics alone."""
        (first, examples), (record, other_examples) = self.results["first"], self.results[which]
        facts = first.environment.get("seeding") or {}
        requested = facts.get("requested", ())
        takes_seed = bool(requested if alone is None else alone.value in requested)
        return (
            (takes_seed or bool(facts.get("drawn")) or bool(facts.get("manifest_read")))
            and not any(item.kind in _WEIGHTS for item in first.fingerprints)
            and not result_differs(first, record)
            and examples == other_examples
            and coarse(first.series)
        )


_WEIGHTS = (FingerprintKind.WEIGHTS, FingerprintKind.FINAL)


def trial(request: dict[str, Any]) -> None:
    """Train one run.

    With `check`, also train another seed, the first one again, and each of several sources with another value alone,
    all in one process as a worker would. Where coarse metrics agree, a few more values are tried.

    Raises:
        InvalidInput: a file, recipe, seed or parameter that cannot be used.
    """
    seed = request["seed"]
    if not 0 <= seed < MOST_SEED - 1 - MOST_FURTHER:
        raise InvalidInput("--seed", seed, f"a whole number from 0 to 2**53 - {2 + MOST_FURTHER}")
    info = chosen(request["file"], request["recipe"])
    parameters = parameters_of(info, request["set"])
    _print({"recipe": info.model_dump(mode="json", exclude={"source_files"}), "parameters": parameters})
    trainer = Trainer([request["file"]], preload=False, flush_s=0.1)
    session = _Session(trainer, info, parameters, seed)
    try:
        if session.train("first") and request["check"] and session.train_others("other") and session.train("again"):
            # With one source, another seed is that source alone.
            for source in info.sources if len(info.sources) > 1 else ():
                if not session.train_others(f"{ALONE}{source.value}", source):
                    return
    finally:
        trainer.close()


def _train(trainer: Trainer, manifest: Manifest, which: str, number: int) -> tuple[Record, str] | None:
    """Train one run and print it.

    Return its record and the digest of its examples if it finished.
    """
    gathered = Gathered()

    def take(batch: Batch) -> bool:
        if which == "first" and batch.series:
            series = {name: [list(steps), list(values)] for name, (steps, values) in batch.series.items()}
            _print({"points": series, "epochs": batch.epochs})
        return gathered.add(batch)

    ending = trainer.train(manifest, run=number, on_batch=take)
    record = gathered.record()
    _print(
        {
            "run": which,
            "seed": manifest.seed,
            "sources": [source.value for source in manifest.sources],
            "state": ending.state.value,
            "reason": ending.reason,
            "duration_s": ending.duration_s,
            "cpu_s": ending.cpu_s,
            "left_behind": ending.left_behind,
            "log": ending.log_tail,
            "record": record.as_json(),
            "examples": gathered.examples_digest,
        }
    )
    return (record, gathered.examples_digest) if ending.state is RunState.FINISHED else None


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201 - what it is for


def main() -> int:
    """Answer one request; return 2 if it is invalid.

    The reason is printed as a document.
    """
    try:
        trial(json.load(sys.stdin))
    except (SeedspreadError, catalog.NoCatalog) as error:
        faults = error.faults if isinstance(error, InvalidInput) else ()
        _print({"refused": str(error), "faults": [[fault.field, str(fault.value), fault.expected] for fault in faults]})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
