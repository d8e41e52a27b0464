"""Read claims that people write, and phrase their outcomes."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from seedspread import words
from seedspread.errors import InvalidInput
from seedspread.stats.claims.statement import Claim, ClaimKind, Statement
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.judgement import Judgement
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, Direction
from seedspread.stats.decision.sentences import fails_how, level_reason

TARGET: Final = "the target"
TOO_FEW: Final = f"fewer than {FEWEST_FOR_INTERVAL} finite values"
COVERS: Final = "the interval covers the threshold"
SKEWED: Final = "Skew widens the interval, since one arm has no other against which it would cancel."
FEW_AND_SKEWED: Final = (
    "Strongly skewed values (lognormal) are still misjudged in up to 8% of cases with 6 to 10 seeds, "
    "and values with rare diverging runs, which few seeds seldom show, in more."
)
NO_INTERVAL: Final = "no finite interval yet"

_FEW_AND_SKEWED: Final = 10  # seeds up to which the procedure errs in more than 5% of lognormal samples

_CLAIM: Final = re.compile(
    r"\s*(?P<a>.+?)\s*(?P<op>>=|<=|==|>|<)\s*(?P<b>.+?)"
    r"(?:\s+(?P<sign>\+-|\+/-|±|[+\-−])\s*(?P<margin>\d*\.?\d+(?:[eE][-+]?\d+)?)(?P<percent>\s*%)?)?\s*",
)
_OUTCOMES: Final = {"holds": "holds", "fails": "does not hold", "undecided": "undecided", "broken": "broken"}
_WHY: Final = {
    "no_values": "an arm has no finite value",
    "too_few_seeds": f"fewer than {FEWEST_FOR_INTERVAL} seeds per arm",
    "few_seeds": "too few seeds for any exact test to reach the level",
    "below_minimum": "fewer seeds than the decision rule asks for",
    "copies": "the same values repeat, as if runs were counted several times",
    "no_variation": "every run gave the same value",
    "standing_apart": "outliers, and the exact tests do not agree",
    "check_disagrees": "the exact test does not agree",
    "failures_disagree": "it does not hold when failed runs are ranked last",
    "between_looks": "the next planned look has not been reached",
    "no_interval_yet": NO_INTERVAL,
}


def parse(text: str, arms: Collection[str], field: str = "claim") -> Statement:
    """Parse a claim such as `wide >= base - 0.005`.

    Other forms are `wide > base`, `new == old +- 0.01` and `wide >= 0.9`; `%` divides by 100. `<` and `<=` make lower
    values better.

    Raises:
        InvalidInput: the claim is malformed, or names an unknown arm.
    """
    match = _CLAIM.fullmatch(text)
    if match is None or match["a"] not in arms:
        raise InvalidInput(field, text, f'"ARM >= ARM - MARGIN", with the arms {", ".join(arms)}')
    arm, op, other, sign = match["a"], match["op"], match["b"], match["sign"]
    margin = float(match["margin"] or 0) / (100 if match["percent"] else 1)
    upward, strict = op in {">", ">="}, op in {">", "<"}
    if op == "==" and (other not in arms or other == arm):
        raise InvalidInput(field, text, "another arm to be equal to")
    if op == "==":
        if not margin or sign in {"+", "-", "−"}:
            raise InvalidInput(field, text, 'a margin for equality, such as "new == old +- 0.01"')
        return Statement("equal_within", arm, "maximize", baseline=other, margin=margin, text=text)
    direction: Direction = "maximize" if upward else "minimize"
    if other not in arms or other == arm:
        target = _number(field, text, other, arms) + (margin if sign == "+" else -margin)
        return Statement("beats_target", arm, direction, target=target, strict=strict, text=text)
    # "At least as good" is shown by being better, or equal under every seed.
    kind: ClaimKind = "better"
    if margin:
        kind = "better_by" if (sign == "+") == upward else "not_worse_by"
    return Statement(kind, arm, direction, baseline=other, margin=margin or None, strict=strict, text=text)


def _number(field: str, text: str, written: str, arms: Collection[str]) -> float:
    try:
        return float(written.rstrip("% ")) / (100 if written.endswith("%") else 1)
    except ValueError:
        raise InvalidInput(field, text, f"another arm ({', '.join(arms)}) or a number") from None


def statement(claim: Statement, *, ratio: bool = False) -> str:
    """Return what is claimed, as it was written or as a clause."""
    if claim.text:
        return claim.text
    arm, baseline = words.name(claim.arm), words.name(claim.baseline or "")
    margin = f"{words.exact(100 * (claim.margin or 0.0))}%" if ratio else words.exact(claim.margin)
    match claim.kind:
        case "better_by":
            return f"{arm} is better than {baseline} by at least {margin}"
        case "not_worse_by":
            return f"{arm} is not worse than {baseline} by more than {margin}"
        case "equal_within":
            return f"{arm} equals {baseline} within {margin}"
        case "beats_target":
            return f"the mean of {arm} is better than {words.exact(claim.target)}"
        case "beats_published":
            mean, sd, n = claim.published or (0.0, 0.0, 0)
            runs = words.counted(n, "run")
            return f"{arm} is better than the published mean {words.exact(mean)} (SD {words.exact(sd)}, {runs})"
    return f"{arm} is better than {baseline}"


def outcome(claim: Statement, result: Claim) -> str:
    """Return the outcome of a claim in words, with its interval."""
    why = f" ({result.reason})" if result.reason else ""
    measured = _measured(claim, result)
    text = statement(claim, ratio=result.ratio)
    if not claim.text and claim.kind == "beats_target":
        text = text[:1].upper() + text[1:]
    parts = [f"{text}: {_OUTCOMES[result.answer]}{why}."]
    if measured:
        parts.append(measured)
    if result.more:
        per_arm = "" if claim.baseline is None else " per arm"
        takes = {"minimum_seeds": "A verdict needs", "half_the_interval": "Halving the interval takes about"}
        how = takes.get(result.basis, "Settling it takes about")
        parts.append(f"{how} {words.counted(result.more, 'more seed')}{per_arm}.")
    return " ".join((*parts, *result.notes))


def _measured(claim: Statement, result: Claim) -> str:
    """Return what was measured, with its interval."""
    interval = result.interval
    if result.answer == "broken":
        return ""
    of_mean, marks = claim.kind == "beats_target", _marks(claim)
    other = "published" if claim.kind == "beats_published" else words.name(claim.baseline or "")
    estimate = f"Mean of {words.name(claim.arm)}" if of_mean else f"{words.name(claim.arm)} − {other}"
    if result.same is not None:
        # An interval of no width would look as if it had been rounded.
        sign = "+" if result.same > 0 else ""
        if result.ratio:
            change = f"{sign}{words.number(100 * result.same)} percent"
            return f"Change from {other} to {words.name(claim.arm)}: {change} in each of {result.seeds}."
        return f"{estimate} is {sign}{words.number(result.same)} in each of {result.seeds}."
    if interval is None:
        return ""
    within = words.interval(interval.low, interval.high, interval.level, signed=not of_mean, marks=marks)
    if result.ratio:
        low, high = 100 * interval.low, 100 * interval.high
        within = words.interval(low, high, interval.level, signed=True, marks=[100 * mark for mark in marks])
        estimate, within = f"Change from {other} to {words.name(claim.arm)}", f"{within} percent"
    value = ""
    if result.estimate is not None:
        value = f" is {words.rounded(result.estimate, interval.ends, signed=not of_mean, marks=marks)}"
    within += f", {result.seeds}" if result.seeds else ""
    return f"{estimate}{value} ({within})." if value else f"{estimate}: {within}."


def notes(claim: Statement, result: Claim, comparisons: int, conditions: Conditions) -> tuple[str, ...]:
    """Return sentences on a claim's level and assumptions."""
    if result.interval is None or result.answer == "broken":
        return ()
    sentences = []
    if comparisons > 1 and claim.baseline is None:
        claims = words.counted(comparisons, "claim")
        sentences.append(f"The level is corrected for {claims}, since other arms or metrics could have been named.")
    elif comparisons > 1:
        sentences.append(f"The level is corrected for {words.counted(comparisons, 'comparison')}.")
    if why := level_reason(conditions):
        sentences.append(f"The interval is wider, {why}.")
    if claim.kind == "beats_target" and result.answer in ("holds", "fails"):
        sentences.append(SKEWED)
        if result.n <= _FEW_AND_SKEWED:
            sentences.append(FEW_AND_SKEWED)
    return tuple(sentences)


