"""Run as the engine trains it: data, and its program's key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from seedspread_worker.author.run import Run
from seedspread_worker.author.split import Split
from seedspread_worker.engine.draws import GeneratorStates
from seedspread_worker.engine.examples import checked, is_pipeline
from seedspread_worker.engine.program import Shapes


@dataclass(frozen=True)
class Job:
    """Run with its data loaded.

    `states` are the states of the process's generators after loading.
    """

    run: Run
    code: Any
    split: Split
    epochs: int
    shapes: Shapes
    states: GeneratorStates

    @classmethod
    def of(cls, run: Run) -> Job:
        """Return the job of a run.

        This loads the run's data and fingerprints the split.
        """
        code = run.recipe.code()
        split = checked(code.data(run))
        run.facts = split.facts
        run.fingerprint("split", *map(np.asarray, _arrays(split)))
        epochs, batch = getattr(run.parameters, "epochs", 10), getattr(run.parameters, "batch_size", 32)
        run.plan(epochs)
        train, val = (count_of(x) for x in (split.x_train, split.x_val))
        shapes = Shapes(train, val, min(batch, train) or batch)
        return cls(run, code, split, epochs, shapes, GeneratorStates.now())

    @cached_property
    def key(self) -> str:
        """Key of the program; runs that agree in it may share one."""
        manifest, split = self.run.manifest, self.split
        layout = [(array.shape, array.dtype.str) for array in _arrays(split)]
        settings = manifest.settings.model_dump(mode="json")
        parameters = self.run.parameters.model_dump(mode="json")
        made_for = [manifest.recipe, manifest.source_digest, parameters, settings, layout, dict(split.facts)]
        return json.dumps([*made_for, self.shapes.batch], sort_keys=True)


def count_of(inputs: Any) -> int:
    """Return how many examples there are; 0 where they come as batches."""
    return 0 if is_pipeline(inputs) else len(next(iter(keras.tree.flatten(inputs))))


def _arrays(split: Split) -> list[Any]:
    parts = [split.x_train, split.y_train, split.x_val, split.y_val, split.weights_train, split.weights_val]
    return [leaf for part in parts if part is not None and not is_pipeline(part) for leaf in keras.tree.flatten(part)]
