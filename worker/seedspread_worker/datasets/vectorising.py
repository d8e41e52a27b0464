"""Texts as sequences of word numbers.

The vocabulary is taken from the training part alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.datafiles import LabelledText

_WORD = re.compile(r"[\w']+")

PAD, UNKNOWN = 0, 1
"""Numbers of the empty place and of a word outside the vocabulary; the most frequent word has 2."""


@dataclass(frozen=True)
class Tokens:
    """Words of every text, numbered in order of first appearance.

    `words` (int32) holds the words of all texts end to end; text i has `words[starts[i] : starts[i + 1]]`.
    """

    words: NDArray[np.int32]
    starts: NDArray[np.intp]
    different: int


_tokens: dict[int, tuple[LabelledText, Tokens]] = {}


def tokens_of(data: LabelledText) -> Tokens:
    """Split `data` into words, lower case, without punctuation.

    The result is cached for the life of the process.
    """
    cached = _tokens.get(id(data))
    if cached is not None and cached[0] is data:
        return cached[1]
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in _WORD.findall(text.lower())] for text in data.texts]
    starts = np.cumsum([0, *map(len, rows)])
    words = np.fromiter((word for row in rows for word in row), np.int32, count=int(starts[-1]))
    tokens = Tokens(words, starts, len(numbers))
    _tokens[id(data)] = (data, tokens)
    return tokens


def vectorised(tokens: Tokens, train: NDArray[np.intp], *, vocabulary: int, length: int) -> NDArray[np.int32]:
    """Encode texts as `length` word numbers in [0, vocabulary).

    A text is cut at its end or padded in front. The vocabulary is the most frequent words of the texts `train`, ties by
    first appearance, so it contains nothing of the validation part.

    Returns:
        Shape (texts, length), int32.
    """
    counts = np.zeros(tokens.different, dtype=np.int64)
    lengths = np.diff(tokens.starts)
    in_training = np.zeros(len(lengths), dtype=bool)
    in_training[train] = True
    np.add.at(counts, tokens.words[np.repeat(in_training, lengths)], 1)
    ranked = np.argsort(-counts, kind="stable")[: vocabulary - 2]
    numbers = np.full(tokens.different, UNKNOWN, dtype=np.int32)
    numbers[ranked[counts[ranked] > 0]] = np.arange(2, 2 + np.count_nonzero(counts[ranked]), dtype=np.int32)
    used_lengths = np.minimum(lengths, length)
    offset = np.arange(length) - (length - used_lengths)[:, None]  # negative where padded
    at = np.where(offset >= 0, tokens.starts[:-1, None] + offset, 0)
    if not len(tokens.words):
        return np.zeros((len(lengths), length), dtype=np.int32)
    return np.where(offset >= 0, numbers[tokens.words[at]], PAD).astype(np.int32)
