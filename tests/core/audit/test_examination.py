"""The audit says what it could not examine, and reads what trainers saw of a recipe's randomness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from seedspread.core.audit import AuditArm, AuditRun, AuditStudy, FindingCode, Severity, findings
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState

SOURCES = (Source.SPLIT, Source.ALGORITHM)
SERIES, FINAL, SPLIT = FingerprintKind.SERIES, FingerprintKind.FINAL, FingerprintKind.SPLIT


def facts(**seen: Any) -> dict[str, Any]:
    """An environment as a trainer records it for a recipe that asked for both of its seeds."""
    taken = {"used": ["algorithm", "split"], "traced": ["split"], "first_in_process": True}
    return {"seeding": taken | seen}


def run(number: int, seed: int, environment: str = "warm", **fields: Any) -> AuditRun:
    """A finished run of a recipe that follows its seeds."""
    prints = fields.pop("prints", {SPLIT: f"split {seed}", FINAL: f"final {seed}", SERIES: f"series {seed}"})
    values = dict.fromkeys(SOURCES, seed)
    return AuditRun(
        number,
        0,
        seed,
        RunState.FINISHED,
        values,
        frozenset(SOURCES),
        fingerprints=prints,
        environment=environment,
        **fields,
    )


def study(
    *runs: AuditRun, environments: Mapping[str, Any] | None = None, diverged: frozenset[int] = frozenset()
) -> AuditStudy:
    """A study of one arm; runs that repeat another are its replays."""
    return AuditStudy(
        (AuditArm("base", "p"),),
        tuple(item for item in runs if item.replay_of is None),
        replays=tuple(item for item in runs if item.replay_of is not None),
        environments=environments or {"first": facts(), "warm": facts(first_in_process=False)},
        diverged_replays=diverged,
    )


def codes(given: AuditStudy) -> dict[FindingCode, Severity]:
    return {item.code: item.severity for item in findings(given)}


def gap(given: AuditStudy) -> str:
    """What the audit says it could not examine; empty where it examined everything."""
    return next((item.sentence for item in findings(given) if item.code is FindingCode.NOT_EXAMINED), "")


def test_a_study_without_a_repeat_is_no_all_clear() -> None:
    sentence = gap(study(run(1, 1, "first"), run(2, 2)))
    assert sentence.startswith("Not examined: whether a run repeats, as no two runs had the same seeds")
    assert "the effect of split, algorithm on the result" in sentence


def test_a_replay_of_a_first_run_says_nothing_about_order() -> None:
    runs = [run(1, 1, "first"), run(2, 2)]
    assert "what its worker trained before" in gap(study(*runs, replace(runs[0], id=3, replay_of=1)))
    assert "worker" not in gap(study(*runs, replace(runs[1], id=3, replay_of=2, environment="first")))


def test_the_advice_names_a_run_that_was_not_the_first_of_its_worker() -> None:
    (finding,) = findings(study(run(1, 1, "first"), run(2, 2), run(3, 3, "first")))
    assert "Replay run 2:" in finding.advice


def test_a_study_without_a_finished_run_is_no_all_clear() -> None:
    assert gap(study(replace(run(1, 1), state=RunState.QUEUED, fingerprints={}))).endswith("no run has finished.")


@pytest.mark.parametrize("prints", [{SERIES: "other"}, {SERIES: "series 1", SPLIT: "other"}, {SERIES: "series 1"}])
def test_a_replay_that_differs_anywhere_is_found(prints: Mapping[FingerprintKind, str]) -> None:
    first = run(1, 1, prints={SERIES: "series 1", SPLIT: "split 1"})
    given = study(first, run(9, 1, prints=prints, replay_of=1), diverged=frozenset({9}))
    assert codes(given)[FindingCode.REPLAY_DIVERGED] is Severity.ERROR


def test_outcomes_come_from_the_series_where_no_weights_are_given() -> None:
    same = [run(number, number, prints={SERIES: "one"}) for number in (1, 2)]
    assert codes(study(*same))[FindingCode.SECRETLY_THE_SAME] is Severity.WARNING
    weighed = [run(number, number, prints={SERIES: "one", FINAL: "one"}) for number in (1, 2)]
    assert codes(study(*weighed))[FindingCode.SECRETLY_THE_SAME] is Severity.ERROR


@pytest.mark.parametrize(
    ("seen", "code", "severity"),
    [
        ({"used": ["split"]}, FindingCode.SOURCE_UNUSED, Severity.ERROR),
        ({"unseeded": ["os.urandom at mine.py:3"]}, FindingCode.UNSEEDED, Severity.ERROR),
        ({"reseeded": {"mine.py:3": "numpy.random.seed(0)"}}, FindingCode.SEED_WITHOUT_EFFECT, Severity.ERROR),
        ({"kept": ["mine.CACHE"]}, FindingCode.STATE_KEPT, Severity.WARNING),
    ],
)
def test_what_a_trainer_saw_becomes_a_finding(seen: dict[str, Any], code: FindingCode, severity: Severity) -> None:
    given = study(run(1, 1), run(2, 2), environments={"warm": facts(**seen)})
    assert codes(given) == {code: severity, FindingCode.NOT_EXAMINED: Severity.NOTICE}


@pytest.mark.parametrize(
    "seen",
    [
        {"used": ["split"], "drawn": ["numpy"]},  # may act through the process-wide generator
        {"used": ["split"], "manifest_read": True},  # may have taken it from there
    ],
)
def test_a_source_that_may_have_come_another_way_is_not_called_unused(seen: dict[str, Any]) -> None:
    given = study(run(1, 1), run(2, 2), environments={"warm": facts(**seen)})
    assert set(codes(given)) == {FindingCode.NOT_EXAMINED}


def test_a_generator_from_which_only_some_runs_drew_shows_a_cache() -> None:
    seen = {"warm": facts(drawn=["numpy"]), "cached": facts()}
    given = study(run(1, 1), run(2, 2, environment="cached"), environments=seen)
    (finding,) = [item for item in findings(given) if item.code is FindingCode.STATE_KEPT]
    assert (finding.severity, finding.runs) == (Severity.WARNING, (2,))
    assert finding.sentence.startswith("1 run drew nothing from the process-wide generator of numpy, from which others")
    assert FindingCode.STATE_KEPT not in codes(study(run(1, 1), run(2, 2), environments=seen))  # both drew
    by_engine = {
        name: facts(**{"applied": ["init"], **given})
        for name, given in (("warm", {"drawn": ["numpy"]}), ("cached", {}))
    }
    assert FindingCode.STATE_KEPT not in codes(
        study(run(1, 1), run(2, 2, environment="cached"), environments=by_engine)
    )


def test_a_generator_that_was_taken_but_not_drawn_from_is_a_warning() -> None:
    seen = {"warm": facts(used=["split"], requested=["algorithm", "split"])}
    (unused, _) = findings(study(run(1, 1), run(2, 2), environments=seen))
    assert (unused.code, unused.severity) == (FindingCode.SOURCE_UNUSED, Severity.WARNING)
    assert "algorithm varies, but the recipe drew nothing from the generator" in unused.sentence


@pytest.mark.parametrize(
    ("seen", "remark"),
    [
        ({"used": ["split"], "drawn": ["numpy"]}, True),
        ({"used": ["split"], "requested": ["algorithm"], "drawn": ["numpy"]}, False),
        ({"used": ["split"], "manifest_read": True}, False),
    ],
)
def test_what_was_compared_and_what_was_not_is_said(seen: dict[str, Any], remark: bool) -> None:
    sentence = gap(study(run(1, 1), run(2, 2), environments={"warm": facts(**seen)}))
    assert ("(the recipe never asked for the seed of algorithm, but drew" in sentence) is remark
    assert sentence.endswith(" Examined: whether split changes the split of the data.")


def test_a_source_that_is_fixed_throughout_is_not_examined_and_no_finding() -> None:
    fixed = [
        replace(run(n, n), values={Source.SPLIT: n, Source.ALGORITHM: 7}, varying=frozenset({Source.SPLIT}))
        for n in (1, 2)
    ]
    (finding,) = findings(study(*fixed))
    assert finding.code is FindingCode.NOT_EXAMINED
    assert "the effect of algorithm, fixed in every run." in finding.sentence
    assert "`seedspread try`" in finding.advice


def test_one_run_of_each_arm_examines_no_source() -> None:
    arms = (AuditArm("a", "p"), AuditArm("b", "q"))
    sentence = gap(replace(study(run(1, 1), replace(run(2, 1), arm=1)), arms=arms))
    assert "the effect of split, algorithm on the result, as no runs differ in one such source alone" in sentence


def test_runs_from_elsewhere_have_finished_but_show_nothing() -> None:
    assert gap(study(run(1, 1, prints={}))) == "Not examined: the finished runs left no fingerprints to compare."


def test_a_constant_call_in_runs_of_one_seed_is_not_called_constant() -> None:
    reseeded = {"warm": facts(reseeded={"mine.py:3": "numpy.random.seed(7)"})}
    assert FindingCode.SEED_WITHOUT_EFFECT not in codes(study(run(1, 1), environments=reseeded))


@pytest.mark.parametrize(
    ("made_of", "constant"),
    [
        (lambda values: 7, True),
        (lambda values: values[Source.ALGORITHM] + 17, False),
        (lambda values: values[Source.SPLIT] * 2, True),  # of a split that `holdout` drew: no number of the recipe's
    ],
)
def test_a_number_made_from_a_fixed_seed_is_no_constant(
    made_of: Callable[[Mapping[Source, int]], int], constant: bool
) -> None:
    runs, environments = [], {}
    for number, (split, algorithm) in enumerate([(1, 7), (2, 7), (7, 1), (7, 2)]):  # each varies alone
        values = {Source.SPLIT: split, Source.ALGORITHM: algorithm}
        seen = facts(requested=["algorithm", "split"], reseeded={"mine.py:3": f"numpy.random.seed({made_of(values)})"})
        environments[str(number)] = seen
        runs.append(replace(run(number, number, str(number)), values=values))
    assert (FindingCode.SEED_WITHOUT_EFFECT in codes(study(*runs, environments=environments))) is constant


def test_only_what_the_engine_trained_with_counts_as_an_effect() -> None:
    runs = [run(1, 1), run(2, 2)]
    assert "the effect of split, algorithm on the result" in gap(study(*runs))
    engine = study(*runs, environments={"warm": facts(applied=["split"])})
    assert "the effect of algorithm on the result" in gap(engine)
    assert gap(engine).endswith("Examined: whether split changes the split of the data.")
    custom = study(*runs, environments={"warm": facts(traced=[])})
    assert "Examined" not in gap(custom)


def order_study() -> AuditStudy:
    """Two runs of a recipe that never asks for shuffle, and whose order fingerprint differs with the split."""
    order = FingerprintKind.ORDER
    runs = [
        replace(
            run(n, n, prints={order: f"order {n}", SPLIT: f"split {n}", FINAL: f"final {n}", SERIES: f"series {n}"}),
            values={Source.SPLIT: n, Source.SHUFFLE: n},
            varying=frozenset({Source.SPLIT, Source.SHUFFLE}),
        )
        for n in (1, 2)
    ]
    return study(*runs, environments={"warm": facts(used=["split"])})


def test_an_order_that_differs_with_the_split_hides_no_unused_shuffle() -> None:
    unused = next(item for item in findings(order_study()) if item.code is FindingCode.SOURCE_UNUSED)
    assert (unused.severity, unused.runs) == (Severity.ERROR, (1, 2))
    assert unused.sentence.startswith("shuffle varies, but the recipe never asked for its seed")


def test_a_source_used_by_some_runs_alone_is_named() -> None:
    environments = {"warm": facts(), "first": facts(used=["split"])}
    (part, _) = findings(study(run(1, 1), run(2, 2, "first"), environments=environments))
    assert (part.code, part.severity, part.runs) == (FindingCode.SOURCE_UNUSED, Severity.ERROR, (2,))
    arms = (AuditArm("a", "p"), AuditArm("b", "q"))
    apart = replace(study(run(1, 1), replace(run(2, 2, "first"), arm=1), environments=environments), arms=arms)
    (elsewhere, _) = findings(apart)
    assert (elsewhere.severity, elsewhere.arms) == (Severity.NOTICE, (1,))


def alone(number: int, arm: int, algorithm: int) -> AuditRun:
    values = {Source.SPLIT: 1, Source.ALGORITHM: algorithm}
    return replace(run(number, number), arm=arm, values=values)


def test_an_effect_seen_in_one_arm_says_nothing_of_another() -> None:
    arms = (AuditArm("a", "p"), AuditArm("b", "q"))
    given = replace(study(alone(1, 0, 1), alone(2, 0, 2), alone(3, 1, 1)), arms=arms)
    assert "the effect of split, algorithm on the result" in gap(given)
    both = replace(study(alone(1, 0, 1), alone(2, 0, 2), alone(3, 1, 1), alone(4, 1, 2)), arms=arms)
    assert "the effect of split on the result" in gap(both)
    assert "Examined: the effect of algorithm" in gap(both)


def test_runs_of_several_machines_need_a_repetition_on_another() -> None:
    environments = {"warm": facts(first_in_process=False) | {"host": "one"}, "other": facts() | {"host": "two"}}
    runs = [run(1, 1), run(2, 2, "other")]
    here = study(*runs, replace(runs[0], id=3, replay_of=1), environments=environments)
    assert "whether a run depends on its machine" in gap(here)
    there = study(*runs, replace(runs[0], id=3, replay_of=1, environment="other"), environments=environments)
    assert "machine" not in gap(there)


def test_a_replay_with_other_code_proves_and_disproves_nothing() -> None:
    first = run(1, 1)
    other = replace(first, id=9, replay_of=1, source_digest="changed", fingerprints={SERIES: "other"})
    given = study(first, other, diverged=frozenset({9}))
    assert codes(given) == {FindingCode.REPLAY_DIVERGED: Severity.WARNING, FindingCode.NOT_EXAMINED: Severity.NOTICE}
    assert "whether a run repeats" in gap(given)
    same = study(first, replace(first, id=9, replay_of=1, source_digest="changed"))
    assert set(codes(same)) == {FindingCode.NOT_EXAMINED}


def test_a_replay_that_failed_is_a_warning() -> None:
    first = run(1, 1)
    failed = replace(first, id=9, replay_of=1, state=RunState.FAILED, fingerprints={})
    given = study(first, failed)
    assert codes(given)[FindingCode.REPLAY_DIVERGED] is Severity.WARNING
    assert "whether a run repeats" in gap(given)


def test_the_gap_names_the_run_to_replay_for_programs_too() -> None:
    (finding,) = findings(study(run(1, 1, "first"), run(2, 2)))
    assert finding.replay == 2
    repeated = study(run(1, 1, "first"), run(2, 2), replace(run(2, 2), id=3, replay_of=2))
    (later,) = findings(repeated)
    assert later.replay is None


def test_an_order_that_the_machine_decides_is_named_as_not_examined() -> None:
    given = study(run(1, 1), run(2, 2), environments={"warm": facts(arbitrary=["os.listdir at mine.py:3"])})
    (finding,) = [item for item in findings(given) if item.code is FindingCode.NOT_EXAMINED]
    assert "an order of files, of finished tasks or a number of processors decides results" in finding.sentence
    assert "(os.listdir at mine.py:3)" in finding.sentence
    assert "on the same line" in finding.advice
