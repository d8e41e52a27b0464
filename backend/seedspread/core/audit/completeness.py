"""Check that every requested run exists exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from seedspread.core.audit.grouping import (
    arm_name,
    grouped,
    seeds_in_words,
    values_but,
)
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.states import RunState

_FAILED_MORE = 0.1
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
            f"{seeds_in_words(same[0] for same in twice)} {'was' if len(twice) == 1 else 'were'} trained more than "
            "once in the same arm: the repeats add no information.",
            "Exclude all but one run of each seed, or replay a run where a repeat was wanted.",
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
                f"{seeds_in_words(unfinished)} {_are(unfinished)} missing from {name}, but not from every other arm: "
                "pairs are lost, and what is left may be the easier part.",
                "Retry the runs that failed or were cancelled; a comparison by seed leaves these seeds out.",
            )
        if excluded:
            yield Finding.about(
                FindingCode.MISSING_SEEDS,
                Severity.WARNING,
                excluded,
                f"{seeds_in_words(excluded)} {_are(excluded)} excluded by hand from {name}, but not from every other "
                "arm: pairs are lost, and the arms no longer stand on the same seeds.",
                "Exclude the same seeds from the other arms, or count these runs again.",
            )


def _are(runs: list[AuditRun]) -> str:
    return "is" if len(runs) == 1 else "are"


def failed_runs(study: AuditStudy) -> Iterator[Finding]:
    """Report failed runs, and arms in which more fail than in others."""
    ended = Counter(run.arm for run in study.runs if run.state in (RunState.FINISHED, RunState.FAILED))
    failed = [run for run in study.runs if run.state is RunState.FAILED]
    by_arm = Counter(run.arm for run in failed)
    more = []
    for arm, count in by_arm.items():
        others = ended.total() - ended[arm]
        rate = (len(failed) - count) / others if others else 0.0
        if others and count >= 2 and count / ended[arm] - rate >= _FAILED_MORE:
            more.append(arm)
    if more:
        listed = ", ".join(f"{arm_name(study, arm)} ({by_arm[arm]} of {ended[arm]})" for arm in sorted(more))
        yield Finding.about(
            FindingCode.FAILED_RUNS,
            Severity.WARNING,
            [run for run in failed if run.arm in more],
            f"Runs failed more often in {listed} than elsewhere: what is compared are the seeds that survived.",
            "Read why they failed and retry them; if they fail by the seed, failing is part of the result.",
        )
    elif failed:
        yield Finding.about(
            FindingCode.FAILED_RUNS,
            Severity.NOTICE,
            failed,
            f"{len(failed)} of {len(study.runs)} runs failed.",
            "Read why on the run's page and retry them.",
        )


def cancelled_runs(study: AuditStudy) -> Iterator[Finding]:
    """Report cancelled runs: they are absent from every check."""
    runs = [run for run in study.runs if run.state is RunState.CANCELLED and not run.unneeded and not run.excluded]
    if runs:
        finished = sum(run.state is RunState.FINISHED for run in study.runs)
        was = "was" if len(runs) == 1 else "were"
        yield Finding.about(
            FindingCode.CANCELLED_RUNS,
            Severity.NOTICE,
            runs,
            f"{len(runs)} of {len(study.runs)} runs {was} cancelled: what is found here is of the {finished} that "
            "finished.",
            "Retry them where the study is to be completed.",
        )


def diverged_runs(study: AuditStudy) -> Iterator[Finding]:
    runs = [run for run in study.runs if run.diverged]
    if runs:
        yield Finding.about(
            FindingCode.DIVERGED_RUNS,
            Severity.WARNING,
            runs,
            f"{len(runs)} of {len(study.runs)} runs reported values that are not finite ({seeds_in_words(runs)}).",
            "Where the number that is compared is not finite, statistics leave the run out and say so; else it counts "
            "as it ended. Try a smaller learning rate, or exclude such runs with that reason in every arm alike.",
        )
