"""Check that equal inputs gave equal results, code and environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from seedspread.core.audit import sentences
from seedspread.core.audit.grouping import (
    grouped,
    inputs_of,
    listed,
    values_but,
)
from seedspread.core.audit.records import AuditRun, AuditStudy, Finding, FindingCode, SeedingFacts, Severity
from seedspread.core.environment import environment_differences, flat, why_it_matters
from seedspread.core.report import FingerprintKind
from seedspread.core.sentences import MEANING
from seedspread.core.sources import Source
from seedspread.core.states import RunState

_DEPENDS: dict[FingerprintKind, tuple[Source, ...]] = {
    FingerprintKind.DATA: (),
    FingerprintKind.SPLIT: (Source.SPLIT, Source.RESAMPLE),
    FingerprintKind.INITIAL: (Source.SPLIT, Source.RESAMPLE, Source.INIT, Source.ALGORITHM),
    FingerprintKind.ORDER: (Source.SPLIT, Source.RESAMPLE, Source.SHUFFLE, Source.ALGORITHM),
    FingerprintKind.FINAL: tuple(Source),
    FingerprintKind.SERIES: tuple(Source),
}
"""The sources on which a fingerprint may depend, in the order in which a training makes them."""


def not_under_control(study: AuditStudy) -> Iterator[Finding]:
    """Report runs with equal inputs but different fingerprints.

    Such runs prove that something random has no seed.
    """
    for kind, sources in _DEPENDS.items():
        having = [run for run in study.runs if kind in run.fingerprints]
        groups = grouped(having, _told_up_to(study, sources))
        split = [same for same in groups if len({run.fingerprints[kind] for run in same}) > 1]
        if split:
            runs = [run for same in split for run in same]
            where = len({run.environment for run in runs}) > 1
            yield Finding.about(
                FindingCode.NOT_UNDER_CONTROL,
                Severity.ERROR,
                runs,
                *sentences.not_under_control(len(runs), MEANING[kind], environments=where),
            )
            return


def replay_diverged(study: AuditStudy) -> Iterator[Finding]:
    """Report replays that differ from their original, or failed.

    Any bit counts, and so does the failure of a replay whose original finished. A replay with other code says nothing
    about the original's seeds.
    """
    originals = {run.id: run for run in (*study.runs, *study.replays)}
    every = [(original, run) for run in study.replays if (original := originals.get(run.replay_of or 0)) is not None]
    same_code = [pair for pair in every if pair[0].source_digest == pair[1].source_digest]
    pairs = [pair for pair in same_code if pair[1].outcome is not None]
    broken = [pair for pair in pairs if _diverged(study, *pair)]
    if broken:
        count = len({original.id for original, _ in broken})
        yield Finding.about(
            FindingCode.REPLAY_DIVERGED,
            Severity.ERROR,
            [run for pair in broken for run in pair],
            *sentences.replay_diverged(len(broken), len(pairs), count),
        )
    changed = [pair for pair in every if pair not in same_code and pair[1].outcome and _diverged(study, *pair)]
    if changed:
        yield Finding.about(
            FindingCode.REPLAY_DIVERGED,
            Severity.WARNING,
            [run for pair in changed for run in pair],
            *sentences.changed_replay_diverged(len(changed)),
        )
    failed = [replay for _, replay in same_code if replay.state is RunState.FAILED]
    if failed:
        yield Finding.about(
            FindingCode.REPLAY_DIVERGED,
            Severity.WARNING,
            failed,
            *sentences.replay_failed(len(failed)),
        )


def _diverged(study: AuditStudy, original: AuditRun, replay: AuditRun) -> bool:
    return original.outcome != replay.outcome or replay.id in study.diverged_replays


def unseeded(study: AuditStudy) -> Iterator[Finding]:
    """Report recipes that draw random numbers no seed can repeat."""
    runs, places = _noted(study, lambda facts: facts.unseeded)
    if runs:
        yield Finding.about(
            FindingCode.UNSEEDED,
            Severity.ERROR,
            runs,
            *sentences.unseeded(listed(places)),
        )


def state_kept(study: AuditStudy) -> Iterator[Finding]:
    """Report recipes whose modules keep state from run to run."""
    runs, names = _noted(study, lambda facts: facts.kept)
    if runs:
        yield Finding.about(
            FindingCode.STATE_KEPT,
            Severity.WARNING,
            runs,
            *sentences.state_kept(listed(names)),
        )


def drawn_by_some(study: AuditStudy) -> Iterator[Finding]:
    """Report process-wide generators from which only some runs of one configuration drew.

    The others took the number from elsewhere: a file or another cache that outlives a run, which no replay beside the
    same cache would show. The engine draws while it builds a model, and not when it uses one again: its recipes are
    left out.
    """
    drawn: dict[int, frozenset[str]] = {}
    for run in study.runs:
        facts = study.seeding_of(run) if run.outcome is not None else None
        if facts is not None and not facts.applied:
            drawn[run.id] = frozenset(facts.drawn)
    groups = grouped((run for run in study.runs if run.id in drawn), lambda run: inputs_of(study, run))
    for name in sorted(frozenset[str]().union(*drawn.values())):
        using = [same for same in groups if any(name in drawn[run.id] for run in same)]
        without = [run for same in using for run in same if name not in drawn[run.id]]
        if without:
            yield Finding.about(
                FindingCode.STATE_KEPT,
                Severity.WARNING,
                without,
                *sentences.drawn_by_some(name, len(without)),
            )


def _noted(study: AuditStudy, notes: Callable[[SeedingFacts], Iterable[str]]) -> tuple[list[AuditRun], list[str]]:
    """Return the runs with notes, and every note once."""
    by_environment = {
        run.environment: list(notes(facts)) for run in study.runs if (facts := study.seeding_of(run)) is not None
    }
    runs = [run for run in study.runs if by_environment.get(run.environment)]
    return runs, sorted({note for noted in by_environment.values() for note in noted})


def mixed_code(study: AuditStudy) -> Iterator[Finding]:
    started = [run for run in study.runs if run.source_digest and run.fingerprints]
    counts = Counter(run.source_digest for run in started)
    if len(counts) > 1:
        usual = counts.most_common(1)[0][0]
        yield Finding.about(
            FindingCode.MIXED_CODE,
            Severity.ERROR,
            [run for run in started if run.source_digest != usual],
            *sentences.mixed_code(len(counts)),
        )


def mixed_environments(study: AuditStudy) -> Iterator[Finding]:
    """Report finished runs whose environments differ where it may matter.

    Like is compared with like: facts on the machine among all runs, those on a framework among the runs that loaded it,
    and what a recipe decides itself (such as its engine) among runs of the same parameters.
    """
    finished = [run for run in study.runs if run.outcome is not None and run.environment is not None]
    digests = {run.environment or "" for run in finished}
    if len(digests) < 2:
        return
    facts = {digest: _facts_that_matter(study.environments.get(digest, {})) for digest in digests}
    comparisons: list[tuple[list[AuditRun], tuple[str, ...]]] = [(finished, _MACHINE)]
    for name in sorted({key.split(".")[1] for items in facts.values() for key in items if key.startswith(_FRAMEWORKS)}):
        section = f"{_FRAMEWORKS}{name}."
        loaded = [run for run in finished if any(key.startswith(section) for key in facts[run.environment or ""])]
        comparisons.append((loaded, (section,)))
    decided = {key.split(".")[0] for items in facts.values() for key in items} - _NOT_DECIDED
    comparisons += [
        (same, tuple(sorted(decided))) for same in grouped(finished, lambda run: inputs_of(study, run)) if decided
    ]
    odd: dict[int, AuditRun] = {}
    keys: set[str] = set()
    for runs, prefixes in comparisons:
        for run, differing in _apart(runs, facts, prefixes):
            odd[run.id] = run
            keys.update(differing)
    if odd:
        named = sorted(keys)
        listed = ", ".join(named[:4]) + (" and more" if len(named) > 4 else "")
        yield Finding.about(
            FindingCode.MIXED_ENVIRONMENTS,
            Severity.NOTICE,
            odd.values(),
            *sentences.mixed_environments(listed, len(odd), len(finished)),
        )


_MACHINE = (
    *("python", "implementation", "platform", "machine", "packages", "cpu", "gpus"),
    *("threads", "onednn", "op_determinism", "variables"),
)
"""First parts of the keys that every trainer records alike."""
_FRAMEWORKS = "frameworks."
_NOT_DECIDED = frozenset({*_MACHINE, "host", "git", "seeding", "resumed", "frameworks"})
"""First parts of keys that no recipe decides; `seeding` and `resumed` have findings of their own or are no settings."""


def _facts_that_matter(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flat(environment) if why_it_matters(key)}


def _apart(
    runs: Sequence[AuditRun], facts: Mapping[str, Mapping[str, Any]], prefixes: tuple[str, ...]
) -> Iterator[tuple[AuditRun, list[str]]]:
    """Yield the runs that differ from most others in these facts.

    Each comes with the keys in which it differs.
    """
    relevant = {
        digest: {key: value for key, value in facts[digest].items() if _begins(key, prefixes)}
        for digest in {run.environment or "" for run in runs}
    }
    texts = {digest: repr(sorted(content.items())) for digest, content in relevant.items()}
    same = grouped(runs, lambda run: texts[run.environment or ""])
    usual = max(same, key=len, default=[])
    for group in same:
        if group is not usual:
            differences = environment_differences(
                relevant[usual[0].environment or ""], relevant[group[0].environment or ""]
            )
            keys = [item.key for item in differences if item.matters]
            yield from ((run, keys) for run in group if keys)


def _begins(key: str, prefixes: tuple[str, ...]) -> bool:
    return any(key == prefix or key.startswith(prefix.rstrip(".") + ".") for prefix in prefixes)


def _told_up_to(study: AuditStudy, sources: Sequence[Source]) -> Callable[[AuditRun], Hashable]:
    others = tuple(source for source in Source if source not in sources)
    return lambda run: (inputs_of(study, run), values_but(run, *others))
