"""What a study says, on paper: verdicts, tables, figures and methods, gathered once and rendered in three forms."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from seedspread.analysis.compare import compare_all
from seedspread.analysis.design import tells_sources_apart
from seedspread.analysis.figures import Options, draw
from seedspread.analysis.measured import Measured, arm_view, exclusions, measure
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.figures.kit.sentences import difference_scale, difference_unit, rounded
from seedspread.report import html as report_html
from seedspread.report import text as report_text
from seedspread.report.methods import methods
from seedspread.report.model import ArmLine, ComparisonLine, Report
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.sentences import outcome_words
from seedspread.stats.inference.means import summarise
from seedspread.storage import measured as stored
from seedspread.views.statistics import FamilyView

Format = Literal["html", "markdown", "latex"]

MEDIA_TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
    "latex": "application/x-tex; charset=utf-8",
}
ENDINGS: dict[str, str] = {"html": "html", "markdown": "md", "latex": "tex"}
_HELD = "nothing varies here: as it should be"
_FEW = "too few seeds for a range"
FIGURES = ("curves", "distribution", "differences", "arrival", "best-of-k")


def render(context: Context, study_id: int, form: str = "html") -> str:
    """The report of a study.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such format.
    """
    if form not in get_args(Format):
        raise InvalidInput("format", form, f"one of {', '.join(get_args(Format))}")
    report = gather(context, study_id, with_figures=form == "html")
    if form == "html":
        return report_html.render(report)
    return report_text.markdown(report) if form == "markdown" else report_text.latex(report)


def gather(context: Context, study_id: int, *, with_figures: bool = True) -> Report:
    """Everything a report says of a study, as it stands now.

    Raises:
        NotFound: there is no such study.
    """
    found = measure(context, study_id)
    family = compare_all(context, study_id) if len(found.arms) > 1 else None
    with context.database.reading() as session:
        environments = stored.environments(session, study_id)
    members = family.comparisons if family else []
    return Report(
        title=found.name,
        subtitle=f"Study {study_id}, recipe {found.recipe}",
        made=_moment(context.clock()),
        metric=f"{found.summary} {found.metric.name}",
        sentences=_sentences(context, found, family),
        caveats=list(dict.fromkeys(c.text for one in members for c in one.comparison.comparison.verdict.caveats)),
        arms=[_arm(found, position) for position in range(len(found.arms))],
        comparisons=_comparisons(found, family) if family else [],
        figures=_figures(context, found) if with_figures else [],
        methods=methods(found, environments, family.m if family else 0),
        notes=str(found.spec.notes),
    )


def _moment(now: datetime) -> str:
    return f"{now:%Y-%m-%d %H:%M} UTC"


def _sentences(context: Context, found: Measured, family: FamilyView | None) -> list[str]:
    told = []
    if found.pending:
        told.append(f"{found.pending} runs have not ended yet: this is how the study stands now.")
    if tells_sources_apart(found.arms):
        views = variance(context, found.study_id)
        return told + [f"{view.variant}: {view.sentence}" if len(views) > 1 else view.sentence for view in views]
    if family is not None and family.answers:
        left_out = exclusions([arm_view(found, values) for values in found.values])
        return [*told, *family.answers, *([left_out] if left_out else [])]
    if family is not None:
        return told + [member.comparison.sentence for member in family.comparisons]
    line = _arm(found, 0)
    told.append(f"{line.name}: mean {found.summary} {found.metric.name} {line.mean} ({line.interval}; n = {line.n}).")
    left_out = exclusions([arm_view(found, found.values[0])])
    return [*told, left_out] if left_out else told


def _arm(found: Measured, position: int) -> ArmLine:
    arm, values = found.arms[position], found.values[position]
    summary = summarise(values.sample(), found.spec.rule.level)
    interval = summary.mean_interval if summary.n > 2 else None
    width = interval.width() if interval else None
    excluded = len(values.left_out.excluded)
    ended = ((summary.failures, "failed"), (summary.missing, "missing"), (summary.non_finite, "not finite"))
    parts = (*ended, (summary.cancelled, "cancelled"), (excluded, "excluded"))
    left_out = [f"{count} {what}" for count, what in parts if count]
    return ArmLine(
        name=arm.name,
        differs=", ".join(f"{name} = {value}" for name, value in arm.differs.items()) or "defaults",
        n=str(summary.n),
        mean="–" if summary.mean is None else rounded(summary.mean, width),
        interval=_interval(interval, 1.0) or (_HELD if values.held and summary.constant else summary.reason) or _FEW,
        std="–" if summary.std is None else f"{summary.std:.2g}",
        left_out=", ".join(left_out) or "none",
    )


def _comparisons(found: Measured, family: FamilyView) -> list[ComparisonLine]:
    scale, unit = difference_scale(found.metric), difference_unit(found.metric)
    lines = []
    for member in family.comparisons:
        view, result = member.comparison, member.comparison.comparison
        interval = result.verdict.interval or result.difference.interval
        mean = result.difference.mean
        width = interval.width() * scale if interval else None
        sign = "+" if (mean or 0) > 0 else ""
        lines.append(
            ComparisonLine(
                name=f"{view.b.name} − {view.a.name}",
                difference="–" if mean is None else f"{sign}{rounded(mean * scale, width)} {unit}".strip(),
                interval=_interval(interval, scale) or result.difference.reason or "–",
                p="–" if result.tests[0].p is None else f"{member.p:.2g}",
                corrected="–" if result.tests[0].p is None else f"{member.holm:.2g}",
                verdict=outcome_words(
                    result.verdict.outcome,
                    result.verdict.winner,
                    directed=view.direction is not None and not view.same_variant,
                ),
            )
        )
    return lines


def _interval(interval: Interval | None, scale: float) -> str:
    if interval is None:
        return ""
    width = interval.width() * scale
    return f"{interval.stated_level}: {rounded(interval.low * scale, width)} to {rounded(interval.high * scale, width)}"


def _figures(context: Context, found: Measured) -> list[Figure]:
    names = ("curves", "distribution", "variance") if tells_sources_apart(found.arms) else FIGURES
    drawn = [draw(context, found.study_id, name, Options()) for name in names]
    return [figure for figure in drawn if not figure.empty]
