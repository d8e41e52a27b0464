"""LightGBM callback, which logs every evaluation after every round."""

from __future__ import annotations

from typing import Any

from seedspread.recording.logger import Logger


class LightGBMCallback:
    """Log each evaluation as `data-metric`, after every round.

    Rounds are counted from 1. Use it as `lightgbm.train(…, callbacks=[LightGBMCallback(run)])`.
    """

    order = 20
    before_iteration = False

    def __init__(self, run: Logger) -> None:
        self._run = run

    def __call__(self, env: Any) -> None:
        """Log the round's evaluations."""
        values = {f"{item[0]}-{item[1]}": item[2] for item in env.evaluation_result_list or ()}
        if values:
            self._run.log(values, step=env.iteration + 1)
