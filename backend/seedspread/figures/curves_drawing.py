"""Draw curves of arms and of single runs.

The numbers are made in `curves`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import words
from seedspread.core.recipe import MetricInfo
from seedspread.figures.curves import VERTICES, ArmCurve, Centre, RunLine
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import arm_role, dash, marker
from seedspread.figures.kit.marks import (
    EXACT,
    HOVER,
    area,
    around,
    at_edge,
    identities,
    kept,
    line,
    robust_range,
    share_axis,
    within_share,
)
from seedspread.figures.kit.sentences import (
    better,
    counted,
    label,
    left_out_notes,
    log_hides,
    log_impossible,
    metric_words,
    range_leaves_out,
    seeds_per_arm,
    sentence,
    value_axis,
)

_MOST_WHOLE_TICKS = 10  # up to here every epoch has room for a tick; above, plotly chooses
_STRIP = 0.14  # share of the height that n gets where it differs between steps


def draw_curves(
    numbers: Sequence[ArmCurve],
    metric: MetricInfo,
    *,
    centre: Centre = "median",
    level: float = 0.95,
    step_name: str = "step",
    log: bool = False,
    span: tuple[float, float] | None = None,
    every_run: bool = False,
    more_notes: Sequence[str] = (),
) -> Figure:
    """Return the figure of the curves; `log` makes the values' axis logarithmic.

    span: range of the values' axis, shared with other figures; None for that of the curves. every_run: the table has a
    row for each value of each run instead of a row for each drawn step. more_notes: how the curves were changed.
    """
    visible = [curve for curve in numbers if curve.steps.size]
    name = sentence(metric_words(metric.name))
    uneven = _uneven(visible)
    values = np.concatenate([np.empty(0), *(curve.lines.values for curve in visible)])
    axis, axis_notes = value_range(values, metric, log=log, shared=span is not None)
    notes = [
        *axis_notes,
        *more_notes,
        *(_counts(visible, step_name) if uneven else []),
        *_notes(numbers, centre, level),
    ]
    if not visible:
        left_out = [*more_notes, *left_out_notes([curve.arm for curve in numbers])]
        return empty_figure("curves", f"{name} over {step_name}s", sentences.CURVES_AFTER_REPORT, left_out)
    title = f"{name} over {step_name}s, {_seeds(visible)}"
    data = [trace for curve in visible for trace in _seed_traces(curve)]
    data += [trace for curve in visible for trace in _arm_traces(curve, centre, step_name)]
    if uneven:
        data += [_count_trace(curve) for curve in visible]
    drawn = _layout(visible, metric, title, step_name, uneven=uneven, axis=axis)
    if span is not None:
        drawn["yaxis"]["range"] = list(span)
    return Figure(
        "curves", title, data, drawn, tuple(notes), table=_every_value(visible) if every_run else _table(visible)
    )


def value_range(
    values: NDArray[np.float64], metric: MetricInfo, *, log: bool, shared: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Return the values' axis, and notes on what it leaves out.

    shared: the range is that of several figures. A logarithmic axis without any positive value stays linear.
    """
    finite = values[np.isfinite(values)]
    if log and (finite.size == 0 or finite.max() > 0):
        hidden = int(np.count_nonzero(finite <= 0))
        decades = np.log10(finite[finite > 0]) if finite.size else np.zeros(1)
        wide = float(np.ptp(decades))
        # Ticks at 2 and 5 have room within some decades, at every digit within less than one.
        ticks: dict[str, Any] = (
            {"dtick": max(1, round(wide / 6))} if wide > 2.5 else {"dtick": "D2"} if wide > 0.7 else {}
        )
        return {"type": "log"} | ticks, [log_hides(hidden)] if hidden else []
    notes = [log_impossible()] if log else []
    robust = None if shared else robust_range(finite)
    if robust is not None:
        return {"range": list(robust)}, [*notes, range_leaves_out(float(finite.min()), float(finite.max()), robust)]
    return share_axis(metric, finite), notes


def _seeds(visible: Sequence[ArmCurve]) -> str:
    """Count the seeds of ended runs, then the runs in progress."""
    ended, running = [curve.arm.ended for curve in visible], sum(curve.arm.running for curve in visible)
    seeds = seeds_per_arm(ended) if any(ended) else sentences.NO_RUN_FINISHED
    return seeds + (f", {words.count(running)} running" if running else "")


def _uneven(visible: Sequence[ArmCurve]) -> bool:
    """Return whether n differs between steps.

    It does if runs ended early or diverged, or if an arm has fewer steps than another.
    """
    ends = {int(curve.steps[-1]) for curve in visible}
    return len(ends) > 1 or any(np.unique(curve.n).size > 1 for curve in visible)


