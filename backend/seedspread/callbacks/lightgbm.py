"""LightGBM callback, which logs every evaluation after every round."""

from __future__ import annotations

from typing import Any

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


class LightGBMCallback:
    """Log each evaluation as `data-metric`, after every round.

    Rounds are counted from 1, and on over several fits of one run. Use it as `lightgbm.train(…,
    callbacks=[LightGBMCallback(run)])`.
    """

    order = 20
    before_iteration = False

    def __init__(self, run: Logger) -> None:
        self._run, self._steps = run, FitSteps(run, "lightgbm")

    def __call__(self, env: Any) -> None:
        """Log the round's evaluations."""
        if env.iteration == env.begin_iteration:
            self._steps.begin(done=env.begin_iteration)
        values = {f"{item[0]}-{item[1]}": item[2] for item in env.evaluation_result_list or ()}
        if values:
            self._run.log(values, step=self._steps.at(env.iteration + 1))
