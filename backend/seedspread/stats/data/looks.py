"""Looks at a study, and what later verdicts pay for them.

This module states the rule for every place where a verdict is shown: `seedspread run`, `compare`, `judge` and
`seedspread.compare` of a run folder, and the service that a folder is sent to.

A look is a verdict that somebody could read, of a study that may still grow. It is recorded with its seeds per arm and
with the seeds planned then, and it travels with the study. A verdict at n seeds per arm depends on the looks at fewer:

1. None: the plan's fixed n decides.
2. Interim looks of the same plan (runs were pending): the anytime-valid interval decided at each of them, and it
   decides now, at its whole level. Whoever could stop at such a look chose n by the results, so a fixed-n test of the
   rest would add its error rate to what the looks had spent. Repeating a look at the same n costs nothing.
3. A look at a complete plan, or at a study without one: its fixed-n test has spent the error rate. Seeds that came
   later are judged by the anytime-valid interval at a fifth of it.
   The same fifth is what interim looks may spend where nobody records them, as on the page of a service's own study:
   its last verdict is that of the fixed n. Simulated with a look after every seed, the sum stays at 5%.
4. Seeds that were added before a fixed-n verdict was possible: as 2, since nothing was spent.

Below FEWEST_AT_LOOK seeds per arm no test can decide, so such a look spends nothing. Looks that a rule plans are paid
for by its own spending; where the plan changed after a look, the new one goes on as in 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

ADDED_PART: Final = 5
"""Part of the error rate, as a divisor, for all looks beside a fixed-n verdict: simulated, the sum stays at 5%."""
FEWEST_AT_LOOK: Final = 4
"""Seeds per arm below which no verdict on equal numbers of seeds is possible."""


@dataclass(frozen=True, order=True)
class TakenLook:
    """Verdict that was shown at `seeds` seeds per arm of `planned` ones.

    planned: 0 for a study without a plan.
    """

    seeds: int
    planned: int

    @property
    def complete(self) -> bool:
        """True if no planned run was pending."""
        return self.planned <= self.seeds

    @property
    def spent(self) -> bool:
        """True if a fixed-n test could decide."""
        return self.complete and self.seeds >= FEWEST_AT_LOOK


@dataclass(frozen=True)
class Payment:
    """Looks that a verdict has to pay for; none by default.

    added: seeds per arm at the first of them, then of each batch since; empty if the plan is the same. unspent: no
    fixed-n verdict was possible before. read_at: seeds per arm of interim looks at the same plan.
    """

    added: tuple[int, ...] = ()
    unspent: bool = False
    read_at: tuple[int, ...] = ()


def payment(looks: Iterable[TakenLook], seeds: int, planned: int) -> Payment:
    """Return what a verdict pays for earlier looks.

    Args:
        looks: all that were recorded.
        seeds: per arm, that have ended now.
        planned: seeds per arm now; 0 without a plan.
    """
    earlier = [look for look in looks if look.seeds < seeds]
    if not earlier:
        return Payment()
    ends = sorted({look.seeds for look in earlier})
    spent = any(look.spent for look in earlier)
    if not spent and planned and all(look.planned == planned for look in earlier):
        return Payment(read_at=tuple(ends))
    added = (ends[0], *(after - before for before, after in pairwise([*ends, seeds])))
    return Payment(added, unspent=not spent)


def plan_changed(looks: Iterable[TakenLook], planned: int) -> bool:
    """Return True if a look was taken under another plan."""
    return any(look.planned != planned for look in looks)
