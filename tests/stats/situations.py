"""Verdicts in odd situations, as text; `python -m tests.stats.situations` writes the golden file, to be read."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedspread import stats
from seedspread.stats import Conditions, DecisionRule, Sample, Verdict, question_rng
from seedspread.stats.decision.comparison import compare_many

GOLDEN = Path(__file__).parent.parent / "goldens" / "sentences.txt"
Values = Sequence[float | None] | Mapping[int, float | None]

_DRAWN = random.Random(1)
BASE = [_DRAWN.gauss(0.9, 0.01) for _ in range(24)]
WIDE = [value + 0.021 + _DRAWN.gauss(0, 0.01) for value in BASE]
LIKE = [value + _DRAWN.gauss(0, 0.002) for value in BASE]
OPEN = [value + 0.003 + _DRAWN.gauss(0, 0.02) for value in BASE]
APART = [_DRAWN.gauss(0.93, 0.01) for _ in range(18)]
SHARE = Conditions("val_accuracy", unit="share", varied=("init", "shuffle"), fixed=("split",))
PAIRED, SEPARATE = DecisionRule(pairing="paired"), DecisionRule(pairing="separate")
PLANNED = DecisionRule(pairing="paired", looks="planned", first_look=10, look_every=5, most_seeds=40)
MARGIN = DecisionRule(pairing="paired", smallest_difference=0.005)
LOSS = DecisionRule(pairing="paired", direction="minimize")
AA = Conditions("accuracy", unit="share", same_variant=True, varied=("init",))


def scaled(values: Sequence[float], factor: float) -> list[float]:
    """Return the values times a factor."""
    return [factor * value for value in values]


def verdict(
    a: Values,
    b: Values,
    rule: DecisionRule = PAIRED,
    conditions: Conditions = SHARE,
    names: tuple[str, str] = ("base", "wide"),
    failures: tuple[int, int] = (0, 0),
) -> Verdict:
    """Return the verdict on two arms; seeds are places where values come as a list."""
    first, second = (
        Sample.of(name, values if isinstance(values, Mapping) else dict(enumerate(values)), failures=failed)
        for name, values, failed in zip(names, (a, b), failures, strict=True)
    )
    return stats.decide(first, second, rule, question_rng("situation"), conditions)


def situations() -> dict[str, Verdict]:
    """Return every situation's verdict by its title."""
    lots = {f"n = {n}": verdict(BASE[:n], WIDE[:n]) for n in (1, 2, 3, 4, 6, 10)}
    step = [round(20 * value) / 20 for value in BASE], [round(20 * value) / 20 for value in OPEN]
    return lots | {
        "the arm wins": verdict(BASE, WIDE),
        "the baseline wins": verdict(WIDE, BASE),
        "lower is better, the arm wins": verdict(WIDE, BASE, LOSS, Conditions("val_loss")),
        "lower is better, the baseline wins": verdict(BASE, WIDE, LOSS, Conditions("val_loss")),
        "no direction": verdict(WIDE, BASE, DecisionRule(pairing="paired", direction=None), Conditions("score")),
        "unpaired, unequal n": verdict(BASE, APART, SEPARATE),
        "equivalent": verdict(BASE, LIKE, MARGIN),
        "undecided with a margin": verdict(BASE, OPEN, MARGIN),
        "undecided without a margin": verdict(BASE, OPEN),
        "the winner's size is open": verdict(BASE, WIDE, DecisionRule(pairing="paired", smallest_difference=0.02)),
        "identical": verdict(BASE, BASE),
        "one difference": verdict([1, 2, 3, 4, 5, 6, 7, 8], [2, 3, 4, 5, 6, 7, 8, 9], PAIRED, Conditions()),
        "one difference, few seeds": verdict([1, 2, 3, 4, 5], [2, 3, 4, 5, 6], PAIRED, Conditions()),
        "one difference, equivalent": verdict(BASE, [value + 0.001 for value in BASE], MARGIN),
        "both constant": verdict([0.9] * 12, [0.8] * 12, SEPARATE),
        "at its ceiling": verdict(BASE[:12], [1.0] * 12),
        "ties": verdict(*step),
        "failed and missing": verdict(BASE[:18], [*WIDE[:15], math.nan, None, WIDE[17]], failures=(2, 5)),
        "fails more often": verdict(BASE[:20], WIDE[:11], failures=(0, 9)),
        "all of one arm failed": verdict(BASE[:10], {}, failures=(0, 10)),
        "nothing finished yet": verdict(
            BASE, {}, conditions=Conditions("accuracy", unit="share", to_come=(frozenset(), frozenset({1})))
        ),
        "no shared seed": verdict(BASE, {100 + place: value for place, value in enumerate(WIDE)}),
        "unpaired seeds": verdict(BASE, {place + 3: value for place, value in enumerate(WIDE)}),
        "1e-6": verdict(scaled(BASE, 1e-6), scaled(WIDE, 1e-6), conditions=Conditions("step_size")),
        "1e8": verdict(scaled(BASE, 1e8), scaled(WIDE, 1e8), conditions=Conditions("reward")),
        "seconds": verdict(scaled(BASE, 100), scaled(WIDE, 100), conditions=Conditions("latency", unit="s")),
        "percentages": verdict(scaled(BASE, 100), scaled(WIDE, 100), conditions=Conditions("accuracy", unit="%")),
        "odd names": verdict(BASE, WIDE, names=("v. 1 free", "a, n = 3")),
        "directions of text": verdict(BASE, WIDE, names=("<b>", "x\u202eevil")),
        "interim": verdict(BASE[:14], WIDE[:14], conditions=Conditions("accuracy", unit="share", peeked=True)),
        "seeds added": verdict(BASE, WIDE, conditions=Conditions("accuracy", unit="share", added=(10, 5, 9))),
        "between looks": verdict(BASE[:12], WIDE[:12], PLANNED),
        "at a planned look": verdict(BASE[:20], WIDE[:20], PLANNED),
        "one variant, two policies": verdict(
            BASE,
            OPEN,
            conditions=Conditions(
                "accuracy", unit="share", same_variant=True, differing=(("split", "vary", "fixed"),), varied=("init",)
            ),
        ),
        "A/A": verdict(BASE, OPEN, conditions=AA),
        "A/A that looks different": verdict(BASE, WIDE, conditions=AA),
        "an outlying seed": verdict(BASE[:20], [*WIDE[:19], 0.1], SEPARATE),
    }


def family() -> list[Verdict]:
    """Return the verdicts on ten arms, corrected for nine comparisons with the first."""
    drawn = random.Random(4)
    arms = [
        Sample.of(f"arm {n}", {seed: value + 0.0013 * n + drawn.gauss(0, 0.01) for seed, value in enumerate(BASE)})
        for n in range(10)
    ]
    compared = compare_many(arms, PAIRED, question_rng("family"), baseline="arm 0", conditions=SHARE)
    return [comparison.verdict for comparison in compared.comparisons]


def text() -> str:
    """Return every situation as the golden file holds it."""
    blocks = []
    for title, found in [*situations().items(), *((f"10 arms: {n}", found) for n, found in enumerate(family(), 1))]:
        caveats = [f"  ! {caveat.text}" for caveat in found.caveats]
        lines = [f"# {title} [{found.state}]", found.headline, *(f"  {line}" for line in found.detail), *caveats]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(text(), "utf-8")
