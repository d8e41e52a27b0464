"""Trainer process: one framework loaded once, run after run.

`python -m seedspread_worker.trainer.main` reads its orders from one pipe and reports on another (file descriptors given
on the command line). Output of recipes and libraries goes to the log, which the parent passed as stdout and stderr.
"""

from __future__ import annotations

import argparse
import bisect
import contextlib
import fcntl
import math
import os
import queue
import resource
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from seedspread.core.manifest import Manifest
from seedspread.core.recipe import RecipeKind
from seedspread.core.report import Examples, FingerprintKind
from seedspread.core.study import Settings
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread_worker import sentences
from seedspread_worker.author.fingerprints import digest_series
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.author.run import Cancelled, Run, Step
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.checks import check_data, find_recipe, lacking_of
from seedspread_worker.catalog.shelf import Shelf
from seedspread_worker.catalog.sourcecode import source_of
from seedspread_worker.catalog.usage import SLOW_LIBRARY
from seedspread_worker.trainer import environment, libraries
from seedspread_worker.trainer.checkpoints import FileKeeper
from seedspread_worker.trainer.environment import Environment
from seedspread_worker.trainer.libraries import OtherFramework, before_tensorflow, loaded_frameworks
from seedspread_worker.trainer.process import adopt_orphans, die_with_parent
from seedspread_worker.trainer.protocol import Ask, Message, Say, decode, encode, pack_examples
from seedspread_worker.trainer.randomness import GlobalRandomness
from seedspread_worker.trainer.start import compiled
from seedspread_worker.trainer.start.template import serve
from seedspread_worker.trainer.state.around import ProcessState, shortened
from seedspread_worker.trainer.state.frameworks import LeftBehind
from seedspread_worker.trainer.state.patches import Functions
from seedspread_worker.trainer.watch import ModuleState, Watch

HIGH_DESCRIPTOR = 200
"""Pipes to the parent get numbers from here."""

_MAY_WAIT = frozenset({Say.METRICS, Say.FINGERPRINT})
"""Types of messages that may be sent with later ones."""
BY_THE_ENGINE = frozenset({"shuffle", "init", "dropout", "augment"})
"""Sources of a Keras recipe that the engine takes care of."""


class Orders:
    """Orders of the parent, read by a thread.

    The thread sees a cancel while a training goes on.
    """

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._waiting: queue.Queue[Message] = queue.Queue()
        self._cancelled: set[int] = set()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def next(self) -> Message:
        """Wait for the next order and return it.

        Cancels are not among the orders.
        """
        return self._waiting.get()

    def is_cancelled(self, run: int) -> bool:
        """Return whether the parent has cancelled this run."""
        return run in self._cancelled

    def _read(self) -> None:
        for line in self._pipe:
            message = decode(line)
            if message["type"] == Ask.CANCEL:
                self._cancelled.add(message["run"])
            else:
                self._cancelled.discard(message.get("run", -1))
                self._waiting.put(message)
        os._exit(0)  # the parent is gone: nobody wants the rest


