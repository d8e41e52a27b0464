"""Each check of the audit from both sides: what just makes a finding, and what just does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from seedspread.core.audit import AuditArm, AuditRun, AuditStudy, Finding, FindingCode, Severity, arm_seeding, findings
from seedspread.core.audit.effects import compared_fingerprint, not_varied_alone, unused_sources
from seedspread.core.audit.examination import replay_candidate
from seedspread.core.audit.grouping import listed, seeds_in_words
from seedspread.core.audit.records import RUNS_LISTED
from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState

DATA, SPLIT, INITIAL, ORDER = (
    FingerprintKind.DATA,
    FingerprintKind.SPLIT,
    FingerprintKind.INITIAL,
    FingerprintKind.ORDER,
)
FINAL, SERIES = FingerprintKind.FINAL, FingerprintKind.SERIES
BOTH = (Source.SPLIT, Source.INIT)
Prints = Mapping[FingerprintKind, str]


def own(number: int, **other: str) -> dict[FingerprintKind, str]:
    """Fingerprints that no other run has, no two of them equal."""
    prints = {kind: f"{kind.value} of {number}" for kind in (SPLIT, INITIAL, ORDER, FINAL, SERIES)}
    prints[DATA] = "data"
    return prints | {FingerprintKind(kind): digest for kind, digest in other.items()}


def run(number: int, arm: int = 0, seed: int | None = None, **fields: Any) -> AuditRun:
    """A finished run whose two sources follow its seed."""
    follows = number if seed is None else seed
    defaults: dict[str, Any] = {
        "values": dict.fromkeys(BOTH, follows),
        "varying": frozenset(BOTH),
        "fingerprints": own(number),
        "source_digest": "code",
        "environment": "e",
    }
    return AuditRun(number, arm, follows, fields.pop("state", RunState.FINISHED), **(defaults | fields))


def lost(number: int, arm: int = 0, seed: int | None = None, state: RunState = RunState.FAILED) -> AuditRun:
    """A run that ended without fingerprints."""
    return run(number, arm, seed, state=state, fingerprints={})


def study(*runs: AuditRun, arms: int = 1, inputs: Sequence[str] = (), **fields: Any) -> AuditStudy:
    """A study of arms that train different things, unless their inputs say otherwise."""
    names = [AuditArm(f"arm {at}", inputs[at] if inputs else f"inputs {at}") for at in range(arms)]
    return AuditStudy(tuple(names), runs, **fields)


def of(given: AuditStudy, code: FindingCode) -> list[Finding]:
    """The study's findings of one kind."""
    return [item for item in findings(given) if item.code is code]


def seen(**facts: Any) -> dict[str, Any]:
    """An environment in which a recipe asked for both seeds."""
    return {"seeding": {"used": ["split", "init"], **facts}}


class TestOutcome:
    """What counts as the result of a run."""

    def test_it_is_the_weights_and_the_series(self) -> None:
        assert run(1).outcome == ("final of 1", "series of 1")
        assert run(1, fingerprints={SERIES: "s"}).outcome == ("", "s")
        assert run(1, fingerprints={FINAL: "f"}).outcome is None

    @pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.FINISHED])
    def test_a_run_in_any_other_state_has_none(self, state: RunState) -> None:
        assert run(1, state=state).outcome is None

    def test_weights_are_recorded_with_the_final_digest_alone(self) -> None:
        assert run(1).weights_recorded
        assert not run(1, fingerprints={INITIAL: "i", SERIES: "s"}).weights_recorded


def test_a_finding_lists_so_many_runs_and_counts_them_all() -> None:
    runs = [run(number, arm=number % 2) for number in range(RUNS_LISTED + 5, 0, -1)]
    found = Finding.about(FindingCode.UNSEEDED, Severity.ERROR, runs, "s", "a")
    assert found.runs == tuple(range(1, RUNS_LISTED + 1))
    assert (found.run_count, found.arms) == (RUNS_LISTED + 5, (0, 1))


def test_lists_are_cut_where_they_grow_long() -> None:
    assert listed("abcd") == "a, b, c, d"
    assert listed("abcdef") == "a, b, c, d and 2 more"
    assert seeds_in_words([run(9), run(2), run(2)]) == "seeds 2, 9"
    assert seeds_in_words([run(2)]) == "seed 2"
    assert seeds_in_words(run(n) for n in range(8)) == "seeds 0, 1, 2, 3, 4, 5, 6, 7"
    assert seeds_in_words(run(n) for n in range(9)) == "seeds 0, 1, 2, 3, 4, 5, 6, 7 …"


