"""Check a study before and after its runs.

The checks are whether the script is repeatable, whether its seed takes effect, and what weakens the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from seedspread import summaries
from seedspread.errors import MISSING, InvalidInput
from seedspread.recording.names import TIMES, is_context, matching_name, part_of, same_name
from seedspread.recording.reader import Run, StudyFolder
from seedspread.recording.rereading import holds, printed_names, read_again
from seedspread.running import sentences
from seedspread.running.plan import RUNS_NOTEBOOK, Plan, Seeded

REPEAT = "repeat"
"""Kind of the run that trains the first seed a second time."""

FEWEST_ALIKE = 3  # two equal values may be chance on a small test set; three hardly are
_CLOCK_S = 0.02  # a file's time comes from a coarser clock than the run's
_SHOWN_NAMES = 5
_BOUNDS = (0.0, 1.0, 100.0)  # perfect or useless scores are equal for another reason than an ignored seed


@dataclass(frozen=True)
class Finding:
    """Problem or fact about a study: code, sentence and weight.

    The weight is "problem", "caution" or "note".
    """

    code: str
    message: str
    weight: str = "caution"


def metric_of(folder: StudyFolder) -> str:
    """Return the recorded name of the metric that decides.

    If none was named and there is one arm, it is the first: nothing is compared, and `judge` describes all.

    Raises:
        InvalidInput: no run reported it, or none was named, and there are several metrics and several arms.
    """
    names = folder.metrics()
    wanted = folder.study.metric
    if wanted:
        condition = summaries.first_step(wanted)
        name = matching_name(wanted if condition is None else condition.metric, names)
        if name is None:
            raise _unreported(folder, wanted, names)
        return name if condition is None else replace(condition, metric=name).name
    candidates = described_metrics(folder)
    if not candidates or (len(candidates) > 1 and len(_arms(folder)) > 1):
        listed = f"one of {', '.join(candidates[:12])}" if candidates else "a metric that the runs print"
        raise InvalidInput(
            "--maximize/--minimize", MISSING, listed, hint="name the metric that decides: --maximize NAME"
        )
    return candidates[0]


def _unreported(folder: StudyFolder, wanted: str, names: Sequence[str]) -> InvalidInput:
    """Return the error for a metric that no run reports."""
    expected = f"a metric the runs report: {', '.join(names[:12])}" if names else "a metric that the runs print"
    finished = [run for run in folder.runs if run.state == "finished"][:FEWEST_ALIKE]
    printed = [name for name in printed_names(finished, wanted) if name not in names][:_SHOWN_NAMES]
    hint = sentences.printed(printed) if printed else None
    if not names and not printed:
        hint = 'a script prints its metrics as "name: value", "name=value" or JSON lines'
    return InvalidInput("--maximize/--minimize", wanted, expected, hint=hint)


def require_reported(folder: StudyFolder, wanted: str) -> None:
    """Check a metric against what recorded runs report.

    Nothing is checked while no run has reported any metric.

    Raises:
        InvalidInput: runs report other metrics alone, and no log has it.
    """
    names, logged = folder.metrics(), summaries.logged(wanted)
    if not wanted or not names or matching_name(logged, names) is not None:
        return
    if not any(holds(run, logged) for run in folder.runs if run.state == "finished"):
        raise _unreported(folder, logged, names)


def read_logs_again(folder: StudyFolder, wanted: str) -> None:
    """Read finished runs' logs again if none reported the metric.

    Raises:
        Unavailable: the folder cannot be written.
    """
    logged = summaries.logged(wanted)
    if wanted and matching_name(logged, folder.metrics()) is None:
        for run in folder.runs:
            if run.state == "finished":
                read_again(run, logged)


def validation_name(folder: StudyFolder, metric: str) -> str | None:
    """Return the validation metric beside one of the training data.

    Keras reports `accuracy` and `val_accuracy`: the first is of the training data.
    """
    name = summaries.logged(metric)
    beside = f"val_{name}"
    return beside if not part_of(name) and beside in folder.metrics() else None


def require_validation(folder: StudyFolder, wanted: str) -> None:
    """Refuse a metric of the training data.

    Asked before the verdict: one by it would count as a look.

    Raises:
        InvalidInput: the metric's own name means the training data, as another stands beside it.
    """
    name = matching_name(summaries.logged(wanted), folder.metrics()) if wanted else None
    beside = None if name is None else validation_name(folder, name)
    if name is not None and beside is not None:
        hint = sentences.training_metric(name, beside)
        raise InvalidInput("--maximize/--minimize", name, sentences.chosen_metric(name, beside), hint=hint)


def described_metrics(folder: StudyFolder) -> list[str]:
    """Return the metrics of a study that names none.

    Times, seeds, process numbers and the like are left out.
    """
    return [name for name in folder.metrics() if not _apart(name)]


def unnamed_finding(folder: StudyFolder) -> Finding | None:
    """Return a finding if figures show one metric of several."""
    names = [] if folder.study.metric else described_metrics(folder)
    return Finding("metric_unnamed", sentences.first_of_metrics(names), "note") if len(names) > 1 else None


def _arms(folder: StudyFolder) -> set[str]:
    return {arm.name for arm in folder.study.arms} | {run.record.arm for run in folder.runs}


def repeat_finding(first: Run, again: Run, metric: str, *, seeded: Seeded = "command") -> Finding:
    """Compare two runs of one arm and seed."""
    seed = first.record.seed
    if "finished" not in {first.state} & {again.state}:
        return Finding("repeat_unknown", sentences.repeat_not_finished(seed), "note")
    metric = summaries.logged(metric)
    a, b = first.series().get(metric), again.series().get(metric)
    if a is None or b is None:
        return Finding("repeat_unknown", sentences.repeat_without_metric(seed, metric), "note")
    if _equal_series(a.values, b.values):
        others = [
            name
            for name, series in first.series().items()
            if name in again.series()
            and not _apart(name)
            and not _equal_series(series.values, again.series()[name].values)
        ]
        return Finding("repeats", sentences.repeats(seed, metric, others), "note")
    return Finding("not_repeatable", sentences.does_not_repeat(seed, a.last(), b.last(), seeded))


def seed_finding(runs: Sequence[Run], metric: str, *, seeded: Seeded) -> Finding | None:
    """Return a finding if all seeds of an arm agree.

    Pass finished runs that count.
    """
    series = [run.series().get(summaries.logged(metric)) for run in runs]
    values = [item for item in series if item is not None]
    if len(values) < 2 or any(not _same_but_times(runs[0], run) for run in runs[1:]):
        return None
    seeds = [run.record.seed for run in runs[:3]]
    at_bound = values[0].last() in _BOUNDS
    weight = "problem" if len(values) >= FEWEST_ALIKE and not at_bound else "caution"
    return Finding("seed_without_effect", sentences.seeds_without_effect(seeds, runs[0].record.arm, seeded), weight)


def alike_finding(folder: StudyFolder, arms: Sequence[str], metric: str, *, seeded: Seeded) -> Finding | None:
    """Return a finding if seeds change nothing in any arm."""
    finding = None
    for arm in arms:
        runs = [run for run in folder.counted() if run.record.arm == arm and run.state == "finished"]
        finding = seed_finding(runs, metric, seeded=seeded)
        if finding is None or finding.weight != "problem":
            return None
    return finding


def recorded_seeds_finding(folder: StudyFolder, seeds: Sequence[int]) -> Finding | None:
    """Return a finding if the study counts seeds beyond those requested.

    Recorded seeds stay in the verdict, since dropping them would choose seeds after their results were seen. `seeds`
    are those that this call requested.
    """
    recorded = {run.record.seed for run in folder.counted() if run.state == "finished"} - {None}
    extra = sorted(seed for seed in recorded if seed is not None and seed not in set(seeds))
    if not extra:
        return None
    return Finding("recorded_seeds", sentences.recorded_seeds(len(recorded), extra), "note")


def study_findings(folder: StudyFolder, plan: Plan, metric: str) -> list[Finding]:
    """Return the findings about a study that has ended."""
    findings = []
    for arm in plan.arms:
        runs = [run for run in folder.counted() if run.record.arm == arm.name and run.state == "finished"]
        finding = seed_finding(runs, metric, seeded=plan.seeded)
        if finding is not None:
            findings.append(finding)
    findings += arm_findings(folder, metric) + data_findings(folder) + code_findings(folder)
    findings += shared_file_findings(folder) + script_findings(folder)
    unnamed = unnamed_finding(folder)
    findings += [] if unnamed is None else [unnamed]
    if plan.seed_everything or plan.capture:
        ended = [run for run in folder.counted() if run.state in {"finished", "failed"}]
        if ended and not any(True for run in ended for _ in run.events("shim")):
            findings.append(Finding("no_shim", sentences.NO_SHIM, "problem"))
    if not plan.capture:
        findings.append(Finding("not_examined", sentences.NOT_EXAMINED, "note"))
    return findings


def failure_line(folder: StudyFolder) -> str:
    """Return the number of failed runs with their reasons, most frequent first.

    The result is empty if no run failed.
    """
    ended = [run for run in folder.counted() if run.state in {"finished", "failed"}]
    reasons = Counter(run.record.reason for run in ended if run.state == "failed")
    if not reasons:
        return ""
    return sentences.failures(len(ended), reasons)


def metric_finding(folder: StudyFolder, metric: str) -> Finding | None:
    """Return a finding if the metric has another name."""
    wanted = folder.study.metric
    if not wanted or same_name(summaries.logged(wanted), summaries.logged(metric)):
        return None
    return Finding("metric_name", sentences.other_metric(summaries.logged(wanted), summaries.logged(metric)))


def arm_findings(folder: StudyFolder, metric: str) -> list[Finding]:
    """Return findings about equal arms and runs without the metric."""
    renamed = metric_finding(folder, metric)
    findings = [] if renamed is None else [renamed]
    beside = validation_name(folder, metric)
    if beside is not None:
        message = sentences.training_metric(summaries.logged(metric), beside)
        findings.append(Finding("training_metric", message, "problem"))
    runs = [run for run in folder.counted() if run.state == "finished"]
    by_arm = {arm.name: {r.record.seed: r for r in runs if r.record.arm == arm.name} for arm in folder.study.arms}
    twins = _twins(folder)
    alike = set()
    for a, b in pairwise(by_arm):
        shared = [seed for seed in by_arm[a] if seed in by_arm[b]]
        if len(shared) >= 2 and all(_same_but_times(by_arm[a][seed], by_arm[b][seed]) for seed in shared):
            identical = ""
            if (a, b) in twins:
                alike.add((a, b))
                identical = _what_arms_set(folder)
            findings.append(Finding("arms_alike", sentences.arms_alike(a, b, identical), "problem"))
    for a, b in twins:
        if (a, b) not in alike:
            findings.append(Finding("same_configuration", sentences.same_configuration(a, b, _what_arms_set(folder))))
    for name, arm_runs in by_arm.items():
        without = [str(seed) for seed, run in arm_runs.items() if run.value(metric) is None]
        if without and len(without) < len(arm_runs):
            findings.append(Finding("metric_missing", sentences.metric_missing(name, metric, without)))
    logged = summaries.logged(metric)
    repeated = sum(run.series()[logged].repeated_steps for run in runs if logged in run.series())
    if repeated:
        findings.append(Finding("repeated_steps", sentences.repeated_steps(logged, repeated), "note"))
    torn = sum(run.torn for run in folder.runs)
    if torn:
        findings.append(Finding("torn_lines", sentences.torn_lines(torn)))
    return findings


def _twins(folder: StudyFolder) -> list[tuple[str, str]]:
    """Return pairs of arms with identical configurations, earlier arm first.

    Arms that a script's own logger reports may differ in ways that it does not report, so they are never paired.
    """
    if folder.study.source not in {"run", "function"}:
        return []
    arms = folder.study.arms
    setups = [(arm.arguments, arm.environment, arm.code, arm.parameters) for arm in arms]
    return [
        (arms[index - 1].name if setups[index - 1] == setup else arms[setups.index(setup)].name, arm.name)
        for index, (arm, setup) in enumerate(zip(arms, setups, strict=True))
        if setups.index(setup) < index
    ]


def _what_arms_set(folder: StudyFolder) -> str:
    command = folder.study.source == "run" and RUNS_NOTEBOOK not in folder.study.command
    return "arguments" if command else "parameters"


def data_findings(folder: StudyFolder) -> list[Finding]:
    """Return a finding for every data file that changed between runs."""
    digests: dict[str, set[str]] = {}
    for run in folder.counted():
        for event in run.events("file"):
            if event.get("role") == "data" and event.get("sha256"):
                digests.setdefault(str(event.get("path")), set()).add(str(event["sha256"]))
    return [
        Finding("data_changed", sentences.data_changed(path, len(states)))
        for path, states in digests.items()
        if len(states) > 1
    ][:5]


def code_findings(folder: StudyFolder) -> list[Finding]:
    """Return a finding for every arm whose runs had different code."""
    states: dict[str, set[tuple[str, str]]] = {}
    for run in folder.counted():
        git = run.record.git
        if run.state == "finished" and git.get("commit"):
            state = str(git["commit"]), str(git.get("patch_sha256", ""))
            states.setdefault(run.record.arm, set()).add(state)
    return [
        Finding("code_changed", sentences.mixed_code(arm, len(versions)))
        for arm, versions in states.items()
        if len(versions) > 1
    ]


def shared_file_findings(folder: StudyFolder) -> list[Finding]:
    """Return a finding if runs read files that other runs wrote.

    The shim records what a script opens and writes from Python. What a library writes by itself is known by its time: a
    file that changed while another run went on, and before the reader began, was not the reader's.
    """
    readers: dict[tuple[str, str, int | None], int] = {}
    wrote = {run.record.run_id: {str(event.get("path")) for event in run.events("wrote")} for run in folder.runs}
    for run in folder.counted():
        for event in run.events("opened"):
            path, changed = str(event.get("path", "")), event.get("mtime_ns")
            if not path or not isinstance(changed, int):
                continue
            for other in folder.runs:
                record = other.record
                during = record.started - _CLOCK_S <= changed / 1e9 <= (record.ended or float("inf"))
                before = changed / 1e9 < run.record.started or path in wrote[record.run_id]
                if other is not run and during and before:
                    key = (path, record.arm, record.seed)
                    readers[key] = readers.get(key, 0) + 1
                    break
    if not readers:
        return []
    (path, arm, seed), _ = next(iter(readers.items()))
    return [Finding("shared_file", sentences.shared_file(path, arm, seed, sum(readers.values())))]


def script_findings(folder: StudyFolder) -> list[Finding]:
    """Return the findings of scripts, logger and shim, each once."""
    noted: dict[str, Finding] = {}
    for run in folder.counted():
        for event in run.events("finding"):
            message = str(event.get("message", ""))
            noted.setdefault(message, Finding(str(event.get("code", "noted")), message))
    return list(noted.values())[:10]


def _apart(name: str) -> bool:
    """Return True for times, seeds, process numbers and the like."""
    return TIMES.search(name) is not None or is_context(name)


def _same_but_times(a: Run, b: Run) -> bool:
    ours = {name: series for name, series in a.series().items() if not _apart(name)}
    theirs = {name: series for name, series in b.series().items() if not _apart(name)}
    return (
        bool(ours)
        and ours.keys() == theirs.keys()
        and all(_equal_series(series.values, theirs[name].values) for name, series in ours.items())
    )


def _equal_series(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and all(x == y or (x != x and y != y) for x, y in zip(a, b, strict=True))
