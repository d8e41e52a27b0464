"""Summary of a study: its verdict, what it waits for, its problems."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seedspread.views.numbers import View

Standing = Literal["waiting", "decided", "undecided", "measured", "nothing", "unknown"]


class AttentionView(View):
    """Problem that a user should look at before trusting a study."""

    errors: int = Field(description="findings that say results are not what they claim to be")
    warnings: int = Field(description="findings that may mislead")
    notices: int = Field(description="findings that are good to know")
    not_examined: int = Field(description="checks of the audit that the runs do not allow; an all-clear needs 0")
    first: str | None = Field(description="the gravest finding in a sentence; null where there is none")
    failed: int = Field(description="runs that failed")
    diverged: int = Field(description="runs that reported a value that is not finite")
    excluded: int = Field(description="runs left out of statistics by a person, with a reason")


class StudySummaryView(View):
    """Summary of one study for a list."""

    study_id: int = Field(examples=[12])
    standing: Standing = Field(
        description="`waiting`: runs, or a planned look, are still to come; `decided`: every arm against the first; "
        "`undecided`: all runs are in and some comparison is open; `measured`: the study has no arms to compare, or "
        "asks how far runs spread, not which mean is higher; `nothing`: no run gave a number; `unknown`: `headline` "
        "says what went wrong"
    )
    short: str = Field(description="what is decided, or what it waits for", examples=["wide better by 0.9 points"])
    headline: str = Field(description="the whole statement in a sentence, as the study's own page has it")
    better: int | None = Field(
        description="position of the arm that `short` calls better (than the first, or than all others); null: none, "
        "or several"
    )
    compared: int = Field(description="comparisons with the first arm")
    decided: int = Field(description="how many of them are decided: better, or equivalent")
    more_seeds: int | None = Field(
        description="further seeds per arm that a verdict is estimated to take", examples=[5]
    )
    attention: AttentionView


class StudySummaries(View):
    """Studies in brief, in the order they were asked for."""

    items: list[StudySummaryView]
    unknown: list[int] = Field(description="ids that were asked for and are no study (any more)")
