"""Caveats about a verdict, each a code and a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seedspread import words
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.decision.evidence import Evidence, Outlier
from seedspread.stats.decision.judgement import Judgement
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sentences import stated_margin
from seedspread.stats.inference.equal_spread import brown_forsythe
from seedspread.stats.inference.outliers import failure_bound, failure_difference
from seedspread.stats.inference.ranks import brunner_munzel, wilcoxon

_FEW_DISTINCT = 10  # so few different values make ties, on which the tests' assumptions rest badly
_LITTLE_CORRELATION = 0.1  # below, pairing removes less than 10% of the variance and costs degrees of freedom
_PAIRS_TO_CORRELATE = 10  # below, chance alone makes a correlation of any size
_SMALL = 20  # seeds per arm below which differences found are exaggerated and rare divergence goes unseen


@dataclass(frozen=True)
class Caveat:
    """Caveat about a verdict: a code for programs, and its sentence.

    `short` is a few words to stand beside the answer; only caveats that can turn its reading have them.
    """

    code: str
    text: str
    short: str = ""


def caveats(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> tuple[Caveat, ...]:
    """Return the caveats that apply, most serious first."""
    if evidence.moments_a is None or evidence.moments_b is None:
        return ()
    possible = (
        _peeked(evidence, judgement, rule, conditions),
        _size_open(evidence, judgement, rule, conditions),
        _same_difference(evidence),
        _outliers(evidence, judgement),
        _failures(evidence),
        _rising(conditions),
        _mean_against_rank(evidence, judgement, rule),
        None if judgement.reason == "identical" else _coarse(evidence),
        _pairing(evidence),
        _unequal_spread(evidence, rule),
        _exploratory(conditions),
        _other_code(conditions),
        _one_variant(conditions),
        _fixed(conditions),
        _small(evidence, judgement, rule),
        _floor(evidence, rule),
        _test_set(evidence, judgement, conditions),
    )
    return tuple(caveat for caveat in possible if caveat is not None)


def _test_set(evidence: Evidence, judgement: Judgement, conditions: Conditions) -> Caveat | None:
    """Say which test sets or data the interval does not cover."""
    measured = evidence.interval is not None or evidence.same_difference
    if not measured or judgement.state == "cannot_be_judged":
        return None
    if judgement.reason in ("too_few_seeds", "between_looks"):
        return None
    covering = "result" if evidence.same_difference else "interval"
    if "split" in conditions.varied:
        # Nadeau and Bengio (2003): splits of one data set share examples, so their results are not independent.
        text = f"This {covering} covers splits of one data set. They overlap, so fresh data could vary more."
        return Caveat("overlapping_splits", text)
    if "split" in conditions.fixed:
        text = f"This {covering} covers seed variation only. A different test set could change the result."
    else:  # a script may draw its test set from the seed: nobody told
        shared = "If they share a test set, another one could change it."
        text = f"This {covering} covers the variation between these runs. {shared}"
    return Caveat("this_test_set", text)


def _peeked(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> Caveat | None:
    """Warn about interim verdicts, and studies extended beyond their plan."""
    if rule.looks == "anytime" and conditions.interim:
        why = "runs are pending"
        if not conditions.peeked and conditions.added:
            batches = ", then ".join(map(words.count, conditions.added))
            why = f"seeds were added after results were in ({batches} per arm)"
        elif not conditions.peeked:
            at = words.listing([words.count(seeds) for seeds in conditions.read_at], 3)
            why = f"a verdict was read at {at} seeds per arm while runs were pending"
        if judgement.state == "cannot_be_judged":
            return Caveat("interim", f"Interim: {why}.")
        decides = "a test of signs" if evidence.same_difference else "a wider interval"
        return Caveat("interim", f"Interim: {why}, so {decides}, valid at every look, decides.")
    if rule.most_seeds is not None and min(evidence.sample_a.started, evidence.sample_b.started) > rule.most_seeds:
        planned = words.counted(rule.most_seeds, "seed")
        return Caveat("beyond_plan", f"More than the planned {planned} per arm: the error rate no longer holds.")
    return None


def _same_difference(evidence: Evidence) -> Caveat | None:
    if not evidence.same_difference:
        return None
    what = "ratio" if evidence.centre == "log_ratio" else "difference"
    text = f"The {what} is the same in every seed, which trained models rarely show: check how the values were made."
    return Caveat("same_difference", text, f"the same {what} in every seed")


def _outliers(evidence: Evidence, judgement: Judgement) -> Caveat | None:
    """Name the outliers, and the tests that decided despite them."""
    outliers = evidence.outliers()
    if not outliers:
        return None
    named = words.listing([_outlier(outlier) for outlier in outliers], 3)
    lie = "lies" if len(outliers) == 1 else "lie"
    decided = judgement.outcome == "better" and not evidence.robust
    agree = "; the permutation and rank tests support the direction" if decided else ""
    return Caveat("outliers", f"{named[:1].upper()}{named[1:]} {lie} far from the rest{agree}.")


def _outlier(outlier: Outlier) -> str:
    seed = "a run" if outlier.seed is None else f"seed {outlier.seed}"
    of = f" of {words.name(outlier.arm)}" if outlier.arm is not None else ""
    return f"{seed}{of} ({words.number(outlier.value)})"


def _exploratory(conditions: Conditions) -> Caveat | None:
    """Warn if the metric is not the one that decides the study."""
    if not conditions.exploratory:
        return None
    text = "Exploratory: the study decides by another metric, and looking at several adds false positives."
    if conditions.metrics > 1:
        others = f"all {words.count(conditions.metrics)} metrics beside it"
        text = f"Exploratory: the study decides by another metric; this verdict is corrected for {others}."
    return Caveat("exploratory", text)


def _size_open(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> Caveat | None:
    """Warn if the winner's interval still includes the smallest difference."""
    interval, margin = evidence.interval, rule.margin
    if judgement.outcome != "better" or interval is None or not margin:
        return None
    if min(abs(interval.low), abs(interval.high)) >= margin:
        return None
    amount = stated_margin(rule, conditions)
    matter = "matter" if amount.endswith("points") else "matters"
    text = f"The difference may be smaller than the {amount} that {matter}: the interval reaches below."
    return Caveat("size_open", text)


