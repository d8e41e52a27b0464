"""Gaps of an audit: only without any is it an all-clear."""

from __future__ import annotations

from collections.abc import Iterator

from seedspread.core.audit.effects import (
    applied_throughout,
    compared_fingerprint,
    not_varied_alone,
    requests,
    unused_sources,
)
from seedspread.core.audit.grouping import arm_name, bare_name, grouped, inputs_of, listed, values_but
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
    candidate = replay_candidate(study) if repetition else None
    if repetition:
        gaps.append(repetition)
        steps.append(f"Replay run {candidate}: a fresh process trains it again.")
    unexamined, fixed, examined = _examined_sources(study, finished)
    if unexamined:
        gaps.append(
            f"the effect of {_names(list(unexamined))} on the result{_scope(study, unexamined)}, as no runs differ in "
            f"one such source alone{_never_requested(study, finished, list(unexamined))}"
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
        about = Finding.about(FindingCode.NOT_EXAMINED, Severity.NOTICE, (), sentence, " ".join(steps))
        yield about.model_copy(update={"replay": candidate})


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
    pairs = [
        [original, replay]
        for replay in study.replays
        if replay.outcome is not None
        and (original := by_id.get(replay.replay_of or 0)) is not None
        and original.source_digest == replay.source_digest
    ]
    pairs += [same for same in grouped(finished, lambda run: (inputs_of(study, run), values_but(run))) if len(same) > 1]
    if not pairs:
        return "whether a run repeats, as no two runs had the same seeds and none was replayed"
    if not any(_is_warm(study, run) for same in pairs for run in same) and any(
        _is_warm(study, run) for run in finished
    ):
        return "whether a run depends on what its worker trained before, as only first runs of a process were repeated"
    if len(_hosts(study, finished)) > 1 and all(len(_hosts(study, same)) < 2 for same in pairs):
        return "whether a run depends on its machine, as none was repeated on another one"
    return ""


def _hosts(study: AuditStudy, runs: list[AuditRun]) -> set[str]:
    return {host for run in runs if (host := study.host_of(run)) is not None}


def _is_warm(study: AuditStudy, run: AuditRun) -> bool:
    facts = study.seeding_of(run)
    return facts is not None and not facts.first_in_process


def _examined_sources(
    study: AuditStudy, finished: list[AuditRun]
) -> tuple[dict[Source, list[int]], list[Source], list[str]]:
    """Return sources not examined (with arms), fixed sources, and comparisons made."""
    varying = frozenset[Source]().union(*(run.varying for run in finished))
    declared = frozenset[Source]().union(*(run.values for run in finished))
    unused = unused_sources(study)
    unexamined: dict[Source, list[int]] = {}
    fixed, examined = [], []
    for source in (source for source in Source if source in declared):
        if source not in varying:
            fixed.append(source)
            continue
        used = {run.arm for run in finished} - {run.arm for run in unused.get(source, ())}
        if not used:
            continue  # a finding of its own
        open_arms = [arm for arm in not_varied_alone(study, source) if arm in used]
        kind = compared_fingerprint(study, source)
        if not open_arms:
            examined.append(f"the effect of {source.value}")
        elif kind:
            examined.append(f"whether {source.value} changes the {bare_name(kind)}")
        # A recipe that trains by itself may draw a split or an order and then not use it.
        if open_arms and not (kind and applied_throughout(study, source)):
            unexamined[source] = open_arms
    return unexamined, fixed, examined


def _scope(study: AuditStudy, unexamined: dict[Source, list[int]]) -> str:
    """Name the arms, where some of the study's arms show an effect."""
    arms = sorted({arm for open_arms in unexamined.values() for arm in open_arms})
    return "" if len(arms) == len(study.arms) else f" in {listed(arm_name(study, arm) for arm in arms)}"


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
