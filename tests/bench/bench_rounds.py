"""What seeding does: the spread of every arm of `rounds` and `sources`, and how many distinct runs it has.

    python -m tests.bench.bench_rounds --texts REVIEWS.tsv [--seeds 10] [--out FILE.json]

`rounds` on digits-mlp and text-cnn-lstm: nothing seeded, the split seeded, everything seeded (its spread must be 0).
`sources` on digits-cnn: each source alone, one arm where nothing varies (the noise floor, which must be 0), one where
all do. The spread is the standard deviation (n − 1) of val_accuracy after the last epoch.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from seedspread.analysis.audit import audit
from seedspread.core.report import FingerprintKind
from seedspread.core.states import RunState
from seedspread.storage import replays
from seedspread.storage.tables import ArmRow, RunRow, SummaryRow
from tests.repeat.lab import Lab, lab

METRIC = "val_accuracy"
STILL = ("all seeded", "nothing varies")
"""Arms in which nothing is left to chance."""


@dataclass(frozen=True)
class Spread:
    """One arm: its runs' results in numbers, and how many of the runs differ at all."""

    arm: str
    runs: int
    mean: float
    sd: float
    lowest: float
    highest: float
    distinct: int


def spreads(of: Lab, study: int) -> list[Spread]:
    """Every arm's spread, in order."""
    with of.database.reading() as session:
        query = (
            select(ArmRow.name, RunRow.id, RunRow.state, RunRow.reason, SummaryRow.last)
            .join(RunRow, RunRow.arm_id == ArmRow.id)
            .outerjoin(SummaryRow, (SummaryRow.run_id == RunRow.id) & (SummaryRow.metric == METRIC))
            .where(ArmRow.study_id == study)
            .order_by(ArmRow.position, RunRow.id)
        )
        rows = session.execute(query).all()
        prints = replays.fingerprints(session, study)
    arms: dict[str, list[tuple[float, tuple[str, str]]]] = {}
    for name, run_id, state, reason, value in rows:
        if state != RunState.FINISHED:
            raise RuntimeError(f"run {run_id} of {name} is {state}: {reason}")
        outcome = prints[run_id][FingerprintKind.FINAL], prints[run_id][FingerprintKind.SERIES]
        arms.setdefault(name, []).append((value, outcome))
    return [_spread(name, found) for name, found in arms.items()]


def _spread(name: str, found: list[tuple[float, tuple[str, str]]]) -> Spread:
    values = [value for value, _ in found]
    return Spread(
        arm=name,
        runs=len(values),
        mean=statistics.fmean(values),
        sd=statistics.stdev(values) if len(set(values)) > 1 else 0.0,
        lowest=min(values),
        highest=max(values),
        distinct=len({outcome for _, outcome in found}),
    )


def measure(of: Lab, recipe: str, preset: str, seeds: int, parameters: dict[str, Any]) -> list[Spread]:
    """Train a preset and print its arms."""
    variants = [{"name": "base", "parameters": parameters}]
    runs = of.study(recipe, preset=preset, variants=variants, seeds=seeds, metric=METRIC)
    found = spreads(of, of.study_of(runs[0]))
    say(f"\n{preset} on {recipe}, {seeds} runs an arm\n")
    say("| arm | mean | sd | range | distinct runs |\n| --- | --- | --- | --- | --- |")
    for arm in found:
        span = f"{arm.lowest:.4f} – {arm.highest:.4f}"
        say(f"| {arm.arm} | {arm.mean:.4f} | {arm.sd:.4f} | {span} | {arm.distinct} of {arm.runs} |")
    for finding in audit(of.ctx, of.study_of(runs[0])):
        say(f"{finding.severity.value}: {finding.sentence}")
    return found


def say(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Prints every table; 1 where an arm in which nothing varies has more than one distinct run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="labelled texts for text-cnn-lstm")
    parser.add_argument("--seeds", type=int, default=10, help="runs an arm")
    parser.add_argument("--out", type=Path, help="where to keep the numbers, as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder), [], tensorflow=True) as of:
        found = {
            "rounds on digits-mlp": measure(of, "digits-mlp", "rounds", arguments.seeds, {}),
            "sources on digits-cnn": measure(of, "digits-cnn", "sources", arguments.seeds, {}),
            "rounds on text-cnn-lstm": measure(
                of, "text-cnn-lstm", "rounds", arguments.seeds, {"data": str(arguments.texts)}
            ),
        }
    if arguments.out is not None:
        arguments.out.write_text(
            json.dumps({name: [asdict(arm) for arm in arms] for name, arms in found.items()}, indent=2)
        )
    still = [arm for arms in found.values() for arm in arms if arm.arm in STILL]
    return 0 if all(arm.distinct == 1 and arm.sd == 0 for arm in still) else 1


if __name__ == "__main__":
    sys.exit(main())
