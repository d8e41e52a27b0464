"""What the intervals and the verdict really do: coverage, false positives and power, by simulation.

    python -m tests.bench.bench_coverage [--repeats 10000] [--seed 20260] [--out FILE.json]

Truths: "normal" (sd .006 around .93), "bimodal" (10 % of seeds diverge, to half the value) and "accuracies" (normal,
rounded to k of 360). A/A: both arms from one law; "paired" arms share a component of twice their own variance
(correlation 2/3). Intervals are the defaults: t, Welch, paired t. Samples without variation have no interval and count
as misses. Adaptive rules look at 10, 15, … 30 seeds ("planned") or after every seed from 5 to 30 ("anytime").
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedspread.stats import DecisionRule, Sample, welch_test
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import judge
from seedspread.stats.decision.rule import Pairing
from seedspread.stats.inference.means import mean_interval, moments

Floats = NDArray[np.float64]
Law = Callable[[np.random.Generator, int], Floats]

MEAN, SPREAD, DIVERGED, EXAMPLES = 0.93, 0.006, 0.1, 360
SIZES = (3, 5, 10, 20, 30)


def normal(rng: np.random.Generator, n: int) -> Floats:
    """Seeds of a well-behaved training."""
    return rng.normal(MEAN, SPREAD, n)


def bimodal(rng: np.random.Generator, n: int) -> Floats:
    """One seed in ten diverges."""
    return np.where(rng.random(n) < DIVERGED, rng.normal(MEAN / 2, SPREAD, n), rng.normal(MEAN, SPREAD, n))


def accuracies(rng: np.random.Generator, n: int) -> Floats:
    """Counts of 360 test examples."""
    return np.rint(rng.normal(MEAN, SPREAD, n) * EXAMPLES) / EXAMPLES


LAWS: dict[str, tuple[Law, float]] = {
    "normal": (normal, MEAN),
    "bimodal 10 %": (bimodal, MEAN * (1 - DIVERGED / 2)),
    "accuracies / 360": (accuracies, MEAN),
}


def arms(law: Law, rng: np.random.Generator, n: int, *, paired: bool, shift: float = 0.0) -> tuple[Sample, Sample]:
    """Two arms of one law, B shifted; paired ones share a component, rounded again where the law rounds."""
    shared = rng.normal(0, SPREAD * math.sqrt(2), n) if paired else np.zeros(n)
    a, b = law(rng, n) + shared, law(rng, n) + shared + shift
    if law is accuracies:
        a, b = np.rint(a * EXAMPLES) / EXAMPLES, np.rint(b * EXAMPLES) / EXAMPLES
    return Sample.of("A", dict(enumerate(a))), Sample.of("B", dict(enumerate(b)))


def coverage_of_mean(law: Law, truth: float, n: int, repeats: int, rng: np.random.Generator) -> float:
    """Share of samples whose t interval holds the true mean."""
    intervals = (mean_interval(moments(law(rng, n))) for _ in range(repeats))
    return sum(interval is not None and interval.holds(truth) for interval in intervals) / repeats


def coverage_of_difference(law: Law, n: int, repeats: int, rng: np.random.Generator) -> float:
    """Share of pairs of samples whose Welch interval holds 0."""
    intervals = (welch_test(law(rng, n), law(rng, n)).interval for _ in range(repeats))
    return sum(interval is not None and interval.holds(0.0) for interval in intervals) / repeats


def said_better(law: Law, n: int, rule: DecisionRule, repeats: int, rng: np.random.Generator, shift: float) -> float:
    """Share of studies of n seeds per arm whose verdict is "better"."""
    paired = rule.pairing == "paired"
    outcomes = (_outcome(*arms(law, rng, n, paired=paired, shift=shift), rule, rng) for _ in range(repeats))
    return sum(outcome == "better" for outcome in outcomes) / repeats


def said_better_at_any_look(
    law: Law, rule: DecisionRule, repeats: int, rng: np.random.Generator, shift: float = 0.0
) -> tuple[float, float]:
    """Share of adaptive studies that ever said "better", and the mean number of seeds per arm they used."""
    wrong, used, paired = 0, 0, rule.pairing == "paired"
    schedule = rule.schedule()
    for _ in range(repeats):
        a, b = arms(law, rng, schedule[-1], paired=paired, shift=shift)
        for n in schedule:
            if _outcome(_first(a, n), _first(b, n), rule, rng) == "better":
                wrong += 1
                break
        used += n
    return wrong / repeats, used / repeats


def welch_power(n: int, shift: float, repeats: int, rng: np.random.Generator) -> float:
    """Power of Welch's test alone."""
    tests = (welch_test(normal(rng, n), normal(rng, n) + shift).p for _ in range(repeats))
    return sum(p is not None and p <= 0.05 for p in tests) / repeats


