"""What has to be said beside a verdict, each as a code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.judgement import Judgement
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sentences import Conditions
from seedspread.stats.inference.equal_spread import brown_forsythe
from seedspread.stats.inference.outliers import failure_bound, failure_difference
from seedspread.stats.inference.ranks import brunner_munzel, wilcoxon

_FEW_DISTINCT = 10
_LITTLE_CORRELATION = 0.1
_PAIRS_TO_CORRELATE = 10  # below, chance alone makes a correlation of any size
_SMALL = 20  # seeds per arm below which differences found are exaggerated and rare divergence goes unseen


@dataclass(frozen=True)
class Caveat:
    """A code for a page to hang a link on, and the sentence."""

    code: str
    text: str


def caveats(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> tuple[Caveat, ...]:
    """The caveats that apply, the gravest first."""
    if evidence.moments_a is None or evidence.moments_b is None:
        return ()
    found = (
        _peeked(evidence, rule, conditions),
        _size_open(evidence, judgement, rule, conditions),
        _outliers(evidence, judgement),
        _failures(evidence),
        _mean_against_rank(evidence, judgement, rule),
        None if judgement.reason == "identical" else _coarse(evidence),
        _pairing(evidence),
        _unequal_spread(evidence, rule),
        _other_code(conditions),
        _one_variant(conditions),
        _fixed(conditions),
        _small(evidence, judgement, rule),
        _floor(evidence, rule),
        Caveat("this_test_set", "The range is over seeds: on other test data the difference may be another."),
    )
    return tuple(caveat for caveat in found if caveat is not None)


def _peeked(evidence: Evidence, rule: DecisionRule, conditions: Conditions) -> Caveat | None:
    """Mark interim verdicts, and studies that went beyond their plan."""
    if rule.looks == "anytime" and conditions.peeked:
        return Caveat("interim", "Interim: runs are pending, so the wider interval that holds at every look decides.")
    if rule.looks == "anytime" and conditions.added:
        batches = ", then ".join(map(str, conditions.added))
        return Caveat(
            "interim",
            f"Interim: seeds were added after results were in ({batches}), so the interval that holds at every look "
            "decides.",
        )
    if rule.most_seeds is not None and min(evidence.sample_a.started, evidence.sample_b.started) > rule.most_seeds:
        return Caveat("beyond_plan", f"More seeds than the {rule.most_seeds} planned: the error rate no longer holds.")
    return None


def _outliers(evidence: Evidence, judgement: Judgement) -> Caveat | None:
    """Name the seeds that stand apart, and the tests that decided in spite of them."""
    outliers = evidence.outliers()
    if not outliers:
        return None
    named = [
        f"{'' if outlier.seed is None else f'seed {outlier.seed} '}"
        f"{f'of {outlier.arm} ' if outlier.arm is not None else ''}({outlier.value:.4g})"
        for outlier in outliers[:3]
    ]
    more = f" and {len(outliers) - 3} more" if len(outliers) > 3 else ""
    stand = "stands" if len(outliers) == 1 else "stand"
    text = f"{', '.join(named)}{more} {stand} apart"
    text = f"{text[:1].upper()}{text[1:]}"
    if judgement.outcome == "better":
        text += "; permutation and rank test agree on the direction all the same"
    return Caveat("outliers", f"{text}.")


def _size_open(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> Caveat | None:
    """A winner is known, but the range still covers the smallest difference that matters."""
    interval, margin = evidence.interval, rule.smallest_difference
    if judgement.outcome != "better" or interval is None or not margin:
        return None
    if min(abs(interval.low), abs(interval.high)) >= margin:
        return None
    text = (
        f"Whether the difference reaches the {conditions.told(margin)} that matters is still open: the range covers it."
    )
    return Caveat("size_open", text)


def _failures(evidence: Evidence) -> Caveat | None:
    a, b = evidence.sample_a, evidence.sample_b
    if a.left_out + b.left_out == 0:
        return None
    p = failure_difference(a.left_out, a.ended, b.left_out, b.ended)
    counts = f"{a.arm} {a.left_out} of {a.ended}, {b.arm} {b.left_out} of {b.ended}"
    differ = f"; Fisher's exact p {p:.2g}" if p is not None else ""
    return Caveat("failures", f"Means are of the runs that finished; without a value: {counts}{differ}.")


def _mean_against_rank(evidence: Evidence, judgement: Judgement, rule: DecisionRule) -> Caveat | None:
    if evidence.n < 5 or evidence.test.p is None:
        return None
    rank = (wilcoxon if evidence.paired else brunner_munzel)(evidence.a, evidence.b)
    if rank.p_floor is not None and rank.p_floor > rule.alpha:
        return None  # it could not have agreed
    if rank.p is None or (rank.p <= rule.alpha) == (evidence.test.p <= rule.alpha):
        return None
    if judgement.outcome == "better" or evidence.test.p <= rule.alpha:
        text = f"The means differ, typical runs need not: {rank.name} p {rank.p:.2g}."
    else:
        text = f"Typical runs differ ({rank.name} p {rank.p:.2g}) where the means do not: look at the points."
    return Caveat("mean_and_rank_disagree", text)


def _coarse(evidence: Evidence) -> Caveat | None:
    whole = np.concatenate([evidence.lattice.whole(evidence.a), evidence.lattice.whole(evidence.b)])
    distinct = int(np.unique(whole).size)
    unit = evidence.lattice.denominator
    if unit is None or evidence.n < 3:
        return None
    spread = max(known.std for known in (evidence.moments_a, evidence.moments_b) if known is not None) * unit
    if spread < 1 or (distinct < _FEW_DISTINCT and distinct < whole.size / 2):
        text = f"The metric moves in steps of 1/{unit}; {distinct} distinct values in {whole.size}."
        return Caveat("coarse_metric", text)
    return None


def _pairing(evidence: Evidence) -> Caveat | None:
    found = evidence.correlation if evidence.paired and evidence.n >= _PAIRS_TO_CORRELATE else None
    if found is not None and found < _LITTLE_CORRELATION:
        told = f"{found:.2f}".replace("-", "−")
        text = f"Pairing does not help here (correlation {told}); it is kept, being the design."
        return Caveat("pairing_does_not_help", text)
    return None


def _unequal_spread(evidence: Evidence, rule: DecisionRule) -> Caveat | None:
    first, second = evidence.moments_a, evidence.moments_b
    test = brown_forsythe(evidence.a, evidence.b)
    if first is None or second is None or test.p is None or test.p > rule.alpha:
        return None
    steadier = evidence.sample_a.arm if first.std < second.std else evidence.sample_b.arm
    return Caveat("unequal_spread", f"The spreads differ: {steadier} is steadier (Brown-Forsythe p {test.p:.2g}).")


def _other_code(conditions: Conditions) -> Caveat | None:
    if conditions.codes is None:
        return None
    a, b = (digest[:7] for digest in conditions.codes)
    text = f"The arms were trained by different code ({a}, {b}): compare a run of each to see what changed."
    return Caveat("code", text)


def _one_variant(conditions: Conditions) -> Caveat | None:
    if not conditions.same_variant:
        return None
    if conditions.differing:
        text = "Both arms train the same variant: what they ask is how far runs spread, not which mean is higher."
    else:
        text = "Both arms train the same variant in the same way: whatever differs between them is luck."
    return Caveat("same_variant", text)


def _fixed(conditions: Conditions) -> Caveat | None:
    in_one = (source for source, *policies in conditions.differing if "fixed" in policies)
    held = (*conditions.fixed, *in_one)
    if not held:
        return None
    names = ", ".join(held)
    return Caveat("held_fixed", f"For this {names} only: a source held fixed can make or hide a difference.")


def _small(evidence: Evidence, judgement: Judgement, rule: DecisionRule) -> Caveat | None:
    """Bound what few seeds cannot have shown yet: the rate of runs that diverge."""
    if evidence.n >= _SMALL:
        return None
    text = "With fewer than 20 seeds a rare diverging seed may not have shown yet"
    a, b = evidence.sample_a, evidence.sample_b
    if a.left_out + b.left_out == 0 and not evidence.outlying:
        ended = min(a.ended, b.ended)
        bound = failure_bound(0, ended, rule.level if rule.looks == "once" else 0.95)
        text += f" (0 of {ended} diverged: the rate may be up to {100 * (bound or 1):.0f}%)"
    if judgement.outcome == "better" or judgement.leaning is not None:
        text += ", and differences found are on average larger than they are"
    return Caveat("few_seeds", f"{text}.")


def _floor(evidence: Evidence, rule: DecisionRule) -> Caveat | None:
    smallest = evidence.floor
    if smallest <= rule.alpha or evidence.n < 1:
        return None
    n = f"{evidence.n} pair{'' if evidence.n == 1 else 's'}"
    if not evidence.paired:
        n = f"{evidence.a.size} against {evidence.b.size} seeds"
    return Caveat("exact_floor", f"With {n} no exact test can fall below p {smallest:.2g}.")
