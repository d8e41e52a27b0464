"""Check that seeds and sources have the effect they claim."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator
from typing import TypeAlias

from seedspread.core.audit import sentences
from seedspread.core.audit.grouping import (
    arm_name,
    bare_name,
    by_arm,
    distinct_values,
    grouped,
    inputs_of,
    listed,
    values_but,
)
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, Severity
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source

Inputs: TypeAlias = tuple[str, str]

_SHOWS: dict[Source, FingerprintKind] = {
    Source.INIT: FingerprintKind.INITIAL,
    Source.SHUFFLE: FingerprintKind.ORDER,
    Source.SPLIT: FingerprintKind.SPLIT,
}
"""The fingerprint in which a source's value must show; the others show in the outcome alone, or may be switched off."""


def seed_without_effect(study: AuditStudy) -> Iterator[Finding]:
    """Report runs whose source value had no effect.

    The value differs between the runs, but the fingerprint that must show the source is the same.
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
                    *sentences.seed_without_effect(source.value, arm_name(study, arm), scope, bare_name(kind)),
                )


def source_unused(study: AuditStudy) -> Iterator[Finding]:
    """Report varying sources from which the recipe takes no number.

    A source reaches a recipe through `run.seed`, `run.rng` or the process-wide generators, which all sources seed
    together. A source that was never requested, in runs that left those generators alone, decides nothing.
    """
    for source, runs in unused_sources(study).items():
        elsewhere = sorted({run.arm for run in study.runs if source in run.varying and _used(study, run, source)})
        if elsewhere:
            yield _used_in_part(study, source, runs, elsewhere)
            continue
        if any(requests(study, run, source) for run in runs):
            yield Finding.about(
                FindingCode.SOURCE_UNUSED,
                Severity.WARNING,
                runs,
                *sentences.generator_unused(source.value, len(runs)),
            )
            continue
        yield Finding.about(
            FindingCode.SOURCE_UNUSED,
            Severity.ERROR,
            runs,
            *sentences.source_unused(source.value, len(runs)),
        )


def _used_in_part(study: AuditStudy, source: Source, runs: list[AuditRun], elsewhere: list[int]) -> Finding:
    """Describe a source that only some of the runs used."""
    within = sorted({run.arm for run in runs} & set(elsewhere))
    if within:  # one configuration, and yet some of its runs did without: by a cache, an error caught, the seed itself
        return Finding.about(
            FindingCode.SOURCE_UNUSED,
            Severity.ERROR,
            runs,
            *sentences.used_by_some(source.value, len(runs), listed(arm_name(study, arm) for arm in within)),
        )
    arms = sorted({run.arm for run in runs})
    return Finding.about(
        FindingCode.SOURCE_UNUSED,
        Severity.NOTICE,
        runs,
        *sentences.used_elsewhere(source.value, listed(arm_name(study, arm) for arm in arms)),
    )


def unused_sources(study: AuditStudy) -> dict[Source, list[AuditRun]]:
    """Return sources without an effect, with the runs concerned."""
    unused: dict[Source, list[AuditRun]] = {}
    for run in study.runs:
        facts = study.seeding_of(run) if run.varying and run.outcome is not None else None
        if facts is None or facts.drawn or facts.manifest_read:
            continue
        for source in run.varying:
            if source.value not in facts.used:
                unused.setdefault(source, []).append(run)
    return {source: runs for source, runs in unused.items() if not _shows(study, runs, source)}


def _unused_throughout(study: AuditStudy) -> set[Source]:
    """Return the sources that no run of the study used."""
    return {source for source in unused_sources(study) if not any(_used(study, run, source) for run in study.runs)}


def reseeded_with_a_constant(study: AuditStudy) -> Iterator[Finding]:
    """Report process-wide generators that a recipe seeds with a constant.

    A number made from a source's seed is the same in all runs that have that seed: every source that the recipe asked
    for must differ among the runs of a constant.
    """
    calls: dict[tuple[Inputs, str, str], list[AuditRun]] = {}
    for run in study.runs:
        facts = study.seeding_of(run) if run.varying else None
        for line, call in (facts.reseeded if facts else {}).items():
            calls.setdefault((inputs_of(study, run), line, call), []).append(run)
    for (_, line, call), same in calls.items():
        if len({tuple(run.values.values()) for run in same}) > 1 and not _may_decide(study, same):
            names = listed(arm_name(study, arm) for arm in sorted({run.arm for run in same}))
            yield Finding.about(
                FindingCode.SEED_WITHOUT_EFFECT,
                Severity.ERROR,
                same,
                *sentences.reseeded(call, line, len(same), names),
            )


def _may_decide(study: AuditStudy, runs: list[AuditRun]) -> bool:
    """Check whether the runs share a seed that may decide a number.

    A split that `holdout` drew was not requested by the recipe itself.
    """
    facts = [item for run in runs if (item := study.seeding_of(run)) is not None]
    requested = {name for item in facts for name in item.requested - (item.traced & {Source.SPLIT.value})}
    every = any(item.manifest_read for item in facts)
    return any(
        distinct_values(runs, source) == 1
        for source in Source
        if source in runs[0].values and (every or source.value in requested)
    )


def requests(study: AuditStudy, run: AuditRun, source: Source) -> bool:
    """Check whether the recipe may have asked for the source's seed."""
    facts = study.seeding_of(run)
    return facts is not None and (source.value in facts.requested | facts.used or facts.manifest_read)


