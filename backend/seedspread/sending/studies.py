"""Turn run folders and files into studies that can be sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput
from seedspread.notebook.cells import KIND, cells_from_events
from seedspread.readers.formats.table import Cell, Series, is_absent, plain
from seedspread.readers.formats.vocabulary import End, end_of, short
from seedspread.readers.reading import Study, state_word
from seedspread.readers.roles import likely_metric, seed_of
from seedspread.recording import Run, StudyFolder
from seedspread.recording.names import matching_name
from seedspread.recording.parts import PackedSeries
from seedspread.sending.files import correct_of, files_of, log_tail, packed, usage_of
from seedspread.sending.wording import metric_guessed
from seedspread.summaries import LAST, SUMMARIES, first_step
from seedspread.views.imports import ImportedArm, ImportedFile, ImportedLook, ImportedRun, ImportedStudy

_STATES = {
    End.FINISHED: "finished",
    End.FAILED: "failed",
    End.CANCELLED: "cancelled",
    End.RUNNING: "cancelled",
}
_LONGEST_NAME = 200


@dataclass
class SentStudy:
    """Study to send: its external id, description, and runs.

    guess: a sentence on the metric that decides where it was guessed. Series are read run by run.
    """

    external_id: str
    study: ImportedStudy
    runs: list[tuple[ImportedRun, Any]]
    source: Study | StudyFolder
    guess: str = ""
    _examples: list[Any] | None = None

    def complete(self, at: int) -> tuple[ImportedRun, dict[str, tuple[ImportedFile, Path]]]:
        """Return a run with log, files and examples.

        Beside it stands where the files lie. This reads the files, so it is for runs that are sent.
        """
        described, run = self.runs[at]
        if not isinstance(run, Run):
            return described, {}
        located = files_of(run)
        more = {
            "log_tail": log_tail(run),
            "files": [file for file, _ in located.values()],
            "examples": packed(correct_of(run), self._order()),
            "usage": usage_of(run),
        }
        return described.model_copy(update=more), located

    def _order(self) -> list[Any]:
        """Return the ids of examples in the first run's order."""
        if self._examples is None:
            recorded = (correct_of(run) for _, run in self.runs if isinstance(run, Run))
            self._examples = next((list(correct) for correct in recorded if correct), [])
        return self._examples

    def series(self, at: int) -> Iterator[PackedSeries]:
        """Yield the packed series of one run.

        Raises:
            InvalidInput: a step beyond 62 bits.
        """
        run = self.runs[at][1]
        if isinstance(run, Run):
            series = run.series()
            for metric, points in series.items():
                yield PackedSeries.of(metric, points.steps, points.values)
            for metric in dict.fromkeys([*run.record.summary, self.study.metric]):
                value = run.value(metric)
                if metric not in series and value is not None:
                    yield PackedSeries.of(metric, [0], [value])
        elif isinstance(self.source, Study):
            for metric in self.source.metrics:
                cell = self.source.table.rows[run][metric]
                if isinstance(cell, Series):
                    yield PackedSeries.of(short(metric), cell.steps, cell.values)
                elif not is_absent(cell) and isinstance(cell, int | float):
                    yield PackedSeries.of(short(metric), [0], [float(cell)])


def _as_reported(metric: str, runs: Sequence[Run]) -> str:
    """Return a metric or first step with the name that runs reported."""
    condition = first_step(metric)
    reported = list(dict.fromkeys(name for run in runs for name in (*run.series(), *run.record.summary)))
    name = metric if condition is None else condition.metric
    name = matching_name(name, reported) or name
    return name if condition is None else replace(condition, metric=name).name


def from_folder(folder: StudyFolder, *, metric: str | None = None, live: bool = False) -> SentStudy:
    """Return a run folder's study with the ended runs that count.

    With `live`, the runs that are still being written are among them.

    Raises:
        InvalidInput: no run has ended, or no run reported the metric.
    """
    counted = [run for run in folder.counted() if live or run.state != "running"]
    if not counted:
        raise InvalidInput("FOLDER", str(folder.folder), "a study of which a run has ended")
    record = folder.study
    # A study is judged by what it was first judged by, whatever a later command names.
    first, summary = record.decides()
    chosen, guess = metric or first, ""
    direction = record.direction if _as_reported(record.metric, counted) == _as_reported(first, counted) else ""
    if not chosen:
        reported = list(dict.fromkeys(name for run in counted for name in (*run.series(), *run.record.summary)))
        likely = reported[0] if len(reported) == 1 else likely_metric(reported)
        if likely is None:
            raise InvalidInput(
                "--metric", MISSING, f"the metric that decides: {', '.join(reported) or 'there is none'}"
            )
        chosen = likely
        others = [name for name in reported if name != chosen]
        guess = metric_guessed(chosen, others)
    chosen = _as_reported(chosen, counted)
    at_most = record.rule.get("at_most") if record.rule.get("until") else None
    runs = _runs_of(counted, record.seeds if at_most else ())
    names = list(dict.fromkeys([*(arm.name for arm in record.arms), *(run.record.arm for run in counted)]))
    if record.baseline in names:
        names.insert(0, names.pop(names.index(record.baseline)))
    by_name = {arm.name: arm for arm in record.arms}
    study = ImportedStudy(
        name=_name(record.name),
        metric=chosen,
        direction=Direction(direction) if direction else None,
        summary=summary if summary in SUMMARIES else LAST,
        smallest_difference=record.smallest_difference,
        level=float(record.rule.get("level") or 0.95),
        centre=record.rule.get("centre") or "mean",
        seeded=any(run.record.seed is not None for run in counted),
        planned=record.planned,
        looks=[ImportedLook(seeds=seeds, planned=planned) for seeds, planned in record.looks_taken()],
        paired=record.rule.get("paired"),
        at_most=at_most,
        arms=[ImportedArm(name=name, parameters=_parameters(by_name.get(name))) for name in names],
        origin={"kind": "folder", "source": record.source, "command": record.command, "created": record.created},
        notes=f"Trained elsewhere: {' '.join(record.command) or record.source}. {guess}".strip(),
    )
    return SentStudy(record.study_id, study, runs, folder, guess)


