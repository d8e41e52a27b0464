"""Views of comparisons and plans.

The statistics inside are those of `seedspread.stats`, field by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from seedspread import words
from seedspread.core.recipe import Direction
from seedspread.core.study import Centre, Preset
from seedspread.figures.variance import Share
from seedspread.stats.data.results import Estimate, HypothesisTest, Interval
from seedspread.stats.data.sentences import SAME_DIFFERENCE
from seedspread.stats.decision.best_of_k import BestOf, Standing, WrongWinner
from seedspread.stats.decision.caveats import Caveat
from seedspread.stats.decision.comparison import Difference
from seedspread.stats.decision.evidence import Outlier
from seedspread.stats.decision.judgement import Reason, State
from seedspread.stats.decision.planning import SeedsNeeded
from seedspread.stats.decision.ranking import Ranking
from seedspread.stats.decision.rule import Look
from seedspread.stats.decision.sentences import fails_verb, p_to_show, state_words
from seedspread.stats.inference.bayes import Posterior
from seedspread.stats.inference.bootstrap import Bootstrap
from seedspread.stats.inference.effects import Effects
from seedspread.stats.inference.means import Summary
from seedspread.stats.inference.outliers import StandingApart
from seedspread.stats.inference.outlook import Outlook
from seedspread.stats.inference.proportions import McNemar
from seedspread.stats.inference.robust import RobustDifferences
from seedspread.stats.spread.components import IntraclassCorrelation, VarianceComponents
from seedspread.stats.spread.one_at_a_time import OneAtATime
from seedspread.stats.spread.test_set_noise import CorrectnessVariance, ExamplesDifference
from seedspread.views.numbers import View


class ExcludedRun(View):
    """Run that a person left out of all statistics."""

    seed: int = Field(examples=[7])
    reason: str = Field(examples=["trained on the wrong data"])


class Answer(View):
    """Answer in parts.

    `headline` is the sentence to quote; `detail` and `caveats` add to it, one sentence each.
    """

    headline: str = Field(
        description="the answer in one sentence",
        examples=["wide beats base by 2.1 points (95% CI 1.4 to 2.7, 24 paired seeds)."],
    )
    state: State | None = Field(
        None,
        description="`better`, `equivalent`, `undecided` or `cannot_be_judged`; null: the answer compares no arms",
        examples=["better"],
    )
    detail: list[str] = Field(
        default_factory=list,
        description="why, metric and method, what varied, what was left out, how many seeds it takes: a sentence each",
        examples=[["Varied with the seed: init, shuffle."]],
    )
    caveats: list[Caveat] = Field(default_factory=list, description="what limits the answer, the gravest first")


class VariantAnswer(Answer):
    """Answer of one variant to the question that the study's design asks."""

    variant: str = Field("", description="the variant; empty where there is one only", examples=["base"])


class ComparedArm(View):
    """Arm of a comparison, with everything that was left out."""

    name: str = Field(examples=["wide"])
    study_id: int | None = Field(None, description="null for numbers from elsewhere")
    study: str | None = None
    position: int | None = Field(None, description="the arm's place in its study")
    n: int = Field(description="finite values used", examples=[20])
    failures: int = Field(0, description="runs that ended without a result")
    missing: int = Field(0, description="runs that finished without this metric")
    cancelled: int = Field(0, description="runs that were cancelled before they ended")
    non_finite: int = Field(0, description="runs whose value is NaN or infinite")
    excluded: list[ExcludedRun] = Field(default_factory=list)


class MeasuredArm(ComparedArm):
    """Arm of a comparison with its statistics."""

    values: Summary = Field(description="mean and spread of all its finite values, with their intervals")
    apart: StandingApart = Field(description="seeds that lie far from the rest")
    failed: Estimate = Field(description="share of runs without a value")


class DifferingSource(View):
    """Randomness source with different policies in the two arms."""

    source: str = Field(examples=["init"])
    a: str | None = Field(description="vary, fixed, free or levels in A; null: the arm has no such source")
    b: str | None = Field(description="the same in B")


