"""Data of a report, ready for any format."""

from __future__ import annotations

from dataclasses import dataclass

from seedspread.figures.kit.figure import Figure


@dataclass(frozen=True)
class ArmLine:
    """An arm in the report's table, every number already in words."""

    name: str
    differs: str
    n: str
    mean: str
    interval: str
    std: str
    left_out: str


@dataclass(frozen=True)
class ComparisonLine:
    """A comparison with the first arm, every number already in words."""

    name: str
    difference: str
    interval: str
    p: str
    corrected: str
    verdict: str


@dataclass(frozen=True)
class Report:
    """A study ready to be put on paper."""

    title: str
    subtitle: str
    made: str
    metric: str
    sentences: list[str]
    caveats: list[str]
    arms: list[ArmLine]
    comparisons: list[ComparisonLine]
    figures: list[Figure]
    methods: list[str]
    notes: str
