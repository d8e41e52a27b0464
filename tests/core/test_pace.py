"""The time left, told while studies of known length go by: silent at first, then steady and near the truth."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from seedspread.core.pace import SAMPLE, Pace, Timed, pace

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
Length = Callable[[int, int], float]
"""A run's seconds by its arm and by how many of the arm its worker has trained before."""


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def study(runs: int, arms: int, workers: int, length: Length) -> list[Timed]:
    """A study that goes by: each run is taken by whichever worker is free first."""
    free = [(0.5 * worker, f"w{worker}") for worker in range(workers)]
    before: dict[tuple[str, int], int] = {}
    found = []
    for place in range(runs):
        moment, worker = heapq.heappop(free)
        arm = place % arms
        end = moment + length(arm, before.get((worker, arm), 0))
        before[worker, arm] = before.get((worker, arm), 0) + 1
        found.append(Timed(worker, arm, at(moment), at(end)))
        heapq.heappush(free, (end + 0.01, worker))
    return found


def ended_at(run: Timed) -> datetime:
    """When a run ended; those of `study` all have."""
    assert run.finished_at is not None
    return run.finished_at


def length_s(runs: list[Timed]) -> float:
    """From the beginning to the last end."""
    return max((ended_at(run) - BEGIN).total_seconds() for run in runs)


def told(runs: list[Timed], moment: float) -> Pace:
    """What is said at a moment, by what a database holds then."""
    now = at(moment)
    ended = sorted((run for run in runs if ended_at(run) <= now), key=ended_at)
    going = [run._replace(finished_at=None) for run in runs if run.started_at <= now < ended_at(run)]
    queued = len(runs) - len(ended) - len(going)
    return pace([*ended[-SAMPLE:], *going], queued, len(going), now)


def cold(arm: int, before: int) -> float:
    """A network's first run on a worker loads and compiles; the next arm compiles again."""
    return (4.8, 1.9)[arm % 2] if before == 0 else 0.25


def noisy(rng: np.random.Generator, mean_s: float) -> Length:
    return lambda arm, before: float(mean_s * rng.uniform(0.7, 1.3) * (1 + arm))


STUDIES = {
    "compiled": study(200, 2, 2, cold),
    "one worker": study(60, 2, 1, cold),
    "arms of unlike length": study(120, 3, 2, noisy(np.random.default_rng(1), 0.6)),
    "many workers": study(400, 2, 16, noisy(np.random.default_rng(2), 3.0)),
    "long runs": study(24, 2, 2, noisy(np.random.default_rng(3), 900.0)),
}


@pytest.mark.parametrize("name", STUDIES)
def test_what_is_said_is_near_the_truth_from_the_first_word_on(name: str) -> None:
    runs = STUDIES[name]
    end = length_s(runs)
    longest = max((ended_at(run) - run.started_at).total_seconds() for run in runs[len(runs) // 2 :])
    heard = 0
    for moment in np.arange(0, end, end / 300):
        left = told(runs, float(moment)).left_s
        if left is None:
            continue
        heard += 1
        truth = end - float(moment)
        assert abs(left - truth) < 0.35 * truth + 1.5 * longest, f"{left:.1f} s at {moment:.1f} s; really {truth:.1f} s"
    assert heard > 150


@pytest.mark.parametrize("name", STUDIES)
def test_it_does_not_jump_from_one_look_to_the_next(name: str) -> None:
    runs = STUDIES[name]
    end = length_s(runs)
    looks = [told(runs, float(moment)).left_s for moment in np.arange(0, end, end / 300)]
    estimates = [left for left in looks if left is not None]
    jumps = [abs(after - before) / max(before, end / 20) for before, after in itertools.pairwise(estimates)]
    assert max(jumps) < 0.3


def test_nothing_is_said_while_only_first_runs_have_ended() -> None:
    first = [Timed(f"w{worker}", arm, at(worker), at(worker + 5)) for worker in range(2) for arm in range(2)]
    assert pace(first, 20, 2, at(10)) == (None, None)
    assert pace([], 20, 2, at(10)) == (None, None)


def test_runs_so_long_that_loading_is_a_small_part_tell_at_once() -> None:
    first = [Timed(f"w{worker}", 0, at(0), at(100)) for worker in range(2)]
    rate, left = pace(first, 8, 0, at(100))
    assert rate == pytest.approx(0.02)
    assert left == pytest.approx(400)


def test_a_study_that_ended_has_nothing_left_and_keeps_its_last_rate_for_a_minute() -> None:
    runs = STUDIES["one worker"]
    end = length_s(runs)
    assert pace(runs, 0, 0, at(end + 30)).left_s == 0
    assert pace(runs, 0, 0, at(end + 30)).rate_per_s == pytest.approx(3.8, rel=0.1)
    assert pace([], 0, 0, at(0)) == (None, 0)


def test_where_nobody_trains_any_more_nothing_is_said() -> None:
    runs = STUDIES["one worker"][:30]
    stopped = length_s(runs)
    assert pace(runs, 30, 0, at(stopped + 1)).left_s is not None
    assert pace(runs, 30, 0, at(stopped + 100)) == (None, None)


def test_a_clock_that_runs_behind_does_no_harm() -> None:
    ahead = [
        Timed("w", 0, at(5), at(6)),
        Timed("w", 0, at(6), at(7)),
        Timed("w", 0, at(7), at(8)),
        Timed("w", 0, at(8), None),
    ]
    rate, left = pace(ahead, 3, 1, at(4))
    assert rate is None or rate > 0
    assert left is None or left >= 0
