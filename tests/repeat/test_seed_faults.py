"""Ways to lose a seed, planted in a free recipe: each is found, or the audit says that it could not examine it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedspread.analysis.audit import audit
from seedspread.core.audit import AuditStudy, FindingCode, Severity
from seedspread.core.sources import Source
from seedspread.studies import replay
from tests.repeat.faults import RECIPES, Studies, codes
from tests.repeat.lab import Lab, lab

UNUSED, UNSEEDED, CONSTANT = FindingCode.SOURCE_UNUSED, FindingCode.UNSEEDED, FindingCode.SEED_WITHOUT_EFFECT
KEPT, DIVERGED = FindingCode.STATE_KEPT, FindingCode.REPLAY_DIVERGED

AT_ONCE = {
    "constant": UNUSED,
    "RandomState(0)": UNUSED,
    "Random(1337)": UNUSED,
    "hostname": UNUSED,
    "made-and-ignored": UNUSED,
    "train_test_split(42)": UNUSED,
    "numpy.random.seed": CONSTANT,
    "random.seed": CONSTANT,
    "default_rng()": UNSEEDED,
    "Random()": UNSEEDED,
    "SystemRandom": UNSEEDED,
    "urandom": UNSEEDED,
    "secrets": UNSEEDED,
    "module-generator": KEPT,
    "module-cache": KEPT,
    "stopper": KEPT,
    "function-cache": KEPT,
    "default-argument": KEPT,
    "function-attribute": KEPT,
    "class-attribute": KEPT,
    "cached-model": KEPT,
    "environment": UNUSED,
    "set-order": UNUSED,
    "date": UNUSED,
    "another-python": UNUSED,
    "library-attribute": UNUSED,  # taken away after every run: what it counts stays the same
    "getrandom": UNSEEDED,
    "SeedSequence()": UNSEEDED,
    "PCG64()": UNSEEDED,
    "RandomState()": UNSEEDED,
    "token_hex": UNSEEDED,
    "hash": UNUSED,
    "listdir": UNUSED,
    "KFold(0)": UNUSED,
    "check_random_state(0)": UNUSED,
    "joblib": UNUSED,
    "spawned": UNUSED,
    "class-generator": KEPT,
    "dict-of-generators": KEPT,
    "cycle": KEPT,
    "default-generator": KEPT,
    "cached-rows": KEPT,
    "RandomState(None)": UNSEEDED,
    "RandomState(seed=None)": UNSEEDED,
    "MT19937()": UNSEEDED,
    "SystemRandom().shuffle": UNSEEDED,
    "first seed": KEPT,
    "default_rng(None)": UNSEEDED,
    "Philox()": UNSEEDED,
    "SFC64()": UNSEEDED,
    "random.seed()": UNSEEDED,
    "numpy.random.seed()": UNSEEDED,
    "numpy.random.seed(seed=0)": CONSTANT,
    "choice": UNSEEDED,
    "another source": UNUSED,
    "parameter": UNUSED,
    "globals": KEPT,
    "device": UNUSED,
    "beside: queue": KEPT,
    "beside: object": KEPT,
    "beside: bits of the module": KEPT,
    "beside: number": KEPT,
    "beside: closure": KEPT,
    "beside: partial": KEPT,
    "beside: ticks": KEPT,
    "beside: RandomState of the module": KEPT,
    "beside: joblib memory": KEPT,  # the first run drew what the others read
}
"""Found in the runs of a study alone, by the code of the finding."""

BY_REPLAY = (
    *("uuid4", "time", "pid", "address", "file", "elapsed", "reseeded-by-time"),
    *("generator-object", "uuid1", "perf_counter", "thread-id", "context-variable"),
    *("beside: microsecond", "beside: process number", "beside: device"),
    *("beside: time", "beside: uuid4", "beside: temporary name", "beside: processor time", "beside: context switches"),
    *("beside: thread-local", "beside: open file", "beside: database", "beside: class of a library"),
)
"""Found once a run is replayed, as the audit advises."""

NOT_EXAMINABLE = (
    *("asked-and-ignored", "modulo-one", "modulo-two", "process-wide", "library-default", "library-default-jobs"),
    *("set_state", "forked", "holdout-ignored"),
    *("check_random_state(None)", "shuffle(random)", "seed-squared-away"),
    *("setstate", "numpy.random.shuffle", "shifted away"),
    *("clipped", "bool", "branch never taken"),
)
"""Said not to be examined, before and after a replay: only runs that differ in one source alone could show it."""


@pytest.fixture(scope="module")
def planted_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with the recipe, for the module."""
    with lab(tmp_path_factory.mktemp("lab"), [RECIPES]) as opened:
        yield opened


@pytest.fixture(scope="module")
def studies() -> Iterator[Studies]:
    """Two trainers that every study of the module shares."""
    opened = Studies()
    opened.study(["sound"])  # so that no study below has the first run of its process
    yield opened
    opened.close()


def severities(given: AuditStudy) -> dict[FindingCode, Severity]:
    return {code: item.severity for code, item in codes(given).items()}


@pytest.mark.parametrize("half", [0, 1])
def test_every_fault_of_the_seeds_is_found_at_once(studies: Studies, half: int) -> None:
    planted = dict(list(AT_ONCE.items())[half::2])
    shown = {kind: severities(studies.study([kind])) for kind in planted}
    assert {kind: code in shown[kind] for kind, code in planted.items()} == dict.fromkeys(planted, True), shown
    assert len(planted) > 30


