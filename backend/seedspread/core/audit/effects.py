"""Check that seeds and sources have the effect they claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seedspread.core.audit.grouping import (
    arm_name,
    bare_name,
    by_arm,
    distinct_values,
    grouped,
    inputs_of,
    values_but,
)
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source

_SHOWS: dict[Source, FingerprintKind] = {
    Source.INIT: FingerprintKind.INITIAL,
    Source.SHUFFLE: FingerprintKind.ORDER,
    Source.SPLIT: FingerprintKind.SPLIT,
}
"""The fingerprint in which a source's value must show; the others show in the outcome alone, or may be switched off."""


def seed_without_effect(study: AuditStudy) -> Iterator[Finding]:
    """Report runs whose source value had no effect.

    The value differs while the fingerprint in which it must show does not.
    """
    for arm, runs in by_arm(study).items():
        for source, kind in _SHOWS.items():
            comparable = [run for run in runs if source in run.varying and kind in run.fingerprints]
            stuck = [
                same
                for same in grouped(comparable, _digest_of(kind))
                if distinct_values(same, source) > 1 and (len(same) == len(comparable) or not _copies(same))
            ]
            if stuck:
                same = [run for group in stuck for run in group]
                scope = (
                    "every run"
                    if len(stuck) == 1 and len(same) == len(comparable)
                    else f"{len(same)} of {len(comparable)} runs"
                )
                yield Finding.about(
                    FindingCode.SEED_WITHOUT_EFFECT,
                    Severity.ERROR,
                    same,
                    f"{source.value} varies in {arm_name(study, arm)}, but {scope} had the same {bare_name(kind)}: "
                    "the seed did not take effect.",
                    f"Look in the recipe for a constant seed: what {source.value} decides must come from "
                    f"run.seed({source.value!r}) or run.rng({source.value!r}).",
                )


def source_without_effect(study: AuditStudy) -> Iterator[Finding]:
    """Report sources that change nothing.

    Runs that differ only in such a source all came out the same.
    """
    for source, runs in _idle_sources(study).items():
        yield Finding.about(
            FindingCode.SOURCE_WITHOUT_EFFECT,
            Severity.WARNING,
            runs,
            f"{source.value} has no effect: {len(runs)} runs that differ in nothing else came out the same, "
            "bit for bit.",
            f"If {source.value} should matter, check that the recipe uses its value and that no parameter switches it "
            "off (a rate of 0, a split that is fixed); else leave it fixed and save the runs.",
        )


def secretly_the_same(study: AuditStudy) -> Iterator[Finding]:
    """Report identical runs that had different inputs.

    Where no source's lack of effect explains it.
    """
    counting = [run for run in study.runs if run.outcome is not None and not run.excluded]
    groups = [same for same in grouped(counting, lambda run: run.outcome) if len(same) > 1]
    idle = tuple(_idle_sources(study)) if groups else ()
    duplicates = [same for same in groups if len({(inputs_of(study, run), values_but(run, *idle)) for run in same}) > 1]
    if not duplicates:
        return
    runs = [run for same in duplicates for run in same]
    pair = sorted(duplicates[0], key=lambda run: run.id)[:2]
    first = " and ".join(f"run {run.id} ({arm_name(study, run.arm)}, seed {run.seed})" for run in pair)
    more = f", and {len(runs) - 2} more runs" if len(runs) > 2 else ""
    yield Finding.about(
        FindingCode.SECRETLY_THE_SAME,
        Severity.ERROR,
        runs,
        f"{first}{more} were told different things but are the same run, bit for bit.",
        "They are not independent measurements: find out why (a parameter or seed that is ignored, a result that was "
        "copied) and exclude all but one of each.",
    )


def _idle_sources(study: AuditStudy) -> dict[Source, list[AuditRun]]:
    """Return sources without effect, each with the runs that show it."""
    finished = [run for run in study.runs if run.outcome is not None]
    varying = frozenset[Source]().union(*(run.varying for run in finished))
    return {source: runs for source in Source if source in varying and (runs := _same_but_for(study, finished, source))}


def _same_but_for(study: AuditStudy, runs: list[AuditRun], source: Source) -> list[AuditRun]:
    """Return runs that differ only in `source`, if all are equal.

    Otherwise nothing.
    """
    alone = grouped(runs, lambda run: (inputs_of(study, run), values_but(run, source)))
    tests = [same for same in alone if distinct_values(same, source) > 1]
    if any(len({run.outcome for run in same}) > 1 for same in tests):
        return []
    return [run for same in tests for run in same]


def _copies(runs: list[AuditRun]) -> bool:
    """Tell whether the runs are equal throughout.

    That is a finding of its own.
    """
    return len({run.outcome for run in runs}) == 1 and runs[0].outcome is not None


def _digest_of(kind: FingerprintKind) -> Callable[[AuditRun], str]:
    return lambda run: run.fingerprints[kind]
