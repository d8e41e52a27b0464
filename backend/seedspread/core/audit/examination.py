"""Gaps of an audit: only without any is it an all-clear."""

from __future__ import annotations

from collections.abc import Iterator

from seedspread.core.audit import sentences
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
        unprinted = any(run.state is RunState.FINISHED for run in study.runs)
        texts = sentences.NO_FINGERPRINTS if unprinted else sentences.NOTHING_FINISHED
        yield Finding.about(FindingCode.NOT_EXAMINED, Severity.NOTICE, (), *texts)
        return
    gaps, steps = [], []
    repetition = _repetition_gap(study, finished)
    candidate = replay_candidate(study) if repetition else None
    if repetition:
        gaps.append(repetition)
        steps.append(sentences.replay(candidate))
    unexamined, fixed, examined = _examined_sources(study, finished)
    if unexamined:
        never = _never_requested(study, finished, list(unexamined))
        gaps.append(sentences.effect_unknown(_names(list(unexamined)), _scope(study, unexamined), never))
    if fixed:
        gaps.append(sentences.fixed_everywhere(_names(fixed)))
    if unexamined or fixed:
        steps.append(sentences.VARY_EACH)
    if constants := sorted({line for run in finished for line in _constants(study, run)}):
        gaps.append(sentences.constant_seeds(listed(constants)))
        steps.append(sentences.CONSTANT_SEEDS)
    if arbitrary := sorted({line for run in finished for line in _arbitrary(study, run)}):
        gaps.append(sentences.arbitrary_order(listed(arbitrary)))
        steps.append(sentences.SORT)
    if gaps:
        examined += [] if repetition else [sentences.REPEATS]
        sentence = sentences.gaps(gaps, examined)
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
        return sentences.NEVER_REPEATED
    if not any(_is_warm(study, run) for same in pairs for run in same) and any(
        _is_warm(study, run) for run in finished
    ):
        return sentences.ONLY_FIRST_REPEATED
    if len(_hosts(study, finished)) > 1 and all(len(_hosts(study, same)) < 2 for same in pairs):
        return sentences.ONE_MACHINE
    return ""


def _arbitrary(study: AuditStudy, run: AuditRun) -> tuple[str, ...]:
    facts = study.seeding_of(run)
    return () if facts is None else facts.arbitrary


def _constants(study: AuditStudy, run: AuditRun) -> tuple[str, ...]:
    facts = study.seeding_of(run)
    return () if facts is None else facts.constants


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
            examined.append(sentences.effect_of(source.value))
        elif kind:
            examined.append(sentences.whether_shown(source.value, bare_name(kind)))
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
    return _names(never)


def _names(sources: list[Source]) -> str:
    return ", ".join(source.value for source in sources)
