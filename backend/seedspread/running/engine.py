"""Execute the plan of a study.

Each run has its own process. Runs are interleaved by seed, recorded as they go, and can be interrupted and resumed.
"""

from __future__ import annotations

import dataclasses
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Final

from seedspread.errors import Conflict, InvalidInput, SeedspreadError
from seedspread.recording.files import Lock, digest, replace
from seedspread.recording.lines import LineReader
from seedspread.recording.reader import Run, StudyFolder, open_study
from seedspread.recording.records import slug
from seedspread.recording.results import Earlier, are_written, earlier_files, take_results
from seedspread.recording.writer import RunWriter, StudyWriter, create_study, new_study
from seedspread.running import code, sentences
from seedspread.running.checks import (
    REPEAT,
    Finding,
    alike_finding,
    metric_of,
    read_logs_again,
    recorded_seeds_finding,
    repeat_finding,
    require_reported,
    require_validation,
    study_findings,
)
from seedspread.running.child import Child, Orphans, end_leftovers, failure
from seedspread.running.plan import Arm, Plan, config_files
from seedspread.running.progress import FEWEST_FAILURES, FailingArms, Tally, seconds_left
from seedspread.shim import shim_environment

_TICK_S: Final = 0.2  # how late an interruption or a time limit may be noticed
_CLOSING_TICK_S: Final = 0.005  # a run that has ended holds up the next one, so its end is noticed at once
_TALKATIVE_S: Final = 1.0
_LARGEST_DIGESTED: Final = 2 << 30  # hashing more would delay the study by many seconds
_LOADED_MEANWHILE: Final = (
    "numpy", "scipy.special", "scipy.stats", "seedspread.stats", "seedspread.running.judge",
    "seedspread.running.page",
)  # fmt: skip
CONFIGS: Final = "config"
"""Folder of a run with its configuration files, the seed filled in."""
_OF_EVERY_CALL: Final = ("rule", "metric", "direction", "smallest_difference", "summary")
OPTIONS: Final = "options"
"""Field of `study.json` with what the command line set beside the command, the arms and the rule."""

