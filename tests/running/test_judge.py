"""Assertions are judged by the same rules as verdicts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from seedspread.analysis.claims import ClaimForm
from seedspread.recording.reader import open_study
from seedspread.recording.records import ArmRecord, StudyRecord
from seedspread.recording.writer import create_study, new_study
from seedspread.running.checks import metric_of, seed_finding
from seedspread.running.judge import ArmNumbers, check_assertion, check_folder, conditions_of, rule_of
from seedspread.stats import decide, question_rng

STUDY = StudyRecord("s", "s", "2026-01-01T00:00:00Z", metric="acc", direction="maximize", rule={"paired": True})
RNG = random.Random(5)
BASE = {seed: 0.9 + RNG.gauss(0, 0.01) for seed in range(8)}


def claim_of(text: str, difference: float, *, seeds: int = 8, failures: int = 0) -> str:
    base = {seed: BASE[seed] for seed in range(seeds)}
    wide = {seed: value + difference for seed, value in base.items()}
    return check_assertion(
        text, (ArmNumbers("base", dict(base)), ArmNumbers("wide", dict(wide), failures)), STUDY
    ).answer


@pytest.mark.parametrize(
    ("text", "difference", "outcome"),
    [
        ("wide >= base", 0.01, "holds"),
        ("wide >= base", -0.01, "fails"),
        ("wide >= base - 0.005", -0.001, "holds"),
        ("wide >= base - 0.005", -0.01, "fails"),
        ("wide <= base + 0.005", 0.01, "fails"),
        ("wide >= base", 0.0, "holds"),
        ("wide > base", 0.0, "fails"),
        ("wide >= base + 0.01", 0.01, "holds"),
        ("wide == base +- 0.005", 0.001, "holds"),
        ("wide == base +- 0.005", 0.0, "holds"),
        ("wide == base +- 0.005", 0.01, "fails"),
    ],
)
def test_a_difference_that_never_varies_is_judged_by_signs(text: str, difference: float, outcome: str) -> None:
    assert claim_of(text, difference) == outcome


def test_a_printed_seed_or_process_number_does_not_hide_that_seeds_change_nothing(tmp_path: Path) -> None:
    study = create_study(tmp_path / "s", new_study("s", arms=[ArmRecord("base")], seeds=[0, 1, 2]))
    for seed in range(3):
        run = study.begin("base", seed)
        run.log({"val_acc": 0.9137, "seed": seed, "pid": 100 + seed, "elapsed": seed / 7})
        run.end("finished")
    folder = open_study(tmp_path / "s")
    finding = seed_finding(folder.counted(), "val_acc", seeded="command")
    assert finding is not None
    assert finding.weight == "problem"
    assert metric_of(folder) == "val_acc"


def test_too_few_pairs_of_one_sign_settle_nothing() -> None:
    assert claim_of("wide >= base", 0.01, seeds=5) == "undecided"
    assert claim_of("wide >= base", 0.01, seeds=6) == "holds"


def test_an_arm_that_fails_more_does_not_hold_a_claim() -> None:
    assert claim_of("wide >= base", 0.01, failures=6) == "undecided"


def test_equal_arms_whose_verdict_is_looked_at_again_and_again_keep_the_error_rate() -> None:
    """Of 150 studies of equal arms, with seeds added after three looks, at most 5% and two errors say "better"."""
    rng, repeats, wrong, unpaid = random.Random(11), 150, 0, 0
    for _ in range(repeats):
        study = StudyRecord("s", "s", "2026-01-01T00:00:00Z", metric="acc", direction="maximize", rule={"paired": True})
        values = [{seed: rng.gauss(0, 1) for seed in range(24)} for _ in range(2)]
        states, plain = [], []
        for size in (8, 12, 16, 24):
            arms = [
                ArmNumbers(name, {s: group[s] for s in range(size)}) for name, group in zip("ab", values, strict=True)
            ]
            under = conditions_of(study, "acc", arms)
            a, b = (arm.sample() for arm in arms)
            states.append(decide(a, b, rule_of(study), question_rng("aa"), under).state)
            plain.append(decide(a, b, rule_of(study), question_rng("aa")).state)
            study.looks.append({"seeds": size, "planned": size, "time": "2026-01-01T00:00:00Z"})
        wrong += "better" in states
        unpaid += "better" in plain
    assert wrong / repeats <= 0.05 + 2 * (0.05 * 0.95 / repeats) ** 0.5
    assert unpaid > wrong


def test_a_claim_shares_no_error_rate_with_an_arm_that_never_ran(tmp_path: Path) -> None:
    arms = tuple(map(ArmRecord, ("base", "wide", "broken")))
    writer = create_study(tmp_path / "s", new_study("s", arms=arms, metric="acc", direction="maximize"))
    for arm in ("base", "wide", "broken"):
        for seed in range(6):
            run = writer.begin(arm, seed)
            run.log({"acc": 0.9 + 0.001 * seed + 0.05 * (arm == "wide")}, 1)
            run.end("failed" if arm == "broken" else "finished")
    checked = check_folder(open_study(tmp_path / "s"), ClaimForm(better=True, arm="wide"))
    assert (checked.comparisons, checked.outcome) == (1, "better")