def _counts(visible: Sequence[ArmCurve], step_name: str) -> list[str]:
    """Describe n of every arm along the steps.

    An example is `n by step: wide 12, up to step 5; …`. The last step of an arm is given if arms have different ones.
    """
    ends = {int(curve.steps[-1]) for curve in visible}
    text = []
    for curve in visible:
        low, high, end = int(curve.n.min()), int(curve.n.max()), int(curve.steps[-1])
        count = f"{high}" if low == high else f"{low} to {high}"
        # Where an arm stops is no share of where another does: their runs may be of different lengths.
        stop = "" if len(ends) == 1 else f", up to {step_name} {words.count(end)}"
        text.append(f"{words.name(curve.arm.name)} {count}{stop}")
    return [f"n by {step_name}: {'; '.join(text)}."]


def _seed_traces(curve: ArmCurve) -> list[Trace]:
    lines, arm = curve.lines, curve.arm
    of = np.repeat(lines.runs, np.diff(lines.starts))
    seeds = line(
        "seeds",
        arm.position,
        lines.steps,
        lines.values,
        line={"width": 1, "dash": "solid", "color": arm_role(arm.position)},
        opacity=min(0.6, 2.2 / max(lines.runs.size, 1) ** 0.5),
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
        hovertemplate=f"{centre} %{{y{EXACT}}} at {label(step_name)} %{{x}}"
        f" (n = %{{customdata[0]}} of %{{customdata[1]}})<extra>{label(arm.name)}</extra>",
        name=f"{label(arm.name)} (n = {arm.ended}{f', {arm.running} running' if arm.running else ''})",
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
        hovertemplate=sentences.broken_hover(arm.name, step_name),
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
    visible: Sequence[ArmCurve], metric: MetricInfo, title: str, step_name: str, *, uneven: bool, axis: dict[str, Any]
) -> dict[str, Any]:
    constant_n = {int(curve.n[0]) for curve in visible if curve.n.size}
    text = " (strip above: n)" if uneven else f", {sentences.n_at_every_step(constant_n, step_name)}"
    domain = [_STRIP + 0.05, 1] if uneven else [0, 1]
    drawn = layout(
        title,
        f"{label(step_name)}{text}",
        value_axis(metric),
        xaxis=_steps_axis([curve.steps for curve in visible]) | ({"anchor": "y3"} if uneven else {}),
        yaxis={"domain": domain, "hoverformat": HOVER} | axis,
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        meta={"arms": [_identity(curve) for curve in visible], "better": better(metric)},
    )
    if uneven:
        most = max(int(curve.n.max()) for curve in visible)
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
        # The strip counts runs: what holds for the values' axis does not for it.
        for key in ("range", "autorangeoptions", "dtick"):
            drawn["yaxis3"].pop(key, None)
    return drawn


