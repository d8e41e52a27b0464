"""Judge a study folder.

This reduces each run to its summary value, compares the arms, and checks interim looks and assertions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from seedspread import words
from seedspread.analysis.claims import ClaimForm, check_samples
from seedspread.analysis.compare import compare_numbers, family_view
from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput, Unavailable
from seedspread.floors.conditions import MeasuredArm, of_folder
from seedspread.recording.names import matching_name
from seedspread.recording.reader import StudyFolder
from seedspread.recording.records import Centre, StudyRecord
from seedspread.recording.writer import StudyWriter
from seedspread.running import sentences
from seedspread.running.checks import described_metrics, metric_of
from seedspread.stats import (
    FEWEST_AT_LOOK,
    Conditions,
    DecisionRule,
    LookDecision,
    Sample,
    TakenLook,
    after_other_plan,
    next_look,
    payment,
    plan_changed,
    question_rng,
    summarise,
)
from seedspread.stats.claims.claim import check_statement
from seedspread.stats.claims.statement import Claim
from seedspread.stats.claims.wording import parse
from seedspread.stats.data.arms import LeftOut
from seedspread.stats.inference.means import Summary
from seedspread.summaries import first_step, named, value_of
from seedspread.views.claims import CheckedClaim
from seedspread.views.statistics import ComparisonView, FamilyView

FIRST_LOOK, LOOK_EVERY = 10, 5
"""Seeds per arm of the first interim look, and between two looks."""
_MOST_DESCRIBED = 8  # more lines than these would bury the findings below them


@dataclass(frozen=True)
class ArmNumbers:
    """Summary values of one arm by seed.

    None represents a run that ended without the metric. reason: why the last failed run failed.
    """

    name: str
    values: dict[int, float | None] = field(default_factory=dict)
    failures: int = 0
    pending: int = 0
    reason: str = ""

    @property
    def never_ran(self) -> bool:
        """True if runs failed and none finished or is still running."""
        return self.failures > 0 and not self.values and not self.pending

    @property
    def ended(self) -> int:
        """Number of runs that have finished or failed."""
        return len(self.values) + self.failures

    def sample(self, seeds: Sequence[int] | None = None) -> Sample:
        """Return the arm, or some of its seeds, as a sample."""
        values = self.values if seeds is None else {seed: self.values[seed] for seed in seeds if seed in self.values}
        return Sample.of(self.name, values, failures=self.failures)


@dataclass(frozen=True)
class Judgement:
    """Judgement of a study: metric, numbers by arm, comparison, sentences.

    family: every arm against the baseline, None if there is nothing to compare. look: the last look of an adaptive
    study. conditions: pending runs and added seeds.
    """

    metric: str
    arms: tuple[ArmNumbers, ...]
    sentences: tuple[str, ...]
    family: FamilyView | None = None
    look: LookDecision | None = None
    summaries: tuple[Summary, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)

    @property
    def never_ran(self) -> tuple[str, ...]:
        """Names of the arms of which no run finished."""
        return tuple(arm.name for arm in self.arms if arm.never_ran)

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
            arms[record.arm] = replace(arm, failures=arm.failures + 1, reason=record.reason)
        elif run.state == "running":
            arms[record.arm] = replace(arm, pending=arm.pending + 1)
    return tuple(replace(arm, values=dict(sorted(arm.values.items()))) for arm in arms.values())


def judge(folder: StudyFolder, metric: str | None = None) -> Judgement:
    """Return the verdict on a study in its current state.

    Raises:
        InvalidInput: there is no metric to judge by.
    """
    name = metric or metric_of(folder)
    arms, study = numbers_of(folder, name), folder.study
    judgement = judge_arms(study, name, arms, pending=is_pending(study, arms), others=other_metrics(folder, name))
    names = described_metrics(folder) if not study.metric and len(arms) == 1 else []
    if len(names) < 2 or name != names[0] or judgement.never_ran:
        return judgement
    return replace(judgement, sentences=_alone_by_each(folder, names))


def other_metrics(folder: StudyFolder, metric: str) -> int:
    """Count the metrics that a verdict is corrected for.

    It is 0 for the metric that decides.

    The metric and the summary value decide by which the study was first judged: whoever changes them afterwards has
    seen a verdict. All metrics beside them count as looked at, as in the service.
    """
    name, summary = folder.study.decides()
    names = folder.metrics()
    if not name or (summary == folder.study.summary and _as_logged(name, names) == _as_logged(metric, names)):
        return 0
    return max(1, len(names) - 1)


def _as_logged(metric: str, names: list[str]) -> str:
    """Return a metric or first step with its reported name."""
    condition = first_step(metric)
    name = matching_name(metric if condition is None else condition.metric, names) or metric
    return name if condition is None else replace(condition, metric=name).name


def with_options(
    folder: StudyFolder,
    *,
    direction: str | None = None,
    within: float | None = None,
    level: float = 0.95,
    centre: Centre = "mean",
    paired: bool | None = None,
    summary: str | None = None,
    baseline: str | None = None,
) -> StudyFolder:
    """Return a study whose decision rule is changed for one verdict.

    Defaults keep what the study says.

    Raises:
        InvalidInput: the study has no such baseline.
    """
    study = folder.study
    names = [arm.name for arm in study.arms]
    if baseline and baseline not in names:
        raise InvalidInput("--baseline", baseline, f"one of {', '.join(names)}")
    rule = dict(study.rule)
    rule |= {} if level == 0.95 else {"level": level}
    rule |= {} if centre == "mean" else {"centre": centre}
    rule |= {} if paired is None else {"paired": paired}
    changed = replace(
        study,
        direction=str(direction or study.direction),
        smallest_difference=study.smallest_difference if within is None else within,
        summary=summary or study.summary,
        baseline=baseline or study.baseline,
        rule=rule,
    )
    return replace(folder, study=changed)


def is_pending(study: StudyRecord, arms: Sequence[ArmNumbers]) -> bool:
    """Return True if runs are going on, or planned ones are missing.

    They may still come: a verdict meanwhile is one look of several.
    """
    return any(arm.pending or arm.ended < study.planned for arm in arms if not arm.never_ran)


def note_look(folder: Path, arms: Sequence[ArmNumbers]) -> bool:
    """Record that a verdict on these numbers was shown.

    Return False if the folder cannot be written.
    """
    writer, living = StudyWriter(folder), [arm for arm in arms if not arm.never_ran]
    study, pending = writer.study, is_pending(writer.study, arms)
    if not living:
        return True
    seeds = (min if pending else max)(arm.ended for arm in living)
    planned = max(study.planned, seeds + 1) if pending else study.planned
    rule = rule_of(study)
    if rule.adaptive:
        # Between two looks the verdict is that of the earlier one.
        seeds, planned = _look_size(rule, living), rule.most_seeds or 0
    if seeds < FEWEST_AT_LOOK or (rule.adaptive and seeds not in rule.schedule()):
        return True
    try:
        writer.note_look(seeds, planned)
    except Unavailable:
        return False
    return True


def judge_arms(
    study: StudyRecord, name: str, arms: tuple[ArmNumbers, ...], *, pending: bool = False, others: int = 0
) -> Judgement:
    """Return the verdict on numbers by arm, under a study's decision rule.

    The first arm is the baseline. An arm of which no run finished is not compared: its failures say nothing about its
    quality. While runs are pending, and after seeds were added to a study whose verdict was seen, a wider interval
    decides. others: of a metric that does not decide, the metrics that its verdict is corrected for.
    """
    level = float(study.rule.get("level", 0.95))
    summaries = tuple(summarise(arm.sample(), level) for arm in arms)
    living = [arm for arm in arms if not arm.never_ran]
    broken = tuple(sentences.never_ran(arm.name, arm.reason) for arm in arms if arm.never_ran)
    if len(living) < 2 or living[0] is not arms[0]:
        alone = tuple(_alone(summary, name, study) for summary in summaries)
        return Judgement(name, arms, broken or alone, summaries=summaries)
    if others:
        # Looks are planned for the metric that decides.
        study = replace(
            study, rule={key: value for key, value in study.rule.items() if key not in ("until", "at_most")}
        )
    conditions = conditions_of(study, name, arms, pending=pending, others=others)
    family = compare_numbers(
        {arm.name: arm.values for arm in living},
        metric=name,
        direction=Direction(study.direction) if study.direction else None,
        smallest_difference=study.smallest_difference,
        level=level,
        paired=study.rule.get("paired"),
        centre=study.rule.get("centre", "mean"),
        left_out={arm.name: LeftOut(failures=arm.failures) for arm in living},
        conditions=conditions,
        looked_at=max(1, others) * len(living) * (len(living) - 1) // 2,
    )
    if not study.rule.get("until"):
        headlines = (*_sentences(family.comparisons), *broken)
        return Judgement(name, arms, headlines, family, summaries=summaries, conditions=conditions)
    looks = [look_at(study, name, arms[0], arm, len(arms) - 1) for arm in living[1:]]
    # A plan shares its error rate before it is known which arms run.
    views = [_at_look(view, look, len(arms) - 1) for view, look in zip(family.comparisons, looks, strict=True)]
    family = family_view(arms[0].name, len(arms) - 1, "Bonferroni", views)
    return Judgement(name, arms, (*_sentences(views), *broken), family, looks[0], summaries, conditions)


def looks_of(study: StudyRecord) -> tuple[TakenLook, ...]:
    """Return the recorded looks at a study."""
    return tuple(TakenLook(seeds, planned) for seeds, planned in study.looks_taken())


def conditions_of(
    study: StudyRecord, metric: str, arms: Sequence[ArmNumbers], *, pending: bool = False, others: int = 0
) -> Conditions:
    """Return a verdict's conditions: pending runs, earlier looks, other metrics.

    Looks that an adaptive study plans are paid for by its rule, as long as the plan stays the same.
    """
    looks, ended = looks_of(study), max((arm.ended for arm in arms), default=0)
    if study.rule.get("until"):
        changed = [look for look in looks if look.planned != study.rule.get("at_most")]
        return Conditions(metric=named(study.summary, metric)).after(payment(changed, ended, 0))
    under = Conditions(metric=metric, peeked=pending, exploratory=others > 0, metrics=others)
    return under.after(payment(looks, ended, study.planned))


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
    reported: set[str] = set()
    lines = []
    for view in views:
        lines.append(" ".join((view.headline, *(line for line in view.detail if line not in reported))))
        reported.update(view.detail)
    return tuple(lines)


def rule_of(study: StudyRecord, comparisons: int = 1) -> DecisionRule:
    """Return the decision rule of a study.

    Looks share the error rate over the comparisons. Where a look was taken under a plan of other size, all further ones
    are anytime-valid, at what that plan has left.
    """
    level = float(study.rule.get("level", 0.95))
    paired = study.rule.get("paired")
    most = study.rule.get("at_most")
    adaptive = bool(study.rule.get("until")) and isinstance(most, int)
    first = min(FIRST_LOOK, most) if adaptive and isinstance(most, int) else FIRST_LOOK
    rule = DecisionRule(
        smallest_difference=study.smallest_difference,
        direction="minimize" if study.direction == "minimize" else ("maximize" if study.direction else None),
        level=1 - round(1 - level, 12) / comparisons if adaptive else level,
        pairing="auto" if paired is None else ("paired" if paired else "separate"),
        centre=study.rule.get("centre", "mean"),
        looks="planned" if adaptive else "once",
        first_look=first,
        look_every=LOOK_EVERY,
        most_seeds=most if adaptive else None,
    )
    if adaptive and isinstance(most, int) and plan_changed(looks_of(study), most):
        return after_other_plan(rule)
    return rule


def look_at(study: StudyRecord, metric: str, a: ArmNumbers, b: ArmNumbers, comparisons: int) -> LookDecision:
    """Analyse a pair at its latest complete interim look.

    This is the largest planned number of seeds whose runs have all ended.
    """
    rule = rule_of(study, comparisons)
    seeds = study.seeds[: _look_size(rule, (a, b))]
    under = conditions_of(study, metric, (a, b))
    return next_look(a.sample(seeds), b.sample(seeds), rule, question_rng("look", metric, a.name, b.name), under)


def looks_at(folder: StudyFolder, metric: str) -> list[LookDecision]:
    """Analyse every arm that runs against the baseline, as `look_at` does."""
    first, *others = numbers_of(folder, metric)
    # A plan shares its error rate before it is known which arms run.
    return [look_at(folder.study, metric, first, other, len(others)) for other in others if not other.never_ran]


def check_assertion(text: str, arms: Sequence[ArmNumbers], study: StudyRecord, others: int = 0) -> Claim:
    """Check an assertion such as `wide >= base - 0.005`.

    Other forms are `wide > base`, `new == old +- 0.01` and `wide >= 0.9`. others: as in `judge_arms`.

    Raises:
        InvalidInput: the claim is malformed, or names an unknown arm.
    """
    statement = parse(text, [arm.name for arm in arms], "--assert")
    samples = {arm.name: arm.sample() for arm in arms}
    under, rng = conditions_of(study, study.metric, arms, others=others), question_rng("assert", text)
    return check_statement(statement, samples, rule_of(study), rng, comparisons=max(1, others), conditions=under)


def check_folder(folder: StudyFolder, form: ClaimForm, metric: str | None = None) -> CheckedClaim:
    """Check one claim about the arms of a run folder.

    Raises:
        InvalidInput: no metric to judge by, no direction, or a claim that the arms do not fit.
    """
    study, name = folder.study, metric or metric_of(folder)
    if not study.direction:
        raise InvalidInput("direction", MISSING, "maximize or minimize: the study does not say which way is better")
    arms = numbers_of(folder, name)
    statement = form.statement([arm.name for arm in arms], Direction(study.direction))
    # No claim shares the error rate with comparisons that cannot be made.
    living = sum(not arm.never_ran for arm in arms)
    others = other_metrics(folder, name)
    comparisons = max(1, others) * max(1, living - 1 if statement.baseline is not None else living)
    rule, pending = rule_of(study), is_pending(study, arms)
    if others:
        rule = replace(rule, looks="once", most_seeds=None)
    samples = {arm.name: arm.sample() for arm in arms}
    if rule.adaptive and statement.baseline is not None:
        chosen = [arm for arm in arms if arm.name in (statement.arm, statement.baseline)]
        seeds = study.seeds[: _look_size(rule, chosen)]
        samples = {arm.name: arm.sample(seeds) for arm in chosen}
    elif rule.adaptive:
        rule = replace(rule, looks="anytime", most_seeds=None)
    under = conditions_of(study, name, arms, pending=pending, others=others)
    return check_samples(statement, samples, rule, name, comparisons, under)


def folder_arm(folder: StudyFolder, arm: str | None, metric: str | None = None) -> MeasuredArm:
    """Return an arm of a run folder; None: its only arm.

    Raises:
        InvalidInput: no metric to judge by, an unknown arm, several where none is named, or runs that have not ended.
    """
    name = metric or metric_of(folder)
    arms = {numbers.name: numbers for numbers in numbers_of(folder, name)}
    if (arm is None and len(arms) > 1) or (arm is not None and arm not in arms):
        raise InvalidInput("arm", MISSING if arm is None else arm, f"one of {', '.join(arms)}")
    chosen = next(iter(arms.values())) if arm is None else arms[arm]
    if chosen.pending:
        raise InvalidInput("arm", chosen.name, f"an arm whose runs have all ended: {chosen.pending} are running")
    direction = Direction(folder.study.direction) if folder.study.direction else None
    conditions = of_folder(folder, chosen.name, name)
    return MeasuredArm(chosen.sample(), name, direction, conditions, f"{folder.study.name}, {chosen.name}")


def _look_size(rule: DecisionRule, arms: Sequence[ArmNumbers]) -> int:
    """Return the seeds per arm of the latest complete look."""
    started = min(len(arm.values) + arm.failures for arm in arms)
    return max((size for size in rule.schedule() if size <= started), default=started)


def _ordered(study: StudyRecord) -> list[str]:
    """Return the arms' names with the baseline first."""
    names = [arm.name for arm in study.arms]
    return sorted(names, key=lambda name: name != study.baseline) if study.baseline in names else names


