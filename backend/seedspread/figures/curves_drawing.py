"""Drawing of the curves; the numbers are made in `curves`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seedspread import words
from seedspread.core.recipe import MetricInfo
from seedspread.figures.curves import ArmCurve, Centre
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import arm_role, marker
from seedspread.figures.kit.marks import EXACT, area, at_edge, identities, line
from seedspread.figures.kit.sentences import (
    better,
    counted,
    label,
    left_out_notes,
    metric_words,
    seeds_per_arm,
    sentence,
    value_axis,
)

_MOST_WHOLE_TICKS = 10
_STRIP = 0.14  # share of the height that n gets where it differs between steps


def draw_curves(
    numbers: Sequence[ArmCurve],
    metric: MetricInfo,
    *,
    centre: Centre = "median",
    level: float = 0.95,
    step_name: str = "step",
    log: bool = False,
) -> Figure:
    """Return the figure of the curves; `log` makes the values' axis logarithmic."""
    shown = [curve for curve in numbers if curve.steps.size]
    name = sentence(metric_words(metric.name))
    uneven = _uneven(shown)
    notes = [*(_counts(shown, step_name) if uneven else []), *_notes(numbers, centre, level)]
    if not shown:
        return empty_figure("curves", f"{name} over {step_name}s", "Curves appear as soon as a run reports.", notes)
    title = f"{name} over {step_name}s, {seeds_per_arm([len(curve.arm.series) for curve in shown])}"
    data = [trace for curve in shown for trace in _seed_traces(curve)]
    data += [trace for curve in shown for trace in _arm_traces(curve, centre, step_name)]
    if uneven:
        data += [_count_trace(curve) for curve in shown]
    drawn = _layout(shown, metric, title, step_name, uneven=uneven, log=log)
    return Figure("curves", title, data, drawn, tuple(notes), table=_table(shown))


def _uneven(shown: Sequence[ArmCurve]) -> bool:
    """Return whether n differs between steps.

    Runs ended early or broke, or an arm has fewer steps than another.
    """
    ends = {int(curve.steps[-1]) for curve in shown}
    return len(ends) > 1 or any(np.unique(curve.n).size > 1 for curve in shown)


def _counts(shown: Sequence[ArmCurve], step_name: str) -> list[str]:
    """Describe n of every arm along the steps.

    And where it stops if not all do alike: `n by step: wide 12, up to step 5; …`.
    """
    ends = {int(curve.steps[-1]) for curve in shown}
    text = []
    for curve in shown:
        low, high, end = int(curve.n.min()), int(curve.n.max()), int(curve.steps[-1])
        count = f"{high}" if low == high else f"{low} to {high}"
        # Where an arm stops is no share of where another does: their runs may be of different lengths.
        stop = "" if len(ends) == 1 else f", up to {step_name} {words.count(end)}"
        text.append(f"{curve.arm.name} {count}{stop}")
    return [f"n by {step_name}: {'; '.join(text)}."]


def _seed_traces(curve: ArmCurve) -> list[Trace]:
    lines, arm = curve.lines, curve.arm
    of = np.repeat(np.arange(len(arm.series)), np.diff(lines.starts))
    seeds = line(
        "seeds",
        arm.position,
        lines.steps,
        lines.values,
        line={"width": 1, "dash": "solid", "color": arm_role(arm.position)},
        opacity=float(np.clip(2.2 / np.sqrt(max(len(arm.series), 1)), 0.12, 0.6)),
        customdata=identities(arm.runs[of], arm.seeds[of]),
        hovertemplate=f"seed %{{customdata[1]}}, %{{x}}: %{{y{EXACT}}}<extra>{label(arm.name)}</extra>",
        name=label(arm.name),
        showlegend=False,
    )
    return [seeds]


