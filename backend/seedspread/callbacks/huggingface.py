"""Hugging Face callback, which logs the Trainer's numbers."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from seedspread.recording.logger import Logger


class HuggingFaceCallback(TrainerCallback):  # type: ignore[misc]
    """Log the numbers of every `Trainer.log` at the trainer's global step.

    Use it as `Trainer(callbacks=[HuggingFaceCallback(run)])`.
    """

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run = run

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Log the numbers among the logs."""
        del args, control, kwargs
        numbers = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        if numbers:
            self._run.log(numbers, step=state.global_step)
