"""Decision rule that is set on the study before the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import ndtr, ndtri

from seedspread.core import recipe
from seedspread.core.study import Centre
from seedspread.errors import InvalidInput

Floats = NDArray[np.float64]

_GRID = 401  # points across the continuation region; Simpson's rule needs an odd number
_FARTHEST = 8.2  # standard deviations; beyond, nothing is spent


@dataclass(frozen=True)
class Look:
    """Planned look at n seeds per arm.

    fraction: of the planned seeds. spent: the error rate used up to and including this look. level: 1 - nominal p of
    its interval; intervals this wide at every look together have the coverage of the plan's level.
    """

    n: int
    fraction: float
    spent: float
    level: float


def spending(fraction: float, alpha: float = 0.05) -> float:
    """Return the error rate spent at a fraction of the seeds.

    This is the two-sided spending function of the O'Brien-Fleming type.
    """
    if fraction <= 0:
        return 0.0
    return float(4 * ndtr(float(ndtri(alpha / 4)) / math.sqrt(min(fraction, 1.0))))


def plan_looks(sizes: tuple[int, ...], most: int, level: float = 0.95) -> tuple[Look, ...]:
    """Return the planned looks at these numbers of seeds out of `most`.

    The look at `most` spends the rest of the error rate.

    Raises:
        InvalidInput: sizes that are not ascending or are beyond `most`.
    """
    if not sizes or list(sizes) != sorted(set(sizes)) or sizes[0] < 2 or sizes[-1] > most:
        raise InvalidInput("looks", sizes, f"ascending numbers of seeds from 2 to {most}")
    return _planned(sizes, most, round(1 - level, 12))


@lru_cache(maxsize=512)
def _planned(sizes: tuple[int, ...], most: int, alpha: float) -> tuple[Look, ...]:
    looks: list[Look] = []
    at, density = np.zeros(1), np.ones(1)  # where the walk stands that has not stopped, with quadrature weights in
    before, spent = 0.0, 0.0
    for n in sizes:
        fraction = n / most
        budget = spending(fraction, alpha)
        step = math.sqrt(fraction - before)
        bound = _bound(at, density, step, math.sqrt(fraction), budget - spent)
        looks.append(Look(n, fraction, budget, 1 - 2 * float(ndtr(-bound / math.sqrt(fraction)))))
        at, density = _walked(at, density, step, bound)
        before, spent = fraction, budget
    return tuple(looks)


def _bound(at: Floats, density: Floats, step: float, scale: float, allowed: float) -> float:
    """Return the bound that the walk crosses with the allowed probability."""

    def excess(bound: float) -> float:
        outside = ndtr((-bound - at) / step) + ndtr((at - bound) / step)
        return float(np.sum(density * outside)) - allowed

    farthest = _FARTHEST * scale
    return farthest if excess(farthest) >= 0 else float(optimize.brentq(excess, 0.0, farthest, xtol=1e-12))


def _walked(at: Floats, density: Floats, step: float, bound: float) -> tuple[Floats, Floats]:
    """Advance the random walk by one stage inside the bounds.

    Returns the grid points and the density of the walk at each, times its quadrature weight.
    """
    points = np.linspace(-bound, bound, _GRID)
    simpson = np.full(_GRID, 2.0)
    simpson[1::2], simpson[0], simpson[-1] = 4.0, 1.0, 1.0
    kernel = np.exp(-0.5 * ((points[:, None] - at[None, :]) / step) ** 2) / (step * math.sqrt(2 * math.pi))
    return points, (kernel @ density) * simpson * (points[1] - points[0]) / 3


Direction = Literal["maximize", "minimize"]
AnyDirection = Direction | recipe.Direction  # as a study has it, or by its plain name
Pairing = Literal["auto", "paired", "separate"]
LookKind = Literal["once", "planned", "anytime"]
StopWhen = Literal["decided", "narrow", "at_most"]

FEWEST_FOR_INTERVAL, FEWEST_FIRST_LOOK = 3, 5  # with two seeds, an interval has one degree of freedom and is useless

# Boundaries found on the normal scale err by up to 5.3 % for t tests looked at after every seed from 5 on (simulated):
# a plan spends this share of the error rate, and the rest covers the excess.
_SPENT_SHARE = 0.92


@dataclass(frozen=True)
class DecisionRule:
    """Rule for judging a difference by an interval and an exact test.

    smallest_difference: the smallest difference that matters, in the metric's units; None: any ("equivalent" can then
    not be concluded). direction: "maximize" or "minimize"; None: only "higher" is concluded, never "better". level: of
    the interval, 0.95. pairing: "paired" if arms share their seeds by design, "separate" if they do not, "auto" pairs
    arms that share most of their seeds. minimum_seeds: per arm, 3 or more; from there on a verdict is possible wherever
    the exact test can reach the level (4 against 4, 6 pairs, 3 against 20). power: used for planning the number of
    seeds.

    centre: the value of an arm that decides: its "mean", 20% "trimmed" mean, "median", or "log_ratio" for the ratio of
    geometric means (values above 0; smallest_difference is then a share, 0.05 for 5%). At every look
    the two robust ones need a p as small as the t mixture asks of means.

    looks: "once" decides at a fixed n; "planned" looks at first_look, then every look_every seeds up to most_seeds,
    with alpha spending; "anytime" may look after every seed and needs no most_seeds (t mixture, wider intervals).
    stop_when applies to the last two: "decided"; "narrow" (the interval is narrower than width); "at_most" (only at
    most_seeds).

    Raises:
        InvalidInput: a value out of range, or values that contradict each other.
    """

    smallest_difference: float | None = None
    direction: AnyDirection | None = "maximize"
    level: float = 0.95
    pairing: Pairing = "auto"
    minimum_seeds: int = FEWEST_FOR_INTERVAL
    power: float = 0.8
    looks: LookKind = "once"
    stop_when: StopWhen = "decided"
    width: float | None = None
    first_look: int = 10
    look_every: int = 5
    most_seeds: int | None = None
    centre: Centre = "mean"

    def __post_init__(self) -> None:
        if self.direction is not None:
            object.__setattr__(self, "direction", direction_of(self.direction))
        for name, value, kinds in (
            ("pairing", self.pairing, get_args(Pairing)),
            ("looks", self.looks, get_args(LookKind)),
            ("stop_when", self.stop_when, get_args(StopWhen)),
            ("centre", self.centre, get_args(Centre)),
        ):
            if value not in kinds:
                raise InvalidInput(name, value, f"one of {', '.join(map(str, kinds))}")
        _positive("smallest_difference", self.smallest_difference)
        _positive("width", self.width)
        for name, share in (("level", self.level), ("power", self.power)):
            if not 0.5 <= share < 1:
                raise InvalidInput(name, share, "a number from 0.5 to below 1")
        if self.minimum_seeds < FEWEST_FOR_INTERVAL:
            raise InvalidInput("minimum_seeds", self.minimum_seeds, f"{FEWEST_FOR_INTERVAL} or more")
        self._refuse_looks()

    @property
    def alpha(self) -> float:
        """Error rate, 1 - level, without that subtraction's rounding error."""
        return round(1 - self.level, 12)

    @property
    def margin(self) -> float | None:
        """Smallest difference that matters, on the scale on which arms are judged."""
        ratio = self.centre == "log_ratio" and self.smallest_difference is not None
        return math.log1p(self.smallest_difference or 0.0) if ratio else self.smallest_difference

    @property
    def robust(self) -> bool:
        """True if a trimmed mean or a median decides."""
        return self.centre in ("trimmed", "median")

    @property
    def adaptive(self) -> bool:
        """True if the study may stop before all its seeds are in."""
        return self.looks != "once"

    def schedule(self) -> tuple[int, ...]:
        """Return the number of seeds per arm at every look.

        Without most_seeds it is empty. If looks is "once", it is most_seeds alone.
        """
        if self.most_seeds is None:
            return ()
        if not self.adaptive:
            return (self.most_seeds,)
        return (*range(self.first_look, self.most_seeds, self.look_every), self.most_seeds)

    def planned_looks(self) -> tuple[Look, ...]:
        """Return the looks of a "planned" rule with their spending, or ()."""
        if self.looks != "planned" or self.most_seeds is None:
            return ()
        return self.look_plan(self.schedule())

    def look_plan(self, sizes: tuple[int, ...]) -> tuple[Look, ...]:
        """Return planned looks at these numbers of seeds out of most_seeds.

        Requires most_seeds to be set.
        """
        return plan_looks(sizes, self.most_seeds or sizes[-1], 1 - self.alpha * _SPENT_SHARE)

    def _refuse_looks(self) -> None:
        if self.stop_when == "narrow" and self.width is None:
            raise InvalidInput("width", None, "the width at which to stop")
        if self.first_look < FEWEST_FIRST_LOOK or self.look_every < 1:
            raise InvalidInput("first_look", self.first_look, f"{FEWEST_FIRST_LOOK} or more, and look_every 1 or more")
        if self.adaptive and (self.looks == "planned" or self.stop_when == "at_most") and self.most_seeds is None:
            raise InvalidInput("most_seeds", None, "the most seeds per arm that an adaptive study may use")
        if self.adaptive and self.most_seeds is not None and self.most_seeds < self.first_look:
            raise InvalidInput("most_seeds", self.most_seeds, f"at least first_look = {self.first_look}")


def direction_of(direction: AnyDirection) -> Direction:
    """Return the direction as a plain string.

    Raises:
        InvalidInput: an unknown direction.
    """
    if direction not in get_args(Direction):
        raise InvalidInput("direction", direction, f"one of {', '.join(get_args(Direction))}")
    return "maximize" if direction == "maximize" else "minimize"


def _positive(name: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise InvalidInput(name, value, "a number above 0")