_KEPT_VARIABLES: Final = (
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS", "CUBLAS_WORKSPACE_CONFIG", "XLA_FLAGS", "VIRTUAL_ENV", "CONDA_DEFAULT_ENV",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """Run to execute: arm, seed, and kind ("" or "repeat")."""

    arm: Arm
    seed: int
    kind: str = ""


@dataclass
class Active:
    """Run in progress, with its process, slot and start time."""

    task: Task
    child: Child
    run: RunWriter
    slot: int
    cwd: Path
    since: float
    results: list[str]
    earlier: Earlier

    @property
    def ended(self) -> bool:
        """True once the process, and what writes its results, have ended."""
        settled = self.child.stopped or are_written(self.results, self.cwd, self.since)
        return self.child.process.poll() is not None and (bool(settled) or not self.child.lingers())


class Engine:
    """Execution of a plan into a study folder.

    watch: called at every change, and at least five times a second. stopped: why it ended before all runs, empty if it
    did not. unattended: ended by a signal other than Ctrl-C, so that nobody reads a verdict. findings: of the checks
    made so far.
    """

    kept_variables: ClassVar = _KEPT_VARIABLES

    def __init__(self, plan: Plan, folder: Path, cwd: Path, watch: Callable[[Engine], None] | None = None) -> None:
        self.plan, self.cwd = plan, cwd
        self.folder = folder
        self.watch = watch or (lambda _: None)
        self.active: list[Active] = []
        self.tallies: dict[str, Tally] = {arm.name: Tally() for arm in plan.arms}
        self.findings: list[Finding] = []
        self.percent: set[str] = set()
        self.stopped = ""
        self.unattended = False
        self.resumed = 0
        self.planned = len(plan.arms) * len(plan.seeds)
        self.durations: list[float] = []
        self.ended_here = 0
        self.began = time.monotonic()
        self._interrupted = 0
        self._selector = selectors.DefaultSelector()
        self._slots = list(range(plan.slots))
        self._worktrees: dict[str, Path] = {}
        self._codes: dict[str, code.CodeState] = {}
        self._writer: StudyWriter | None = None
        self._limit = len(plan.seeds)
        self._failing = FailingArms([arm.name for arm in plan.arms])
        self._stopped_arms: set[str] = set()
        self._checked = False
        self._orphans: Orphans | None = None
        self._unloaded = list(_LOADED_MEANWHILE)
        self._digests: dict[tuple[str, Any, Any], str] = {}

    def run(self) -> StudyFolder:
        """Execute all missing runs and return the study.

        Raises:
            InvalidInput: a program, revision or path does not exist, or the folder belongs to another study.
            Conflict: another process runs this study.
            Unavailable: the disk is full.
        """
        fresh = not self.folder.exists()
        self._writer = self._open()
        # Two runners of one folder would train the same seeds and write into the same runs.
        lock = Lock(self.folder / ".runner.lock")
        if not lock.acquire():
            raise Conflict(
                f"another process is running the study in {self.folder}",
                hint="wait for it, or choose another folder with --folder",
            )
        unused = False
        handlers = self._catch_signals()
        self._orphans = Orphans()
        probe = code.start_probe(self.plan.command[0], self.cwd)
        self._orphans.started |= {item.pid for item in (probe,) if item is not None}
        try:
            dead = (run.folder for run in open_study(self.folder).runs if run.state == "interrupted")
            if ended := end_leftovers(dead):
                self.findings.append(Finding("leftovers_stopped", sentences.leftovers_stopped(ended), "note"))
            read_logs_again(open_study(self.folder), self.plan.metric)
            self._check_out()
            self._check_repeat()  # an earlier call may have ended before it compared the two
            self._loop(self._tasks())
        except SeedspreadError as error:
            self._stop_all(sentences.STOPPED_BY_ERROR, at_once=True)
            unused = fresh and not self.ended_here and isinstance(error, InvalidInput)
            raise
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            self._note_environment(probe)
            self._orphans.close()
            self._clean_up()
            lock.release()
            if unused:  # no run came of it: a mistyped command leaves no empty study behind
                shutil.rmtree(self.folder, ignore_errors=True)
        return open_study(self.folder)

    @property
    def done(self) -> int:
        """Number of runs that have ended, those of earlier calls included."""
        return sum(tally.finished + tally.failed for tally in self.tallies.values())

    def seconds_left(self) -> float | None:
        """Estimate the time until all planned runs have ended.

        The result is None until enough runs have finished to say.
        """
        going_on = [tally for name, tally in self.tallies.items() if name not in self._stopped_arms]
        target = min(self.planned, self._limit * len(going_on))
        ended = sum(tally.finished + tally.failed for tally in going_on)
        waiting = max(0, target - ended - len(self.active))
        return seconds_left(self.durations, waiting, (item.child.seconds for item in self.active), self.plan.slots)

    def rate(self) -> float | None:
        """Return this call's runs per second, or None before the first."""
        return self.ended_here / (time.monotonic() - self.began) if self.ended_here else None

    def _open(self) -> StudyWriter:
        plan = self.plan
        record = new_study(
            plan.name or plan.title(),
            metric=plan.metric,
            direction=plan.direction,
            summary=plan.summary,
            smallest_difference=plan.within,
            baseline=plan.arms[0].name,
            arms=[arm.record() for arm in plan.arms],
            seeds=list(plan.seeds),
            rule=plan.rule(),
            command=code.command_without_secrets(list(plan.command)),
            source="run",
            origin={"identity": plan.identity(), "folder": str(self.cwd)},
            extra={OPTIONS: plan.options()},
        )
        writer = create_study(self.folder, record)
        stored = writer.study
        if stored.origin.get("identity") not in {None, record.origin["identity"]}:
            raise InvalidInput(
                "--folder",
                str(self.folder),
                "a new folder, or the one of this command",
                hint="the command, an arm, its revision or the script has changed since its runs were recorded",
            )
        seeds = stored.seeds + [seed for seed in plan.seeds if seed not in stored.seeds]
        if plan.until:  # looks are at the first seeds of the study, so their order stays as it was
            kept = tuple(seeds[: len(plan.seeds)])
            if set(plan.seeds) - set(kept):
                self.findings.append(Finding("seeds_kept", sentences.seeds_kept(kept), "note"))
            self.plan = plan = dataclasses.replace(plan, seeds=kept)
        ended = open_study(self.folder).most_ended() if len(seeds) > len(stored.seeds) and not plan.until else 0
        if ended:
            # Results could be seen before the seeds were asked for, also where no verdict was printed.
            writer.note_look(ended, len(stored.seeds))
        if not plan.results and not plan.keep_going:  # files may bring a metric that no log has
            require_reported(open_study(self.folder), plan.metric)
        changed = {name: getattr(record, name) for name in _OF_EVERY_CALL} | {"seeds": seeds}
        changed["extra"] = stored.extra | {OPTIONS: record.extra[OPTIONS]}
        if any(getattr(stored, name) != value for name, value in changed.items()):
            writer.update(dataclasses.replace(stored, **changed))
        return writer

    def _check_out(self) -> None:
        """Check out arms of other revisions, and record the code's state."""
        root = code.top_level(self.cwd)
        states: dict[Path, code.CodeState] = {}
        for arm in self.plan.arms:
            if arm.code.startswith("git:"):
                if root is None:
                    raise InvalidInput("--arm", f"{arm.name}={arm.code}", "a git repository in the current folder")
                folder = self._worktree_of(arm)
                self._codes[arm.name] = code.add_worktree(root, arm.code[4:], folder, self.plan.link)
                inside = self.cwd.resolve().relative_to(root.resolve())
                self._worktrees[arm.name] = folder / inside
                if not (folder / inside).is_dir():
                    raise InvalidInput("--arm", f"{arm.name}={arm.code}", f"a revision with the folder {inside}")
            else:
                folder = self.cwd / arm.code if arm.code else self.cwd
                self._worktrees[arm.name] = folder
                if folder not in states:
                    states[folder] = code.code_state(folder)
                self._codes[arm.name] = states[folder]
        for state in self._codes.values():
            if state.redacted:
                self.findings.append(Finding("secrets_redacted", sentences.secrets_redacted(state.redacted), "note"))
        configs = {arm.name: config_files(arm, self._worktrees[arm.name]) for arm in self.plan.arms}
        between = code.write_patches(self.folder / "code", root, self._codes, self._worktrees, configs)
        if between is not None:
            self.findings.append(Finding("arms_differ", sentences.arms_differ(between), "note"))

    def _tasks(self) -> Iterator[Task]:
        """Yield the runs to execute, interleaved by seed.

        The first seed of the baseline comes twice, to check that it repeats.
        """
        folder = open_study(self.folder)
        over = {"finished"} if self.plan.retry_failed else {"finished", "failed"}
        ended = {(run.record.arm, run.record.seed): run for run in folder.counted() if run.state in over}
        for (name, seed), run in ended.items():
            if name in self.tallies and seed in self.plan.seeds:
                self._count(name, run)
                self.resumed += 1
        checked = any(run.record.kind == REPEAT and run.state == "finished" for run in folder.runs)
        baseline = self.plan.arms[0]
        for index, seed in enumerate(self.plan.seeds[: self._limit]):
            for arm in self.plan.arms:
                if arm.name in self._stopped_arms:
                    continue
                if (arm.name, seed) not in ended:
                    yield Task(arm, seed)
                if self.plan.check and not checked and index == 0 and arm is baseline:
                    checked = True
                    yield Task(arm, seed, REPEAT)

    def _loop(self, tasks: Iterator[Task]) -> None:
        looks = self._looks()
        self._limit = next(looks, len(self.plan.seeds)) if self.plan.until else len(self.plan.seeds)
        waiting: Task | None = None
        exhausted = False
        while True:
            while self._slots and not exhausted and not self.stopped and not self._interrupted:
                waiting = next(tasks, None)
                if waiting is None:
                    exhausted = True
                    break
                self._start(waiting)
            if exhausted and not self.active and self.plan.until and not self.stopped:
                following = next(looks, None)
                if following is not None and not self._decided():
                    self._limit = following
                    tasks, exhausted = self._more_tasks(), False
                    continue
            if not self.active:
                return
            self._wait()
            self.watch(self)

    def _looks(self) -> Iterator[int]:
        """Yield the numbers of seeds at which an adaptive study looks."""
        if self.plan.until and self._writer is not None:
            from seedspread.running.judge import rule_of

            yield from rule_of(self._writer.study).schedule()

    def _more_tasks(self) -> Iterator[Task]:
        """Yield the missing runs up to the next look."""
        ended = {
            (r.record.arm, r.record.seed)
            for r in open_study(self.folder).counted()
            if r.state in {"finished", "failed"}
        }
        for seed in self.plan.seeds[: self._limit]:
            for arm in self.plan.arms:
                if arm.name not in self._stopped_arms and (arm.name, seed) not in ended:
                    yield Task(arm, seed)

    def _decided(self) -> bool:
        """Look at an adaptive study; return True if it can stop.

        It stops once every pair is decided or cannot be.
        """
        from seedspread.running.judge import looks_at

        folder = open_study(self.folder)
        metric = self._metric(folder)
        if metric is None:
            return False
        decisions = looks_at(folder, metric)
        if not decisions:
            return False
        if self._writer is not None:
            self._writer.note_look(min(decision.started for decision in decisions), len(self.plan.seeds))
        if all(decision.action == "stop" for decision in decisions):
            self.stopped = decisions[0].sentence
            return True
        return False

    def _start(self, task: Task) -> None:
        plan, arm, seed = self.plan, task.arm, task.seed
        if self._writer is None:
            raise RuntimeError("the study is not open")
        slot = self._slots.pop(0)
        cwd = self._worktrees[arm.name]
        run = self._writer.begin(
            arm.name,
            seed,
            kind=task.kind,
            parameters=arm.record().parameters,
            git=self._codes[arm.name].to_json(),
        )
        folder = run.folder.absolute()
        command, configs = plan.fill_configs(plan.argv(arm, seed, folder), seed, cwd, folder / CONFIGS)
        environment = self._environment(task, slot, folder)
        variables = {name: environment.get(name, os.environ.get(name)) for name in _KEPT_VARIABLES}
        run.record.environment = {name: value for name, value in variables.items() if value} | dict(arm.environment)
        run.record.command = code.command_without_secrets(command)
        replace(run.folder / "manifest.json", run.record.to_json(), sync=False)
        values, more = plan.fill_configs([value for _, value in arm.environment], seed, cwd, folder / CONFIGS)
        environment |= {name: value for (name, _), value in zip(arm.environment, values, strict=True)}
        for path in dict.fromkeys((*configs, *more)):
            sha256, size = digest(path)
            run.file(str(path), role="code", sha256=sha256, size=size)
        reader = LineReader(plan.logged_metric)
        results = [plan.fill(pattern, arm, seed, folder) for pattern in plan.results]
        earlier = earlier_files(results, cwd)
        try:
            child = Child(command, environment, cwd, run, reader)
        except InvalidInput:
            run.end("cancelled", reason=sentences.NOT_STARTED)
            raise
        item = Active(task, child, run, slot, cwd, time.time(), results, earlier)
        self.active.append(item)
        self._selector.register(child.pipe, selectors.EVENT_READ, item)

    def _environment(self, task: Task, slot: int, folder: Path) -> dict[str, str | None]:
        """Return the environment variables of a run.

        Those of the arm override the others; None removes a variable.
        """
        plan = self.plan
        variables: dict[str, str | None] = {
            "SEEDSPREAD_SEED": str(task.seed),
            "SEEDSPREAD_ARM": task.arm.name,
            "SEEDSPREAD_RUN_FOLDER": str(folder),
            "PYTHONHASHSEED": str(task.seed % 2**32),
            "PYTHONUNBUFFERED": "1",
        }
        if plan.gpus:
            variables["CUDA_VISIBLE_DEVICES"] = plan.gpus[slot // plan.per_gpu]
        if plan.slots > 1 and "OMP_NUM_THREADS" not in os.environ:
            # Otherwise every run starts a thread per core, and they all wait for each other.
            variables["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // plan.slots))
        if plan.seed_everything or plan.capture:
            variables |= shim_environment(folder, task.seed, seed=plan.seed_everything, capture=plan.capture)
        return variables | dict(task.arm.environment)

    def _wait(self) -> None:
        # A process whose pipe has closed ends within milliseconds, and nothing wakes the selector when it does.
        closing = len(self._selector.get_map()) < len(self.active)
        events = self._selector.select(_CLOSING_TICK_S if closing else _TICK_S)
        for key, _ in events:
            item: Active = key.data
            if not item.child.pump():
                self._selector.unregister(key.fd)
        if self._interrupted:
            self._stop_all("interrupted", at_once=self._interrupted > 1)
        for item in list(self.active):
            limit = self.plan.timeout
            if limit is not None and item.child.seconds > limit:
                item.child.stop(sentences.timed_out(limit))
            item.child.tick()
            if item.ended:
                self._end(item)
        silent = not events or time.monotonic() - self.began > _TALKATIVE_S
        if silent and not closing and self.active and self._unloaded:
            # While the runs compute: the statistics take two seconds to load, which nobody needs to wait for.
            import_module(self._unloaded.pop(0))

    def _end(self, item: Active) -> None:
        self.active.remove(item)
        if item.child.pipe in self._selector.get_map():
            self._selector.unregister(item.child.pipe)
        orphans = [] if self.active or self._orphans is None else list(self._orphans.living())
        exit_code = item.child.finish(orphans)
        self._slots.append(item.slot)
        self._slots.sort()
        for problem in take_results(
            item.run, item.results, item.cwd, item.since, self.plan.logged_metric, item.earlier
        ):
            if not item.child.stopped:
                item.run.event("finding", code="results", message=f"A run {problem}.")
        self._take_digests(item.run)
        if item.child.stopped and not item.child.stopped.startswith("timed out"):
            item.run.end("cancelled", reason=item.child.stopped, exit_code=exit_code)
            return
        if item.child.stopped:
            state, reason = "failed", item.child.stopped
        elif exit_code:
            state, reason = "failed", failure(exit_code, item.child.tail)
        else:
            state, reason = "finished", ""
        item.run.end(state, reason=reason, exit_code=exit_code)
        self.percent |= item.child.percent
        if item.task.kind:
            self._check_repeat()
            return
        self.ended_here += 1
        if state == "finished":
            self.durations.append(item.child.seconds)
        self._count(item.task.arm.name, Run(item.run.folder, item.run.record, state))
        self._check_repeat()
        self._check_early()

    def _take_digests(self, run: RunWriter) -> None:
        """Record the files that the script opened, with digests.

        The shim reports the files. Each state of a file is read once.
        """
        for event in Run(run.folder, run.record, "running").events("opened"):
            path, size, changed = str(event.get("path", "")), event.get("bytes"), event.get("mtime_ns")
            key = (path, size, changed)
            if path and isinstance(size, int) and key not in self._digests:
                try:
                    self._digests[key] = digest(Path(path))[0] if size <= _LARGEST_DIGESTED else ""
                except OSError:
                    self._digests[key] = ""
            if path:
                run.file(path, role="data", sha256=self._digests.get(key, ""), size=size)

    def _count(self, arm: str, run: Run) -> None:
        tally = self.tallies[arm]
        self._failing.note(run.record, run.state)
        if run.state != "finished":
            tally.failed += 1
            return
        tally.finished += 1
        value = run.value(self.plan.metric, self.plan.summary, self.plan.direction)
        if value is not None:
            tally.values.append(value)

    def _check_repeat(self) -> None:
        """Compare the first seed's two runs once both have ended.

        If they differ, the arms are unpaired unless the plan says otherwise.
        """
        if self._checked or self._writer is None or not self.plan.check:
            return
        folder = open_study(self.folder)
        again = next((run for run in folder.runs if run.record.kind == REPEAT and run.state == "finished"), None)
        if again is None:
            return
        key = (self.plan.arms[0].name, again.record.seed)
        first = next((run for run in folder.counted() if (run.record.arm, run.record.seed) == key), None)
        if first is None or first.state not in {"finished", "failed"}:
            return
        self._checked = True
        metric = self._metric(folder)
        if metric is None:
            return
        finding = repeat_finding(first, again, metric, seeded=self.plan.seeded)
        self.findings.append(finding)
        if finding.code == "not_repeatable" and self.plan.paired is None:
            self._writer.study.rule["paired"] = False
            self._writer.update(self._writer.study)

    @staticmethod
    def _metric(folder: StudyFolder) -> str | None:
        try:
            return metric_of(folder)
        except InvalidInput:
            return None

    def _check_early(self) -> None:
        """Stop the study early if further runs would be wasted.

        This is the case if every run fails, if none reports the metric, or if every seed gives the same result.
        """
        if self.plan.keep_going or self.stopped:
            return
        failed = sum(tally.failed for tally in self.tallies.values())
        # Every arm counts: a slow arm may still be training while another fails at once.
        everywhere = all(tally.failed for tally in self.tallies.values())
        if failed >= FEWEST_FAILURES and self.done == failed and everywhere:
            self.stopped = sentences.all_failed(failed)
            self._stop_all(self.stopped)
            return
        finished = sum(tally.finished for tally in self.tallies.values())
        if self.plan.metric and finished == FEWEST_FAILURES and self._metric(open_study(self.folder)) is None:
            self.stopped = sentences.none_reported(finished, self.plan.logged_metric)
            self._stop_all(self.stopped)
            return
        if finished <= FEWEST_FAILURES:
            require_validation(open_study(self.folder), self.plan.metric)
        self._stop_arms()
        if self.stopped or not self.plan.check or self.done > 4 * len(self.plan.arms):
            return
        folder = open_study(self.folder)
        metric = self._metric(folder)
        if metric is None or any(tally.finished < FEWEST_FAILURES for tally in self.tallies.values()):
            return
        finding = alike_finding(folder, list(self.tallies), metric, seeded=self.plan.seeded)
        if finding is not None:
            self.findings.append(finding)
            self.stopped = sentences.STOPPED_WITHOUT_EFFECT
            self._stop_all(self.stopped)

    def _stop_arms(self) -> None:
        """Stop arms whose runs all fail alike.

        The study ends if nothing is left to compare.
        """
        for name in self.tallies:
            if name in self._stopped_arms or not self._failing.hopeless(name):
                continue
            self._stopped_arms.add(name)
            message = sentences.all_failed(self.tallies[name].failed, name)
            if self._failing.nothing_to_compare:
                self.stopped = sentences.nothing_to_compare(message)
                self._stop_all(self.stopped)
                return
            self.findings.append(Finding("arm_stopped", message, "note"))
            self._stop_all(message, only=name)

    def closing_findings(self, folder: StudyFolder, metric: str) -> list[Finding]:
        """Return the findings about a study that has ended, each once."""
        self._check_repeat()
        findings = [*self.findings, *study_findings(folder, self.plan, metric)]
        recorded = recorded_seeds_finding(folder, self.plan.seeds)
        if recorded is not None:
            findings.insert(0, recorded)
        if self.percent:
            findings.append(Finding("percent", sentences.percent_as_shares(sorted(self.percent)), "note"))
        return list({finding.code + finding.message: finding for finding in findings}.values())

    def _stop_all(self, reason: str, *, at_once: bool = False, only: str | None = None) -> None:
        for item in self.active:
            if only not in {None, item.task.arm.name}:
                continue
            item.child.stop(reason)
            if at_once:
                item.child.kill()
        if at_once:
            for item in list(self.active):
                try:
                    self._end(item)
                except SeedspreadError:
                    item.run.abandon()

    def _catch_signals(self) -> dict[int, Any]:
        """Turn Ctrl-C, SIGTERM and a closed terminal into a flag."""

        def note(number: int, frame: FrameType | None) -> None:
            del frame
            self._interrupted += 1
            self.unattended = self.unattended or number != signal.SIGINT
            self.stopped = self.stopped or sentences.INTERRUPTED

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        return {int(number): signal.signal(number, note) for number in numbers}

    @property
    def interrupted(self) -> bool:
        """True if the user asked the study to stop."""
        return self._interrupted > 0

    def _note_environment(self, probe: subprocess.Popen[str] | None) -> None:
        """Record the machine and the interpreter in the study."""
        facts = code.environment_facts(probe)
        if self._writer is not None and self._writer.study.extra.get("environment") != facts:
            self._writer.study.extra["environment"] = facts
            try:
                self._writer.update(self._writer.study)
            except SeedspreadError as error:
                sys.stderr.write(f"warning: {error.message}\n")

    def _clean_up(self) -> None:
        self._selector.close()
        root = code.top_level(self.cwd) if any(arm.code.startswith("git:") for arm in self.plan.arms) else None
        if root is not None:
            for arm in self.plan.arms:
                if arm.code.startswith("git:"):
                    code.remove_worktree(root, self._worktree_of(arm))

    def _worktree_of(self, arm: Arm) -> Path:
        return self.folder.absolute() / ".worktrees" / slug(arm.name)
