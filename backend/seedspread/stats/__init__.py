"""Statistics of seed variance.

Functions take arrays and return frozen results. Every resampling takes an explicit generator.

    from seedspread import stats

    a = stats.Sample.of("baseline", {0: 0.912, 1: 0.918, 2: 0.915})
    b = stats.Sample.of("wider", {0: 0.925, 1: 0.921, 2: 0.926})
    result = stats.compare(a, b, stats.DecisionRule(smallest_difference=0.005), stats.question_rng("wider?"))
    result.verdict.sentence

Effects are B - A. Values are finite floats in the metric's units. Missing, failed and non-finite runs are counted in
the `Sample` and reported, never dropped silently. A result that cannot be computed is None with a reason.
"""

from seedspread.stats.claims.claim import check_claim, check_published, check_statement, check_target
from seedspread.stats.claims.statement import Claim, Statement
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.looks import FEWEST_AT_LOOK, Payment, TakenLook, payment, plan_changed
from seedspread.stats.data.resolution import Lattice, is_constant, lattice_of
from seedspread.stats.data.results import Estimate, HypothesisTest, Interval
from seedspread.stats.data.samples import Pairs, Sample, pair, question_rng
from seedspread.stats.decision.adaptive import LookDecision, next_look
from seedspread.stats.decision.best_of_k import BestOf, Standing, WrongWinner, expected_best, standing, wrong_winner
from seedspread.stats.decision.caveats import Caveat
from seedspread.stats.decision.comparison import (
    Comparison,
    Difference,
    Family,
    Verdict,
    after_other_plan,
    compare,
    compare_many,
    decide,
    interim_rule,
)
from seedspread.stats.decision.evidence import Outlier
from seedspread.stats.decision.judgement import Outcome, Reason, State, worst_rank_test
from seedspread.stats.decision.planning import (
    SeedsNeeded,
    detectable_paired,
    detectable_unpaired,
    detectable_welch,
    power_of_t,
    power_paired,
    power_unpaired,
    power_welch,
    seeds_anytime,
    seeds_paired,
    seeds_real,
    seeds_unpaired,
    seeds_welch,
)
from seedspread.stats.decision.ranking import Ranking, games_howell, probability_best, rank_arms
from seedspread.stats.decision.ranking_sentences import RankedArm
from seedspread.stats.decision.rule import DecisionRule, Look, plan_looks, spending
from seedspread.stats.decision.sequential import (
    betting_path,
    empirical_bernstein_path,
    running_intersection,
    t_mixture,
    t_mixture_path,
)
from seedspread.stats.inference.bayes import Posterior, corrected_paired_test, posterior, posterior_unpaired
from seedspread.stats.inference.bootstrap import (
    Bootstrap,
    bootstrap_difference,
    bootstrap_iqm,
    bootstrap_mean,
    bootstrap_paired,
)
from seedspread.stats.inference.effects import (
    Effects,
    effects,
    probability_b_above_a,
    probability_bootstrap,
    probability_paired,
)
from seedspread.stats.inference.equal_spread import bartlett, brown_forsythe, levene
from seedspread.stats.inference.means import (
    Summary,
    correlation,
    iqm,
    iqm_fractional,
    overlapping_test,
    paired_test,
    shapiro,
    student_test,
    summarise,
    welch_test,
)
from seedspread.stats.inference.multiplicity import Adjusted, adjust
from seedspread.stats.inference.outliers import (
    Copies,
    StandingApart,
    copies,
    failure_bound,
    failure_difference,
    failure_rate,
    standing_apart,
    wilson_interval,
)
from seedspread.stats.inference.outlook import (
    Outlook,
    outlook,
    prediction_interval,
    range_confidence,
    tail_mean,
    tolerance_interval,
)
from seedspread.stats.inference.permutation import relabel_test, sign_flip_test
from seedspread.stats.inference.proportions import McNemar, mcnemar
from seedspread.stats.inference.ranks import (
    brunner_munzel,
    kolmogorov_smirnov,
    mann_whitney,
    rank_biserial,
    sign_test,
    violation_ratio,
    wilcoxon,
)
from seedspread.stats.inference.robust import (
    RobustDifferences,
    median_difference,
    median_of_differences,
    ratio,
    robust_differences,
    trimmed_paired_test,
    yuen_test,
)
from seedspread.stats.spread.components import (
    Component,
    IntraclassCorrelation,
    SourceShare,
    VarianceComponents,
    intraclass_correlation,
    variance_components,
)
from seedspread.stats.spread.factorial import MeanSquares, crossed_table, mean_squares
from seedspread.stats.spread.one_at_a_time import OneAtATime, SourceAlone, one_at_a_time
from seedspread.stats.spread.test_set_noise import (
    CorrectnessVariance,
    ExamplesDifference,
    correctness_variance,
    difference_over_examples,
)
from seedspread.stats.spread.unbalanced import crossed_components

