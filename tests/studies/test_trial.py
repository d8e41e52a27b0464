"""Words of `seedspread try` for metrics that agree: by chance, or because the seed has no effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from seedspread.core.record import Record, points
from seedspread.core.repeat import coarse
from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.studies.trial import checks_of

ASKED = {"requested": ["algorithm"], "used": ["algorithm"]}
CHANCE = "A metric of few values may agree by chance: this alone does not show whether the seed takes effect."


def document(
    seed: int,
    values: Sequence[float] = (44 / 45,),
    prints: Mapping[FingerprintKind, str] | None = None,
    seeding: Mapping[str, Any] | None = None,
    examples: str = "",
) -> dict[str, Any]:
    """Return the document of a run with one metric."""
    series = {"score": points(range(1, len(values) + 1), values)}
    kinds = tuple(Fingerprint(kind, digest, 0) for kind, digest in (prints or {}).items())
    record = Record(kinds, series, {"seeding": dict(ASKED if seeding is None else seeding)})
    sources = ["algorithm"]
    return {"seed": seed, "sources": sources, "record": record.as_json(), "examples": examples}


def other_seed_check(first: dict[str, Any], *others: dict[str, Any]) -> tuple[bool | None, str]:
    names = ("other", *(f"other:{number}" for number in range(2, 9)))
    runs = {"first": first, "again": first, **dict(zip(names, others, strict=False))}
    (check,) = [item for item in checks_of(runs) if item.name == "another seed"]
    return check.ok, check.sentence


def test_equal_coarse_metrics_alone_show_nothing() -> None:
    advice = "Report the weights (run.weights) or log a finer metric, such as a loss."
    sentence = f"Seeds 3–6 gave the same score (0.9778). {CHANCE} {advice}"
    assert other_seed_check(document(3), document(4), document(5), document(6)) == (None, sentence)
    prints = [{FingerprintKind.SPLIT: digest, FingerprintKind.ORDER: "o"} for digest in "ab"]
    ok, sentence = other_seed_check(document(0, prints=prints[0]), document(1, prints=prints[1]))
    assert ok is None
    assert "The split of the data changed with the seed, but a metric of few values may agree by chance:" in sentence


def test_the_finest_record_decides() -> None:
    weights = [{FingerprintKind.FINAL: digest} for digest in "ab"]
    assert other_seed_check(document(0, prints=weights[0]), document(1, prints=weights[1]))[0] is True
    assert other_seed_check(document(0, prints=weights[0]), document(1, prints=weights[0])) == (
        False,
        "Another seed gives the same metrics and weights: the seed has no effect.",
    )
    assert other_seed_check(document(0, examples="a"), document(1, examples="b"))[0] is True
    assert other_seed_check(document(0), document(1), document(2, (43 / 45,))) == (
        True,
        "Seed 2 gives another result; seeds 0–1 gave the same.",
    )


@pytest.mark.parametrize(
    ("values", "seeding"),
    [((44 / 45,), {}), ((0.31830988618379067,), ASKED), ((1.0, 0.69314718055994531), ASKED)],
    ids=["never asked", "fine", "fine at a step"],
)
def test_a_seed_without_effect_is_still_named(values: Sequence[float], seeding: Mapping[str, Any]) -> None:
    runs = [document(seed, values, seeding=seeding) for seed in (0, 1)]
    sentence = "Another seed gives the same metrics: the seed has no effect that the metrics show."
    assert other_seed_check(*runs) == (False, sentence)


def test_constants_that_two_seeds_share_are_named() -> None:
    lines = [{"file.py:7": "random.seed(1)", "file.py:8": f"numpy.random.seed({seed})"} for seed in (0, 1)]
    runs = [document(seed, seeding=ASKED | {"reseeded": lines[seed], "drawn": ["random"]}) for seed in (0, 1)]
    checks = checks_of({"first": runs[0], "other": runs[1], "again": runs[0]})
    assert [(item.ok, item.sentence.partition(":")[0]) for item in checks if item.name == "random numbers"] == [
        (False, "The recipe calls random.seed(1) at file.py")
    ]
    checks = checks_of(dict.fromkeys(("first", "other", "again"), document(0, seeding={"unseeded": ["f.py:3"]})))
    sentence = next(item.sentence for item in checks if item.name == "random numbers")
    assert sentence.startswith("The recipe draws random numbers without a seed: f.py:3.")


def test_accuracies_and_f1_are_coarse_but_losses_are_not() -> None:
    f1 = float(np.mean([2 * 13 / 27, 2 * 14 / 29, 1.0]))
    for value in (0.0, 1.0, 44 / 45, 12.0, 359 / 360, f1, float(np.float32(357 / 360)), float("nan")):
        assert coarse({"score": points([1], [value])}), value
    rng = np.random.default_rng(0)
    fine = [coarse({"loss": points([1], [value])}) for value in rng.random(500)]
    assert sum(fine) < 5
    curves = [coarse({"loss": points(range(20), rng.random(20, np.float32))}) for _ in range(100)]
    assert not any(curves)
