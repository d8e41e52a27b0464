"""The battery: how often the decision procedure is wrong between equal arms, and what its power costs.

    python -m tests.bench.bench_battery [--repeats 400] [--seed 20261] [--out FILE.json] [--only KIND ...]

Laws: normal, t3, uniform, exponential, lognormal(1), lognormal(2), beta(30, .5), 5% and 10% of seeds diverging,
bimodal (half the seeds in either mode), k of 360, k of 20. Every A/A cell says how often "better" came out between two
arms of one law, which may be 5% plus two standard errors. "equivalent" is counted with B shifted by exactly the
smallest difference that matters, where it is false. Paired arms share a component of the law's own spread.

Kinds: fixed (by sizes), families (of 3, 5, 10 arms: any "better" among all pairs, and against a baseline), interim (a
look after every seed), added (the advised seeds are added, up to 160), planned (looks that are paid for), equivalent,
unequal (equal means with SD 1 against 4, which the level does not promise), failing, centre (trimmed means, medians and
ratios as the deciding value), claim (claims exactly at their threshold: "holds" is false), floor (streams of 100 equal
candidates of 3 seeds against a noise floor of 20: any kept), partly (arms that share some of their seeds), watched
(trimmed means and medians looked at after every seed), folders (verdicts read on run folders, each paying for those
before), live (a service's page that is read while runs are pending, then the fixed n), power and
anytime (beside Welch's test and TOST, with the mean number of seeds).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.core.study import Centre
from seedspread.stats import Conditions, DecisionRule, Sample, adjust, check_claim, check_target
from seedspread.stats.claims.floor import candidates_for, judge_candidate, share_of_error
from seedspread.stats.claims.statement import ClaimKind
from seedspread.stats.data.looks import TakenLook, payment
from seedspread.stats.decision.comparison import interim_rule
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import Judgement, corrected, judge
from seedspread.stats.decision.planning import seeds_needed
from seedspread.stats.decision.rule import LookKind, Pairing

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]


def _diverging(share: float) -> Draw:
    return lambda rng, n: np.where(rng.random(n) < share, rng.normal(0.47, 0.006, n), rng.normal(0.93, 0.006, n))


LAWS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, n: rng.normal(0.93, 0.006, n), 0.006),
    "t3": (lambda rng, n: 0.93 + 0.006 * rng.standard_t(3, n), 0.0104),
    "uniform": (lambda rng, n: rng.uniform(0.92, 0.94, n), 0.0058),
    "exponential": (lambda rng, n: rng.exponential(1.0, n), 1.0),
    "lognormal(1)": (lambda rng, n: rng.lognormal(0, 1, n), 2.16),
    "lognormal(2)": (lambda rng, n: rng.lognormal(0, 2, n), 54.1),
    "beta(30,.5)": (lambda rng, n: rng.beta(30, 0.5, n), 0.0226),
    "5% diverging": (_diverging(0.05), 0.1),
    "10% diverging": (_diverging(0.10), 0.138),
    "bimodal": (lambda rng, n: rng.normal(np.where(rng.random(n) < 0.5, 0.5, 0.9), 0.01), 0.2),
    "k of 360": (lambda rng, n: np.rint(rng.normal(0.93, 0.006, n) * 360) / 360, 0.006),
    "k of 20": (lambda rng, n: rng.binomial(20, 0.8, n) / 20, 0.0894),
}
"""Each law with its standard deviation."""

SIZES = ((4, 4), (6, 6), (8, 8), (10, 10), (20, 20), (3, 20), (10, 40), (10, 100), (20, 60))
PAIRS = (6, 8, 10, 20)
FAMILIES = (3, 5, 10)
MOST = 60


def outcome(a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator) -> Judgement:
    """Judge two arms, without the sentences and figures around the verdict."""
    return judge(gather(a, b, rule), rule, rng)


def sample(arm: str, values: Floats, failures: int = 0) -> Sample:
    """Return an arm whose seeds count from 0."""
    return Sample(arm, values, np.arange(values.size), failures)


def two(
    law: str, rng: np.random.Generator, n_a: int, n_b: int, *, paired: bool, shift: float = 0.0
) -> tuple[Floats, Floats]:
    """Draw two arms of a law, B shifted; paired ones share a component of the law's own spread."""
    draw, spread = LAWS[law]
    a, b = draw(rng, n_a), draw(rng, n_b)
    if paired:
        shared = rng.normal(0, spread, n_a)
        if law.startswith("k of"):
            steps = float(law.rsplit(" ", 1)[1])
            shared = np.rint(shared * steps) / steps
        a, b = a + shared, b + shared
    return a, b + shift


