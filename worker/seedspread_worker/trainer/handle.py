"""Parent's side of a trainer process: start it, feed it, follow it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from seedspread import words
from seedspread.core.manifest import Manifest
from seedspread.core.report import Batch, Ending, Examples, Fingerprint, FingerprintKind
from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread.resources.processes import ProcessTree
from seedspread.resources.sampler import Sampler
from seedspread_worker import sentences
from seedspread_worker.trainer.checkpoints import checkpoint_file, remove
from seedspread_worker.trainer.process import LogFile, environment_of, how_it_died
from seedspread_worker.trainer.protocol import LAST, Ask, Message, Say, decode, encode, unpack_examples
from seedspread_worker.trainer.start.compiled import VARIABLE, CompiledPrograms
from seedspread_worker.trainer.start.forking import CannotFork, ForkedProcess, Templates


class ReportBuffer:
    """Buffer of a run's reports since the last batch.

    `due` is the time of the next batch (monotonic seconds).
    """

    def __init__(
        self, on_batch: Callable[[Batch], bool], flush_s: float, on_last: Callable[[Batch], None] | None = None
    ) -> None:
        self._on_batch = on_batch
        self._on_last = on_last
        self._flush_s = flush_s
        self._epochs: int | None = None
        self._epoch = 0
        self.due = time.monotonic() + flush_s
        self._series: dict[str, tuple[list[float], list[float]]] = {}
        self._fingerprints: list[Fingerprint] = []
        self._facts: dict[str, Any] = {}
        self._environment: dict[str, Any] | None = None
        self._examples: Examples | None = None
        self._log_tail: str | None = None
        self._usage: dict[str, Any] | None = None
        self._used_until = -1.0
        self.sampler: Sampler | None = None

    def add(self, message: Message) -> None:
        """Add one message."""
        kind = message["type"]
        if kind == Say.STARTED:
            self._epochs = message["epochs"] if message["epochs"] is not None else self._epochs
            if "environment" in message:  # facts, added to those before
                self._facts |= message["environment"]
                self._environment = dict(self._facts)
        elif kind == Say.METRICS:
            self._epoch = message["epoch"]
            for name, (steps, values) in message["series"].items():
                kept_steps, kept_values = self._series.setdefault(name, ([], []))
                kept_steps += steps
                kept_values += values
        elif kind == Say.FINGERPRINT:
            fingerprint = Fingerprint(FingerprintKind(message["kind"]), message["digest"], message["step"])
            self._fingerprints.append(fingerprint)
        elif kind == Say.EXAMPLES:
            self._examples = unpack_examples(message)

    def written(self, log_tail: str | None) -> None:
        """Set the end of the log.

        None means that nothing was written since the last call.
        """
        if log_tail is not None:
            self._log_tail = log_tail

    def used(self) -> None:
        """Set the resources used so far, if `sampler` has new samples."""
        samples = self.sampler.record.samples if self.sampler is not None else []
        if self.sampler is not None and samples and samples[-1].time != self._used_until:
            self._used_until = samples[-1].time
            self._usage = self.sampler.record.to_json()

    def flush_if_due(self) -> bool:
        """Pass the batch on if it is due.

        Return False if its receiver wants no more.
        """
        if time.monotonic() < self.due:
            return True
        return self.flush()

    def flush(self, *, last: bool = False) -> bool:
        """Pass the batch on; the `last` one has all samples of resources.

        Return False if its receiver wants no more.
        """
        if last:
            self.used()
        self.due = time.monotonic() + self._flush_s
        batch = Batch(
            epoch=self._epoch,
            epochs=self._epochs,
            series=self._series,
            fingerprints=self._fingerprints,
            environment=self._environment,
            examples=self._examples,
            log_tail=self._log_tail,
            usage=self._usage,
        )
        news = (
            self._series or self._fingerprints or self._environment or self._examples or self._log_tail or self._usage
        )
        self._series, self._fingerprints = {}, []
        self._environment = self._examples = self._log_tail = self._usage = None
        if not news:
            return True
        if last and self._on_last is not None:
            self._on_last(batch)
            return True
        return self._on_batch(batch)


GIGABYTE = 1024**3
START_S = 180.0
"""How long a trainer may take until it is ready: the very first import of TensorFlow compiles its modules."""
LOG_S = 2.0
"""How often what a run writes is handed on while it trains."""


class TrainerDied(Exception):
    """Trainer process ended by itself; the message says how.

    `killed` is true for a kill by signal 9.
    """

    def __init__(self, message: str, *, killed: bool = False) -> None:
        super().__init__(message)
        self.killed = killed


class TrainerProcess:
    """Running trainer process: orders in, messages out.

    Args:
        settings: process-wide settings.
        recipes: modules with further recipes.
        ahead: what it imports at the start, before its first order: a framework, or another slow library.
        variables: further environment variables.
        templates: forks it where they can; else, and for GPUs, whose drivers do not survive a fork, it is started anew.
    """

    def __init__(
        self,
        settings: Settings,
        recipes: Sequence[str],
        *,
        ahead: frozenset[str] = frozenset(),
        variables: Mapping[str, str] | None = None,
        templates: Templates | None = None,
    ) -> None:
        self.settings = settings
        self.log = LogFile()
        orders_read, orders_write = os.pipe()
        reports_read, reports_write = os.pipe()
        self._orders = os.fdopen(orders_write, "wb", buffering=0)
        self._reports = reports_read
        self._selector = selectors.DefaultSelector()
        self._selector.register(reports_read, selectors.EVENT_READ)
        self._partial = b""
        self._tree: ProcessTree | None = None
        self.ready = False
        self._arguments = [
            *("--recipes", ",".join(recipes), "--settings", settings.model_dump_json()),
            *(["--preload"] if ahead == {"tensorflow"} else []),
        ]
        self._environment = environment_of(settings, os.environ) | dict(variables or {})
        self._ends: tuple[int, ...] = (orders_read, reports_write)  # the trainer's, until it has them
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False
        self._forked: ForkedProcess | None = None
        if templates is not None and settings.device == "cpu":
            with contextlib.suppress(CannotFork):
                descriptors = (*self._ends, self.log.descriptor)
                self._forked = templates.fork(ahead, self._environment, self._arguments, descriptors)
                self._selector.register(self._forked.link, selectors.EVENT_READ)
        if self._forked is None:
            self._start()

    def _start(self) -> None:
        """Start it as a process of its own."""
        orders, reports = self._ends
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [
                *(sys.executable, "-P", "-m", "seedspread_worker.trainer.main", *self._arguments),
                *("--parent", str(os.getpid()), "--orders", str(orders), "--reports", str(reports)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self.log.descriptor,
            stderr=self.log.descriptor,
            pass_fds=self._ends,
            env=self._environment,
        )
        self._close_ends()

    def _close_ends(self) -> None:
        for descriptor in self._ends:
            os.close(descriptor)
        self._ends = ()

    def _settle(self, wait_s: float = 0.0) -> None:
        """Read what became of the request to a template.

        If the template refused, a process is started instead.
        """
        if self._forked is None:
            return
        try:
            self._forked.read(wait_s)
        except CannotFork:
            if self._is_killed:
                raise TrainerDied(sentences.TRAINER_KILLED, killed=True) from None
            self._selector.unregister(self._forked.link)
            self._forked.let_go()
            self._forked = None
            self._start()
        else:
            if self._forked.pid is not None and self._ends:
                self._close_ends()

    @property
    def pid_so_far(self) -> int | None:
        """Process id, None while a template is still loading its libraries."""
        with contextlib.suppress(TrainerDied):
            self._settle()
        process = self._forked or self._process
        return None if process is None else process.pid

    @property
    def pid(self) -> int:
        """Process id; waits for a template that is still loading its libraries."""
        if self._forked is not None and self._forked.pid is None:
            self._settle(START_S)
        process = self._forked or self._process
        if process is None or process.pid is None:
            raise TrainerDied(f"the trainer was not started in {words.duration(START_S)}")
        return process.pid

    @property
    def alive(self) -> bool:
        """True while the process runs, or is about to."""
        try:
            self._settle()
        except TrainerDied:
            return False
        process = self._forked or self._process
        return process is not None and process.poll() is None

    def send(self, message: Message) -> None:
        """Send one order.

        Raises:
            TrainerDied: the process does not read any more.
        """
        try:
            self._orders.write(encode(message))
        except BrokenPipeError:
            raise self._death() from None

    def messages(self, wait_s: float) -> list[dict[str, Any]]:
        """Return its messages, waiting up to `wait_s` seconds for the first.

        Raises:
            TrainerDied: the process ended, and all its messages have been read.
        """
        sources = {key.fd for key, _ in self._selector.select(max(wait_s, 0.0))}
        if self._forked is not None and self._forked.link.fileno() in sources:
            self._settle()
            if self._forked is not None and self._forked.returncode is not None:
                self._selector.unregister(self._forked.link)  # its last messages are still to be read
        if self._reports not in sources:
            return []
        piece = os.read(self._reports, 1 << 20)
        if not piece:
            raise self._death()
        *lines, self._partial = (self._partial + piece).split(b"\n")
        return [decode(line) for line in lines]

    def sampler(self) -> Sampler:
        """Start to sample what it uses from now on."""
        if self._tree is None:
            self._tree = ProcessTree(self.pid)
        return Sampler(self._tree, warm=True)

    def memory_bytes(self) -> int:
        """Return the resident memory, 0 once the process has ended."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def kill(self) -> None:
        """End it by SIGKILL; signal handlers may call this."""
        self._is_killed = True
        with contextlib.suppress(OSError):
            if self._forked is not None:
                self._forked.kill()
            elif self._process is not None:
                self._process.kill()

    def close(self, wait_s: float = 0.0) -> None:
        """End the process: by an order for `wait_s` seconds, then by SIGKILL."""
        with contextlib.suppress(TrainerDied, OSError, ValueError):
            self.send({"type": Ask.EXIT})
        with contextlib.suppress(OSError):
            self._orders.close()
        process = self._forked or self._process
        if process is not None and process.pid is not None:
            try:
                process.wait(wait_s)
            except subprocess.TimeoutExpired:
                process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait()
        with contextlib.suppress(OSError):
            self._selector.close()
            os.close(self._reports)
        if self._forked is not None:
            self._forked.let_go()
        self._close_ends()
        self.log.close()

    def _death(self) -> TrainerDied:
        process = self._forked or self._process
        try:
            status = -signal.SIGKILL if process is None else process.wait(10)
        except subprocess.TimeoutExpired:
            return TrainerDied(sentences.PIPE_CLOSED)
        return TrainerDied(how_it_died(status), killed=status == -signal.SIGKILL)


