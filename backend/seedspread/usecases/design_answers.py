"""The answer to what a study's design asks, where that is not which mean is higher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seedspread.analysis.design import asks, source_arms, variants
from seedspread.analysis.measured import Measured
from seedspread.analysis.spread import SpreadAnswer, rounds_answer, sources_answer
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.core.study import Preset
from seedspread.views.statistics import ArmSpread, ComparisonView, SpreadTest, VarianceView

NAMED = 3
"""How many sources a short answer names."""


@dataclass(frozen=True)
class DesignAnswer:
    """Sentences, one a variant, and the numbers under them; short: the first of them in a few words."""

    asks: Preset
    sentences: list[str] = field(default_factory=list)
    short: str = ""
    spreads: list[ArmSpread] = field(default_factory=list)
    tests: list[SpreadTest] = field(default_factory=list)


def design_answer(context: Context, found: Measured, compared: Sequence[ComparisonView] = ()) -> DesignAnswer:
    """What the study answers by its design; no sentences where it asks about means.

    Args:
        compared: every arm against the first, needed for arms that are all the same.
    """
    asked = asks(found.arms)
    match asked:
        case Preset.FACTORIAL:
            return _crossed(variance(context, found.study_id, metric=found.metric.name, summary=found.summary))
        case Preset.SOURCES:
            groups = source_arms(found.arms)
            return _spread(asked, {group.variant: sources_answer(found, group) for group in groups})
        case Preset.ROUNDS:
            # The arms' names tell the variants apart.
            return _spread(asked, {group[0].name: rounds_answer(found, group) for group in variants(found.arms)}, "")
        case Preset.AA:
            return _alike(compared, found.spec.rule.level)
    return DesignAnswer(asked)


def _crossed(views: Sequence[VarianceView]) -> DesignAnswer:
    known = [one for one in views[0].shares if one.share is not None and not one.remainder]
    parts = ", ".join(f"{one.name} {100 * (one.share or 0):.0f} %" for one in known[:NAMED])
    sentences = _named({view.variant: view.headline for view in views})
    return DesignAnswer(Preset.FACTORIAL, sentences, f"spread from {parts}" if parts else "no shares of the spread")


def _spread(asked: Preset, answers: dict[str, SpreadAnswer], separator: str = ": ") -> DesignAnswer:
    said = {variant: answer.sentence for variant, answer in answers.items()}
    first, *others = answers.values()
    more = f"; {len(others)} more variant{'s' if len(others) > 1 else ''}" if others else ""
    return DesignAnswer(
        asked,
        _named(said) if separator else list(said.values()),
        f"{first.short}{more}",
        [one for answer in answers.values() for one in answer.spreads],
        [one for answer in answers.values() for one in answer.tests],
    )


def _named(sentences: dict[str, str]) -> list[str]:
    if len(sentences) == 1:
        return list(sentences.values())
    return [f"{variant}: {sentence}" for variant, sentence in sentences.items()]


def _alike(compared: Sequence[ComparisonView], level: float) -> DesignAnswer:
    """The same arm several times: whether luck alone looks like a difference."""
    outcomes = [view.comparison.verdict.outcome for view in compared]
    reasons = {view.comparison.verdict.reason for view in compared}
    sentences = [view.headline for view in compared]
    if "better" in outcomes:
        sentences.append(f"Luck alone does so in at most 1 of {_one_in(level)} such studies.")
        short = "luck alone looks like a difference"
    elif reasons <= {"interval_covers_zero", "inside_smallest_difference"}:
        short = "luck alone shows no difference"
    else:
        short = "no verdict on luck alone"
    return DesignAnswer(Preset.AA, sentences, short)


def _one_in(level: float) -> int:
    """Of how many comparisons of equal arms one is wrong, at most."""
    return round(1 / (1 - level))
