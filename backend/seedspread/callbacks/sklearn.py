"""scikit-learn callback, which logs scores while an estimator is fitted.

It needs scikit-learn 1.9 or newer.
"""

from __future__ import annotations

from typing import Any

from sklearn.callback import FitCallback

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


class SklearnCallback(FitCallback):  # type: ignore[misc]
    """Log the score on held-out data after every iteration.

    Use it as `estimator.set_callbacks(SklearnCallback(run, X, y))`. X, y: held-out data. metric: name of the logged
    score.
    """

    def __init__(self, run: Logger, X: Any, y: Any, metric: str = "val_score") -> None:  # noqa: N803 (their name)
        self._run, self._data, self._metric = run, (X, y), metric
        self._steps = FitSteps(run, "sklearn")
        self._fitted = 0

    def setup(self, estimator: Any, context: Any) -> None:
        """Record the estimator's parameters."""
        del context
        self._steps.begin()
        self._fitted = 0
        self._run.parameters(estimator.get_params(deep=False))

    def on_fit_task_begin(self, estimator: Any, context: Any, **others: Any) -> None:
        """Do nothing when an iteration begins."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None, **others: Any) -> bool:
        """Log the estimator's score; return False, so that fitting continues."""
        del estimator, context, others
        if fitted_estimator is not None:
            self._fitted += 1
            self._run.log({self._metric: fitted_estimator.score(*self._data)}, step=self._steps.at(self._fitted))
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing when fitting has ended."""
