"""Parting examples and balancing classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.errors import InvalidInput
from seedspread_worker.author.split import part
from seedspread_worker.recipes.tabular_mlp import balanced


@given(st.integers(10, 200), st.integers(2, 4), st.floats(0.2, 0.8), st.integers(0, 100))
def test_every_example_is_in_one_part_and_classes_keep_their_shares(
    count: int, classes: int, share: float, seed: int
) -> None:
    y = np.arange(count) % classes
    train, val = part(y, np.random.default_rng(seed), share=share)
    assert sorted([*train, *val]) == list(range(count))
    for label in range(classes):
        assert abs(np.sum(y[val] == label) - share * np.sum(y == label)) <= 0.5


def test_parts_are_in_order_so_that_only_shuffling_orders_them() -> None:
    train, val = part(np.zeros(50), np.random.default_rng(0), share=0.3, stratify=False)
    assert (np.diff(train) > 0).all()
    assert (np.diff(val) > 0).all()


@pytest.mark.parametrize(("count", "share"), [(1, 0.5), (10, 0.0), (10, 1.0), (10, 0.001)])
def test_a_part_is_never_empty(count: int, share: float) -> None:
    with pytest.raises(InvalidInput):
        part(np.zeros(count), np.random.default_rng(0), share=share)


@pytest.mark.parametrize(("how", "sizes"), [("none", [5, 15]), ("oversample", [15, 15]), ("undersample", [5, 5])])
def test_classes_are_balanced(how: str, sizes: list[int]) -> None:
    y = np.array([0] * 5 + [1] * 15)
    kept = balanced(y, how, np.random.default_rng(0))
    assert np.bincount(y[kept]).tolist() == sizes
    assert {0, 1, 2, 3, 4} <= set(kept.tolist())
