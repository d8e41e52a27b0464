"""Digests depend on what arrays hold, not on how they lie in memory."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seedspread_worker.author.fingerprints import digest_arrays, digest_series


def test_a_digest_can_be_computed_by_hand() -> None:
    array = np.array([[1, 2], [3, 4]], dtype="<i4")
    by_hand = hashlib.sha256(b"<i4(2, 2);" + bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])).hexdigest()
    assert digest_arrays([array]) == by_hand


def test_layout_and_byte_order_do_not_matter() -> None:
    array = np.arange(12, dtype="<f8").reshape(3, 4)
    assert digest_arrays([np.asfortranarray(array)]) == digest_arrays([array])
    assert digest_arrays([array.astype(">f8")]) == digest_arrays([array])
    assert digest_arrays([array[::2]]) == digest_arrays([array[::2].copy()])


def test_what_an_array_is_matters() -> None:
    array = np.arange(6, dtype=np.float32)
    others: list[Any] = [array.astype(np.float64), array.reshape(2, 3), array[::-1], -array, np.append(array, 0)]
    assert len({digest_arrays([other]) for other in [array, *others]}) == 6
    assert digest_arrays([np.array(0.0)]) != digest_arrays([np.array(-0.0)])


def test_order_and_borders_of_arrays_matter() -> None:
    one, two = np.arange(2), np.arange(2, 4)
    digests = {digest_arrays([one, two]), digest_arrays([two, one]), digest_arrays([np.arange(4)])}
    assert len(digests) == 3


def test_texts_count_by_what_they_say() -> None:
    assert digest_arrays([np.array(["a", "bc"])]) == digest_arrays([np.array(["a", "bc"], dtype=object)])
    assert digest_arrays([np.array(["ab", "c"])]) != digest_arrays([np.array(["a", "bc"])])


@given(st.floats(width=64), st.floats(width=64))
def test_series_differ_by_bits(one: float, other: float) -> None:
    same = np.float64(one).tobytes() == np.float64(other).tobytes()
    assert (digest_series({"loss": ([1], [one])}) == digest_series({"loss": ([1], [other])})) == same


def test_the_order_of_metrics_does_not_matter() -> None:
    one, two = ([1], [0.5]), ([1, 2], [0.1, 0.2])
    assert digest_series({"a": one, "b": two}) == digest_series({"b": two, "a": one})
    assert digest_series({"a": one, "b": two}) != digest_series({"a": two, "b": one})
