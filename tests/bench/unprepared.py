"""Training scripts as strangers write them: none knows Seedspread, and some cannot even be told a seed.

`OFFLINE` stands in for packages that would reach a server; a shell loop needs it too, so that both do the same work.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Unprepared:
    """Script with the commands that start it and that compare two settings of it.

    needs: packages that it imports. command: `{python}` is the interpreter, `{seed}` and `{arm}` as `seedspread run`
    fills them. arms: arguments of the baseline and of the other arm. metric: option and name. options: of the run.
    """

    file: str
    text: str
    needs: tuple[str, ...]
    command: tuple[str, ...]
    arms: tuple[str, str]
    metric: tuple[str, str]
    options: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """True if every package that the script imports is there."""
        return all(find_spec(name) for name in self.needs)

    def argv(self, python: str, seed: str, arm: str) -> list[str]:
        """Return the command of one run."""
        filled = (part.format(python=python, seed=seed, arm=arm) for part in self.command)
        return [part for whole in filled for part in (whole.split() if "=" not in whole else [whole]) if part]


_TORCH: Final = """
import argparse

import torch
import torch.nn.functional as F
import wandb
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=16)
args = parser.parse_args()
wandb.init(project="digits", config=vars(args))
x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
train, test = random_split(data, [1400, 397])
model = nn.Sequential(nn.Linear(64, args.hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(args.hidden, 10))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
for epoch in range(5):
    model.train()
    for inputs, labels in DataLoader(train, 32, shuffle=True):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        inputs, labels = test[:]
        accuracy = (model(inputs).argmax(1) == labels).float().mean().item()
    wandb.log({"epoch": epoch, "train/loss": loss.item(), "test/acc": accuracy})
wandb.finish()
"""

_KERAS: Final = """
import sys

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

seed, units = int(sys.argv[1]), int(sys.argv[2])
keras.utils.set_random_seed(seed)
x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=seed)
layers = [keras.layers.Input((64,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(10, "softmax")]
model = keras.Sequential(layers)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=5, validation_data=(x_test, y_test))
"""

_SKLEARN: Final = """
import sys

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

x, y = load_breast_cancer(return_X_y=True)
scores = cross_val_score(RandomForestClassifier(n_estimators=40, max_depth=int(sys.argv[2])), x, y, cv=5)
print("Mean CV accuracy: %.4f (std %.4f)" % (scores.mean(), scores.std()))
"""

_LIGHTNING: Final = """
import sys

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split


class Net(pl.LightningModule):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))

    def training_step(self, batch, index):
        loss = F.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, index):
        self.log("val_acc", (self.net(batch[0]).argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), self.rate)


x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
train, test = random_split(data, [1400, 397])
trainer = pl.Trainer(max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False)
trainer.fit(Net(float(sys.argv[1])), DataLoader(train, 32, shuffle=True), DataLoader(test, 397))
"""

_TRAINER: Final = """
import sys

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

drawn = np.random.default_rng(0)
tokens = drawn.integers(5, 100, (400, 12))
labels = (tokens[:, :6].sum(1) > tokens[:, 6:].sum(1)).astype(int)


class Rows(torch.utils.data.Dataset):
    def __init__(self, tokens, labels):
        self.tokens, self.labels = tokens, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, at):
        return {"input_ids": torch.tensor(self.tokens[at]), "labels": torch.tensor(self.labels[at])}


def metrics(predicted):
    return {"accuracy": float((predicted.predictions.argmax(-1) == predicted.label_ids).mean())}


seed, rate = int(sys.argv[1]), float(sys.argv[2])
torch.manual_seed(seed)
shape = dict(vocab_size=100, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
settings = TrainingArguments(
    output_dir="out", num_train_epochs=2, learning_rate=rate, seed=seed, eval_strategy="epoch", save_strategy="no",
    report_to="none", per_device_train_batch_size=16, use_cpu=True,
)
model = BertForSequenceClassification(BertConfig(**shape))
train, test = Rows(tokens[:300], labels[:300]), Rows(tokens[300:], labels[300:])
Trainer(model, settings, train_dataset=train, eval_dataset=test, compute_metrics=metrics).train()
"""

_SHELL: Final = """#!/bin/sh
# usage: train.sh SEED RATE
awk -v s="$1" -v r="$2" 'BEGIN {
    srand(s); w = 0
    for (i = 0; i < 20000000; i++) w += r * (rand() - w)
    printf "final loss = %.6f\\n", sqrt((w - 0.5) ^ 2)
}'
"""

SCRIPTS: Final = {
    "torch": Unprepared(
        "train.py", _TORCH, ("torch", "sklearn"), ("{python}", "train.py", "{arm}"),
        ("--hidden 16", "--hidden 64"), ("--maximize", "test/acc"), ("--seed-everything", "--capture"),
    ),
    "keras": Unprepared(
        "train.py", _KERAS, ("keras", "tensorflow", "sklearn"), ("{python}", "train.py", "{seed}", "{arm}"),
        ("16", "64"), ("--maximize", "val_accuracy"),
    ),
    "sklearn": Unprepared(
        "train.py", _SKLEARN, ("sklearn",), ("{python}", "train.py", "{arm}"),
        ("--depth 2", "--depth 8"), ("--maximize", "Mean CV accuracy"), ("--seed-everything",),
    ),
    "lightning": Unprepared(
        "train.py", _LIGHTNING, ("pytorch_lightning", "sklearn"), ("{python}", "train.py", "{arm}"),
        ("1e-3", "1e-2"), ("--maximize", "val_acc"), ("--seed-everything", "--capture"),
    ),
    "trainer": Unprepared(
        "train.py", _TRAINER, ("transformers", "torch"), ("{python}", "train.py", "{seed}", "{arm}"),
        ("1e-3", "1e-2"), ("--maximize", "eval_accuracy"), ("--capture",),
    ),
    "shell": Unprepared(
        "train.sh", _SHELL, (), ("sh", "train.sh", "{seed}", "{arm}"),
        ("0.001", "0.01"), ("--minimize", "final loss"),
    ),
}  # fmt: skip
"""Scripts by kind."""

OFFLINE: Final = {"wandb.py": "def init(*a, **k): pass\ndef log(*a, **k): pass\ndef finish(*a, **k): pass\n"}
"""Modules that do nothing, for a loop on a machine without the packages."""


def write_script(script: Unprepared, folder: Path) -> None:
    """Write a script, and the modules that stand in for packages."""
    (folder / script.file).write_text(script.text.lstrip())
    for name, text in OFFLINE.items():
        (folder / name).write_text(text)
