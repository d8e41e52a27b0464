"""The record of resources: bounded whatever it is fed, its peaks and totals unchanged by thinning."""

from __future__ import annotations

import math

import pytest

from seedspread.resources.record import MOST_SAMPLES, Sample, UsageRecord


def fed(count: int, *, every_s: float = 1.0) -> UsageRecord:
    """Return a record of `count` samples; the seventh is the peak of everything."""
    record = UsageRecord()
    for at in range(count):
        peak = at == 6
        record.add(
            Sample(
                (at + 1) * every_s, 9.5 if peak else 1.0, 10**9 if peak else 10**6, at * 10, at * 20, 70 if peak else 7
            )
        )
    return record


@pytest.mark.parametrize("count", [1, MOST_SAMPLES, MOST_SAMPLES + 1, 10 * MOST_SAMPLES + 3])
def test_a_record_is_bounded_and_keeps_peaks_and_totals(count: int) -> None:
    record = fed(count)
    assert len(record.samples) <= MOST_SAMPLES
    assert record.samples[-1].time == count
    assert (record.samples[-1].read_bytes, record.samples[-1].written_bytes) == ((count - 1) * 10, (count - 1) * 20)
    times = [sample.time for sample in record.samples]
    assert times == sorted(set(times))
    if count > 6:
        assert record.peaks == {"cpu": 9.5, "memory_bytes": 10**9, "threads": 70}
        assert max(sample.memory_bytes or 0 for sample in record.samples) == 10**9


def test_averages_are_weighted_by_the_time_they_stand_for() -> None:
    record = fed(8 * MOST_SAMPLES)
    starts = [0.0, *(sample.time for sample in record.samples)]
    seconds = sum(
        (sample.cpu or 0) * (sample.time - start) for sample, start in zip(record.samples, starts, strict=False)
    )
    assert seconds == pytest.approx(8 * MOST_SAMPLES + 8.5)


def test_a_full_record_asks_for_samples_half_as_often() -> None:
    assert fed(MOST_SAMPLES).interval_s == 1.0
    assert fed(MOST_SAMPLES + 1).interval_s == 2.0
    record = UsageRecord()
    time = 0.0
    while time < 10 * 3600:  # ten hours, sampled as it asks to be
        time += record.interval_s
        record.add(Sample(time, 1.0))
    assert MOST_SAMPLES / 2 <= len(record.samples) <= MOST_SAMPLES
    assert record.interval_s == 256


def test_what_is_not_known_anywhere_is_left_out() -> None:
    record = UsageRecord()
    record.add(Sample(1.0, memory_bytes=5))
    record.add(Sample(2.0, 0.5))
    assert record.to_json() == {
        "samples": {"time": [1.0, 2.0], "cpu": [None, 0.5], "memory_bytes": [5, None]},
        "peaks": {"memory_bytes": 5, "cpu": 0.5},
        "gpus": [],
    }


@pytest.mark.parametrize("time", [None, "1", -1, math.nan, math.inf, True])
def test_a_line_without_a_time_is_no_sample(time: object) -> None:
    assert Sample.from_json({"time": time, "cpu": 1}) is None


@pytest.mark.parametrize("value", [None, "5", -1, math.nan, math.inf, True, 2**63, [1]])
def test_a_value_that_is_none_is_not_known(value: object) -> None:
    assert Sample.from_json({"time": 1, "memory_bytes": value}) == Sample(1.0)


def test_samples_of_a_clock_that_stands_still_are_dropped() -> None:
    record = UsageRecord()
    record.add(Sample(1.0, 1.0))
    record.add(Sample(1.0, 5.0))
    record.add(Sample(0.5, 5.0))
    assert record.samples == [Sample(1.0, 1.0)]
