"""Write the methods paragraph of a report: training, randomness, statistics, exclusions, hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedspread import words
from seedspread.analysis.design import asks
from seedspread.analysis.measured import Measured
from seedspread.analysis.rules import conditions, decision_rule
from seedspread.core.manifest import canonical
from seedspread.core.recipe import Direction
from seedspread.core.states import RunState
from seedspread.core.study import Preset
from seedspread.stats.decision.comparison import interim_rule
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.inference.means import moments
from seedspread.summaries import unusable, value_of
from seedspread.views.statistics import FamilyView

_MOST_NAMED = 12
_MOST_ENVIRONMENTS = 4
_POLICIES = {
    "vary": "varied with the seed",
    "levels": "crossed in levels",
    "fixed": "held fixed",
    "free": "drawn anew in every run and recorded",
}
_OF_THE_RUN = frozenset({"seeding", "resumed", "epochs_per_call"})
"""Facts recorded with the environment that say what the run did in it."""
_FRAMEWORKS = {
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "keras": "tensorflow",
    "torch": "torch",
    "jax": "jax",
}
"""Packages, and the framework among whose facts their use shows."""
_PACKAGES = (
    ("tensorflow", "TensorFlow"),
    ("tensorflow-cpu", "TensorFlow"),
    ("torch", "PyTorch"),
    ("jax", "JAX"),
    ("keras", "Keras"),
    ("scikit-learn", "scikit-learn"),
    ("numpy", "NumPy"),
)


_CENTRES = {
    "mean": "means",
    "trimmed": "20% trimmed means",
    "median": "medians",
    "log_ratio": "the ratio of geometric means",
}
_INTERVALS = {
    "mean": {True: "paired t intervals over shared seeds", False: "Welch t intervals, the arms taken as independent"},
    "trimmed": {True: "t intervals of the trimmed mean of paired differences", False: "Yuen t intervals"},
    "median": {True: "order-statistic intervals of the median paired difference", False: "Price-Bonett intervals"},
    "log_ratio": {True: "paired t intervals of logarithms", False: "Welch t intervals of logarithms"},
}
"""Of each deciding value: how paired and independent arms are compared."""


def methods(
    measured: Measured, environments: Sequence[Mapping[str, Any]], family: FamilyView | None = None
) -> list[str]:
    """Return the sentences of the methods paragraph.

    Args:
        environments: environments in which the runs were trained.
        family: the comparisons of the report; None for a study of one arm.
    """
    return [
        *_training(measured),
        *_randomness(measured),
        *_spread(measured),
        *_statistics(measured, family),
        *_left_out(measured),
        *_hardware(environments),
    ]


def _training(measured: Measured) -> list[str]:
    names = words.listing([words.name(arm.name) for arm in measured.arms], _MOST_NAMED)
    arms = f"{words.counted(len(measured.arms), 'arm')} ({names})"
    version = f" (version {measured.recipe_version})" if measured.recipe_version else ""
    recipe = f"The recipe {words.name(measured.recipe)}{version}"
    finished = [run for run in measured.runs if run.state is RunState.FINISHED]
    cancelled = sum(run.state is RunState.CANCELLED for run in measured.runs)
    sizes = sorted({int(arm.sample().usable.size) for arm in measured.values})
    n = f"n = {sizes[0]}" if len(sizes) == 1 else f"n = {sizes[0]} to {sizes[-1]}"
    seeds = words.stretches(run.seed for run in finished)
    better = "higher" if measured.metric.direction is Direction.MAXIMIZE else "lower"
    sentences = [f"{recipe} was to be trained in {arms}; no run has finished."]
    if finished:
        each = "" if len(measured.arms) == 1 else " per arm"
        sentences = [f"{recipe} was trained in {arms} with seeds {seeds} ({n} runs with a finite value{each})."]
    if measured.pending:
        sentences.append(f"{words.counted(measured.pending, 'run')} had not ended when this was written.")
    if cancelled:
        was = "was" if cancelled == 1 else "were"
        sentences.append(f"{words.count(cancelled)} of {words.counted(len(measured.runs), 'run')} {was} cancelled.")
    value = f"the {value_of(measured.summary, words.name(measured.metric.name))} of each run"
    return [*sentences, f"The value analysed is {value} ({better} is better)."]


def _randomness(measured: Measured) -> list[str]:
    alike: dict[str, list[str]] = {policy: [] for policy in _POLICIES}
    differing: dict[tuple[str, ...], list[str]] = {}
    for source in dict.fromkeys(source for arm in measured.arms for source in arm.policies):
        policies = tuple(arm.policies.get(source, "") for arm in measured.arms)
        if len(set(policies)) == 1:
            alike[policies[0]].append(source)
        else:
            differing.setdefault(policies, []).append(source)
    sentences = [words.sentence(f"{_POLICIES[policy]}: {', '.join(names)}") for policy, names in alike.items() if names]
    for policies, names in differing.items():
        sentences.append(f"{words.listing(names)}: {_by_policy(measured, policies)}.")
    seeded = any(policy in ("vary", "levels", "fixed") for arm in measured.arms for policy in arm.policies.values())
    derived = "Seeds of the sources that are not drawn anew are derived from the run's seed by SHA-256 of their names."
    return [*sentences, *([derived] if seeded else [])]


def _by_policy(measured: Measured, policies: Sequence[str]) -> str:
    """Return a source's policy by arms.

    An example is `held fixed in a and b; varied with the seed in c`.
    """
    arms: dict[str, list[str]] = {}
    for arm, policy in zip(measured.arms, policies, strict=True):
        arms.setdefault(policy, []).append(words.name(arm.name))
    return "; ".join(
        f"{_POLICIES[policy] if policy else 'absent'} in {words.listing(names, _MOST_NAMED)}"
        for policy, names in arms.items()
    )


def _spread(measured: Measured) -> list[str]:
    """Describe how the spread is measured, where it is."""
    level = words.level(measured.spec.rule.level)
    match asks(measured.arms):
        case Preset.FACTORIAL:
            kind = "Variance components are those of a random-effects analysis of variance (by moments, cut at 0)"
            return [f"{kind}; {level} CIs of their shares are fiducial.", *_unbalanced(measured)]
        case Preset.SOURCES | Preset.ROUNDS:
            kind = f"Spreads are standard deviations (n − 1) with {level} chi-square CIs, which assume near-normal runs"
            return [f"{kind}; they are compared by the Brown-Forsythe test with Holm's correction."]
        case Preset.AA:
            return ["All arms are the same: the comparisons show how often luck alone looks like a difference."]
    return []


def _unbalanced(measured: Measured) -> list[str]:
    """Say how crossed tables with failed cells are estimated."""
    crossed = [arm.position for arm in measured.arms if "levels" in arm.policies.values()]
    runs = sum(run.arm in crossed for run in measured.runs)
    lost = runs - sum(int(measured.values[position].sample().usable.size) for position in crossed)
    if not lost:
        return []
    how = "components of tables with such cells are REML estimates (cut at 0), with CIs from adjusted mean squares"
    return [f"Of {words.counted(runs, 'run')} of crossed sources, {lost:,} gave no value: {how}."]


def _statistics(measured: Measured, family: FamilyView | None) -> list[str]:
    level = words.level(measured.spec.rule.level)
    finite = [values.sample().usable for values in measured.values]
    flat = any(moments(numbers).constant for numbers in finite if numbers.size >= FEWEST_FOR_INTERVAL)
    without = words.counted(FEWEST_FOR_INTERVAL, "seed") + (
        ", nor for an arm whose values are all equal" if flat else ""
    )
    sentences = [f"CIs of means are {level} t intervals; none is given below {without}."]
    if family is None:
        return sentences
    rule = decision_rule(measured, "auto")
    paired = {view.paired for view in family.comparisons}
    interim = any(view.interim for view in family.comparisons)
    sentences += [
        _interval_of_differences(_deciding_level(measured, rule), rule, paired, family.m if interim else 0),
        _decided(rule, measured.metric.unit, paired),
    ]
    sentences += _partly_paired(family)
    sentences += _looks(rule) if rule.adaptive else _added(measured)
    if any(arm.sample().left_out for arm in measured.values):
        sentences.append(
            "Shares of runs without a value are compared by Fisher's exact test; the arm with more of them is called "
            "better only if a rank test with these runs last agrees, whose p then stands in the table if it is larger."
        )
    if family.m > 1:
        baseline = words.name(family.baseline)
        compared = words.counted(family.m, "comparison")
        pairs = f"{compared} with {baseline}"
        if family.m > len(family.comparisons):
            pairs = f"all {words.counted(family.m, 'pair')}, since no baseline was named beforehand"
        sentences.append(f"Verdicts are corrected for {pairs} ({family.correction}).")
    return sentences


def _deciding_level(measured: Measured, rule: DecisionRule) -> float:
    """Return the level of a single comparison now, interim ones included."""
    base = measured.baseline
    others = [position for position in measured.compared if position != base]
    return interim_rule(rule, conditions(measured, base, measured, others[0])).level if others else rule.level


def _partly_paired(family: FamilyView) -> list[str]:
    """Say how runs without a pair take part."""
    if not any(view.difference.alone_a for view in family.comparisons):
        return []
    weights = "paired and unpaired differences are weighted by their inverse variances (Graybill-Deal, Meier's df)"
    return [f"Where arms share only some of their seeds, {weights}, and the permutation test permutes both parts."]


def _interval_of_differences(confidence: float, rule: DecisionRule, paired: set[bool], interim_comparisons: int) -> str:
    """Return how the deciding intervals were made.

    Interim ones share the error rate over the comparisons.
    """
    level = words.level(confidence)
    if rule.looks == "anytime" or interim_comparisons:
        shared = words.level(1 - round(1 - confidence, 12) / max(1, interim_comparisons))
        if rule.robust:
            how = f"CIs of differences (arm − baseline) hold at every look at the {shared} level"
            kinds = words.listing([_INTERVALS[rule.centre][pairing] for pairing in (True, False) if pairing in paired])
            return f"Arms are compared by {_CENTRES[rule.centre]}; {how}: {kinds} at the bounds of the t mixture."
        on_logs = " of logarithms" if rule.centre == "log_ratio" else ""
        return f"CIs of differences (arm − baseline) are {shared} t-mixture intervals{on_logs}, valid at every look."
    named = [_INTERVALS[rule.centre][pairing] for pairing in (True, False) if pairing in paired]
    at = " at the level of each look" if rule.looks == "planned" else f" at the {level} level"
    if rule.centre == "log_ratio":
        return f"CIs of ratios of geometric means (arm / baseline) are {words.listing(named)}{at}."
    if rule.robust:
        return f"Arms are compared by {_CENTRES[rule.centre]}; CIs (arm − baseline) are {words.listing(named)}{at}."
    return f"CIs of differences (arm − baseline) are {words.listing(named)}{at}."


def _decided(rule: DecisionRule, unit: str, paired: set[bool]) -> str:
    tests = {True: "sign-flip", False: "permutation"}
    if rule.robust:
        tests = {True: "Wilcoxon", False: "Mann-Whitney"}
    named = words.listing([tests[pairing] for pairing in (True, False) if pairing in paired], join="or")
    none = "1" if rule.centre == "log_ratio" else "0"
    test = f"a {named} test that rejects at the same level (exact where feasible)"
    better = f"“better” requires a CI that excludes {none} and {test}"
    if rule.smallest_difference is None:
        return f"By the decision rule stated beforehand, {better}."
    margin = words.entered(rule.smallest_difference, unit)
    if rule.centre == "log_ratio":
        margin = f"{words.exact(100 * rule.smallest_difference)}%"
    return (
        f"By the decision rule stated beforehand, {better}; “equivalent” requires a CI within {margin} of {none}, the "
        "smallest difference that matters, and the same test to reject a difference of that size in either direction."
    )


def _looks(rule: DecisionRule) -> list[str]:
    if rule.looks == "anytime":
        return [f"The study could stop at any number of seeds up to {words.count(rule.most_seeds or 0)} per arm."]
    sizes = words.listing([words.count(n) for n in rule.schedule()])
    return [
        f"Looks were planned at {sizes} seeds per arm, with O'Brien-Fleming-type alpha spending.",
        "Verdicts use the seeds of the last look.",
    ]


def _added(measured: Measured) -> list[str]:
    if not measured.payment.added:
        return []
    batches = ", then ".join(map(words.count, measured.payment.added))
    return [f"Seeds were added after results were in ({batches} per arm), for which these intervals account."]


def _left_out(measured: Measured) -> list[str]:
    sentences = []
    for arm in measured.values:
        sample, excluded = arm.sample(), arm.left_out.excluded
        parts = [
            f"{words.count(count)} {cause}"
            for count, cause in (
                (sample.failures, "failed"),
                (sample.missing, "without the metric"),
                (sample.non_finite, unusable(measured.metric.name)),
                (sample.cancelled, "cancelled"),
            )
            if count
        ]
        parts += [f"seed {seed} excluded by hand ({' '.join(reason.split())})" for seed, reason in excluded.items()]
        if parts:
            sentences.append(f"Left out of {words.name(arm.name)}: {'; '.join(parts)}.")
    return sentences or ["No run was left out."]


def _hardware(environments: Sequence[Mapping[str, Any]]) -> list[str]:
    if not environments:
        return []
    distinct = list(dict.fromkeys(_environment(content) for content in environments))
    more = len(distinct) - _MOST_ENVIRONMENTS
    named = "; ".join(distinct[:_MOST_ENVIRONMENTS]) + (f"; and {words.count(more)} more" if more > 0 else "")
    different = len(
        {canonical({key: content[key] for key in content.keys() - _OF_THE_RUN}) for content in environments}
    )
    count = f" ({words.count(different)} different environments)" if different > 1 else ""
    return [f"Trained on {named}{count}."]


def _environment(content: Mapping[str, Any]) -> str:
    packages = {name.replace("_", "-"): version for name, version in (content.get("packages") or {}).items()}
    cpu = content.get("cpu") or {}
    gpus = [gpu.get("name", "") for gpu in content.get("gpus") or () if gpu.get("name")]
    # Installed is more than used: what was loaded is recorded of runs that Seedspread trained.
    frameworks = content.get("frameworks")
    unused = {key for key, framework in _FRAMEWORKS.items() if frameworks is not None and framework not in frameworks}
    versions = [f"{name} {packages[key]}" for key, name in _PACKAGES if key in packages and key not in unused]
    parts = [
        ", ".join(gpus) or str(cpu.get("model") or content.get("machine") or "an unnamed processor"),
        words.counted(content["threads"], "thread") if "threads" in content else "",
        f"Python {content['python']}" if "python" in content else "",
        *versions,
    ]
    return ", ".join(part for part in parts if part)
