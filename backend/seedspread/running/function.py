"""Studies of Python functions and comparisons of numbers.

These are `seedspread.study(...)` and `seedspread.compare(...)`.
"""

from __future__ import annotations

import inspect
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing import connection, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seedspread.errors import InvalidInput
from seedspread.recording.logger import FOLDER, checked_seed
from seedspread.recording.reader import StudyFolder, open_study
from seedspread.recording.records import ArmRecord, Centre, RunRecord, StudyRecord
from seedspread.recording.sentences import look_not_recorded
from seedspread.recording.writer import RunWriter, create_study, new_study
from seedspread.resources.processes import ProcessTree
from seedspread.resources.sampler import Sampler
from seedspread.running import sentences
from seedspread.running.child import failure
from seedspread.running.plan import adaptive_seeds, chosen_rule, chosen_summary
from seedspread.running.progress import FailingArms
from seedspread.summaries import LAST

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from seedspread.running.checks import Finding
    from seedspread.running.outcome import Outcome

VALUE: Final = "value"
"""Name of the metric of functions that return a plain number."""

REPEAT: Final = "repeat"
Training = Callable[..., Any]


def study(
    train: Training,
    arms: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: int | Iterable[int] = 20,
    *,
    maximize: bool | str = False,
    minimize: bool | str = False,
    within: float | None = None,
    level: float = 0.95,
    centre: Centre = "mean",
    summary: str | None = None,
    best: bool = False,
    jobs: int = 1,
    timeout: float | None = None,
    check: bool = True,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Study:
    """Study a function: every arm under every seed.

    Runs start when a result is first requested, or with `run()`.

    Args:
        train: called as `train(seed=…, **parameters)`; returns a number or a mapping of metrics, or yields them.
        arms: parameters by the arm's name, the baseline first; None for one arm without parameters.
        seeds: a number of seeds, counted from 0, or the seeds themselves.
        maximize: True if more is better, or the name of the metric that decides.
        minimize: the same if less is better.
        within: smallest difference that matters, in the metric's units.
        level: of the intervals.
        centre: the value of an arm that decides: "mean", "trimmed" (20% mean), "median", or "log_ratio" (of geometric
            means; `within` is then a share).
        summary: value used of each run: "last", "best" or "area" (under the curve, divided by its length).
        best: short for the summary "best".
        jobs: runs at the same time, each in a forked process; 1 runs in this one.
        timeout: seconds after which a run fails; it needs a forked process even for 1 job.
        check: run the first seed twice, to check that the function is repeatable.
        name: of the study, by default the function's.
        folder: study folder, by default a new one in `seedspread-runs`. Runs that it holds already are kept.

    Raises:
        InvalidInput: an argument out of range, or a function that takes no seed.
    """
    used = chosen_summary(summary, best=best) or LAST
    return Study(
        train,
        arms if arms is not None else {getattr(train, "__name__", "train"): {}},
        _seeds(seeds),
        _record(train, arms, maximize, minimize, within, chosen_rule(level, centre), used, name),
        jobs=jobs,
        timeout=timeout,
        check=check,
        folder=None if folder is None else Path(folder),
    )


def compare(
    data: Any,
    *,
    maximize: bool | str = False,
    minimize: bool | str = False,
    seed: str | None = None,
    value: str | None = None,
    arm: str | None = None,
    within: float | None = None,
    level: float = 0.95,
    centre: Centre = "mean",
    paired: bool | None = None,
    summary: str | None = None,
) -> Outcome:
    """Compare numbers: a mapping of arms, a table, or a run folder.

    A run folder is judged by its own metric, rule and looks, and this counts as a look at it.

    Args:
        data: values by arm, each a list or a mapping from seed to value; or a data frame or mapping of columns; or the
            path of a run folder.
        maximize: True if more is better, or the metric's name; with neither, only "higher" is concluded.
        minimize: the same if less is better.
        seed: column of the seeds in a table.
        value: column of the values in a table.
        arm: column of the arms in a table; by default all other columns together distinguish the arms.
        within: smallest difference that matters.
        level: of the intervals.
        centre: the value of an arm that decides, as for `study`.
        paired: compare seed by seed; None pairs arms that share their seeds.
        summary: of a run folder, the value used of each run, as for `study`; None: the folder's own.

    Raises:
        InvalidInput: fewer than two arms, an unknown column, a seed twice in an arm, or a value that is not a number.
    """
    from seedspread.running.judge import ArmNumbers, judge_arms
    from seedspread.running.outcome import Outcome

    if isinstance(data, str | os.PathLike):
        metric, direction = _direction(maximize, minimize)
        options: dict[str, Any] = {"within": within, "level": level, "centre": centre, "paired": paired}
        options["summary"] = chosen_summary(summary, best=False)
        return _compare_folder(Path(data), value or metric, {"direction": direction, **options})
    groups = _groups(data, seed, value, arm)
    if len(groups) < 2:
        raise InvalidInput("data", list(groups), "two arms of numbers or more")
    metric, direction = _direction(maximize, minimize)
    rule = chosen_rule(level, centre) | ({} if paired is None else {"paired": paired})
    record = new_study(
        "comparison",
        metric=metric or value or VALUE,
        direction=direction,
        smallest_difference=within,
        arms=[ArmRecord(name) for name in groups],
        rule=rule,
    )
    seeded = all(isinstance(values, Mapping) for values in groups.values())
    if paired is None and not seeded:
        rule["paired"] = False  # lists have no seeds, so positions pair nothing
    numbers = tuple(
        ArmNumbers(name, dict(values.items()) if isinstance(values, Mapping) else dict(enumerate(values)))
        for name, values in groups.items()
    )
    return Outcome(record, judge_arms(record, metric or value or VALUE, numbers))


def _compare_folder(path: Path, metric: str, options: Mapping[str, Any]) -> Outcome:
    """Return the verdict on a run folder, and note the look."""
    from seedspread.running.judge import judge, note_look, with_options
    from seedspread.running.outcome import Outcome

    folder = with_options(open_study(path), **options)
    judgement = judge(folder, metric or None)
    if judgement.family is not None and not note_look(path, judgement.arms):
        warnings.warn(look_not_recorded(path), stacklevel=3)
    return Outcome(folder.study, judgement, folder=folder)


class Study:
    """Study of a function, which trains missing runs on demand.

    Call `run()` to train at once; every result does so when it is first requested.
    """

    def __init__(
        self,
        train: Training,
        arms: Mapping[str, Mapping[str, Any]],
        seeds: tuple[int, ...],
        record: StudyRecord,
        *,
        jobs: int = 1,
        timeout: float | None = None,
        check: bool = True,
        folder: Path | None = None,
    ) -> None:
        if jobs < 1:
            raise InvalidInput("jobs", jobs, "1 or more")
        self._train = train
        self._arms = {name: dict(parameters) for name, parameters in arms.items()}
        _check_call(train, self._arms)
        self._jobs, self._timeout, self._check = jobs, timeout, check
        self._writer = create_study(folder or _new_folder(record.name), replace(record, seeds=list(seeds)))
        stored = self._writer.study
        ended = open_study(self.folder).most_ended() if set(seeds) - set(stored.seeds) else 0
        if ended and not stored.rule.get("until"):
            # Results could be seen before the seeds were asked for.
            self._writer.note_look(ended, len(stored.seeds))
        if stored.seeds != list(seeds) or folder is not None:
            self._writer.ensure(None, seeds)
        self._seeds = seeds
        self._seen = False
        self._failing = FailingArms(list(self._arms))

    @property
    def folder(self) -> Path:
        """Return the folder in which the study is recorded."""
        return self._writer.folder

    def run(self) -> Study:
        """Train what is missing, and return the study."""
        if not self._writer.study.rule.get("until"):
            self._train_all(self._seeds)
        self._seen = True
        return self

    def until(self, what: str = "decided", *, within: float | None = None, at_most: int = 40) -> Study:
        """Train in batches until the difference is decided.

        The decision rule accounts for the repeated looks.

        Args:
            what: "decided".
            within: smallest difference that matters, in the metric's units.
            at_most: largest number of seeds per arm.

        Raises:
            InvalidInput: another word, fewer than two arms or five seeds, or a study whose result was seen already.
        """
        from seedspread.running.checks import metric_of
        from seedspread.running.judge import looks_at, rule_of

        if what != "decided":
            raise InvalidInput("what", what, "decided")
        if len(self._arms) < 2:
            raise InvalidInput("arms", list(self._arms), "two arms or more, for a difference to be decided")
        if at_most < 5:
            raise InvalidInput("at_most", at_most, "5 seeds or more")
        record = self._writer.study
        if self._seen or (record.looks and not record.rule.get("until")):
            hint = "call until() before asking for a result, or use a new study"
            raise InvalidInput("until", what, "a study whose result nobody has seen yet", hint=hint)
        record.rule |= {"until": what, "at_most": at_most}
        record.smallest_difference = within if within is not None else record.smallest_difference
        record.seeds = list(adaptive_seeds(record.seeds, at_most))
        self._writer.update(record)
        for size in rule_of(record).schedule():
            self._train_all(tuple(record.seeds[:size]))
            folder = open_study(self.folder)
            metric = metric_of(folder)
            self._note_repeat(folder, metric, [])  # looks are paired only if the verdict will be
            looks = looks_at(folder, metric)
            self._writer.note_look(size, at_most)
            if all(look.action == "stop" for look in looks):
                break
        self._seen = True
        return self

    @property
    def verdict(self) -> str:
        """Return the verdict as text."""
        return self._outcome().sentence

    @property
    def outcome(self) -> Outcome:
        """Return the outcome: sentences, numbers, and figures."""
        return self._outcome()

    def frame(self) -> Any:
        """Return one row per run as a DataFrame.

        It is a pandas DataFrame, or a polars one if pandas is not installed.
        """
        return self._outcome().frame()

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per run as a list of dictionaries."""
        return self._outcome().rows()

    def figure(self, name: str = "distribution") -> Any:
        """Return a figure as a plotly `go.Figure`.

        Figures are "distribution", "differences" and "curves".
        """
        return self._outcome().figure(name)

    def holds(self, claim: str) -> bool:
        """Return True if a claim such as `wide >= base` holds.

        Raises:
            InvalidInput: the claim is malformed, or undecided.
        """
        return self._outcome().holds(claim)

    def __repr__(self) -> str:
        ended = sum(run.state in {"finished", "failed"} for run in open_study(self.folder).counted())
        planned = len(self._arms) * len(self._writer.study.seeds)
        later = "" if ended else sentences.NOT_BEGUN
        return f"<Study {self._writer.study.name!r}: {ended} of {planned} runs ended{later}, in {self.folder}>"

    def _repr_html_(self) -> str:
        """Return the HTML display for notebooks."""
        return self._outcome()._repr_html_()

    def _outcome(self) -> Outcome:
        from seedspread.running.checks import arm_findings, metric_of, seed_finding
        from seedspread.running.judge import judge, note_look
        from seedspread.running.outcome import Outcome

        self.run()
        folder = open_study(self.folder)
        if not any(run.state == "finished" for run in folder.runs):
            reasons = [run.record.reason for run in folder.runs if run.record.reason]
            raise InvalidInput("train", self._writer.study.name, "a function of which a run finishes", hint=reasons[-1])
        metric = metric_of(folder)
        findings: list[Finding] = []
        self._note_repeat(folder, metric, findings)
        for arm in self._arms:
            runs = [run for run in folder.counted() if run.record.arm == arm and run.state == "finished"]
            finding = seed_finding(runs, metric, seeded="function")
            findings += [finding] if finding is not None else []
        findings += arm_findings(folder, metric)
        judgement = judge(folder, metric)
        if judgement.family is not None:
            note_look(self.folder, judgement.arms)
        return Outcome(folder.study, judgement, findings, folder)

    def _note_repeat(self, folder: StudyFolder, metric: str, findings: list[Finding]) -> None:
        """Compare the first seed's two runs; unpair the arms if they differ."""
        from seedspread.running.checks import repeat_finding

        again = next((run for run in folder.runs if run.record.kind == REPEAT and run.state == "finished"), None)
        if again is None:
            return
        key = (again.record.arm, again.record.seed)
        first = next((run for run in folder.counted() if (run.record.arm, run.record.seed) == key), None)
        if first is not None:
            findings.append(repeat_finding(first, again, metric, seeded="function"))
            if findings[-1].code == "not_repeatable":
                folder.study.rule["paired"] = False

    def _train_all(self, seeds: tuple[int, ...]) -> None:
        """Train every arm under every seed that has not ended.

        Runs are interleaved by seed.
        """
        folder = open_study(self.folder)
        over = {(r.record.arm, r.record.seed) for r in folder.counted() if r.state in {"finished", "failed"}}
        repeated = any(run.record.kind == REPEAT for run in folder.runs)
        tasks: list[tuple[str, int, str]] = []
        for index, seed in enumerate(seeds):
            for at, arm in enumerate(self._arms):
                if (arm, seed) not in over:
                    tasks.append((arm, seed, ""))
                if self._check and not repeated and index == at == 0:
                    tasks.append((arm, seed, REPEAT))
        if self._jobs == 1 and self._timeout is None:
            for arm, seed, kind in tasks:
                if not self.hopeless(arm):
                    run = self._writer.begin(arm, seed, kind=kind, parameters=self._arms[arm])
                    self._train_here(run)
                    self.note_end(run.record)
        else:
            _in_processes(self, tasks)

    def note_end(self, record: RunRecord) -> None:
        """Note how a run ended, to stop arms that cannot run."""
        self._failing.note(record, record.state)

    def hopeless(self, arm: str) -> bool:
        """Return True if more runs of an arm change nothing."""
        return self._failing.hopeless(arm) or self._failing.nothing_to_compare

    def _train_here(self, run: RunWriter) -> None:
        """Train in this process.

        Exceptions end the run as failed. Ctrl-C also ends the study.
        """
        record = run.record
        try:
            record_results(run, self._train(seed=record.seed, **self._arms[record.arm]))
        except KeyboardInterrupt:
            run.end("cancelled", reason="interrupted")
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a training may raise anything; it is an outcome)
            run.text(traceback.format_exc().encode("utf-8", "backslashreplace"))
            run.end("failed", reason=f"{type(error).__name__}: {error}"[:500])
        else:
            run.end("finished")


