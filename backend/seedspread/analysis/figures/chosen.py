"""Arms that a figure draws, of one study or of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from seedspread.analysis import sentences
from seedspread.analysis.measured import Measured, measure, measured_series, revisions, why_empty
from seedspread.analysis.rules import first_seeds
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.stats.data.arms import ArmSeries, ArmValues

MOST_ARMS = 8
"""Number of arms drawn where nobody names them: as many as there are colours."""


@dataclass(frozen=True)
class ArmRef:
    """Arm by its study and its position there, written `6.0`."""

    study_id: int
    arm: int

    def __str__(self) -> str:
        return f"{self.study_id}.{self.arm}"


@dataclass(frozen=True, eq=False)
class ChosenArm:
    """Arm of a measured study in its place in a figure.

    at: position in the study. position: decides colour, marker and dash. name: unlike that of any other arm there.
    """

    measured: Measured
    at: int
    position: int
    name: str

    @property
    def ref(self) -> ArmRef:
        """Address of the arm."""
        return ArmRef(self.measured.study_id, self.at)

    def values(self, n: int | None = None) -> ArmValues:
        """Return the values over the first n runs (None: all)."""
        return replace(first_seeds(self.measured, self.at, n), position=self.position, name=self.name)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Arms that a figure draws, in order.

    The first one's study decides metric, direction and level. beside: arms of the figures that stand beside this one
    and share its range of values; empty for a figure by itself.
    """

    arms: tuple[ChosenArm, ...]
    beside: tuple[ChosenArm, ...] = ()

    @property
    def first(self) -> Measured:
        """Study of the first arm."""
        return self.arms[0].measured

    @property
    def studies(self) -> tuple[Measured, ...]:
        """Studies of the arms, each once."""
        return tuple({arm.measured.study_id: arm.measured for arm in (*self.arms, *self.beside)}.values())

    @property
    def key(self) -> tuple[object, ...]:
        """Identity of the question, for caches."""
        arms = tuple((arm.ref, arm.position, arm.name) for arm in self.arms)
        return arms, tuple(arm.ref for arm in self.beside), self.first.metric.name, self.first.summary

    @property
    def revisions(self) -> tuple[str, ...]:
        """Revisions of the studies."""
        return tuple(study.revision for study in self.studies)

    @property
    def ranged(self) -> tuple[ChosenArm, ...]:
        """Return the arms whose values the axis covers."""
        return self.beside or self.arms

    def first_pair(self) -> tuple[ChosenArm, ChosenArm]:
        """Return the two arms of a comparison, the baseline first."""
        return self.arms[0], self.arms[1]

    def values(self) -> list[ArmValues]:
        """Return the values of every arm."""
        return [arm.values() for arm in self.arms]

    def why_empty(self) -> str | None:
        """Explain why arms have no finite value, as a clause.

        None where values are still to come.
        """
        reasons = {}
        for study in self.studies:
            positions = [arm.at for arm in self.arms if arm.measured is study]
            if positions and (why := why_empty(study, positions)):
                reasons[study.name] = why
        if len(self.studies) == 1:
            return next(iter(reasons.values()), None)
        return "; ".join(sentences.in_study(name, why) for name, why in reasons.items()) or None


def series_of(context: Context, arms: Sequence[ChosenArm]) -> tuple[ArmSeries, ...]:
    """Return the series of every arm, read study by study."""
    by_ref: dict[ArmRef, ArmSeries] = {}
    for study in {arm.measured.study_id: arm.measured for arm in arms}.values():
        positions = [arm.at for arm in arms if arm.measured is study]
        for position, series in zip(positions, measured_series(context, study, positions), strict=True):
            by_ref[ArmRef(study.study_id, position)] = series
    return tuple(replace(by_ref[arm.ref], position=arm.position, name=arm.name) for arm in arms)


def arms_of_study(measured: Measured, positions: Collection[int]) -> tuple[ChosenArm, ...]:
    """Return arms of one study under their own names and positions."""
    return tuple(ChosenArm(measured, at, at, measured.arms[at].name) for at in positions)


def choose(
    context: Context,
    arms: Sequence[ArmRef],
    beside: Sequence[ArmRef] = (),
    *,
    metric: str | None = None,
    summary: str | None = None,
    at: Mapping[int, str] | None = None,
) -> Chosen:
    """Return arms of any studies, measured by one metric.

    Arms of one study keep their colours; arms of several take them in order, so that no two are alike. Arms of one
    name are told apart by their studies.

    Args:
        beside: the arms of all figures that stand beside each other; they decide colours and names.
        metric, summary: None for those that decide the first arm's study.
        at: revisions of the studies, where they have been read already.

    Raises:
        NotFound: a study that does not exist (any more), with what to leave out.
        InvalidInput: an arm that a study does not have, a metric that it lacks or that is better the other way round.
    """
    every = tuple(dict.fromkeys((*beside, *arms)))
    ids = tuple(dict.fromkeys(ref.study_id for ref in (*arms, *every)))
    current = at or dict(zip(ids, revisions(context, ids), strict=True))
    first = measure(context, ids[0], metric, summary, at=current[ids[0]])
    studies = {ids[0]: first}
    for study_id in ids[1:]:
        studies[study_id] = measure(context, study_id, first.metric.name, first.summary, at=current[study_id])
    for ref in every:
        if ref.arm >= len(studies[ref.study_id].arms):
            have = ", ".join(f"{ref.study_id}.{arm.position} ({arm.name})" for arm in studies[ref.study_id].arms[:10])
            raise InvalidInput("arms", str(ref), f"an arm of study {ref.study_id}: {have}")
    if len({study.metric.direction for study in studies.values()}) > 1:
        raise InvalidInput("metric", first.metric.name, "a metric that gets better the same way in every study")
    placed = dict(zip(every, _placed([(studies[ref.study_id], ref.arm) for ref in every]), strict=True))
    return Chosen(tuple(placed[ref] for ref in dict.fromkeys(arms)), tuple(placed[ref] for ref in beside))


def _placed(arms: Sequence[tuple[Measured, int]]) -> list[ChosenArm]:
    several = len({measured.study_id for measured, _ in arms}) > 1
    names = [measured.arms[at].name for measured, at in arms]
    return [
        ChosenArm(
            measured,
            at,
            order if several else at,
            name if names.count(name) == 1 else f"{name} (study {measured.study_id})",
        )
        for order, ((measured, at), name) in enumerate(zip(arms, names, strict=True))
    ]
