"""From single messages of a trainer to batches worth a transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from seedspread.core.report import Batch, Examples, Fingerprint, FingerprintKind
from seedspread_worker.trainer.protocol import Message, Say, unpack_examples


class Gathering:
    """What a run reported since the last batch; `due` is when the next batch should go (monotonic seconds)."""

    def __init__(self, on_batch: Callable[[Batch], bool], flush_s: float) -> None:
        self._on_batch = on_batch
        self._flush_s = flush_s
        self._epochs: int | None = None
        self._epoch = 0
        self.due = time.monotonic() + flush_s
        self._series: dict[str, tuple[list[int], list[float]]] = {}
        self._fingerprints: list[Fingerprint] = []
        self._environment: dict[str, Any] | None = None
        self._examples: Examples | None = None
        self._log_tail: str | None = None

    def add(self, message: Message) -> None:
        """Takes one message in."""
        kind = message["type"]
        if kind == Say.STARTED:
            self._epochs = message["epochs"] if message["epochs"] is not None else self._epochs
            self._environment = message.get("environment", self._environment)
        elif kind == Say.METRICS:
            self._epoch = message["epoch"]
            for name, (steps, values) in message["series"].items():
                kept_steps, kept_values = self._series.setdefault(name, ([], []))
                kept_steps += steps
                kept_values += values
        elif kind == Say.FINGERPRINT:
            found = Fingerprint(FingerprintKind(message["kind"]), message["digest"], message["step"])
            self._fingerprints.append(found)
        elif kind == Say.EXAMPLES:
            self._examples = unpack_examples(message)

    def written(self, log_tail: str | None) -> None:
        """Takes in the end of the log; None: nothing was written since."""
        if log_tail is not None:
            self._log_tail = log_tail

    def flush_if_due(self) -> bool:
        """Hands the batch on if it is time; False where its taker wants no more."""
        if time.monotonic() < self.due:
            return True
        return self.flush()

    def flush(self) -> bool:
        """Hands on what there is; False where its taker wants no more."""
        self.due = time.monotonic() + self._flush_s
        batch = Batch(
            epoch=self._epoch,
            epochs=self._epochs,
            series=self._series,
            fingerprints=self._fingerprints,
            environment=self._environment,
            examples=self._examples,
            log_tail=self._log_tail,
        )
        news = self._series or self._fingerprints or self._environment or self._examples or self._log_tail
        self._series, self._fingerprints = {}, []
        self._environment = self._examples = self._log_tail = None
        return self._on_batch(batch) if news else True
