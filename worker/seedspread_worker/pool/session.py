"""Worker process: claim runs, let the trainer train them, store its reports."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

import structlog

from seedspread.core.manifest import Manifest
from seedspread.core.recipe import Needs, RecipeKind
from seedspread.core.report import Batch, Ending, FailureKind
from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread.errors import Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import leases, manifests, recovery, runs, workers
from seedspread.storage.database import Database
from seedspread.storage.leases import Claimed, ClaimState
from seedspread_worker import sentences
from seedspread_worker.pool.abilities import Abilities, offers_file
from seedspread_worker.pool.datacache import DataCache
from seedspread_worker.pool.gpus import Gpu, GpuLock, NoGpu, assigned, devices, indices, visible
from seedspread_worker.pool.heartbeat import Heartbeat
from seedspread_worker.pool.publish import Publisher
from seedspread_worker.pool.retry import Stopped, retry
from seedspread_worker.trainer.handle import Trainer
from seedspread_worker.trainer.start.compiled import CompiledPrograms
from seedspread_worker.trainer.start.forking import Templates, packages_changed_ns

READ_S = 0.05
"""Pause between looks for the recipes that another pool process reads."""
MAX_UNABLE = 8
"""A run that so many workers in a row could not train, each having claimed it, fails."""

OUT_OF_MEMORY = sentences.OUT_OF_MEMORY
"""State of an attempt that ran out of a GPU's memory; the next one has the GPU to itself."""
GPU_WAIT_S = 0.5
"""Pause between looks for a GPU that others use."""

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """Outcome of a message."""

    ENDED = "ended"  # trained, and its end is stored, whatever it was
    NOT_OURS = "not ours"  # another worker has the run, or nobody may have it any more
    ELSEWHERE = "elsewhere"  # it waits for another worker
    WAITS = "waits"  # no live worker can train it now; it is sent again when one can
    RETRIED = "retried"  # back in the queue: the worker lacked something, or the trainer was killed
    LOST = "lost"  # the claim went to another attempt while this one trained
    RELEASED = "released"  # given back, because this worker stops
    REFUSED = "refused"  # never claimed, because this worker stops


