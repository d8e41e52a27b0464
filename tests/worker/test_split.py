"""Parting examples and balancing classes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from seedspread.core.recipe import RecipeKind
from seedspread.errors import InvalidInput
from seedspread_worker import Run, Split, holdout
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.author.split import classes_of, part
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


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.arange(60) % 3, True),
        (np.array(["a", "b"] * 30), True),
        (np.array(["a", "b"] * 30, dtype=object), True),
        (np.array([True, False] * 30), True),
        (np.array([0.0, 1.0, 2.0] * 20), True),
        (np.eye(3)[np.arange(60) % 3], True),
        (np.eye(3, dtype=int)[np.arange(60) % 3], True),
        (RNG.normal(size=60), False),
        (np.array([0.5, 1.5] * 30), False),
        (np.arange(60), False),
        (RNG.normal(size=(60, 2)), False),
        (np.ones((60, 2)), False),
        (np.array([1.0, np.nan] * 30), False),
    ],
)
def test_classes_are_told_from_targets(y: Any, classes: bool) -> None:
    labels, _ = classes_of(y)
    assert (labels is not None) == classes
    train, val = part(y, np.random.default_rng(1), share=0.25)
    assert len(train) + len(val) == 60
    if labels is None:
        assert len(val) == 15
    else:
        assert np.ptp(np.unique(labels[val], return_counts=True)[1]) <= 1


def test_a_regression_gets_the_exact_share_without_bias() -> None:
    y = np.repeat(np.random.default_rng(0).normal(size=100), 2)  # every value twice: stratified, none would be held out
    drawn = [part(y, np.random.default_rng(seed), share=0.2)[1] for seed in range(40)]
    assert {len(val) for val in drawn} == {40}
    assert len({tuple(val) for val in drawn}) == 40


def test_a_holdout_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    run = SimpleNamespace(
        rng=lambda _: np.random.default_rng(0),
        fingerprint=lambda *_: None,
        recipe=SimpleNamespace(kind=RecipeKind.FREE),
    )
    split = holdout(cast("Run", run), list(range(10)), np.linspace(0, 1, 10), stratify=True)
    assert (len(split.x_train), len(split.x_val)) == (8, 2)
    out = capsys.readouterr().out
    assert "2 examples (share 0.2) held out of targets with 10 different values" in out
    assert "stratify=True has no effect" in out
    holdout(cast("Run", run), np.arange(22), np.array([0] * 20 + [1] * 2))
    assert "no validation example of 1 small class (1)" in capsys.readouterr().out
    with pytest.raises(InvalidInput, match="as many inputs as labels"):
        holdout(cast("Run", run), np.arange(3), np.arange(4))


class _Fingerprints(SimpleNamespace):
    """A run that keeps what was fingerprinted."""

    def fingerprint(self, kind: str, *arrays: Any) -> bool:
        self.kept[kind] = digest_arrays(arrays)
        return True


def printed(x: Any, y: Any, **options: Any) -> tuple[Split, dict[str, str]]:
    recipe, usage, kept = SimpleNamespace(kind=RecipeKind.FREE), SimpleNamespace(traced=set()), dict[str, str]()
    run = _Fingerprints(recipe=recipe, usage=usage, kept=kept, rng=lambda _: np.random.default_rng(3))
    return holdout(cast("Run", run), x, y, **options), kept


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
def test_sparse_inputs_and_targets_are_split_as_their_dense_form(form: Any) -> None:
    x, y = np.eye(40)[::-1] * 3.0, np.eye(4)[np.arange(40) % 4]
    dense, _ = printed(x, y)
    split, prints = printed(form(x), form(y))
    assert (split.x_val.toarray() == dense.x_val).all()
    assert (split.y_train.toarray() == dense.y_train).all()
    x[0, 0] = 1.0
    assert printed(form(x), form(y))[1]["data"] != prints["data"]


def test_a_mask_and_the_contents_of_objects_are_fingerprinted() -> None:
    x, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    assert printed(np.ma.masked_array(x, x > 5), y)[1] != printed(np.ma.masked_array(x, x > 7), y)[1]
    longer = [np.arange(2000.0), np.arange(2000.0)]
    longer[1][1000] = 0.5  # in the middle, which the text of an array leaves out
    boxes = [np.empty(20, dtype=object), np.empty(20, dtype=object)]
    for box, content in zip(boxes, longer, strict=True):
        box[:] = [content] * 20
    assert printed(boxes[0], y)[1] != printed(boxes[1], y)[1]


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            [[1], [1, 2]] * 5,
            [0, 1] * 5,
            "x: 'a list of uneven rows' is not usable; expected an array",
        ),
        ({"a": [1, 2]}, [0, 1], "x: 'dict' is not usable"),
        ([1, 2], None, "y: 'NoneType' is not usable"),
        ((np.ones(5), np.ones(5)), np.ones(5), "of several inputs, split the row numbers: holdout"),
        (np.ones(100), np.repeat(np.arange(50), 2), "every class is too small for this share: use stratify=False"),
    ],
)
def test_data_that_cannot_be_split_is_refused_with_what_helps(x: Any, y: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        printed(x, y)
    assert message in f"{refused.value} {refused.value.hint or ''}"


def test_classes_too_small_for_the_share_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    printed(np.ones(98), np.repeat(np.arange(14), 7))
    assert "warning: 14% are held out, as every class is rounded; use stratify=False" in capsys.readouterr().out
    printed(np.ones(98), np.repeat(np.arange(14), 7), stratify=False)
    assert "warning" not in capsys.readouterr().out