def _alone_by_each(folder: StudyFolder, names: Sequence[str]) -> tuple[str, ...]:
    """Describe the spread of a single arm by each metric."""
    level, lines = float(folder.study.rule.get("level", 0.95)), []
    for name in names[:_MOST_DESCRIBED]:
        (arm,) = numbers_of(folder, name)
        lines.append(_alone(summarise(arm.sample(), level), name, folder.study))
    further = names[_MOST_DESCRIBED:]
    return (*lines, *([sentences.further_metrics(further)] if further else []))


def _alone(summary: Summary, metric: str, study: StudyRecord) -> str:
    """Describe the spread over seeds of a single arm."""
    if summary.mean is None:
        return sentences.no_finite_value(metric)
    interval = summary.mean_interval if summary.n > 2 else None
    mean = words.rounded(summary.mean, None if interval is None else interval.ends)
    within = "" if interval is None else f" ({words.interval(interval.low, interval.high, interval.level)})"
    spread = "" if summary.std is None else f", SD {words.sd(summary.std)}"
    extent = f"{words.number(summary.minimum)} to {words.number(summary.maximum)}"
    failed = f" {words.count(summary.failures)} more failed." if summary.failures else ""
    seeds = words.counted(summary.n, "seed")
    value = value_of(study.summary, words.name(metric))
    return f"Mean {value} {mean}{within}{spread}, from {extent} over {seeds}.{failed}"