class ComparisonView(Answer):
    """Comparison of B with A (arm with baseline).

    It has the verdict in parts, then everything that it is based on. Differences are B − A.
    """

    reason: Reason = Field(description="the code of the verdict's reason", examples=["interval_excludes_zero"])
    winner: str | None = Field(description="the better arm (the higher one without a direction); null: none")
    leaning: str | None = Field(description="the arm that an undecided comparison leans to; null: none")
    interval: Interval | None = Field(description="of B − A, the one that decided; null where undefined")
    method: str = Field(description="how that interval was made", examples=["paired t"])
    n: int = Field(description="pairs, or seeds of the smaller arm", examples=[24])
    paired: bool
    check: str | None = Field(description="the permutation test that had to agree; null: not needed")
    check_p: float | None
    seeds_needed: SeedsNeeded | None = Field(description="for a verdict; null: decided, or no number would settle it")
    look: Look | None = Field(description="the planned look this is; null: none was planned")
    rank_p: float | None = Field(description="of the exact rank test, where outliers or separation make it decide")
    worst_rank_p: float | None = Field(description="of ranks with failed runs last, where the winner fails more often")
    fails_more: str | None = Field(description="the arm whose runs fail more often beyond chance; null: none")
    interim: bool = Field(description="computed while runs are pending, or after seeds were added because of a result")
    outliers: list[Outlier] = Field(default_factory=list, description="runs that lie far from the rest")
    p: float = Field(description="the largest p of the tests that decide; 1 where undefined")
    p_corrected: float = Field(description="after Holm: bounds the chance of any false claim")
    p_exploratory: float = Field(description="after Benjamini and Hochberg: for exploring only")
    looked_at: int = Field(description="comparisons looked at, which the verdict is corrected for", examples=[1])
    a: MeasuredArm
    b: MeasuredArm
    metric: str = Field(examples=["val_accuracy"])
    unit: str = Field(description="'share' for fractions: differences are then shown in points", examples=["share"])
    direction: Direction | None = Field(description="which way the metric gets better; null: not stated")
    summary: str | None = Field(description="which number of a run's series: last, best or area")
    level: float = Field(examples=[0.95])
    smallest_difference: float | None = Field(description="the smallest difference that matters", examples=[0.005])
    varied: list[str] = Field(description="sources of randomness that followed the seed in both arms")
    fixed: list[str] = Field(description="sources that were held fixed in both arms")
    free: list[str] = Field(description="sources drawn anew in every run of both arms")
    differing: list[DifferingSource] = Field(
        default_factory=list, description="sources that did one thing in A and another in B"
    )
    same_variant: bool = Field(False, description="both arms train the same: luck and their sources alone differ")
    pending: int = Field(description="runs of these studies that have not ended yet")
    difference: Difference
    tests: list[HypothesisTest] = Field(description="the t test, the permutation test, then rank tests")
    effects: Effects
    probability: Estimate = Field(description="P(a run of B lies above a run of A)")
    share_of_seeds: Estimate | None = Field(description="share of paired seeds in which B is higher; null: unpaired")
    wrong_winner: WrongWinner = Field(description="the chance that fewer seeds name the wrong arm")
    detectable: float | None = Field(description="the smallest difference found with the rule's power at this n")
    spread: HypothesisTest = Field(description="Brown and Forsythe's test of equal spread")
    failures_p: float | None = Field(description="Fisher's exact test of the shares of runs without a value")
    bootstrap: Bootstrap
    posterior: Posterior = Field(
        description="chances that A is higher, that the means are within the smallest difference, that B is higher"
    )
    robust: RobustDifferences = Field(description="the difference by trimmed means, medians, and as a ratio")
    centre: Centre = Field("mean", description="the value of an arm that decided, stated beforehand")
    estimate: Estimate | None = Field(
        None, description="B − A of that value, or B / A for log_ratio, with its interval; null without one"
    )
    examples: ExamplesDifference | None = Field(
        None, description="B − A over fresh seeds and fresh test examples; null: examples are not known"
    )
    mcnemar: McNemar | None = Field(None, description="of one run per arm on the same examples")
    outlook_a: Outlook = Field(description="what A's next runs will be like")
    outlook_b: Outlook = Field(description="what B's next runs will be like")

    @property
    def is_ratio(self) -> bool:
        """True if the deciding value is B / A."""
        return self.centre == "log_ratio" and self.estimate is not None

    @property
    def deciding(self) -> tuple[float | None, Interval | None]:
        """Difference or ratio that decides, with its interval.

        Without an interval that holds at a look there is none: that of the means would be narrower than any that does.
        """
        if self.centre != "mean" and self.estimate is not None:
            return self.estimate.value, self.estimate.interval
        means = None if self.interim else self.difference.interval
        interval = self.interval or means
        # An interval of no width would look as if it had been rounded.
        return self.difference.mean, interval if interval is None or interval.width() > 0 else None

    @property
    def no_interval(self) -> str | None:
        """Return why there is no interval, if that is known."""
        if self.deciding[1] is not None:
            return None
        return self.difference.reason if self.interval is None else SAME_DIFFERENCE

    @property
    def shown_p(self) -> float | None:
        """Return the p for a table's cell.

        It is None where no test decided: nothing was tested, or the verdict is that an arm fails more often.
        """
        failing = self.reason == "fails_more" and self.winner is None
        untested = self.deciding[1] is None and self.p >= 1
        return None if failing or untested else p_to_show(self.reason, self.p)

    @property
    def shown_verdict(self) -> str:
        """Return the verdict for a table's cell, worded as in the headline."""
        if self.reason == "fails_more" and self.winner is None and self.fails_more is not None:
            unmet = not any(arm.failures or arm.missing for arm in (self.a, self.b))
            return f"{words.plain(self.fails_more)} {fails_verb(self.metric, unmet=unmet)} more often"
        winner = None if self.winner is None else words.plain(self.winner)
        directed = self.direction is not None and not self.same_variant
        return state_words(self.state or "undecided", winner, words.plain(self.b.name), directed=directed)

    @property
    def marks(self) -> tuple[float, ...]:
        """Values besides 0 on which the verdict turns."""
        margin = self.smallest_difference
        if self.centre == "log_ratio":
            return (1.0,) if margin is None else (1.0, 1 + margin, 1 / (1 + margin))
        return () if margin is None else (-margin, margin)


