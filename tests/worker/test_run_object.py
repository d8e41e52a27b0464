"""What a run hands its recipe, keeps of it and puts back, without a trainer process."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from seedspread.core.manifest import Manifest
from seedspread.core.plan import SourceValue
from seedspread.core.recipe import RecipeKind
from seedspread.core.report import Examples, FingerprintKind
from seedspread.core.seeds import derive_bits
from seedspread.core.sources import Policy, Source
from seedspread.core.study import Settings
from seedspread.errors import InvalidInput
from seedspread_worker import Metric, RecipeParameters, Run, free_recipe
from seedspread_worker.author.fingerprints import digest_arrays, digest_series
from seedspread_worker.author.recipe import MARK, Recipe
from seedspread_worker.author.run import LARGEST_STEP, Cancelled, number_of, step_of
from seedspread_worker.author.split import FEW_VALUES, classes_of, part
from seedspread_worker.trainer.checkpoints import FileKeeper, checkpoint_file
from seedspread_worker.trainer.randomness import GlobalRandomness
from seedspread_worker.trainer.watch import STATE_BYTES, ModuleState, Watch

SPLIT, INIT, SHUFFLE, ALGORITHM = Source.SPLIT, Source.INIT, Source.SHUFFLE, Source.ALGORITHM
DATA, ORDER, WEIGHTS = FingerprintKind.DATA, FingerprintKind.ORDER, FingerprintKind.WEIGHTS


def recipe_of(*sources: Source) -> Recipe:
    """A free recipe that declares these sources."""

    @free_recipe(
        name="r", version="1", parameters=RecipeParameters, sources=sources, metrics=[Metric("loss", "minimize")]
    )
    def train(run: Run) -> None:
        """Train nothing."""

    recipe: Recipe = getattr(train, MARK)
    return recipe


def manifest(values: Mapping[Source, int], device: Any = "cpu") -> Manifest:
    """A manifest with these values of sources."""
    sources = {source: SourceValue(policy=Policy.VARY, value=value, seed=1) for source, value in values.items()}
    return Manifest(
        recipe="r",
        recipe_version="1",
        source_digest="d",
        parameters={},
        seed=1,
        sources=sources,
        settings=Settings(device=device),
    )


class Sink:
    """Keeps what is reported."""

    def __init__(self, *, stop: bool = False) -> None:
        self.points: list[tuple[int, float, dict[str, float]]] = []
        self.prints: list[tuple[FingerprintKind, str, int]] = []
        self.kept: list[Examples] = []
        self.planned: list[int] = []
        self.facts: dict[str, Any] = {}
        self.series: dict[str, tuple[list[Any], list[float]]] = {}
        self.stop = stop

    def metrics(self, epoch: int, step: float, values: Mapping[str, float]) -> None:
        self.points.append((epoch, step, dict(values)))

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        self.prints.append((kind, digest, step))

    def examples(self, examples: Examples) -> None:
        self.kept.append(examples)

    def plan(self, epochs: int) -> None:
        self.planned.append(epochs)

    def hold(self) -> None:
        """Everything is taken at once."""

    def release(self) -> None:
        """Nothing waits."""

    def note(self, **facts: Any) -> None:
        self.facts |= facts

    def restore(self, series: dict[str, tuple[list[Any], list[float]]]) -> None:
        self.series = series

    def cancelled(self) -> bool:
        return self.stop


def run_of(values: Mapping[Source, int], sink: Sink | None = None, keeper: Any = None, **fields: Any) -> Run:
    return Run(recipe_of(*values), manifest(values, **fields), sink or Sink(), keeper)


class TestSources:
    """Seeds and generators."""

    def test_a_seed_is_the_value_of_its_source_and_counts_as_used(self) -> None:
        run = run_of({SPLIT: 5, INIT: 7})
        assert run.usage.count == 0
        assert run.seed("init") == 7
        assert run.usage.used == run.usage.requested == {"init"}
        assert run.usage.count == 1
        assert run.usage.handed_out(7)
        assert not run.usage.handed_out(5)

    def test_a_generator_counts_as_used_once_it_was_drawn_from(self) -> None:
        run = run_of({SPLIT: 5, INIT: 7})
        generator = run.rng("split")
        assert not run.usage.used
        assert (sorted(run.usage.requested), run.usage.count) == (["split"], 1)
        assert generator.random() == np.random.Generator(np.random.PCG64(derive_bits(5, "rng", 128))).random()
        assert run.usage.used == {"split"}

    def test_other_names_give_other_numbers_and_the_same_name_the_same(self) -> None:
        run = run_of({SPLIT: 5, INIT: 5})
        first, again, other, init = (
            run.rng(*request).random() for request in (("split",), ("split",), ("split", "other"), ("init",))
        )
        assert first == again == init
        assert first != other

    def test_a_source_that_is_none_is_refused(self) -> None:
        for request in (run_of({SPLIT: 5}).seed, run_of({SPLIT: 5}).rng):
            with pytest.raises(InvalidInput, match="luck"):
                request("luck")

    def test_reading_the_manifest_is_noted_and_seeds_are_no_reading(self) -> None:
        run = run_of({SPLIT: 5})
        run.seed("split")
        assert not run.usage.manifest_read
        assert run.manifest.seed == 1
        assert run.usage.manifest_read

    def test_what_was_asked_for_has_a_digest_whatever_the_order(self) -> None:
        digests = []
        for request in (["split", "init"], ["init", "split"], ["init", "split", "split"], ["init"]):
            run = run_of({SPLIT: 5, INIT: 7})
            for source in request:
                run.seed(source)
            digests.append(run.usage.digest())
        assert digests[0] == digests[1] == digests[2]
        assert digests[3] != digests[0]

    @pytest.mark.parametrize(
        ("sources", "orders"), [((SHUFFLE, ALGORITHM), "shuffle"), ((INIT, ALGORITHM), "algorithm")]
    )
    def test_the_first_order_of_the_source_that_orders_is_fingerprinted(
        self, sources: tuple[Source, ...], orders: str
    ) -> None:
        sink = Sink()
        run = run_of(dict.fromkeys(sources, 3), sink)
        for source in sources:
            run.rng(source.value).permutation(10) if source.value != orders else None
        assert sink.prints == []
        generator = run.rng(orders)
        first = generator.permutation(10)
        rows = np.arange(10)
        generator.shuffle(rows)
        assert sink.prints == [(ORDER, digest_arrays([first]), 0)]
        shuffled = Sink()
        other = run_of(dict.fromkeys(sources, 3), shuffled).rng(orders)
        rows = np.arange(10)
        other.shuffle(rows)
        assert shuffled.prints == [(ORDER, digest_arrays([rows]), 0)]

    @pytest.mark.parametrize(("device", "expected"), [("cpu", "cpu"), ("gpu", "cuda")])
    def test_the_device_is_named_as_frameworks_do(self, device: str, expected: str) -> None:
        assert run_of({SPLIT: 1}, device=device).device == expected


class TestReports:
    """Metrics, fingerprints, weights, examples."""

    def test_a_point_has_its_epoch_its_step_and_plain_floats(self) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        run.log(np.int64(3), loss=np.float32(0.5))
        run.log(2.5, loss=float("inf"))
        assert sink.points == [(3, 3, {"loss": 0.5}), (2, 2.5, {"loss": float("inf")})]
        assert isinstance(sink.points[0][1], int)

    def test_a_metric_that_was_not_declared_is_recorded_and_said_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        run.log(1, loss=0.5)
        assert capsys.readouterr().out == ""
        for step in (2, 3):
            run.log(step, accuracy=0.5)
        assert [values for _, _, values in sink.points] == [{"loss": 0.5}, {"accuracy": 0.5}, {"accuracy": 0.5}]
        assert capsys.readouterr().out.count("accuracy") == 1

    def test_a_cancelled_run_ends_after_the_point_it_reported(self) -> None:
        sink = Sink(stop=True)
        with pytest.raises(Cancelled):
            run_of({SPLIT: 1}, sink).log(1, loss=0.5)
        assert len(sink.points) == 1
        run_of({SPLIT: 1}).check_cancelled()

    @pytest.mark.parametrize(("epochs", "planned"), [(3, 3), (2.1, 3), (np.float64(4), 4)])
    def test_a_plan_is_rounded_up(self, epochs: Any, planned: int) -> None:
        sink = Sink()
        run_of({SPLIT: 1}, sink).plan(epochs)
        assert sink.planned == [planned]

    def test_the_first_digest_of_a_kind_and_step_counts(self) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        for values in (np.arange(2), np.arange(3)):
            run.fingerprint("data", values)
            run.fingerprint("data", values, step=1)
        digest = digest_arrays([np.arange(2)])
        assert sink.prints == [(DATA, digest, 0), (DATA, digest, 1)]

    def test_weights_of_epoch_zero_are_the_initial_and_the_last_the_final_ones(self) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        run.finish()
        assert sink.prints == []
        for epoch in (0, 1, np.int64(2)):
            run.weights(epoch, [np.full(2, float(epoch))])
        run.finish()
        kinds = [(kind.value, step) for kind, _, step in sink.prints]
        assert kinds == [("initial", 0), ("weights", 1), ("weights", 2), ("final", 0)]
        assert sink.prints[-1][1] == sink.prints[-2][1] != sink.prints[-3][1]
        with pytest.raises(InvalidInput, match="epoch"):
            run.weights(1.5, [])

    def test_seeds_are_reported_at_the_end_where_any_was_used(self) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        run.rng("split")
        run.finish()
        assert sink.prints == []
        run.seed("split")
        run.finish()
        assert [(kind.value, digest) for kind, digest, _ in sink.prints] == [("seeds", run.usage.digest())]

    def test_examples_are_packed(self) -> None:
        sink = Sink()
        run = run_of({SPLIT: 1}, sink)
        run.examples(np.array([1, 0, 1, 1, 0, 0, 0, 0, 1]))
        run.examples(np.array([True]), np.array([0.25]))
        assert [(item.count, item.correct, item.scores) for item in sink.kept] == [
            (9, bytes([0b10110000, 0b10000000]), None),
            (1, bytes([0b10000000]), np.float32(0.25).tobytes()),
        ]

    @pytest.mark.parametrize(
        "value", ["1", None, [1.0], np.array([1.0]), 1j, np.complex64(1), np.str_("1"), np.datetime64(1, "s"), object()]
    )
    def test_what_is_no_single_number_is_refused(self, value: Any) -> None:
        with pytest.raises(InvalidInput, match="loss"):
            number_of(value, "loss")

    @pytest.mark.parametrize("value", [2, 2.0, True, np.float32(2), np.array(2), np.bool_(True)])
    def test_single_numbers_of_any_kind_are_floats(self, value: Any) -> None:
        assert type(number_of(value, "loss")) is float

    @pytest.mark.parametrize(("value", "step"), [(0, 0), (2.0, 2), (2.5, 2.5), (LARGEST_STEP, LARGEST_STEP)])
    def test_whole_steps_are_integers(self, value: Any, step: float) -> None:
        found = step_of(value, "step")
        assert (found, type(found)) == (step, type(step))

    @pytest.mark.parametrize("value", [-1, LARGEST_STEP + 2, float("nan"), float("inf"), True, np.bool_(False)])
    def test_steps_out_of_range_are_refused(self, value: Any) -> None:
        with pytest.raises(InvalidInput, match="step"):
            step_of(value, "step")

    def test_fractional_steps_have_a_digest_of_their_own(self) -> None:
        whole, mixed, floats = ([1, 2], [1, 2.5], [1.0, 2.0])
        digests = {digest_series({"loss": (steps, [0.5, 0.6])}) for steps in (whole, mixed, floats)}
        assert len(digests) == 3


class TestCheckpoints:
    """What a run keeps, and goes on from."""

    def keeper(self, folder: Path, sink: Sink) -> FileKeeper:
        return FileKeeper(checkpoint_file(folder / "new", 3, manifest({SPLIT: 1})), sink, GlobalRandomness())

    def test_another_manifest_or_run_has_another_file(self, tmp_path: Path) -> None:
        files = {
            checkpoint_file(tmp_path, run, manifest({SPLIT: value})) for run, value in ((1, 1), (1, 2), (2, 1), (1, 1))
        }
        assert len(files) == 3

    def test_generators_and_fingerprints_go_on_where_they_stood(self, tmp_path: Path) -> None:
        first_sink, second_sink = Sink(), Sink()
        first = run_of({SPLIT: 5, SHUFFLE: 6}, first_sink, self.keeper(tmp_path, first_sink))
        drawn, other = first.rng("split"), first.rng("split")
        drawn.random(3)
        first.fingerprint("data", np.arange(3))
        first.weights(1, [np.ones(2)])
        first_sink.series = {"loss": ([1], [0.5])}
        assert first.resume() is None
        random.seed(11)
        np.random.seed(12)  # noqa: NPY002 - the legacy generator is the one meant
        first.checkpoint(4, {"weights": [1, 2]})
        expected = (drawn.random(), other.random(), random.random(), np.random.rand())  # noqa: NPY002
        second = run_of({SPLIT: 5, SHUFFLE: 6}, second_sink, self.keeper(tmp_path, second_sink))
        again = second.rng("split"), second.rng("split")
        assert second.resume() == {"weights": [1, 2]}
        assert (again[0].random(), again[1].random(), random.random(), np.random.rand()) == expected  # noqa: NPY002
        assert second_sink.prints == first_sink.prints
        assert second_sink.series == {"loss": ([1], [0.5])}
        assert second_sink.facts == {"resumed": {"after_step": 4}}
        second.finish()
        assert (FingerprintKind.FINAL, digest_arrays([np.ones(2)]), 0) in second_sink.prints

    def test_a_file_that_cannot_be_read_starts_anew(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        sink = Sink()
        keeper = self.keeper(tmp_path, sink)
        keeper.keep(1, {"state": 1, "generators": [], "fingerprints": {}})
        (file,) = (tmp_path / "new").iterdir()
        file.write_bytes(b"no pickle")
        assert run_of({SPLIT: 1}, sink, keeper).resume() is None
        assert capsys.readouterr().out
        assert sink.facts == {}

    def test_it_is_due_by_its_age_and_never_without_a_keeper(self, tmp_path: Path) -> None:
        keeper = self.keeper(tmp_path, Sink())
        keeper._kept_at -= 10
        run = run_of({SPLIT: 1}, Sink(), keeper)
        assert run.checkpoint_due(9)
        assert not run.checkpoint_due(1000)
        run.checkpoint(1, None)
        assert not run.checkpoint_due(9)
        bare = run_of({SPLIT: 1})
        bare.checkpoint(1, None)
        assert not bare.checkpoint_due(0)


class TestSplit:
    """Small parts and classes, from both sides of their limits."""

    @pytest.mark.parametrize(("count", "share", "val"), [(2, 0.5, 1), (10, 0.1, 1), (10, 0.9, 9), (3, 0.34, 1)])
    def test_a_part_of_one_example_is_a_part(self, count: int, share: float, val: int) -> None:
        train, held_out = part(np.zeros(count), np.random.default_rng(0), share=share, stratify=False)
        assert (len(train), len(held_out)) == (count - val, val)

    @pytest.mark.parametrize(
        ("y", "classes"),
        [
            (np.arange(5).repeat(2), True),  # twice as many examples as values
            (np.arange(5).repeat(2)[1:], False),
            (np.arange(float(FEW_VALUES)).repeat(3), True),
            (np.arange(FEW_VALUES + 1.0).repeat(3), False),
            (np.array([0.0, 1.0]).repeat(1), False),
            (np.array([0.0, 1.0]).repeat(2), True),
            (np.arange(6).reshape(6, 1) % 2, True),
            (np.array([["a"], ["b"]] * 3), True),
            (np.array([[1, 0], [1, 1]] * 3), False),
            (np.array([["a", "b"]] * 4), False),
            (np.zeros((4, 2, 2)), False),
        ],
    )
    def test_classes_from_both_sides(self, y: Any, classes: bool) -> None:
        assert (classes_of(y)[0] is not None) is classes

    def test_stratified_parts_depend_on_the_generator_alone(self) -> None:
        y = np.arange(40) % 2
        drawn = [part(y, np.random.default_rng(seed), share=0.25)[1].tolist() for seed in (0, 0, 1)]
        assert drawn[0] == drawn[1] != drawn[2]
        assert np.bincount(y[drawn[0]]).tolist() == [5, 5]
        alike = part(y, np.random.default_rng(0), share=0.25, stratify=False)[1].tolist()
        assert alike != drawn[0]


@pytest.fixture
def own_module(tmp_path: Path) -> Iterator[ModuleType]:
    """A recipe's module, of which this file stands in for the source."""
    import sys

    module = ModuleType("own_recipe")
    module.__file__ = __file__
    sys.modules["own_recipe"] = module
    yield module
    del sys.modules["own_recipe"]