__all__ = [
    "FEWEST_AT_LOOK",
    "Adjusted",
    "BestOf",
    "Bootstrap",
    "Caveat",
    "Claim",
    "Comparison",
    "Component",
    "Conditions",
    "Copies",
    "CorrectnessVariance",
    "DecisionRule",
    "Difference",
    "Effects",
    "Estimate",
    "ExamplesDifference",
    "Family",
    "HypothesisTest",
    "Interval",
    "IntraclassCorrelation",
    "Lattice",
    "Look",
    "LookDecision",
    "McNemar",
    "MeanSquares",
    "OneAtATime",
    "Outcome",
    "Outlier",
    "Outlook",
    "Pairs",
    "Payment",
    "Posterior",
    "RankedArm",
    "Ranking",
    "Reason",
    "RobustDifferences",
    "Sample",
    "SeedsNeeded",
    "SourceAlone",
    "SourceShare",
    "Standing",
    "StandingApart",
    "State",
    "Statement",
    "Summary",
    "TakenLook",
    "VarianceComponents",
    "Verdict",
    "WrongWinner",
    "adjust",
    "after_other_plan",
    "bartlett",
    "betting_path",
    "bootstrap_difference",
    "bootstrap_iqm",
    "bootstrap_mean",
    "bootstrap_paired",
    "brown_forsythe",
    "brunner_munzel",
    "check_claim",
    "check_published",
    "check_statement",
    "check_target",
    "compare",
    "compare_many",
    "copies",
    "corrected_paired_test",
    "correctness_variance",
    "correlation",
    "crossed_components",
    "crossed_table",
    "decide",
    "detectable_paired",
    "detectable_unpaired",
    "detectable_welch",
    "difference_over_examples",
    "effects",
    "empirical_bernstein_path",
    "expected_best",
    "failure_bound",
    "failure_difference",
    "failure_rate",
    "games_howell",
    "interim_rule",
    "intraclass_correlation",
    "iqm",
    "iqm_fractional",
    "is_constant",
    "kolmogorov_smirnov",
    "lattice_of",
    "levene",
    "mann_whitney",
    "mcnemar",
    "mean_squares",
    "median_difference",
    "median_of_differences",
    "next_look",
    "one_at_a_time",
    "outlook",
    "overlapping_test",
    "pair",
    "paired_test",
    "payment",
    "plan_changed",
    "plan_looks",
    "posterior",
    "posterior_unpaired",
    "power_of_t",
    "power_paired",
    "power_unpaired",
    "power_welch",
    "prediction_interval",
    "probability_b_above_a",
    "probability_best",
    "probability_bootstrap",
    "probability_paired",
    "question_rng",
    "range_confidence",
    "rank_arms",
    "rank_biserial",
    "ratio",
    "relabel_test",
    "robust_differences",
    "running_intersection",
    "seeds_anytime",
    "seeds_paired",
    "seeds_real",
    "seeds_unpaired",
    "seeds_welch",
    "shapiro",
    "sign_flip_test",
    "sign_test",
    "spending",
    "standing",
    "standing_apart",
    "student_test",
    "summarise",
    "t_mixture",
    "t_mixture_path",
    "tail_mean",
    "tolerance_interval",
    "trimmed_paired_test",
    "variance_components",
    "violation_ratio",
    "welch_test",
    "wilcoxon",
    "wilson_interval",
    "worst_rank_test",
    "wrong_winner",
    "yuen_test",
]
