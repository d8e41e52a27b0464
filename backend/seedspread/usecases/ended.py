"""Why arms whose runs have all ended hold no finite number: nothing will appear there any more, and why is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from seedspread.analysis.measured import PENDING, Measured
from seedspread.core.states import RunState
from seedspread.storage.measured import MeasuredRun


def why_empty(found: Measured, positions: Collection[int]) -> str | None:
    """What became of the runs of the arms without a finite value, as a clause: `all 4 runs failed`.

    None where every one of the arms has such a value, or runs of those that have none are still to come.
    """
    empty = [position for position in positions if not found.values[position].sample().usable.size]
    runs = [run for run in found.runs if run.arm in empty]
    if not empty or not runs or any(run.state in PENDING for run in runs):
        return None
    ways = Counter(map(_way, runs))
    told = [_told(way, count, found.metric.name) for way in _WAYS if (count := ways[way])]
    if len(told) == 1:
        said = f"the only run {told[0][1]}" if len(runs) == 1 else f"all {len(runs):,} runs {told[0][1]}"
    else:
        said = f"no run gave a value: {', '.join(f'{count:,} {words}' for count, words in told)}"
    if len(empty) == len(positions):
        return said
    return f"of {', '.join(found.arms[position].name for position in empty[:3])}, {said}"


_WAYS = (RunState.FAILED.value, RunState.CANCELLED.value, RunState.FINISHED.value, "not finite", "excluded")


def _way(run: MeasuredRun) -> str:
    if run.excluded_reason is not None:
        return "excluded"
    finished = run.state is RunState.FINISHED and run.number is not None
    return "not finite" if finished else str(run.state)


def _told(way: str, count: int, metric: str) -> tuple[int, str]:
    words = {
        RunState.FAILED.value: "failed",
        RunState.CANCELLED.value: "was cancelled" if count == 1 else "were cancelled",
        RunState.FINISHED.value: f"finished without {metric}",
        "not finite": f"reported no finite {metric}",
        "excluded": "is excluded" if count == 1 else "are excluded",
    }
    return count, words[way]
