"""Stand-ins for experiment loggers.

They record the script's calls and contact no server.
"""

from __future__ import annotations

import sys
import weakref
from types import ModuleType
from typing import Any, Callable, Iterator

from . import record, sentences


class Anything:
    """Stand-in for any other attribute of a logger.

    It can be called, entered, iterated over, and accessed further.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # A decorator gets its function back.
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], Anything):
            return args[0]
        return Anything()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _of_name(name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        return Anything()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __str__(self) -> str:
        return ""

    def __format__(self, specification: str) -> str:
        return ""

    def __fspath__(self) -> str:
        return "."


def _of_name(name: str) -> Any:
    """Return what stands for an attribute.

    It is an error to catch, a class to inherit from, or a thing to call.
    """
    if name.endswith(("Error", "Exception")):
        return type(name, (Exception,), {})
    return type(name, (Anything,), {}) if name[:1].isupper() else Anything()


class Config(dict):  # type: ignore[type-arg]
    """Parameters as attributes and keys; every change is recorded."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __setitem__(self, name: Any, value: Any) -> None:
        super().__setitem__(name, value)
        record.parameters({name: value})

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Update the values from a mapping or a namespace."""
        kwargs.pop("allow_val_change", None)
        values = args[0] if args else {}
        if not isinstance(values, dict):
            # A namespace, or a file's name, whose content nobody here reads.
            values = getattr(values, "__dict__", {})
        plain = dict(values, **kwargs)
        super().update(plain)
        record.parameters(plain)

    def setdefaults(self, values: Any) -> None:
        """Set the values that are missing."""
        self.update({name: value for name, value in dict(values).items() if name not in self})

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as a plain dictionary."""
        return dict(self)


