"""Gaps of an audit: only without any is it an all-clear."""

from __future__ import annotations

from collections.abc import Iterator

from seedspread.core.audit.effects import compared_fingerprint, requests, unused_sources, varied_alone
from seedspread.core.audit.grouping import bare_name, grouped, inputs_of, values_but
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.sources import Source
from seedspread.core.states import RunState


def not_examined(study: AuditStudy) -> Iterator[Finding]:
    """Name what the finished runs cannot show.

    Checked are repetition, independence of the runs' order, and the effect of each source.
    """
    finished = [run for run in study.runs if run.outcome is not None]
    if not finished:
        if any(run.state is RunState.FINISHED for run in study.runs):
            sentence = "Not examined: the finished runs left no fingerprints to compare."
            advice = "Train the study here: runs that come from elsewhere show only their metrics."
        else:
            sentence, advice = "Not examined: no run has finished.", "Look again when runs have finished."
        yield Finding.about(FindingCode.NOT_EXAMINED, Severity.NOTICE, (), sentence, advice)
        return
    gaps, steps = [], []
    repetition = _repetition_gap(study, finished)
    if repetition:
        gaps.append(repetition)
        steps.append(f"Replay run {replay_candidate(study)}: a fresh process trains it again.")
    unexamined, fixed, examined = _examined_sources(study, finished)
    if unexamined:
        gaps.append(
            f"the effect of {_names(unexamined)} on the result, as no runs differ in one such source alone"
            f"{_never_requested(study, finished, unexamined)}"
        )
    if fixed:
        gaps.append(f"the effect of {_names(fixed)}, fixed in every run")
    if unexamined or fixed:
        steps.append("The preset 'sources' varies each source alone, and so does `seedspread try`.")
    if gaps:
        examined += [] if repetition else ["whether runs repeat"]
        sentence = f"Not examined: {'; '.join(gaps)}."
        if examined:
            sentence += f" Examined: {', '.join(examined)}."
        yield Finding.about(FindingCode.NOT_EXAMINED, Severity.NOTICE, (), sentence, " ".join(steps))


def replay_candidate(study: AuditStudy) -> int | None:
    """Return the run whose replay shows most.

    That is the last run that was not the first of its process.
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


def _examined_sources(study: AuditStudy, finished: list[AuditRun]) -> tuple[list[Source], list[Source], list[str]]:
    """Return sources not examined, sources fixed throughout, and comparisons made."""
    varying = frozenset[Source]().union(*(run.varying for run in finished))
    declared = frozenset[Source]().union(*(run.values for run in finished))
    unused = unused_sources(study)
    unexamined, fixed, examined = [], [], []
    for source in (source for source in Source if source in declared and source not in unused):
        if varied_alone(study, source):
            examined.append(f"the effect of {source.value}")
        elif source not in varying:
            fixed.append(source)
        elif kind := compared_fingerprint(study, source):
            examined.append(f"whether {source.value} changes the {bare_name(kind)}")
        else:
            unexamined.append(source)
    return unexamined, fixed, examined


def _never_requested(study: AuditStudy, finished: list[AuditRun], sources: list[Source]) -> str:
    """Name the sources for whose seed the recipe never asked.

    The text is empty where no trainer recorded the requests.
    """
    recorded = [run for run in finished if study.seeding_of(run) is not None]
    never = [source for source in sources if recorded and not any(requests(study, run, source) for run in recorded)]
    if not never:
        return ""
    return f" (the recipe never asked for the seed of {_names(never)}, but drew from process-wide generators)"


def _names(sources: list[Source]) -> str:
    return ", ".join(source.value for source in sources)
