"""Conditions under which numbers were made, for the sentences about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from seedspread import words
from seedspread.stats.data.looks import Payment

ANY_METRIC: Final = "the metric"
"""Name of a metric that nobody named."""


@dataclass(frozen=True)
class Conditions:
    """Conditions under which the numbers were made, for the sentences.

    metric, unit: "share" for fractions of 1, whose differences are shown in points; else a unit or "". varied, fixed,
    free: sources of randomness that had this policy in both arms. differing: the others, each as (source, policy in A,
    policy in B), None for a source that an arm does not have. same_variant: both arms have the same configuration, so
    only chance and their sources differ. all_fixed: arms in which every source is fixed; unseeded: other arms in which
    none follows the seed. peeked: results were seen while runs came in, without a rule that accounts for it. added: the
    number of seeds at first, then of each batch added once results were in; empty if all were requested at once.
    unpaid: the last verdict of the plan will be by its fixed n, whatever was read while runs were pending. unspent: no
    fixed-n verdict was possible before they were added. read_at: seeds per arm at which a verdict was read while runs
    of the same plan were pending. to_come: the seeds of A and of B whose runs have not ended. codes: digests of the
    code that trained A and B, None if it was the same. exploratory: the study decides by another metric; metrics: how
    many others the verdict is corrected for. rising: arms that still improved at the end.
    """

    metric: str = ANY_METRIC
    unit: str = ""
    varied: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    differing: tuple[tuple[str, str | None, str | None], ...] = ()
    same_variant: bool = False
    all_fixed: tuple[str, ...] = ()
    unseeded: tuple[str, ...] = ()
    peeked: bool = False
    unpaid: bool = False
    added: tuple[int, ...] = ()
    unspent: bool = False
    read_at: tuple[int, ...] = ()
    to_come: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    codes: tuple[str, str] | None = None
    exploratory: bool = False
    metrics: int = 0
    rising: tuple[str, ...] = ()

    def after(self, payment: Payment) -> Conditions:
        """Return the conditions of a verdict that pays for earlier looks."""
        return replace(self, added=payment.added, unspent=payment.unspent, read_at=payment.read_at)

    @property
    def interim(self) -> bool:
        """True while runs are pending, and after earlier looks."""
        return self.peeked or bool(self.added) or bool(self.read_at)

    @property
    def unvaried(self) -> tuple[str, ...]:
        """Arms in which no source follows the seed."""
        return (*self.all_fixed, *self.unseeded)

    @property
    def luck_alone(self) -> bool:
        """True if both arms have the same configuration and the same sources."""
        return self.same_variant and not self.differing

    @property
    def scale(self) -> float:
        """Factor that differences are multiplied by for display."""
        return words.difference_scale(self.unit)

    def entered(self, difference: float) -> str:
        """Format a stated difference with its unit and all its digits.

        Examples: `0.5 points`, `1 point`.
        """
        return words.entered(difference, self.unit)