def _failures(evidence: Evidence) -> Caveat | None:
    a, b = evidence.sample_a, evidence.sample_b
    if a.left_out + b.left_out == 0:
        return None
    p = failure_difference(a.left_out, a.ended, b.left_out, b.ended)
    counts = " and ".join(
        f"{words.count(arm.left_out)} of {words.counted(arm.ended, 'run')} of {words.name(arm.arm)}" for arm in (a, b)
    )
    differ = "" if p is None else f" (Fisher's exact test: {words.p_value(p)})"
    text = f"Means cover runs with a value only; {counts} ended without one{differ}."
    return Caveat("failures", text, f"{words.counted(a.left_out + b.left_out, 'run')} without a value")


def _rising(conditions: Conditions) -> Caveat | None:
    """Warn if the curves had not levelled off."""
    if not conditions.rising:
        return None
    of = "both arms" if len(conditions.rising) == 2 else words.name(conditions.rising[0])
    text = f"Most runs of {of} were still improving at the last step: longer training could change the result."
    return Caveat("still_improving", text, "still improving at the last step")


def _mean_against_rank(evidence: Evidence, judgement: Judgement, rule: DecisionRule) -> Caveat | None:
    if evidence.n < 5 or evidence.test.p is None or evidence.robust:
        return None
    rank = (wilcoxon if evidence.paired else brunner_munzel)(evidence.a, evidence.b)
    if rank.p_floor is not None and rank.p_floor > rule.alpha:
        return None  # it could not have agreed
    if rank.p is None or (rank.p <= rule.alpha) == (evidence.test.p <= rule.alpha):
        return None
    tested = f"{rank.name} test: {words.p_value(rank.p)}"
    if judgement.outcome == "better" or evidence.test.p <= rule.alpha:
        text = f"The means differ, but ranks do not confirm it ({tested}): a few runs may make the difference."
    else:
        text = f"Ranks differ although the means do not ({tested}): look at the individual runs."
    return Caveat("mean_and_rank_disagree", text)


