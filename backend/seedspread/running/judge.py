"""Judge a study folder.

This reduces each run to its summary value, compares the arms, and checks interim looks and assertions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from seedspread import words
from seedspread.analysis.compare import compare_numbers, family_view
from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.recording.reader import StudyFolder
from seedspread.recording.records import StudyRecord
from seedspread.running.checks import metric_of
from seedspread.stats import Conditions, DecisionRule, LookDecision, Sample, next_look, question_rng, summarise
from seedspread.stats.data.arms import LeftOut
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.comparison import decide
from seedspread.stats.inference.means import Summary
from seedspread.views.statistics import ComparisonView, FamilyView

FIRST_LOOK, LOOK_EVERY = 10, 5
"""Seeds per arm of the first interim look, and between two looks."""


@dataclass(frozen=True)
class ArmNumbers:
    """Summary values of one arm by seed.

    None represents a run that ended without the metric.
    """

    name: str
    values: dict[int, float | None] = field(default_factory=dict)
    failures: int = 0
    pending: int = 0

    def sample(self, seeds: Sequence[int] | None = None) -> Sample:
        """Return the arm, or some of its seeds, as a sample."""
        kept = self.values if seeds is None else {seed: self.values[seed] for seed in seeds if seed in self.values}
        return Sample.of(self.name, kept, failures=self.failures)


@dataclass(frozen=True)
class Judgement:
    """Judgement of a study: metric, numbers by arm, comparison, sentences.

    family: every arm against the baseline, None for a single arm. look: the last look of an adaptive study.
    """

    metric: str
    arms: tuple[ArmNumbers, ...]
    sentences: tuple[str, ...]
    family: FamilyView | None = None
    look: LookDecision | None = None
    summaries: tuple[Summary, ...] = ()

    @property
    def usable(self) -> bool:
        """True if any run has a value."""
        return any(value is not None for arm in self.arms for value in arm.values.values())


def numbers_of(folder: StudyFolder, metric: str) -> tuple[ArmNumbers, ...]:
    """Return each arm's summary values in the study's order of arms.

    Cancelled and interrupted runs are left out.
    """
    study = folder.study
    arms = {name: ArmNumbers(name) for name in _ordered(study)}
    for run in folder.counted():
        record = run.record
        arm = arms.setdefault(record.arm, ArmNumbers(record.arm))
        seed = len(arm.values) if record.seed is None else record.seed
        if run.state == "finished":
            arm.values[seed] = run.value(metric, study.summary, study.direction)
        elif run.state == "failed":
            arms[record.arm] = replace(arm, failures=arm.failures + 1)
        elif run.state == "running":
            arms[record.arm] = replace(arm, pending=arm.pending + 1)
    return tuple(replace(arm, values=dict(sorted(arm.values.items()))) for arm in arms.values())


def judge(folder: StudyFolder, metric: str | None = None) -> Judgement:
    """Return the verdict on a study in its current state.

    Raises:
        InvalidInput: there is no metric to judge by.
    """
    name = metric or metric_of(folder)
    return judge_arms(folder.study, name, numbers_of(folder, name))


def judge_arms(study: StudyRecord, name: str, arms: tuple[ArmNumbers, ...]) -> Judgement:
    """Return the verdict on numbers by arm, under a study's decision rule.

    The first arm is the baseline.
    """
    level = float(study.rule.get("level", 0.95))
    summaries = tuple(summarise(arm.sample(), level) for arm in arms)
    if len(arms) < 2:
        return Judgement(name, arms, tuple(_alone(summary, name, study) for summary in summaries), summaries=summaries)
    family = compare_numbers(
        {arm.name: arm.values for arm in arms},
        metric=name,
        direction=Direction(study.direction) if study.direction else None,
        smallest_difference=study.smallest_difference,
        level=level,
        paired=study.rule.get("paired"),
        left_out={arm.name: LeftOut(failures=arm.failures) for arm in arms},
    )
    if not study.rule.get("until"):
        return Judgement(name, arms, _sentences(family.comparisons), family, summaries=summaries)
    looks = [look_at(study, name, arms[0], arm, len(arms) - 1) for arm in arms[1:]]
    views = [_at_look(view, look, len(looks)) for view, look in zip(family.comparisons, looks, strict=True)]
    family = family_view(arms[0].name, len(views), "Bonferroni", views)
    return Judgement(name, arms, _sentences(views), family, looks[0], summaries)


def _at_look(view: ComparisonView, look: LookDecision, comparisons: int) -> ComparisonView:
    """Return the comparison with the verdict of its latest interim look.

    The error rate of that verdict is already shared over the comparisons, so the corrected p equals its p.
    """
    verdict = look.verdict
    p = 1.0 if verdict.p is None else verdict.p
    names = (
        "headline", "state", "reason", "winner", "leaning", "interval", "method", "n", "paired", "check", "check_p",
        "rank_p", "worst_rank_p", "fails_more", "interim", "seeds_needed", "look",
    )  # fmt: skip
    update: dict[str, object] = {name: getattr(verdict, name) for name in names}
    update |= {
        "detail": [*verdict.detail, look.sentence],
        "caveats": list(verdict.caveats),
        "outliers": list(verdict.outliers),
        "p": p,
        "p_corrected": min(1.0, p * comparisons),
        "looked_at": comparisons,
    }
    return view.model_copy(update=update)


def _sentences(views: Sequence[ComparisonView]) -> tuple[str, ...]:
    """Return the verdict on every arm, each detail only once."""
    seen: set[str] = set()
    sentences = []
    for view in views:
        sentences.append(" ".join((view.headline, *(line for line in view.detail if line not in seen))))
        seen.update(view.detail)
    return tuple(sentences)


def rule_of(study: StudyRecord, comparisons: int = 1) -> DecisionRule:
    """Return the decision rule of a study.

    Looks share the error rate over the comparisons.
    """
    level = float(study.rule.get("level", 0.95))
    paired = study.rule.get("paired")
    most = study.rule.get("at_most")
    adaptive = bool(study.rule.get("until")) and isinstance(most, int)
    first = min(FIRST_LOOK, most) if adaptive and isinstance(most, int) else FIRST_LOOK
    return DecisionRule(
        smallest_difference=study.smallest_difference,
        direction="minimize" if study.direction == "minimize" else ("maximize" if study.direction else None),
        level=1 - round(1 - level, 12) / comparisons if adaptive else level,
        pairing="auto" if paired is None else ("paired" if paired else "separate"),
        looks="planned" if adaptive else "once",
        first_look=first,
        look_every=LOOK_EVERY,
        most_seeds=most if adaptive else None,
    )


def look_at(study: StudyRecord, metric: str, a: ArmNumbers, b: ArmNumbers, comparisons: int) -> LookDecision:
    """Analyse a pair at its latest complete interim look.

    This is the largest planned number of seeds whose runs have all ended.
    """
    rule = rule_of(study, comparisons)
    started = min(len(arm.values) + arm.failures for arm in (a, b))
    size = max((size for size in rule.schedule() if size <= started), default=started)
    seeds = study.seeds[:size]
    return next_look(
        a.sample(seeds), b.sample(seeds), rule, question_rng("look", metric, a.name, b.name), Conditions(metric=metric)
    )


Claim = Literal["holds", "fails", "undecided", "broken"]
EXIT_CODES: Final[dict[str, int]] = {"holds": 0, "fails": 3, "undecided": 4, "broken": 2}

_CLAIM: Final = re.compile(
    r"\s*(?P<a>.+?)\s*(?P<op>>=|<=|==|>|<)\s*(?P<b>.+?)"
    r"(?:\s+(?P<sign>\+-|\+/-|±|[+\-−])\s*(?P<margin>\d*\.?\d+(?:[eE][-+]?\d+)?)(?P<percent>\s*%)?)?\s*",
)


@dataclass(frozen=True)
class ClaimResult:
    """Outcome of an assertion, with a sentence."""

    claim: str
    outcome: Claim
    sentence: str


def check_claim(text: str, arms: Sequence[ArmNumbers], study: StudyRecord) -> ClaimResult:
    """Check an assertion such as `wide >= base - 0.005`.

    Other forms are `wide > base`, `new == old +- 0.01` and `wide >= 0.9`. The baseline is shifted by the margin and
    compared like any other arm: the claim holds if the other arm is then better, and fails if it is then worse.

    Raises:
        InvalidInput: the claim is malformed, or names an unknown arm.
    """
    match = _CLAIM.fullmatch(text)
    by_name = {arm.name: arm for arm in arms}
    if match is None or match["a"] not in by_name:
        raise InvalidInput("--assert", text, f'"ARM >= ARM - MARGIN", with the arms {", ".join(by_name)}')
    a, op, other = by_name[match["a"]], match["op"], match["b"]
    margin = float(match["margin"] or 0) / (100 if match["percent"] else 1)
    if other in by_name and other != a.name:
        b = by_name[other]
    else:
        return _against_constant(text, a, op, _constant(text, other, match, margin, by_name), study)
    if not any(value is not None for arm in (a, b) for value in arm.values.values()):
        return ClaimResult(text, "broken", f"{text}: broken, no run has a value.")
    if op == "==":
        if not margin or match["sign"] in {"+", "-", "−"}:
            raise InvalidInput("--assert", text, 'a margin for equality, such as "new == old +- 0.01"')
        return _equal(text, a, b, margin, study)
    shift = margin if match["sign"] == "+" else -margin
    shifted = ArmNumbers(b.name, {s: None if v is None else v + shift for s, v in b.values.items()}, b.failures)
    upward = op in {">", ">="}
    rule = replace(rule_of(study), direction="maximize" if upward else "minimize", smallest_difference=None)
    verdict = decide(shifted.sample(), a.sample(), rule, question_rng("assert", text))
    if verdict.outcome == "better":
        outcome: Claim = "holds" if verdict.winner == a.name else "fails"
    elif verdict.reason == "identical":  # at the margin itself under every seed
        outcome = "holds" if op in {">=", "<="} else "fails"
    else:
        outcome = "undecided"
    return ClaimResult(text, outcome, _sentence(text, outcome, verdict.interval, -shift, a, b))


def _sentence(text: str, outcome: str, interval: Interval | None, shift: float, a: ArmNumbers, b: ArmNumbers) -> str:
    how = _OUTCOMES[outcome]
    if interval is None:
        return f"{text}: {how}."
    within = words.interval(interval.low - shift, interval.high - shift, interval.level, signed=True)
    return f"{text}: {how}. {words.name(a.name)} − {words.name(b.name)}: {within}."


_OUTCOMES: dict[str, str] = {"holds": "holds", "fails": "does not hold", "undecided": "undecided"}


def _equal(text: str, a: ArmNumbers, b: ArmNumbers, margin: float, study: StudyRecord) -> ClaimResult:
    rule = replace(rule_of(study), direction="maximize", smallest_difference=margin)
    verdict = decide(b.sample(), a.sample(), rule, question_rng("assert", text))
    outcome: Claim = "undecided"
    interval = verdict.interval
    if verdict.outcome == "no_difference" or verdict.reason == "identical":
        outcome = "holds"
    elif interval is not None and (interval.low > margin or interval.high < -margin) and verdict.outcome == "better":
        outcome = "fails"
    return ClaimResult(text, outcome, _sentence(text, outcome, interval, 0.0, a, b))


def _constant(text: str, other: str, match: re.Match[str], margin: float, by_name: dict[str, ArmNumbers]) -> float:
    try:
        base = float(other.rstrip("% ")) / (100 if other.endswith("%") else 1)
    except ValueError:
        raise InvalidInput("--assert", text, f"another arm ({', '.join(by_name)}) or a number") from None
    return base + (margin if match["sign"] == "+" else -margin)


def _against_constant(text: str, a: ArmNumbers, op: str, bound: float, study: StudyRecord) -> ClaimResult:
    summary = summarise(a.sample(), float(study.rule.get("level", 0.95)))
    if op == "==":
        raise InvalidInput("--assert", text, "another arm to be equal to")
    if summary.mean is None:
        return ClaimResult(text, "broken", f"{text}: broken, no run of {a.name} has a value.")
    interval = summary.mean_interval
    if interval is None:
        return ClaimResult(text, "undecided", f"{text}: undecided, no interval of the mean ({summary.reason}).")
    above, below = interval.low >= bound, interval.high <= bound
    holds, fails = (above, below) if op in {">", ">="} else (below, above)
    outcome: Claim = "holds" if holds else ("fails" if fails else "undecided")
    within = words.interval(interval.low, interval.high, interval.level)
    return ClaimResult(text, outcome, f"{text}: {_OUTCOMES[outcome]}. Mean of {words.name(a.name)}: {within}.")


def _ordered(study: StudyRecord) -> list[str]:
    """Return the arms' names with the baseline first."""
    names = [arm.name for arm in study.arms]
    return sorted(names, key=lambda name: name != study.baseline) if study.baseline in names else names


def _alone(summary: Summary, metric: str, study: StudyRecord) -> str:
    """Describe the spread over seeds of a single arm."""
    if summary.mean is None:
        return f"No verdict: no run has a finite value of {metric}."
    which = "best" if study.summary == "best" else "last"
    interval = summary.mean_interval if summary.n > 2 else None
    mean = words.rounded(summary.mean, None if interval is None else interval.width() / 2)
    within = "" if interval is None else f" ({words.interval(interval.low, interval.high, interval.level)})"
    spread = "" if summary.std is None else f", SD {words.sd(summary.std)}"
    extent = f"{words.number(summary.minimum)} to {words.number(summary.maximum)}"
    failed = f" {words.count(summary.failures)} more failed." if summary.failures else ""
    seeds = words.counted(summary.n, "seed")
    return f"Mean {which} {words.name(metric)} {mean}{within}{spread}, from {extent} over {seeds}.{failed}"
