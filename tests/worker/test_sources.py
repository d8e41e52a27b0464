"""Every source is controlled by itself: its value moves what it is for, and nothing before it."""

from __future__ import annotations

from typing import Any

import pytest

from seedspread.core.study import Settings
from seedspread_worker.trainer.handle import Trainer
from tests.worker.running import Report, manifest_of, train

GRAPH = Settings(engine="graph")

KINDS = ("data", "split", "initial", "order")

MOVES = {
    "split": {"split"},
    "init": {"initial"},
    "shuffle": {"order"},
    "dropout": set[str](),
    "augment": set[str](),
}


@pytest.fixture(scope="module")
def base(trainer: Trainer) -> Report:
    """The run that the others differ from in one source."""
    return train(trainer, manifest_of("digits-cnn", 1, epochs=1))


@pytest.mark.parametrize("source", MOVES)
def test_a_source_moves_only_what_it_is_for(source: str, trainer: Trainer, base: Report) -> None:
    other = train(trainer, manifest_of("digits-cnn", 1, epochs=1, fixed={source: 12345}))
    assert {kind for kind in KINDS if base.digest(kind) != other.digest(kind)} == MOVES[source]
    assert base.digest("weights", 1) != other.digest("weights", 1)


def test_a_resampled_training_part_moves_with_its_source(trainer: Trainer) -> None:
    parameters: dict[str, Any] = {"epochs": 1, "balance": "undersample"}
    one = train(trainer, manifest_of("tabular-mlp", 1, settings=GRAPH, **parameters))
    other = train(trainer, manifest_of("tabular-mlp", 1, settings=GRAPH, fixed={"resample": 99}, **parameters))
    assert one.digest("data") == other.digest("data")
    assert one.digest("split") != other.digest("split")
    same = [
        train(trainer, manifest_of("tabular-mlp", 1, settings=GRAPH, epochs=1, fixed={"resample": value})).final
        for value in (1, 2)
    ]
    assert same[0] == same[1]


def test_an_overwritten_seed_shows_in_the_fingerprints(trainer: Trainer) -> None:
    runs = [train(trainer, manifest_of("constant-seed", seed, settings=GRAPH, epochs=1)) for seed in (0, 1)]
    assert runs[0].digest("initial") == runs[1].digest("initial")
    assert runs[0].digest("order") != runs[1].digest("order")


def test_an_ignored_source_shows_in_the_fingerprints(trainer: Trainer) -> None:
    deaf = [
        train(trainer, manifest_of("deaf-dropout", settings=GRAPH, fixed={"dropout": value})).bits for value in (1, 2)
    ]
    hearing = [train(trainer, manifest_of("plain", settings=GRAPH, fixed={"dropout": value})).final for value in (1, 2)]
    assert deaf[0] == deaf[1]
    assert hearing[0] != hearing[1]


def test_nothing_varies_when_every_source_is_fixed(trainer: Trainer) -> None:
    fixed = {"split": 1, "shuffle": 2, "init": 3, "dropout": 4}
    runs = [train(trainer, manifest_of("global-layers", seed, settings=GRAPH, fixed=fixed)) for seed in (0, 1)]
    assert runs[0].bits == runs[1].bits


def test_a_recipe_that_draws_for_itself_is_compiled_anew_and_says_so(trainer: Trainer) -> None:
    report = train(trainer, manifest_of("global-layers", 8, settings=GRAPH))
    assert "not reused for other seeds: it draws from the process's generators" in report.ending.log_tail
