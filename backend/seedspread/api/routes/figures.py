"""Figures of studies, arms and runs, coloured by the viewer."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from seedspread.analysis.figures.chosen import ArmRef
from seedspread.analysis.figures.draw import FIGURES, Options, describe_option, draw, draw_arms, kind_of
from seedspread.analysis.figures.runs import draw_runs, studies_of
from seedspread.analysis.measured import revision, revisions
from seedspread.api.http.dependencies import MAX_ID, Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.core.study import SummaryValue
from seedspread.errors import MISSING, InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.figures.svg.printed import FONTS_PT, WIDTHS_IN, PrintFormat, draw_printed, print_size
from seedspread.figures.svg.svg import draw_svg
from seedspread.floors.drawing import draw_floor
from seedspread.floors.store import FloorStore
from seedspread.views.numbers import View

router = APIRouter(tags=["figures"])

Metric = Annotated[str | None, Query(max_length=200, description="default: the metric that decides")]
Summary = Annotated[SummaryValue | None, Query(description="last, best or area; default: the one that decides")]
Format = Literal["json", "csv", "svg", "pdf", "png"]
Name = Annotated[
    str,
    Path(max_length=50, description=f"one of {', '.join(FIGURES)}; an ending such as .pdf or .png names the format"),
]


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


class ChoiceView(View):
    """Value of an option, with its label."""

    value: str = Field(examples=["box"])
    label: str = Field(examples=["Box"])


class OptionView(View):
    """Query parameter that changes how a figure is drawn."""

    name: str = Field(examples=["kind"])
    label: str = Field(examples=["Chart type"])
    choices: list[ChoiceView] = Field(description="the first is the default")
    values: Literal["choices", "switch", "parameters"] = Field(
        description="one of the choices; true or false; or the name of a parameter in which the arms differ"
    )


class FigureKindView(View):
    """Figure by its name, with what it needs and offers."""

    name: str = Field(examples=["arrival"])
    title: str = Field(description="a few words for a list", examples=["Difference over seeds"])
    subject: Literal["arms", "pair", "study"] = Field(
        description="any number of arms; two, of which the second is compared with the first; or a whole study"
    )
    fewest_arms: int = Field(description="below this the figure says that it needs more")
    runs: bool = Field(description="whether it also draws single runs")
    options: list[OptionView]
    shown: Literal["always", "on request", "parameters", "never"] = Field(
        description="on a study's page; `parameters`: where its arms differ in parameters"
    )
    reports: list[Literal["means", "sources"]] = Field(description="designs whose reports include it")


@dataclass(frozen=True)
class Question:
    """Options of a request for a figure, beside its subject."""

    metric: str | None
    summary: str | None
    kind: str | None
    centre: str | None
    log: bool
    smooth: str | None
    x: str | None
    parameter: str | None
    theme: Literal["roles", "light", "dark"]
    format: Format
    width_in: float | None = None
    font_pt: float | None = None


def question(
    metric: Metric = None,
    summary: Summary = None,
    kind: Annotated[str | None, Query(max_length=20, description=describe_option("kind"))] = None,
    centre: Annotated[str | None, Query(max_length=20, description=describe_option("centre"))] = None,
    log: Annotated[bool, Query(description=describe_option("log"))] = False,
    smooth: Annotated[str | None, Query(max_length=20, description=describe_option("smooth"))] = None,
    x: Annotated[str | None, Query(max_length=20, description=describe_option("x"))] = None,
    parameter: Annotated[
        str | None, Query(max_length=200, description="of the figure parameter; default: the one that explains most")
    ] = None,
    theme: Annotated[Literal["roles", "light", "dark"], Query(description="colours, or roles of colours")] = "roles",
    format: Annotated[Format, Query(description="the figure, the numbers under it, or a drawing")] = "json",  # noqa: A002
    width_in: Annotated[
        float | None,
        Query(ge=WIDTHS_IN[0], le=WIDTHS_IN[1], description="svg, pdf, png: inches; default 3.3, a paper's column"),
    ] = None,
    font_pt: Annotated[
        float | None, Query(ge=FONTS_PT[0], le=FONTS_PT[1], description="svg, pdf, png: font size; default 8")
    ] = None,
) -> Question:
    """Return the options of a request for a figure."""
    return Question(
        metric, summary, kind, centre, log, smooth, x, parameter, theme, format, width_in=width_in, font_pt=font_pt
    )


Asked = Annotated[Question, Depends(question)]


@router.get("/figures")
def list_figures() -> list[FigureKindView]:
    """List the figures with what each needs and offers."""
    return [
        FigureKindView(
            name=kind.name,
            title=kind.title,
            subject=kind.subject,
            fewest_arms=kind.fewest_arms,
            runs=kind.runs,
            options=[
                OptionView(
                    name=option.name,
                    label=option.label,
                    choices=[ChoiceView(value=choice.value, label=choice.label) for choice in option.choices],
                    values=option.values,
                )
                for option in kind.options
            ],
            shown=kind.shown,
            reports=sorted(kind.reports),
        )
        for kind in FIGURES.values()
    ]


@router.get("/studies/{study_id}/figures/{name}", response_model=FigureView, responses={**responses(404, 422, 503)})
def read_figure(
    ctx: Ctx,
    request: Request,
    study_id: StudyId,
    name: Name,
    how: Asked,
    arms: Annotated[
        str | None, Query(max_length=1000, description="positions of arms, separated by commas; default: the first 8")
    ] = None,
    a: Annotated[int, Query(ge=0, le=1000, description="the arm that is compared with, by position")] = 0,
    b: Annotated[int, Query(ge=0, le=1000, description="the arm that is compared, by position")] = 1,
) -> Response:
    """Draw a figure of a study.

    The response carries an ETag that changes with the study's runs.
    """
    name, how = _form(name, how)
    current = revision(ctx, study_id)
    options = _options(how, arms=_positions(arms), a=a, b=b)

    def drawn() -> Figure:
        return draw(ctx, study_id, name, options, metric=how.metric, summary=how.summary, at=current)

    return _response(request, how, (current,), drawn, f"study-{study_id}-{name}")


@router.get("/figures/{name}", response_model=FigureView, responses={**responses(404, 422, 503)})
def read_figure_of(
    ctx: Ctx,
    request: Request,
    name: Name,
    how: Asked,
    arms: Annotated[
        str | None,
        Query(max_length=10_000, description="arms of any studies as STUDY.POSITION", examples=["6.0,7.2"]),
    ] = None,
    runs: Annotated[str | None, Query(max_length=2000, description="run ids instead of arms: curves alone")] = None,
    floor: Annotated[
        str | None,
        Query(max_length=80, description="a noise floor instead, beside its last candidates: distribution alone"),
    ] = None,
    beside: Annotated[
        str | None,
        Query(max_length=1000, description="arms whose figures stand beside this one: one range, names and colours"),
    ] = None,
    partner: Annotated[bool, Query(description="runs: also the metric of the other split, loss with val_loss")] = False,
) -> Response:
    """Draw a figure of arms, of runs, or of a noise floor.

    Arms may be of any studies. A pair's second arm is compared with the first; the first one's study decides the metric
    and the rule. The response carries an ETag that changes with the runs of every study.
    """
    name, how = _form(name, how)
    if sum(subject is not None for subject in (arms, runs, floor)) != 1:
        raise InvalidInput("arms", MISSING if arms is None else arms, "one of `arms`, `runs` and `floor`")
    if floor is not None:
        stored = FloorStore(ctx.database).load(floor)
        state = (stored.created.isoformat(), *(str(len(judged.looks)) for judged in stored.judged))
        return _response(
            request, how, state, lambda: draw_floor(stored, name, Options(kind=how.kind)), f"floor-{floor}-{name}"
        )
    if runs is not None:
        if not kind_of(name).runs:
            able = ", ".join(kind.name for kind in FIGURES.values() if kind.runs)
            raise InvalidInput("runs", runs, f"one of the figures that draw runs: {able}")
        run_ids = _run_ids(runs)
        tags = revisions(ctx, studies_of(ctx, run_ids))
        return _response(
            request,
            how,
            tags,
            lambda: draw_runs(
                ctx, run_ids, metric=how.metric, partner=partner, log=how.log, smooth=how.smooth, x=how.x
            ),
            f"runs-{name}",
        )
    kind_of(name)
    chosen, shown_beside = _arms(arms or "", "arms"), _arms(beside or "", "beside")
    ids = list(dict.fromkeys(ref.study_id for ref in (*chosen, *shown_beside)))
    current = dict(zip(ids, revisions(ctx, ids), strict=True))

    def drawn() -> Figure:
        options = _options(how)
        return draw_arms(
            ctx, chosen, name, options, beside=shown_beside, metric=how.metric, summary=how.summary, at=current
        )

    return _response(request, how, list(current.values()), drawn, f"arms-{name}")


def _form(name: str, how: Question) -> tuple[str, Question]:
    """Split the format from a figure's name, such as `curves.pdf`."""
    plain, _, ending = name.rpartition(".")
    if not plain or ending not in get_args(Format):
        return name, how
    return plain, replace(how, format=cast(Format, ending))


