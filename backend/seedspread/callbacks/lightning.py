"""Lightning: a logger that takes what `self.log` reports; for `lightning` and `pytorch_lightning`."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import Any

from seedspread.recording.logger import Logger


def _base() -> Any:
    """Return Lightning's base of loggers, from whichever of its packages is installed."""
    try:
        return import_module("lightning.pytorch.loggers.logger").Logger
    except ImportError:
        return import_module("pytorch_lightning.loggers.logger").Logger


class LightningLogger(_base()):  # type: ignore[misc]
    """Logger for `Trainer(logger=LightningLogger(run))`; steps are the trainer's."""

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run = run

    @property
    def name(self) -> str:
        """Return the arm's name."""
        return self._run.arm or "seedspread"

    @property
    def version(self) -> str:
        """Return the seed."""
        return str(self._run.seed)

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Log the trainer's metrics."""
        self._run.log({name: value for name, value in metrics.items() if name != "epoch"}, step=step)

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Record the module's parameters."""
        del args, kwargs
        self._run.parameters(vars(params) if isinstance(params, Namespace) else dict(params))