def _used(study: AuditStudy, run: AuditRun, source: Source) -> bool:
    facts = study.seeding_of(run)
    return facts is not None and (source.value in facts.used or facts.manifest_read)


def _shows(study: AuditStudy, runs: list[AuditRun], source: Source) -> bool:
    """Check whether a source alone changes its own fingerprint.

    Where other sources differ as well it may be their doing: an order taken of split data differs with the split.
    """
    kind = _SHOWS.get(source)
    if kind is None:
        return False
    having = [run for run in runs if kind in run.fingerprints]
    alone = grouped(having, lambda run: (inputs_of(study, run), values_but(run, source)))
    return any(
        len({run.fingerprints[kind] for run in same}) > 1 and distinct_values(same, source) > 1 for same in alone
    )


def source_without_effect(study: AuditStudy) -> Iterator[Finding]:
    """Report sources that change nothing.

    Runs that differ only in such a source all came out the same, with every set of parameters or with some of them.
    """
    unused = _unused_throughout(study)
    for source, groups in _effects(study).items():
        runs = [run for same in groups.values() for run in same]
        if source in unused or not runs:
            continue
        exact = all(run.weights_recorded for run in runs)
        everywhere = all(groups.values())
        arms = sorted({run.arm for run in runs})
        names = "" if everywhere else listed(arm_name(study, arm) for arm in arms)
        yield Finding.about(
            FindingCode.SOURCE_WITHOUT_EFFECT,
            Severity.WARNING if everywhere else Severity.NOTICE,
            runs,
            *sentences.source_without_effect(source.value, len(runs), names, exact=exact),
        )


def secretly_the_same(study: AuditStudy) -> Iterator[Finding]:
    """Report identical runs that had different inputs.

    Inputs that differ only in a source without effect do not count as different: that has a finding of its own.
    """
    counting = [run for run in study.runs if run.outcome is not None and not run.excluded]
    groups = [same for same in grouped(counting, lambda run: run.outcome) if len(same) > 1]
    inputs = _inputs_but_idle(study) if groups else inputs_of
    equal = [same for same in groups if len({inputs(study, run) for run in same}) > 1]
    by_severity: dict[Severity, list[list[AuditRun]]] = {}
    for group in equal:
        unproven = Severity.NOTICE if _by_chance(study, group, counting) else Severity.WARNING
        by_severity.setdefault(Severity.ERROR if group[0].weights_recorded else unproven, []).append(group)
    for severity, same in by_severity.items():
        runs = [run for group in same for run in group]
        pair = sorted(same[0], key=lambda run: run.id)[:2]
        named = [f"run {run.id} ({arm_name(study, run.arm)}, seed {run.seed})" for run in pair]
        more = len(runs) - len(pair)
        if severity is Severity.NOTICE:
            fewest = min(_distinct_outcomes(counting, arm) for arm in {run.arm for run in runs})
            texts = sentences.equal_by_chance(named, more, fewest)
        else:
            texts = sentences.secretly_the_same(named, more, proven=severity is Severity.ERROR)
        yield Finding.about(FindingCode.SECRETLY_THE_SAME, severity, runs, *texts)


_FEWEST_RESULTS = 3
"""Fewest different results of an arm before chance may explain equal ones."""


