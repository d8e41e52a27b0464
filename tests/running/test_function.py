"""Studies of functions and comparisons of numbers, as typed in a notebook."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

import seedspread
from seedspread.core.study import Centre
from seedspread.errors import InvalidInput
from seedspread.recording import open_study, records
from seedspread.sending.studies import from_folder

ARMS: dict[str, dict[str, Any]] = {"base": {}, "wide": {"hidden": 64}}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def train(seed: int, hidden: int = 32) -> float:
    """Return an accuracy, higher for the wide arm."""
    return 0.9 + 0.02 * (hidden > 32) + random.Random(f"{seed}-{hidden}").gauss(0, 0.004)


def epochs(seed: int, hidden: int = 32) -> Iterator[dict[str, float]]:
    """Yield metrics of three epochs."""
    for epoch in range(3):
        yield {"acc": train(seed + 100 * epoch, hidden), "loss": 1.0 - epoch}


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_function_to_a_verdict(jobs: int) -> None:
    study = seedspread.study(train, ARMS, seeds=12, maximize=True, jobs=jobs)
    assert "wide" in study.verdict
    assert study.outcome.winner == "wide"
    assert study.frame().groupby("arm").size().to_dict() == {"base": 12, "wide": 12}
    assert study.rows()[3] == {"arm": "base", "seed": 3, "value": train(3)}
    assert study.holds("wide >= base - 0.005")
    assert "<svg" in study._repr_html_()
    assert type(study.figure()).__name__ == "Figure"
    assert [finding.code for finding in study.outcome.findings] == ["repeats"]
    assert len(open_study(study.folder).runs) == 25


def test_functions_that_yield_are_series() -> None:
    study = seedspread.study(epochs, ARMS, seeds=6, minimize="loss", summary="area", check=False)
    run = open_study(study.run().folder).counted()[0]
    assert list(run.series()["loss"].values) == [1.0, 0.0, -1.0]
    assert open_study(study.folder).study.summary == "area"
    assert study.rows()[0]["loss"] == run.value("loss", "area") == 0.0
    assert study.figure("curves") is not None


def test_failures_hangs_and_crashes_are_outcomes() -> None:
    def odd(seed: int) -> float:
        if seed == 1:
            raise ValueError("no luck")
        if seed == 2:
            time.sleep(60)
        if seed == 3:
            os._exit(9)
        return seed / 10

    study = seedspread.study(odd, seeds=6, maximize=True, jobs=3, timeout=1.5, check=False)
    runs = {run.record.seed: run for run in open_study(study.run().folder).counted()}
    assert [runs[seed].state for seed in range(6)] == ["finished", "failed", "failed", "failed", "finished", "finished"]
    assert runs[1].record.reason == "ValueError: no luck"
    assert runs[2].record.reason == "timed out after 1.5 s"
    assert runs[3].record.reason == "exit code 9"


def test_a_function_that_exits_ends_its_run_alone() -> None:
    study = seedspread.study(
        lambda seed: sys.exit(3) if seed == 1 else float(seed), seeds=3, maximize=True, check=False
    )
    states = {run.record.seed: (run.state, run.record.reason) for run in open_study(study.run().folder).counted()}
    assert states == {0: ("finished", ""), 1: ("failed", "SystemExit: 3"), 2: ("finished", "")}


def test_until_decided_stops_early_and_only_before_a_result_is_seen() -> None:
    study = seedspread.study(train, ARMS, maximize=True, check=False).until("decided", within=0.005)
    assert study.outcome.winner == "wide"
    assert len(study.rows()) < 80
    seen = seedspread.study(train, ARMS, seeds=2, maximize=True, check=False)
    assert seen.verdict
    with pytest.raises(InvalidInput, match="nobody has seen"):
        seen.until("decided")


def test_an_adaptive_study_says_everything_once_and_by_its_look() -> None:
    """Three arms, seeds used up: one table of verdicts, no sentence twice, no advice against the plan."""
    arms = {"base": {}, "same": {"shift": 0.0001}, "far": {"shift": 0.05}}

    def shifted(seed: int, shift: float = 0.0) -> float:
        return 0.9 + shift + random.Random(f"{seed} {shift}").gauss(0, 0.01)

    outcome = seedspread.study(shifted, arms, maximize=True, check=False).until("decided", at_most=14).outcome
    look, family = outcome.judgement.look, outcome.judgement.family
    assert look is not None
    assert family is not None
    assert outcome.sentence.count("All 14 seeds per arm are used.") == 1
    assert outcome.sentence.count("Metric: ") == 1
    assert "more seeds" not in outcome.sentence
    same, far = family.comparisons
    assert (same.state, far.state, far.winner) == ("undecided", "better", "far")
    for view in (same, far):
        assert view.interval is not None
        assert view.interval.level > 0.975
        assert view.look is not None
        assert view.headline in outcome.sentence


def test_numbers_are_compared_from_lists_seeds_and_tables() -> None:
    base = {seed: train(seed) for seed in range(12)}
    wide = {seed: train(seed, 64) for seed in range(12)}
    by_seed = seedspread.compare({"base": base, "wide": wide}, maximize=True)
    assert by_seed.winner == "wide"
    rows = [
        {"arm": name, "seed": s, "acc": v} for name, arm in (("base", base), ("wide", wide)) for s, v in arm.items()
    ]
    frame = pd.DataFrame(rows).sample(frac=1, random_state=1)
    assert seedspread.compare(frame, seed="seed", value="acc", maximize=True).winner == "wide"
    plain = seedspread.compare({"base": list(base.values()), "wide": list(wide.values())}, minimize=True)
    assert plain.winner == "base"
    with pytest.raises(InvalidInput, match="twice"):
        seedspread.compare(pd.concat([frame, frame]), seed="seed", value="acc")
    with pytest.raises(InvalidInput, match="one of the columns"):
        seedspread.compare(frame, seed="Seed", value="acc")


def test_another_centre_decides_and_is_recorded(tmp_path: Path) -> None:
    """A seed that diverges decides the mean, not the median."""

    def diverging(seed: int, hidden: int = 32) -> float:
        return 0.1 if seed == 3 and hidden == 64 else train(seed, hidden)

    study = seedspread.study(diverging, ARMS, maximize=True, check=False, centre="median", folder=tmp_path / "study")
    family = study.outcome.judgement.family
    assert family is not None
    assert (family.comparisons[0].centre, study.outcome.winner) == ("median", "wide")
    recorded = open_study(tmp_path / "study")
    assert recorded.study.rule["centre"] == "median"
    assert from_folder(recorded).study.centre == "median"
    groups = {name: [diverging(seed, hidden) for seed in range(20)] for name, hidden in (("base", 32), ("wide", 64))}
    compared = seedspread.compare(groups, maximize=True, centre="median").judgement.family
    assert compared is not None
    assert compared.comparisons[0].centre == "median"
    with pytest.raises(InvalidInput, match="one of mean, trimmed, median, log_ratio"):
        seedspread.compare(groups, centre="mode")  # type: ignore[arg-type]
    early = seedspread.study(train, ARMS, maximize=True, check=False, centre="median").until("decided", at_most=20)
    assert early.outcome.winner == "wide"


def test_the_centres_are_those_of_the_decision_rule() -> None:
    assert get_args(records.Centre) == get_args(Centre)


def returns_nothing(seed: int) -> None:
    """Train without a result."""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"train": 3}, "a function"),
        ({"train": asyncio.sleep}, "trains when it is called"),
        ({"arms": {"a": 1}}, "parameters by name"),
        ({"seeds": 2.5}, "a number of seeds"),
        ({"train": lambda: 1.0}, "called as train"),
        ({"arms": {"a": {"depth": 1}}}, "called as train"),
        ({"arms": {}}, "parameters by name"),
        ({"seeds": 0}, "at least one seed"),
        ({"seeds": [1, 1]}, "each once"),
        ({"seeds": [-1]}, "a whole number"),
        ({"seeds": [1.5]}, "a whole number"),
        ({"seeds": True}, "a number of seeds"),
        ({"jobs": 0}, "1 or more"),
        ({"within": -1}, "above 0"),
        ({"level": 1.5}, "0.5 to below 1"),
        ({"maximize": True, "minimize": True}, "one of maximize"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        seedspread.study(**{"train": train} | arguments)


def test_a_function_without_a_result_says_so() -> None:
    with pytest.raises(InvalidInput) as refused:
        _ = seedspread.study(returns_nothing, seeds=2).verdict
    assert "returns a number" in (refused.value.hint or "")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_arm_that_never_ran_is_no_loser(jobs: int) -> None:
    arms: dict[str, dict[str, Any]] = {"base": {}, "typo": {"hiden": 64}}

    def trained(seed: int, **parameters: int) -> float:
        return train(seed, **parameters)

    study = seedspread.study(trained, arms=arms, seeds=10, maximize=True, jobs=jobs)
    assert study.verdict.startswith("No verdict: no run of arm typo finished: TypeError: ")
    assert study.outcome.state == "cannot_be_judged"
    assert study.outcome.winner is None
    # One that runs already when the third fails is not taken back.
    failed = [run for run in open_study(study.folder).runs if run.state == "failed"]
    assert 3 <= len(failed) <= 2 + jobs


def test_seeds_added_after_a_verdict_pay_for_the_look(tmp_path: Path) -> None:
    arms: dict[str, dict[str, Any]] = {"base": {}, "wide": {"hidden": 64}}
    first = seedspread.study(train, arms=arms, seeds=6, maximize=True, folder=tmp_path / "s")
    assert "0 of 12 runs ended" in repr(first)
    assert "95% CI" in first.verdict
    assert "12 of 12 runs ended" in repr(first)
    more = seedspread.study(train, arms=arms, seeds=9, maximize=True, folder=tmp_path / "s")
    assert "99% CI" in more.verdict
    with pytest.raises(InvalidInput, match="nobody has seen"):
        more.until("decided")


@pytest.mark.parametrize("values", [0.5, "123", {0.1, 0.2, 0.3}, [10**400, 1.0]])
def test_values_that_are_no_list_of_numbers_are_refused(values: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^a\b"):
        seedspread.compare({"a": values, "b": [0.1, 0.2, 0.3]})


def test_seeds_may_be_numpys() -> None:
    study = seedspread.study(lambda seed: float(seed), seeds=np.arange(3, 6), maximize=True).run()
    assert sorted(run.record.seed or 0 for run in open_study(study.folder).counted()) == [3, 4, 5]