class Reporter:
    """Reports of a run, as messages on the pipe.

    It keeps every series for its fingerprint.
    """

    def __init__(self, pipe: BinaryIO, orders: Orders, run: int) -> None:
        self._pipe = pipe
        self._orders = orders
        self._run = run
        self._process = os.getpid()
        self._epochs: int | None = None
        self._holds = False
        self.series: dict[str, tuple[list[Step], list[float]]] = {}
        self.left = LeftBehind()

    def say(self, what: Say, /, **content: Any) -> None:
        """Send one message.

        Raises:
            SeedspreadError: this is a process that the training forked.
        """
        if os.getpid() != self._process:
            raise SeedspreadError(sentences.REPORT_FROM_FORK, hint=sentences.RETURN_TO_PARENT)
        self._pipe.write(encode({"type": what, "run": self._run, **content}))
        if not self._holds or what not in _MAY_WAIT:
            self._pipe.flush()

    def hold(self) -> None:
        """Let points and digests wait for `release`.

        The next message of another type takes them along.
        """
        self._holds = True

    def release(self) -> None:
        """Send what waits."""
        self._holds = False
        self._pipe.flush()

    def leave_fork(self) -> None:
        """End this process if the training forked it."""
        if os.getpid() != self._process:
            _flush()
            os._exit(1)

    def plan(self, epochs: int) -> None:
        """Report the number of epochs."""
        self._epochs = epochs
        self.say(Say.STARTED, epochs=epochs)

    def note(self, **facts: Any) -> None:
        """Report further facts about the environment."""
        self.say(Say.STARTED, epochs=self._epochs, environment=facts)

    def restore(self, series: Mapping[str, tuple[list[Any], list[float]]]) -> None:
        """Report an earlier attempt's points, except those reported already."""
        missing: dict[str, tuple[list[Step], list[float]]] = {}
        for name, (steps, values) in series.items():
            own_steps, own_values = self.series.setdefault(name, ([], []))
            start = bisect.bisect_right(steps, own_steps[-1]) if own_steps else 0
            missing[name] = steps[start:], values[start:]
            own_steps += steps[start:]
            own_values += values[start:]
        epoch = max((math.floor(steps[-1]) for steps, _ in missing.values() if steps), default=0)
        self.say(Say.METRICS, epoch=epoch, epochs=self._epochs, series=missing)

    def metrics(self, epoch: int, step: Step, values: Mapping[str, float]) -> None:
        """Report one point of every named series."""
        for name, value in values.items():
            steps, points = self.series.setdefault(name, ([], []))
            if steps and step <= steps[-1]:
                raise InvalidInput(f"step of {name!r}", step, f"a step after the last one, {steps[-1]}")
            steps.append(step)
            points.append(value)
        points_now = {name: [[step], [value]] for name, value in values.items()}
        self.say(Say.METRICS, epoch=epoch, epochs=self._epochs, series=points_now)

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        """Report one digest."""
        self.say(Say.FINGERPRINT, kind=kind, step=step, digest=digest)

    def examples(self, examples: Examples) -> None:
        """Report per-example results."""
        self.say(Say.EXAMPLES, **pack_examples(examples))

    def cancelled(self) -> bool:
        """Return whether the parent has cancelled the run."""
        return self._orders.is_cancelled(self._run)