def _coarse(evidence: Evidence) -> Caveat | None:
    pooled = np.concatenate([evidence.lattice.whole(evidence.a), evidence.lattice.whole(evidence.b)])
    distinct = int(np.unique(pooled).size)
    unit = evidence.lattice.denominator
    if unit is None or evidence.n < 3:
        return None
    spread = max(moments.std for moments in (evidence.moments_a, evidence.moments_b) if moments is not None) * unit
    if spread < 1 or (distinct < _FEW_DISTINCT and distinct < pooled.size / 2):
        values = f"{words.counted(distinct, 'distinct value')} in {words.counted(pooled.size, 'run')}"
        whole = "a whole number" if unit == 1 else f"a multiple of 1/{words.count(unit)}"
        return Caveat("coarse_metric", f"Coarse metric: every value is {whole} ({values}).")
    return None


def _pairing(evidence: Evidence) -> Caveat | None:
    correlation = evidence.correlation if evidence.paired and evidence.n >= _PAIRS_TO_CORRELATE else None
    if correlation is not None and correlation < _LITTLE_CORRELATION:
        text = (
            f"Pairing does not narrow the interval (correlation {words.fixed(correlation, 2)}). The test stays paired, "
            f"as planned."
        )
        return Caveat("pairing_does_not_help", text)
    return None


def _unequal_spread(evidence: Evidence, rule: DecisionRule) -> Caveat | None:
    first, second = evidence.moments_a, evidence.moments_b
    test = brown_forsythe(evidence.a, evidence.b)
    if first is None or second is None or test.p is None or test.p > rule.alpha:
        return None
    steadier = evidence.sample_a.arm if first.std < second.std else evidence.sample_b.arm
    text = f"The spreads differ: {words.name(steadier)} varies less (Brown-Forsythe test: {words.p_value(test.p)})."
    return Caveat("unequal_spread", text)


def _other_code(conditions: Conditions) -> Caveat | None:
    if conditions.codes is None:
        return None
    a, b = (digest[:7] for digest in conditions.codes)
    text = f"The arms were trained by different code ({a}, {b}): compare a run of each to see what changed."
    return Caveat("code", text, "different code")


def _one_variant(conditions: Conditions) -> Caveat | None:
    if not conditions.same_variant:
        return None
    if conditions.differing:
        text = "Both arms train the same variant: compare how far their runs spread, not their means."
    else:
        text = "Both arms train the same variant in the same way: any difference between them is luck."
    return Caveat("same_variant", text)


def _fixed(conditions: Conditions) -> Caveat | None:
    in_one = (source for source, *policies in conditions.differing if "fixed" in policies)
    fixed = (*conditions.fixed, *in_one)
    if not fixed:
        return None
    others = "another value" if len(fixed) == 1 else "other values"
    text = f"{words.sentence(words.listing(fixed))[:-1]} held fixed: {others} could make or hide a difference."
    return Caveat("held_fixed", text)


def _small(evidence: Evidence, judgement: Judgement, rule: DecisionRule) -> Caveat | None:
    """Bound the failure rate that few seeds cannot rule out."""
    if evidence.n >= _SMALL:
        return None
    text = f"With fewer than {_SMALL} seeds, rare diverging runs may not have shown up yet"
    a, b = evidence.sample_a, evidence.sample_b
    if a.left_out + b.left_out:
        text = f"With fewer than {_SMALL} seeds, how often runs fail is known only roughly"
    if a.left_out + b.left_out == 0 and not evidence.outlying:
        ended = min(a.ended, b.ended)
        bound = failure_bound(0, ended, rule.level if rule.looks == "once" else 0.95)
        text += f" (0 of {words.count(ended)} diverged: the rate may be up to {words.percent(bound or 1)})"
    if judgement.outcome == "better" or judgement.leaning is not None:
        text += ", and a difference that is detected tends to be overestimated"
    return Caveat("few_seeds", f"{text}.")


def _floor(evidence: Evidence, rule: DecisionRule) -> Caveat | None:
    smallest = evidence.floor
    if smallest <= rule.alpha or evidence.n < 1:
        return None
    n = words.seeds_used(evidence.a.size, evidence.b.size, paired=evidence.paired)
    return Caveat("exact_floor", f"With {n}, no exact test can fall below p = {words.exact(_rounded_down(smallest))}.")


def _rounded_down(p: float) -> float:
    """Return a smallest p with three significant digits, never above it."""
    step = 10.0 ** (math.floor(math.log10(p)) - 2)
    return round(math.floor(p / step + 1e-9) * step, 12)
