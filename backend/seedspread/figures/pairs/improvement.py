"""Chance that a run of an arm beats the first arm's.

The intervals do not collapse at 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedspread import words
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, empty_figure, layout
from seedspread.figures.kit.look import role
from seedspread.figures.kit.marks import dots, line, tick_axis
from seedspread.figures.kit.sentences import label, left_out_notes, share_interval
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.results import Estimate
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.inference.effects import probability_b_above_a, probability_paired


@dataclass(frozen=True)
class Improvement:
    """Chance that `arm` beats `against` (ties count half).

    If paired, it is the share of shared seeds on which `arm` is better, which is another quantity.
    """

    arm: ArmValues
    against: ArmValues
    paired: bool
    estimate: Estimate


def improvements(arms: Sequence[ArmValues], rule: DecisionRule, direction: Direction) -> tuple[Improvement, ...]:
    """Compare every arm with the first; better is what the direction says."""
    return tuple(_improvement(arm, arms[0], rule, direction) for arm in arms[1:])


def _improvement(arm: ArmValues, against: ArmValues, rule: DecisionRule, direction: Direction) -> Improvement:
    evidence = gather(against.sample(), arm.sample(), rule)
    worse, better = evidence.a, evidence.b
    if direction is Direction.MINIMIZE:
        worse, better = -worse, -better
    chance = probability_paired if evidence.paired else probability_b_above_a
    return Improvement(arm, against, evidence.paired, chance(worse, better, rule.level))


def draw_improvements(improvements: Sequence[Improvement], metric: MetricInfo) -> Figure:
    """Draw the chances, one line per arm, beside an even chance."""
    known_chances = [item for item in improvements if item.estimate.value is not None]
    notes = left_out_notes([item.arm for item in improvements])
    title = sentences.improvement_title(improvements[0].against.name if improvements else None)
    if not known_chances:
        return empty_figure("improvement", title, sentences.NEEDS_A_RUN_PER_ARM, notes)
    data = []
    for index, item in enumerate(known_chances):
        value, interval, at = item.estimate.value or 0.0, item.estimate.interval, -float(index)
        text = words.percent(value, interval.ends if interval else None)
        spoken = f"{text} (n = {item.estimate.n}{', paired seeds' if item.paired else ''})"
        if interval:
            spoken += f"<br>{share_interval(interval)}"
            ends = [interval.low, interval.high]
            solid = {"dash": "solid", "width": 3}
            data.append(line("interval", item.arm.position, ends, [at, at], line=solid, hoverinfo="skip"))
        spoken += f"<extra>{label(item.arm.name)}</extra>"
        data.append(dots("mean", item.arm.position, [value], [at], marker={"size": 11}, hovertemplate=spoken))
    names = [f"{label(item.arm.name, 24)}<br>n = {item.estimate.n}" for item in known_chances]
    drawn = layout(
        title,
        f"chance of a {'higher' if metric.direction is Direction.MAXIMIZE else 'lower'} value, → better",
        "",
        showlegend=False,
        xaxis={"range": [-0.02, 1.02], "tickformat": ".0%"},
        yaxis=tick_axis([-float(index) for index in range(len(known_chances))], names)
        | {"range": [-len(known_chances) + 0.4, 0.6], "showgrid": False, "fixedrange": True},
        shapes=[{"type": "line", "x0": 0.5, "x1": 0.5, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}],
    )
    drawn["shapes"][0]["line"] = {"color": role("muted"), "width": 1, "dash": "dot"}
    if any(item.paired for item in known_chances):
        notes.append(sentences.IMPROVEMENT_NOTE)
    table: dict[str, Column] = {
        "arm": [item.arm.name for item in known_chances],
        "against": [item.against.name for item in known_chances],
        "chance": [item.estimate.value for item in known_chances],
        "low": [item.estimate.interval.low if item.estimate.interval else None for item in known_chances],
        "high": [item.estimate.interval.high if item.estimate.interval else None for item in known_chances],
        "n": [item.estimate.n for item in known_chances],
    }
    return Figure("improvement", title, data, drawn, tuple(notes), table=table)
