"""Outcome of a comparison: sentences, numbers, figures, notebook display."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.figures.svg.svg import draw_svg
from seedspread.recording.reader import StudyFolder
from seedspread.recording.records import StudyRecord
from seedspread.running.checks import Finding
from seedspread.running.judge import Judgement, check_assertion
from seedspread.running.page import figures_of, table_rows


class Outcome:
    """Verdict on arms of numbers.

    Notebooks display it as sentence, figure and table. judgement: numbers and comparison. findings: what weakens the
    verdict.
    """

    def __init__(
        self,
        study: StudyRecord,
        judgement: Judgement,
        findings: Sequence[Finding] = (),
        folder: StudyFolder | None = None,
    ) -> None:
        self.study, self.judgement = study, judgement
        self.findings = tuple(findings)
        self._folder = folder

    @property
    def sentence(self) -> str:
        """Return the verdict as text.

        It has a sentence for every arm beside the baseline.
        """
        return " ".join(self.judgement.sentences)

    @property
    def state(self) -> str:
        """Return the state of the first comparison, such as "better".

        States are better, equivalent, undecided and cannot_be_judged; it is empty for a single arm.
        """
        family = self.judgement.family
        if family is None:
            return "cannot_be_judged" if self.judgement.never_ran else ""
        return family.comparisons[0].state or ""

    @property
    def winner(self) -> str | None:
        """Name of the better arm of the first comparison, or None."""
        family = self.judgement.family
        return None if family is None else family.comparisons[0].winner

    def holds(self, claim: str) -> bool:
        """Return True if a claim such as `wide >= base` holds.

        Raises:
            InvalidInput: the claim is malformed, or the numbers leave it undecided.
        """
        result = check_assertion(claim, self.judgement.arms, self.study, self.judgement.conditions.metrics)
        if result.answer in {"undecided", "broken"}:
            raise InvalidInput("claim", claim, "a claim that the numbers decide", hint=result.sentence)
        return result.answer == "holds"

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per run with arm, seed and value.

        The value is None for a run that ended without the metric.
        """
        name = self.judgement.metric
        return [
            {"arm": arm.name, "seed": seed, name: value}
            for arm in self.judgement.arms
            for seed, value in arm.values.items()
        ]

    def frame(self) -> Any:
        """Return the rows as a DataFrame.

        It is a pandas DataFrame, or a polars one if pandas is not installed.

        Raises:
            InvalidInput: neither is installed.
        """
        rows = self.rows()
        try:
            import pandas
        except ImportError:
            try:
                import polars
            except ImportError:
                hint = "rows() gives the same as a list of dictionaries"
                raise InvalidInput("frame", "pandas", "pandas or polars, which is not installed", hint=hint) from None
            return polars.DataFrame(rows)
        return pandas.DataFrame(rows)

    def figures(self) -> list[Figure]:
        """Return the figures in Seedspread's own form."""
        return figures_of(self.study, self.judgement, self._folder)

    def figure(self, name: str = "distribution") -> Any:
        """Return a figure as a plotly `go.Figure`.

        Figures are "distribution", "differences" and "curves".

        Raises:
            InvalidInput: there is no such figure.
        """
        figures = self.figures()
        match = next((figure for figure in figures if figure.name == name), None)
        if match is None:
            raise InvalidInput("name", name, f"one of {', '.join(figure.name for figure in figures)}")
        import plotly.graph_objects as go

        themed = match.themed("light")
        return go.Figure(data=themed.data, layout={**themed.layout, "title": {"text": themed.title}})

    def __str__(self) -> str:
        return self.sentence

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the HTML display for notebooks."""
        parts = [f"<p><strong>{html.escape(self.sentence)}</strong></p>"]
        parts += [f"<p>{html.escape(finding.message)}</p>" for finding in self.findings]
        parts += [draw_svg(figure, 640, 300) for figure in self.figures()[:2]]
        heads, rows = table_rows(self.judgement)
        cells = "".join(f"<th>{html.escape(head)}</th>" for head in heads)
        lines = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        parts.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>")
        return f"<div>{''.join(parts)}</div>"