class Summary(dict):  # type: ignore[type-arg]
    """Summary of a run; its numbers are values without a step."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source

    def __setitem__(self, name: Any, value: Any) -> None:
        super().__setitem__(name, value)
        record.metrics(self._source, {name: value})

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Update the values."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value


class Run(Anything):
    """Stand-in for a run of wandb or trackio."""

    def __init__(self, source: str, config: Any = None, **facts: Any) -> None:
        values: dict[str, Any] = self.__dict__
        values["_source"], values["config"], values["summary"] = source, Config(), Summary(source)
        values["name"] = values["id"] = str(facts.get("name") or facts.get("id") or "seedspread")
        values["project"], values["entity"], values["url"], values["dir"] = facts.get("project"), None, "", "."
        values["step"] = 0
        if config:
            self.config.update(config)

    def log(self, data: dict[str, Any] | None = None, step: Any = None, **others: Any) -> None:
        """Record the numbers of one call."""
        record.metrics(self._source, dict(data or {}), step)
        self.__dict__["step"] += 1


class SummaryWriter(Anything):
    """Stand-in for TensorBoard's writer of scalars."""

    def __init__(self, log_dir: Any = None, *args: Any, **kwargs: Any) -> None:
        self.__dict__["log_dir"] = str(log_dir or "runs")

    def add_scalar(self, tag: str, scalar_value: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
        """Record one number, except the placeholder that Lightning writes."""
        if tag != "hp_metric":
            record.metrics("tensorboard", {tag: scalar_value}, global_step)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """Record several numbers under one tag."""
        record.metrics("tensorboard", {main_tag: tag_scalar_dict}, global_step)

    def add_hparams(self, hparam_dict: Any, metric_dict: Any, *args: Any, **kwargs: Any) -> None:
        """Record parameters and final numbers."""
        record.parameters(hparam_dict)
        record.metrics("tensorboard", metric_dict)


class Metric(Anything):
    """Stand-in for one number of MLflow's batches."""

    def __init__(self, key: str = "", value: Any = None, timestamp: Any = None, step: Any = None, **_: Any) -> None:
        self.__dict__.update(key=key, value=value, step=step)


class MlflowClient(Anything):
    """Stand-in for MLflow's client, whose calls start with a run id."""

    def log_metric(self, run_id: Any, key: str, value: Any, timestamp: Any = None, step: Any = None, **_: Any) -> None:
        """Record one number."""
        record.metrics("mlflow", {key: value}, step)

    def log_param(self, run_id: Any, key: str, value: Any, **_: Any) -> None:
        """Record one parameter."""
        record.parameters({key: value})

    def log_batch(self, run_id: Any, metrics: Any = (), *args: Any, **_: Any) -> None:
        """Record several numbers, each with its step."""
        for metric in metrics or ():
            record.metrics("mlflow", {metric.key: metric.value}, metric.step)


class Experiment(Anything):
    """Stand-in for an experiment of Comet."""

    def log_metric(self, name: str, value: Any, step: Any = None, epoch: Any = None, **_: Any) -> None:
        """Record one number."""
        record.metrics("comet", {name: value}, epoch if step is None else step)

    def log_metrics(
        self, dic: dict[str, Any], prefix: Any = None, step: Any = None, epoch: Any = None, **_: Any
    ) -> None:
        """Record several numbers."""
        record.metrics("comet", {prefix: dic} if prefix else dic, epoch if step is None else step)

    def log_parameter(self, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """Record one parameter."""
        record.parameters({name: value})

    def log_parameters(self, parameters: Any, *args: Any, **kwargs: Any) -> None:
        """Record parameters."""
        record.parameters(parameters)


class AimRun(Anything):
    """Stand-in for a run of Aim."""

    def track(self, value: Any, name: Any = None, step: Any = None, epoch: Any = None, context: Any = None) -> None:
        """Record one number, or a mapping of them.

        The context is prefixed to the name.
        """
        values = value if isinstance(value, dict) else {name or "value": value}
        for part in reversed([str(part) for part in (context or {}).values()]):
            values = {part: values}
        record.metrics("aim", values, epoch if step is None else step)

    def __setitem__(self, key: Any, value: Any) -> None:
        record.parameters(value if isinstance(value, dict) else {key: value})


def _module(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    module.__file__ = "<seedspread>"
    module.__version__ = "0.0.0"  # type: ignore[attr-defined]

    def other(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return _of_name(attribute)

    module.__getattr__ = other  # type: ignore[method-assign]
    record.event("captured", logger=name)
    return module


def _like_wandb(source: str) -> Callable[[str], ModuleType | None]:
    def make(name: str) -> ModuleType:
        module = _module(name)
        if name != source:
            return module
        module.run = None  # type: ignore[attr-defined]
        module.config = Config()  # type: ignore[attr-defined]
        module.summary = Summary(source)  # type: ignore[attr-defined]

        begun = [0]

        def init(*args: Any, config: Any = None, **facts: Any) -> Run:
            begun[0] += 1
            if begun[0] == 2:
                record.finding("several_runs", sentences.several_runs(source))
            run = Run(source, config, **facts)
            module.run, module.config, module.summary = run, run.config, run.summary  # type: ignore[attr-defined]
            return run

        def log(data: dict[str, Any], step: Any = None, **others: Any) -> None:
            record.metrics(source, data, step)

        module.init, module.log = init, log  # type: ignore[attr-defined]

        def agent(sweep_id: Any = None, function: Any = None, **_: Any) -> Any:
            # The sweep's parameters are on a server; the training runs once, with its own.
            return function() if callable(function) else None

        module.agent = agent  # type: ignore[attr-defined]
        module.login = lambda *args, **kwargs: True  # type: ignore[attr-defined]
        return module

    return make


def _mlflow(name: str) -> ModuleType:
    module = _module(name)
    module.MlflowClient, module.Metric = MlflowClient, Metric  # type: ignore[attr-defined]
    if name == "mlflow":
        # Reached as attributes, without an import of their own.
        module.tracking = module.entities = module.client = module  # type: ignore[attr-defined]
        module.log_metric = lambda key, value, step=None, **_: record.metrics("mlflow", {key: value}, step)  # type: ignore[attr-defined]
        module.log_metrics = lambda metrics, step=None, **_: record.metrics("mlflow", metrics, step)  # type: ignore[attr-defined]
        module.log_param = lambda key, value, **_: record.parameters({key: value})  # type: ignore[attr-defined]
        module.log_params = lambda params, **_: record.parameters(params)  # type: ignore[attr-defined]
    return module


def _tensorboard(name: str) -> ModuleType | None:
    module = _module(name)
    module.SummaryWriter = SummaryWriter  # type: ignore[attr-defined]
    # Lightning unpacks what this returns.
    module.hparams = lambda *args, **kwargs: (Anything(), Anything(), Anything())  # type: ignore[attr-defined]
    return module


def _comet(name: str) -> ModuleType:
    module = _module(name)
    for kind in ("Experiment", "OfflineExperiment", "ExistingExperiment", "CometExperiment"):
        setattr(module, kind, Experiment)
    module.start = lambda *args, **kwargs: Experiment()  # type: ignore[attr-defined]
    return module


def _aim(name: str) -> ModuleType:
    module = _module(name)
    module.Run = AimRun  # type: ignore[attr-defined]
    return module


STAND_INS: dict[str, Callable[[str], ModuleType | None]] = {
    "wandb": _like_wandb("wandb"),
    "trackio": _like_wandb("trackio"),
    "mlflow": _mlflow,
    "tensorboardX": _tensorboard,
    "torch.utils.tensorboard": _tensorboard,
    "comet_ml": _comet,
    "aim": _aim,
}


def after_imports() -> dict[str, Callable[[ModuleType], None]]:
    """Return hooks that record frameworks' own logging."""
    return {
        "keras.src.callbacks.callback_list": _keras,
        "transformers.trainer": _transformers,
        "lightning.pytorch.trainer.connectors.logger_connector.logger_connector": _lightning,
        "pytorch_lightning.trainer.connectors.logger_connector.logger_connector": _lightning,
    }


class _Steps:
    """Steps that go on from one fit to the next.

    Fits count from the same step, and a step that was logged twice has the later value: a shorter second fit would
    leave the first one's last value to decide.
    """

    def __init__(self) -> None:
        self._fit: weakref.ref[Any] | None = None
        self._offset = self._last = 0

    def at(self, fit: Any, step: int, done: int) -> int:
        """Return the run's step for a step of a fit.

        done: steps of its own count before this fit began.
        """
        if self._fit is None or self._fit() is not fit:
            self._offset = 0 if self._fit is None or step > self._last else self._last - done
            self._fit = weakref.ref(fit)
        self._last = max(self._last, step + self._offset)
        return step + self._offset


def _keras(module: ModuleType) -> None:
    from .hooks import wrap

    steps = _Steps()

    def epoch_ended(callbacks: Any, epoch: int, logs: Any = None) -> None:
        record.metrics("keras", dict(logs or {}), steps.at(callbacks, epoch + 1, epoch))

    wrap(module.CallbackList, "on_epoch_end", epoch_ended)


def _transformers(module: ModuleType) -> None:
    from .hooks import wrap

    steps = _Steps()

    def logged(trainer: Any, logs: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        record.metrics("huggingface", logs, steps.at(trainer, trainer.state.global_step, 0))

    wrap(module.Trainer, "log", logged)


def _lightning(module: ModuleType) -> None:
    from .hooks import wrap

    steps = _Steps()

    def logged(connector: Any, metrics: dict[str, Any], step: Any = None) -> None:
        index = connector.trainer.fit_loop.epoch_loop._batches_that_stepped if step is None else step
        index = steps.at(connector.trainer, int(index), -1)
        record.metrics("lightning", {k: v for k, v in metrics.items() if k != "epoch"}, index)

    wrap(module._LoggerConnector, "log_metrics", logged)


def replaced_already() -> dict[str, ModuleType]:
    """Return loggers that were imported before the shim."""
    return {name: sys.modules[name] for name in STAND_INS if name in sys.modules}
