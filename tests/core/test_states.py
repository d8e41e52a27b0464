"""The state machine as data."""

from __future__ import annotations

import pytest

from seedspread.core.states import TERMINAL, TRANSITIONS, AdaptiveState, Move, RunState, StudyState, after, study_state


def test_what_ended_moves_only_by_a_retry() -> None:
    assert {move for (state, move) in TRANSITIONS if state in TERMINAL} == {Move.RETRY}
    assert after(RunState.FINISHED, Move.RETRY) is None


def test_every_state_can_be_reached_from_the_queue() -> None:
    reached = {RunState.QUEUED}
    while new := {to for (state, _), to in TRANSITIONS.items() if state in reached} - reached:
        reached |= new
    assert reached == set(RunState)


def test_a_claim_needs_a_queued_run() -> None:
    assert [state for state in RunState if after(state, Move.CLAIM)] == [RunState.QUEUED]


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({RunState.QUEUED: 3}, StudyState.QUEUED),
        ({RunState.QUEUED: 3, RunState.FINISHED: 1}, StudyState.RUNNING),
        ({RunState.RUNNING: 1}, StudyState.RUNNING),
        ({RunState.FINISHED: 2, RunState.FAILED: 1}, StudyState.FINISHED),
        ({RunState.CANCELLED: 2}, StudyState.CANCELLED),
        ({RunState.CANCELLED: 2, RunState.FINISHED: 1}, StudyState.FINISHED),
    ],
)
def test_a_study_stands_where_its_runs_stand(counts: dict[RunState, int], state: StudyState) -> None:
    assert study_state(counts) is state


def test_a_study_whose_plan_is_open_goes_on_between_two_batches() -> None:
    assert study_state({RunState.FINISHED: 10, RunState.CANCELLED: 1}, more_to_come=True) is StudyState.RUNNING
    assert study_state({RunState.QUEUED: 10}, more_to_come=True) is StudyState.QUEUED


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (None, AdaptiveState()),
        ({}, AdaptiveState()),
        ({"open": True}, AdaptiveState(open=True)),
        ({"open": True, "pairs": []}, AdaptiveState(open=True, began=True)),
        (
            {"open": False, "cancelled": True, "pairs": [{"looks": [{}, {}]}, {"looks": [{}]}]},
            AdaptiveState(cancelled=True, began=True, looks=3),
        ),
    ],
)
def test_a_stored_plan_is_read_as_a_state(document: dict[str, object] | None, state: AdaptiveState) -> None:
    assert AdaptiveState.of(document) == state
