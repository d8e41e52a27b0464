"""Numbers of a study for a file to explore."""

from __future__ import annotations

from typing import Any

from seedspread import words
from seedspread.analysis.compare import compare_all
from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.observe import runs, studies
from seedspread.observe.summary import ended_statement
from seedspread.views.studies import StudyDetail

MOST_POINTS = 400_000
"""Points of all curves in one file; longer series are thinned."""
FEWEST_POINTS = 20  # below, a curve no longer shows its shape


def shared_study(context: Context, study_id: int) -> dict[str, Any]:
    """Return the answer, every run and all curves of a study.

    Raises:
        NotFound: there is no such study.
    """
    detail = studies.study(context, study_id)
    columns = runs.compact(context, study_id)
    measured = measure(context, study_id)
    at_most = max(FEWEST_POINTS, MOST_POINTS // max(1, columns["total"] * len(detail.metrics)))
    series = {name: _series(context, study_id, name, at_most) for name in columns["metrics"]}
    longest = max((len(steps) for curves in series.values() for steps in curves["steps"]), default=0)
    return {
        "name": detail.name,
        "made": f"study {study_id}, {words.moment(context.clock())}",
        "recipe": detail.recipe,
        **_answer(context, detail),
        "metric": detail.metric,
        "summary": detail.summary,
        "step_name": measured.step_name,
        "metrics": detail.metrics,
        "arms": [
            {"position": arm.position, "name": arm.name, "parameters": measured.arms[arm.position].parameters}
            for arm in detail.arms
        ],
        "columns": columns,
        "series": series,
        "thinned": at_most if longest >= at_most else None,
    }


def _series(context: Context, study_id: int, metric: str, at_most: int) -> dict[str, Any]:
    curves = runs.series_of_study(context, study_id, metric, max_points=at_most)
    return {name: curves[name] for name in ("run_ids", "steps", "values")}


def _answer(context: Context, detail: StudyDetail) -> dict[str, Any]:
    statement = ended_statement(context, measure(context, detail.id))
    if len(detail.arms) < 2:
        return {"headline": statement.headline, "state": None, "detail": [], "caveats": []}
    family = compare_all(context, detail.id)
    two = len(detail.arms) == 2 or bool(family.answers)
    return {
        "headline": family.headline if two else statement.headline,
        "state": family.state if two else None,
        "detail": list(family.detail) if two else [],
        "caveats": list(dict.fromkeys(caveat.text for view in family.comparisons for caveat in view.caveats)),
    }
