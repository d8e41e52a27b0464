"""Embedding, dropout, convolution, pooling, LSTM, dense: the network of the article this product grew from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedspread_worker import Field, RecipeParameters, Run, Split, keras_recipe
from seedspread_worker.author.split import part
from seedspread_worker.datasets.files import text
from seedspread_worker.datasets.vectorising import tokens_of, vectorised

if TYPE_CHECKING:
    import keras


class Parameters(RecipeParameters):
    """What can be changed about `text-cnn-lstm`."""

    data: str = Field(
        "imdb",
        min_length=1,
        description="imdb, or the path of a CSV or TSV file (.gz too) with a column of texts and one of labels",
        json_schema_extra={"x-data": "text", "x-data-sets": ["imdb"]},
    )
    vocabulary: int = Field(5000, ge=10, le=1_000_000, description="most frequent words of the training part kept")
    length: int = Field(32, ge=8, le=10_000, description="words a text is cut or padded to")
    embedding: int = Field(32, ge=1, le=2048, description="numbers a word")
    dropout: float = Field(0.25, ge=0, lt=1, description="share of the embedding dropped while training")
    filters: int = Field(32, ge=1, le=2048, description="filters of the convolution")
    kernel: int = Field(5, ge=1, le=8, description="words the convolution looks at")
    pool: int = Field(4, ge=1, le=8, description="places that are pooled into one")
    units: int = Field(32, ge=1, le=2048, description="units of the LSTM")
    learning_rate: float = Field(0.001, gt=0, le=10, description="step size of Adam")
    batch_size: int = Field(64, ge=1, le=100_000, description="examples a step")
    epochs: int = Field(3, ge=1, le=10_000, description="passes over the training data")
    validation: float = Field(0.2, gt=0, lt=1, description="share of the texts held out")


@keras_recipe(
    name="text-cnn-lstm",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle", "init", "dropout"),
)
class TextCNNLSTM:
    """Classes of texts: embedding, dropout, convolution, pooling, LSTM, dense; Adam."""

    def data(self, run: Run) -> Split:
        """Texts split, then turned into word numbers with the training part's vocabulary."""
        given, labelled = run.parameters, text(run, "data")
        tokens, y = tokens_of(labelled), labelled.labels
        run.fingerprint("data", tokens.words, tokens.starts, y)
        train, val = part(y, run.rng("split"), share=given.validation)
        x = vectorised(tokens, train, vocabulary=given.vocabulary, length=given.length)
        return Split(x[train], y[train], x[val], y[val], {"classes": len(labelled.classes)})

    def model(self, run: Run) -> keras.Model:
        """One sigmoid for two classes, softmax for more."""
        import keras

        given = run.parameters
        two = run.facts["classes"] == 2
        output = (
            keras.layers.Dense(1, activation="sigmoid", name="output")
            if two
            else keras.layers.Dense(run.facts["classes"], activation="softmax", name="output")
        )
        return keras.Sequential(
            [
                keras.Input((given.length,), dtype="int32"),
                keras.layers.Embedding(given.vocabulary, given.embedding, name="embedding"),
                keras.layers.Dropout(given.dropout, name="dropout"),
                keras.layers.Conv1D(
                    given.filters, given.kernel, activation="relu", padding="valid", name="convolution"
                ),
                keras.layers.MaxPooling1D(min(given.pool, given.length - given.kernel + 1), name="pooling"),
                keras.layers.LSTM(given.units, name="lstm"),
                output,
            ],
            name="text",
        )

    def loss(self, run: Run) -> str:
        """Cross-entropy."""
        return "binary_crossentropy" if run.facts["classes"] == 2 else "sparse_categorical_crossentropy"

    def optimizer(self, run: Run) -> keras.optimizers.Optimizer:
        """Adam."""
        import keras

        return keras.optimizers.Adam(run.parameters.learning_rate)
