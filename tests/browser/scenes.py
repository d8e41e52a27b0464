"""Studies in every state the page has words for, stored without training, so that each can be looked at."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from seedspread.context import utc_now
from seedspread.core.presets import expand
from seedspread.core.recipe import Ability, Direction
from seedspread.core.report import Batch
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, Preset, SeedRange, StudySpec, VariantSpec
from seedspread.storage import leases, workers
from tests.builders import finish, recipe, run_ids, spec, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seedspread.storage.database import Database

EPOCHS = 20
HELD_S = 86_400.0
FAILURE = "ValueError: data file digits.csv has 63 columns, expected 64"

Series = dict[str, list[float]]


def curve(end: float, rng: np.random.Generator, *, climbing: bool = False) -> Series:
    """Return an accuracy that rises to its end, and a loss that falls; climbing ones have not levelled off."""
    steps = np.arange(1, EPOCHS + 1)
    rise = steps / EPOCHS if climbing else (1 - np.exp(-steps / 3)) / (1 - np.exp(-EPOCHS / 3))
    accuracy = end * (0.6 + 0.4 * rise) + rng.normal(0, 0.001, EPOCHS) * (steps < EPOCHS)
    return {"accuracy": accuracy.tolist(), "loss": (1.2 - accuracy).tolist()}


def begin(database: Database, study: int, runs: int = 3) -> None:
    """Have workers at some of a study's runs, half-way; a service that starts would take them from them."""
    ahead = utc_now() + timedelta(days=1)  # they never fall silent while pictures are taken
    rng = np.random.default_rng(5)
    for place, run in enumerate(run_ids(database, study)[17 : 17 + runs]):
        series = {name: (range(1, 11), values[:10]) for name, values in curve(0.93, rng).items()}
        worker = f"w{place + 1}"
        with database.session() as session:
            workers.register(session, workers.Registration(worker, "pictures", 4242 + place, "cpu"), ahead)
            workers.enable(session, worker, Ability({"toy": recipe().source_digest}, {}), [])
            leases.claim(session, run, 1, worker, utc_now(), HELD_S)
            leases.report(session, run, 1, Batch(epoch=10, epochs=EPOCHS, series=series), utc_now(), HELD_S)
            workers.beat(session, worker, ahead, run_id=run)


