"""One free recipe with many ways to lose a seed, chosen by a parameter; plain NumPy and scikit-learn."""

from __future__ import annotations

import os
import random
import secrets
import socket
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout

SHARED = np.random.default_rng(0)
CACHE: dict[str, Any] = {}


class Stopper:
    """Early stopping that remembers its best across runs."""

    best = -1.0

    def better(self, value: float) -> bool:
        """Whether `value` is the best so far."""
        better, self.best = value > self.best, max(value, self.best)
        return better


STOPPER = Stopper()


class Counter:
    """Counts in the class."""

    drawn = 0


class Parameters(RecipeParameters):
    """Which way."""

    kind: str = Field("sound", description="how the seed is lost")


@cache
def start() -> float:
    """Draw a start once a process."""
    return float(np.random.rand())  # noqa: NPY002


def with_default(history: list[float] = []) -> int:  # noqa: B006
    """Count calls in a default argument."""
    history.append(0.0)
    return len(history)


def counting() -> int:
    """Count calls in an attribute of the function."""
    counting.calls = getattr(counting, "calls", 0) + 1  # type: ignore[attr-defined]
    return int(counting.calls)  # type: ignore[attr-defined]


def file_counter() -> int:
    """Count calls in a file that outlives the process."""
    path = Path(tempfile.gettempdir()) / f"seedspread-planted-{os.getppid()}"
    count = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(count))
    return count


def algorithm(run: Run) -> Any:
    """The generator that decides the order of training, or the number that stands for it."""
    kind = run.parameters.kind
    if kind == "numpy.random.seed":
        np.random.seed(0)  # noqa: NPY002
        return np.random.mtrand._rand
    if kind == "random.seed":
        random.seed(0)
        return np.random.default_rng(random.getrandbits(32))
    if kind == "asked-and-ignored":
        run.seed("algorithm")
        return 0
    if kind == "made-and-ignored":
        run.rng("algorithm")
        return 0
    ways: dict[str, Any] = {
        "constant": lambda: 0,
        "RandomState(0)": lambda: np.random.RandomState(0),
        "Random(1337)": lambda: random.Random(1337).getrandbits(32),
        "hostname": lambda: sum(socket.gethostname().encode()),
        "default_rng()": np.random.default_rng,
        "Random()": lambda: random.Random().getrandbits(32),
        "SystemRandom": lambda: random.SystemRandom().getrandbits(32),
        "urandom": lambda: int.from_bytes(os.urandom(4)),
        "secrets": lambda: secrets.randbelow(2**32),
        "uuid4": lambda: uuid.uuid4().int % 2**32,
        "time": lambda: time.time_ns() % 2**32,
        "pid": os.getpid,
        "address": lambda: id(object()) // 16 % 2**32,
        "file": file_counter,
        "module-generator": lambda: SHARED,
        "function-cache": lambda: int(start() * 2**32),
        "default-argument": with_default,
        "function-attribute": counting,
        "modulo-one": lambda: run.seed("algorithm") % 1,
        "process-wide": lambda: np.random.mtrand._rand,
    }
    way = ways.get(kind, lambda: run.rng("algorithm"))
    return way()


@free_recipe(
    name="planted",
    version="1",
    parameters=Parameters,
    sources=("split", "algorithm"),
    metrics=(Metric("loss", "minimize"),),
)
def planted(run: Run) -> None:
    """A linear classifier by steps in random order."""
    kind = run.parameters.kind
    data = np.random.Generator(np.random.PCG64(5))
    x, y = data.normal(size=(80, 5)), data.integers(0, 2, 80)
    if kind == "train_test_split(42)":
        x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.25, random_state=42)
    elif kind == "module-cache" and CACHE:
        x_train, y_train, x_val, y_val = CACHE["split"]
    else:
        split = holdout(run, x, y, share=0.25)
        x_train, y_train, x_val, y_val = split.x_train, split.y_train, split.x_val, split.y_val
        if kind == "module-cache":
            CACHE["split"] = x_train, y_train, x_val, y_val
    if kind.startswith("library-default"):
        forest = RandomForestClassifier(5).fit(x_train, y_train)
        run.log(1, loss=float(np.mean((forest.predict_proba(x_val)[:, 1] - y_val) ** 2)))
        return
    given = algorithm(run)
    order = np.random.default_rng(given) if isinstance(given, int) else given
    if kind == "class-attribute":
        Counter.drawn += 1
        order = np.random.default_rng(Counter.drawn)
    model = SGDClassifier(loss="log_loss", random_state=np.random.RandomState(1))
    for epoch in range(1, 4):
        rows = order.permutation(len(x_train))
        model.partial_fit(x_train[rows], y_train[rows], classes=[0, 1])
        loss = float(np.mean((model.predict_proba(x_val)[:, 1] - y_val) ** 2))
        if kind != "series-only":
            run.weights(epoch, [model.coef_, model.intercept_])
        run.log(epoch, loss=loss)
        if kind == "stopper" and not STOPPER.better(loss):
            break