class TestSeedWithoutEffect:
    """A source's value differs while the fingerprint in which it must show does not."""

    def test_two_of_four_runs_are_enough(self) -> None:
        stuck = [run(1, fingerprints=own(1, initial="one")), run(3, fingerprints=own(3, initial="one"))]
        (found,) = of(study(*stuck, run(2), run(4)), FindingCode.SEED_WITHOUT_EFFECT)
        assert (found.runs, found.severity, found.arms) == ((1, 3), Severity.ERROR, (0,))
        assert "2 of 4 runs" in found.sentence

    def test_runs_that_are_copies_of_each_other_are_another_finding(self) -> None:
        twin = replace(run(2), fingerprints=run(1).fingerprints)
        given = study(run(1), twin, run(3))
        assert of(given, FindingCode.SEED_WITHOUT_EFFECT) == []
        assert of(given, FindingCode.SECRETLY_THE_SAME)[0].runs == (1, 2)

    def test_equal_values_may_have_equal_fingerprints(self) -> None:
        same = [run(n, seed=n, values={Source.SPLIT: n, Source.INIT: 5}) for n in (1, 2)]
        same = [replace(item, fingerprints=own(item.id, initial="one")) for item in same]
        assert of(study(*same), FindingCode.SEED_WITHOUT_EFFECT) == []

    def test_a_source_that_does_not_vary_is_passed_over(self) -> None:
        fixed = [run(n, varying=frozenset({Source.SPLIT}), fingerprints=own(n, initial="one"), seed=n) for n in (1, 2)]
        assert of(study(*fixed), FindingCode.SEED_WITHOUT_EFFECT) == []

    def test_runs_without_that_fingerprint_are_not_among_the_comparable(self) -> None:
        bare = run(3, fingerprints={SERIES: "s"})
        stuck = [run(n, fingerprints=own(n, initial="one")) for n in (1, 2)]
        (found,) = of(study(*stuck, bare), FindingCode.SEED_WITHOUT_EFFECT)
        assert found.runs == (1, 2)
        assert "every run" in found.sentence

    def test_two_arms_are_looked_at_apart(self) -> None:
        given = study(
            run(1, 0, fingerprints=own(1, initial="one")), run(2, 1, fingerprints=own(2, initial="one")), arms=2
        )
        assert of(given, FindingCode.SEED_WITHOUT_EFFECT) == []

    @pytest.mark.parametrize(
        ("seeds", "arms", "count"), [((1, 2), (0, 0), 1), ((1, 1), (0, 0), 0), ((1, 2), (0, 1), 0)]
    )
    def test_a_constant_seed_matters_where_runs_of_an_arm_have_other_seeds(
        self, seeds: tuple[int, int], arms: tuple[int, int], count: int
    ) -> None:
        runs = [run(1 + at, arm, seed) for at, (arm, seed) in enumerate(zip(arms, seeds, strict=True))]
        given = study(*runs, arms=2, environments={"e": seen(reseeded={"r.py:3": "numpy.random.seed(7)"})})
        found = of(given, FindingCode.SEED_WITHOUT_EFFECT)
        assert [item.runs for item in found] == [(1, 2)] * count

    def test_a_constant_seed_in_runs_without_a_varying_source_is_fine(self) -> None:
        runs = [run(n, varying=frozenset()) for n in (1, 2)]
        given = study(*runs, environments={"e": seen(reseeded={"r.py:3": "numpy.random.seed(7)"})})
        assert of(given, FindingCode.SEED_WITHOUT_EFFECT) == []


