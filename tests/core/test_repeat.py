"""The verdict on a repetition: by bits, with the first difference named."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.core.fingerprints import HOW_TO_RECORD, broken, by_place
from seedspread.core.record import Record, bits_in_hex, points, values_of_hex
from seedspread.core.repeat import float32_ulps_apart, repeat_verdict, ulps_apart
from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.core.sentences import MEANING
from seedspread.errors import InvalidInput

KINDS = list(FingerprintKind)


def record(values: list[float], *, broken_from: FingerprintKind | None = None, threads: int = 1) -> Record:
    """A run of one metric; from `broken_from` on, every fingerprint is another."""
    order = [*KINDS[:5], FingerprintKind.WEIGHTS, FingerprintKind.FINAL, FingerprintKind.SERIES]
    at = len(order) if broken_from is None else order.index(broken_from)
    prints = tuple(
        Fingerprint(kind, ("b" if index >= at else "a") * 64, 1 if kind is FingerprintKind.WEIGHTS else 0)
        for index, kind in enumerate(order)
    )
    return Record(prints, {"loss": points(range(1, len(values) + 1), values)}, {"threads": {"intra": threads}})


def test_equal_runs_are_identical() -> None:
    verdict = repeat_verdict(record([0.5, 0.25]), record([0.5, 0.25]))
    assert verdict.identical
    assert (verdict.values, verdict.fingerprints, verdict.weights_compared) == (2, 7, True)
    assert verdict.detail == "the weights and all 2 metric values are the same in every bit."
    assert verdict.sentence == f"Identical: {verdict.detail}"


def test_runs_that_recorded_nothing_are_neither_called_identical_nor_different() -> None:
    verdict = repeat_verdict(Record((), {}, {}), Record((), {}, {}))
    assert verdict.detail.startswith("Nothing could be compared: neither run recorded anything.")
    assert verdict.sentence == verdict.detail


def test_the_first_value_is_told_in_hex_and_ulps() -> None:
    after = math.nextafter(math.nextafter(0.25, 1), 1)
    verdict = repeat_verdict(record([0.5, 0.25, 0.1]), record([0.5, after, 0.1], broken_from=FingerprintKind.WEIGHTS))
    first = verdict.first_value
    assert first is not None
    assert (first.metric, first.step, first.ulps) == ("loss", 2, 2)
    assert (first.a_hex, first.b_hex) == ("0x1.0000000000000p-2", "0x1.0000000000002p-2")
    assert (first.a_bits, first.b_bits) == ("3fd0000000000000", "3fd0000000000002")
    assert verdict.values_differing == 1
    assert "the arithmetic itself differs (epoch 1)" in verdict.sentence
    assert "2 ulps apart" in verdict.sentence


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FingerprintKind.SEEDS, "Diverged: the requested seeds differ;"),
        (FingerprintKind.DATA, "Diverged: the data differs, after equal requested seeds;"),
        (FingerprintKind.SPLIT, "the split of the data differs, after equal requested seeds, data;"),
        (FingerprintKind.INITIAL, "the initial weights differ, after equal"),
        (FingerprintKind.ORDER, "the order of the examples differs, after equal"),
        (FingerprintKind.WEIGHTS, "the arithmetic itself differs"),
        (FingerprintKind.FINAL, "the final weights differ, after equal"),
    ],
)
def test_the_fingerprint_that_broke_first_is_named(kind: FingerprintKind, words: str) -> None:
    verdict = repeat_verdict(record([0.5]), record([0.6], broken_from=kind))
    assert verdict.first_fingerprint is not None
    assert verdict.first_fingerprint.kind is kind
    assert words in verdict.sentence


@pytest.mark.parametrize("kind", [FingerprintKind.WEIGHTS, FingerprintKind.FINAL])
@pytest.mark.parametrize("missing", [FingerprintKind.DATA, FingerprintKind.INITIAL, FingerprintKind.ORDER])
@pytest.mark.parametrize("sides", [1, 2])
def test_nothing_is_named_that_was_not_compared(kind: FingerprintKind, missing: FingerprintKind, sides: int) -> None:
    def without(given: Record) -> Record:
        return replace(given, fingerprints=tuple(item for item in given.fingerprints if item.kind is not missing))

    a, b = record([0.5]), record([0.6], broken_from=kind)
    verdict = repeat_verdict(without(a), without(b) if sides == 2 else b)
    message, _, lacking = verdict.sentence.partition("Not compared, as not recorded in both:")
    named = message.partition("after equal ")[2].partition(";")[0].split(", ")
    assert MEANING[missing].removeprefix("the ") not in named
    assert "arithmetic" not in message
    assert f"{MEANING[missing]} ({HOW_TO_RECORD[missing]})" in lacking
    assert verdict.not_compared == (missing,)


def test_series_alone_are_compared_and_what_is_missing_is_listed() -> None:
    bare = [replace(record(values), fingerprints=()) for values in ([0.5], [0.5], [0.6])]
    same, other = repeat_verdict(bare[0], bare[1]), repeat_verdict(bare[0], bare[2])
    assert same.sentence.startswith("Identical: the only metric value is the same in every bit. Not compared, as not")
    assert other.sentence.startswith("Diverged: loss differs from epoch 1 on (0.5 and 0.6")
    for call in HOW_TO_RECORD.values():
        assert call in same.sentence
        assert call in other.sentence
    nothing = repeat_verdict(Record(), Record())
    assert nothing.sentence.startswith("Nothing could be compared")


def test_environments_that_may_matter_are_named() -> None:
    same = repeat_verdict(record([0.5]), record([0.5], threads=2))
    assert same.identical
    assert "although threads.intra differs." in same.sentence
    other = repeat_verdict(record([0.5]), record([0.6], threads=2))
    assert "which may be why" in other.sentence
    assert [(item.key, item.a, item.b, item.matters) for item in other.environment] == [("threads.intra", 1, 2, True)]


def test_a_shorter_run_diverges_where_it_ends() -> None:
    verdict = repeat_verdict(record([0.5, 0.25]), record([0.5]))
    assert verdict.first_value is not None
    assert (verdict.first_value.step, verdict.first_value.b, verdict.first_value.ulps) == (2, None, None)
    assert "only one of the two runs has loss at epoch 2" in verdict.sentence


def test_signs_of_zero_and_nan_count() -> None:
    assert repeat_verdict(record([math.nan]), record([math.nan])).identical
    zero = repeat_verdict(record([0.0]), record([-0.0]))
    assert not zero.identical
    assert zero.largest_ulps == 0
    assert json.loads(repeat_verdict(record([math.nan]), record([1.0])).model_dump_json())["first_value"]["a"] == "NaN"


def test_a_missing_fingerprint_breaks() -> None:
    full = by_place([Fingerprint(FingerprintKind.FINAL, "a")])
    assert [(item.a, item.b) for item in broken(full, {})] == [("a", None)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_neighbours_are_one_ulp_apart(value: float) -> None:
    assert ulps_apart(value, math.nextafter(value, math.inf)) == 1
    assert ulps_apart(value, value) == 0


def test_values_of_float32_are_counted_in_their_own_ulps() -> None:
    first = repeat_verdict(record([1.6124229431152344]), record([1.612423062324524])).first_value
    assert first is not None
    assert (first.ulps, first.ulps_float32) == (2**29, 1)
    assert float32_ulps_apart(0.1, 0.2) is None
    assert float32_ulps_apart(1e300, 1e300) is None
    assert float32_ulps_apart(-1.0, 1.0) == 2 * 0x3F80_0000


@given(st.floats(), st.floats())
def test_distance_is_symmetric(a: float, b: float) -> None:
    assert ulps_apart(a, b) == ulps_apart(b, a)


@given(st.lists(st.floats()))
def test_hex_keeps_every_bit(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    assert values_of_hex(bits_in_hex(array)).tobytes() == array.tobytes()


def test_a_record_travels_through_json() -> None:
    left = record([0.1, math.nan, -0.0, math.inf])
    assert repeat_verdict(left, Record.from_json(json.loads(json.dumps(left.as_json())))).identical


def test_a_record_of_another_form_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a record as it was exported"):
        Record.from_json({"fingerprints": [["nothing", 0, "a"]], "series": {}, "environment": {}})
