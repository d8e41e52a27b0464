"""Sentences on sources, fingerprints, environments, replays, and runs that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from seedspread import words
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source

SOURCE_HELP: Mapping[Source, str] = {
    Source.SPLIT: "train/validation split, folds, bootstrap of the data",
    Source.RESAMPLE: "over- and under-sampling of classes",
    Source.SHUFFLE: "order of the batches",
    Source.AUGMENT: "random changes of the inputs",
    Source.INIT: "initial weights",
    Source.DROPOUT: "dropout and every other stochastic layer",
    Source.ALGORITHM: "randomness inside the method: forests, bagging, environments",
}

# Stored as the reason of runs that an adaptive study cancels; the audit recognises them by it, so the text stays.
STUDY_DECIDED: Final = "no longer needed: the study is decided"
STUDY_UNJUDGED: Final = "no longer needed: the study cannot be judged"

MEANING: Mapping[FingerprintKind, str] = {
    FingerprintKind.SEEDS: "the requested seeds",
    FingerprintKind.DATA: "the data",
    FingerprintKind.SPLIT: "the split of the data",
    FingerprintKind.INITIAL: "the initial weights",
    FingerprintKind.ORDER: "the order of the examples",
    FingerprintKind.WEIGHTS: "the weights",
    FingerprintKind.FINAL: "the final weights",
    FingerprintKind.SERIES: "the metrics",
}
_SINGULAR = (FingerprintKind.DATA, FingerprintKind.SPLIT, FingerprintKind.ORDER)

# Why a difference between two environments can change results.
OTHER_FILE = "the training read another file"
THREADS = "the number of threads can change the order of sums"
ONEDNN = "oneDNN's kernels round differently from TensorFlow's own"
NONDETERMINISTIC = "without deterministic operations, sums are taken in any order"
CPU = "the CPU's features decide which kernels run"
GPU = "another GPU or driver runs other kernels"
XLA = "XLA fuses operations, which changes the rounding"
HASH_SEED = "it decides the order of sets of strings"
VERSION = "another version may compute differently"
PRECISION = "it changes the precision of numbers"
LIBRARY_VARIABLE = "libraries read this variable"


def recipe_missing(recipe: str) -> str:
    """Return that a worker does not have a recipe."""
    return f"recipe {recipe} is not installed"


def recipe_differs(recipe: str, offered: str, needed: str) -> str:
    """Return that a worker has other code of a recipe."""
    return f"recipe {recipe} has other code there ({offered[:12]}, the study needs {needed[:12]})"


def blocked(reasons: Sequence[str]) -> str:
    """Return that no live worker can train a run, and why."""
    return f"No live worker can train this: {'; '.join(reasons)}."


START_WORKER_WITH_CODE = (
    "Start a worker that has the recorded code, or cancel these runs and add the seeds with today's code."
)


def file_too_large(n_bytes: int, most: int) -> str:
    """Return that a data file is too large to send to workers."""
    return (
        f"The file has {words.count(n_bytes)} bytes, and files above {words.count(most)} bytes do not travel: put "
        f"it at the same path on a worker's machine, or raise SEEDSPREAD_MAX_SHARED_BYTES ({most})."
    )


def fingerprint_missing(kind: FingerprintKind) -> str:
    """Return that one run lacks a fingerprint."""
    return f"only one of the two runs has a fingerprint of {MEANING[kind]}"


def fingerprint_differs(kind: FingerprintKind, equal: Sequence[FingerprintKind], *, arithmetic: bool) -> str:
    """Return which fingerprint differs first.

    Args:
        equal: fingerprints before it that both runs have and that are equal.
        arithmetic: everything that goes into the weights is equal, so only the computation is left.
    """
    after = ", ".join(MEANING[other].removeprefix("the ") for other in equal)
    return (
        f"{MEANING[kind]} {'differs' if kind in _SINGULAR else 'differ'}"
        f"{f', after equal {after}' if equal else ''}{': the arithmetic itself differs' if arithmetic else ''}"
    )


def not_recorded(calls: Mapping[FingerprintKind, str]) -> str:
    """Return what was not compared, with the calls that record it."""
    lacking = ", ".join(f"{MEANING[kind]} ({call})" for kind, call in calls.items())
    return f"Not compared, as not recorded in both: {lacking}." if lacking else ""


NOTHING_RECORDED = "Nothing could be compared: neither run recorded anything."


def all_equal(values: int, environment: Sequence[str], *, weights: bool) -> str:
    """Return that all values are equal, although these facts differ."""
    metric = "the only metric value is" if values == 1 else f"all {words.count(values)} metric values are"
    same = f"{'the weights and ' if weights else ''}{metric} the same in every bit"
    although = f", although {_named(environment)} {'differ' if len(environment) > 1 else 'differs'}"
    return f"{same}{although if environment else ''}."


VALUES_EQUAL = "every metric value is the same nevertheless"


def point_missing(metric: str, step: float) -> str:
    """Return that one run lacks a value of a metric."""
    return f"only one of the two runs has {metric} at epoch {step}"


def point_differs(metric: str, step: float, a: float, b: float, apart: int | None, *, single: bool) -> str:
    """Return where two series differ first.

    Args:
        apart: units in the last place between the two; None: not a number of them.
        single: these are units of float32, not float64.
    """
    unit = "float32 ulp" if single else "ulp"
    distance = "" if apart is None else f", {apart} {unit}{'' if apart == 1 else 's'} apart"
    return f"{metric} differs from epoch {step} on ({a!r} and {b!r}{distance})"


def environments_differ(environment: Sequence[str]) -> str:
    """Return that differences of the environments may explain a divergence."""
    return f"the environments differ in {_named(environment)}, which may be why"


def runs_differ(causes: Sequence[str], *, results: bool) -> str:
    """Return what differs between two runs, and whether the results do."""
    outcome = "the results differ" if results else "the results are the same"
    if not causes:
        return f"No difference that could change results; {outcome}."
    return f"They differ in {', '.join(causes)}; {outcome}."


def lines_differ(lines: int) -> str:
    """Return how many lines of a file differ."""
    return f"{words.counted(lines, 'line')} {'differs' if lines == 1 else 'differ'}"


def _named(facts: Sequence[str], most: int = 3) -> str:
    return ", ".join(facts[:most]) + (" and more" if len(facts) > most else "")


# Stored as the reason of an attempt that a worker gave back.
WORKER_STOPPED = "the worker stopped and returned the run"


def worker_silent(worker: str) -> str:
    """Return that a worker sent no heartbeat before its lease ended."""
    return f"worker {worker} stopped responding (killed, out of memory, or disconnected)"


def given_up(reason: str, attempts: int) -> str:
    """Return that a run failed after lost attempts in a row."""
    return f"{reason}; gave up after {attempts} lost attempts in a row"


def queue_without_worker(queue: str) -> str:
    """Return that no worker serves a queue, and what helps."""
    return f"No worker takes runs from the {queue} queue. Start one: `seedspread worker --queue {queue}`."
