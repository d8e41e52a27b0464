"""Gaps of an audit: only without any is it an all-clear."""

from __future__ import annotations

from collections.abc import Iterator

from seedspread.core.audit.effects import has_fingerprint, unused_sources, varied_alone
from seedspread.core.audit.grouping import grouped, inputs_of, values_but
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.sources import Source


def not_examined(study: AuditStudy) -> Iterator[Finding]:
    """Name what the finished runs cannot show.

    Repetition, independence of their order, the effect of a source.
    """
    finished = [run for run in study.runs if run.outcome is not None]
    if not finished:
        sentence = "Not examined: no run has finished."
        yield Finding.about(
            FindingCode.NOT_EXAMINED, Severity.NOTICE, (), sentence, "Look again when runs have finished."
        )
        return
    gaps, advice = [], []
    if repetition := _repetition_gap(study, finished):
        gaps.append(repetition)
        advice.append(f"Replay run {replay_candidate(study)}: a fresh process trains it again.")
    sources = _unexamined_sources(study, finished)
    if sources:
        names = ", ".join(source.value for source in sources)
        gaps.append(f"the effect of {names} on the result, as no runs differ in one such source alone")
        advice.append("The preset 'sources' varies each source alone.")
    if gaps:
        yield Finding.about(
            FindingCode.NOT_EXAMINED,
            Severity.NOTICE,
            (),
            f"Not examined: {'; '.join(gaps)}.",
            " ".join(advice),
        )


def replay_candidate(study: AuditStudy) -> int | None:
    """Return the run whose replay shows most.

    The last one that was not the first of its process.
    """
    finished = [run for run in study.runs if run.outcome is not None and not run.excluded]
    warm = [run for run in finished if _is_warm(study, run)]
    return max((run.id for run in warm or finished), default=None)


def _repetition_gap(study: AuditStudy, finished: list[AuditRun]) -> str:
    """Describe what of repetition is unknown; empty if nothing is."""
    by_id = {run.id: run for run in finished}
    pairs = [[by_id[run.replay_of], run] for run in study.replays if run.outcome is not None and run.replay_of in by_id]
    pairs += [same for same in grouped(finished, lambda run: (inputs_of(study, run), values_but(run))) if len(same) > 1]
    if not pairs:
        return "whether a run repeats, as no two runs had the same seeds and none was replayed"
    if not any(_is_warm(study, run) for same in pairs for run in same) and any(
        _is_warm(study, run) for run in finished
    ):
        return "whether a run depends on what its worker trained before, as only first runs of a process were repeated"
    return ""


def _is_warm(study: AuditStudy, run: AuditRun) -> bool:
    facts = study.seeding_of(run)
    return facts is not None and not facts.first_in_process


def _unexamined_sources(study: AuditStudy, finished: list[AuditRun]) -> list[Source]:
    varying = frozenset[Source]().union(*(run.varying for run in finished))
    unused = unused_sources(study)
    return [
        source
        for source in Source
        if source in varying
        and source not in unused
        and not has_fingerprint(study, source)
        and not varied_alone(study, source)
    ]