class Scenes:
    """Stores studies and how their runs ended."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rng = np.random.default_rng(7)
        self.ids: dict[str, int] = {}

    def add(self, name: str, arms: Iterable[ArmSpec], seeds: int = 12, **changes: Any) -> list[int]:
        """Store a study and return its runs, by arm and then by seed."""
        given = spec(name=name, arms=tuple(arms), seeds=SeedRange(count=seeds), **changes)
        return self.add_spec(given)

    def add_spec(self, given: StudySpec) -> list[int]:
        """Store a specification, its preset expanded; return its runs."""
        given = expand(given, recipe().sources)
        name = given.name
        self.ids[name] = store(self._database, given, now=utc_now())
        return run_ids(self._database, self.ids[name])

    def end(self, run: int, series: Series, state: RunState = RunState.FINISHED, reason: str | None = None) -> None:
        """End a run with what it reported."""
        finish(self._database, run, series, state=state, reason=reason, now=utc_now())

    def compared(
        self,
        name: str,
        ends: list[float],
        seeds: int = 12,
        sd: float = 0.004,
        *,
        climbing: bool = False,
        **changes: Any,
    ) -> None:
        """Store a finished study whose arms, of rising width, end around these accuracies."""
        arms = [ArmSpec(name=f"{2**place} units", parameters={"hidden": 2**place}) for place in range(len(ends))]
        if len(ends) > 7:
            arms = [
                ArmSpec(name=f"recipe {place}", parameters={"rate": 0.01 * (place + 1)}) for place in range(len(ends))
            ]
        shared = self._rng.normal(0, sd, seeds)
        for place, run in enumerate(self.add(name, arms, seeds, **changes)):
            seed, arm = divmod(place, len(ends))
            end = ends[arm] + shared[seed] + self._rng.normal(0, sd / 2)
            self.end(run, curve(end, self._rng, climbing=climbing))


def two() -> list[ArmSpec]:
    """Return two arms of different width."""
    return [ArmSpec(name="32 units", parameters={"hidden": 32}), ArmSpec(name="64 units", parameters={"hidden": 64})]


def fill(database: Database) -> dict[str, int]:
    """Store every scene; return the studies' ids by name."""
    scenes = Scenes(database)
    rng = np.random.default_rng(3)
    rule: dict[str, Any] = {"smallest_difference": 0.005}
    scenes.compared("Does width help?", [0.921, 0.942], 24, **rule, tags=("paper",))
    scenes.compared("Does dropout matter at all?", [0.9300, 0.9302], 24, 0.002, **rule)
    scenes.compared("Does augmentation help on small data?", [0.930, 0.933], 6, 0.012, **rule)
    scenes.compared("Is one seed enough?", [0.930, 0.933], 1, **rule)
    scenes.compared("Has training converged?", [0.921, 0.942], 12, climbing=True, **rule)
    scenes.compared("Which width is best?", [0.901, 0.921, 0.938, 0.941, 0.9405], 10, **rule)
    scenes.compared("Ten recipes from the literature", [0.9 + 0.004 * (place * 7 % 10) for place in range(10)], 8)
    scenes.compared("Forty learning rates", [0.9 + 0.001 * (place * 17 % 40) for place in range(40)], 4)
    scenes.compared("How much does a rerun vary?", [0.93], 20)
    scenes.compared(
        "Which loss is lower?",
        [0.921, 0.925],
        12,
        metric="loss",
        direction=Direction.MINIMIZE,
        smallest_difference=0.01,
    )

    def add(name: str, value: Callable[[int], float], seeds: int = 6) -> None:
        for place, run in enumerate(scenes.add(name, two(), seeds)):
            scenes.end(run, {"accuracy": [value(place)] * 3})

    add("Tiny numbers", lambda place: 1e-9 * (1 + place % 2 + rng.random()))
    add("Huge numbers", lambda place: 1e12 * (1 + place % 2 + rng.random()))
    add("All values equal", lambda _: 0.5)
    add("Not a number", lambda place: math.nan if place % 2 else 0.9)
    add("One diverged", lambda place: math.inf if place == 3 else 0.9 + 0.01 * rng.random())

    for place, run in enumerate(scenes.add("Does momentum help?", two(), 20, **rule)):
        if place < 17:
            scenes.end(run, curve((0.92, 0.94)[place % 2] + rng.normal(0, 0.004), rng))
    scenes.add("Will batch size matter?", two(), 10, **rule)
    for run in scenes.add("Does the new loader work?", two(), 3):
        scenes.end(run, {}, RunState.FAILED, FAILURE)
    for place, run in enumerate(scenes.add("Is the large one stable?", two(), 12, **rule)):
        if place % 2 and place % 3 == 0:
            scenes.end(run, {"accuracy": [0.5, 0.1]}, RunState.FAILED, "loss is NaN after epoch 2")
        else:
            scenes.end(run, curve(0.93 + rng.normal(0, 0.004), rng))
    scenes.add("Called off early", two(), 10, **rule)
    arms = [ArmSpec(name=f"metrics {place}") for place in range(2)]
    for run in scenes.add("Fifty metrics", arms, 4):
        scenes.end(
            run,
            {
                "accuracy": [0.9 + 0.01 * rng.random()],
                **{f"head {one}/top-5 @{one}": [float(rng.random())] for one in range(50)},
            },
        )
    split = rng.normal(0, 0.008, 6)
    variants = (VariantSpec(name="base"),)
    preset: dict[str, Any] = {"arms": (), "variants": variants}
    crossed = spec(
        name="Where does the spread come from?",
        preset=Preset.FACTORIAL,
        cross={"split": 6, "init": 5},
        seeds=SeedRange(count=1),
        **preset,
    )
    for place, run in enumerate(scenes.add_spec(crossed)):
        scenes.end(run, curve(0.93 + split[place // 5] + rng.normal(0, 0.003), rng))
    varied = spec(
        name="Which source moves it, one at a time?", preset=Preset.SOURCES, seeds=SeedRange(count=8), **preset
    )
    for place, run in enumerate(scenes.add_spec(varied)):
        scenes.end(run, curve(0.93 + (0, 0.008, 0.003, 0.009)[place % 4] * rng.normal(), rng))
    return scenes.ids