def fixed(
    law: str, sizes: tuple[int, int], rule: DecisionRule, repeats: int, rng: np.random.Generator, shift: float = 0.0
) -> dict[str, float]:
    """Return the shares of outcomes over studies of a fixed size."""
    counts = {"better": 0, "no_difference": 0, "undecided": 0}
    for _ in range(repeats):
        a, b = two(law, rng, *sizes, paired=rule.pairing == "paired", shift=shift)
        counts[outcome(sample("A", a), sample("B", b), rule, rng).outcome] += 1
    return {name: count / repeats for name, count in counts.items()}


def family(
    law: str, arms: int, n: int, rule: DecisionRule, repeats: int, rng: np.random.Generator, *, baseline: bool
) -> float:
    """Return the share of families of equal arms in which any comparison said "better"."""
    wrong = 0
    for _ in range(repeats):
        samples = [sample(f"arm{place}", LAWS[law][0](rng, n)) for place in range(arms)]
        pairs = [(samples[0], other) for other in samples[1:]] if baseline else list(combinations(samples, 2))
        judged = [judge(gather(a, b, rule), rule, rng, len(pairs)) for a, b in pairs]
        holm = adjust([one.p for one in judged], len(pairs)).holm
        wrong += any(
            corrected(one, p, rule, len(pairs)).outcome == "better" for one, p in zip(judged, holm, strict=True)
        )
    return wrong / repeats


def watched(
    law: str, rule: DecisionRule, sizes: Sequence[int], repeats: int, rng: np.random.Generator, shift: float = 0.0
) -> tuple[float, float]:
    """Return the share of studies that said "better" at some look, and the mean seeds per arm they used."""
    wrong, used = 0, 0
    for _ in range(repeats):
        a, b = two(law, rng, sizes[-1], sizes[-1], paired=rule.pairing == "paired", shift=shift)
        n = sizes[-1]
        for n in sizes:
            if outcome(sample("A", a[:n]), sample("B", b[:n]), rule, rng).outcome == "better":
                wrong += 1
                break
        used += n
    return wrong / repeats, used / repeats


def seeds_added(law: str, repeats: int, rng: np.random.Generator, *, most: int = 160) -> float:
    """Return the share of A/A studies ever called better, the advised seeds added until 160: 10 first."""
    once, wrong = DecisionRule(pairing="separate"), 0
    anytime = interim_rule(once, Conditions(added=(10, 30)))
    for _ in range(repeats):
        a, b = two(law, rng, most, most, paired=False)
        n, rule = 10, once
        while True:
            evidence = gather(sample("A", a[:n]), sample("B", b[:n]), rule)
            if judge(evidence, rule, rng).outcome == "better":
                wrong += 1
                break
            if n == most:
                break
            wanted = seeds_needed(evidence, rule).per_arm or most
            n, rule = min(most, max(wanted, n + 1)), anytime
    return wrong / repeats


def unequal(sizes: tuple[int, int], repeats: int, rng: np.random.Generator) -> float:
    """Return the share called better between normal arms of equal means, the first SD 1, the second SD 4."""
    rule, wrong = DecisionRule(pairing="separate"), 0
    for _ in range(repeats):
        a, b = rng.normal(0, 1, sizes[0]), rng.normal(0, 4, sizes[1])
        wrong += outcome(sample("A", a), sample("B", b), rule, rng).outcome == "better"
    return wrong / repeats


def failing(rate: float, n: int, repeats: int, rng: np.random.Generator) -> float:
    """Return the share called better between equal arms whose runs fail at this rate."""
    rule, wrong = DecisionRule(pairing="separate"), 0
    for _ in range(repeats):
        arms = []
        for name in "AB":
            failed = int(rng.binomial(n, rate))
            arms.append(sample(name, rng.normal(0.93, 0.006, n - failed), failed))
        wrong += outcome(arms[0], arms[1], rule, rng).outcome == "better"
    return wrong / repeats


def _tost(a: Floats, b: Floats, margin: float) -> bool:
    low = sps.ttest_ind(b + margin, a, equal_var=False, alternative="greater").pvalue
    high = sps.ttest_ind(b - margin, a, equal_var=False, alternative="less").pvalue
    return bool(max(low, high) <= 0.05)


