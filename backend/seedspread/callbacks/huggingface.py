"""Hugging Face callback, which logs the Trainer's numbers."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


class HuggingFaceCallback(TrainerCallback):  # type: ignore[misc]
    """Log the numbers of every `Trainer.log` at the trainer's global step.

    Steps are counted on over several trainings of one run.

    Use it as `Trainer(callbacks=[HuggingFaceCallback(run)])`.
    """

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run, self._steps = run, FitSteps(run, "huggingface")

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note that a training begins, also one from a checkpoint."""
        del args, control, kwargs
        self._steps.begin(done=state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Log the numbers among the logs."""
        del args, control, kwargs
        numbers = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        if numbers:
            self._run.log(numbers, step=self._steps.at(state.global_step))