class TestWatch:
    """Randomness that is noted and never changed."""

    def watch(self) -> Watch:
        return Watch([Path(__file__)], lambda value: value == 7)

    def test_entropy_that_the_recipe_draws_is_noted_with_its_line(self) -> None:
        for draw in (lambda: os.urandom(2), random.Random, random.SystemRandom().random):
            watch = self.watch()
            with watch.watching():
                draw()
            (note,) = watch.unseeded
            assert f"{Path(__file__).name}:" in note

    def test_seeded_generators_and_names_of_libraries_are_not(self) -> None:
        watch = self.watch()
        with watch.watching():
            random.Random(3)
            np.random.RandomState(3)
        assert watch.unseeded == {}
        elsewhere = Watch([Path("/elsewhere/recipe.py")], lambda _: False)
        with elsewhere.watching():
            secrets.token_hex(2)
            random.Random()
            os.urandom(1)
        assert elsewhere.unseeded == {}

    def test_a_constant_seed_is_noted_and_a_seed_of_the_run_is_not(self) -> None:
        watch = self.watch()
        state = random.getstate()
        with watch.watching():
            random.seed(7)
            np.random.seed(seed=7)  # noqa: NPY002 - what is watched
            assert watch.reseeded == {}
            random.seed(8)
            np.random.seed(9)  # noqa: NPY002 - what is watched
        assert sorted(watch.reseeded.values()) == ["numpy.random.seed(9)", "random.seed(8)"]
        random.setstate(state)

    def test_everything_is_put_back(self) -> None:
        before = (os.urandom, random.Random.seed, random.seed, np.random.seed)
        with contextlib.suppress(RuntimeError), self.watch().watching():
            assert random.seed is not before[2]
            assert os.urandom is not before[0]
            raise RuntimeError
        assert (os.urandom, random.Random.seed, random.seed, np.random.seed) == before

    def test_state_that_a_module_keeps_is_found_by_name(self, own_module: ModuleType) -> None:
        own_module.CACHE, own_module.SAME = [], {"a": 1}  # type: ignore[attr-defined]
        state, elsewhere = ModuleState([Path(__file__)]), ModuleState([Path("/elsewhere/other.py")])
        own_module.CACHE.append(1)
        own_module.NEW = 3  # type: ignore[attr-defined]
        own_module.__version__ = "2"  # type: ignore[attr-defined]
        assert state.changed() == ["own_recipe.CACHE", "own_recipe.NEW"]
        assert elsewhere.changed() == []

    @pytest.mark.parametrize(("when", "kept"), [("imported", ["late_recipe.CACHE"]), ("unnoticed", [])])
    def test_a_module_that_a_run_imports_is_compared_with_what_its_import_left(
        self, when: str, kept: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "late_recipe.py").write_text("CACHE, TABLE = [], {'a': 1}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setitem(sys.modules, "late_recipe", None)
        monkeypatch.delitem(sys.modules, "late_recipe")
        state = ModuleState([tmp_path / "late_recipe.py"])
        with GlobalRandomness().seeded(manifest({SPLIT: 1}), loaded=state.note_loaded):
            late: Any = __import__("late_recipe") if when == "imported" else importlib.import_module("late_recipe")
        late.CACHE.append(1)
        assert state.changed() == kept

    def test_what_is_too_large_or_refuses_is_not_compared(self, own_module: ModuleType) -> None:
        own_module.LARGE, own_module.FITS = bytes(STATE_BYTES + 1), bytes(STATE_BYTES // 2)  # type: ignore[attr-defined]
        own_module.REFUSES = (item for item in "")  # type: ignore[attr-defined]
        state = ModuleState([Path(__file__)])
        own_module.LARGE, own_module.FITS = bytes(STATE_BYTES + 2), bytes(STATE_BYTES // 3)  # type: ignore[attr-defined]
        own_module.REFUSES = (item for item in "a")  # type: ignore[attr-defined]
        assert state.changed() == ["own_recipe.FITS"]


class TestProcess:
    """The process's own generators and switches around a run."""

    def test_equal_manifests_give_equal_numbers_and_others_others(self) -> None:
        drawn = []
        for value in (1, 1, 2):
            random.seed(value + 100)
            with GlobalRandomness().seeded(manifest({SPLIT: value})):
                drawn.append((random.random(), np.random.rand()))  # noqa: NPY002
        assert drawn[0] == drawn[1]
        assert drawn[0][0] != drawn[2][0]
        assert drawn[0][1] != drawn[2][1]

    def test_what_was_drawn_is_known(self) -> None:
        randomness = GlobalRandomness()
        with randomness.seeded(manifest({SPLIT: 1})):
            assert randomness.drawn() == []
            random.random()
            assert randomness.drawn() == ["random"]
            np.random.rand()  # noqa: NPY002
            assert randomness.drawn() == ["numpy", "random"]

    def test_states_come_back(self) -> None:
        randomness = GlobalRandomness()
        with randomness.seeded(manifest({SPLIT: 1})):
            states = randomness.states()
            expected = random.random(), np.random.rand()  # noqa: NPY002
            randomness.restore(states)
            assert (random.random(), np.random.rand()) == expected  # noqa: NPY002

    def test_folder_variables_and_numpys_errors_are_put_back(self, tmp_path: Path) -> None:
        before = (os.getcwd(), dict(os.environ), np.geterr())  # noqa: PTH109 - what is compared
        with contextlib.suppress(RuntimeError), GlobalRandomness().seeded(manifest({SPLIT: 1})):
            os.chdir(tmp_path)
            os.environ["SEEDSPREAD_LEFT"] = "1"
            os.environ.pop("PATH")
            np.seterr(all="ignore")
            raise RuntimeError
        assert (os.getcwd(), dict(os.environ), np.geterr()) == before  # noqa: PTH109

    def test_an_import_that_draws_moves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "draws_once_imported.py").write_text("import random, numpy\nrandom.random(); numpy.random.rand()\n")
        monkeypatch.syspath_prepend(tmp_path)
        with GlobalRandomness().seeded(manifest({SPLIT: 1})):
            plain = random.random(), np.random.rand()  # noqa: NPY002
        with GlobalRandomness().seeded(manifest({SPLIT: 1})):
            import draws_once_imported  # type: ignore[import-not-found]  # noqa: F401

            assert (random.random(), np.random.rand()) == plain  # noqa: NPY002


def test_a_recipe_without_metrics_or_with_an_unknown_source_is_refused() -> None:
    with pytest.raises(InvalidInput, match="metrics"):
        free_recipe(name="r", version="1", metrics=[])(lambda run: None)
    with pytest.raises(InvalidInput, match="sources"):
        free_recipe(name="r", version="1", sources=["luck"], metrics=[Metric("loss", "minimize")])(lambda run: None)
    recipe = recipe_of(SPLIT)
    assert (recipe.kind, recipe.help, recipe.sources) == (RecipeKind.FREE, "Train nothing.", (SPLIT,))