def beside(n: int, d: float, margin: float | None, repeats: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the power of Welch's test and TOST beside the verdict's, on the same normal samples."""
    rule = DecisionRule(pairing="separate", smallest_difference=margin)
    counts = {"welch": 0, "tost": 0, "better": 0, "no_difference": 0, "undecided": 0}
    for _ in range(repeats):
        a, b = rng.normal(0, 1, n), rng.normal(d, 1, n)
        counts["welch"] += bool(sps.ttest_ind(a, b, equal_var=False).pvalue <= 0.05)
        counts["tost"] += margin is not None and _tost(a, b, margin)
        counts[outcome(sample("A", a), sample("B", b), rule, rng).outcome] += 1
    return {name: count / repeats for name, count in counts.items()}


SEPARATE = DecisionRule(pairing="separate")
PAIRED = DecisionRule(pairing="paired")
ANYTIME = DecisionRule(pairing="separate", looks="anytime")
PLANNED = DecisionRule(pairing="separate", looks="planned", first_look=10, look_every=5, most_seeds=30)

Row = dict[str, object]


def better_share(law: str, sizes: tuple[int, int], rule: DecisionRule, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of fixed studies of equal arms called better."""
    return fixed(law, sizes, rule, repeats, rng)["better"]


def equivalent_share(
    law: str, sizes: tuple[int, int], rule: DecisionRule, shift: float, rng: np.random.Generator, repeats: int
) -> float:
    """Return the share of fixed studies at the margin called equivalent."""
    return fixed(law, sizes, rule, repeats, rng, shift)["no_difference"]


def family_share(law: str, arms: int, baseline: bool, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of families of equal arms with any of them called better."""
    return family(law, arms, 10, SEPARATE, repeats, rng, baseline=baseline)


def watched_share(law: str, rule: DecisionRule, sizes: Sequence[int], rng: np.random.Generator, repeats: int) -> float:
    """Return the share of watched studies of equal arms ever called better."""
    return watched(law, rule, sizes, repeats, rng)[0]


def added_share(law: str, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of studies of equal arms ever called better, seeds being added."""
    return seeds_added(law, repeats, rng)


def failing_share(rate: float, n: int, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of studies of equal, failing arms called better."""
    return failing(rate, n, repeats, rng)


def cell(share_of: Callable[[int], float], repeats: int, key: str = "better") -> Row:
    """Measure one cell; one above the bound is drawn again ten times as often, since a few are by chance."""
    share = share_of(repeats)
    if share <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / repeats):
        return {key: share, "repeats": repeats}
    return {key: share_of(10 * repeats), "first": share, "repeats": 10 * repeats}


def _rows_fixed(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for law in LAWS:
        for sizes in SIZES:
            measured = cell(partial(better_share, law, sizes, SEPARATE, rng), repeats)
            yield {"kind": "fixed", "law": law, "design": f"{sizes[0]} v {sizes[1]}", **measured}
        for n in PAIRS:
            measured = cell(partial(better_share, law, (n, n), PAIRED, rng), repeats)
            yield {"kind": "fixed", "law": law, "design": f"{n} pairs", **measured}


def _rows_families(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for law in ("normal", "lognormal(1)", "10% diverging", "k of 20"):
        for arms in FAMILIES:
            for baseline in (True, False):
                few = max(20, repeats // (arms if baseline else arms * 2))
                measured = cell(partial(family_share, law, arms, baseline, rng), few)
                design = f"{arms} arms, {'baseline' if baseline else 'all pairs'}"
                yield {"kind": "families", "law": law, "design": design, **measured}


def _rows_looks(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    few = max(20, repeats // 4)
    pairs = DecisionRule(pairing="paired", looks="anytime")
    for law in LAWS:
        for design, rule, sizes in (
            (f"every seed to {MOST}", ANYTIME, range(5, MOST + 1)),
            (f"every pair to {MOST}", pairs, range(5, MOST + 1)),
            ("10, 15 ... 30", PLANNED, PLANNED.schedule()),
        ):
            measured = cell(partial(watched_share, law, rule, sizes, rng), few)
            kind = "planned" if rule is PLANNED else "interim"
            yield {"kind": kind, "law": law, "design": design, **measured}
        measured = cell(partial(added_share, law, rng), few)
        yield {"kind": "added", "law": law, "design": "as advised, to 160", **measured}


FOLDERS = {
    "Ctrl-C at 6, 9, 12, 16 of 20": ((6, 20), (9, 20), (12, 20), (16, 20), (20, 20)),
    "10, then 20, then 40": ((10, 10), (20, 20), (40, 40)),
    "6 of 10, then 20, then 12 more": ((6, 10), (12, 20), (20, 20), (32, 32)),
    "logger, after every 4": tuple((n, 0) for n in range(4, 33, 4)),
}
"""Seeds per arm and planned seeds at each verdict that is read on a run folder."""


def live_share(law: str, rule: DecisionRule, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of equal arms ever called better on a service's page.

    It is read after every second seed while runs are pending, from 6 of 20 on, and at the end.
    """
    wrong = 0
    for _ in range(repeats):
        a, b = two(law, rng, 20, 20, paired=rule.pairing == "paired")
        for n in range(6, 21, 2):
            now = interim_rule(rule, Conditions(peeked=n < 20, unpaid=n < 20))
            if outcome(sample("A", a[:n]), sample("B", b[:n]), now, rng).outcome == "better":
                wrong += 1
                break
    return wrong / repeats


def _rows_live(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    few = max(20, repeats // 4)
    for law in LAWS:
        for design, rule in (("20 pairs", PAIRED), ("20 v 20", SEPARATE)):
            measured = cell(partial(live_share, law, rule, rng), few)
            yield {"kind": "live", "law": law, "design": f"{design}, page read after every second seed", **measured}


def folder_share(law: str, verdicts: Sequence[tuple[int, int]], rng: np.random.Generator, repeats: int) -> float:
    """Return the share of folders of equal arms ever called better, each verdict paying for those before."""
    wrong, most = 0, verdicts[-1][0]
    for _ in range(repeats):
        a, b = two(law, rng, most, most, paired=True)
        for at, (n, planned) in enumerate(verdicts):
            earlier = [TakenLook(*look) for look in verdicts[:at]]
            under = Conditions(peeked=n < planned).after(payment(earlier, n, planned))
            rule = interim_rule(PAIRED, under)
            if outcome(sample("A", a[:n]), sample("B", b[:n]), rule, rng).outcome == "better":
                wrong += 1
                break
    return wrong / repeats


def _rows_folders(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    few = max(20, repeats // 4)
    for law in LAWS:
        for design, verdicts in FOLDERS.items():
            measured = cell(partial(folder_share, law, verdicts, rng), few)
            yield {"kind": "folders", "law": law, "design": design, **measured}


def _rows_watched_centres(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    few = max(20, repeats // 4)
    centres: tuple[Centre, ...] = ("trimmed", "median")
    designs: tuple[tuple[str, Pairing, LookKind], ...] = (
        (f"every seed to {MOST}", "separate", "anytime"),
        (f"every pair to {MOST}", "paired", "anytime"),
        ("10, 15 ... 30", "separate", "planned"),
    )
    for centre in centres:
        for law in ("normal", "t3", "lognormal(1)", "10% diverging", "bimodal", "k of 20"):
            for design, pairing, looks in designs:
                most = 30 if looks == "planned" else None
                rule = DecisionRule(pairing=pairing, centre=centre, looks=looks, most_seeds=most)
                sizes = rule.schedule() if looks == "planned" else range(5, MOST + 1)
                measured = cell(partial(watched_share, law, rule, sizes, rng), few)
                yield {"kind": "watched", "law": law, "design": f"{centre}, {design}", **measured}


def _rows_equivalent(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for law, (_, spread) in LAWS.items():
        for sizes in ((6, 6), (20, 20), (10, 40)):
            for sign in (1, -1):
                rule = DecisionRule(pairing="separate", smallest_difference=spread)
                measured = cell(partial(equivalent_share, law, sizes, rule, sign * spread, rng), repeats, "equivalent")
                design = f"{sizes[0]} v {sizes[1]}, {'+' if sign > 0 else '-'}margin"
                yield {"kind": "equivalent", "law": law, "design": design, **measured}


def _rows_others(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for sizes in ((10, 10), (20, 5), (5, 20), (10, 40)):
        yield {
            "kind": "unequal",
            "law": "SD 1 : 4",
            "design": f"{sizes[0]} v {sizes[1]}",
            "better": unequal(sizes, repeats, rng),
        }
    for rate in (0.1, 0.3):
        measured = cell(partial(failing_share, rate, 20, rng), repeats)
        yield {"kind": "failing", "law": "normal", "design": f"20 v 20, {rate:.0%} fail", **measured}


def claim_share(
    law: str, kind: ClaimKind, sizes: tuple[int, int], paired: bool, rng: np.random.Generator, repeats: int
) -> float:
    """Return the share of claims exactly at their threshold that hold."""
    spread = LAWS[law][1]
    rule, held = PAIRED if paired else SEPARATE, 0
    shift = {"better": 0.0, "better_by": spread, "not_worse_by": -spread}[kind]
    for _ in range(repeats):
        a, b = two(law, rng, *sizes, paired=paired, shift=shift)
        margin = None if kind == "better" else spread
        held += check_claim(sample("A", a), sample("B", b), kind, margin, rule, rng).answer == "holds"
    return held / repeats


def target_share(law: str, n: int, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of claims about the law's own mean that hold or fail."""
    draw, decided = LAWS[law][0], 0
    mean = float(draw(np.random.default_rng(1), 1_000_000).mean())
    for _ in range(repeats):
        claim = check_target(sample("A", draw(rng, n)), mean, SEPARATE, rng)
        decided += claim.answer in ("holds", "fails")
    return decided / repeats


def floor_share(law: str, floor_n: int, seeds: int, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of streams of 100 equal candidates in which any is kept."""
    draw, planned, kept = LAWS[law][0], candidates_for(floor_n), 0
    for _ in range(repeats):
        floor = sample("floor", draw(rng, floor_n))
        kept += any(
            judge_candidate(
                floor, sample("candidate", draw(rng, seeds)), "maximize", share_of_error(number, 1, planned), rng
            ).state
            == "better"
            for number in range(1, 101)
        )
    return kept / repeats


def _rows_centre(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    centres: tuple[Centre, ...] = ("trimmed", "median", "log_ratio")
    few = max(20, repeats // 2)
    for centre in centres:
        for law in LAWS:
            for sizes, pairing in (
                ((6, 6), "separate"),
                ((20, 20), "separate"),
                ((10, 40), "separate"),
                ((10, 10), "paired"),
            ):
                rule = DecisionRule(pairing=pairing, centre=centre)  # type: ignore[arg-type]
                measured = cell(partial(better_share, law, sizes, rule, rng), few)
                design = f"{centre}, {sizes[0]} v {sizes[1]}, {pairing}"
                yield {"kind": "centre", "law": law, "design": design, **measured}


def _rows_claims(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    kinds: tuple[ClaimKind, ...] = ("better", "better_by", "not_worse_by")
    few = max(20, repeats // 2)
    for law in LAWS:
        for kind in kinds:
            for sizes, paired in (((6, 6), False), ((10, 10), True), ((20, 20), False), ((3, 20), False)):
                measured = cell(partial(claim_share, law, kind, sizes, paired, rng), few)
                design = f"{kind}, {sizes[0]} v {sizes[1]}{', paired' if paired else ''}"
                yield {"kind": "claim", "law": law, "design": design, **measured}
    for law in ("normal", "uniform", "t3"):
        for n in (6, 20):
            yield {
                "kind": "claim",
                "law": law,
                "design": f"target, {n}",
                **cell(partial(target_share, law, n, rng), few),
            }


def _rows_floor(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    few = max(20, repeats // 4)
    for law in LAWS:
        measured = cell(partial(floor_share, law, 20, 3, rng), few)
        yield {"kind": "floor", "law": law, "design": "100 candidates of 3 v 20", **measured}


def _rows_power(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for n, d in ((4, 3.0), (5, 3.0), (6, 2.0), (10, 1.0), (10, 1.5), (20, 1.0), (30, 0.8)):
        yield {"kind": "power", "law": "normal", "design": f"{n} v {n}, d = {d:g}", **beside(n, d, None, repeats, rng)}
    for n, margin in ((10, 1.5), (20, 1.0), (30, 1.0)):
        design = f"{n} v {n}, d = 0, margin {margin:g}"
        yield {"kind": "power", "law": "normal", "design": design, **beside(n, 0.0, margin, repeats, rng)}
    for d, planned in ((0.8, 26), (1.0, 17), (1.5, 9), (2.0, 6)):
        few = max(20, repeats // 4)
        spread = LAWS["normal"][1]
        share, used = watched("normal", ANYTIME, range(5, 101), few, rng, d * spread)
        one = fixed("normal", (planned, planned), SEPARATE, repeats, rng, d * spread)["better"]
        row = {"better": share, "mean_seeds": used, "fixed_seeds": planned, "fixed_power": one, "repeats": few}
        yield {"kind": "anytime", "law": "normal", "design": f"d = {d:g}, to 100", **row}


def partly_share(law: str, n: int, shared: float, correlation: float, rng: np.random.Generator, repeats: int) -> float:
    """Return the share of equal arms called better that share only some of their seeds.

    The component that a seed gives both arms is normal, so that values correlate as stated.
    """
    draw, spread = LAWS[law]
    pairs, better = round(shared * n), 0
    depth = spread * math.sqrt(correlation / (1 - correlation))
    own = np.where(np.arange(n) < pairs, np.arange(n), n + np.arange(n))
    for _ in range(repeats):
        both, alone = rng.normal(0, depth, n), rng.normal(0, depth, n)
        first = Sample("A", draw(rng, n) + both, np.arange(n), 0)
        second = Sample("B", draw(rng, n) + np.where(np.arange(n) < pairs, both, alone), own, 0)
        better += outcome(first, second, PAIRED, rng).outcome == "better"
    return better / repeats


def _rows_partly(repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    for law in ("normal", "lognormal(1)", "10% diverging", "k of 20"):
        for n in (3, 5, 8, 12, 20):
            for shared in (0.4, 0.6, 0.8):
                for correlation in (0.0, 0.5, 0.9):
                    measured = cell(partial(partly_share, law, n, shared, correlation, rng), repeats)
                    design = f"{n} v {n}, {shared:.0%} shared, r {correlation:g}"
                    yield {"kind": "partly", "law": law, "design": design, **measured}


KINDS: dict[str, Callable[[int, np.random.Generator], Iterator[Row]]] = {
    "fixed": _rows_fixed,
    "families": _rows_families,
    "looks": _rows_looks,
    "folders": _rows_folders,
    "live": _rows_live,
    "equivalent": _rows_equivalent,
    "others": _rows_others,
    "power": _rows_power,
    "centre": _rows_centre,
    "claims": _rows_claims,
    "floor": _rows_floor,
    "partly": _rows_partly,
    "watched": _rows_watched_centres,
}


def run(repeats: int, seed: int, only: Sequence[str] = ()) -> Iterator[Row]:
    """Yield the rows of the battery; the same seed gives the same rows, whichever kinds are asked for."""
    for place, (kind, rows) in enumerate(KINDS.items()):
        if not only or kind in only:
            for row in rows(repeats, np.random.default_rng((seed, place))):
                yield {"repeats": repeats, **row}


def over(row: Row) -> bool:
    """Return True if a cell between equal arms is above 5% plus two standard errors."""
    share = row.get("equivalent") if row["kind"] == "equivalent" else row.get("better")
    if row["kind"] in ("power", "anytime", "unequal") or not isinstance(share, float):
        return False
    return share > 0.05 + 2 * math.sqrt(0.05 * 0.95 / float(str(row["repeats"])))


def main() -> int:
    """Run the battery, print its table, and return 1 if a cell is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20_261)
    parser.add_argument("--only", nargs="*", default=(), choices=tuple(KINDS))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    started, rows = time.monotonic(), []
    for row in run(arguments.repeats, arguments.seed, arguments.only):
        rows.append(row)
        figures = "  ".join(
            f"{key} {value:.1f}" if key.endswith("seeds") else f"{key} {100 * value:.1f}%"
            for key, value in row.items()
            if isinstance(value, int | float) and key != "repeats"
        )
        mark = "  OVER" if over(row) else ""
        _say(f"{row['kind']:10} {row['law']:14} {row['design']:28} {figures}  ({row['repeats']}){mark}")
    failures = sum(map(over, rows))
    _say(f"{len(rows)} cells, {failures} over 5% + 2 SE; {time.monotonic() - started:.0f} s, seed {arguments.seed}")
    if arguments.out is not None:
        arguments.out.write_text(
            json.dumps({"seed": arguments.seed, "repeats": arguments.repeats, "rows": rows}, indent=1)
        )
    return 1 if failures else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
