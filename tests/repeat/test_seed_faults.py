"""Ways to lose a seed, planted in a free recipe: each is found, or the audit says that it could not examine it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedspread.analysis.audit import audit
from seedspread.core.audit import Finding, FindingCode, Severity
from seedspread.studies import replay
from tests.repeat.lab import Lab, lab

RECIPES = str(Path(__file__).with_name("planted_recipes.py"))
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
}
"""Found in the runs of a study alone, by the code of the finding."""

BY_REPLAY = ("uuid4", "time", "pid", "file")
"""Found once a run is replayed, as the audit advises."""

NOT_EXAMINABLE = ("asked-and-ignored", "modulo-one", "process-wide", "library-default")
"""Said not to be examined, before and after a replay: only runs that differ in one source alone could show it."""


@pytest.fixture(scope="module")
def planted_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with the recipe, for the module."""
    with lab(tmp_path_factory.mktemp("lab"), [RECIPES]) as opened:
        yield opened


def found(of: Lab, runs: list[int]) -> list[Finding]:
    return list(audit(of.ctx, of.study_of(runs[0])))


def codes(of: Lab, runs: list[int]) -> dict[FindingCode, Severity]:
    return {item.code: item.severity for item in found(of, runs)}


def trained(of: Lab, kind: str, **asked: object) -> list[int]:
    return of.study("planted", seeds=2, parameters={"kind": kind}, **asked)


def replayed(of: Lab, runs: list[int]) -> None:
    """Replay the run that the audit names."""
    (gap,) = [item for item in found(of, runs) if item.code is FindingCode.NOT_EXAMINED]
    (number,) = [run for run in runs if f"Replay run {run}:" in gap.advice]
    replay.start(of.ctx, number)


@pytest.mark.timeout(400)  # five fresh processes: seconds each on a busy machine
def test_every_fault_is_found_or_said_not_to_be_examined(planted_lab: Lab) -> None:
    trained(planted_lab, "sound")  # so that no study below has the first run of its process
    studies = {kind: trained(planted_lab, kind) for kind in (*AT_ONCE, *BY_REPLAY, *NOT_EXAMINABLE)}
    before = {kind: codes(planted_lab, runs) for kind, runs in studies.items()}
    for kind in (*BY_REPLAY, NOT_EXAMINABLE[0]):  # a replay starts a process: seconds on a busy machine
        replayed(planted_lab, studies[kind])
    planted_lab.work()
    after = {kind: codes(planted_lab, runs) for kind, runs in studies.items()}
    table = [(kind, *(sorted(seen[kind]) for seen in (before, after))) for kind in studies]
    print(*table, sep="\n")  # noqa: T201 - the table is what a reader of a failure needs
    assert {kind: code in before[kind] for kind, code in AT_ONCE.items()} == dict.fromkeys(AT_ONCE, True)
    assert {kind: DIVERGED in after[kind] for kind in BY_REPLAY} == dict.fromkeys(BY_REPLAY, True)
    gap = {FindingCode.NOT_EXAMINED: Severity.NOTICE}
    assert {kind: after[kind] for kind in NOT_EXAMINABLE} == dict.fromkeys(NOT_EXAMINABLE, gap)
    assert all(before.values())  # no all-clear before anything was repeated either
    assert len(studies) > 25


def test_sources_that_vary_alone_show_an_ignored_seed_and_a_sound_recipe_gets_its_all_clear(planted_lab: Lab) -> None:
    constant, ignored, sound = (
        planted_lab.study("planted", seeds=2, preset="sources", variants=[{"name": "v", "parameters": {"kind": kind}}])
        for kind in ("constant", "asked-and-ignored", "sound")
    )
    assert codes(planted_lab, constant) == {UNUSED: Severity.ERROR}
    assert codes(planted_lab, ignored) == {FindingCode.SOURCE_WITHOUT_EFFECT: Severity.WARNING}
    assert codes(planted_lab, sound) == {}


def test_a_recipe_without_weights_is_judged_by_its_series(planted_lab: Lab) -> None:
    runs = trained(planted_lab, "series-only")
    replayed(planted_lab, runs)
    planted_lab.work()
    (finding,) = found(planted_lab, runs)
    assert finding.sentence == (
        "Not examined: the effect of algorithm on the result, as no runs differ in one such source alone. "
        "Examined: whether split changes the split of the data, whether runs repeat."
    )
    verdict = replay.listed(planted_lab.ctx, runs[-1]).replays[0].verdict
    assert verdict is not None
    assert verdict.sentence.startswith("Identical: all 3 metric values are the same in every bit. Not compared, as not")
    assert "the weights (run.weights(epoch, arrays))" in verdict.sentence