def record_results(run: RunWriter, returned: Any) -> None:
    """Record the numbers that a training function returned or yields.

    Each item is a number or a mapping of numbers.

    Raises:
        InvalidInput: an item is neither.
    """
    if isinstance(returned, Mapping):
        run.log(returned)
    elif inspect.isgenerator(returned) or (hasattr(returned, "__next__") and hasattr(returned, "__iter__")):
        for step, item in enumerate(returned):
            values = dict(item) if isinstance(item, Mapping) else {VALUE: item}
            run.log(values, values.pop("step", step))
    elif returned is None:
        raise InvalidInput("train", None, "a function that returns a number or a mapping of metrics, or yields them")
    else:
        run.log({VALUE: returned})


def _in_processes(study: Study, tasks: list[tuple[str, int, str]]) -> None:
    """Train each task in a forked process, several at a time."""
    _check_forkable()
    context = get_context("fork")
    waiting = list(tasks)
    active: dict[Any, tuple[BaseProcess, RunWriter, float, Sampler]] = {}
    try:
        while waiting or active:
            while waiting and len(active) < study._jobs:
                arm, seed, kind = waiting.pop(0)
                if study.hopeless(arm):
                    continue
                run = study._writer.begin(arm, seed, kind=kind, parameters=study._arms[arm])
                started = context.Process(target=_child, args=(study, run), daemon=True)
                started.start()
                active[started.sentinel] = (started, run, time.monotonic(), _sampler(started))
            for sentinel in connection.wait(list(active), timeout=0.2):
                process, run, *_ = active.pop(sentinel)
                process.join()
                _end(run, process.exitcode)
                study.note_end(run.record)
            for sentinel, (process, run, since, sampler) in list(active.items()):
                sample = sampler.sample_if_due()
                if sample is not None:
                    run.usage(sample, sampler.record.gpus)
                if study._timeout is not None and time.monotonic() - since > study._timeout:
                    process.kill()
                    process.join()
                    del active[sentinel]
                    run.end("failed", reason=sentences.timed_out(study._timeout))
                    study.note_end(run.record)
    except BaseException:
        for process, run, *_ in active.values():
            process.kill()
            process.join()
            run.end("cancelled", reason="interrupted")
        raise