def _runs_of(counted: Sequence[Run], plan: Sequence[int]) -> list[tuple[ImportedRun, Any]]:
    """Return the runs of a folder as they are sent.

    plan: seeds in the order in which looks take them, in whatever order runs end; empty without looks.
    """
    positions = {seed: at for at, seed in enumerate(plan)}
    runs: list[tuple[ImportedRun, Any]] = []
    for run in counted:
        state = run.state if run.state in ("finished", "failed", "running") else "cancelled"
        imported = ImportedRun.model_validate(
            {
                "run_id": run.record.run_id,
                "arm": run.record.arm,
                "seed": run.record.seed,
                "attempt": run.record.attempt,
                "position": None if run.record.seed is None else positions.get(run.record.seed),
                "state": state,
                "reason": (run.record.reason or ("interrupted" if run.state == "interrupted" else None) or None),
                "started": run.record.started or None,
                "ended": run.record.ended,
                "cells": [cell.to_event() for cell in cells_from_events(run.events(KIND))] or None,
            }
        )
        runs.append((imported, run))
    return runs


def _parameters(arm: Any) -> dict[str, Any]:
    if arm is None:
        return {}
    further = {"arguments": arm.arguments} if arm.arguments else {}
    code = {"code": arm.code} if arm.code else {}
    environment = {"environment": arm.environment} if arm.environment else {}
    plain_values: dict[str, Any] = json.loads(
        json.dumps({**arm.parameters, **further, **environment, **code}, default=str)
    )
    return plain_values


def from_reading(
    reading: Study, source: str, *, name: str | None, metric: str | None, direction: Direction | None, summary: str
) -> SentStudy:
    """Return everything in a file or a tracker's store as a study.

    Its id is a digest of the numbers, so that importing the same file twice stores one study.

    Raises:
        InvalidInput: an unknown metric, an invalid seed, or a seed twice in an arm.
    """
    table, roles = reading.table, reading.roles
    digest = _digest(reading)
    names = {column: short(column) for column in reading.metrics}
    if len(set(names.values())) < len(names):
        raise InvalidInput("FILE", source, "metrics whose names differ without their prefixes")
    chosen = short(metric) if metric is not None else next(iter(names.values()))
    if chosen not in names.values():
        raise InvalidInput("--metric", metric, f"a metric of {source}: {', '.join(names.values())}")
    runs: list[tuple[ImportedRun, Any]] = []
    first: dict[tuple[str, int], str] = {}
    for at, row in enumerate(table.rows):
        arm = reading.arms[at] or _name(source)
        seed = None if roles.seed is None else seed_of(row[roles.seed], table.label(at))
        if seed is not None and (arm, seed) in first:
            hint = "Keep one of the two, or tell arms apart with --by."
            twice = f"{table.name}, {first[arm, seed]} and {table.labels[at]}"
            raise InvalidInput(twice, f"seed {seed} of {arm}", "each seed once", hint=hint)
        if seed is not None:
            first[arm, seed] = table.labels[at]
        word = state_word(table, roles, reading.deciding, at)
        state = _STATES[end_of(word) or End.FAILED]
        excluded = None if roles.excluded is None else plain(row[roles.excluded]) or None
        run = ImportedRun.model_validate(
            {
                "run_id": hashlib.sha256(f"{digest} {at}".encode()).hexdigest()[:32],
                "arm": _name(arm),
                "seed": seed,
                "state": state,
                "reason": None if state == "finished" else word,
                "excluded_reason": excluded,
            }
        )
        runs.append((run, at))
    values = {arm: table.rows[at] for at, arm in reversed(list(enumerate(reading.arms)))}
    arms = [
        ImportedArm(
            name=_name(arm or source),
            parameters={short(column): _json(values[arm][column]) for column in roles.arms},
        )
        for arm in dict.fromkeys(reading.arms)
    ]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    study = ImportedStudy(
        name=_name(name or source),
        metric=chosen,
        direction=direction,
        summary=summary,
        seeded=roles.seed is not None,
        arms=arms,
        origin={"kind": "import", "source": source, "sha256": digest, "read_at": now, "reading": reading.guess},
        notes=f"Imported from {source} on {now[:10]}.\n{reading.guess}"[:20_000],
    )
    return SentStudy(digest[:32], study, runs, reading)


def _json(cell: Cell) -> Any:
    return None if isinstance(cell, Series) else cell


def _name(text: str) -> str:
    """Return a name as one line of at most 200 characters."""
    line = "".join(character if ord(character) >= 32 else " " for character in text).strip()
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _digest(reading: Study) -> str:
    """Return the SHA-256 of everything that was read."""
    total = hashlib.sha256(json.dumps([reading.arms, reading.metrics, reading.roles.seed]).encode())
    for row in reading.table.rows:
        for column, cell in row.items():
            total.update(column.encode("utf-8", "surrogatepass"))
            # repr writes the shortest text that reads back to the same number.
            total.update(repr(cell).encode("utf-8", "surrogatepass"))
    return total.hexdigest()
