"""The audit finds what was planted, says what to do, and is silent on a sound study."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from seedspread.core.audit import AuditArm, AuditRun, AuditStudy, Finding, FindingCode, Severity, findings
from seedspread.core.report import FingerprintKind
from seedspread.core.seeds import derive
from seedspread.core.sources import Source
from seedspread.core.states import RunState

SOURCES = (Source.SPLIT, Source.SHUFFLE, Source.INIT, Source.DROPOUT)
ENVIRONMENT: dict[str, dict[str, Any]] = {
    "e1": {"threads": 1, "host": "one"},
    "e2": {"threads": 2, "host": "two"},
    "e3": {"threads": 1},
}
_SHOWS = {
    FingerprintKind.DATA: (),
    FingerprintKind.SPLIT: (Source.SPLIT,),
    FingerprintKind.INITIAL: (Source.INIT,),
    FingerprintKind.ORDER: (Source.SPLIT, Source.SHUFFLE),
    FingerprintKind.FINAL: SOURCES,
    FingerprintKind.SERIES: SOURCES,
}


def trained(run: AuditRun, inputs: str, *, ignores: Iterable[Source] = ()) -> AuditRun:
    """The run with the fingerprints that an honest recipe gives, but for the sources it `ignores`."""
    ignored = set(ignores)

    def digest(kind: FingerprintKind, sources: Iterable[Source]) -> str:
        values = [(source, None if source in ignored else run.values[source]) for source in sources]
        return hashlib.sha256(f"{kind}{inputs}{values}".encode()).hexdigest()

    return replace(run, fingerprints={kind: digest(kind, sources) for kind, sources in _SHOWS.items()})


def study(
    arms: Iterable[tuple[str, frozenset[Source]]] = (("base", frozenset(SOURCES)),),
    *,
    seeds: int = 4,
    ignores: Iterable[Source] = (),
) -> AuditStudy:
    """A finished study: per arm its name and the sources that vary; the others are derived from seed 1000."""
    audit_arms = tuple(AuditArm(name, f"parameters of {name}") for name, _ in arms)
    runs: list[AuditRun] = []
    for arm, (_, varying) in enumerate(arms):
        for seed in range(seeds):
            values = {source: derive(seed if source in varying else 1000, source) for source in SOURCES}
            run = AuditRun(
                1 + len(runs), arm, seed, RunState.FINISHED, values, varying, source_digest="s", environment="e1"
            )
            runs.append(trained(run, audit_arms[arm].inputs, ignores=ignores))
    return AuditStudy(audit_arms, tuple(runs), environments=ENVIRONMENT)


def alone() -> list[tuple[str, frozenset[Source]]]:
    """The arms of the preset `sources`."""
    return [("none", frozenset()), *((f"{s} varies", frozenset({s})) for s in SOURCES), ("all", frozenset(SOURCES))]


def with_one_told(given: AuditStudy) -> AuditStudy:
    """The same study with arms of equal parameters, as presets have them."""
    arms = tuple(replace(arm, inputs="p") for arm in given.arms)
    return replace(given, arms=arms, runs=tuple(trained(run, "p") for run in given.runs))


def changed(given: AuditStudy, run_id: int, change: Callable[[AuditRun], AuditRun]) -> AuditStudy:
    return replace(given, runs=tuple(change(run) if run.id == run_id else run for run in given.runs))


def problems(given: AuditStudy) -> tuple[Finding, ...]:
    """The findings but the one that says what could not be examined."""
    return tuple(item for item in findings(given) if item.code is not FindingCode.NOT_EXAMINED)


def only(given: AuditStudy) -> Finding:
    (found,) = problems(given)
    assert found.sentence.endswith(".")
    assert found.advice.endswith(".")
    return found


@pytest.mark.parametrize(
    "given", [study(), study([("a", frozenset(SOURCES)), ("b", frozenset(SOURCES))]), with_one_told(study(alone()))]
)
def test_a_sound_study_has_no_findings(given: AuditStudy) -> None:
    assert problems(given) == ()


def test_a_seed_overwritten_with_a_constant_is_found() -> None:
    found = only(study(ignores=[Source.INIT]))
    assert (found.code, found.severity, found.runs) == (FindingCode.SEED_WITHOUT_EFFECT, Severity.ERROR, (1, 2, 3, 4))
    assert "every run had the same initial weights" in found.sentence
    assert "run.seed('init')" in found.advice


def test_all_seeds_overwritten_make_runs_secretly_the_same() -> None:
    codes = [found.code for found in problems(study(ignores=SOURCES))]
    assert codes.count(FindingCode.SEED_WITHOUT_EFFECT) == 3
    assert FindingCode.SECRETLY_THE_SAME in codes


def test_a_source_that_is_ignored_is_found() -> None:
    given = study([("dropout varies", frozenset({Source.DROPOUT}))], ignores=[Source.DROPOUT])
    found = only(given)
    assert (found.code, found.severity, found.run_count) == (FindingCode.SOURCE_WITHOUT_EFFECT, Severity.WARNING, 4)
    assert found.sentence.startswith("dropout has no effect")


def test_two_ignored_sources_are_both_found_and_explain_equal_runs() -> None:
    given = with_one_told(study(alone()))
    runs = tuple(trained(run, "p", ignores=[Source.DROPOUT, Source.SHUFFLE]) for run in given.runs)
    found = problems(replace(given, runs=runs))
    idle = [item.sentence.split()[0] for item in found if item.code is FindingCode.SOURCE_WITHOUT_EFFECT]
    assert idle == ["shuffle", "dropout"]
    assert FindingCode.SECRETLY_THE_SAME not in {item.code for item in found}


def test_a_source_that_some_parameters_switch_off_is_a_notice() -> None:
    on = with_one_told(study(alone()))
    arms = tuple(AuditArm(f"{arm.name}, rate 0", "q") for arm in on.arms)
    off = tuple(
        trained(replace(run, id=run.id + len(on.runs), arm=run.arm + len(arms)), "q", ignores=[Source.DROPOUT])
        for run in on.runs
    )
    found = only(replace(on, arms=(*on.arms, *arms), runs=(*on.runs, *off)))
    assert (found.code, found.severity) == (FindingCode.SOURCE_WITHOUT_EFFECT, Severity.NOTICE)
    assert "dropout has no effect in arm 'none, rate 0'" in found.sentence
    assert "with other parameters it has one" in found.sentence


def test_a_duplicated_run_is_found() -> None:
    given = study()
    found = only(changed(given, 3, lambda run: replace(run, fingerprints=given.runs[0].fingerprints)))
    assert (found.code, found.runs) == (FindingCode.SECRETLY_THE_SAME, (1, 3))
    assert "run 1 (arm 'base', seed 0) and run 3 (arm 'base', seed 2)" in found.sentence


def test_a_parameter_without_effect_makes_arms_secretly_the_same() -> None:
    given = study([("a", frozenset(SOURCES)), ("b", frozenset(SOURCES))])
    found = only(replace(given, runs=tuple(trained(run, "equal") for run in given.runs)))
    assert (found.code, found.run_count, found.arms) == (FindingCode.SECRETLY_THE_SAME, 8, (0, 1))


def test_exclusion_settles_a_duplicate() -> None:
    given = study()
    twice = replace(given, runs=(*given.runs, replace(given.runs[0], id=9)))
    assert only(twice).code is FindingCode.DUPLICATE_SEEDS
    assert problems(changed(twice, 9, lambda run: replace(run, excluded=True))) == ()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FingerprintKind.INITIAL, "first in the initial weights"),
        (FingerprintKind.SPLIT, "first in the split of the data"),
        (FingerprintKind.SERIES, "first in the metrics"),
    ],
)
def test_randomness_that_is_not_under_control_is_found(kind: FingerprintKind, words: str) -> None:
    given = study([("nothing varies", frozenset())])
    found = only(changed(given, 2, lambda run: replace(run, fingerprints={**run.fingerprints, kind: "other"})))
    assert (found.code, found.severity) == (FindingCode.NOT_UNDER_CONTROL, Severity.ERROR)
    assert words in found.sentence


def test_missing_seeds_and_an_arm_that_fails_more_are_found() -> None:
    given = study([("a", frozenset(SOURCES)), ("b", frozenset(SOURCES))])
    failed = {6, 7}
    runs = tuple(replace(r, state=RunState.FAILED) if r.id in failed else r for r in given.runs)
    found = {finding.code: finding for finding in problems(replace(given, runs=runs))}
    assert set(found) == {FindingCode.MISSING_SEEDS, FindingCode.FAILED_RUNS}
    assert "seeds 1, 2 are missing from arm 'b'" in found[FindingCode.MISSING_SEEDS].sentence
    assert "arm 'b' (2 of 4)" in found[FindingCode.FAILED_RUNS].sentence


def test_a_seed_excluded_by_hand_is_told_as_such() -> None:
    given = study([("a", frozenset(SOURCES)), ("b", frozenset(SOURCES))])
    found = only(changed(given, 1, lambda run: replace(run, excluded=True)))
    assert (found.code, found.runs) == (FindingCode.MISSING_SEEDS, (1,))
    assert found.sentence.startswith("seed 0 is excluded by hand from arm 'a', but not from every other arm")
    assert found.advice == "Exclude the same seeds from the other arms, or count these runs again."


def test_one_failure_is_a_notice() -> None:
    given = changed(study(), 2, lambda run: replace(run, state=RunState.FAILED))
    assert only(given).severity is Severity.NOTICE


def test_diverged_runs_are_named() -> None:
    found = only(changed(study(), 2, lambda run: replace(run, diverged=True)))
    assert (found.code, found.runs) == (FindingCode.DIVERGED_RUNS, (2,))
    assert "(seed 1)" in found.sentence
    assert "statistics leave the run out" in found.advice


def test_a_replay_that_diverged_is_found() -> None:
    given = study()
    good = replace(given.runs[0], id=11, replay_of=1)
    bad = replace(
        given.runs[1], id=12, replay_of=2, fingerprints={FingerprintKind.FINAL: "x", FingerprintKind.SERIES: "y"}
    )
    found = only(replace(given, replays=(good, bad)))
    assert (found.code, found.runs) == (FindingCode.REPLAY_DIVERGED, (2, 12))
    assert "1 of 2 replays" in found.sentence


def test_changed_code_within_a_study_is_found() -> None:
    found = only(changed(study(), 2, lambda run: replace(run, source_digest="t")))
    assert (found.code, found.runs) == (FindingCode.MIXED_CODE, (2,))


def test_environments_that_may_matter_are_found() -> None:
    found = only(changed(study(), 2, lambda run: replace(run, environment="e2")))
    assert (found.code, found.severity, found.runs) == (FindingCode.MIXED_ENVIRONMENTS, Severity.NOTICE, (2,))
    assert "threads" in found.sentence
    assert problems(changed(study(), 2, lambda run: replace(run, environment="e3"))) == ()


def test_errors_come_first() -> None:
    given = changed(study(ignores=[Source.INIT]), 2, lambda run: replace(run, environment="e2", diverged=True))
    assert [found.severity for found in problems(given)] == [Severity.ERROR, Severity.WARNING, Severity.NOTICE]


def test_ten_thousand_runs_are_audited_at_once() -> None:
    given = with_one_told(study(alone(), seeds=1667))
    assert len(given.runs) == 10_002
    few = with_one_told(study(alone(), seeds=167))

    def processor_time(audited: AuditStudy) -> float:
        gc.collect()
        gc.disable()  # a collection looks at all that other tests of this process left, too
        try:
            started = time.process_time()
            assert problems(audited) == ()
            return time.process_time() - started
        finally:
            gc.enable()

    # Ten times the runs: in proportion ten times the time, pair by pair a hundred times.
    assert processor_time(given) < 40 * min(processor_time(few) for _ in range(3))


def test_cancelled_runs_are_told_unless_nothing_needed_them() -> None:
    given = changed(study(), 2, lambda run: replace(run, state=RunState.CANCELLED, fingerprints={}))
    found = only(given)
    assert (found.code, found.severity, found.runs) == (FindingCode.CANCELLED_RUNS, Severity.NOTICE, (2,))
    assert found.sentence == "1 of 4 runs was cancelled: what is found here is of the 3 that finished."
    assert problems(changed(given, 2, lambda run: replace(run, unneeded=True))) == ()
