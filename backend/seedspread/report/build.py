"""Gather a study's verdicts, tables, figures and methods for a report.

The report is rendered as HTML, Markdown or LaTeX.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal, get_args

from seedspread import words
from seedspread.analysis import sentences
from seedspread.analysis.compare import compare_all
from seedspread.analysis.design import tells_sources_apart
from seedspread.analysis.figures.draw import FIGURES, Options, draw
from seedspread.analysis.measured import Measured, arm_view, exclusions, measure
from seedspread.analysis.rules import first_seeds, last_look
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.floors.store import FloorStore
from seedspread.report import html as report_html
from seedspread.report import latex as report_latex
from seedspread.report import markdown as report_markdown
from seedspread.report import sentences as notes
from seedspread.report.methods import methods
from seedspread.report.model import Finding, Report, Table
from seedspread.report.tables import arm_row, arm_table, comparison_table
from seedspread.stats.claims import floor_wording
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.inference.means import summarise
from seedspread.storage import measured as stored
from seedspread.summaries import value_of
from seedspread.views.statistics import Answer, FamilyView, caveat_lines

Format = Literal["html", "markdown", "latex"]

MEDIA_TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
    "latex": "application/x-tex; charset=utf-8",
}
ENDINGS: dict[str, str] = {"html": "html", "markdown": "md", "latex": "tex"}


def render(context: Context, study_id: int, form: str = "html") -> str:
    """Return the report of a study.

    Raises:
        NotFound: there is no such study.
        InvalidInput: an unknown format.
    """
    if form not in get_args(Format):
        raise InvalidInput("format", form, f"one of {', '.join(get_args(Format))}")
    report = gather(context, study_id, with_figures=form == "html")
    renderers = {"html": report_html.render, "markdown": report_markdown.render, "latex": report_latex.render}
    return renderers[form](report)


def gather(context: Context, study_id: int, *, with_figures: bool = True) -> Report:
    """Return everything that a report says about a study.

    Raises:
        NotFound: there is no such study.
    """
    measured = measure(context, study_id)
    family = compare_all(context, study_id) if len(measured.arms) > 1 else None
    with context.database.reading() as session:
        environments = stored.environments(session, study_id)
    answers = _answers(context, measured, family)
    ranked = family is not None and family.ranking is not None and not family.answers
    shared = _shared([finding.detail for finding in answers[1 if ranked else 0 :]])
    interim = [sentences.interim(measured.pending)] if measured.pending else []
    # Where the design asks about the spread, comparisons of means and their caveats answer nothing.
    family = None if tells_sources_apart(measured.arms) else family
    views = family.comparisons if family else []
    written = {line for finding in answers for line in (finding.headline, *finding.detail)}
    arms, about_arms = _arms_of_table(measured)
    return Report(
        label=f"study-{study_id}",
        title=measured.name,
        subtitle=f"Study {study_id}, recipe {measured.recipe}",
        made=words.moment(context.clock()),
        metric=value_of(measured.summary, measured.metric.name),
        findings=tuple(
            Finding(finding.headline, tuple(line for line in finding.detail if line not in shared))
            for finding in answers
        ),
        shared=(*interim, *shared, *about_arms, *_floors(context, study_id)),
        caveats=caveat_lines(views),
        tables=(_arm_table(measured, arms), *([comparison_table(family)] if family else [])),
        figures=tuple(_figures(context, measured, written) if with_figures else ()),
        methods=tuple(methods(measured, environments, family)),
        notes=str(measured.spec.notes),
    )


def _answers(context: Context, measured: Measured, family: FamilyView | None) -> list[Finding]:
    if tells_sources_apart(measured.arms):
        views = variance(context, measured.study_id)
        return [_finding(view, view.variant if len(views) > 1 else "") for view in views]
    if family is not None and family.answers:
        left_out = exclusions([arm_view(measured, values) for values in measured.values])
        return [_finding(answer, answer.variant, left_out) for answer in family.answers]
    if family is not None:
        ranking = family.ranking
        first = [] if ranking is None else [Finding(ranking.headline, ranking.detail)]
        return [*first, *(_finding(view) for view in family.comparisons)]
    headline, detail = sentences.one_arm(
        measured.metric.name, summarise(measured.values[0].sample(), measured.spec.rule.level)
    )
    left_out = exclusions([arm_view(measured, measured.values[0])])
    return [Finding(headline, (*detail, *([left_out] if left_out else [])))]


def _finding(answer: Answer, variant: str = "", *more: str) -> Finding:
    headline = f"{words.name(variant)}: {answer.headline}" if variant else answer.headline
    detail = dict.fromkeys((*answer.detail, *(line for line in more if line)))
    return Finding(headline, tuple(detail))


def _floors(context: Context, study_id: int) -> list[str]:
    """Return a sentence for each noise floor kept from the study."""
    return [
        floor_wording.kept_from(
            floor.name,
            floor.origin.removeprefix(f"study {study_id}, "),
            len(floor.values),
            [item.candidate for item in floor.judged if item.looks[-1].state == "better"],
            len(floor.judged),
        )
        for floor in FloorStore(context.database).all(study_id)
    ]


def _shared(details: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the details that every one of several answers has.

    A single answer shares none.
    """
    if len(details) < 2:
        return ()
    return tuple(line for line in details[0] if all(line in detail for detail in details[1:]))


def _arms_of_table(measured: Measured) -> tuple[Sequence[ArmValues], list[str]]:
    """Return the values of the arms' table.

    In an adaptive study these are the values on which its verdicts are based, if those agree.
    """
    looks = {last_look(measured, 0, other) for other in range(1, len(measured.arms))}
    if len(looks) != 1:
        return measured.values, [sentences.looks_differ()] if looks else []
    (n,) = looks
    used = [first_seeds(measured, arm.position, n) for arm in measured.arms]
    later = sum(values.values.size for values in measured.values) - sum(values.values.size for values in used)
    return used, [sentences.later_runs(n, later)] if n is not None and later else []


def _arm_table(measured: Measured, arms: Sequence[ArmValues]) -> Table:
    level = measured.spec.rule.level
    rows = [
        arm_row(
            measured.arms[values.position].name,
            summarise(values.sample(), level),
            ", ".join(f"{name} = {value}" for name, value in measured.arms[values.position].differs.items()),
            metric=measured.metric.name,
            excluded=len(values.left_out.excluded),
        )
        for values in arms
    ]
    note = notes.arms_note(measured.summary, measured.metric.name, measured.metric.direction)
    return arm_table(rows, level, note)


def _figures(context: Context, measured: Measured, written: Collection[str]) -> list[Figure]:
    """Draw the report's figures.

    Notes that the report has `written` already are left out below them.
    """
    design = "sources" if tells_sources_apart(measured.arms) else "means"
    names = [kind.name for kind in FIGURES.values() if design in kind.reports]
    drawn = [draw(context, measured.study_id, name, Options()) for name in names]
    return [
        replace(figure, notes=tuple(note for note in figure.notes if note not in written))
        for figure in drawn
        if not figure.empty
    ]
