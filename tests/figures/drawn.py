"""What every figure must be, whatever it shows: valid for plotly, free of NaN, in the theme's colours."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit.figure import Figure
from seedspread.stats.data.arms import ArmSeries

ACCURACY = MetricInfo(name="val_accuracy", direction=Direction.MAXIMIZE, unit="share")
LOSS = MetricInfo(name="val_loss", direction=Direction.MINIMIZE)
SERVED = {"scatter", "bar", "box", "heatmap"}


def checked(figure: Figure) -> dict[str, Any]:
    """The figure as it is served, once it holds what all figures promise."""
    text = figure.json().decode()
    served: dict[str, Any] = json.loads(text)
    assert figure.title
    assert {trace["type"] for trace in served["data"]} <= SERVED
    assert all(trace["meta"]["role"] for trace in served["data"])
    for theme in ("light", "dark"):
        coloured = json.loads(figure.themed(theme).json())
        coloured["layout"]["meta"].pop("roles")
        assert "role:" not in json.dumps(coloured)
        go.Figure(data=coloured["data"], layout=coloured["layout"])  # plotly's own validation
    _rows_fill_their_axis(served["layout"])
    lengths = {len(column) for column in figure.table.values()}
    assert len(lengths) <= 1
    return served


def _rows_fill_their_axis(layout: dict[str, Any]) -> None:
    """Every row of an axis of rows is in its range, and none stays empty before the first or after the last."""
    axis = layout.get("yaxis", {})
    rows, ends = axis.get("tickvals"), axis.get("range")
    if rows and ends and axis.get("fixedrange"):
        assert 0 < min(rows) - min(ends) < 1
        assert 0 < max(ends) - max(rows) < 1


def of_role(figure: Figure, role: str) -> list[dict[str, Any]]:
    """The traces of that role."""
    return [trace for trace in figure.data if trace["meta"]["role"] == role]


def arm_series(values: NDArray[np.float64], position: int = 0, name: str = "base") -> ArmSeries:
    """Runs that all logged at steps 1, 2, …; values: shape (runs, steps)."""
    steps = np.arange(1, values.shape[1] + 1)
    ids = np.arange(values.shape[0])
    return ArmSeries(position, name, 100 + ids, ids, [(steps, row) for row in values])
