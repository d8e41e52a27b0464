"""Reports of studies in odd situations; `python -m tests.report.odd_studies` writes the golden texts, to be read."""

from __future__ import annotations

import math
import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from seedspread.core.recipe import Direction
from seedspread.core.study import RuleSpec
from seedspread.report.build import render
from seedspread.storage.database import Database
from tests.builders import run_ids
from tests.support.studies import context_of, exclude, measured_study

GOLDENS = Path(__file__).parent.parent / "goldens" / "reports"


def _drawn(seed: int, centre: float, spread: float, n: int) -> list[float | None]:
    drawn = random.Random(seed)
    return [drawn.gauss(centre, spread) for _ in range(n)]


def few_seeds(database: Database) -> int:
    """Store two arms of two to four seeds, with ties."""
    return measured_study(
        database, {"base": [0.9, 0.9, 0.91, 0.92], "wide": [0.9, 0.93], "deep": [0.9, 0.91, 0.91]}, name="Few seeds"
    )


def constant_arm(database: Database) -> int:
    """Store an arm at its ceiling, and one that varies."""
    return measured_study(database, {"base": _drawn(1, 0.9, 0.01, 12), "solved": [1.0] * 12}, name="A ceiling")


def failed_and_excluded(database: Database) -> int:
    """Store failed, diverged and excluded runs."""
    risky = [value if seed % 3 else None for seed, value in enumerate(_drawn(2, 0.95, 0.01, 15))]
    risky[4] = math.nan
    study_id = measured_study(database, {"safe": _drawn(3, 0.9, 0.01, 15), "risky": risky}, name="Risky")
    exclude(database, run_ids(database, study_id)[2], "trained on the wrong data")
    return study_id


def interim(database: Database) -> int:
    """Store a study whose runs are still to come."""
    arms = {"base": _drawn(4, 0.9, 0.01, 8), "wide": _drawn(5, 0.93, 0.01, 8)}
    return measured_study(database, arms, number_of_seeds=20, name="Halfway")


def tiny_losses(database: Database) -> int:
    """Store losses around 1e-6, where lower is better and a ratio decides."""
    drawn = random.Random(6)
    arms: dict[str, list[float | None]] = {
        name: [1 - 1e-6 * factor * math.exp(drawn.gauss(0, 0.2)) for _ in range(10)]
        for name, factor in (("base", 3.0), ("low", 1.0))
    }
    return measured_study(
        database,
        arms,
        name="Tiny losses",
        metric="loss",
        direction=Direction.MINIMIZE,
        rule=RuleSpec(centre="log_ratio"),
        smallest_difference=0.05,
    )


def ten_arms(database: Database) -> int:
    """Store ten arms of rewards around 1e8, most of them alike."""
    arms = {f"arm {place}": _drawn(10 + place, -1e8 - 2e6 * (place == 7), 1e6, 8) for place in range(10)}
    return measured_study(
        database, arms, name="Ten arms", metric="loss", direction=Direction.MAXIMIZE, smallest_difference=5e5
    )


STUDIES: dict[str, Callable[[Database], int]] = {
    study.__name__: study for study in (few_seeds, constant_arm, failed_and_excluded, interim, tiny_losses, ten_arms)
}


def text(database: Database, name: str) -> str:
    """Return a report with what differs from day to day and machine to machine taken out."""
    report = render(context_of(database), STUDIES[name](database), "markdown")
    report = re.sub(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?(?: ?UTC|Z)?)?", "DATE", report)
    return re.sub(r"Seedspread \d+\.\d+\.\d+\S*", "Seedspread VERSION", report)


def main() -> None:
    """Write every golden report."""
    GOLDENS.mkdir(exist_ok=True)
    for name in STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/seedspread.db")
            database.upgrade()
            (GOLDENS / f"{name}.md").write_text(text(database, name))


if __name__ == "__main__":
    main()
