"""Which seeds a look of an adaptive study stands on: the first n of every arm, late ones left to the next look."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from seedspread.analysis.measured import PENDING, Measured
from seedspread.core.states import RunState
from seedspread.stats.data.arms import ArmValues, LeftOut
from seedspread.stats.data.samples import Sample
from seedspread.storage.measured import MeasuredRun
from seedspread.views.adaptive import AdaptiveView, PairLooks

Taken = dict[tuple[int, int | None], PairLooks]


def plan_of(found: Measured) -> AdaptiveView | None:
    """The study's plan as it is stored, or None before the first round and for studies without one."""
    stored = found.adaptive
    return AdaptiveView.model_validate(stored) if stored and "pairs" in stored else None


def last_look(found: Measured, a: int, b: int | None) -> int | None:
    """The seeds per arm that the last look at this pair stood on; None where none was taken."""
    plan = plan_of(found) if found.deciding else None
    pair = next((pair for pair in plan.pairs if (pair.a, pair.b) == (a, b)), None) if plan else None
    return pair.looks[-1].n if pair is not None and pair.looks else None


def first_seeds(found: Measured, position: int, n: int | None) -> ArmValues:
    """An arm's values over its first n runs (None: all of them)."""
    values = found.values[position]
    if n is None:
        return values
    first = first_runs(found, position, n)
    ids = {run.id for run in first}
    kept = np.array([int(run) in ids for run in values.runs], dtype=bool)
    excluded = {run.seed: run.excluded_reason for run in first if run.excluded_reason is not None}
    states = Counter(run.state for run in first if run.excluded_reason is None)
    failed, cancelled, pending = states[RunState.FAILED], states[RunState.CANCELLED], sum(states[s] for s in PENDING)
    missing = len(first) - len(excluded) - failed - cancelled - pending - int(kept.sum())
    left_out = LeftOut(failed, missing, cancelled, pending, excluded)
    return replace(
        values, runs=values.runs[kept], seeds=values.seeds[kept], values=values.values[kept], left_out=left_out
    )


def sample_at(found: Measured, position: int, n: int) -> Sample | None:
    """What a look at the first n seeds sees of an arm; None while one of them has not ended.

    Excluded and cancelled runs count as started: leaving a seed out does not move the look.
    """
    first = first_runs(found, position, n)
    if len(first) < n or any(run.state in PENDING for run in first):
        return None
    return first_seeds(found, position, n).sample()


def first_runs(found: Measured, position: int, n: int) -> list[MeasuredRun]:
    """The first n runs of an arm, by their place in it."""
    return [run for run in found.runs if run.arm == position][:n]
