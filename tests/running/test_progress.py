"""Time left, and arms that cannot run."""

from __future__ import annotations

import pytest

from seedspread.recording.records import RunRecord
from seedspread.running.progress import FailingArms, seconds_left


def test_time_left_is_silent_at_first_and_not_moved_by_one_slow_run() -> None:
    assert seconds_left([60.0, 1.0], waiting=100, running=[], slots=1) is None
    assert seconds_left([60.0, 1.0, 1.0], waiting=10, running=[0.5], slots=1) == pytest.approx(10.5)
    assert seconds_left([1.0] * 9, waiting=10, running=[0.0, 0.0], slots=2) == pytest.approx(6.0)
    assert seconds_left([1.0] * 9, waiting=0, running=[5.0], slots=2) == 0.0


def failed(arm: str, reason: str) -> RunRecord:
    return RunRecord("r", "s", arm, 0, state="failed", reason=reason)


def test_an_arm_is_hopeless_after_three_equal_errors_and_no_success() -> None:
    failing = FailingArms(["base", "typo", "flaky"])
    for seed in range(3):
        assert not failing.hopeless("typo")
        failing.note(failed("typo", f"exit code 1: KeyError: {seed} at 0x7f{seed}a"), "failed")
        failing.note(failed("flaky", "exit code 1: out of " + "abc"[seed] * 3), "failed")
    assert failing.hopeless("typo")
    assert not failing.hopeless("flaky")
    assert not failing.nothing_to_compare
    failing.note(failed("typo", ""), "finished")
    assert not failing.hopeless("typo")
