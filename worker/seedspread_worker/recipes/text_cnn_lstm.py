"""Embedding, dropout, convolution, pooling, LSTM, dense.

The network of the article this product grew from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedspread_worker import Field, RecipeParameters, Run, Split, keras_recipe
from seedspread_worker.author.split import part
from seedspread_worker.datasets.files import text
from seedspread_worker.datasets.vectorising import tokens_of, vectorised

if TYPE_CHECKING:
    import keras


class Parameters(RecipeParameters):
    """Parameters of `text-cnn-lstm`."""

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
        """Split texts and encode them as word numbers.

        The vocabulary is that of the training part.
        """
        parameters, labelled = run.parameters, text(run, "data")
        tokens, y = tokens_of(labelled), labelled.labels
        run.fingerprint("data", tokens.words, tokens.starts, y)
        train, val = part(y, run.rng("split"), share=parameters.validation)
        x = vectorised(tokens, train, vocabulary=parameters.vocabulary, length=parameters.length)
        return Split(x[train], y[train], x[val], y[val], {"classes": len(labelled.classes)})

    def model(self, run: Run) -> keras.Model:
        """Build the network: one sigmoid for two classes, softmax for more."""
        import keras

        parameters = run.parameters
        two = run.facts["classes"] == 2
        output = (
            keras.layers.Dense(1, activation="sigmoid", name="output")
            if two
            else keras.layers.Dense(run.facts["classes"], activation="softmax", name="output")
        )
        return keras.Sequential(
            [
                keras.Input((parameters.length,), dtype="int32"),
                keras.layers.Embedding(parameters.vocabulary, parameters.embedding, name="embedding"),
                keras.layers.Dropout(parameters.dropout, name="dropout"),
                keras.layers.Conv1D(
                    parameters.filters, parameters.kernel, activation="relu", padding="valid", name="convolution"
                ),
                keras.layers.MaxPooling1D(
                    min(parameters.pool, parameters.length - parameters.kernel + 1), name="pooling"
                ),
                keras.layers.LSTM(parameters.units, name="lstm"),
                output,
            ],
            name="text",
        )

    def loss(self, run: Run) -> str:
        """Return the cross-entropy that fits the number of classes."""
        return "binary_crossentropy" if run.facts["classes"] == 2 else "sparse_categorical_crossentropy"

    def optimizer(self, run: Run) -> keras.optimizers.Optimizer:
        """Return Adam with the run's learning rate."""
        import keras

        return keras.optimizers.Adam(run.parameters.learning_rate)
