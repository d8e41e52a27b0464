"""XGBoost callback, which logs every evaluation after every round."""

from __future__ import annotations

from typing import Any

from xgboost.callback import TrainingCallback

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


class XGBoostCallback(TrainingCallback):  # type: ignore[misc]
    """Log each evaluation as `data-metric`, after every round.

    Rounds are counted from 1, and on over several fits of one run.
    """

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run, self._steps = run, FitSteps(run, "xgboost")

    def before_training(self, model: Any) -> Any:
        """Note that a fit begins; return its model."""
        self._steps.begin()
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, list[Any]]]) -> bool:
        """Log the round's evaluations; return False, so that training continues."""
        del model
        values = {}
        for data, metrics in evals_log.items():
            for name, series in metrics.items():
                last = series[-1]
                values[f"{data}-{name}"] = last[0] if isinstance(last, tuple) else last
        if values:
            self._run.log(values, step=self._steps.at(epoch + 1))
        return False
