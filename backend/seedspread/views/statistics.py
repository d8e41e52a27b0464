"""Views of comparisons and plans.

The statistics inside are those of `seedspread.stats`, field by field.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seedspread.core.recipe import Direction
from seedspread.core.study import Preset
from seedspread.figures.variance import Share
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.best_of_k import BestOf, Standing
from seedspread.stats.decision.comparison import Comparison
from seedspread.stats.decision.ranking import Ranking
from seedspread.stats.spread.components import IntraclassCorrelation, VarianceComponents
from seedspread.stats.spread.one_at_a_time import OneAtATime
from seedspread.stats.spread.test_set_noise import CorrectnessVariance
from seedspread.views.numbers import View


class ExcludedRun(View):
    """Run that a user excluded from all statistics."""

    seed: int = Field(examples=[7])
    reason: str = Field(examples=["trained on the wrong data"])


class ComparedArm(View):
    """Arm of a comparison, with everything that was left out of it."""

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


class DifferingSource(View):
    """Randomness source with different policies in the two arms."""

    source: str = Field(examples=["init"])
    a: str | None = Field(description="vary, fixed, free or levels in A; null: the arm has no such source")
    b: str | None = Field(description="the same in B")


class ComparisonView(View):
    """B against A: the verdict first, then everything it rests on."""

    headline: str = Field(description="the verdict in one sentence")
    sentence: str = Field(description="the headline, what varied, what was left out and why, what it would take")
    a: ComparedArm
    b: ComparedArm
    metric: str = Field(examples=["val_accuracy"])
    unit: str = Field(description="'share' for fractions: differences are then told in points", examples=["share"])
    direction: Direction | None = Field(description="which way the metric gets better; null: nobody said")
    summary: str | None = Field(description="which number of a run's series: last or best")
    level: float = Field(examples=[0.95])
    smallest_difference: float | None = Field(description="the smallest difference that matters", examples=[0.005])
    varied: list[str] = Field(description="sources of randomness that followed the seed in both arms")
    fixed: list[str] = Field(description="sources that were held fixed in both arms")
    free: list[str] = Field(description="sources drawn freshly in every run of both arms")
    differing: list[DifferingSource] = Field(
        default_factory=list, description="sources that did one thing in A and another in B"
    )
    same_variant: bool = Field(False, description="both arms train the same: luck and their sources alone differ")
    pending: int = Field(description="runs of these studies that have not ended yet")
    looked_at: int = Field(description="comparisons looked at, which the verdict is corrected for", examples=[1])
    comparison: Comparison


class FamilyMember(View):
    """One comparison of several, with its p-values before and after correction."""

    p: float = Field(description="the larger p of the deciding tests; 1 where undefined")
    holm: float = Field(description="after Holm: bounds the chance of any false claim")
    bh: float = Field(description="after Benjamini and Hochberg: for exploring only")
    comparison: ComparisonView


class ArmSpread(View):
    """Spread of the runs of one arm."""

    name: str = Field(examples=["split seeded"])
    position: int
    n: int = Field(description="finite values used", examples=[20])
    std: float | None = Field(description="standard deviation (n - 1), in the metric's units; null below two runs")
    interval: Interval | None = Field(description="of it (chi-square, near-normal runs); null below three, or at 0")
    held: bool = Field(description="every source is held fixed: then a spread of 0 is as it should be")


class SpreadTest(View):
    """Brown–Forsythe test of equal spread between two arms."""

    a: str = Field(description="an arm's name")
    b: str
    p: float | None = Field(description="null where there is nothing to test; see `reason`")
    holm: float | None = Field(description="after Holm, over the tests of this list")
    reason: str | None = None


class FamilyView(View):
    """All arms against the first, corrected for multiplicity.

    Preceded by the answer to the question of the study's design.
    """

    asks: Preset = Field(
        Preset.SEEDS, description="the preset whose question the arms ask; `seeds`: which mean is higher"
    )
    answers: list[str] = Field(
        default_factory=list, description="the answer to it, a sentence a variant; empty where it asks about means"
    )
    short: str = Field("", description="the first answer in a few words", examples=["spread 1.1 → 0.4 → 0 points"])
    spreads: list[ArmSpread] = Field(default_factory=list, description="of arms that differ in their sources alone")
    spread_tests: list[SpreadTest] = Field(default_factory=list)
    headline: str = Field(description="the answers, or all verdicts, in one sentence")
    baseline: str = Field(description="the arm the others are compared with", examples=["base"])
    m: int = Field(description="comparisons looked at", examples=[3])
    correction: str = Field(examples=["Holm"])
    comparisons: list[FamilyMember]
    ranking: Ranking | None = Field(None, description="of three arms or more; null for two, and while interim")


class DifferenceRow(View):
    """Difference, and the seeds that are needed to detect it."""

    difference: float = Field(examples=[0.005])
    seeds: int | None = Field(description="per arm, or shared; null: over a million", examples=[23])


class SeedsRow(View):
    """Number of seeds, and the difference that it can detect."""

    seeds: int = Field(examples=[10])
    detectable: float = Field(description="the smallest difference found with the asked power", examples=[0.0053])


class SeedPlan(View):
    """Seeds that differences need, and differences that seeds can detect."""

    sentence: str
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
    by_difference: list[DifferenceRow]
    by_seeds: list[SeedsRow]


class VarianceView(View):
    """Sources of the spread of one variant."""

    kind: Literal["factorial", "sources"] = Field(description="sources crossed, or varied one at a time")
    variant: str = Field(examples=["base"])
    sources: list[str] = Field(examples=[["split", "init"]])
    metric: str
    headline: str = Field(description="the answer in one sentence")
    sentence: str = Field(description="the headline, the shares in words or why there are none, what was left out")
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


class ExamplesView(View):
    """Share of an arm's spread that is real, and that of the test set."""

    arm: ComparedArm
    sentence: str
    variance: CorrectnessVariance | None = Field(description="null where runs share no test examples; see `sentence`")


class BestOfArm(View):
    """Expected best of k for one arm, and the rank of a quoted value."""

    arm: ComparedArm
    curve: BestOf
    quoted: Standing | None = Field(description="the place of the quoted value among the seeds")
