"""Methods paragraphs that are true of the study they describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from seedspread.analysis.compare import compare_all
from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.presets import expand
from seedspread.core.sources import Policy, Source
from seedspread.core.study import AdaptivePlan, ArmSpec, Preset, RuleSpec
from seedspread.report.methods import methods
from seedspread.storage.database import Database
from seedspread.studies.change import add_seeds
from tests.builders import spec as spec_of
from tests.support.studies import context_of, measured_study

BASE = [0.9 + 0.003 * (place % 5) for place in range(12)]
WIDE = [value + 0.02 + 0.0004 * (place % 3) for place, value in enumerate(BASE)]
FREE = dict.fromkeys((Source.SPLIT, Source.INIT), Policy.FREE)
VARY = dict.fromkeys(FREE, Policy.VARY)
GPU = {"gpus": [{"name": "NVIDIA H200"}], "threads": 8, "python": "3.12.1", "packages": {"keras": "3.15.0"}}
CPU = {"cpu": {"model": "EPYC"}, "threads": 1, "python": "3.11.7", "packages": {}}


@pytest.fixture
def context(sqlite_database: Database) -> Context:
    return context_of(sqlite_database)


def paragraph(
    context: Context, arms: Mapping[str, Sequence[float | None]], *environments: dict[str, Any], **given: Any
) -> str:
    study_id = measured_study(context.database, arms, **given)
    family = compare_all(context, study_id) if len(arms) > 1 else None
    return " ".join(methods(measure(context, study_id), environments, family))


def test_a_paired_study_of_a_metric_to_maximise(context: Context) -> None:
    assert paragraph(context, {"base": BASE, "wide": WIDE}, GPU, smallest_difference=0.01) == (
        "The recipe toy (version 1) was trained in 2 arms (base and wide) with seeds 0–11 "
        "(n = 12 runs with a finite value per arm). The value analysed is the last accuracy of each run "
        "(higher is better). Varied with the seed: split, init. "
        "Seeds of the sources that are not drawn anew are derived from the run's seed by SHA-256 of their names. "
        "CIs of means are 95% t intervals; none is given below 3 seeds. "
        "CIs of differences (arm − baseline) are paired t intervals over shared seeds at the 95% level. "
        "By the decision rule stated beforehand, “better” requires a CI that excludes 0 and a sign-flip test "
        "that rejects at the same level (exact where feasible); “equivalent” requires a CI within 1 point of 0, the "
        "smallest difference that matters, and the same test to reject a difference of that size in either direction. "
        "No run was left out. Trained on NVIDIA H200, 8 threads, Python 3.12.1, Keras 3.15.0."
    )


def test_an_unpaired_study_names_no_paired_test(context: Context) -> None:
    arms = (ArmSpec(name="base", policies=FREE), ArmSpec(name="wide", policies=FREE))
    text = paragraph(context, {"base": BASE, "wide": WIDE}, GPU, CPU, specs=arms)
    assert "Welch t intervals, the arms taken as independent" in text
    assert "a permutation test that rejects at the same level" in text
    assert "paired" not in text
    assert "sign-flip" not in text
    assert "Drawn anew in every run and recorded: split, init." in text
    assert "derived from" not in text
    assert text.endswith("; EPYC, 1 thread, Python 3.11.7 (2 different environments).")


@pytest.mark.parametrize(
    ("policies", "intervals", "test"),
    [
        (VARY, "order-statistic intervals of the median paired difference", "Wilcoxon"),
        (FREE, "Price-Bonett intervals", "Mann-Whitney"),
    ],
)
def test_medians_are_compared_by_ranks(
    context: Context, policies: dict[Source, Policy], intervals: str, test: str
) -> None:
    arms = [ArmSpec(name=name, policies=policies) for name in ("base", "wide")]
    text = paragraph(context, {"base": BASE, "wide": WIDE}, specs=arms, rule=RuleSpec(centre="median"))
    assert f"Arms are compared by medians; CIs (arm − baseline) are {intervals} at the 95% level." in text
    assert f"excludes 0 and a {test} test that rejects at the same level" in text


def test_what_a_run_did_is_no_environment_and_unused_frameworks_are_not_named(context: Context) -> None:
    packages = {"tensorflow-cpu": "2.21.0", "keras": "3.15.0", "torch": "2.13.0", "scikit-learn": "1.9.0"}
    known = CPU | {"packages": packages, "frameworks": {"torch": {"version": "2.13.0"}}}
    first, later = (known | {"seeding": {"first_in_process": first}} for first in (True, False))
    text = paragraph(context, {"base": BASE, "wide": WIDE}, first, later)
    assert text.endswith("PyTorch 2.13.0, scikit-learn 1.9.0.")
    assert "TensorFlow" not in text
    assert "Keras" not in text
    assert "different environments" not in text
    assert "TensorFlow 2.21.0" in paragraph(context, {"base": BASE, "wide": WIDE}, CPU | {"packages": packages})


def test_a_metric_to_minimise_says_so(context: Context) -> None:
    text = paragraph(context, {"base": BASE, "wide": WIDE}, metric="loss", direction="minimize")
    assert "the last loss of each run (lower is better)" in text


def test_an_adaptive_study_names_its_looks(context: Context) -> None:
    rule = RuleSpec(adaptive=AdaptivePlan(batch=5, max_seeds=20))
    text = paragraph(context, {"base": BASE[:10], "wide": WIDE[:10]}, rule=rule)
    assert "Looks were planned at 10, 15 and 20 seeds per arm, with O'Brien-Fleming-type alpha spending." in text
    assert "at the level of each look" in text


def test_the_same_arm_twice_is_said_to_measure_luck(context: Context) -> None:
    policies = expand(spec_of(arms=(), preset=Preset.AA), (Source.SPLIT, Source.INIT)).arms[0].policies
    specs = [ArmSpec(name=name, policies=policies) for name in ("base A", "base B")]
    text = paragraph(context, {"base A": BASE, "base B": WIDE[::-1]}, specs=specs)
    assert "All arms are the same: the comparisons show how often luck alone looks like a difference." in text


def test_several_arms_name_the_correction_and_the_baseline(context: Context) -> None:
    text = paragraph(context, {"a": BASE, "b": WIDE, "c": WIDE[::-1]}, rule=RuleSpec(baseline="a"))
    assert "Verdicts are corrected for 2 comparisons with a (Holm)." in text


def test_one_arm_has_no_differences(context: Context) -> None:
    text = paragraph(context, {"base": [*BASE[:10], None, float("nan")]})
    assert "1 arm (base)" in text
    assert "n = 10 runs with a finite value)" in text
    assert "Left out of base: 1 failed; 1 not finite." in text
    assert "differences" not in text


def test_seeds_added_for_a_result_are_accounted_for(context: Context) -> None:
    study_id = measured_study(context.database, {"base": BASE[:6], "wide": WIDE[:6]}, number_of_seeds=6)
    add_seeds(context, study_id, 2)
    text = " ".join(methods(measure(context, study_id), (), compare_all(context, study_id)))
    assert "99% t-mixture intervals, valid at every look" in text
    assert "4 runs had not ended when this was written." in text


def test_medians_at_every_look_are_bounded_by_the_t_mixture(context: Context) -> None:
    arms, rule = {"base": BASE[:6], "wide": WIDE[:6]}, RuleSpec(centre="median")
    study_id = measured_study(context.database, arms, number_of_seeds=6, rule=rule)
    add_seeds(context, study_id, 2)
    text = " ".join(methods(measure(context, study_id), (), compare_all(context, study_id)))
    assert (
        "Arms are compared by medians; CIs of differences (arm − baseline) hold at every look at the 99% level: "
        "order-statistic intervals of the median paired difference at the bounds of the t mixture."
    ) in text
