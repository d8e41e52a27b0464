"""Studies of what nobody expects, stored without training: odd names, and numbers that make odd figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedspread.context import utc_now
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange
from tests.builders import finish, run_ids, spec, store

if TYPE_CHECKING:
    from seedspread.storage.database import Database

MARKUP = """<img src=x onerror="document.title='hacked'"> "quoted" 'too' </script> 🌱 ‮backwards‬"""
LONG = "long " * 2000
NAN = math.nan

SERIES: dict[str, list[list[float]]] = {
    "nothing at all": [],
    "one point": [[0.5]],
    "two runs of one point": [[0.5], [0.6]],
    "constant values": [[0.5] * 5] * 6,
    "NaN and nothing else": [[NAN] * 4] * 6,
    "NaN, infinity and a number": [[NAN, 0.5], [math.inf], [-math.inf, NAN], [0.6, 0.7]],
    "numbers far apart": [[1e30, 2e30], [-1e30], [1e-30]] * 2,
}
"""By the study's name: what its runs report; all that is left of its runs failed."""


def fill(database: Database) -> dict[str, int]:
    """The studies' ids by name; the one of odd names is called `MARKUP`."""
    found = {}
    for name, series in SERIES.items():
        study_id = found[name] = store(database, spec(name=name), now=utc_now())
        runs = run_ids(database, study_id)
        for run, values in zip(runs, series, strict=False):
            finish(database, run, {"accuracy": values}, now=utc_now())
        for run in runs[len(series) :]:
            finish(database, run, {}, state=RunState.FAILED, reason=LONG, now=utc_now())
    arms = (ArmSpec(name=MARKUP), ArmSpec(name="w" * 200, parameters={"hidden": 16}))
    odd = spec(name=MARKUP, arms=arms, notes=LONG + MARKUP, tags=("<b>", "x" * 60), seeds=SeedRange(count=2))
    found[MARKUP] = store(database, odd, now=utc_now())
    for run in run_ids(database, found[MARKUP]):
        finish(database, run, now=utc_now())
    return found
