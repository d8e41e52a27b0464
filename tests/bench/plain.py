"""What Seedspread is measured against: model, data and settings of `digits-mlp` in the script a user would write."""

from __future__ import annotations

import argparse

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def main() -> None:
    """Trains under one seed and prints the last validation accuracy."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args()

    keras.utils.set_random_seed(given.seed)
    x, y = load_digits(return_X_y=True)
    x_train, x_val, y_train, y_val = train_test_split(
        (x / 16).astype("float32"), y.astype("int32"), test_size=0.2, stratify=y, random_state=given.seed
    )
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, batch_size=32, epochs=given.epochs, validation_data=(x_val, y_val), verbose=0)
    print(history.history["val_accuracy"][-1])  # noqa: T201


if __name__ == "__main__":
    main()
