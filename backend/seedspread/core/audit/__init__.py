"""Audit a study: do its runs behave as their seeds say?

Every check is a pure function that takes time linear in the number of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seedspread.core.audit import completeness, control, effects, examination
from seedspread.core.audit.records import AuditArm, AuditRun, AuditStudy, Finding, FindingCode, SeedingFacts, Severity
from seedspread.core.audit.seeding import ArmSeeding, arm_seeding

__all__ = [
    "ArmSeeding",
    "AuditArm",
    "AuditRun",
    "AuditStudy",
    "Finding",
    "FindingCode",
    "SeedingFacts",
    "Severity",
    "arm_seeding",
    "findings",
]

_CHECKS: tuple[Callable[[AuditStudy], Iterator[Finding]], ...] = (
    effects.seed_without_effect,
    effects.reseeded_with_a_constant,
    effects.source_unused,
    control.unseeded,
    control.not_under_control,
    effects.secretly_the_same,
    control.replay_diverged,
    control.mixed_code,
    control.state_kept,
    control.drawn_by_some,
    effects.source_without_effect,
    completeness.duplicate_seeds,
    completeness.missing_seeds,
    completeness.failed_runs,
    completeness.cancelled_runs,
    completeness.diverged_runs,
    control.mixed_environments,
    examination.not_examined,
)


def findings(study: AuditStudy) -> tuple[Finding, ...]:
    """Return every finding on the study, errors first."""
    results = [finding for check in _CHECKS for finding in check(study)]
    order = list(Severity)
    return tuple(sorted(results, key=lambda finding: order.index(finding.severity)))
