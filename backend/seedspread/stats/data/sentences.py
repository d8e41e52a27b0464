"""Names of estimates and methods, and reasons why a statistic is missing.

A result carries them in `name`, `method` and `reason`; pages, reports and the command line show them as they are.
"""

from __future__ import annotations

from seedspread import words

# Estimates.
DIFFERENCE_OF_MEANS = "difference of means"
DIFFERENCE_OF_TRIMMED_MEANS = "difference of 20% trimmed means"
DIFFERENCE_OF_MEDIANS = "difference of medians"
MEDIAN_OF_DIFFERENCES = "median of the differences"
RATIO_OF_GEOMETRIC_MEANS = "ratio of geometric means"
SHARE_OF_SEEDS_ABOVE = "share of seeds with B above A"

# Methods.
BOOTSTRAP_OF_IQM = "percentile bootstrap of the IQM"
CORRECTED_FOR_SHARED_DATA = "corrected for shared training data"
MANN_WHITNEY_FAILED_LAST = "Mann-Whitney, failed runs last"
JOINT_PERMUTATION = "joint permutation"
JOINT_PERMUTATION_OF_RANKS = "joint permutation of ranks"
NORMAL_PERMUTATION = "normal approximation of the permutation distribution"

SHARED_SEEDS = "shared seeds"
SEEDS_PER_ARM = "seeds per arm"

# Reasons for which there is no result.
NO_VALUES = "an arm has no values"
FOR_SKEW = "t, widened for skew"
NO_FINITE_VALUE = "no finite value"
NO_RUN_ENDED = "no run has ended"
NO_SHARED_SEED = "no shared seed has a finite value in both arms"
NO_VARIATION = "no variation between runs: check that the seed reaches the training"
RUNS_DO_NOT_VARY = "no variation between runs"
SEEDS_DO_NOT_VARY = "no variation between seeds"
ARM_DOES_NOT_VARY = "an arm does not vary"
ARM_IS_CONSTANT = "an arm is constant"
BOTH_CONSTANT = "both arms are constant, so there is no spread to judge against"
SAME_DIFFERENCE = "the difference is exactly the same for every seed"
NO_PAIR_DIFFERS = "no difference in any pair"
NO_OVERLAP = "the arms do not overlap"
RANKS_DO_NOT_VARY = "the ranks do not vary"
DEVIATIONS_DO_NOT_VARY = "the deviations do not vary (always so with 2 seeds)"
MEDIANS_DO_NOT_VARY = "no spread around the medians"
TAIL_DOES_NOT_VARY = "no variation in the tail"
NO_STANDARD_ERROR = "the difference has a standard error of 0"
NO_SPREAD_AFTER_TRIMMING = "no spread is left after trimming"
ONE_SEED = "one seed does not show the spread"
EQUAL_MEANS = "the means are equal, so neither arm wins"
NEEDS_POSITIVE_VALUES = "needs values above 0 in both arms"
NEEDS_SHARED_AND_UNSHARED = "needs 3 shared seeds and one that is not shared"
NEEDS_PAIRS_AND_OTHERS = "needs 3 shared seeds and 2 others of each arm"
PART_DOES_NOT_VARY = "the pairs or the unpaired runs do not vary"
TOO_FEW_FOR_EXACT_INTERVAL = "too few pairs for an exact interval"
TOO_FEW_FOR_ASYMPTOTIC = "too few values for the asymptotic distribution"
TWO_OF_THREE_EQUAL = "two of the three values are equal"


def too_few(least: int, what: str = SEEDS_PER_ARM) -> str:
    """Return how many seeds, pairs or values a statistic needs."""
    return f"needs at least {least} {what}"


def too_many_for_bootstrap(most: int) -> str:
    """Return that a bootstrap beyond `most` seeds would add nothing."""
    return f"not computed above {words.count(most)} seeds, where it agrees with the t interval"


def too_many_to_calibrate(most: int) -> str:
    """Return that a p-value is not calibrated beyond `most` values."""
    return f"not calibrated above {words.count(most)} values"


def trimmed_mean_of_differences(trim: float) -> str:
    """Name the mean that cuts a share at each end."""
    return f"{words.number(100 * trim)}% trimmed mean of the differences"


def mean_of_worst(share: float) -> str:
    """Name the mean of the worst share (0 to 1) of runs."""
    return f"mean of the worst {words.number(100 * share)}%"