class TestUnused:
    """Sources that the recipe never asked for."""

    ENVIRONMENTS: Mapping[str, Any] = {"e": seen(used=["split"]), "asks": seen()}

    def test_it_names_the_source_and_its_runs(self) -> None:
        prints = {SERIES: "s"}
        given = study(*(run(n, fingerprints=prints) for n in (1, 2)), lost(3), environments=self.ENVIRONMENTS)
        assert {source: [item.id for item in runs] for source, runs in unused_sources(given).items()} == {
            Source.INIT: [1, 2]
        }

    def test_one_run_that_used_it_clears_itself_alone(self) -> None:
        given = study(run(1), run(2, environment="asks"), environments=self.ENVIRONMENTS)
        stuck = [replace(item, fingerprints={SERIES: "s"}) for item in given.runs]
        unused = unused_sources(replace(given, runs=tuple(stuck)))
        assert {source: [item.id for item in runs] for source, runs in unused.items()} == {Source.INIT: [1]}

    def test_its_fingerprint_differing_with_it_alone_clears_it_and_agreeing_does_not(self) -> None:
        alone = [run(n, values={Source.SPLIT: 7, Source.INIT: n}) for n in (1, 2)]
        assert unused_sources(study(*alone, environments=self.ENVIRONMENTS)) == {}
        differs = study(run(1), run(2), environments=self.ENVIRONMENTS)
        assert list(unused_sources(differs)) == [Source.INIT]
        agrees = study(*(run(n, fingerprints=own(n, initial="one")) for n in (1, 2)), environments=self.ENVIRONMENTS)
        assert list(unused_sources(agrees)) == [Source.INIT]

    @pytest.mark.parametrize("facts", [{"drawn": ["numpy"]}, {"manifest_read": True}])
    def test_a_recipe_that_may_have_taken_it_elsewhere_is_passed_over(self, facts: dict[str, Any]) -> None:
        bare = [run(n, fingerprints={SERIES: "s"}) for n in (1, 2)]
        assert unused_sources(study(*bare, environments={"e": seen(used=["split"], **facts)})) == {}

    def test_runs_of_which_nothing_was_recorded_say_nothing(self) -> None:
        bare = [run(n, fingerprints={SERIES: "s"}, environment=None) for n in (1, 2)]
        assert unused_sources(study(*bare, environments=self.ENVIRONMENTS)) == {}


