"""The audit finds what was planted, in runs that a real trainer trained with TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from seedspread.analysis.audit import audit
from seedspread.core.audit import FindingCode
from seedspread.storage.tables import AttemptRow, FingerprintRow
from seedspread.studies import replay
from tests.repeat.lab import Lab, lab
from tests.worker.running import SAMPLES

GRAPH = "graph"
"""The audit compares bits whatever compiled the step, and XLA takes seconds a recipe."""


@pytest.fixture(scope="module")
def keras_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that trains Keras recipes; one for the module, since TensorFlow takes seconds to load."""
    with lab(tmp_path_factory.mktemp("lab"), [SAMPLES], tensorflow=True) as opened:
        yield opened


def codes(of: Lab, run_id: int) -> dict[FindingCode, tuple[int, ...]]:
    """The problems found: what could not be examined is a matter of test_seed_faults."""
    found = audit(of.ctx, of.study_of(run_id))
    return {finding.code: finding.runs for finding in found if finding.code is not FindingCode.NOT_EXAMINED}


def test_a_constant_in_place_of_the_seed_is_found(keras_lab: Lab) -> None:
    runs = keras_lab.study("constant-seed", seeds=3, engine=GRAPH)
    assert codes(keras_lab, runs[0]) == {FindingCode.SEED_WITHOUT_EFFECT: tuple(runs)}


def test_dropout_that_ignores_its_source_is_found(keras_lab: Lab) -> None:
    runs = keras_lab.study("deaf-dropout", preset="sources", seeds=2, engine=GRAPH)
    found = audit(keras_lab.ctx, keras_lab.study_of(runs[0]))
    (finding,) = [finding for finding in found if finding.code is not FindingCode.NOT_EXAMINED]
    assert finding.code is FindingCode.SOURCE_WITHOUT_EFFECT
    assert finding.sentence.startswith("dropout has no effect")


def test_a_sound_study_is_silent_and_its_run_repeats(keras_lab: Lab) -> None:
    runs = keras_lab.study("plain", preset="sources", seeds=2, engine=GRAPH)
    assert codes(keras_lab, runs[0]) == {}
    replay.start(keras_lab.ctx, runs[-1])
    keras_lab.work()
    assert replay.listed(keras_lab.ctx, runs[-1]).sentence == "1 of 1 replay repeated the run bit for bit."


def test_studies_of_own_keras_recipes_share_no_process(keras_lab: Lab) -> None:
    (first,), (second,) = (keras_lab.study("plain", seeds=1) for _ in range(2))
    with keras_lab.database.reading() as session:
        trainers = session.scalars(select(AttemptRow.trainer).where(AttemptRow.run_id.in_((first, second)))).all()
    assert trainers[-1] == "a new process"


def test_a_duplicated_run_is_found(quick_lab: Lab) -> None:
    runs = quick_lab.study(seeds=3)
    with quick_lab.database.session() as session:
        rows = session.scalars(select(FingerprintRow).where(FingerprintRow.run_id.in_(runs[:2]))).all()
        held = {(row.run_id, row.kind, row.step): row for row in rows}
        for row in rows:
            row.digest = held[runs[0], row.kind, row.step].digest
    assert codes(quick_lab, runs[0]) == {FindingCode.SECRETLY_THE_SAME: tuple(runs[:2])}
