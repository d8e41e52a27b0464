"""Replay a recorded run of a command.

The two are compared bit for bit. A replay uses the run's command, arm, seed, code and variables. It is recorded beside
the run, and never counts.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seedspread.core.record import Record, points
from seedspread.core.repeat import RepeatVerdict, repeat_verdict
from seedspread.errors import Conflict, InvalidInput, SeedspreadError
from seedspread.recording.files import digest
from seedspread.recording.names import TIMES
from seedspread.recording.reader import Run, StudyFolder, open_study
from seedspread.recording.records import slug
from seedspread.recording.writer import StudyWriter
from seedspread.running import code, sentences
from seedspread.running.engine import OPTIONS, Engine, Task
from seedspread.running.plan import Arm, Plan

REPLAY: Final = "replay"
"""Kind of a run that repeats another."""

MOST_NAMED: Final = 6
# They name where an interpreter lies, which the command decides.
_OF_THE_SHELL: Final = ("VIRTUAL_ENV", "CONDA_DEFAULT_ENV")


@dataclass(frozen=True)
class Replay:
    """Replay of a recorded run.

    verdict: on the metrics. folder: of the replay. code: how the code was obtained.
    """

    verdict: RepeatVerdict
    folder: Path
    code: str


def replay_run(folder: Path, *, times: int = 1, allow_changed: bool = False) -> Iterator[Replay]:
    """Run a recorded command again and compare with its record.

    Args:
        folder: of the run, such as `my-study/runs/wide-3`.
        times: number of replays.
        allow_changed: use the code that lies in the working directory now, even if it differs.

    Raises:
        InvalidInput: the folder is not that of a finished run of `seedspread run`.
        Conflict: code that the run used is gone or has changed, or the study is being run.
        SeedspreadError: a replay did not finish.
    """
    study, run = _find(folder)
    plan = plan_of(study, run)
    for _ in range(times):
        engine = _Replayer(plan, study, run, allow_changed=allow_changed)
        before = {item.record.run_id for item in study.runs}
        engine.run()
        fresh = [item for item in open_study(study.folder).runs if item.record.run_id not in before]
        study = open_study(study.folder)
        again = next((item for item in fresh if item.record.kind == REPLAY), None)
        if again is None or again.state != "finished":
            why = "it was not started" if again is None else (again.record.reason or again.state)
            raise SeedspreadError(f"the replay did not finish: {why}")
        yield Replay(_verdict(run, again, study, engine.facts), again.folder, engine.where)


def plan_of(study: StudyFolder, run: Run) -> Plan:
    """Return the plan that trains a recorded run again.

    Raises:
        InvalidInput: the study holds no command, or hides a part of it as a secret.
    """
    record, options = study.study, study.study.extra.get(OPTIONS)
    path = str(run.folder)
    if record.source != "run" or not record.command:
        raise InvalidInput("RUN", path, "a run of `seedspread run`; others hold no command to repeat")
    if not isinstance(options, dict):
        raise InvalidInput("RUN", path, "a run whose study.json holds its options; an older Seedspread recorded it")
    if any(code.REDACTED in part for part in record.command):
        raise InvalidInput("RUN", path, "a command without secrets: a part of it was not recorded")
    arm = record.arm(run.record.arm)
    if arm is None or run.record.seed is None:
        raise InvalidInput("RUN", path, "a run with a seed and an arm of its study")
    arguments = tuple(shlex.split(arm.arguments))
    chosen = Arm(arm.name, arguments, tuple(arm.environment.items()), str(arm.code.get("source", "")))
    return Plan(
        command=tuple(record.command),
        arms=(chosen,),
        seeds=(run.record.seed,),
        metric=record.metric,
        direction=record.direction,
        timeout=options.get("timeout"),
        results=tuple(options.get("results", ())),
        seed_everything=bool(options.get("seed_everything")),
        capture=bool(options.get("capture")),
        link=tuple(options.get("link", ())),
        hold=tuple(options.get("hold", ())),
        check=False,
        keep_going=True,
    )


def _find(folder: Path) -> tuple[StudyFolder, Run]:
    """Return the study and the run of a run's folder."""
    if (folder / "study.json").is_file():
        study = open_study(folder)
        names = [run.folder.relative_to(folder).as_posix() for run in study.counted() if run.state == "finished"]
        example = folder / names[0] if names else folder / "runs" / "ARM-SEED"
        raise InvalidInput("RUN", str(folder), f"one run of the study, such as {example}")
    path = folder.absolute()
    study = open_study(path.parent.parent)
    run = next((run for run in study.runs if run.folder.absolute() == path), None)
    if run is None or run.state != "finished":
        state = "no run" if run is None else f"a run that is {run.state}"
        raise InvalidInput("RUN", f"{folder} ({state})", "the folder of a run that finished")
    return study, run