class TestEffect:
    """What runs show that differ in one source alone."""

    def only_init(self, prints: Sequence[Prints], inputs: Sequence[str] = ("p",)) -> AuditStudy:
        runs = [
            run(n, n % len(inputs), values={Source.SPLIT: 7, Source.INIT: n}, varying=frozenset({Source.INIT}),
                fingerprints=given)
            for n, given in enumerate(prints)
        ]  # fmt: skip
        return study(*runs, arms=len(inputs), inputs=inputs)

    @pytest.mark.parametrize(
        ("prints", "words"),
        [
            ([{SERIES: "s", FINAL: "f"}] * 2, "bit for bit"),
            ([{SERIES: "s"}] * 2, "in every metric value"),
        ],
    )
    def test_the_same_outcome_is_no_effect(self, prints: Sequence[Prints], words: str) -> None:
        (found,) = of(self.only_init(prints), FindingCode.SOURCE_WITHOUT_EFFECT)
        assert (found.severity, found.runs) == (Severity.WARNING, (0, 1))
        assert words in found.sentence

    @pytest.mark.parametrize("kind", [SERIES, FINAL])
    def test_any_difference_in_series_or_weights_is_an_effect(self, kind: FingerprintKind) -> None:
        prints = [{SERIES: "s", FINAL: "f"}, {SERIES: "s", FINAL: "f", kind: "other"}]
        assert of(self.only_init(prints), FindingCode.SOURCE_WITHOUT_EFFECT) == []

    def test_with_one_of_two_inputs_it_is_a_notice_about_that(self) -> None:
        stuck = [{SERIES: "s", FINAL: "f"}, own(1), {SERIES: "s", FINAL: "f"}, own(3)]
        (found,) = of(self.only_init(stuck, ("p", "q")), FindingCode.SOURCE_WITHOUT_EFFECT)
        assert (found.severity, found.runs, found.arms) == (Severity.NOTICE, (0, 2), (0,))

    def test_what_differs_alone_and_what_can_be_compared(self) -> None:
        given = self.only_init([own(0), own(1)])
        assert not_varied_alone(given, Source.INIT) == []
        assert compared_fingerprint(given, Source.INIT) is None  # nobody says whose doing the difference is
        traced = {"e": seen(traced=["init"])}
        assert compared_fingerprint(replace(given, environments=traced), Source.INIT) is INITIAL
        assert compared_fingerprint(replace(given, environments=traced), Source.SPLIT) is None
        assert compared_fingerprint(replace(self.only_init([own(0)]), environments=traced), Source.INIT) is None
        half = replace(self.only_init([own(0), {SERIES: "s"}]), environments=traced)
        assert compared_fingerprint(half, Source.INIT) is None
        together = study(run(1), run(2), environments={"e": seen(applied=["split"])})
        assert not_varied_alone(together, Source.INIT) == [0]
        assert compared_fingerprint(together, Source.SPLIT) is SPLIT

    def test_an_idle_source_explains_equal_runs_where_it_is_idle_alone(self) -> None:
        same = {SERIES: "s", FINAL: "f"}
        idle = self.only_init([same] * 2)
        assert of(idle, FindingCode.SECRETLY_THE_SAME) == []
        other = replace(idle.runs[0], id=8, values={Source.SPLIT: 8, Source.INIT: 0})
        (found,) = of(replace(idle, runs=(*idle.runs, other)), FindingCode.SECRETLY_THE_SAME)
        assert found.run_count == 3

    @staticmethod
    def of_accuracies(*results: str, coarse: str = "abcdef", prints: Mapping[str, str] | None = None) -> list[Finding]:
        """Findings on arms whose runs, seed by seed, have these series."""
        runs = [
            run(10 * arm + seed, arm, seed, fingerprints={SERIES: digest, **({FINAL: digest} if prints else {})})
            for arm, digests in enumerate(results)
            for seed, digest in enumerate(digests)
        ]
        given = study(*runs, arms=len(results), coarse=frozenset(coarse))
        return of(given, FindingCode.SECRETLY_THE_SAME)

    @pytest.mark.parametrize(
        ("results", "severities"),
        [
            (("abca",), [Severity.NOTICE]),
            (("abca", "bacd"), [Severity.NOTICE]),
            (("abab",), [Severity.WARNING]),  # two results alone
            (("aaaa",), [Severity.WARNING]),
            (("abca", "abca"), [Severity.WARNING]),  # a parameter that is ignored
            (("abca", "aaaa"), [Severity.WARNING]),  # the seeds of one arm do nothing
            (("abcd", "abce"), [Severity.NOTICE]),
        ],
    )
    def test_accuracies_agree_by_chance_where_seeds_and_arms_make_a_difference(
        self, results: tuple[str, ...], severities: list[Severity]
    ) -> None:
        assert [item.severity for item in self.of_accuracies(*results)] == severities
        assert {item.severity for item in self.of_accuracies(*results, coarse="")} == {Severity.WARNING}
        assert {item.severity for item in self.of_accuracies(*results, prints={"": ""})} == {Severity.ERROR}

    def test_chance_is_told_from_a_series_that_no_chance_repeats(self) -> None:
        notice, warning = sorted(self.of_accuracies("abcabb", coarse="a"), key=lambda item: item.severity.value)
        assert (notice.severity, notice.run_count, warning.severity, warning.run_count) == (
            Severity.NOTICE,
            2,
            Severity.WARNING,
            3,
        )
        assert "are fractions, as accuracies are: these agree by chance" in notice.sentence
        assert "at least 3 different results" in notice.advice

    @pytest.mark.parametrize(
        ("prints", "severity"), [({SERIES: "s", FINAL: "f"}, Severity.ERROR), ({SERIES: "s"}, Severity.WARNING)]
    )
    def test_equal_runs_are_proven_by_their_weights_alone(self, prints: Prints, severity: Severity) -> None:
        given = study(*(run(n, fingerprints=prints) for n in (1, 2, 3)))
        (found,) = of(given, FindingCode.SECRETLY_THE_SAME)
        assert (found.severity, found.runs) == (severity, (1, 2, 3))
        assert "run 2" in found.sentence
        assert "run 3" not in found.sentence
        assert "1 more run" in found.sentence
        spared = tuple(replace(item, excluded=item.id > 1) for item in given.runs)
        assert of(replace(given, runs=spared), FindingCode.SECRETLY_THE_SAME) == []


