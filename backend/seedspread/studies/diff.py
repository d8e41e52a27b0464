"""Compare two stored runs."""

from __future__ import annotations

from seedspread.context import Context
from seedspread.core.diff import RunDiff, run_diff
from seedspread.studies.replay import facts_of


def diff(ctx: Context, a: int, b: int) -> RunDiff:
    """Return the differences from run `a` to run `b`, of any study.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        return run_diff(facts_of(session, a), facts_of(session, b))