def rule_of(looks: str, pairing: Pairing) -> DecisionRule:
    """The rules simulated."""
    if looks == "planned":
        return DecisionRule(pairing=pairing, looks="planned", first_look=10, look_every=5, most_seeds=30)
    if looks == "anytime":
        return DecisionRule(pairing=pairing, looks="anytime", first_look=5, look_every=1, most_seeds=30)
    return DecisionRule(pairing=pairing)


def _first(sample: Sample, n: int) -> Sample:
    return Sample(sample.arm, sample.values[:n], None if sample.seeds is None else sample.seeds[:n])


def _outcome(a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator) -> str:
    return judge(gather(a, b, rule), rule, rng).outcome


def main() -> None:
    """Run everything and print tables; figures are per cent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20_260)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rng, repeats = np.random.default_rng(arguments.seed), arguments.repeats
    rows: list[dict[str, object]] = []

    def record(what: str, law: str, design: str, n: str, share: float, **more: float) -> None:
        rows.append({"what": what, "law": law, "design": design, "n": n, "percent": round(100 * share, 2), **more})
        extra = "".join(f"  {key} {value:.1f}" for key, value in more.items())
        _say(f"{what:28} {law:17} {design:9} n={n:9} {100 * share:6.2f} %{extra}")

    _say(
        f"seed {arguments.seed}, {repeats:,} repeats; "
        f"standard error at 5 %: {100 * math.sqrt(0.0475 / repeats):.2f} points"
    )
    started = time.monotonic()
    for name, (law, truth) in LAWS.items():
        for n in SIZES:
            record("coverage of a mean", name, "t", str(n), coverage_of_mean(law, truth, n, repeats, rng))
            record("coverage of a difference", name, "Welch", str(n), coverage_of_difference(law, n, repeats, rng))
    pairings: tuple[Pairing, ...] = ("separate", "paired")
    for pairing in pairings:
        for name, (law, _) in LAWS.items():
            for n in SIZES:
                share = said_better(law, n, rule_of("once", pairing), repeats, rng, 0.0)
                record("A/A verdict, fixed n", name, pairing, str(n), share)
            for looks in ("planned", "anytime"):
                rule = rule_of(looks, pairing)
                share, seeds = said_better_at_any_look(law, rule, max(1, repeats // 4), rng)
                label = f"{rule.first_look}..{rule.most_seeds}"
                record(f"A/A verdict, {looks} looks", name, pairing, label, share, mean_seeds=seeds)
    for d in (0.5, 1.0, 1.5):
        for n in (10, 20, 30):
            record(
                f"power of Welch, d={d}", "normal", "separate", str(n), welch_power(n, d * SPREAD, repeats // 4, rng)
            )
            for pairing in pairings:
                share = said_better(normal, n, rule_of("once", pairing), repeats // 4, rng, d * SPREAD)
                record(f"power of the verdict, d={d}", "normal", pairing, str(n), share)
        for looks in ("planned", "anytime"):
            rule = rule_of(looks, "separate")
            share, seeds = said_better_at_any_look(normal, rule, max(1, repeats // 10), rng, d * SPREAD)
            record(f"power, {looks}, d={d}", "normal", "separate", "up to 30", share, mean_seeds=seeds)
    _say(f"{time.monotonic() - started:.0f} s")
    if arguments.out is not None:
        arguments.out.write_text(json.dumps({"seed": arguments.seed, "repeats": repeats, "rows": rows}, indent=1))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
