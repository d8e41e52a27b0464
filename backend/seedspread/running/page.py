"""Write a study's verdict and figures into its folder.

The page is one HTML file without scripts, and the figure is an SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np

from seedspread import words
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.errors import InvalidInput
from seedspread.figures.curves import curves
from seedspread.figures.curves_drawing import draw_curves
from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import draw_distribution
from seedspread.figures.kit.figure import Figure
from seedspread.figures.pairs.differences import differences, draw_differences
from seedspread.figures.svg.printed import PrintFormat, draw_printed, print_size
from seedspread.figures.svg.svg import draw_svg
from seedspread.recording.files import cannot_write
from seedspread.recording.reader import StudyFolder
from seedspread.recording.records import StudyRecord
from seedspread.report import html as report_html
from seedspread.report.model import Finding as ReportFinding
from seedspread.report.model import Report
from seedspread.report.tables import arm_row, arm_table, comparison_table
from seedspread.running import sentences
from seedspread.running.checks import Finding
from seedspread.running.judge import ArmNumbers, Judgement, rule_of
from seedspread.stats import interim_rule
from seedspread.stats.data.arms import ArmSeries, ArmValues, LeftOut
from seedspread.summaries import logged, named, value_of, value_used

MOST_ARMS = 8
PAGE, DRAWING = "verdict.html", "verdict.svg"
FIGURE_ENDINGS = (".svg", ".pdf", ".png", ".html")


def write_page(folder: StudyFolder, judgement: Judgement, findings: Sequence[Finding]) -> Path:
    """Write `verdict.html` and `verdict.svg`; return the page's path.

    Both go into the study's folder.

    Raises:
        OSError: the folder cannot be written.
    """
    figures = figures_of(folder.study, judgement, folder)
    path = folder.folder / PAGE
    path.write_text(report_html.render(_report(folder.study, judgement, findings, figures)), "utf-8")
    if figures:
        (folder.folder / DRAWING).write_text(draw_svg(figures[0]), "utf-8")
    return path


def check_figure_path(path: Path, width_in: float | None = None, font_pt: float | None = None) -> None:
    """Check that a figure can be written to a path.

    Raises:
        InvalidInput: another ending than .svg, .pdf, .png or .html, a folder that does not exist, or a size out of
            range.
    """
    print_size(width_in, font_pt)
    if path.suffix.lower() not in FIGURE_ENDINGS:
        endings = words.listing(FIGURE_ENDINGS, join="or")
        raise InvalidInput("--figure", str(path), f"a file that ends in {endings}")
    if not path.absolute().parent.is_dir():
        raise InvalidInput("--figure", str(path), "a file in a folder that exists")


def save_figure(
    path: Path,
    study: StudyRecord,
    judgement: Judgement,
    width_in: float | None = None,
    font_pt: float | None = None,
) -> None:
    """Write the verdict's figure.

    An .svg, .pdf or .png shows every seed, an .html file all figures and tables.

    width_in, font_pt: size in print; without them an .svg is drawn for the screen, and the others for a paper's column.

    Raises:
        InvalidInput: another ending than these, or no finite value to draw.
        Unavailable: the file cannot be written, or the library that writes PDF and PNG is missing.
    """
    check_figure_path(path, width_in, font_pt)
    figures = figures_of(study, judgement)
    if not figures:
        raise InvalidInput("--figure", str(path), "numbers that can be drawn")
    ending = path.suffix.lower()
    if ending == ".html":
        content = report_html.render(_report(study, judgement, (), figures)).encode()
    elif ending == ".svg" and width_in is None and font_pt is None:
        content = draw_svg(figures[0]).encode()
    else:
        content = draw_printed(figures[0], cast(PrintFormat, ending[1:]), print_size(width_in, font_pt))
    try:
        path.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error) from error


def figures_of(study: StudyRecord, judgement: Judgement, folder: StudyFolder | None = None) -> list[Figure]:
    """Return the figures of a study.

    These are the distribution, the differences from the baseline, and curves if the runs have series.
    """
    metric = MetricInfo(name=judgement.metric, direction=Direction(study.direction or "maximize"), unit="")
    shown = metric.model_copy(update={"name": named(study.summary, judgement.metric)})
    values = [_values(index, arm) for index, arm in enumerate(judgement.arms[:MOST_ARMS])]
    level = float(study.rule.get("level", 0.95))
    which = value_used(study.summary) if shown == metric else ""
    drawn = [draw_distribution(distribution(values, level), shown, when=which)]
    rule = interim_rule(rule_of(study, max(1, len(judgement.arms) - 1)), judgement.conditions)
    directed = bool(study.direction)
    drawn += [draw_differences(differences(values[0], other, rule), shown, directed=directed) for other in values[1:4]]
    series = _series(folder, judgement) if folder is not None else []
    if any(steps.size > 1 for arm in series for steps, _ in arm.series):
        drawn.append(draw_curves(curves(series, metric.direction, level=level), metric, level=level))
    return [figure for figure in drawn if not figure.empty]


def _values(index: int, arm: ArmNumbers) -> ArmValues:
    pairs = [(seed, value) for seed, value in arm.values.items() if value is not None]
    seeds = np.array([seed for seed, _ in pairs], dtype=np.int64)
    numbers = np.array([value for _, value in pairs], dtype=np.float64)
    return ArmValues(index, arm.name, seeds, seeds, numbers, LeftOut(arm.failures, len(arm.values) - len(pairs)))


def _series(folder: StudyFolder, judgement: Judgement) -> list[ArmSeries]:
    lines, metric = [], logged(judgement.metric)
    counted = folder.counted()
    for index, arm in enumerate(judgement.arms[:MOST_ARMS]):
        runs = [r for r in counted if r.record.arm == arm.name and r.record.seed is not None and r.state == "finished"]
        pairs = [(run, run.series()[metric]) for run in runs if metric in run.series()]
        seeds = np.array([run.record.seed for run, _ in pairs], dtype=np.int64)
        data = []
        for _, series in pairs:
            steps, values = np.array(series.steps), np.array(series.values)
            usable = steps if np.all(np.isfinite(steps)) and np.all(steps == np.rint(steps)) else np.arange(steps.size)
            order = np.argsort(usable, kind="stable")
            data.append((usable[order].astype(np.int64), values[order]))
        lines.append(ArmSeries(index, arm.name, seeds, seeds, data))
    return lines


def _report(study: StudyRecord, judgement: Judgement, findings: Sequence[Finding], figures: list[Figure]) -> Report:
    family = judgement.family
    caveats = [caveat.text for view in (family.comparisons if family else []) for caveat in view.caveats]
    messages = [finding.message for finding in findings]
    records = {arm.name: arm for arm in study.arms}
    seeds = _trained(judgement)
    rows = [
        arm_row(
            summary.arm,
            summary,
            records[summary.arm].arguments if summary.arm in records else "",
            metric=judgement.metric,
        )
        for summary in judgement.summaries
    ]
    caption = sentences.arms_caption(study.summary, judgement.metric)
    arms = arm_table(rows, float(study.rule.get("level", 0.95)), caption)
    return Report(
        label="study",
        title=study.name,
        subtitle=" ".join(study.command) or str(study.origin.get("read", "Recorded by a script")),
        made=words.moment(datetime.now(UTC)),
        metric=value_of(study.summary, judgement.metric),
        findings=tuple(ReportFinding(sentence) for sentence in judgement.sentences),
        shared=(),
        caveats=tuple(dict.fromkeys([*messages, *caveats])),
        tables=(arms, *([comparison_table(family)] if family else [])),
        figures=tuple(figures),
        methods=(sentences.methods(seeds, study.summary, judgement.metric),),
        notes="",
    )


def _trained(judgement: Judgement) -> str:
    """Format the number of seeds trained: `14 seeds`, `12 to 14 seeds`."""
    ended = [len(arm.values) + arm.failures for arm in judgement.arms]
    fewest, most = min(ended), words.counted(max(ended), "seed")
    return most if fewest == max(ended) else f"{words.count(fewest)} to {most}"


def table_rows(judgement: Judgement) -> tuple[list[str], list[list[str]]]:
    """Return the table of arms as headings and one row per arm."""
    heads = ["arm", "n", "mean", "CI", "SD", "left out"]
    return heads, [list(arm_row(summary.arm, summary, metric=judgement.metric)) for summary in judgement.summaries]