def _arm_traces(curve: ArmCurve, centre: Centre, step_name: str) -> list[Trace]:
    arm = curve.arm
    band = area("band", arm.position, curve.steps, curve.low, curve.high, legendgroup=f"arm{arm.position}")
    middle = line(
        "centre",
        arm.position,
        curve.steps,
        curve.centre,
        line={"width": 2.5},
        mode="lines+markers",
        marker={"color": arm_role(arm.position), "symbol": marker(arm.position), "size": 7, "maxdisplayed": 8},
        customdata=identities(curve.n, curve.reached),
        hovertemplate=f"{centre} %{{y:.6~g}} at {label(step_name)} %{{x}}"
        f" (n = %{{customdata[0]}} of %{{customdata[1]}})<extra>{label(arm.name)}</extra>",
        name=f"{label(arm.name)} (n = {len(arm.series)})",
    )
    if not curve.broken_runs.size:
        return [band, middle]
    marks = at_edge(
        arm.position,
        curve.broken_steps,
        np.full(curve.broken_runs.size, 0.98),
        curve.broken_runs.size,
        yaxis="y2",
        customdata=identities(curve.broken_runs, curve.broken_seeds),
        hovertemplate=f"seed %{{customdata[1]}} is not finite from {label(step_name)} %{{x}}"
        f"<extra>{label(arm.name)}</extra>",
    )
    return [band, middle, marks]


def _count_trace(curve: ArmCurve) -> Trace:
    arm = curve.arm
    return line(
        "n",
        arm.position,
        curve.steps,
        curve.n,
        line={"width": 1.5, "shape": "hv"},
        yaxis="y3",
        hovertemplate=f"n = %{{y}} at %{{x}}<extra>{label(arm.name)}</extra>",
        showlegend=False,
    )


def _layout(
    shown: Sequence[ArmCurve], metric: MetricInfo, title: str, step_name: str, *, uneven: bool, log: bool
) -> dict[str, Any]:
    constant_n = {int(curve.n[0]) for curve in shown if curve.n.size}
    text = (
        " (strip above: n)"
        if uneven
        else f", n = {' and '.join(str(n) for n in sorted(constant_n))} at every {step_name}"
    )
    domain = [_STRIP + 0.05, 1] if uneven else [0, 1]
    drawn = layout(
        title,
        f"{label(step_name)}{text}",
        value_axis(metric),
        xaxis=_whole_ticks(shown) | ({"anchor": "y3"} if uneven else {}),
        yaxis={"domain": domain, "hoverformat": ".6~g"} | ({"type": "log"} if log else {}),
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        meta={"arms": [_identity(curve) for curve in shown], "better": better(metric)},
    )
    if uneven:
        most = max(int(curve.n.max()) for curve in shown)
        drawn["yaxis3"] = drawn["yaxis"] | {
            "domain": [0, _STRIP],
            # The strip is too low for a title of its own: the steps' axis names it.
            "title": {"text": ""},
            "rangemode": "tozero",
            "tickvals": [0, most],
            "ticktext": ["0", str(most)],
            "fixedrange": True,
            "type": "linear",
        }
    return drawn


def _whole_ticks(shown: Sequence[ArmCurve]) -> dict[str, Any]:
    """Return few steps get a tick each: there is none between two."""
    return {"dtick": 1} if max(int(curve.steps[-1]) for curve in shown) <= _MOST_WHOLE_TICKS else {}


def _identity(curve: ArmCurve) -> dict[str, Any]:
    arm = curve.arm
    return {
        "position": arm.position,
        "name": arm.name,
        "runs": arm.runs.tolist(),
        "seeds": arm.seeds.tolist(),
        "starts": curve.lines.starts.tolist(),
    }


def _notes(numbers: Sequence[ArmCurve], centre: Centre, level: float) -> list[str]:
    if centre == "median":
        notes = ["Line: median of the seeds; band: IQR; diverged seeds count as the worst."]
    else:
        notes = [
            f"Line: mean of the finite values; band: {words.level(level)} CI of the mean (t), for each step alone."
        ]
    for curve in numbers:
        if curve.broken_runs.size:
            text = counted(int(curve.broken_runs.size), "run")
            notes.append(f"{curve.arm.name}: {text} of {len(curve.arm.series)} with values that are not finite (▲).")
    return notes + left_out_notes([curve.arm for curve in numbers])


def _table(shown: Sequence[ArmCurve]) -> dict[str, Column]:
    def joined(name: str) -> Column:
        return np.concatenate([getattr(curve, name) for curve in shown])

    names = [curve.arm.name for curve in shown for _ in range(curve.steps.size)]
    return {"arm": names} | {name: joined(name) for name in ("steps", "n", "reached", "centre", "low", "high")}
