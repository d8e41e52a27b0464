"""Sentences on figures of parameters."""

from __future__ import annotations

NO_PARAMETERS = "The arms do not differ in any parameter."
NO_SHARE = "Shares appear once every value of a parameter has runs, and more than one in all."
NO_RUNS = "Points appear as soon as a run has finished."

METHOD = (
    "Share of the variance of all runs that lies between a parameter's values (omega squared, CI from the noncentral F "
    "distribution); numbers with more than 8 values are grouped into quarters. ρ: Spearman's rank correlation."
)
LIMITS = (
    "Parameters are looked at one by one. This does not separate parameters that change together, does not see that "
    "one matters only beside another, and says nothing about values that were not tried."
)


def importance_title(metric: str) -> str:
    """Title the figure of shares."""
    return f"How much of the spread of {metric} goes with each parameter"


def variance_axis(metric: str) -> str:
    """Title the axis of shares."""
    return f"share of the variance of {metric}"


def share_words(share: str, groups: str, n: int) -> str:
    """Describe one share in a tooltip."""
    return f"{share} of the variance ({groups}, n = {n})"


def parallel_title(metric: str, runs: str) -> str:
    """Title the parallel coordinates."""
    return f"Parameters and {metric}, {runs}"


def against_title(metric: str, parameter: str, runs: str) -> str:
    """Title the metric against a parameter."""
    return f"{metric} against {parameter}, {runs}"


def emphasised(best: str) -> str:
    """Say which lines stand out."""
    return f"In colour: the {best} with the best values. Every line is one run."


def means_over(level: str) -> str:
    """Say what the marks over every value are."""
    return f"Every point is one run; marks: mean over all runs of a value, {level} CI (t)."
