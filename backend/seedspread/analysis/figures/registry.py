"""Registry of figures: each says what it is called, needs and offers.

A figure is registered by the decorator above its drawing function in `drawings`; routes, reports, the page and tests
read the registry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from seedspread.analysis.figures.chosen import MOST_ARMS, Chosen
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.kit.figure import Figure

Subject = Literal["arms", "pair", "study"]
Shown = Literal["always", "on request", "parameters", "never"]
OptionValues = Literal["choices", "switch", "parameters"]
ReportOn = Literal["means", "sources"]


@dataclass(frozen=True)
class Choice:
    """Value of an option, and its label on the page."""

    value: str
    label: str


@dataclass(frozen=True)
class Option:
    """Query parameter that changes how a figure is drawn.

    values: one of the choices, of which the first is the default; true or false; or a parameter in which arms differ.
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    values: OptionValues = "choices"

    def chosen(self, value: str | None) -> str:
        """Return the value, or the default for None.

        Raises:
            InvalidInput: the option has no such choice.
        """
        if value is None:
            return self.choices[0].value
        values = [choice.value for choice in self.choices]
        if value not in values:
            raise InvalidInput(self.name, value, f"one of {', '.join(values)}")
        return value


@dataclass(frozen=True)
class Options:
    """Values of a figure's options; it ignores those it does not have.

    arms: positions in the study, None for the first eight. a, b: positions of the two arms that are compared; for
    `variance`, `a` counts variants. kind, centre, smooth, x, parameter: None for the default. every_run: the table
    under the figure has every value of every run.
    """

    arms: tuple[int, ...] | None = None
    a: int = 0
    b: int = 1
    kind: str | None = None
    centre: str | None = None
    log: bool = False
    every_run: bool = False
    smooth: str | None = None
    x: str | None = None
    parameter: str | None = None


Draw = Callable[[Context, Chosen, Options], Figure]


@dataclass(frozen=True)
class FigureKind:
    """Figure that can be asked for by name.

    subject: any number of arms, two arms of which the second is compared with the first, or a whole study.
    fewest_arms: below this the figure says that it needs more. runs: also drawn of single runs. shown: on a study's
    page; `parameters` where arms differ in parameters. reports: the designs whose reports include it. most_arms: drawn
    of a study where nobody names them.
    """

    name: str
    title: str
    subject: Subject
    fewest_arms: int
    runs: bool
    options: tuple[Option, ...]
    shown: Shown
    reports: frozenset[ReportOn]
    draw: Draw
    most_arms: int = MOST_ARMS


FIGURES: dict[str, FigureKind] = {}
"""Every figure by its name, in the order in which pages and reports show them."""


def figure(
    name: str,
    title: str,
    *,
    subject: Subject = "arms",
    fewest_arms: int | None = None,
    runs: bool = False,
    options: tuple[Option, ...] = (),
    shown: Shown = "on request",
    reports: tuple[ReportOn, ...] = (),
    most_arms: int = MOST_ARMS,
) -> Callable[[Draw], Draw]:
    """Register the decorated function as the drawing of a figure.

    title: a few words that name the figure in lists. fewest_arms: default 2 for a pair, else 1.
    """

    def register(draw: Draw) -> Draw:
        fewest = fewest_arms or (2 if subject == "pair" else 1)
        FIGURES[name] = FigureKind(
            name, title, subject, fewest, runs, options, shown, frozenset(reports), draw, most_arms
        )
        return draw

    return register


def describe_option(name: str) -> str:
    """Return the choices of an option, figure by figure: `differences: dots, slopes`."""
    by_figure = [
        f"{kind.name}: {', '.join(choice.value for choice in option.choices) or option.label.lower()}"
        for kind in FIGURES.values()
        for option in kind.options
        if option.name == name
    ]
    return "; ".join(by_figure)


def kind_of(name: str) -> FigureKind:
    """Return a registered figure.

    Raises:
        NotFound: there is no figure of this name.
    """
    kind = FIGURES.get(name)
    if kind is None:
        raise NotFound("figure", name, hint=f"there are {', '.join(FIGURES)}")
    return kind
