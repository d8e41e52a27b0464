"""Data of a report, ready for any format."""

from __future__ import annotations

from dataclasses import dataclass

from seedspread.figures.kit.figure import Figure


@dataclass(frozen=True)
class Finding:
    """Answer of the report: the sentence to quote, and its details."""

    headline: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Table, every number already formatted.

    `name` is part of its label ("arms"). `shares` are the columns' shares of the text width, at most 1 in all.
    """

    name: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """Study ready to be put on paper.

    `label` names the report among others, in letters that LaTeX labels may have (`study-12`). `shared` are details that
    every answer has, written once.
    """

    label: str
    title: str
    subtitle: str
    made: str
    metric: str
    findings: tuple[Finding, ...]
    shared: tuple[str, ...]
    caveats: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    methods: tuple[str, ...]
    notes: str