def caveat_lines(views: Sequence[ComparisonView]) -> tuple[str, ...]:
    """Return every caveat once.

    It names the arms that it is about unless it is about all of them.
    """
    arms: dict[str, list[str]] = {}
    for view in views:
        for caveat in view.caveats:
            arms.setdefault(caveat.text, []).append(view.b.name)
    return tuple(
        text if len(names) == len(views) else f"{words.listing([words.name(name) for name in names])}: {text}"
        for text, names in arms.items()
    )


class ArmSpread(View):
    """Spread of the runs of one arm."""

    name: str = Field(examples=["split seeded"])
    position: int
    n: int = Field(description="finite values used", examples=[20])
    std: float | None = Field(description="standard deviation (n - 1), in the metric's units; null below two runs")
    interval: Interval | None = Field(description="of it (chi-square, near-normal runs); null below three, or at 0")
    all_fixed: bool = Field(description="every source is held fixed: then a spread of 0 is as it should be")


class SpreadTest(View):
    """Brown–Forsythe test of equal spread between two arms."""

    a: str = Field(description="an arm's name")
    b: str
    p: float | None = Field(description="null where there is nothing to test; see `reason`")
    holm: float | None = Field(description="after Holm, over the tests of this list")
    reason: str | None = None


class FamilyView(Answer):
    """Every arm against the baseline, corrected for the number of comparisons.

    `headline`, `state`, `detail` and `caveats` are those of the answer that the design asks for, else of the first
    comparison; `state` is null if comparisons have different states.
    """

    asks: Preset = Field(
        Preset.SEEDS, description="the preset whose question the arms ask; `seeds`: which mean is higher"
    )
    answers: list[VariantAnswer] = Field(
        default_factory=list, description="the answer to it, one a variant; empty where it asks about means"
    )
    short: str = Field("", description="the first answer in a few words", examples=["spread 1.1 → 0.4 → 0 points"])
    spreads: list[ArmSpread] = Field(default_factory=list, description="of arms that differ in their sources alone")
    spread_tests: list[SpreadTest] = Field(default_factory=list)
    baseline: str = Field(description="the arm the others are compared with", examples=["base"])
    m: int = Field(description="comparisons looked at", examples=[3])
    correction: str = Field(examples=["Holm"])
    comparisons: list[ComparisonView]
    ranking: Ranking | None = Field(None, description="of three arms or more; null for two, and while interim")
    reading: list[str] = Field(
        default_factory=list, description="how rows or a file were understood, and what was left out; a line each"
    )


