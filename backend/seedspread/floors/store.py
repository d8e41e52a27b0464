"""Keep noise floors in the database, with every judgement made against them.

A judgement is stored before it is shown, and only if the floor is still as it was when the judgement was made: two
candidates that are judged at once never spend the same share of the error rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, cast

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.stats.claims.floor import ERROR, FEWEST, candidates_for
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.rule import Direction
from seedspread.storage.database import Database
from seedspread.storage.tables import FloorLookRow, FloorRow

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Look:
    """Judgement of a candidate: when, on which values, and its state."""

    at: datetime
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

    values: of the baseline's runs, in order; seeds: theirs, or None. failures: runs without a value. conditions: what
    candidates have to share, such as recipe, data and environment. origin: where the values come from. study_id: the
    study among them, None for numbers from elsewhere. error, candidates: error rate of the stream, and its planned
    length. judged: candidates in the order of their first judgement.
    """

    name: str
    created: datetime
    metric: str
    direction: Direction
    values: list[float]
    seeds: list[int] | None = None
    failures: int = 0
    smallest_difference: float | None = None
    conditions: dict[str, str] = field(default_factory=dict)
    origin: str = ""
    study_id: int | None = None
    unit: str = ""
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
        others = [item for item in self.judged if item.candidate != candidate]
        others.insert(number - 1, replace(judged, looks=[*judged.looks, look]))
        return replace(self, judged=others)


class FloorStore:
    """Noise floors in a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self, study_id: int | None = None) -> list[Floor]:
        """Return every floor by name, or those taken from one study."""
        with self.database.reading() as session:
            wanted = select(FloorRow).order_by(FloorRow.name)
            if study_id is not None:
                wanted = wanted.where(FloorRow.study_id == study_id)
            looks: dict[str, list[FloorLookRow]] = {}
            for row in session.scalars(_LOOKS):
                looks.setdefault(row.floor, []).append(row)
            return [_floor(row, looks.get(row.name, [])) for row in session.scalars(wanted)]

    def load(self, name: str) -> Floor:
        """Return a floor.

        Raises:
            NotFound: there is none of that name.
        """
        with self.database.reading() as session:
            return _loaded(session, name)

    def save(self, floor: Floor) -> None:
        """Keep a new floor, with what was judged against it.

        Raises:
            Conflict: there is one of that name.
            NotFound: its study was deleted meanwhile.
        """
        try:
            with self.database.session() as session:
                session.add(_row(floor))
                session.flush()  # the judgements refer to it
                for number, judged in enumerate(floor.judged, start=1):
                    session.add_all(
                        _look_row(floor.name, judged.candidate, number, at, look)
                        for at, look in enumerate(judged.looks, start=1)
                    )
        except IntegrityError:
            with self.database.reading() as session:
                if session.get(FloorRow, floor.name) is None:
                    raise NotFound("study", floor.study_id) from None
            raise Conflict(f"There is a noise floor {floor.name!r}: choose another name, or delete it.") from None

    def add(self, floor: Floor, candidate: str, look: Look) -> bool:
        """Store a judgement made against `floor` as it was loaded.

        Return False, and store nothing, if the floor has changed since: another candidate may have spent that share of
        the error rate.

        Raises:
            NotFound: it was deleted meanwhile.
        """
        number, judged = floor.find(candidate)
        with self.database.session() as session:
            # On PostgreSQL the row's lock makes judgements wait for each other; SQLite has a single writer anyway.
            if _loaded(session, floor.name, lock=True) != floor:
                return False
            session.add(_look_row(floor.name, candidate, number, len(judged.looks) + 1, look))
            return True

    def delete(self, name: str) -> None:
        """Delete a floor and its judgements.

        Raises:
            NotFound: there is none of that name.
        """
        with self.database.session() as session:
            if session.execute(delete(FloorRow).where(FloorRow.name == name).returning(FloorRow.name)).first() is None:
                raise NotFound("noise floor", name)


_LOOKS: Final = select(FloorLookRow).order_by(FloorLookRow.floor, FloorLookRow.number, FloorLookRow.look)


def _loaded(session: Session, name: str, *, lock: bool = False) -> Floor:
    row = session.get(FloorRow, name, with_for_update=lock)
    if row is None:
        raise NotFound("noise floor", name)
    return _floor(row, session.scalars(_LOOKS.where(FloorLookRow.floor == name)))


def _floor(row: FloorRow, looks: Iterable[FloorLookRow]) -> Floor:
    judged: dict[str, Judged] = {}
    for look in looks:
        candidate = judged.setdefault(look.candidate, Judged(look.candidate))
        candidate.looks.append(Look(look.at, look.values, look.failures, look.alpha, look.state, look.headline))
    return Floor(
        name=row.name,
        created=row.created_at,
        metric=row.metric,
        direction=cast("Direction", row.direction),
        values=row.values,
        seeds=row.seeds,
        failures=row.failures,
        smallest_difference=row.smallest_difference,
        conditions=row.conditions,
        origin=row.origin,
        study_id=row.study_id,
        unit=row.unit,
        error=row.error,
        candidates=row.candidates,
        judged=list(judged.values()),
    )


def _row(floor: Floor) -> FloorRow:
    return FloorRow(
        name=floor.name,
        created_at=floor.created,
        metric=floor.metric,
        unit=floor.unit,
        direction=floor.direction,
        values=floor.values,
        seeds=floor.seeds,
        failures=floor.failures,
        smallest_difference=floor.smallest_difference,
        conditions=floor.conditions,
        origin=floor.origin,
        study_id=floor.study_id,
        error=floor.error,
        candidates=floor.candidates,
    )


def _look_row(floor: str, candidate: str, number: int, position: int, look: Look) -> FloorLookRow:
    return FloorLookRow(
        floor=floor,
        number=number,
        look=position,
        candidate=candidate,
        at=look.at,
        values=look.values,
        failures=look.failures,
        alpha=look.alpha,
        state=look.state,
        headline=look.headline,
    )
