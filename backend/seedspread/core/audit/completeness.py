"""Check that every requested run exists exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from seedspread.core.audit import sentences
from seedspread.core.audit.grouping import (
    arm_name,
    grouped,
    seeds_in_words,
    values_but,
)
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.states import RunState

_FAILED_MORE = Fraction(1, 10)
"""An arm that fails in so many more of its runs than the others is named."""


def duplicate_seeds(study: AuditStudy) -> Iterator[Finding]:
    """Report runs of one arm with the same seed and values."""
    counting = [run for run in study.runs if not run.excluded]
    groups = grouped(counting, lambda run: (run.arm, run.seed, values_but(run)))
    twice = [same for same in groups if len(same) > 1]
    if twice:
        runs = [run for same in twice for run in same]
        yield Finding.about(
            FindingCode.DUPLICATE_SEEDS,
            Severity.WARNING,
            runs,
            *sentences.duplicate_seeds(seeds_in_words(same[0] for same in twice), len(twice)),
        )


def missing_seeds(study: AuditStudy) -> Iterator[Finding]:
    """Report seeds that some arms finished and others lost.

    A run is lost if it failed, was cancelled or is excluded.
    """
    done: dict[int, set[int]] = defaultdict(set)
    lost: dict[int, list[AuditRun]] = defaultdict(list)
    for run in study.runs:
        if run.state is RunState.FINISHED and not run.excluded:
            done[run.arm].add(run.seed)
        elif run.state in (RunState.FAILED, RunState.CANCELLED) or run.excluded:
            lost[run.arm].append(run)
    if len(study.arms) < 2:
        return
    for arm, runs in sorted(lost.items()):
        elsewhere = set().union(*(seeds for other, seeds in done.items() if other != arm))
        missing = [run for run in runs if run.seed in elsewhere and run.seed not in done[arm]]
        excluded = [run for run in missing if run.excluded]
        unfinished = [run for run in missing if not run.excluded]
        name = arm_name(study, arm)
        if unfinished:
            yield Finding.about(
                FindingCode.MISSING_SEEDS,
                Severity.WARNING,
                unfinished,
                *sentences.missing_seeds(seeds_in_words(unfinished), name, len(unfinished)),
            )
        if excluded:
            yield Finding.about(
                FindingCode.MISSING_SEEDS,
                Severity.WARNING,
                excluded,
                *sentences.excluded_seeds(seeds_in_words(excluded), name, len(excluded)),
            )


def failed_runs(study: AuditStudy) -> Iterator[Finding]:
    """Report failed runs, and arms in which more fail than in others."""
    ended = Counter(run.arm for run in study.runs if run.state in (RunState.FINISHED, RunState.FAILED))
    failed = [run for run in study.runs if run.state is RunState.FAILED]
    by_arm = Counter(run.arm for run in failed)
    more = []
    for arm, count in by_arm.items():
        others = ended.total() - ended[arm]
        if others == 0 or count < 2:
            continue
        # As fractions: in floats, 3 of 20 and 1 of 20 lie less than a tenth apart.
        if Fraction(count, ended[arm]) - Fraction(len(failed) - count, others) >= _FAILED_MORE:
            more.append(arm)
    if more:
        listed = ", ".join(f"{arm_name(study, arm)} ({by_arm[arm]} of {ended[arm]})" for arm in sorted(more))
        yield Finding.about(
            FindingCode.FAILED_RUNS,
            Severity.WARNING,
            [run for run in failed if run.arm in more],
            *sentences.failed_more(listed),
        )
    elif failed:
        yield Finding.about(
            FindingCode.FAILED_RUNS,
            Severity.NOTICE,
            failed,
            *sentences.failed(len(failed), len(study.runs)),
        )


def cancelled_runs(study: AuditStudy) -> Iterator[Finding]:
    """Report cancelled runs: they are absent from every check."""
    runs = [run for run in study.runs if run.state is RunState.CANCELLED and not run.unneeded and not run.excluded]
    if runs:
        finished = sum(run.state is RunState.FINISHED for run in study.runs)
        yield Finding.about(
            FindingCode.CANCELLED_RUNS,
            Severity.NOTICE,
            runs,
            *sentences.cancelled(len(runs), len(study.runs), finished),
        )


def diverged_runs(study: AuditStudy) -> Iterator[Finding]:
    runs = [run for run in study.runs if run.diverged]
    if runs:
        yield Finding.about(
            FindingCode.DIVERGED_RUNS,
            Severity.WARNING,
            runs,
            *sentences.diverged(len(runs), len(study.runs), seeds_in_words(runs)),
        )