class DifferenceRow(View):
    """Difference and the seeds it takes."""

    difference: float = Field(examples=[0.005])
    seeds: int | None = Field(description="per arm, or shared; null: over a million", examples=[23])


class SeedsRow(View):
    """Number of seeds and the difference they see."""

    seeds: int = Field(examples=[10])
    detectable: float = Field(description="the smallest difference found with the asked power", examples=[0.0053])


class SeedPlanView(Answer):
    """Seeds that a difference needs, and what given seeds detect."""

    seeds: int | None = Field(description="per arm, or shared where paired; null: over a million")
    for_verdict: int | None = Field(description="the same, or as many as a verdict takes at the least")
    cautious: int | None = Field(description="`seeds` if the spread is as large as it plausibly is")
    paired: bool
    std: float = Field(description="of the runs, or of the differences where paired")
    std_n: int | None = Field(description="seeds that the spread was taken from; null where it was given")
    power: float
    level: float
    comparisons: int = Field(1, description="comparisons that the numbers are corrected for (Bonferroni)")
    difference: float
    unit: str = Field("", description="of the study's metric; 'share': told in points")
    now: int | None = Field(description="seeds per arm there are")
    additional: int | None = Field(description="seeds per arm to add to those there are, for a verdict")
    anytime: int | None = Field(
        None, description="the same if you look after every seed, at the latest: the price of looking whenever you like"
    )
    by_difference: list[DifferenceRow]
    by_seeds: list[SeedsRow]


class VarianceView(Answer):
    """Sources of the spread of one variant."""

    kind: Literal["factorial", "sources"] = Field(description="sources crossed, or varied one at a time")
    variant: str = Field(examples=["base"])
    sources: list[str] = Field(examples=[["split", "init"]])
    metric: str
    n: int = Field(description="finite values used")
    shares: list[Share] = Field(
        default_factory=list, description="of the variance, largest first; none where a source has too few levels"
    )
    spreads: list[ArmSpread] = Field(default_factory=list, description="of sources varied one at a time, arm by arm")
    spread_tests: list[SpreadTest] = Field(default_factory=list)
    components: VarianceComponents | None = Field(None, description="of crossed sources")
    icc: IntraclassCorrelation | None = Field(
        None, description="of two crossed sources with one run a cell: the first source's levels are the targets"
    )
    alone: OneAtATime | None = Field(None, description="of sources varied one at a time")


class ExamplesView(Answer):
    """Share of an arm's spread that is real, and the test set's."""

    arm: ComparedArm
    variance: CorrectnessVariance | None = Field(description="null where runs share no test examples; see `headline`")


class BestOfArm(Answer):
    """Expected best of k for one arm, and a quoted value's rank."""

    arm: ComparedArm
    curve: BestOf
    quoted: Standing | None = Field(description="the place of the quoted value among the seeds")


class GroupView(View):
    """Group of runs with the same values of some parameters."""

    parameters: dict[str, Any] = Field(description="what its runs share", examples=[{"hidden": 64}])
    arms: list[int] = Field(description="positions of the arms in it", examples=[[1]])
    runs: int = Field(description="all its runs, whatever their state", examples=[20])
    n: int = Field(description="runs that count: finished, not excluded, with a finite value", examples=[18])
    seeds: int = Field(description="different seeds of those runs", examples=[18])
    mean: float | None = Field(examples=[0.9731])
    interval: Interval | None = Field(description="of the mean (t); null below 3 runs, or where all values are equal")
    sd: float | None = Field(description="standard deviation (n - 1); null below 2 runs", examples=[0.0042])
    minimum: float | None
    maximum: float | None


class RunGroups(View):
    """Runs of a study, grouped by parameters."""

    study_id: int
    metric: str = Field(examples=["val_accuracy"])
    summary: str = Field(description="which number of a run's series: last, best or area")
    unit: str = Field(examples=["share"])
    level: float = Field(description="of the confidence intervals", examples=[0.95])
    by: list[str] = Field(description="the parameters that tell the groups apart", examples=[["hidden"]])
    groups: list[GroupView]
