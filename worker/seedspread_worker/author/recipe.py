"""Interface for authors of recipes: decorators, parameters, metrics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from seedspread.core.recipe import Direction, MetricInfo, RecipeKind
from seedspread.core.sources import Source
from seedspread.core.validation import parse
from seedspread.errors import InvalidInput

Author = TypeVar("Author", bound=Callable[..., Any])

MARK = "__seedspread_recipe__"
"""The attribute under which a decorated class or function carries its `Recipe`."""


class RecipeParameters(BaseModel):
    """Base of a recipe's parameters.

    Every field has a default and a description. A field that names a data file carries `json_schema_extra={"x-data":
    "text"}` (or `"table"`, `"arrays"`); `"x-data-sets"` lists the names of built-in data sets that are valid in place
    of a path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Metric:
    """Metric that a recipe reports.

    `unit` is `"share"` for a fraction in [0, 1].
    """

    name: str
    direction: Literal["maximize", "minimize"]
    unit: str = ""
    help: str = ""

    @property
    def info(self) -> MetricInfo:
        """Same as everybody else sees it."""
        return MetricInfo(name=self.name, direction=Direction(self.direction), unit=self.unit, help=self.help)


CLASSIFICATION = (
    Metric("val_accuracy", "maximize", "share", "share of validation examples classified correctly"),
    Metric("val_loss", "minimize", "", "mean loss on the validation examples"),
    Metric("accuracy", "maximize", "share", "share of training examples classified correctly, while training"),
    Metric("loss", "minimize", "", "mean loss over the epoch's training batches"),
)
"""What a Keras recipe reports when it classifies; the first one decides unless a study says otherwise."""


@dataclass(frozen=True)
class Recipe:
    """Registered training code.

    `code` is a class with the methods of a Keras recipe, or the one function of a free recipe.
    """

    name: str
    version: str
    kind: RecipeKind
    parameters: type[RecipeParameters]
    sources: tuple[Source, ...]
    metrics: tuple[Metric, ...]
    code: Callable[..., Any]
    help: str

    @property
    def module(self) -> str:
        """Module that the recipe's code stands in."""
        return self.code.__module__

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the parameters."""
        return self.parameters.model_json_schema()

    def check(self, values: dict[str, Any]) -> RecipeParameters:
        """Validate `values` as the recipe's parameters, defaults filled in.

        Raises:
            InvalidInput: carrying every error, as `parameters.<name>`.
        """
        return parse(self.parameters, values, field="parameters")


def keras_recipe(
    *,
    name: str,
    version: str,
    parameters: type[RecipeParameters] = RecipeParameters,
    sources: Iterable[str] = ("split", "shuffle", "init"),
    metrics: Sequence[Metric] = CLASSIFICATION,
) -> Callable[[Author], Author]:
    """Register a class whose methods define what the engine trains.

    The class has `data(run) -> Split` and `model(run) -> keras.Model`, and may have `loss(run)`, `optimizer(run)`,
    `measures(run)` (name → function of true and predicted values, one value per example) and `augment(run, x, rng)`
    (a changed copy of the training inputs for one epoch). Epochs and batch size are the parameters `epochs` and
    `batch_size` (10 and 32 by default).
    """

    def register(author: Author) -> Author:
        for method in ("data", "model"):
            if not callable(getattr(author, method, None)):
                raise InvalidInput(f"recipe {name}", author, f"a class with a method `{method}(self, run)`")
        return _mark(author, RecipeKind.KERAS, name, version, parameters, sources, metrics)

    return register


def free_recipe(
    *,
    name: str,
    version: str,
    parameters: type[RecipeParameters] = RecipeParameters,
    sources: Iterable[str] = ("algorithm",),
    metrics: Sequence[Metric],
) -> Callable[[Author], Author]:
    """Register a function `train(run)` that trains by itself, with any framework."""

    def register(author: Author) -> Author:
        _check_function(author, name)
        return _mark(author, RecipeKind.FREE, name, version, parameters, sources, metrics)

    return register


def _check_function(author: Any, name: str) -> None:
    """Check that calling `author(run)` trains.

    Raises:
        InvalidInput: the call would fail, or return before anything of it has run.
    """
    expected = "a function `train(run)` that trains before it returns"
    for late, kind in (
        (inspect.iscoroutinefunction, "async def"),
        (inspect.isasyncgenfunction, "async def"),
        (inspect.isgeneratorfunction, "yield"),
    ):
        if late(author):
            raise InvalidInput(f"recipe {name}", kind, expected)
    try:
        inspect.signature(author).bind(None)
    except TypeError as error:
        raise InvalidInput(f"recipe {name}", f"a function with other arguments ({error})", expected) from None
    except ValueError:  # a function of another language, which does not say what it takes
        return


def _mark(
    author: Author,
    kind: RecipeKind,
    name: str,
    version: str,
    parameters: type[RecipeParameters],
    sources: Iterable[str],
    metrics: Sequence[Metric],
) -> Author:
    if not metrics:
        raise InvalidInput(f"recipe {name}: metrics", (), "at least one Metric; the first one decides by default")
    for metric in metrics:
        if not isinstance(metric, Metric):
            raise InvalidInput(f"recipe {name}: metrics", metric, 'Metric("name", "maximize") or "minimize" of each')
    if not (isinstance(parameters, type) and issubclass(parameters, RecipeParameters)):
        raise InvalidInput(f"recipe {name}: parameters", parameters, "a subclass of RecipeParameters")
    declared = {source.value for source in Source}
    for source in sources:
        if source not in declared:
            raise InvalidInput(f"recipe {name}: sources", source, f"one of {', '.join(sorted(declared))}")
    recipe = Recipe(
        name=name,
        version=version,
        kind=kind,
        parameters=parameters,
        sources=tuple(Source(source) for source in sources),
        metrics=tuple(metrics),
        code=author,
        help=inspect.getdoc(author) or "",
    )
    setattr(author, MARK, recipe)
    return author