def test_every_fault_beyond_the_seeds_is_found_once_a_run_is_replayed(studies: Studies) -> None:
    trained = {kind: studies.study([kind]) for kind in BY_REPLAY}
    assert all(severities(given) for given in trained.values())  # no all-clear before anything was repeated either
    shown = {kind: severities(studies.replayed(given)) for kind, given in trained.items()}
    assert {kind: DIVERGED in shown[kind] for kind in BY_REPLAY} == dict.fromkeys(BY_REPLAY, True), shown


def test_what_no_run_can_show_is_said_not_to_be_examined(studies: Studies) -> None:
    trained = {kind: studies.study([kind]) for kind in NOT_EXAMINABLE}
    assert all(severities(given) for given in trained.values())
    gap = {FindingCode.NOT_EXAMINED: Severity.NOTICE}
    shown = {kind: severities(studies.replayed(given)) for kind, given in trained.items()}
    assert shown == dict.fromkeys(NOT_EXAMINABLE, gap)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("constant", {UNUSED: Severity.ERROR}),
        ("asked-and-ignored", {FindingCode.SOURCE_WITHOUT_EFFECT: Severity.WARNING}),
        ("modulo-two", {FindingCode.SECRETLY_THE_SAME: Severity.ERROR}),
        ("holdout-ignored", {FindingCode.SOURCE_WITHOUT_EFFECT: Severity.WARNING}),
        ("sound", {}),  # but for the constants of the other ways in its code
    ],
)
def test_sources_that_vary_alone_show_an_ignored_seed(
    studies: Studies, kind: str, expected: dict[FindingCode, Severity]
) -> None:
    assert severities(alone(studies, kind, "planted")) == {**expected, FindingCode.NOT_EXAMINED: Severity.NOTICE}


def alone(studies: Studies, kind: str, recipe: str) -> AuditStudy:
    """Vary each source alone, then replay a run."""
    sources = (Source.SPLIT, Source.ALGORITHM)
    apart = [studies.study([kind], recipe=recipe, seeds=3, alone=source) for source in sources]
    return studies.replayed(studies.joined(*apart))


def test_a_constant_beside_sound_sources_gets_no_all_clear_and_a_sound_recipe_does(studies: Studies) -> None:
    assert severities(alone(studies, "sound", "planted-clean")) == {}
    (finding,) = codes(alone(studies, "sound", "planted-resample")).values()
    assert (finding.code, finding.severity) == (FindingCode.NOT_EXAMINED, Severity.NOTICE)
    assert finding.sentence.startswith(
        "Not examined: what a seed written in the code decides, the same in every run (random_state=0 at "
        "clean_recipes.py:"
    )
    assert finding.sentence.endswith("Examined: the effect of split, the effect of algorithm, whether runs repeat.")
    assert finding.replay is None  # it would show nothing


def test_orders_that_the_machine_decides_get_no_all_clear(studies: Studies) -> None:
    machine = ("listdir", "glob", "iterdir", "walk", "imap_unordered", "as_completed", "processors")
    # The trainer fixes PYTHONHASHSEED: sets have one order.
    outcomes = {}
    for order in (*machine, "sorted files", "set"):
        kind = [f"order: {order}"]
        sources, recipe = (Source.SPLIT, Source.ALGORITHM), "planted" if order in machine else "planted-clean"
        apart = studies.joined(*(studies.study(kind, recipe=recipe, alone=source) for source in sources))
        outcomes[order] = codes(studies.replayed(apart))
    gap = FindingCode.NOT_EXAMINED
    assert [order for order in machine if not outcomes[order].keys() & {gap, DIVERGED}] == []
    assert "os.scandir at planted_recipes.py:" in outcomes["glob"][gap].sentence
    assert "as_completed at planted_recipes.py:" in outcomes["as_completed"][gap].sentence
    assert (outcomes["sorted files"], outcomes["set"]) == ({}, {})


@pytest.mark.parametrize("kind", ["constant", "asked-and-ignored", "drawn-and-ignored", "sound"])
def test_an_order_that_differs_with_the_split_clears_no_shuffle(studies: Studies, kind: str) -> None:
    given = studies.study([kind], recipe="planted-order")
    if kind == "constant":
        assert severities(given)[UNUSED] is Severity.ERROR
        return
    (finding,) = codes(studies.replayed(given)).values()
    assert finding.code is FindingCode.NOT_EXAMINED
    assert "the effect of split, shuffle on the result, as no runs differ in one such source alone" in finding.sentence


def test_a_seed_used_by_one_arm_alone_is_named(studies: Studies) -> None:
    finding = codes(studies.study(["sound", "constant"]))[UNUSED]
    assert (finding.severity, finding.arms, finding.run_count) == (Severity.NOTICE, (1,), 2)
    assert finding.sentence.startswith("algorithm varies, but decided nothing in arm 'constant'")


def test_a_recipe_without_weights_is_judged_by_its_series(planted_lab: Lab) -> None:
    runs = planted_lab.study("planted", seeds=2, parameters={"kind": "series-only"})
    (gap,) = audit(planted_lab.ctx, planted_lab.study_of(runs[0]))
    assert gap.replay == runs[-1]
    replay.start(planted_lab.ctx, gap.replay)
    planted_lab.work()
    (finding,) = audit(planted_lab.ctx, planted_lab.study_of(runs[0]))
    assert finding.sentence.startswith(
        "Not examined: the effect of split, algorithm on the result, as no runs differ in one such source alone; "
        "what a seed written in the code decides, the same in every run ("
    )
    assert finding.sentence.endswith("Examined: whether split changes the split of the data, whether runs repeat.")
    verdict = replay.listed(planted_lab.ctx, runs[-1]).replays[0].verdict
    assert verdict is not None
    assert verdict.sentence.startswith("Identical: all 3 metric values are the same in every bit. Not compared, as not")
    assert "the weights (run.weights(epoch, arrays))" in verdict.sentence