def _steps_axis(steps: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """Return range and ticks of the steps' axis.

    Each of few whole steps has a tick; a step alone stands in the middle.
    """
    ends = {float(at) for along in steps for at in along[[0, -1]]}
    if len(ends) == 1:  # plotly's own range of it would reach from one below to one above
        at = ends.pop()
        return {"range": [at - 0.5, at + 0.5], "tickvals": [at], "ticktext": [words.exact(at)]}
    integers = all(along.dtype.kind in "iu" for along in steps)
    return {"dtick": 1} if integers and max(ends) <= _MOST_WHOLE_TICKS else {}


def _identity(curve: ArmCurve) -> dict[str, Any]:
    arm = curve.arm
    return {
        "position": arm.position,
        "name": arm.name,
        "runs": arm.runs[curve.lines.runs].tolist(),
        "seeds": arm.seeds[curve.lines.runs].tolist(),
        "starts": curve.lines.starts.tolist(),
    }


def _notes(numbers: Sequence[ArmCurve], centre: Centre, level: float) -> list[str]:
    notes = [sentences.MEDIAN_CURVE_NOTE] if centre == "median" else [sentences.mean_curve_note(level)]
    drawn, total = sum(curve.lines.runs.size for curve in numbers), sum(len(curve.arm.series) for curve in numbers)
    if drawn < total:
        live = any(curve.arm.planned is not None for curve in numbers)
        notes.insert(0, sentences.some_curves_note(drawn, total, centre, live=live))
    for curve in numbers:
        if curve.broken_runs.size:
            broken, total = int(curve.broken_runs.size), len(curve.arm.series)
            notes.append(sentences.not_finite_curves_note(curve.arm.name, broken, total))
    return notes + left_out_notes([curve.arm for curve in numbers])


def _table(visible: Sequence[ArmCurve]) -> dict[str, Column]:
    def joined(name: str) -> Column:
        return np.concatenate([getattr(curve, name) for curve in visible])

    names = [curve.arm.name for curve in visible for _ in range(curve.steps.size)]
    return {"arm": names} | {name: joined(name) for name in ("steps", "n", "reached", "centre", "low", "high")}


def _every_value(visible: Sequence[ArmCurve]) -> dict[str, Column]:
    """Return a row for each value of each run.

    Beside it stand its arm's centre and band at that step, NaN at steps that are not drawn.
    """
    parts: dict[str, list[NDArray[Any]]] = defaultdict(list)
    names: list[str] = []
    for curve in visible:
        arm = curve.arm
        for run, seed, (steps, values) in zip(arm.runs, arm.seeds, arm.series, strict=True):
            names += [arm.name] * steps.size
            drawn = np.searchsorted(curve.steps, steps).clip(max=curve.steps.size - 1)
            apart = curve.steps[drawn] != steps
            parts["run"].append(np.full(steps.size, run))
            parts["seed"].append(np.full(steps.size, seed))
            parts["step"].append(steps)
            parts["value"].append(values)
            for name in ("n", "centre", "low", "high"):
                column = getattr(curve, name)[drawn].astype(np.float64)
                column[apart] = np.nan
                parts[name].append(column)
    table: dict[str, Column] = {"arm": names}
    return table | {name: np.concatenate(columns) for name, columns in parts.items()}


def curves_range(numbers: Sequence[ArmCurve], metric: MetricInfo, *, log: bool = False) -> tuple[float, float] | None:
    """Return the range of values of curves that stand beside each other.

    None without any value.

    log: as plotly takes it on a logarithmic axis, in powers of ten.
    """
    parts = [part for curve in numbers for part in (curve.lines.values, curve.centre, curve.low, curve.high)]
    values = np.concatenate([np.empty(0), *parts])
    if log:
        return around(np.log10(values[values > 0]))
    span = around(values)
    return None if span is None else within_share(metric, values, span)


_MOST_MARKED = 60
"""Steps of a run up to which each of them is marked."""


def draw_run_curves(
    lines: Sequence[RunLine],
    metric: MetricInfo,
    *,
    runs: int = 1,
    step_name: str = "step",
    log: bool = False,
    more_notes: Sequence[str] = (),
) -> Figure:
    """Return the figure of single runs, a line each.

    Several runs differ in colour by arm and in dash within an arm; of one run, training is dotted and hollow beside
    its validation.

    runs: number of runs that were asked for, of which some may have reported nothing. more_notes: how the curves were
    changed.
    """
    drawn = list(dict.fromkeys(item.metric for item in lines)) or [metric.name]
    title = f"{sentence(words.listing([metric_words(name) for name in drawn]))} over {step_name}s"
    if runs > 1:
        title = f"{title}, {counted(runs, 'run')}"
    if not lines:
        return empty_figure("run-curves", title, f"No run reported {metric.name}.")
    points = max(4, VERTICES // len(lines))
    order: Counter[int] = Counter()
    data = []
    for line_of in lines:
        at = order[line_of.position]
        data.append(_run_trace(line_of, points, at, step_name, single=runs == 1, alone=len(drawn) == 1))
        order[line_of.position] += 1
    axis, notes = value_range(np.concatenate([item.values for item in lines]), metric, log=log)
    notes += [*more_notes, *_broken_notes(lines, step_name, runs)]
    shape = layout(
        title,
        label(step_name),
        value_axis(metric.model_copy(update={"name": min(drawn, key=len)})),
        showlegend=len(lines) > 1,
        xaxis=_steps_axis([item.steps for item in lines]),
        yaxis={"hoverformat": HOVER} | axis,
    )
    return Figure("run-curves", title, data, shape, tuple(notes), table=_run_table(lines))


def _run_trace(line_of: RunLine, points: int, order: int, step_name: str, *, single: bool, alone: bool) -> Trace:
    visible = kept(line_of.values[None, :], points)[0]
    filled = not single or alone or line_of.metric.startswith("val_")
    name = label(line_of.metric if single else line_of.name, 40)
    return line(
        "runs",
        line_of.position,
        line_of.steps[visible],
        line_of.values[visible],
        line={"dash": dash(order) if not single else "solid" if filled else "dot"},
        mode="lines+markers" if visible.size <= _MOST_MARKED else "lines",
        marker={
            "color": arm_role(line_of.position),
            "size": 5,
            "symbol": marker(line_of.position) if not single else "circle" if filled else "circle-open",
        },
        customdata=identities(np.full(visible.size, line_of.run)),
        hovertemplate=f"{label(step_name)} %{{x}}: %{{y{EXACT}}}<extra>{name}</extra>",
        name=name,
    )


def _broken_notes(lines: Sequence[RunLine], step_name: str, runs: int) -> list[str]:
    notes = []
    for line_of in lines:
        broken = ~np.isfinite(line_of.values)
        if broken.any():
            name = line_of.metric if runs == 1 else line_of.name
            first = float(line_of.steps[np.argmax(broken)])
            count, total = int(broken.sum()), line_of.values.size
            notes.append(sentences.not_finite_steps_note(name, count, total, step_name, first))
    return notes


def _run_table(lines: Sequence[RunLine]) -> dict[str, Column]:
    sizes = [line_of.steps.size for line_of in lines]
    return {
        "run": np.repeat([line_of.run for line_of in lines], sizes),
        "metric": np.repeat(np.array([line_of.metric for line_of in lines], dtype=object), sizes),
        "step": np.concatenate([line_of.steps for line_of in lines]),
        "value": np.concatenate([line_of.values for line_of in lines]),
    }
