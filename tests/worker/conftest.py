"""One warm trainer for all tests of this folder: loading TensorFlow takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedspread_worker.trainer.handle import Trainer
from tests.support.templates import SHARED
from tests.worker.running import FAILING, SAMPLES


@pytest.fixture(scope="session")
def trainer() -> Iterator[Trainer]:
    """Kept warm, with the sample recipes; tests that have it killed use `own_trainer`."""
    # The first recipe of the folder is none of TensorFlow: a process that had loaded it would be replaced at once.
    shared = Trainer([SAMPLES, FAILING], flush_s=0.02, beat_s=0.1, preload=False, **SHARED)
    yield shared
    shared.close()


@pytest.fixture
def own_trainer() -> Iterator[Trainer]:
    """A trainer of this test alone, quick to start: without TensorFlow until a recipe needs it."""
    alone = Trainer([SAMPLES, FAILING], flush_s=0.02, beat_s=0.1, grace_s=0.5, preload=False, **SHARED)
    yield alone
    alone.close()