def _sampler(process: BaseProcess) -> Sampler:
    if process.pid is None:
        raise RuntimeError("the process was not started")
    return Sampler(ProcessTree(process.pid))


def _end(run: RunWriter, exit_code: int | None) -> None:
    """Close a run whose process has ended.

    The reason of a failure is read from the last line of the run's log.
    """
    if exit_code == 0:
        run.end("finished", exit_code=0)
        return
    path = run.folder / "log.txt"
    lines = path.read_text("utf-8", "replace").strip().splitlines() if path.exists() else []
    reason = lines[-1] if lines and exit_code == 1 else failure(exit_code or 0, "".join(lines[-1:]))
    run.end("failed", reason=reason[:500], exit_code=exit_code)


def _child(study: Study, run: RunWriter) -> None:
    """Train in a forked process, with output to the run's log."""
    descriptor = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    record = run.record
    try:
        record_results(run, study._train(seed=record.seed, **study._arms[record.arm]))
    except BaseException as error:  # noqa: BLE001 (reported by the parent)
        with suppress(OSError):
            text = traceback.format_exc().rstrip() + "\n"
            os.write(2, text.encode("utf-8", "backslashreplace"))
            message = " ".join(f"{type(error).__name__}: {error}".split())
            os.write(2, f"{message}\n".encode("utf-8", "backslashreplace"))
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def _check_forkable() -> None:
    """Refuse to fork once a framework runs threads.

    A forked child would wait for them forever.

    Raises:
        InvalidInput: TensorFlow, JAX or CUDA has been used in this process.
    """
    used = []
    context = sys.modules.get("tensorflow.python.eager.context")
    if context is not None and getattr(context, "_context", None) is not None and context._context._initialized:
        used.append("TensorFlow")
    bridge = sys.modules.get("jax._src.xla_bridge")
    if bridge is not None and getattr(bridge, "_backends", None):
        used.append("JAX")
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        used.append("CUDA")
    if used:
        hint = "import and use it inside the function only, or take jobs=1"
        raise InvalidInput("jobs", "processes", f"1: {' and '.join(used)} has been used in this process", hint=hint)