def _marks(claim: Statement) -> tuple[float, ...]:
    """Return the values that the claim compares its interval with."""
    margin = () if claim.margin is None else (-claim.margin, claim.margin)
    return margin if claim.target is None else (claim.target,)


def why(judgement: Judgement, evidence: Evidence, metric: str, *, about_number: bool) -> str:
    """Explain why a claim is undecided or cannot be checked."""
    a, b = evidence.sample_a, evidence.sample_b
    if judgement.reason == "no_values" and about_number:
        return no_value(b.arm)
    if judgement.reason == "no_values" and not (a.usable.size or b.usable.size):
        return "neither arm has a finite value"
    if judgement.reason == "too_few_seeds" and about_number:
        return TOO_FEW
    if judgement.reason == "fails_more" and judgement.fails_more is not None:
        worse = b if judgement.fails_more == b.arm else a
        return fails_more(worse.arm, worse.left_out, worse.ended, fails_how(evidence, metric))
    return _WHY.get(judgement.reason, COVERS)


def at_threshold(claim: Statement) -> str:
    """Say that the difference is the claimed one under every seed."""
    if claim.kind == "beats_target":
        return f"every value is {words.exact(claim.target)}"
    if claim.threshold:
        return f"the difference is {words.exact(claim.threshold)} under every seed"
    return "the values are equal under every seed"


def fails_more(arm: str, failed: int, ended: int, fails: str = "fails") -> str:
    """Say how often an arm fails, as a clause."""
    return f"{words.name(arm)} {fails} more often: {words.count(failed)} of {words.counted(ended, 'run')}"


def without_value(arm: str, failed: int, ended: int) -> str:
    """Say that runs ended without a value, beside a published mean."""
    runs = f"{words.count(failed)} of {words.counted(ended, 'run')} of {words.name(arm)}"
    return f"{runs} ended without a value, and a published mean does not count such runs"


def no_value(arm: str) -> str:
    """Say that an arm has no finite value."""
    return f"no run of {words.name(arm)} has a value"
