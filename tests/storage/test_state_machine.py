"""Storage moves runs exactly as the state machine says: every state under every move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from seedspread.core.report import Ending
from seedspread.core.states import Move, RunState, after
from seedspread.storage import leases, moves, recovery
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from tests.builders import LEASE_S, NOW, run_ids, store

LATER = NOW + timedelta(seconds=2 * LEASE_S)


def end_as(state: RunState) -> Callable[[Session, int], object]:
    """Return an operation that ends the first attempt in a state."""
    return lambda session, run: leases.end(session, run, 1, Ending(state=state), LATER)


def cancel(session: Session, run: int) -> None:
    """Cancel as a user does; the worker of a running run then ends it."""
    if moves.cancel(session, [RunRow.id == run], LATER):
        end_as(RunState.CANCELLED)(session, run)


OPERATIONS: Mapping[Move, Callable[[Session, int], object]] = {
    Move.CLAIM: lambda session, run: leases.claim(session, run, 1, "w2", LATER, LEASE_S),
    Move.FINISH: end_as(RunState.FINISHED),
    Move.FAIL: end_as(RunState.FAILED),
    Move.CANCEL: cancel,
    Move.LOSE: lambda session, run: recovery.requeue(session, run, 1, LATER, max_attempts=3),
    Move.RETRY: lambda session, run: moves.retry(session, [RunRow.id == run], LATER),
}


def test_every_move_has_an_operation() -> None:
    assert OPERATIONS.keys() == set(Move)


@pytest.mark.parametrize("state", list(RunState))
def test_every_move_leads_where_the_state_machine_says(sqlite_database_url: str, state: RunState) -> None:
    database = Database(sqlite_database_url)
    database.upgrade()
    runs = run_ids(database, store(database))
    reached: dict[Move, RunState] = {}
    for run, move in zip(runs, Move, strict=False):
        with database.session() as session:
            if state is not RunState.QUEUED:
                assert leases.claim(session, run, 1, "w1", NOW, LEASE_S)
            if state not in (RunState.QUEUED, RunState.RUNNING):
                session.execute(update(RunRow).where(RunRow.id == run).values(state=state, lease_until=None))
            OPERATIONS[move](session, run)
        with database.reading() as session:
            reached[move] = RunState(session.get_one(RunRow, run).state)
    database.dispose()
    assert reached == {move: after(state, move) or state for move in Move}
