"""Views of claims that were checked, and of noise floors."""

from __future__ import annotations

from pydantic import Field

from seedspread.core.recipe import Direction
from seedspread.stats.claims.statement import Answer, ClaimKind
from seedspread.stats.data.results import Interval
from seedspread.views.numbers import View


class CheckedClaim(View):
    """Outcome of a claim about an arm."""

    outcome: str = Field(
        description="`better`, `not better`, `undecided` or `broken`; of other claims `not worse`, `worse`, `equal`, "
        "`different`",
        examples=["better"],
    )
    answer: Answer = Field(description="`holds`, `fails`, `undecided` or `broken`", examples=["holds"])
    exit_code: int = Field(description="of `seedspread judge`: 0 holds, 3 fails, 4 undecided, 2 broken", examples=[0])
    sentence: str = Field(examples=["wide is better than base: holds. wide − base: 95% CI +0.004 to +0.011."])
    claim: str = Field(description="what is claimed", examples=["wide is better than base"])
    kind: ClaimKind
    arm: str = Field(examples=["wide"])
    baseline: str | None = Field(description="null: a claim about a number", examples=["base"])
    threshold: float = Field(description="the difference arm − baseline, or the number, that the claim is about")
    interval: Interval | None = Field(description="of arm − baseline, or of the mean")
    exact_p: float | None = Field(description="two-sided p of the exact test about the threshold")
    n: int = Field(description="pairs, or values of the smaller arm", examples=[20])
    reason: str | None = Field(description="why it is undecided or broken; null: it is settled")
    more: int | None = Field(description="further seeds per arm that would probably settle it; null: none would")
    comparisons: int = Field(1, description="claims that the error rate is divided by")
    metric: str = Field(examples=["val_accuracy"])
    direction: Direction
    level: float = Field(examples=[0.95])
    interim: bool = Field(False, description="computed while runs are pending, or after seeds were added for a result")
    reading: list[str] = Field(default_factory=list, description="how a file was understood; a line each")
