"""Words to numbers."""

from __future__ import annotations

import numpy as np

from seedspread.datafiles import LabelledText
from seedspread_worker.datasets.vectorising import PAD, UNKNOWN, tokens_of, vectorised


def _numbers(texts: list[str], train: list[int], **options: int) -> list[list[int]]:
    data = LabelledText(texts, np.zeros(len(texts), np.int32), ("0",))
    found: list[list[int]] = vectorised(tokens_of(data), np.array(train), **options).tolist()
    return found


def test_the_most_frequent_words_come_first_and_short_texts_are_padded_in_front() -> None:
    found = _numbers(["A b b.", "b A, c!"], [0, 1], vocabulary=5, length=4)
    assert found == [[PAD, 3, 2, 2], [PAD, 2, 3, 4]]


def test_the_vocabulary_knows_only_the_training_part() -> None:
    assert _numbers(["a b", "c a"], [0], vocabulary=10, length=2) == [[2, 3], [UNKNOWN, 2]]


def test_long_texts_are_cut_and_rare_words_unknown() -> None:
    assert _numbers(["a a a b c d"], [0], vocabulary=3, length=4) == [[2, 2, 2, UNKNOWN]]


def test_a_text_without_words_is_all_padding() -> None:
    assert _numbers(["...", "a"], [1], vocabulary=4, length=2) == [[PAD, PAD], [PAD, 2]]
    assert _numbers(["", "!"], [0], vocabulary=4, length=2) == [[PAD, PAD], [PAD, PAD]]
