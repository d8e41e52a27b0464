"""Verdicts on repetitions as lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from seedspread.core.environment import EnvironmentDifference
from seedspread.core.repeat import RepeatVerdict, ValueDifference

DIVERGED = 3
"""The exit code of a replay that ran and was not the same."""


def lines_of(verdict: RepeatVerdict) -> Iterator[str]:
    """The verdict's sentence, then where the two part and what may be why."""
    yield verdict.sentence
    if verdict.first_value is not None:
        yield from _values(verdict.first_value)
    broken = verdict.first_fingerprint
    if broken is not None:
        epoch = f", epoch {broken.step}" if broken.step else ""
        yield f"  first fingerprint to differ: {broken.kind.value}{epoch}: {_short(broken.a)} | {_short(broken.b)}"
    if not verdict.identical:
        yield (
            f"  {verdict.values_differing} of {verdict.values} metric values and {verdict.fingerprints_differing} of "
            f"{verdict.fingerprints} fingerprints differ; the farthest are {_ulps(verdict.largest_ulps)} apart"
        )
    for item in verdict.environment:
        if item.matters:
            yield f"  {_environment(item)}"


def _values(first: ValueDifference) -> Iterator[str]:
    yield f"  {first.metric}, epoch {first.step}: {first.a_hex} ({first.a_bits})"
    yield f"  {' ' * len(f'{first.metric}, epoch {first.step}')}  {first.b_hex} ({first.b_bits})"


def _environment(item: EnvironmentDifference) -> str:
    return f"{item.key}: {item.a} | {item.b} ← may matter: {item.why}"


def _short(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:16]}…"


def _ulps(count: int | None) -> str:
    return "–" if count is None else f"{count} float64 ulp{'' if count == 1 else 's'}"