class TrainingLoop:
    """Trainer of one manifest after the other in this process."""

    def __init__(self, shelf: Shelf, settings: Settings, orders: Orders, pipe: BinaryIO, *, preload: bool) -> None:
        self._shelf = shelf
        self._settings = settings
        self._prepared = False
        self._trained = 0
        self._orders = orders
        self._pipe = pipe
        self._environment = Environment()
        self._functions = Functions()
        self._randomness = GlobalRandomness()
        self._engine: Any = None
        self._compiled = os.environ.pop(compiled.VARIABLE, None)  # programs that a recipe starts do without
        self._programs: Path | None = None
        if preload:
            self._prepare_tensorflow()

    def serve(self) -> None:
        """Carry out orders until the order to exit."""
        self._pipe.write(encode({"type": Say.READY, "pid": os.getpid()}))
        self._pipe.flush()
        while (order := self._orders.next())["type"] != Ask.EXIT:
            self._attempt(order)

    def _attempt(self, order: Message) -> None:
        reporter = Reporter(self._pipe, self._orders, order["run"])
        wall, cpu = time.perf_counter(), _cpu_s()

        def cost() -> dict[str, Any]:
            reason = {"left_behind": str(reporter.left), "replace": bool(reporter.left.lasting)}
            return {"duration_s": time.perf_counter() - wall, "cpu_s": _cpu_s() - cpu, **reason}

        try:
            manifest = Manifest.model_validate(order["manifest"])
            if not order.get("fresh") and (
                self._holds_other_frameworks(self._used(manifest, order)) or self._is_elsewhere(manifest, order)
            ):
                raise OtherFramework
            self._train(manifest, reporter, order)
        except Cancelled:
            reporter.say(Say.CANCELLED, **cost())
        except OtherFramework as other:
            if order.get("anywhere") or reporter.series:
                reporter.say(Say.FAILED, reason=sentences.other_framework(str(other)), **cost())
            else:
                reporter.say(Say.UNFIT, ahead=sorted(self._shelf.ahead(order["manifest"]["recipe"])))
        except BaseException as error:  # noqa: BLE001 - a recipe may raise anything
            traceback.print_exc()
            reporter.leave_fork()
            if compiled.is_at_fault(self._compiled, error) and not reporter.series:
                reporter.say(Say.UNFIT, ahead=sorted(loaded_frameworks()), compiled=False)
                return
            memory = is_out_of_memory(error)
            lacks = lacking_of(error, Manifest.model_validate(order["manifest"]))
            reporter.say(Say.FAILED, reason=reason_of(error), lacks=lacks, out_of_memory=memory, **cost())
        else:
            reporter.leave_fork()
            reporter.say(Say.FINISHED, **cost())
        finally:
            _flush()

    def _used(self, manifest: Manifest, order: Message) -> frozenset[str]:
        return self._shelf.frameworks(manifest.recipe, anywhere=bool(order.get("anywhere")))

    def _holds_other_frameworks(self, used: frozenset[str]) -> bool:
        """Check whether the process holds a framework foreign to the recipe.

        A recipe without a framework minds only one that was preloaded before the first run.
        """
        others = loaded_frameworks() - used
        return bool(others) and (bool(used) or not self._trained)

    def _is_elsewhere(self, manifest: Manifest, order: Message) -> bool:
        """Check whether the parent can fork a process with the missing import."""
        ahead = self._shelf.ahead(manifest.recipe)
        return bool(order.get("forks")) and len(ahead) == 1 and not ahead <= sys.modules.keys()

    def _train(self, manifest: Manifest, reporter: Reporter, order: Message) -> None:
        recipes = self._shelf.holding(manifest.recipe)
        recipe = find_recipe(recipes, manifest, allow_changed=bool(order.get("changed")))
        with registry.beside(recipe.module):
            self._train_recipe(recipe, manifest, reporter, order)

    def _train_recipe(self, recipe: Recipe, manifest: Manifest, reporter: Reporter, order: Message) -> None:
        reporter.note(**self._environment.of(recipe, manifest.settings))
        check_data(manifest)
        keeper = FileKeeper(Path(order["checkpoint"]), reporter, self._randomness) if order.get("checkpoint") else None
        run = Run(recipe, manifest, reporter, keeper)
        run.check_cancelled()
        used = self._used(manifest, order)
        if recipe.kind is RecipeKind.KERAS or "tensorflow" in used:
            before_tensorflow(used)
            self._prepare_tensorflow()
        self._trained += 1
        self._run_code(run, manifest, order, reporter)
        if not reporter.series:
            raise SeedspreadError("the run logged no metric", hint="call run.log(step, name=value) at least once")
        declared = [metric.name for metric in recipe.metrics]
        if not reporter.series.keys() & declared:
            raise InvalidInput("metrics", ", ".join(reporter.series), f"one of the recipe's: {', '.join(declared)}")
        run.finish()
        run.report_digest(FingerprintKind.SERIES, digest_series(reporter.series))

    def _run_code(self, run: Run, manifest: Manifest, order: Message, reporter: Reporter) -> None:
        """Run the recipe's code with everything around it seeded and watched.

        Process-wide state is restored afterwards.
        """
        files = self._shelf.files(run.recipe.name)
        watch, modules = Watch(files, run.usage.handed_out), ModuleState(files)
        thorough = any("raw_ops" in text for text in source_of(run.recipe).files.values())
        first = self._trained == 1
        drawn = self._run_watched(
            run, manifest, files, watch, modules, thorough=thorough, order=order, reporter=reporter
        )
        keras = run.recipe.kind is RecipeKind.KERAS
        seeding = {
            "used": sorted(run.usage.used | (BY_THE_ENGINE if keras else frozenset())),
            "requested": sorted(run.usage.requested | (BY_THE_ENGINE if keras else frozenset())),
            "traced": sorted(run.usage.traced),
            "applied": sorted(run.usage.applied),
            "manifest_read": run.usage.manifest_read and not keras,
            "drawn": [*drawn, *(["forked processes"] if watch.forked else [])],
            "unseeded": sorted(watch.unseeded),
            "reseeded": {line: watch.reseeded[line] for line in sorted(watch.reseeded)},
            "arbitrary": sorted(watch.arbitrary),
            "constants": self._shelf.constants(run.recipe.name),
            "kept": modules.changed(),
            "first_in_process": first,
        }
        run.note(seeding=seeding, frameworks=self._randomness.facts())

    def _run_watched(
        self,
        run: Run,
        manifest: Manifest,
        files: list[Path],
        watch: Watch,
        modules: ModuleState,
        *,
        thorough: bool,
        order: Message,
        reporter: Reporter,
    ) -> list[str]:
        """Run the recipe's code; return the process-wide generators it drew from."""
        used = self._used(manifest, order)
        state: ProcessState | None = None
        arguments, sys.argv = sys.argv, [str(files[0]) if files else ""]  # ours mean nothing to the recipe's own parser

        def imported() -> None:
            watch.watch_seeding()
            if state is not None:
                state.imported()

        own = run.recipe.module not in registry.SHIPPED  # the recipes that come along replace nothing
        if own:
            self._functions.note()  # before the watch puts functions of its own in place
        try:
            with (
                self._randomness.seeded(
                    manifest, thorough=thorough, used=used, imported=imported, loaded=modules.note_loaded
                ),
                watch.watching(),
            ):
                state = ProcessState(files if own else ())
                try:
                    if run.recipe.kind is RecipeKind.FREE:
                        run.recipe.code(run)
                    else:
                        self._engine_for_keras().train(run, order.get("ahead", 0.0))
                    return self._randomness.drawn()
                finally:
                    reporter.left = state.put_back()
                    if watch.registered:
                        reporter.left.lasting.append(sentences.registered(shortened(list(watch.registered))))
        finally:
            sys.argv = arguments
            replaced = self._functions.put_back(frozenset(map(str, files))) if own else []
            if replaced:
                reporter.left.restored.append(sentences.library_functions(shortened(replaced)))

    def _prepare_tensorflow(self) -> None:
        """Load TensorFlow with the settings, once.

        A worker without TensorFlow trains free recipes only.
        """
        if self._prepared or find_spec("tensorflow") is None:
            return
        try:
            if self._compiled is not None:  # before the devices are listed, which reads TensorFlow's flags
                with libraries.without_jax():
                    tensorflow = import_module("tensorflow")
                facts = [environment.process_facts()["cpu"], self._settings.model_dump(mode="json")]
                self._programs = compiled.use(self._compiled, tensorflow, facts)
            libraries.prepare_tensorflow(self._settings)
            libraries.prepare_keras()
        except ImportError:
            return  # it is there but broken: a recipe that needs it will say how
        self._prepared = True

    def _engine_for_keras(self) -> Any:
        if self._engine is None:
            from seedspread_worker.engine.engine import Engine  # loads TensorFlow

            self._engine = Engine(alone=partial(compiled.alone, self._programs))
        return self._engine


