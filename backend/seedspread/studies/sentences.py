"""Sentences on checks of a recipe's seeds, data files and single-arm plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedspread import words
from seedspread.core.audit.sentences import CONSTANT_SEEDS
from seedspread.core.report import FingerprintKind
from seedspread.core.sentences import MEANING
from seedspread.core.sources import Source
from seedspread.datafiles import Contents

METRICS, METRICS_AND_WEIGHTS = "metrics", "metrics and weights"
OTHER_SEED_UNCLEAR = "Another seed gives another result, but so does the same seed."
SEEDS_IN_CODE = "seeds in the code"
WEIGHTS_MISSING = "Weights were not compared. Report them with run.weights(step, arrays)."

FILE_MISSING = "The file does not exist here any more. Put it back before you repeat its runs."
FILE_UNCHECKED = "The size is unchanged. The file is too large to compare its digest for a list; check it by itself."
FILE_SAME = "The file is still the one that was trained on."
FILE_CHANGED = "The file has changed. Its runs cannot be repeated until the original is put back."


def seeds_in_code(places: Sequence[str]) -> str:
    """Return that the code has constant seeds, with their places."""
    return f"The same in every run, and in no check: {words.listing(places)}. {CONSTANT_SEEDS}"


def same_seed_repeats(compared: str) -> str:
    """Return that the same seed gave the same result."""
    return f"Same seed, same {compared}, also after another run in the same process."


def same_seed_differs(verdict: str) -> str:
    """Return that the same seed gave another result.

    `verdict` says how the two runs differ.
    """
    return f"Same seed, other result: {verdict}"


def other_seed_same(compared: str) -> str:
    """Return that another seed changed nothing."""
    effect = "has no effect" if compared == METRICS_AND_WEIGHTS else "has no effect that the metrics show"
    return f"Another seed gives the same {compared}: the seed {effect}."


def other_seed_differs(seed: int, equal: Sequence[int]) -> str:
    """Return that a seed changed the result.

    `equal` are seeds with the first seed's result, the first one included.
    """
    if len(equal) < 2:
        return "Another seed gives another result."
    return f"Seed {seed} gives another result; seeds {words.stretches(equal)} gave the same."


def other_seed_unclear(seeds: Sequence[int], values: Mapping[str, float], also: Sequence[FingerprintKind]) -> str:
    """Return that coarse metrics agreed, which may be chance.

    Args:
        seeds: the seeds tried.
        values: last value of each metric.
        also: fingerprints that the seeds changed.
    """
    return f"Seeds {words.stretches(seeds)} gave the same {_by_chance(values, also)}"


def source_by_chance(source: str, tried: int, values: Mapping[str, float], also: Sequence[FingerprintKind]) -> str:
    """Return that `tried` values of a source gave the same coarse metrics."""
    return f"{words.count(tried)} values of {source} gave the same {_by_chance(values, also)}"


def _by_chance(values: Mapping[str, float], also: Sequence[FingerprintKind]) -> str:
    named = words.listing([f"{name} ({words.number(value)})" for name, value in values.items()], most=3)
    changed = words.listing([MEANING[kind].removeprefix("the ") for kind in also])
    differs = f" The {changed} changed with the seed, but" if changed else ""
    effect = "a metric of few values may agree by chance: this alone does not show whether the seed takes effect."
    effect = f"{differs} {effect}" if differs else f" {effect.capitalize()}"
    return f"{named}.{effect} Report the weights (run.weights) or log a finer metric, such as a loss."


def reseeded(call: str, line: str) -> str:
    """Return that a recipe seeds a process-wide generator with a constant."""
    return (
        f"The recipe calls {call} at {line}: what it draws from that generator afterwards does not follow the seed. "
        "Leave the call out, or pass run.seed(source)."
    )


def source_unclear(source: str) -> str:
    """Return that a source's effect cannot be told from other randomness."""
    return f"Another value of {source} gives another result, but so does the same one."


def source_differs(source: str, *, requested: bool) -> str:
    """Return that another value of a source changed the result."""
    result = f"Another value of {source} alone gives another result"
    if requested:
        return f"{result}."
    return (
        f"{result}, though the recipe never asked for its seed: it acts through the process-wide generators, which all "
        "sources seed together."
    )


