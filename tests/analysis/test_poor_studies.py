"""Whatever a study's runs reported, everything that is said of it is words and numbers: no NaN, no p of 0, no error."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence

import pytest

from seedspread.analysis.best_of import best_of
from seedspread.analysis.compare import compare_all
from seedspread.analysis.figures.draw import FIGURES, Options, draw
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.core.presets import expand
from seedspread.core.sources import Source
from seedspread.core.study import Preset, VariantSpec
from seedspread.observe.summary import study_summaries
from seedspread.report.build import render
from seedspread.storage.database import Database
from tests.builders import spec
from tests.figures.drawn import checked
from tests.support.studies import context_of, measured_study

DRAWN = random.Random(4)
SEEDS = 6
NO_NUMBER = re.compile(r"(?<![A-Za-z])(NaN|nan|Infinity|inf|None)(?![A-Za-z])")

VALUES: dict[str, Sequence[float | None]] = {
    "nothing yet": [],
    "one run": [0.9],
    "all failed": [None] * SEEDS,
    "all NaN": [math.nan] * SEEDS,
    "infinite": [math.inf, -math.inf, 0.9, 0.91, 0.92, 0.9],
    "beyond what can be squared": [1e200, -1e300, 0.5, 0.5, 0.6, 0.4],
    "vanishing": [1e-200, -2e-200, 3e-200, 1e-200, 0.0, 5e-200],
    "one diverged": [0.9, 0.91, 0.905, 0.9, 0.91, 1e30],
    "constant": [0.9] * SEEDS,
    "every third failed": [None, 0.9, 0.91, None, 0.92, 0.93],
}


@pytest.fixture
def context(sqlite_database: Database) -> Context:
    return context_of(sqlite_database)


def study_of(context: Context, preset: Preset, kinds: Callable[[int], str]) -> int:
    several = (VariantSpec(name="base"), VariantSpec(name="wide", parameters={"hidden": 16}))
    policies = expand(
        spec(arms=(), preset=preset, variants=several if preset is Preset.SEEDS else several[:1]),
        (Source.SPLIT, Source.INIT),
    ).arms
    specs = [arm.model_copy(update={"seeds": None}) for arm in policies]
    arms = {arm.name: VALUES[kinds(place)] for place, arm in enumerate(specs)}
    return measured_study(context.database, arms, specs=specs, number_of_seeds=SEEDS)


def said_of(context: Context, study_id: int) -> str:
    family = compare_all(context, study_id)
    told = [
        family.model_dump_json(),
        study_summaries(context, [study_id]).model_dump_json(),
        render(context, study_id, "markdown"),
        *(arm.model_dump_json() for arm in best_of(context, study_id, quoted=0.9)),
    ]
    if family.asks is Preset.SOURCES:
        told += [view.model_dump_json() for view in variance(context, study_id)]
    return "\n".join(told)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("preset", [Preset.SEEDS, Preset.ROUNDS, Preset.SOURCES, Preset.AA])
def test_nothing_but_words_and_numbers_is_said(context: Context, preset: Preset, kind: str) -> None:
    told = said_of(context, study_of(context, preset, lambda _: kind))
    assert NO_NUMBER.findall(told) == []
    assert '"p":0,' not in told.replace("0.0", "0")


@pytest.mark.parametrize("preset", [Preset.SEEDS, Preset.ROUNDS, Preset.SOURCES])
def test_arms_of_different_kinds_have_figures_too(context: Context, preset: Preset) -> None:
    for _ in range(2):
        chosen = DRAWN.sample(sorted(VALUES), 4)
        study_id = study_of(context, preset, chosen.__getitem__)
        assert NO_NUMBER.findall(said_of(context, study_id)) == []
        for name in FIGURES:
            checked(draw(context, study_id, name, Options()))
