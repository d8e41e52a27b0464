"""Keep noise floors as JSON files, with every judgement made against them.

One file a floor in `<data dir>/floors`; the command line and the API of one machine share the folder. A judgement is
written under a lock before it is shown, so that no share of the error rate is spent twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.stats.claims.floor import ERROR, FEWEST, candidates_for
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.rule import Direction

FORMAT: Final = "seedspread-floor/1"
FOLDER: Final = "floors"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Look:
    """Judgement of a candidate: when, on which values, and its state."""

    at: str
    values: list[float]
    failures: int
    alpha: float
    state: str
    headline: str


@dataclass(frozen=True)
class Judged:
    """Candidate with its judgements, in the order in which they were made."""

    candidate: str
    looks: list[Look] = field(default_factory=list)


@dataclass(frozen=True)
class Floor:
    """Noise floor as it is kept.

    created: ISO 8601. values: of the baseline's runs, in order; seeds: theirs, or null. failures: runs without a value.
    conditions: what candidates have to share, such as recipe, data and environment. origin: where the values come from.
    error, candidates: error rate of the stream, and its planned length. judged: candidates in the order of their first
    judgement.
    """

    name: str
    created: str
    metric: str
    direction: Direction
    values: list[float]
    seeds: list[int] | None = None
    failures: int = 0
    smallest_difference: float | None = None
    conditions: dict[str, str] = field(default_factory=dict)
    origin: str = ""
    error: float = ERROR
    candidates: int = 0
    judged: list[Judged] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInput("name", self.name, "letters, digits, dots, dashes and underscores, at most 80")
        if self.direction not in ("maximize", "minimize"):
            raise InvalidInput("direction", self.direction, "maximize or minimize")
        if (finite := int(self.sample().usable.size)) < FEWEST:
            raise InvalidInput("floor", finite, f"{FEWEST} finite values or more: fewer measure no noise floor")
        if not 0 < self.error <= 0.5:
            raise InvalidInput("error", self.error, "an error rate above 0, at most 0.5")
        if self.candidates == 0:
            object.__setattr__(self, "candidates", candidates_for(finite, error=self.error))
        if not 1 <= self.candidates <= 100_000:
            raise InvalidInput("candidates", self.candidates, "a count from 1 to 100,000")

    def sample(self) -> Sample:
        """Return the floor's values as a sample."""
        return Sample.of(self.name, list(self.values), failures=self.failures)

    def find(self, candidate: str) -> tuple[int, Judged]:
        """Return a candidate's number in the stream, and its judgements."""
        for number, judged in enumerate(self.judged, start=1):
            if judged.candidate == candidate:
                return number, judged
        return len(self.judged) + 1, Judged(candidate)

    def with_look(self, candidate: str, look: Look) -> Floor:
        """Return the floor with one more judgement."""
        number, judged = self.find(candidate)
        rest = [item for item in self.judged if item.candidate != candidate]
        rest.insert(number - 1, replace(judged, looks=[*judged.looks, look]))
        return replace(self, judged=rest)


class FloorStore:
    """Noise floors in a folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / FOLDER

    def names(self) -> list[str]:
        """Return the names of all floors, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def load(self, name: str) -> Floor:
        """Return a floor.

        Raises:
            NotFound: there is none of that name.
            InvalidInput: its file has another form.
        """
        path = self._path(name)
        try:
            document = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise NotFound("noise floor", name) from None
        except ValueError as error:
            raise InvalidInput(str(path), str(error), "a JSON document; was the file edited?") from error
        return _parse(document, path)

    def save(self, floor: Floor) -> None:
        """Keep a new floor.

        Raises:
            Conflict: there is one of that name.
        """
        with self._locked(floor.name):
            if self._path(floor.name).exists():
                raise Conflict(f"There is a noise floor {floor.name!r}: choose another name, or delete it.")
            self._write(floor)

    def delete(self, name: str) -> None:
        """Delete a floor.

        Raises:
            NotFound: there is none of that name.
        """
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise NotFound("noise floor", name) from None

    @contextmanager
    def changing(self, name: str) -> Iterator[tuple[Floor, list[Floor]]]:
        """Lock a floor while it is judged against.

        Yields the floor and a list; the last floor put into it is kept.
        """
        with self._locked(name):
            changed: list[Floor] = []
            yield self.load(name), changed
            if changed:
                self._write(changed[-1])

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotFound("noise floor", name)
        return self.folder / f"{name}.json"

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, floor: Floor) -> None:
        path = self._path(floor.name)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps({"format": FORMAT, **asdict(floor)}, indent=1) + "\n", "utf-8")
        draft.replace(path)


def _parse(document: Mapping[str, Any], path: Path) -> Floor:
    if document.get("format") != FORMAT:
        raise InvalidInput(f"{path}: format", document.get("format"), FORMAT)
    try:
        fields = {name: value for name, value in document.items() if name != "format"}
        judged = [Judged(item["candidate"], [Look(**look) for look in item["looks"]]) for item in fields.pop("judged")]
        return Floor(**fields, judged=judged)
    except (KeyError, TypeError) as error:
        raise InvalidInput(str(path), str(error), "a noise floor as it was saved; was the file edited?") from error