def source_same(source: str, compared: str, *, requested: bool, switchable: bool) -> str:
    """Return that another value of a source changed nothing.

    The sentence says what to do about it.
    """
    result = f"Another value of {source} alone gives the same {compared}"
    if not requested:
        return (
            f"{result}, and the recipe never asked for its seed: give what {source} decides run.seed({source!r}) or "
            f"run.rng({source!r}) in place of a constant, or take the source out of the recipe."
        )
    if switchable:
        return f"{result}: fine if a parameter switches {source} off (such as a rate of 0). Switch it on with --set."
    metrics_only = compared == METRICS
    chance = ", or report the weights (run.weights), as coarse metrics can agree" if metrics_only else ""
    return f"{result}: check that the recipe uses the seed it asked for{chance}."


def file_unreadable(error: Exception) -> str:
    """Return why a data file cannot be read."""
    return f"The file cannot be read here: {error}"


def file_too_large(most: int, size: int) -> tuple[str, str]:
    """Return the size expected of a file to inspect, and a hint."""
    expected = f"a file of at most {words.size(most)} to look into here; it has {words.size(size)}"
    return expected, "A study can still train on it: the file is read and hashed when the study is submitted."


def contents(read: Contents) -> str:
    """Return what a data file contains."""
    if read.kind == "arrays":
        return f"It reads as {words.counted(len(read.arrays), 'array')}."
    counts = [number for _, number in read.classes]
    rows = words.counted(read.examples or 0, "text" if read.features is None else "row")
    columns = "" if read.features is None else f" of {words.counted(read.features, 'number')}"
    classes = words.counted(len(counts), "class")
    smallest = words.counted(min(counts), "example")
    largest = words.count(max(counts))
    header = "" if read.has_header else " It has no line of column names: its first line is an example."
    return f"It reads as {rows}{columns} in {classes}; the smallest has {smallest}, the largest {largest}.{header}"


def one_arm_look(n: int, width: float | None) -> tuple[str, str]:
    """Return sentence and headline of a look at a single arm."""
    wide = "" if width is None else f"the interval of the mean is {words.number(width)} wide"
    text = wide or "the mean has no interval yet"
    seeds = words.counted(n, "seed")
    return f"At {seeds} {text}.", f"One arm alone: {text} ({seeds})."


def adaptive_plan(looks: Sequence[str], *, done: bool, ahead: Sequence[int]) -> str:
    """Return the state of an adaptive plan.

    `looks` are the sentences of its last looks.
    """
    if not looks:
        first = f"No look taken yet; the first is at {words.count(ahead[0])} seeds per arm." if ahead else ""
        return first or "No look planned."
    text = " ".join(dict.fromkeys(looks))
    return f"{text} No more seeds are queued." if done else text


def unjudged(cause: str) -> str:
    """Return that an adaptive study ended because it cannot be judged."""
    return f"The study cannot be judged and has ended: {cause}."


SWITCHABLE = (Source.RESAMPLE, Source.AUGMENT, Source.DROPOUT)
"""Sources that a parameter commonly switches off."""


SAME_SEED_AGAIN = "same seed again"


def code_changed(recipe: str, trained: str, versions: tuple[str, str], files: Sequence[str]) -> str:
    """Return that a recipe's code has changed since a training.

    Args:
        trained: what was trained by the recorded code, such as `run 7`.
        versions: the recorded version and today's.
        files: changed files with their counts of lines.
    """
    before, now = versions
    version = f"version {before} became {now}" if before != now else f"still version {now}"
    changes = f"; changed: {', '.join(files)}" if files else ""
    return f"the code of recipe {recipe!r} has changed since {trained} was trained ({version}{changes})"


def replays(identical: int, judged: int, *, pending: int, lost: int) -> str:
    """Return how many replays repeated a run, wait, or failed."""
    if not judged + pending + lost:
        return "Not replayed yet."
    parts = [f"{identical} of {words.counted(judged, 'replay')} repeated the run bit for bit"] if judged else []
    parts += [f"{words.count(pending)} pending"] if pending else []
    parts += [f"{words.count(lost)} did not finish"] if lost else []
    return "; ".join(parts) + "."