def _options(how: Question, *, arms: tuple[int, ...] | None = None, a: int = 0, b: int = 1) -> Options:
    return Options(
        arms,
        a,
        b,
        kind=how.kind,
        centre=how.centre,
        log=how.log,
        every_run=how.format == "csv",
        smooth=how.smooth,
        x=how.x,
        parameter=how.parameter,
    )


def _response(
    request: Request, how: Question, revisions_of: Sequence[str], drawn: Callable[[], Figure], file: str
) -> Response:
    tag = _tag(*revisions_of, request.url.path, str(request.url.query))
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    figure = drawn()
    if how.format == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{file}.csv"'
        return Response(table_csv(figure), media_type="text/csv; charset=utf-8", headers=headers)
    theme = "dark" if how.theme == "dark" else "light"
    if how.format == "svg" and how.width_in is None and how.font_pt is None:
        return Response(draw_svg(figure, theme=theme), media_type=_MEDIA["svg"], headers=headers)
    if how.format != "json":
        headers["Content-Disposition"] = f'attachment; filename="{file}.{how.format}"'
        drawn_for_print = draw_printed(figure, how.format, print_size(how.width_in, how.font_pt), theme)
        return Response(drawn_for_print, media_type=_MEDIA[how.format], headers=headers)
    coloured = figure if how.theme == "roles" else figure.themed(how.theme)
    return Response(coloured.json(), media_type="application/json", headers=headers)


_MEDIA: dict[PrintFormat, str] = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}


def table_csv(figure: Figure) -> str:
    """Write a figure's table as CSV.

    Numbers that are not finite become nan and inf.
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


_REF = re.compile(r"([0-9]{1,16})\.([0-9]{1,5})", re.ASCII)


def _arms(text: str, field: str) -> tuple[ArmRef, ...]:
    refs = []
    for part in filter(None, text.split(",")):
        match = _REF.fullmatch(part.strip())
        if match is None or not 1 <= int(match[1]) <= MAX_ID:
            raise InvalidInput(field, text, "arms as STUDY.POSITION separated by commas, such as 6.0,7.2")
        refs.append(ArmRef(int(match[1]), int(match[2])))
    if field == "arms" and not refs:
        raise InvalidInput(field, text, "arms as STUDY.POSITION separated by commas, such as 6.0,7.2")
    return tuple(dict.fromkeys(refs))


def _run_ids(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and 0 < int(part) <= MAX_ID for part in parts):
        raise InvalidInput("runs", text, "run ids separated by commas, such as 5,8")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _tag(*question: str) -> str:
    return f'"{hashlib.sha256(chr(0).join(question).encode()).hexdigest()[:24]}"'