def _record(
    train: Training,
    arms: Mapping[str, Mapping[str, Any]] | None,
    maximize: bool | str,
    minimize: bool | str,
    within: float | None,
    rule: dict[str, Any],
    summary: str,
    name: str | None,
) -> StudyRecord:
    if not callable(train) or inspect.iscoroutinefunction(train):
        raise InvalidInput("train", train, "a function that trains when it is called")
    chosen = {getattr(train, "__name__", "train"): {}} if arms is None else arms
    if not (isinstance(chosen, Mapping) and chosen and all(isinstance(part, Mapping) for part in chosen.values())):
        raise InvalidInput("arms", arms, 'parameters by name, such as {"base": {}, "wide": {"hidden": 64}}')
    if within is not None and not within > 0:
        raise InvalidInput("within", within, "a number above 0")
    metric, direction = _direction(maximize, minimize)
    title = name or getattr(train, "__name__", "study").strip("<>") or "study"
    return new_study(
        title,
        metric=metric,
        direction=direction,
        summary=summary,
        smallest_difference=within,
        baseline=next(iter(chosen)),
        arms=[ArmRecord(arm, dict(parameters)) for arm, parameters in chosen.items()],
        rule=rule,
        source="function",
    )


def _direction(maximize: bool | str, minimize: bool | str) -> tuple[str, str]:
    if maximize and minimize:
        raise InvalidInput("minimize", minimize, "one of maximize and minimize")
    chosen = maximize or minimize
    metric = chosen if isinstance(chosen, str) else ""
    return metric, "maximize" if maximize else ("minimize" if minimize else "")


