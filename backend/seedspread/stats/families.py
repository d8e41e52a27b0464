"""Several arms at once, with the number of looks they were chosen from counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from seedspread.errors import InvalidInput
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.comparison import Comparison, compare
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sentences import Conditions
from seedspread.stats.inference.multiplicity import Adjusted, adjust
from seedspread.stats.verdict import Verdict

_NOT_STATED = Conditions()


@dataclass(frozen=True)
class Family:
    """Comparisons of several arms. pairs[i] names (A, B) of comparisons[i]; adjusted holds their p-values in order.

    adjusted is of the t tests. Verdicts inside are corrected: "better" stands only where Holm's p is within the rule's
    error rate over all comparisons looked at (adjusted.m) and the comparison's own permutation test agrees.
    """

    pairs: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]
    adjusted: Adjusted
    baseline: str | None


def compare_many(
    samples: Sequence[Sample],
    rule: DecisionRule,
    rng: np.random.Generator,
    *,
    baseline: str | None = None,
    looked_at: int | None = None,
    conditions: Conditions | Sequence[Conditions] = _NOT_STATED,
) -> Family:
    """Compare every arm with the baseline, or all pairs without one.

    looked_at: comparisons looked at in all, arms filtered out or deleted included. Adaptive rules share their error
    rate evenly over the comparisons (Bonferroni), fixed ones use Holm. conditions: of all comparisons, or one for
    each in their order. Raises InvalidInput for fewer than two arms, arms of one name, a baseline that is none of
    them, or another number of conditions than comparisons.
    """
    chosen = _pairs(samples, baseline)
    m = max(len(chosen), looked_at or 0)
    if looked_at is not None and looked_at < len(chosen):
        raise InvalidInput("looked_at", looked_at, f"at least the {len(chosen)} comparisons made")
    judged = replace(rule, level=1 - rule.alpha / m) if rule.adaptive else rule
    stated = [conditions] * len(chosen) if isinstance(conditions, Conditions) else list(conditions)
    if len(stated) != len(chosen):
        raise InvalidInput("conditions", len(stated), f"one for each of the {len(chosen)} comparisons")
    found = [compare(a, b, judged, rng, under) for (a, b), under in zip(chosen, stated, strict=True)]
    adjusted = adjust([_main_p(comparison) for comparison in found], m)
    if not rule.adaptive:
        found = [
            replace(comparison, verdict=_corrected(comparison.verdict, holm, m, rule))
            for comparison, holm in zip(found, adjusted.holm, strict=True)
        ]
    return Family(tuple((a.arm, b.arm) for a, b in chosen), tuple(found), adjusted, baseline)


def _pairs(samples: Sequence[Sample], baseline: str | None) -> list[tuple[Sample, Sample]]:
    names = [sample.arm for sample in samples]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidInput("arms", names, "two or more arms with different names")
    if baseline is None:
        return list(combinations(samples, 2))
    if baseline not in names:
        raise InvalidInput("baseline", baseline, f"one of {', '.join(names)}")
    first = samples[names.index(baseline)]
    return [(first, sample) for sample in samples if sample.arm != baseline]


def _main_p(comparison: Comparison) -> float:
    """The t test's p, 1 where it is undefined."""
    p = comparison.tests[0].p
    return 1.0 if p is None else p


def _corrected(verdict: Verdict, holm: float, m: int, rule: DecisionRule) -> Verdict:
    if verdict.outcome != "better" or holm <= rule.alpha:
        return verdict
    said = (
        f"Undecided after correction for {m} comparisons (Holm p {holm:.2g}). Alone it would read: {verdict.headline}"
    )
    return replace(
        verdict,
        outcome="undecided",
        reason="not_after_correction",
        winner=None,
        leaning=verdict.winner,
        headline=said,
        sentence=verdict.sentence.replace(verdict.headline, said, 1),
    )