def _by_chance(study: AuditStudy, group: list[AuditRun], counting: list[AuditRun]) -> bool:
    """Check whether chance explains why coarse metrics agree.

    It does where the seeds of each arm make a difference, and no two arms have the same results under all shared seeds.
    """
    arms = sorted({run.arm for run in group})
    if group[0].fingerprints[FingerprintKind.SERIES] not in study.coarse:
        return False
    if any(_distinct_outcomes(counting, arm) < _FEWEST_RESULTS for arm in arms):
        return False
    results = {arm: {(run.seed, values_but(run)): run.outcome for run in counting if run.arm == arm} for arm in arms}
    for a, b in itertools.combinations(arms, 2):
        shared = results[a].keys() & results[b].keys()
        if shared and all(results[a][seed] == results[b][seed] for seed in shared):
            return False
    return True


def _distinct_outcomes(runs: list[AuditRun], arm: int) -> int:
    return len({run.outcome for run in runs if run.arm == arm})


def _inputs_but_idle(study: AuditStudy) -> Callable[[AuditStudy, AuditRun], Hashable]:
    """Return a function that identifies inputs, idle sources left out."""
    unused, idle = _unused_throughout(study), _effects(study)
    throughout = {source for source, groups in idle.items() if all(groups.values())}
    cached: dict[Inputs, tuple[Source, ...]] = {}

    def inputs_of_run(study: AuditStudy, run: AuditRun) -> Hashable:
        inputs = inputs_of(study, run)
        if inputs not in cached:
            idle_here = {source for source, groups in idle.items() if groups.get(inputs)}
            cached[inputs] = (*idle_here, *throughout, *unused)
        return inputs, values_but(run, *cached[inputs])

    return inputs_of_run


def _effects(study: AuditStudy) -> dict[Source, dict[Inputs, list[AuditRun]]]:
    """Return runs without effect, by the source varied alone and by inputs.

    A list is empty where the source has an effect with those inputs.
    """
    finished = [run for run in study.runs if run.outcome is not None]
    varying = frozenset[Source]().union(*(run.varying for run in finished))
    effects: dict[Source, dict[Inputs, list[AuditRun]]] = {}
    for source in (source for source in Source if source in varying):
        differs: set[Inputs] = set()
        runs: dict[Inputs, list[AuditRun]] = {}
        for same in grouped(finished, lambda run: (inputs_of(study, run), values_but(run, source))):  # noqa: B023
            if distinct_values(same, source) > 1:
                inputs = inputs_of(study, same[0])
                runs.setdefault(inputs, []).extend(same)
                if len({run.outcome for run in same}) > 1:
                    differs.add(inputs)
        if runs:
            effects[source] = {inputs: [] if inputs in differs else group for inputs, group in runs.items()}
    return effects


def not_varied_alone(study: AuditStudy, source: Source) -> list[int]:
    """Return the arms in which `source` varies, but never alone.

    With the parameters of such an arm, no two finished runs differ in that source and nothing else.
    """
    finished = [run for run in study.runs if run.outcome is not None]
    alone = {
        inputs_of(study, same[0])
        for same in grouped(finished, lambda run: (inputs_of(study, run), values_but(run, source)))
        if distinct_values(same, source) > 1
    }
    return sorted({run.arm for run in finished if source in run.varying and inputs_of(study, run) not in alone})


def compared_fingerprint(study: AuditStudy, source: Source) -> FingerprintKind | None:
    """Return the fingerprint in which `source` must show, if it was compared.

    The trainer must have taken it of what the source drew: one that a recipe hands in may differ by something else.
    """
    kind = _SHOWS.get(source)
    runs = [run for run in study.runs if source in run.varying and kind in run.fingerprints]
    return kind if distinct_values(runs, source) > 1 and all(_traced(study, run, source) for run in runs) else None


def applied_throughout(study: AuditStudy, source: Source) -> bool:
    """Check whether the engine trained every finished run with what `source` drew."""
    runs = [run for run in study.runs if run.outcome is not None and source in run.varying]
    facts = [study.seeding_of(run) for run in runs]
    return bool(facts) and all(item is not None and source.value in item.applied for item in facts)


def _traced(study: AuditStudy, run: AuditRun, source: Source) -> bool:
    facts = study.seeding_of(run)
    return facts is not None and source.value in facts.traced | facts.applied


def _copies(runs: list[AuditRun]) -> bool:
    """Tell whether the runs are equal in every fingerprint that counts.

    Such runs are reported by a finding of their own.
    """
    return len({run.outcome for run in runs}) == 1 and runs[0].outcome is not None


def _digest_of(kind: FingerprintKind) -> Callable[[AuditRun], str]:
    return lambda run: run.fingerprints[kind]