class WorkerSession:
    """Trainer, database connection and name of one worker process.

    Create it in the process that uses it, after any fork.
    """

    def __init__(self, settings: AppSettings, queue: str, slot: int = 0, *, templates: Templates | None = None) -> None:
        self._settings = settings
        self._queue = queue
        self._database = Database(settings.resolved_database_url)
        self._slot = slot
        self._gpu: Gpu | None = None
        self._gpu_lock: GpuLock | None = None
        self._stopping = threading.Event()
        self._trained = 0
        self._trained_by: int | None = None
        self._reported = False  # whether the current attempt has stored a report
        self._ahead = 0.0
        self._last: tuple[int, Manifest] | None = None  # study and manifest that the trainer trained last
        self._offers = offers_file(settings.data_dir)
        self._abilities = Abilities(self._offers)
        self._gpu_problem = self._find_gpu() if queue == "gpu" else None
        self._trainer = Trainer(
            settings.recipe_modules,
            flush_s=settings.flush_s,
            beat_s=settings.beat_s,
            variables=visible(self._gpu),
            checkpoints=settings.data_dir / "checkpoints",
            templates=templates,
            compiled=CompiledPrograms(settings.data_dir / "cache" / "compiled"),
        )
        self._data = DataCache(self._database, settings.data_dir / "cache" / "data")
        # The last part tells it from an earlier process of the same number, whose runs are not its own.
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        self._heartbeat = Heartbeat(
            self._database, settings, self.name, queue, self._abilities, str(self._gpu) if self._gpu else ""
        )

    def start(self, *, publishes: bool = False) -> None:
        """Register the worker and warm its trainer up, without waiting for either.

        One process of a pool `publishes` recipes.
        """
        if self._gpu_problem is None:
            self._trainer.prewarm(Settings(device="gpu" if self._queue == "gpu" else "cpu"))
        else:
            log.error("this GPU worker takes no runs", reason=self._gpu_problem)
        self._heartbeat.start()
        if publishes:
            settings = self._settings
            publisher = Publisher(
                self._database, settings.recipe_modules, self._offers, settings.recipes_note, self._stopping
            )
            threading.Thread(target=publisher.run, name="publisher", daemon=True).start()

    def _find_gpu(self) -> str | None:
        """Choose this process's GPU, or return why there is none.

        Without a GPU the worker takes no runs.
        """
        try:
            self._gpu = assigned(self._slot, indices(self._settings.gpus or "all"), devices())
        except NoGpu as error:
            self._abilities.mark("gpu", str(error), lambda: False)  # a GPU that comes later takes a new worker
            return str(error)
        self._gpu_lock = GpuLock(self._settings.data_dir / "run", self._gpu)
        return None

    def stop(self) -> None:
        """End the current training, so that `work` releases its run.

        Signal handlers may call this.
        """
        self._stopping.set()
        self._trainer.kill()

    def close(self) -> None:
        """End the trainer and sign out."""
        self._stopping.set()
        self._trainer.close()
        self._heartbeat.stop()
        self._database.dispose()

    def work(self, run_id: int, attempt: int, pass_on: Callable[[], None] = lambda: None) -> Outcome:
        """Train the run if this attempt of it is still queued.

        A worker that lacks something for it trains another queued run instead.

        Args:
            pass_on: sends the message again, for another worker.
        """
        try:
            if not self._ready():
                return Outcome.REFUSED
            claimed = retry(lambda: self._claim(run_id, attempt), self._stopping)
            if claimed is None:
                return Outcome.REFUSED if self._stopping.is_set() else self._why_not(run_id, attempt)
        except Stopped:
            return Outcome.REFUSED
        except leases.CannotTrain as reason:
            log.info("this worker cannot train a run", run=run_id, reason=str(reason))
            with suppress(Unavailable):
                self._heartbeat.publish_ability()
            return self._instead(run_id, pass_on)
        return self._finish(claimed)

    def _instead(self, run_id: int, pass_on: Callable[[], None]) -> Outcome:
        """Train another run that this worker can train, if there is one."""
        try:
            elsewhere = retry(lambda: self._others_can(run_id), self._stopping)
            claimed = retry(self._claim_oldest, self._stopping)
        except Stopped:
            return Outcome.REFUSED
        if claimed is None:
            return Outcome.ELSEWHERE if elsewhere else Outcome.WAITS
        if elsewhere:
            pass_on()
        return self._finish(claimed)

    def _finish(self, claimed: Claimed) -> Outcome:
        self._heartbeat.run_id = claimed.run_id
        try:
            last: list[Batch] = []
            return self._store(claimed, self._train(claimed, last), last)
        finally:
            self._heartbeat.run_id = None
            self._heartbeat.ended += 1

    def _ready(self) -> bool:
        """Wait for the recipes; return False if the worker stops first."""
        while not self._abilities.ready:
            if self._stopping.wait(READ_S):
                return False
        return not self._stopping.is_set()

    def _claim(self, run_id: int, attempt: int) -> Claimed | None:
        with self._database.session() as session:
            return leases.claim(
                session,
                run_id,
                attempt,
                self.name,
                _now(),
                self._settings.lease_s,
                trainer=self._describe_trainer,
                lacking=self._lacking,
            )

    def _lacking(self, needs: Needs) -> str | None:
        """Return what is missing for a run, and remember missing data files."""
        reason = self._abilities.lacking(needs)
        if reason is None:
            for sha256, reason in self._data.missing(needs).items():
                path = needs.data[sha256]
                self._abilities.mark(f"data:{sha256}", reason, partial(self._data.has, sha256, path))
        return reason

    def _claim_oldest(self) -> Claimed | None:
        with self._database.reading() as session:
            waiting = recovery.oldest(session, self._queue, self._lacking)
        for run in waiting:
            try:
                claimed = self._claim(run.run_id, run.attempt)
            except leases.CannotTrain:
                continue
            if claimed is not None:
                return claimed
        return None

    def _others_can(self, run_id: int) -> bool:
        with self._database.session() as session:
            manifest = manifests.read(session, run_id)
            if manifest is None:
                return False
            needs = leases.needs_of(manifest)
            listed = workers.listed(session, _now(), self._settings.lease_s)
            others = [worker for worker in listed if worker.alive and worker.queue == self._queue]
            able = any(worker.name != self.name and worker.ability.lacking(needs) is None for worker in others)
            if not able:
                recovery.mark_unsent(session, run_id)  # so that it is sent as soon as a worker can train it
            return able

    def _describe_trainer(self, study_id: int, manifest: Manifest) -> str:
        pid = self._trainer.pid
        if pid is None or self._is_stale(study_id, manifest):
            return "a new process"
        trained = self._trained if pid == self._trained_by else 0
        return f"{pid}, after {trained} run{'s' if trained != 1 else ''}"

    def _is_stale(self, study_id: int, manifest: Manifest) -> bool:
        """Check whether the trainer may differ from a new one.

        Recipes may keep anything in their process, also in what nobody compares. So no study shares a process with
        another one unless the engine trains both from recipes that come along, and edited code needs a new process.
        """
        if self._last is None:
            return False
        last_study, last = self._last
        if last.recipe == manifest.recipe and last.source_digest != manifest.source_digest:
            return True
        return last_study != study_id and not (self._is_harmless(last) and self._is_harmless(manifest))

    def _is_harmless(self, manifest: Manifest) -> bool:
        offer = self._abilities.offer(manifest.recipe)
        return offer is not None and offer.kind is RecipeKind.KERAS and not offer.own

    def _why_not(self, run_id: int, attempt: int) -> Outcome:
        try:
            with self._database.reading() as session:
                lease_s = self._settings.lease_s
                elsewhere = leases.wanted_elsewhere(session, run_id, attempt, self.name, _now(), lease_s)
        except Unavailable:
            return Outcome.NOT_OURS  # it is sent again
        return Outcome.ELSEWHERE if elsewhere else Outcome.NOT_OURS

    def _train(self, claimed: Claimed, last: list[Batch]) -> Ending:
        """Train a claimed run.

        The report that comes with its end goes into `last`.
        """
        self._reported = False
        if self._is_stale(claimed.study_id, claimed.manifest):
            self._trainer.close()
        self._ahead = self._runs_ahead(claimed) if self._is_another(claimed) else max(0.0, self._ahead - 1)
        self._last = claimed.study_id, claimed.manifest
        if self._gpu_lock is not None and not self._gpu_lock.take(
            alone=self._ran_out(claimed), keep_waiting=lambda: self._wait_for_gpu(claimed)
        ):
            return Ending(RunState.CANCELLED)
        try:
            return self._trainer.train(
                self._data.located(claimed.manifest),
                run=claimed.run_id,
                attempt=claimed.attempt,
                on_batch=lambda batch: self._report(claimed, batch),
                on_last=last.append,
                beat=lambda: self._beat(claimed),
                time_limit_s=claimed.time_limit_s or self._settings.time_limit_s,
                fresh=claimed.fresh,
                ahead=self._ahead,
            )
        except Exception as error:
            log.exception("training failed in the worker", run=claimed.run_id)
            reason = sentences.worker_failed(error)
            return Ending(RunState.FAILED, reason, log_tail=traceback.format_exc(), lacks="trainer")
        finally:
            pid = self._trainer.pid
            self._trained, self._trained_by = (self._trained if pid == self._trained_by else 0) + 1, pid
            if self._gpu_lock is not None:
                self._gpu_lock.give_back()

    def _is_another(self, claimed: Claimed) -> bool:
        """Check whether the run belongs to another study than the last one."""
        return self._last is None or self._last[0] != claimed.study_id

    def _runs_ahead(self, claimed: Claimed) -> float:
        """Estimate how many runs of an arm this trainer still gets."""
        try:
            with self._database.reading() as session:
                queued = runs.counts(session, [claimed.study_id])[claimed.study_id].states.get(RunState.QUEUED, 0)
                arms = len(runs.arm_sizes(session, claimed.study_id))
                alive = workers.abilities(session, _now(), self._settings.lease_s)
        except Unavailable:
            return 0.0  # it only decides whether compiling pays
        return queued / max(1, arms) / max(1, len(alive.get(self._queue, ())))

    def _ran_out(self, claimed: Claimed) -> bool:
        """Check whether the run's last attempt ran out of a GPU's memory.

        The next attempt then has the GPU to itself.
        """
        with self._database.reading() as session:
            return recovery.streak(session, claimed.run_id, OUT_OF_MEMORY) > 0

    def _wait_for_gpu(self, claimed: Claimed) -> bool:
        return not self._stopping.wait(GPU_WAIT_S) and self._beat(claimed)

    def _report(self, claimed: Claimed, batch: Batch) -> bool:
        def act() -> ClaimState:
            with self._database.session() as session:
                run, attempt = claimed.run_id, claimed.attempt
                return leases.report(session, run, attempt, batch, _now(), self._settings.lease_s)

        self._reported = True
        return self._goes_on(act)

    def _beat(self, claimed: Claimed) -> bool:
        def act() -> ClaimState:
            with self._database.session() as session:
                run, attempt = claimed.run_id, claimed.attempt
                return leases.beat(session, run, attempt, self.name, _now(), self._settings.lease_s)

        return self._goes_on(act)

    def _goes_on(self, act: Callable[[], ClaimState]) -> bool:
        """Return whether the training should go on, according to the database.

        This waits while the database is unavailable.
        """
        try:
            return retry(act, self._stopping) is ClaimState.YES and not self._stopping.is_set()
        except Stopped:
            return False

    def _store(self, claimed: Claimed, ending: Ending, last: list[Batch]) -> Outcome:
        if self._stopping.is_set() and ending.state is not RunState.FINISHED:
            return self._release(claimed, last)
        if ending.state is RunState.CANCELLED and not ending.reason:
            ending = replace(ending, reason="cancelled")
        if ending.state is RunState.FAILED:
            if ending.lacks is not None:
                self._note_lack(ending.lacks, ending.reason or "", claimed.manifest)
                return self._retry(claimed, ending, last, "unable", FailureKind.INFRASTRUCTURE)
            if ending.killed:
                return self._retry(claimed, ending, last, "killed", FailureKind.MEMORY)
            if ending.out_of_memory and self._gpu_lock is not None and not self._ran_out(claimed):
                return self._retry(claimed, ending, last, OUT_OF_MEMORY, FailureKind.MEMORY)
            kind = FailureKind.MEMORY if ending.out_of_memory else FailureKind.TRAINING
            ending = replace(ending, failure=ending.failure or kind)
        return self._end(claimed, ending, last)

    def _end(self, claimed: Claimed, ending: Ending, last: list[Batch]) -> Outcome:
        """Store the last report and the end in one transaction."""
        only = not self._reported

        def act() -> bool:
            with self._database.session() as session:
                run, attempt, batch = claimed.run_id, claimed.attempt, last[-1] if last else None
                return leases.end(session, run, attempt, ending, _now(), last=batch, only=only)

        try:
            stored = retry(act, self._stopping)
        except Stopped:
            return Outcome.LOST  # its lease ends by itself
        return Outcome.ENDED if stored else Outcome.LOST

    def _note_lack(self, key: str, reason: str, manifest: Manifest) -> None:
        """Remember what is missing, to claim no run that needs it."""
        offer = self._abilities.offer(manifest.recipe)
        if key == f"code:{manifest.source_digest}" and offer is not None and "changed" in reason:
            self._trainer.close()  # it loaded the recipe before the file was edited: a new one has what is offered
            return
        over: Callable[[], bool] | None = None
        if key == f"code:{manifest.source_digest}" and offer is not None and offer.source_digest == key[5:]:
            # A package is missing: as long as that is so, another attempt would end alike, and they are numbered.
            over = partial(_packages_changed_since, packages_changed_ns())
        self._abilities.mark(key, reason, over)
        with suppress(Unavailable):
            self._heartbeat.publish_ability()

    def _retry(self, claimed: Claimed, ending: Ending, last: list[Batch], ended_as: str, kind: FailureKind) -> Outcome:
        """Requeue a run whose training did not fail by itself.

        The run fails if this happens too often in a row.
        """
        limit = MAX_UNABLE if kind is FailureKind.INFRASTRUCTURE else self._settings.max_kills

        def act() -> bool:
            with self._database.session() as session:
                for batch in last:
                    leases.report(session, claimed.run_id, claimed.attempt, batch, _now(), self._settings.lease_s)
                times = recovery.streak(session, claimed.run_id, ended_as) + 1
                if times < limit:
                    reason = ending.reason or ended_as
                    leases.back_to_queue(session, claimed.run_id, claimed.attempt, ended_as, reason, _now())
                    return True
                reason = sentences.given_up(ending.reason or ended_as, times)
                final = replace(ending, reason=reason, failure=kind)
                leases.end(session, claimed.run_id, claimed.attempt, final, _now())
                return False

        try:
            return Outcome.RETRIED if retry(act, self._stopping) else Outcome.ENDED
        except Stopped:
            return Outcome.LOST  # its lease ends by itself

    def _release(self, claimed: Claimed, last: list[Batch]) -> Outcome:
        try:
            with self._database.session() as session:
                for batch in last:
                    leases.report(session, claimed.run_id, claimed.attempt, batch, _now(), self._settings.lease_s)
                leases.release(session, claimed.run_id, claimed.attempt, _now())
        except Unavailable:
            return Outcome.LOST
        return Outcome.RELEASED


def _packages_changed_since(stamps_ns: tuple[int, ...]) -> bool:
    return packages_changed_ns() != stamps_ns


def _now() -> datetime:
    return datetime.now(UTC)
