"""Reports and data of a study, as files."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from seedspread.analysis.rules import note_shown
from seedspread.api.http.dependencies import Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import encode
from seedspread.api.http.page import STATIC
from seedspread.observe import export as export_data
from seedspread.observe.share import shared_study
from seedspread.report import build as report
from seedspread.report import explore

router = APIRouter(tags=["reports"])


@router.get("/studies/{study_id}/report", response_class=Response, responses={**responses(404, 422, 503)})
def read_report(
    ctx: Ctx,
    study_id: StudyId,
    format: Annotated[  # noqa: A002
        Literal["html", "markdown", "latex"], Query(description="one self-contained file, or text to paste")
    ] = "html",
    download: Annotated[bool, Query(description="as a file to keep instead of a page to show")] = False,
) -> Response:
    """Write the report of a study.

    The report has verdicts, tables, figures and methods, and lists what was left out and why.
    """
    headers = {"Content-Disposition": f'attachment; filename="study-{study_id}.{report.ENDINGS[format]}"'}
    text = report.render(ctx, study_id, format)
    note_shown(ctx, study_id)
    return Response(text, media_type=report.MEDIA_TYPES[format], headers=headers if download else None)


@router.get("/studies/{study_id}/explorer", response_class=Response, responses={**responses(404, 503)})
def read_explorer(ctx: Ctx, study_id: StudyId) -> Response:
    """Write a study as one HTML file to explore.

    It needs no service. It holds every run, the curves and the answer; one filters, hovers and switches the metric
    in it.
    """
    study = shared_study(ctx, study_id)
    note_shown(ctx, study_id)
    text = explore.page(study["name"], encode(study), STATIC / "explorer")
    headers = {"Content-Disposition": f'attachment; filename="study-{study_id}-explorer.html"'}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/studies/{study_id}/data", response_class=Response, responses={**responses(404, 422, 503)})
def read_data(
    ctx: Ctx,
    study_id: StudyId,
    format: Annotated[Literal["csv", "json", "parquet"], Query()] = "csv",  # noqa: A002
    what: Annotated[
        Literal["runs", "series", "usage"], Query(description="a row a run, a point, or a sample of resources used")
    ] = "runs",
) -> Response:
    """Export a study's runs, series or resource usage as a table.

    The table has a row per run with every metric's last and best value and its area, a row per point of every series,
    or a row per sample of CPU, memory, disk and GPU.
    """
    content = export_data.export_data(ctx, study_id, format, what)
    headers = {"Content-Disposition": f'attachment; filename="study-{study_id}-{what}.{format}"'}
    return Response(content, media_type=export_data.MEDIA_TYPES[format], headers=headers)