class TestControl:
    """Equal inputs, equal results."""

    def pair(self, kind: FingerprintKind, source: Source | None = None, **fields: Any) -> AuditStudy:
        """Two runs that differ in one fingerprint, and in one source's value."""
        sources = (Source.SPLIT, Source.RESAMPLE, Source.SHUFFLE, Source.INIT, Source.ALGORITHM, Source.DROPOUT)
        values = dict.fromkeys(sources, 1)
        runs = []
        for n in (1, 2):
            prints = own(0) | {kind: f"{n}"}
            own_values = values | ({source: n} if source else {})
            runs.append(run(n, seed=1, values=own_values, varying=frozenset(), fingerprints=prints, **fields))
        return study(*runs)

    @pytest.mark.parametrize("kind", [DATA, SPLIT, INITIAL, ORDER, FINAL, SERIES])
    def test_a_difference_without_a_cause_is_found(self, kind: FingerprintKind) -> None:
        (found,) = of(self.pair(kind), FindingCode.NOT_UNDER_CONTROL)
        assert (found.severity, found.runs) == (Severity.ERROR, (1, 2))

    @pytest.mark.parametrize(
        ("kind", "explains"),
        [
            (DATA, ()),
            (SPLIT, (Source.SPLIT, Source.RESAMPLE)),
            (INITIAL, (Source.SPLIT, Source.RESAMPLE, Source.INIT, Source.ALGORITHM)),
            (ORDER, (Source.SPLIT, Source.RESAMPLE, Source.SHUFFLE, Source.ALGORITHM)),
        ],
    )
    def test_only_sources_that_act_before_it_explain_it(
        self, kind: FingerprintKind, explains: tuple[Source, ...]
    ) -> None:
        for source in (Source.SPLIT, Source.RESAMPLE, Source.SHUFFLE, Source.INIT, Source.ALGORITHM, Source.DROPOUT):
            assert bool(of(self.pair(kind, source), FindingCode.NOT_UNDER_CONTROL)) is (source not in explains)

    def test_the_first_place_is_named_and_no_other(self) -> None:
        given = self.pair(SPLIT)
        later = tuple(replace(item, fingerprints={**item.fingerprints, SERIES: f"{item.id}"}) for item in given.runs)
        (found,) = of(replace(given, runs=later), FindingCode.NOT_UNDER_CONTROL)
        assert "first in the split of the data" in found.sentence

    def test_environments_are_named_where_they_differ(self) -> None:
        same = self.pair(SERIES)
        (plain,) = of(same, FindingCode.NOT_UNDER_CONTROL)
        assert "environment" not in plain.sentence
        apart = replace(same, runs=(same.runs[0], replace(same.runs[1], environment="other")))
        assert "environment" in of(apart, FindingCode.NOT_UNDER_CONTROL)[0].sentence

    def test_other_inputs_or_other_code_explain_it(self) -> None:
        same = self.pair(SERIES)
        other_code = replace(same, runs=(same.runs[0], replace(same.runs[1], source_digest="other")))
        assert of(other_code, FindingCode.NOT_UNDER_CONTROL) == []
        other_arm = replace(same, runs=(same.runs[0], replace(same.runs[1], arm=1)))
        both = (*same.arms, AuditArm("other", "other inputs"))
        assert of(replace(other_arm, arms=both), FindingCode.NOT_UNDER_CONTROL) == []

    @pytest.mark.parametrize(("sizes", "odd"), [((3, 1), (4,)), ((1, 3), (1,))])
    def test_the_code_of_fewer_runs_is_the_odd_one(self, sizes: tuple[int, int], odd: tuple[int, ...]) -> None:
        digests = ["a"] * sizes[0] + ["b"] * sizes[1]
        runs = [run(1 + at, source_digest=digest) for at, digest in enumerate(digests)]
        (found,) = of(study(*runs), FindingCode.MIXED_CODE)
        assert (found.runs, found.severity) == (odd, Severity.ERROR)

    def test_runs_that_never_started_or_came_from_elsewhere_have_no_code(self) -> None:
        given = study(run(1), replace(lost(2), source_digest="other"), run(3, source_digest=""))
        assert of(given, FindingCode.MIXED_CODE) == []

    def test_the_environment_of_fewer_runs_is_the_odd_one(self) -> None:
        facts = {"e": {"threads": 1}, "f": {"threads": 2}, "g": {"host": "x", "threads": 1}}
        runs = [run(1, environment="f"), run(2), run(3), run(4, environment="g"), run(5, environment=None)]
        (found,) = of(study(*runs, environments=facts), FindingCode.MIXED_ENVIRONMENTS)
        assert (found.runs, found.severity) == ((1,), Severity.NOTICE)
        assert of(study(*runs[1:], environments=facts), FindingCode.MIXED_ENVIRONMENTS) == []

    @pytest.mark.parametrize(
        ("first", "second", "found"),
        [
            ({}, {"frameworks": {"tensorflow": {"threads": 1}}}, ""),  # one alone loaded it
            ({"frameworks": {"torch": {"threads": 1}}}, {"frameworks": {"torch": {"threads": 2}}}, "threads"),
            ({"engine": "xla"}, {"engine": "fit"}, ""),  # the arms' own choice
            ({"variables": {"OMP_NUM_THREADS": "1"}}, {}, "variables.OMP_NUM_THREADS"),
            ({"seeding": {"reseeded": {"engine.py:3": "seed(0)"}}}, {"resumed": {"after_step": 3}}, ""),
        ],
    )
    def test_like_is_compared_with_like(self, first: dict[str, Any], second: dict[str, Any], found: str) -> None:
        facts = {"e": {"threads": 1, **first}, "f": {"threads": 1, **second}}
        apart = study(run(1), run(2), run(3, arm=1, environment="f"), arms=2, environments=facts)
        findings_ = of(apart, FindingCode.MIXED_ENVIRONMENTS)
        assert [item.runs for item in findings_] == ([(3,)] if found else [])
        assert all("1 of 3 finished runs was trained" in item.sentence for item in findings_)
        assert all(found in item.sentence for item in findings_)

    def test_engines_count_within_an_arm_and_failed_runs_do_not(self) -> None:
        facts = {"e": {"engine": "xla"}, "f": {"engine": "graph"}, "g": {"threads": 9}}
        failed = replace(lost(4), environment="g")
        given = study(run(1), run(2), run(3, environment="f"), failed, environments=facts)
        (item,) = of(given, FindingCode.MIXED_ENVIRONMENTS)
        assert item.runs == (3,)
        assert "engine" in item.sentence
        assert of(study(run(1), run(2), failed, environments=facts), FindingCode.MIXED_ENVIRONMENTS) == []

    @pytest.mark.parametrize(("keys", "more"), [(4, False), (5, True)])
    def test_four_differences_of_environments_are_named(self, keys: int, more: bool) -> None:
        facts = {name: {"threads": {f"k{at}": f"{name}{at}" for at in range(keys)}} for name in "ef"}
        (found,) = of(
            study(run(1), run(2), run(3, environment="f"), environments=facts), FindingCode.MIXED_ENVIRONMENTS
        )
        assert found.sentence.count("threads.k") == 4
        assert ("and more" in found.sentence) is more

    @pytest.mark.parametrize(
        ("facts", "code"),
        [({"unseeded": ["os.urandom"]}, FindingCode.UNSEEDED), ({"kept": ["r.CACHE"]}, FindingCode.STATE_KEPT)],
    )
    def test_notes_are_about_the_runs_of_their_environment(self, facts: dict[str, Any], code: FindingCode) -> None:
        runs = [run(1), run(2, environment="noted"), run(3, environment=None)]
        (found,) = of(study(*runs, environments={"e": seen(), "noted": seen(**facts)}), code)
        assert found.runs == (2,)


