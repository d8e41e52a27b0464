"""Lightning logger, which records the metrics of `self.log`.

It works with both `lightning` and `pytorch_lightning`.
"""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import Any

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


def _base() -> Any:
    """Return Lightning's base class of loggers, from the installed package."""
    try:
        return import_module("lightning.pytorch.loggers.logger").Logger
    except ImportError:
        return import_module("pytorch_lightning.loggers.logger").Logger


class LightningLogger(_base()):  # type: ignore[misc]
    """Logger for `Trainer(logger=LightningLogger(run))`, at the trainer's steps."""

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run, self._steps = run, FitSteps(run, "lightning")
        self._begins = True

    @property
    def name(self) -> str:
        """Name of the arm."""
        return self._run.arm or "seedspread"

    @property
    def version(self) -> str:
        """Seed of the run."""
        return str(self._run.seed)

    def log_graph(self, *args: Any, **kwargs: Any) -> None:
        """Note that a fit or evaluation begins; keep no graph."""
        del args, kwargs
        self._begins = True

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Log the trainer's metrics."""
        if step is not None:
            if self._begins:
                self._steps.begin_at(step)
                self._begins = False
            step = self._steps.at(step)
        self._run.log({name: value for name, value in metrics.items() if name != "epoch"}, step=step)

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Record the module's parameters."""
        del args, kwargs
        self._run.parameters(vars(params) if isinstance(params, Namespace) else dict(params))
