"""The methods paragraph of a report: what varied, n, seeds, intervals, tests, corrections, exclusions, hardware."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seedspread.analysis.design import asks
from seedspread.analysis.measured import Measured
from seedspread.analysis.rules import decision_rule, pairing
from seedspread.core.recipe import Direction
from seedspread.core.states import RunState
from seedspread.core.study import Preset
from seedspread.stats.data.results import in_percent
from seedspread.stats.decision.rule import DecisionRule

MOST_NAMED = 12
_POLICIES = {
    "vary": "Varied with the seed",
    "levels": "Crossed in levels",
    "fixed": "Held fixed",
    "free": "Drawn freshly for every run and recorded",
}


def methods(found: Measured, environments: Sequence[Mapping[str, Any]], m: int) -> list[str]:
    """The paragraph's sentences.

    Args:
        environments: what the runs were trained in.
        m: comparisons looked at; 0 for a study of one arm.
    """
    statistics = (*_spread(found), *_statistics(found, m))
    return [*_training(found), *_randomness(found), *statistics, *_left_out(found), *_hardware(environments)]


def seeds_in_words(seeds: Iterable[int]) -> str:
    """Seeds with stretches drawn together: `0–19, 25`."""
    ordered = sorted(set(seeds))
    parts: list[list[int]] = []
    for seed in ordered:
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed])
    told = [f"{part[0]}–{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    return ", ".join(told[:12]) + (f" and {len(told) - 12} further stretches" if len(told) > 12 else "")


def _training(found: Measured) -> list[str]:
    names = ", ".join(arm.name for arm in found.arms[:MOST_NAMED]) + (" …" if len(found.arms) > MOST_NAMED else "")
    arms = f"{len(found.arms)} arms ({names})" if len(found.arms) > 1 else f"one arm ({names})"
    finished = [run for run in found.runs if run.state is RunState.FINISHED]
    how = f"trained in {arms} under the seeds {seeds_in_words(run.seed for run in finished)}"
    cancelled = sum(run.state is RunState.CANCELLED for run in found.runs)
    sizes = sorted({int(arm.sample().usable.size) for arm in found.values})
    n = f"n = {sizes[0]}" if len(sizes) == 1 else f"n = {sizes[0]} to {sizes[-1]}"
    version = f" (version {found.recipe_version})" if found.recipe_version else ""
    better = "higher" if found.metric.direction is Direction.MAXIMIZE else "lower"
    return [
        f"The recipe {found.recipe}{version} was {how}; {n} finished runs an arm."
        if finished
        else f"The recipe {found.recipe}{version} was to be trained in {arms}; no run has finished.",
        *([f"{cancelled:,} of {len(found.runs):,} runs were cancelled."] if cancelled else []),
        f"What is compared is the {found.summary} {found.metric.name} of every run ({better} is better).",
    ]


def _randomness(found: Measured) -> list[str]:
    alike: dict[str, list[str]] = {policy: [] for policy in _POLICIES}
    differing: dict[tuple[str, ...], list[str]] = {}
    for source in dict.fromkeys(source for arm in found.arms for source in arm.policies):
        policies = tuple(arm.policies.get(source, "") for arm in found.arms)
        if len(set(policies)) == 1:
            alike[policies[0]].append(source)
        else:
            differing.setdefault(policies, []).append(source)
    told = [f"{_POLICIES[policy]}: {', '.join(names)}." for policy, names in alike.items() if names]
    for policies, names in differing.items():
        told.append(f"{', '.join(names)}: {_by_policy(found, policies)}.")
    return [*told, "Every source's value is derived from the seed by SHA-256 of its name, the same in all arms."]


def _by_policy(found: Measured, policies: Sequence[str]) -> str:
    """What a source did in which arms: `held fixed in a, b; varied with the seed in c`."""
    arms: dict[str, list[str]] = {}
    for arm, policy in zip(found.arms, policies, strict=True):
        arms.setdefault(policy, []).append(arm.name)
    said = []
    for policy, names in arms.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        did = _POLICIES[policy].lower() if policy else "no source"
        said.append(f"{did} in {', '.join(names[:MOST_NAMED])}{more}")
    return "; ".join(said)


def _spread(found: Measured) -> list[str]:
    """How the spread is told, in a study that asks for it."""
    level = in_percent(found.spec.rule.level)
    match asks(found.arms):
        case Preset.FACTORIAL:
            told = "Variance components are those of a random-effects analysis of variance (by moments, cut at 0)"
            return [f"{told}; {level} intervals of their shares are fiducial."]
        case Preset.SOURCES | Preset.ROUNDS:
            told = f"Spreads are standard deviations (n - 1) with {level} chi-square intervals (near-normal runs)"
            return [f"{told}; they are compared by Brown and Forsythe's test (Holm)."]
    return []


def _statistics(found: Measured, m: int) -> list[str]:
    level = in_percent(found.spec.rule.level)
    told = [f"Intervals of means are {level} t intervals; nothing is said of an interval below 3 seeds."]
    if m < 1:
        return told
    rule = decision_rule(found, pairing(found, 0, found, 1))
    paired = rule.pairing in ("auto", "paired")
    test = "paired t intervals over shared seeds" if paired else "Welch's t intervals"
    check = "the exact sign flip test" if paired else "the exact permutation test"
    told.append(
        f"Differences are judged by {level} {test}; where they exclude 0, {check} has to agree (Monte Carlo "
        "with 1,999 draws where it cannot be counted)."
    )
    if rule.smallest_difference is not None:
        told.append(f"The smallest difference that matters was stated beforehand: {rule.smallest_difference:g}.")
    told += _looks(rule) or _added(found)
    if m > 1:
        way = "Bonferroni" if rule.adaptive else "Holm"
        told.append(f"Verdicts are corrected for {m} comparisons with the first arm ({way}).")
    return told


def _looks(rule: DecisionRule) -> list[str]:
    if not rule.adaptive:
        return []
    sizes = ", ".join(str(n) for n in rule.schedule())
    return [f"Looks were planned at {sizes} seeds an arm and paid for by O'Brien-Fleming-like alpha spending."]


def _added(found: Measured) -> list[str]:
    if len(found.batches) < 2:
        return []
    batches = ", then ".join(map(str, found.batches))
    return [f"Seeds were added after results were in ({batches}); the intervals do not pay for such looks."]


def _left_out(found: Measured) -> list[str]:
    told = []
    for arm in found.values:
        sample, excluded = arm.sample(), arm.left_out.excluded
        parts = [
            f"{count} {what}"
            for count, what in (
                (sample.failures, "failed"),
                (sample.missing, "without this metric"),
                (sample.non_finite, "not finite"),
                (sample.cancelled, "cancelled"),
            )
            if count
        ]
        parts += [f"seed {seed} excluded by hand ({reason})" for seed, reason in excluded.items()]
        if parts:
            told.append(f"Left out of {arm.name}: {'; '.join(parts)}.")
    return told or ["No run was left out."]


def _hardware(environments: Sequence[Mapping[str, Any]]) -> list[str]:
    if not environments:
        return []
    told = list(dict.fromkeys(_environment(content) for content in environments))
    count = f" ({len(environments)} different environments)" if len(environments) > 1 else ""
    return [f"Trained on {'; '.join(told[:4])}{count}."]


def _environment(content: Mapping[str, Any]) -> str:
    packages = {name.replace("_", "-"): version for name, version in (content.get("packages") or {}).items()}
    cpu = content.get("cpu") or {}
    gpus = [gpu.get("name", "") for gpu in content.get("gpus") or () if gpu.get("name")]
    versions = [
        f"{name} {packages[key]}"
        for key, name in (
            ("tensorflow", "TensorFlow"),
            ("tensorflow-cpu", "TensorFlow"),
            ("keras", "Keras"),
            ("scikit-learn", "scikit-learn"),
            ("numpy", "NumPy"),
        )
        if key in packages
    ]
    parts = [
        ", ".join(gpus) or str(cpu.get("model") or content.get("machine") or "an unnamed processor"),
        f"{content['threads']} {'thread' if content['threads'] == 1 else 'threads'}" if "threads" in content else "",
        f"Python {content['python']}" if "python" in content else "",
        *versions,
    ]
    return ", ".join(part for part in parts if part)
