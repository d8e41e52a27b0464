"""Figures of a study, drawn here and coloured by the viewer."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from seedspread.analysis.figures import DRAWINGS, Options, draw
from seedspread.analysis.measured import revision
from seedspread.api.http.dependencies import Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.figures.svg.svg import draw_svg
from seedspread.views.numbers import View

router = APIRouter(tags=["figures"])

Metric = Annotated[str | None, Query(max_length=200, description="default: the metric that decides")]
Summary = Annotated[Literal["last", "best"] | None, Query(description="default: the one that decides")]


class FigureView(View):
    """Figure in plotly's form, with its title and notes."""

    name: str = Field(examples=["distribution"])
    title: str = Field(examples=["Validation accuracy over 20 seeds per arm, last epoch"])
    notes: list[str] = Field(description="n, what was left out and why, how to read the bands")
    empty: bool = Field(description="whether there is nothing to draw yet; the figure then says what will be here")
    data: list[dict[str, Any]] = Field(description="plotly traces: scatter, bar, box; long arrays as typed bytes")
    layout: dict[str, Any] = Field(
        description="plotly layout; colours are roles (`role:text`, `role:arm0/0.2`), defaults in `meta.roles`"
    )


@router.get("/studies/{study_id}/figures/{name}", response_model=FigureView, responses={**responses(404, 422, 503)})
def read_figure(
    ctx: Ctx,
    request: Request,
    study_id: StudyId,
    name: Annotated[str, Path(max_length=50, description=f"one of {', '.join(DRAWINGS)}")],
    metric: Metric = None,
    summary: Summary = None,
    arms: Annotated[
        str | None, Query(max_length=1000, description="positions of arms, separated by commas; default: the first 8")
    ] = None,
    a: Annotated[int, Query(ge=0, le=1000, description="the arm that is compared with, by position")] = 0,
    b: Annotated[int, Query(ge=0, le=1000, description="the arm that is compared, by position")] = 1,
    kind: Annotated[
        str | None,
        Query(max_length=20, description="distribution: box, violin, points, ecdf; differences: dots, slopes"),
    ] = None,
    centre: Annotated[Literal["median", "mean"], Query(description="curves: what the thick line is")] = "median",
    log: Annotated[bool, Query(description="curves: a logarithmic axis")] = False,
    theme: Annotated[Literal["roles", "light", "dark"], Query(description="colours, or roles of colours")] = "roles",
    format: Annotated[Literal["json", "csv", "svg"], Query(description="the figure, or the numbers under it")] = "json",  # noqa: A002
) -> Response:
    """Draw a figure of a study.

    The response carries an ETag that changes with the study's runs.
    """
    tag = _tag(revision(ctx, study_id), str(request.url.query), name)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    options = Options(_positions(arms), a, b, kind, centre, log)
    figure = draw(ctx, study_id, name, options, metric=metric, summary=summary)
    if format == "csv":
        headers["Content-Disposition"] = f'attachment; filename="study-{study_id}-{name}.csv"'
        return Response(table_csv(figure), media_type="text/csv; charset=utf-8", headers=headers)
    if format == "svg":
        drawn = draw_svg(figure, theme="dark" if theme == "dark" else "light")
        return Response(drawn, media_type="image/svg+xml", headers=headers)
    coloured = figure if theme == "roles" else figure.themed(theme)
    return Response(coloured.json(), media_type="application/json", headers=headers)


def table_csv(figure: Figure) -> str:
    """Write a figure's table as CSV.

    Numbers that are not finite are nan and inf.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(figure.table)
    columns: list[Sequence[Any]] = [getattr(column, "tolist", lambda c=column: c)() for column in figure.table.values()]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _positions(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return None
    parts = text.split(",")
    if not all(part.strip().isdecimal() and len(part) < 6 for part in parts):
        raise InvalidInput("arms", text, "positions of arms separated by commas, such as 0,2")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _tag(revision: str, *question: str) -> str:
    text = "\x00".join((revision, *question))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
