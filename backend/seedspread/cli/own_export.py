"""Tables that `seedspread data` wrote: rows of runs that count for nothing are set aside, and named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seedspread.core.states import RunState
from seedspread.stats.data.arms import LeftOut

Row = Mapping[str, Any]

STATE, EXCLUDED = "state", "excluded_reason"
_STATES = frozenset(map(str, RunState))
RECORD = frozenset({"study", "run", "seed", "attempt", STATE, EXCLUDED, "duration_s"})
"""Columns that say which run it was, not what it gave."""


@dataclass
class Aside:
    """Rows that are no part of the numbers: runs by state, and the excluded ones by seed, with their reasons."""

    states: Counter[str] = field(default_factory=Counter)
    excluded: list[tuple[str, str]] = field(default_factory=list)

    def left_out(self) -> LeftOut:
        """The same as statistics take it; what is not known by seed is only told."""
        by_seed = {int(seed): reason for seed, reason in self.excluded if seed.removeprefix("-").isdecimal()}
        return LeftOut(failures=self.states[RunState.FAILED], excluded=by_seed)

    def line(self, name: str) -> str | None:
        """What a person is told; None where every row counts."""
        parts = [f"{count} {state}" for state, count in sorted(self.states.items())]
        parts += [f"seed {seed} excluded ({reason})" for seed, reason in self.excluded[:5]]
        if len(self.excluded) > 5:
            parts.append(f"{len(self.excluded) - 5} more excluded")
        return f"left out of {name}: {', '.join(parts)}" if parts else None


def is_own(columns: Sequence[str]) -> bool:
    """Whether these are the columns of an export of ours."""
    return {"run", "attempt", STATE} <= set(columns)


def parted(rows: Sequence[Row], by: str | None = None) -> tuple[list[tuple[int, Row]], Aside]:
    """The rows that count, each with its number in the file (the head is row 1), and what was set aside.

    A column `state` is taken for ours where every cell is the state of a run, and groups are not told apart `by` it.
    """
    by_state = by != STATE and all(str(row.get(STATE)) in _STATES for row in rows)
    kept, aside = [], Aside()
    for place, row in enumerate(rows, start=2):
        reason = str(row.get(EXCLUDED) or "").strip()
        if reason:
            aside.excluded.append((str(row.get("seed", "?")), reason))
        elif by_state and row[STATE] != RunState.FINISHED:
            aside.states[str(row[STATE])] += 1
        else:
            kept.append((place, row))
    return kept, aside