class _Replayer(Engine):
    """Engine that repeats one recorded run.

    where: how the code was found. facts: of the machine and the interpreter, as they are now.
    """

    def __init__(self, plan: Plan, study: StudyFolder, run: Run, *, allow_changed: bool) -> None:
        super().__init__(plan, study.folder, Path(str(study.study.origin.get("folder", "."))))
        self._study, self._run, self._allow_changed = study, run, allow_changed
        self._worktree: Path | None = None
        self.where = ""
        self.facts: dict[str, Any] = {}
        if not self.cwd.is_dir():
            raise Conflict(f"the folder of the run, {self.cwd}, is not here", hint="put it back, then replay again")

    def _open(self) -> StudyWriter:
        return StudyWriter(self.folder)

    def _tasks(self) -> Iterator[Task]:
        yield Task(self.plan.arms[0], self.plan.seeds[0], REPLAY)

    def _environment(self, task: Task, slot: int, folder: Path) -> dict[str, str | None]:
        """Return the variables of the recorded run.

        Those that it did not have are removed.
        """
        recorded = {name: str(value) for name, value in self._run.record.environment.items()}
        variables = {name: recorded.get(name) for name in self.kept_variables if name not in _OF_THE_SHELL}
        return super()._environment(task, slot, folder) | variables | dict(task.arm.environment)

    def _check_out(self) -> None:
        """Find the recorded code.

        It is in place if nothing changed, else it is checked out.
        """
        arm, recorded = self.plan.arms[0], self._run.record.git
        commit, patch = str(recorded.get("commit", "")), str(recorded.get("patch_sha256", ""))
        folder = self.cwd / arm.code if arm.code and not arm.code.startswith("git:") else self.cwd
        now = code.code_state(folder)
        changed = self._changed_files()
        same = not arm.code.startswith("git:") and (now.commit, now.patch_sha256) == (commit, patch)
        if same or (self._allow_changed and not arm.code.startswith("git:")):
            if changed and not self._allow_changed:
                raise Conflict(
                    f"{', '.join(changed)} changed since the run",
                    hint="put the code back, or use --allow-changed to run today's",
                )
            self._worktrees[arm.name], self._codes[arm.name] = folder, now
            files = sorted(self._study.study.extra[OPTIONS].get("files", {}))
            self.where = sentences.code_unchanged(folder, commit, files)
            if changed or not same:
                self.where = sentences.code_changed(folder)
            return
        if not commit:
            raise Conflict("the run was recorded without a git revision, and now there is one", hint=_TODAYS)
        self._check_out_commit(arm, commit, patch, changed)

    def _check_out_commit(self, arm: Arm, commit: str, patch: str, changed: list[str]) -> None:
        root = code.top_level(self.cwd)
        if root is None:
            raise Conflict(f"{self.cwd} is no longer in a git repository", hint=_TODAYS)
        worktree = self.folder.absolute() / ".worktrees" / f"replay-{commit[:12]}"
        self._worktree = worktree
        state = code.add_worktree(root, commit, worktree, self.plan.link)
        if patch:
            path = self.folder / "code" / f"{slug(arm.name)}.patch"
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != patch:
                raise Conflict(
                    "the run's uncommitted changes are not recorded whole: lines that look like secrets, or later runs",
                    hint=_TODAYS,
                )
            code.apply_patch(worktree, path)
        inside = worktree / self.cwd.resolve().relative_to(root.resolve())
        # A script that git does not track is no part of the revision.
        for name in self._study.study.extra[OPTIONS].get("files", {}):
            target = inside / name
            if not Path(name).is_absolute() and not target.exists():
                if name in changed:
                    raise Conflict(f"{name} changed since the run, and git does not track it", hint=_TODAYS)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to((self.cwd / name).absolute())
        self._worktrees[arm.name], self._codes[arm.name] = inside, state
        self.where = sentences.code_checked_out(commit, patched=bool(patch))

    def _changed_files(self) -> list[str]:
        """Return the recorded files that are gone or differ now."""
        recorded: dict[str, str] = self._study.study.extra[OPTIONS].get("files", {})
        changed = []
        for name, sha256 in recorded.items():
            path = self.cwd / name
            if not path.is_file() or digest(path)[0] != sha256:
                changed.append(name)
        return changed

    def _note_environment(self, probe: Any) -> None:
        # The study keeps the facts of its own runs.
        self.facts = code.environment_facts(probe)

    def _clean_up(self) -> None:
        super()._clean_up()
        root = code.top_level(self.cwd)
        if self._worktree is not None and root is not None:
            code.remove_worktree(root, self._worktree)


_TODAYS: Final = "use --allow-changed to run the code that is there now"


def _verdict(run: Run, again: Run, study: StudyFolder, facts: dict[str, Any]) -> RepeatVerdict:
    """Compare two runs' metrics, and what else both of them recorded."""
    names = list(dict.fromkeys((*run.series(), *again.series())))
    times = [name for name in names if TIMES.search(name)]
    compared = [name for name in names if name not in times]
    before = _record(run, compared, study.study.extra.get("environment", {}))
    now = _record(again, compared, facts)
    data = {key for key in before.environment if key.startswith("data.")} & set(now.environment)
    listed = ", ".join(compared[:MOST_NAMED]) + (", …" if len(compared) > MOST_NAMED else "")
    return repeat_verdict(before, now, scope=sentences.replay_scope(listed, len(data), times[:MOST_NAMED]))


def _record(run: Run, metrics: list[str], facts: dict[str, Any]) -> Record:
    series = {
        name: points(list(item.steps), list(item.values)) for name, item in run.series().items() if name in metrics
    }
    variables = {name: value for name, value in run.record.environment.items() if name not in _OF_THE_SHELL}
    environment: dict[str, Any] = {**facts, "variables": variables}
    for event in run.events("file"):
        if event.get("role") == "data" and event.get("sha256"):
            environment[f"data.{event.get('path')}"] = event["sha256"]
    return Record(series=series, environment=environment)
