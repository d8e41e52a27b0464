"""Views of data: built-in data sets of recipes, and files."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from seedspread.views.numbers import View

FileState = Literal["same", "changed", "missing", "unchecked"]


class StudyRef(View):
    """Study by its name."""

    id: int
    name: str


class UsedView(View):
    """Studies that trained on some data."""

    studies: list[StudyRef] = Field(description="the newest ones first, at most 20")
    study_count: int
    runs: int = Field(description="runs of these studies' arms, replays left out")


class ClassView(View):
    """Class of a data file."""

    name: str
    examples: int


class ArrayView(View):
    """Array of a data file."""

    name: str
    type: str = Field(examples=["float32"])
    shape: list[int]


class ContentsView(View):
    """Contents of a data file."""

    examples: int | None = Field(description="rows or texts; null for a file of arrays")
    features: int | None = Field(description="columns beside the class; null for texts and arrays")
    classes: list[ClassView] = Field(description="in the order that trainings number them, at most 50")
    class_count: int
    arrays: list[ArrayView] = Field(description="for a file of arrays")


class BuiltInView(View):
    """Data that a recipe brings along."""

    recipe: str
    parameter: str | None = Field(description="the parameter that names it; null where the recipe has only this data")
    name: str | None = Field(description="what the parameter has to be; null where there is nothing to choose")
    default: bool = Field(description="whether the recipe trains on it unless told otherwise")
    kind: str | None = Field(description="the kind of file that may stand in its place", examples=["table"])
    used: UsedView


class DataFileView(View):
    """File that a study trained on, as it was then.

    Each path and digest has one entry.
    """

    path: str
    sha256: str
    size_bytes: int
    kind: str = Field(examples=["table"])
    target: str = Field(description="for a table, the column of the class; empty for the last one")
    recipes: list[str]
    last_used: datetime = Field(description="when the newest of its studies was submitted")
    state: FileState = Field(description="`unchecked` where it is large and its size is still the same")
    sentence: str = Field(description="the state in a sentence, and what follows from it")
    contents: ContentsView | None = Field(description="null unless the file is the same, and small enough to be read")
    used: UsedView


class DatasetsView(View):
    """Bundled data sets, and the files that studies trained on."""

    built_in: list[BuiltInView]
    files: list[DataFileView] = Field(description="the ones used last first")


class TakesView(View):
    """Recipe's parameter that takes a file."""

    recipe: str
    parameter: str


class CheckedFile(View):
    """Readable file: its contents, fitting recipes, and earlier use."""

    path: str = Field(description="absolute")
    kind: str
    sha256: str
    size_bytes: int
    contents: ContentsView
    takes: list[TakesView] = Field(description="recipes that train on files of this kind")
    same: list[StudyRef] = Field(description="studies that trained on these very bytes, wherever they lay")
    other: list[StudyRef] = Field(description="studies that trained on this path when it held something else")
    sentence: str = Field(description="all of it in a sentence")