def _flush() -> None:
    """Write out what was printed, where the recipe left the streams open."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()


def is_out_of_memory(error: BaseException) -> bool:
    """Check whether an error means that memory ran out.

    It may be the memory of the machine or of a GPU.
    """
    names = {type(error).__name__, *(base.__name__ for base in type(error).__mro__)}
    return bool(names & {"MemoryError", "ResourceExhaustedError", "OutOfMemoryError"}) or (
        "XlaRuntimeError" in names and "RESOURCE_EXHAUSTED" in str(error)
    )


_REFUSED_BY_DETERMINISM = ('"from_non_deterministic_state"', '"get_global_generator"')
"""Names with which TensorFlow's message begins where it refuses a generator without a seed."""


def reason_of(error: BaseException) -> str:
    """Return one line about what went wrong, for the page."""
    if isinstance(error, SystemExit):
        return sentences.exit_called(error.code)[:500]
    if isinstance(error, KeyboardInterrupt):
        return sentences.KEYBOARD_INTERRUPT
    if isinstance(error, MemoryError):
        return sentences.TRAINING_OUT_OF_MEMORY
    if isinstance(error, SeedspreadError):
        return error.message if error.hint is None else f"{error.message} ({error.hint})"
    first = next((line.strip() for line in sentences.text_of(error).splitlines() if line.strip()), "")
    if isinstance(error, RuntimeError) and first.startswith(_REFUSED_BY_DETERMINISM):
        return sentences.UNSEEDED_TENSORFLOW_GENERATOR
    if type(error).__name__ == "ResourceExhaustedError":
        return sentences.out_of_memory(first)[:500]
    return f"{type(error).__name__}: {first}"[:500] if first else type(error).__name__


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the parent orders an exit or is gone."""
    parser = argparse.ArgumentParser(prog="seedspread_worker.trainer.main", description=__doc__)
    parser.add_argument("--recipes", default="", help="comma-separated modules with further recipes")
    parser.add_argument("--orders", type=int, help="file descriptor to read orders from")
    parser.add_argument("--reports", type=int, help="file descriptor to write reports to")
    parser.add_argument("--parent", type=int, help="process id of the parent")
    parser.add_argument("--settings", default="{}", help="process-wide settings as JSON; see core.study.Settings")
    parser.add_argument("--preload", action="store_true", help="load TensorFlow now")
    parser.add_argument("--template", type=int, help="fork trainers that this file descriptor, a socket, asks for")
    options = parser.parse_args(arguments)
    if options.parent is not None:
        die_with_parent(options.parent)
    if options.template is not None:
        trainer = serve(socket.socket(fileno=options.template), _load, die_with_parent)
        if trainer is None:
            return
        options = parser.parse_args(
            [*trainer.arguments, "--orders", str(trainer.orders), "--reports", str(trainer.reports)]
        )
    settings = Settings.model_validate_json(options.settings)
    orders_pipe, reports_pipe = _out_of_reach(options.orders), _out_of_reach(options.reports)
    adopt_orphans()
    with os.fdopen(orders_pipe, "rb") as orders, os.fdopen(reports_pipe, "wb") as reports:
        shelf = Shelf(name.strip() for name in options.recipes.split(",") if name.strip())
        TrainingLoop(shelf, settings, Orders(orders), reports, preload=options.preload).serve()
        os._exit(0)  # the thread that reads orders would hold the interpreter up


def _load(names: frozenset[str]) -> None:
    """Import what trainers forked from this process will need.

    Nothing is computed, and no device is looked for: each trainer does that by itself.

    Args:
        names: of frameworks, or of the slow library that many recipes use; with none, what is recorded of every run.
    """
    environment.process_facts()
    for name in sorted(names):
        if name == "tensorflow":
            with contextlib.suppress(ImportError), libraries.without_jax():  # a recipe that needs it will say how
                import_module("tensorflow")
                import_module("keras")
                import_module("seedspread_worker.engine.engine")
        if name in ("tensorflow", SLOW_LIBRARY):
            with contextlib.suppress(ImportError):
                import_module("sklearn.datasets")
        else:
            import_module(name)


def _out_of_reach(descriptor: int) -> int:
    """Move a pipe to a high number.

    Recipes that close all open descriptors seldom look there.
    """
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR)
    except OSError:  # the limit of open files is lower
        return descriptor
    os.close(descriptor)
    return moved


if __name__ == "__main__":
    main()
