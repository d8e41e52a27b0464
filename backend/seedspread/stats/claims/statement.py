"""Claims as they are stated, and their outcomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from seedspread.errors import InvalidInput
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.rule import Direction

ClaimKind = Literal["better", "better_by", "not_worse_by", "equal_within", "beats_target", "beats_published"]
Answer = Literal["holds", "fails", "undecided", "broken"]

EXIT_CODES: dict[str, int] = {"holds": 0, "fails": 3, "undecided": 4, "broken": 2}
"""Exit code of a command that checks a claim, by its answer."""

_OF_TWO: tuple[ClaimKind, ...] = ("better", "better_by", "not_worse_by", "equal_within")


@dataclass(frozen=True)
class Statement:
    """Claim as it is stated.

    kind: of claim. arm: the arm it is about. direction: which way is better. baseline: the arm it is compared with,
    None for a number. margin: above 0, of "better_by", "not_worse_by" and "equal_within"; in the metric's units, or a
    share of the baseline under a rule of ratios. target: the number of "beats_target". published: (mean, SD, n) of
    "beats_published". strict: equal values in every seed do not satisfy it. text: as the user wrote it, "" for a text
    made here.

    Raises:
        InvalidInput: a field that the kind needs is missing or out of range.
    """

    kind: ClaimKind
    arm: str
    direction: Direction
    baseline: str | None = None
    margin: float | None = None
    target: float | None = None
    published: tuple[float, float, int] | None = None
    strict: bool = False
    text: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(ClaimKind):
            raise InvalidInput("kind", self.kind, f"one of {', '.join(get_args(ClaimKind))}")
        if self.kind in _OF_TWO and self.baseline is None:
            raise InvalidInput("baseline", None, f"the arm to compare with, for {self.kind}")
        if self.baseline == self.arm:
            raise InvalidInput(
                "arm", self.arm, "another arm than the baseline; `baseline` names the one to compare with"
            )
        if self.kind in ("better_by", "not_worse_by", "equal_within") and not _above_zero(self.margin):
            raise InvalidInput("margin", self.margin, "a number above 0")
        if self.kind == "beats_target" and not (self.target is not None and math.isfinite(self.target)):
            raise InvalidInput("target", self.target, "a finite number")
        if self.kind == "beats_published":
            mean, sd, n = self.published or (math.nan, math.nan, 0)
            if not (math.isfinite(mean) and math.isfinite(sd) and sd >= 0 and n >= 2):
                expected = "a finite mean, an SD of 0 or more, and 2 runs or more"
                raise InvalidInput("published", self.published, expected)

    @property
    def threshold(self) -> float:
        """Difference arm − baseline (or number) that the claim is about."""
        if self.kind == "beats_target":
            return self.target or 0.0
        sign = 1.0 if self.direction == "maximize" else -1.0
        return {"better_by": sign, "not_worse_by": -sign}.get(self.kind, 0.0) * (self.margin or 0.0)


@dataclass(frozen=True)
class Claim:
    """Outcome of a claim: holds, fails, undecided or broken.

    threshold: the difference B - A (or the number) that the claim is about, in the metric's units. interval: two-sided,
    of B - A or of the mean. exact_p: two-sided p of the exact test about the threshold. n: pairs, or seeds of the
    smaller arm. reason: why it is undecided or broken. more: seeds per arm that would probably settle it, None if it is
    settled or no number would. basis: what that number is planned for. sentence: the outcome in words. ratio: a ratio
    decided, so interval and threshold are shares of the baseline. estimate: B - A or the mean, None for ratios. seeds:
    those counted, in words. notes: further sentences. same: the difference (of ratios, the change) in every seed, None
    if it varies.
    """

    kind: str
    answer: Answer
    threshold: float
    interval: Interval | None
    exact_p: float | None
    n: int
    reason: str | None = None
    more: int | None = None
    sentence: str = ""
    ratio: bool = False
    estimate: float | None = None
    seeds: str = ""
    basis: str = ""
    notes: tuple[str, ...] = ()
    same: float | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of a command that checks this claim."""
        return EXIT_CODES[self.answer]


def _above_zero(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0
