"""Group runs by what they have in common, and name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from seedspread.core.audit.records import AuditRun, AuditStudy
from seedspread.core.report import FingerprintKind
from seedspread.core.sentences import MEANING
from seedspread.core.sources import Source

_SEEDS_NAMED = 8


def grouped(runs: Iterable[AuditRun], key: Callable[[AuditRun], Hashable]) -> list[list[AuditRun]]:
    """Group runs by key, in the order of their first."""
    groups: dict[Hashable, list[AuditRun]] = defaultdict(list)
    for run in runs:
        groups[key(run)].append(run)
    return list(groups.values())


def by_arm(study: AuditStudy) -> dict[int, list[AuditRun]]:
    """Group runs by their arm's position."""
    return {runs[0].arm: runs for runs in grouped(study.runs, lambda run: run.arm)}


def inputs_of(study: AuditStudy, run: AuditRun) -> tuple[str, str]:
    """Return a run's inputs besides its sources' values."""
    return study.arms[run.arm].inputs, run.source_digest


def distinct_values(runs: Sequence[AuditRun], source: Source) -> int:
    """Count the values of `source` among the runs."""
    return len({run.values.get(source) for run in runs})


def values_but(run: AuditRun, *left_out: Source) -> tuple[int | None, ...]:
    """Return a run's source values in order, some left out.

    The order is that of `Source`. A source that is left out has None in its position. Values are comparable within one
    recipe.
    """
    # No dictionary of sources: hashing an enum's members is slow, and this is asked for every run.
    return tuple(None if source in left_out else value for source, value in run.values.items())


def arm_name(study: AuditStudy, arm: int) -> str:
    """Name the arm as a sentence does."""
    return f"arm {study.arms[arm].name!r}"


def bare_name(kind: FingerprintKind) -> str:
    """Name a fingerprint's kind without its article."""
    return MEANING[kind].removeprefix("the ")


def seeds_in_words(runs: Iterable[AuditRun]) -> str:
    """List the runs' seeds as a sentence does."""
    seeds = sorted({run.seed for run in runs})
    listed = ", ".join(map(str, seeds[:_SEEDS_NAMED]))
    return f"seed{'' if len(seeds) == 1 else 's'} {listed}{' …' if len(seeds) > _SEEDS_NAMED else ''}"


def listed(names: Iterable[str], most: int = 4) -> str:
    """Return names as a sentence lists them, the first few."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