class TestReplays:
    """Replays against their originals."""

    FIRST = run(1)

    def found(self, *replays: AuditRun, diverged: frozenset[int] = frozenset()) -> list[Finding]:
        return of(study(self.FIRST, run(2), replays=replays, diverged_replays=diverged), FindingCode.REPLAY_DIVERGED)

    @pytest.mark.parametrize("kind", [SERIES, FINAL])
    def test_one_other_digest_is_enough(self, kind: FingerprintKind) -> None:
        prints = {**self.FIRST.fingerprints, kind: "other"}
        (found,) = self.found(replace(self.FIRST, id=9, replay_of=1, fingerprints=prints))
        assert (found.runs, found.severity) == ((1, 9), Severity.ERROR)

    def test_a_replay_whose_original_is_gone_is_passed_over(self) -> None:
        gone = replace(run(8), replay_of=77)
        assert self.found(gone) == []
        broken = replace(run(9), replay_of=1)
        (found,) = self.found(gone, broken)
        assert "1 of 1 replay " in found.sentence

    def test_a_replay_that_has_not_finished_is_passed_over(self) -> None:
        assert self.found(replace(lost(9, state=RunState.QUEUED), replay_of=1)) == []
        (failed,) = self.found(replace(lost(9), replay_of=1))
        assert (failed.runs, failed.severity) == ((9,), Severity.WARNING)

    def test_a_replay_of_a_replay_is_compared_with_that(self) -> None:
        same = replace(self.FIRST, id=8, replay_of=1)
        (found,) = self.found(same, replace(run(9), replay_of=8))
        assert found.runs == (8, 9)
        assert "1 of 2 replays" in found.sentence

    def test_two_broken_replays_of_one_run_are_one_run(self) -> None:
        (found,) = self.found(replace(run(8), replay_of=1), replace(run(9), replay_of=1))
        assert "2 of 2 replays" in found.sentence
        assert "(1 run)" in found.sentence

    def test_an_epoch_alone_may_differ(self) -> None:
        same = replace(self.FIRST, id=9, replay_of=1)
        assert self.found(same, diverged=frozenset({8})) == []
        assert self.found(same, diverged=frozenset({9}))[0].runs == (1, 9)


