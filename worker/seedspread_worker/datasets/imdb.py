"""IMDB film reviews of Keras: from its cache, or downloaded."""

from __future__ import annotations

from functools import cache

import numpy as np

from seedspread.datafiles import LabelledText
from seedspread.errors import InvalidInput


@cache
def imdb(field: str) -> LabelledText:
    """Load 50,000 film reviews, negative (0) or positive (1).

    The words of a review are joined by spaces.

    Raises:
        InvalidInput: the data is not in Keras' cache and could not be downloaded.
    """
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data()
        words = {index + 3: word for word, index in keras.datasets.imdb.get_word_index().items()}
    except Exception as error:
        raise InvalidInput(
            field,
            "imdb",
            "the path of a labelled text file, or imdb where Keras has it in its cache or can download it",
            hint=f"put imdb.npz and imdb_word_index.json into ~/.keras/datasets ({type(error).__name__}: {error})"[
                :300
            ],
        ) from error
    texts = [
        " ".join(words[index] for index in review if index in words) for part in (x_train, x_test) for review in part
    ]
    return LabelledText(texts, np.concatenate([y_train, y_test]).astype(np.int32), ("0", "1"))