class Trainer:
    """Warm trainer: runs with equal process-wide settings share one process.

    Other settings get a new process. A process dies with the thread that started it, so start it from one that stays.

    Args:
        recipes: modules with further recipes.
        flush_s: longest time between two batches of reports while a run trains.
        beat_s: seconds between calls of `beat`.
        growth_bytes: a process whose resident memory grew by more since its first run is replaced between runs.
        grace_s: how long a cancelled training may take to stop before its process is killed.
        variables: environment variables of processes that train on a GPU, such as the one that selects it.
        preload: load TensorFlow when the process starts, not when the first recipe needs it; a recipe that does not use
            TensorFlow gets another process, and from its second one on TensorFlow is not loaded for it any more.
        checkpoints: the folder for checkpoints of runs; None stores no checkpoints.
        templates: fork its processes where they can; None starts each anew.
        compiled: keeps compiled programs for later processes; None lets each compile its own.
    """

    def __init__(
        self,
        recipes: Sequence[str] = (),
        *,
        flush_s: float = 0.25,
        beat_s: float = 3.0,
        growth_bytes: int = 2 * GIGABYTE,
        grace_s: float = 10.0,
        preload: bool = True,
        variables: Mapping[str, str] | None = None,
        checkpoints: Path | None = None,
        templates: Templates | None = None,
        compiled: CompiledPrograms | None = None,
    ) -> None:
        self._recipes = tuple(recipes)
        self._flush_s = flush_s
        self._beat_s = beat_s
        self._growth_bytes = growth_bytes
        self._grace_s = grace_s
        self._preload = preload
        self._variables = dict(variables or {})
        self._checkpoints = checkpoints
        self._process: TrainerProcess | None = None
        self._first_memory: int | None = None
        self._templates = templates
        self._compiled = compiled
        self._ahead: dict[
            str, frozenset[str]
        ] = {}  # what to import ahead, by digest of code that turned a process down

    @property
    def pid(self) -> int | None:
        """Id of its process.

        It is None if there is none, or if a template is still to fork it.
        """
        return None if self._process is None else self._process.pid_so_far

    def prewarm(self, settings: Settings | None = None) -> None:
        """Start the process without waiting for it."""
        self._for(settings or Settings(), self._preloaded())

    def kill(self) -> None:
        """Kill the process; signal handlers may call this."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def train(
        self,
        manifest: Manifest,
        *,
        run: int,
        attempt: int = 1,
        on_batch: Callable[[Batch], bool] = lambda _: True,
        on_last: Callable[[Batch], None] | None = None,
        beat: Callable[[], bool] = lambda: True,
        allow_changed: bool = False,
        time_limit_s: float | None = None,
        fresh: bool = False,
        ahead: float = 0.0,
    ) -> Ending:
        """Train a manifest and pass on its reports.

        Args:
            manifest: the inputs of the run.
            run: the run's id.
            attempt: the number of the attempt.
            on_batch: called with the reports since the last batch; False ends the training.
            on_last: called with the reports that come with the end, in place of `on_batch`.
            beat: called every `beat_s` seconds; False ends the training.
            time_limit_s: a training that takes longer is ended and has failed.
            allow_changed: train code other than the manifest names, too.
            fresh: train in a process started for this run and not forked. Forks of one template have equal memory
                addresses, so a result that depends on them would repeat by mistake.
            ahead: runs that differ in their seeds alone and are likely to come after it; for many it pays to compile.
        """
        process = self._for(manifest.settings, self._preloaded(manifest.source_digest), fresh=fresh)
        process.log.start()
        buffer = ReportBuffer(on_batch, self._flush_s, on_last)
        checkpoint = None if self._checkpoints is None else checkpoint_file(self._checkpoints, run, manifest)
        order = {
            "type": Ask.RUN,
            "run": run,
            "attempt": attempt,
            "ahead": ahead,
            "changed": allow_changed,
            "checkpoint": None if checkpoint is None else str(checkpoint),
            "forks": self._templates is not None and not fresh and manifest.settings.device == "cpu",
            "manifest": manifest.model_dump(mode="json"),
        }
        started, limit = time.monotonic(), time_limit_s or float("inf")
        try:
            process.send(order)
            last = self._follow(process, run, buffer, beat, limit)
            further = [{"fresh": True, "anywhere": True}, {"fresh": True}]  # from the end: own imports, all imports
            while last["type"] == Say.UNFIT and further:
                if last.get("compiled") is False:
                    self._compiled = None
                imports = self._ahead[manifest.source_digest] = frozenset(last["ahead"])
                # The second time something was imported that the source does not show: load nothing ahead then.
                process = self._replaced(manifest.settings, imports if len(further) == 2 else frozenset(), fresh=fresh)
                process.send(order | further.pop())
                last = self._follow(process, run, buffer, beat, limit)
        except TrainerDied as death:
            tail = process.log.tail()
            self.close()
            buffer.flush(last=True)
            failed = RunState.FAILED, str(death), time.monotonic() - started
            return Ending(*failed, log_tail=tail, killed=death.killed, lacks=None if process.ready else "trainer")
        except BaseException:  # the caller is being stopped: nobody will read the rest
            self.close()
            raise
        if self._compiled is not None:
            self._compiled.seal()
        ending = _ending(last, process.log.tail())
        if checkpoint is not None:  # only a training that was killed goes on from it
            remove(checkpoint)
        if last.get("replace"):
            self.close()
        grown = self._replace_if_grown(process)
        return replace(ending, left_behind=grown) if grown else ending

    def _follow(
        self, process: TrainerProcess, run: int, buffer: ReportBuffer, beat: Callable[[], bool], time_limit_s: float
    ) -> dict[str, Any]:
        """Return the message that ended the run."""
        # From the order on: a process that was started ahead may have said long ago that it is ready, unread.
        ready_by = time.monotonic() + START_S
        next_beat, next_log = time.monotonic() + self._beat_s, time.monotonic() + LOG_S
        wanted, kill_at = True, float("inf")
        sampler = buffer.sampler = process.sampler() if process.ready else None
        limit = time.monotonic() + time_limit_s if process.ready else float("inf")
        while True:
            now = time.monotonic()
            if now >= kill_at:
                self.close()
                return {"type": Say.CANCELLED}
            if now >= limit:
                buffer.flush(last=True)
                self.close()
                return {
                    "type": Say.FAILED,
                    "reason": sentences.time_limit_exceeded(time_limit_s),
                }
            if not process.ready and now > ready_by:
                raise TrainerDied(f"the trainer did not get ready in {words.duration(START_S)}")
            if sampler is not None:
                sampler.sample_if_due()
            for message in process.messages(min(next_beat, buffer.due, kill_at, limit) - now):
                if message["type"] == Say.READY:
                    process.ready = True
                    limit = time.monotonic() + time_limit_s
                    process.log.start()  # what libraries say while they load is no run's business
                    sampler = buffer.sampler = process.sampler()
                elif message["run"] == run:
                    if message["type"] in LAST:
                        if sampler is not None:
                            sampler.sample()
                        buffer.flush(last=message["type"] != Say.UNFIT)
                        return message
                    buffer.add(message)
            if process.ready and time.monotonic() >= next_log:
                next_log = time.monotonic() + LOG_S
                buffer.written(process.log.news())
                buffer.used()
            still = buffer.flush_if_due()
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + self._beat_s
                process.log.bound()
                still = (beat() if wanted else True) and still
            if wanted and not still:
                wanted = False
                process.send({"type": Ask.CANCEL, "run": run})
                kill_at = time.monotonic() + self._grace_s

    def _preloaded(self, source_digest: str = "") -> frozenset[str]:
        """Return what a new process imports at its start."""
        return self._ahead.get(source_digest, frozenset({"tensorflow"} if self._preload else ()))

    def _for(self, settings: Settings, ahead: frozenset[str], *, fresh: bool = False) -> TrainerProcess:
        current = self._process
        is_other = current is not None and _process_wide(current.settings) != _process_wide(settings)
        if current is None or fresh or is_other or not current.alive:
            return self._replaced(settings, ahead, fresh=fresh)
        return current

    def _replaced(self, settings: Settings, ahead: frozenset[str], *, fresh: bool) -> TrainerProcess:
        """Start another process."""
        self.close()
        self._first_memory = None
        keeps = self._compiled is not None and not fresh and settings.device == "cpu"
        folder = self._compiled.folder() if self._compiled is not None and keeps else None
        self._process = TrainerProcess(
            settings,
            self._recipes,
            ahead=ahead,
            variables=(self._variables if settings.device == "gpu" else {}) | ({VARIABLE: folder} if folder else {}),
            templates=None if fresh else self._templates,
        )
        return self._process

    def _replace_if_grown(self, process: TrainerProcess) -> str:
        """End a process whose memory grew too much, and report it."""
        if self._process is None:
            return ""
        used = process.memory_bytes()
        if self._first_memory is None:
            self._first_memory = used
        elif used - self._first_memory > self._growth_bytes:
            self.close()
            return sentences.memory_grew(used - self._first_memory)
        return ""


def _process_wide(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(exclude={"engine"})  # the engine is chosen run by run


def _ending(last: Message, tail: str) -> Ending:
    states = {Say.FINISHED: RunState.FINISHED, Say.FAILED: RunState.FAILED, Say.CANCELLED: RunState.CANCELLED}
    return Ending(
        states[last["type"]],
        last.get("reason"),
        last.get("duration_s"),
        last.get("cpu_s"),
        tail,
        lacks=last.get("lacks"),
        left_behind=last.get("left_behind", ""),
        out_of_memory=bool(last.get("out_of_memory")),
    )