class TestCompleteness:
    """Every run once."""

    @pytest.mark.parametrize(
        ("failed", "ended", "severity"),
        [
            ((2, 0), (20, 20), Severity.WARNING),  # just a tenth more
            ((2, 0), (21, 21), Severity.NOTICE),
            ((1, 0), (4, 4), Severity.NOTICE),  # one may be an accident
            ((2, 2), (10, 10), Severity.NOTICE),
            ((4, 1), (10, 10), Severity.WARNING),
            ((3, 0), (20, 21), Severity.WARNING),
            ((3, 1), (20, 20), Severity.WARNING),  # a tenth, though not in floats
            ((2, 1), (20, 20), Severity.NOTICE),
        ],
    )
    def test_an_arm_fails_more_from_a_tenth_and_two_runs_on(
        self, failed: tuple[int, int], ended: tuple[int, int], severity: Severity
    ) -> None:
        runs = []
        for arm in (0, 1):
            for seed in range(ended[arm]):
                number = 100 * arm + seed
                runs.append(lost(number, arm, seed) if seed < failed[arm] else run(number, arm, seed))
        (found,) = of(study(*runs, arms=2), FindingCode.FAILED_RUNS)
        assert (found.severity, found.run_count) == (
            severity,
            failed[0] if severity is Severity.WARNING else sum(failed),
        )

    def test_an_arm_alone_has_nothing_to_fail_more_than(self) -> None:
        (found,) = of(study(lost(1), lost(2), run(3)), FindingCode.FAILED_RUNS)
        assert found.severity is Severity.NOTICE
        assert found.sentence.startswith("2 of 3 ")

    @pytest.mark.parametrize(
        ("second", "count"),
        [
            (run(2, 0, 1), 1),
            (run(2, 1, 1), 0),
            (run(2, 0, 2), 0),
            (run(2, 0, 1, excluded=True), 0),
            (run(2, 0, 1, values={Source.SPLIT: 1, Source.INIT: 9}), 0),
        ],
        ids=["again", "in another arm", "another seed", "excluded", "another level"],
    )
    def test_the_same_seed_twice(self, second: AuditRun, count: int) -> None:
        found = of(study(run(1, 0, 1), second, arms=2), FindingCode.DUPLICATE_SEEDS)
        assert [item.runs for item in found] == [(1, 2)] * count
        assert all(item.severity is Severity.WARNING and " was " in item.sentence for item in found)

    def test_two_seeds_twice_are_one_finding(self) -> None:
        given = study(run(1, 0, 1), run(2, 0, 1), run(3, 0, 2), run(4, 0, 2), run(5, 0, 5))
        (found,) = of(given, FindingCode.DUPLICATE_SEEDS)
        assert found.runs == (1, 2, 3, 4)
        assert found.sentence.startswith("seeds 1, 2 were ")

    @pytest.mark.parametrize(
        ("ours", "theirs", "missing"),
        [
            ([lost(1, 0, 1)], [run(2, 1, 1)], (1,)),
            ([lost(1, 0, 1, RunState.CANCELLED)], [run(2, 1, 1)], (1,)),
            ([run(1, 0, 1, excluded=True)], [run(2, 1, 1)], (1,)),
            ([lost(1, 0, 1, RunState.QUEUED)], [run(2, 1, 1)], ()),
            ([lost(1, 0, 1), run(3, 0, 1)], [run(2, 1, 1)], ()),
            ([lost(1, 0, 1)], [run(2, 1, 2)], ()),
            ([lost(1, 0, 1)], [lost(2, 1, 1)], ()),
            ([lost(1, 0, 1)], [run(2, 1, 1, excluded=True)], ()),
        ],
        ids=["failed", "cancelled", "excluded", "to come", "made good", "other seed", "both", "other excluded"],
    )
    def test_a_seed_is_missing_where_another_arm_finished_it(
        self, ours: list[AuditRun], theirs: list[AuditRun], missing: tuple[int, ...]
    ) -> None:
        found = of(study(*ours, *theirs, arms=2), FindingCode.MISSING_SEEDS)
        assert tuple(number for item in found for number in item.runs) == missing
        assert of(study(*ours, arms=1), FindingCode.MISSING_SEEDS) == []

    def test_seeds_lost_and_seeds_excluded_are_two_findings(self) -> None:
        ours = [lost(1, 0, 1), run(2, 0, 2, excluded=True), lost(5, 0, 5)]
        theirs = [run(11, 1, 1), run(12, 1, 2), run(15, 1, 5)]
        found = of(study(*ours, *theirs, arms=2), FindingCode.MISSING_SEEDS)
        assert [item.runs for item in found] == [(1, 5), (2,)]

    @pytest.mark.parametrize(
        ("fields", "count"),
        [({}, 1), ({"unneeded": True}, 0), ({"excluded": True}, 0), ({"state": RunState.FAILED}, 0)],
    )
    def test_cancelled_runs(self, fields: dict[str, Any], count: int) -> None:
        given = study(run(1), replace(lost(2, state=RunState.CANCELLED), **fields))
        assert [item.runs for item in of(given, FindingCode.CANCELLED_RUNS)] == [(2,)] * count