def _seeds(seeds: int | Iterable[int]) -> tuple[int, ...]:
    if isinstance(seeds, bool) or not isinstance(seeds, int | Iterable):
        raise InvalidInput("seeds", seeds, "a number of seeds, or a list of them")
    listed = tuple(range(seeds)) if isinstance(seeds, int) else tuple(checked_seed(seed, "seeds") for seed in seeds)
    if not listed or len(set(listed)) < len(listed):
        raise InvalidInput("seeds", seeds, "at least one seed, each once")
    return listed


def _check_call(train: Training, arms: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that a function takes the seed and the arms' parameters.

    Raises:
        InvalidInput: it does not.
    """
    try:
        signature = inspect.signature(train)
    except ValueError:
        return  # written in C, without a signature to check
    for name, parameters in arms.items():
        try:
            signature.bind(seed=0, **parameters)
        except TypeError as error:
            expected = f"a function that is called as train(seed, **parameters): {error}"
            raise InvalidInput("train", name, expected) from error


def _new_folder(name: str) -> Path:
    for number in range(1, 100_000):
        folder = Path(FOLDER) / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            return folder
    raise InvalidInput("folder", FOLDER, "a folder with fewer studies of this name")


def _groups(data: Any, seed: str | None, value: str | None, arm: str | None) -> dict[str, Any]:
    """Return values by arm, from a mapping or a table's columns.

    Raises:
        InvalidInput: an unsupported kind of data, an unknown column, or a seed twice in an arm.
    """
    columns = _columns(data)
    if columns is None or (value is None and isinstance(data, Mapping)):
        if not isinstance(data, Mapping):
            raise InvalidInput("data", type(data).__name__, "a mapping of arms to numbers, or a data frame")
        for name, values in data.items():
            # A set drops equal values, and a text's characters may be digits.
            if isinstance(values, str | bytes | set | frozenset) or not isinstance(values, Iterable):
                raise InvalidInput(str(name), values, "a list of numbers, or a mapping from seed to number")
        return {str(name): values if isinstance(values, Mapping) else list(values) for name, values in data.items()}
    if value is None:
        raise InvalidInput("value", None, f"the column of the values: one of {', '.join(columns)}")
    for field, name in (("value", value), ("seed", seed), ("arm", arm)):
        if name is not None and name not in columns:
            raise InvalidInput(field, name, f"one of the columns {', '.join(columns)}")
    others = [arm] if arm is not None else [name for name in columns if name not in {seed, value}]
    groups: dict[str, Any] = {}
    for row, number in enumerate(columns[value]):
        label = ", ".join(f"{columns[name][row]}" for name in others)
        if seed is None:
            groups.setdefault(label, []).append(number)
            continue
        group = groups.setdefault(label, {})
        key = int(columns[seed][row])
        if key in group:
            raise InvalidInput("seed", key, f"each seed once in an arm; {label!r} has it twice")
        group[key] = number
    return groups


def _columns(data: Any) -> dict[str, list[Any]] | None:
    """Return a table's columns as lists, or None for other data.

    Tables are those of pandas, polars and pyarrow, and mappings of lists.
    """
    if hasattr(data, "to_pydict"):
        return {str(name): list(column) for name, column in data.to_pydict().items()}
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        return {str(name): list(data[name]) for name in data.columns}
    if isinstance(data, Mapping) and all(hasattr(column, "__len__") for column in data.values()):
        return {str(name): list(column) for name, column in data.items()}
    return None
