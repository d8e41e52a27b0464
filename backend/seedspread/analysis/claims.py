"""Check claims about numbers, and about arms of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING

from seedspread.analysis.compare import Values
from seedspread.analysis.measured import measure
from seedspread.analysis.rules import conditions, decision_rule, first_seeds, last_look, pairing
from seedspread.core.recipe import Direction
from seedspread.core.study import Centre
from seedspread.errors import MISSING, InvalidInput
from seedspread.stats import Conditions, DecisionRule, Sample, Statement, check_statement, question_rng
from seedspread.stats.claims import wording
from seedspread.stats.claims.statement import ClaimKind
from seedspread.stats.data.arms import LeftOut
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL
from seedspread.stats.decision.rule import Direction as Way
from seedspread.views.claims import CheckedClaim

if TYPE_CHECKING:
    from seedspread.context import Context

_NOT_STATED = Conditions()
_OF_TWO: tuple[ClaimKind, ...] = ("better", "better_by", "not_worse_by", "equal_within")
_OUTCOMES = {
    "not_worse_by": {"holds": "not worse", "fails": "worse"},
    "equal_within": {"holds": "equal", "fails": "different"},
}


@dataclass(frozen=True)
class ClaimForm:
    """Claim in one of its forms, the others left out.

    text: as in `wide >= base - 0.005`. better: plainly better. better_by, not_worse_by, equal_within: margins above 0.
    target: a number that the mean must beat; published: (mean, SD, n) that it must beat. arm: the one it is about;
    None for the last of two (of one, for a number). baseline: None for the first, or the study's.
    """

    text: str | None = None
    better: bool = False
    better_by: float | None = None
    not_worse_by: float | None = None
    equal_within: float | None = None
    target: float | None = None
    published: tuple[float, float, int] | None = None
    arm: str | None = None
    baseline: str | None = None

    def statement(self, arms: list[str], direction: Direction) -> Statement:
        """Return the claim about some arms, the baseline first.

        Raises:
            InvalidInput: no form or several, an unknown arm, or another number of arms than the claim needs.
        """
        forms = {
            "claim": self.text,
            "better": self.better or None,
            "better_by": self.better_by,
            "not_worse_by": self.not_worse_by,
            "equal_within": self.equal_within,
            "target": self.target,
            "published": self.published,
        }
        chosen = [name for name, value in forms.items() if value is not None]
        if len(chosen) != 1:
            raise InvalidInput("claim", chosen or MISSING, f"exactly one of {', '.join(forms)}")
        if self.text is not None:
            return wording.parse(self.text, arms)
        way: Way = "maximize" if direction is Direction.MAXIMIZE else "minimize"
        if chosen[0] in ("target", "published"):
            arm = self._arm(arms, 1, chosen[0])
            about: ClaimKind = "beats_target" if self.target is not None else "beats_published"
            return Statement(about, arm, way, target=self.target, published=self.published, strict=True)
        baseline = self.baseline if self.baseline is not None else arms[0]
        arm = self._arm([name for name in arms if name != baseline], 2, chosen[0])
        kind = next(name for name in _OF_TWO if name == chosen[0])
        margins = (self.better_by, self.not_worse_by, self.equal_within)
        margin = next((margin for margin in margins if margin is not None), None)
        return Statement(kind, arm, way, baseline=baseline, margin=margin, strict=self.better)

    def _arm(self, candidates: list[str], needed: int, form: str) -> str:
        if self.arm is not None:
            return self.arm
        if len(candidates) != 1:
            groups = f"{needed} group{'s' if needed > 1 else ''} for {form}, or the arm it is about"
            arms = " or ".join(f"--arm {quote(name)}" for name in candidates[:3])
            raise InvalidInput("groups", candidates, groups, hint=f"Say {arms}." if candidates else None)
        return candidates[0]


def check_numbers(
    groups: Mapping[str, Values],
    form: ClaimForm,
    *,
    direction: Direction,
    metric: str = "the metric",
    level: float = 0.95,
    paired: bool | None = None,
    smallest_difference: float | None = None,
    minimum_seeds: int | None = None,
    centre: Centre = "mean",
    looked_at: int | None = None,
    left_out: Mapping[str, LeftOut] | None = None,
) -> CheckedClaim:
    """Check one claim about groups of numbers, the baseline first.

    looked_at: claims that share the error rate; None counts the arms beside the baseline.

    Raises:
        InvalidInput: no claim or more than one, or another number of groups than the claim needs.
    """
    statement = form.statement(list(groups), direction)
    aside = {name: (left_out or {}).get(name, LeftOut()) for name in groups}
    samples = {name: Sample.of(name, values, failures=aside[name].failures) for name, values in groups.items()}
    rule = DecisionRule(
        smallest_difference=smallest_difference,
        direction=direction,
        level=level,
        pairing="auto" if paired is None else ("paired" if paired else "separate"),
        minimum_seeds=minimum_seeds or FEWEST_FOR_INTERVAL,
        centre=centre,
    )
    comparisons = looked_at or (max(1, len(groups) - 1) if statement.baseline is not None else len(groups))
    return check_samples(statement, samples, rule, metric, comparisons)


def check_study(
    context: Context, study_id: int, form: ClaimForm, *, metric: str | None = None, summary: str | None = None
) -> CheckedClaim:
    """Check one claim about arms of a study, by its decision rule.

    While runs are pending, or after seeds were added because of a result, the anytime-valid interval decides. The
    error rate is divided by the comparisons that a verdict of the study is corrected for.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric or arm, or a claim that the study's arms do not fit.
    """
    measured = measure(context, study_id, metric, summary)
    arms = [measured.arms[measured.baseline].name]
    arms += [arm.name for arm in measured.arms if arm.name not in arms]
    statement = form.statement(arms, measured.metric.direction)
    at = measured.arm(statement.arm)
    base = at if statement.baseline is None else measured.arm(statement.baseline, "baseline")
    rule = decision_rule(measured, pairing(measured, base, measured, at))
    if rule.adaptive and base == at:
        # Looks were planned for comparisons; a single arm may be looked at whenever by the anytime-valid interval.
        rule = replace(rule, looks="anytime", most_seeds=None)
    n = last_look(measured, base, at) if base != at else None
    samples = {measured.arms[position].name: first_seeds(measured, position, n).sample() for position in {base, at}}
    alone = len(measured.arms) * max(1, measured.exploratory_metrics)
    comparisons = measured.looked_at(base, at) if base != at else alone
    under = conditions(measured, base, measured, at)
    return check_samples(statement, samples, rule, measured.metric.name, comparisons, under)


def check_samples(
    statement: Statement,
    samples: Mapping[str, Sample],
    rule: DecisionRule,
    metric: str,
    comparisons: int = 1,
    under: Conditions = _NOT_STATED,
) -> CheckedClaim:
    """Check one claim about samples by name, under a decision rule.

    comparisons: claims that share the error rate. under: pending runs and added seeds.
    """
    rng = question_rng("claim", metric, wording.statement(statement), *samples)
    named = replace(under, metric=metric)
    claim = check_statement(statement, samples, rule, rng, comparisons=comparisons, conditions=named)
    settled = _OUTCOMES.get(statement.kind, {"holds": "better", "fails": "not better"})
    return CheckedClaim(
        outcome=settled.get(claim.answer, claim.answer),
        answer=claim.answer,
        exit_code=claim.exit_code,
        sentence=claim.sentence,
        claim=wording.statement(statement, ratio=claim.ratio),
        kind=statement.kind,
        arm=statement.arm,
        baseline=statement.baseline,
        threshold=claim.threshold,
        interval=claim.interval,
        exact_p=claim.exact_p,
        n=claim.n,
        reason=claim.reason,
        more=claim.more,
        comparisons=comparisons,
        metric=metric,
        direction=Direction(statement.direction),
        level=rule.level,
        interim=under.interim and not rule.adaptive,
    )