class TestExamination:
    """What a replay would show."""

    WARM: Mapping[str, Any] = {"first": seen(first_in_process=True), "warm": seen()}

    def test_the_last_run_that_was_not_the_first_of_its_process_is_replayed(self) -> None:
        runs = [run(1, environment="warm"), run(2, environment="warm"), run(3, environment="first")]
        assert replay_candidate(study(*runs, environments=self.WARM)) == 2
        excluded = replace(runs[1], excluded=True)
        assert replay_candidate(study(runs[0], excluded, runs[2], environments=self.WARM)) == 1
        assert replay_candidate(study(runs[2], environments=self.WARM)) == 3
        assert replay_candidate(study(lost(4))) is None

    @pytest.mark.parametrize("gone", [replace(lost(9), replay_of=1), replace(run(9), replay_of=77)])
    def test_a_replay_that_shows_nothing_repeats_nothing(self, gone: AuditRun) -> None:
        environments = {"e": seen(applied=["split", "init"])}
        (gap,) = of(study(run(1), run(2), replays=(gone,), environments=environments), FindingCode.NOT_EXAMINED)
        assert "whether a run repeats" in gap.sentence
        done = study(run(1), run(2), replays=(replace(run(1), id=9, replay_of=1),), environments=environments)
        assert of(done, FindingCode.NOT_EXAMINED) == []

    def test_everything_examined_is_no_finding(self) -> None:
        def made(number: int, split: int, init: int) -> AuditRun:
            values = {Source.SPLIT: split, Source.INIT: init}
            prints = own(number, split=f"{split}", initial=f"{split} {init}", order=f"{split}")
            return run(number, seed=number, values=values, fingerprints=prints)

        runs = [made(1, 1, 1), made(2, 2, 1), made(3, 1, 2)]
        again = replace(runs[0], id=9, replay_of=1)
        assert findings(study(*runs, replays=(again,))) == ()


class TestSeeding:
    """What the seeding of an arm does to its runs."""

    def told(self, runs: Sequence[AuditRun], values: Sequence[float]) -> tuple[int, int, float | None]:
        found = arm_seeding(0, "a", {"init": "vary"}, runs, values, metric="loss")
        return found.runs, found.distinct, found.sd

    @pytest.mark.parametrize("kind", [FINAL, SERIES])
    def test_runs_differ_in_weights_or_series(self, kind: FingerprintKind) -> None:
        same = {FINAL: "f", SERIES: "s"}
        runs = [run(1, fingerprints=same), run(2, fingerprints=same), run(3, fingerprints=same | {kind: "other"})]
        count, distinct, sd = self.told(runs, [1.0, 2.0, 4.0])
        assert (count, distinct) == (3, 2)
        assert sd == pytest.approx(1.5275252)

    def test_unfinished_and_excluded_runs_are_passed_over(self) -> None:
        assert self.told([run(1), lost(2), run(3, excluded=True)], [0.5]) == (1, 1, None)

    def test_one_value_has_no_spread_and_two_have(self) -> None:
        assert self.told([run(1)], [0.5])[2] is None
        assert self.told([run(1), run(2)], [0.5, 0.7])[2] == pytest.approx(0.1414214)

    def test_every_policy_is_named_with_its_sources(self) -> None:
        policies = {"split": "levels", "init": "vary", "shuffle": "free", "dropout": "fixed", "augment": "vary"}
        sentence = arm_seeding(0, "a", policies, [run(1)], [0.5], metric="loss").sentence
        for part in ("init, augment varying", "split crossed", "shuffle left to chance", "dropout fixed"):
            assert part in sentence
