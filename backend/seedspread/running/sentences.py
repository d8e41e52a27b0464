"""Sentences about studies of a user's own training, and their replays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seedspread import words
from seedspread.running.plan import Seeded
from seedspread.summaries import value_of

INTERRUPTED: Final = "Interrupted: the same command resumes the study."
NOT_STARTED: Final = "the program could not be started"
STOPPED_BY_ERROR: Final = "stopped: the study ended with an error"
STOPPED_WITHOUT_EFFECT: Final = (
    "Stopped: further seeds would give the same values. Use --keep-going to run them all the same."
)
NO_SHIM: Final = "The shim did not start in the script: is it Python, and run without -I, -E or -S?"
NOT_EXAMINED: Final = "Not examined: whether runs read what other runs wrote (--capture does)."
OVERLONG_LINE: Final = "A run printed a line of more than a million characters; its beginning was not read for metrics."
NOT_BEGUN: Final = ", which start with run() or the first result"

_KEEP_GOING: Final = "use --keep-going to run the rest all the same"
_NO_SEED: Final = "the command has no {seed}; the seed is only in SEEDSPREAD_SEED and PYTHONHASHSEED"
_PUT_SEED: Final = "Pass it to an option of the script with {seed}, or use --seed-everything."
_NOT_CONTROLLED: Final = "Seeds do not control all randomness, so arms are compared unpaired"
_WITHOUT_EFFECT: Final[dict[Seeded, str]] = {
    "command": "does the script use the seed that {seed} puts into its command?",
    "environment": f"{_NO_SEED}. {_PUT_SEED}",
    "everything": "--seed-everything seeds the known libraries; does the script set a fixed seed itself?",
    "notebook": "do the cells seed their generators from `seed`?",
    "function": "does the function use its argument `seed`?",
}
_NOT_REPEATED: Final[dict[Seeded, str]] = {
    "command": f"{_NOT_CONTROLLED}; --seed-everything may help.",
    "environment": f"{_NO_SEED[:1].upper()}{_NO_SEED[1:]}, so arms are compared unpaired. {_PUT_SEED}",
    "everything": f"{_NOT_CONTROLLED}.",
    "notebook": f"{_NOT_CONTROLLED}; seed every generator from `seed`.",
    "function": f"{_NOT_CONTROLLED}; seed every generator from the argument.",
}


def repeat_not_finished(seed: int | None) -> str:
    """Say that the check of repeatability had no two finished runs."""
    return f"Repeatability not checked: seed {seed} was run twice, and not both runs finished."


def repeat_without_metric(seed: int | None, metric: str) -> str:
    """Say that the check of repeatability had no metric to compare."""
    return f"Repeatability not checked: seed {seed} was run twice, and not both runs reported {metric}."


def repeats(seed: int | None, metric: str, others: Sequence[str]) -> str:
    """Say that a second run gave the same metric."""
    exceptions = f", but not {', '.join(others[:3])}" if others else ""
    return f"Repeats: seed {seed} twice gave the same {metric}{exceptions}."


def does_not_repeat(seed: int | None, first: float, again: float, seeded: Seeded) -> str:
    """Say that a second run gave another metric, with the cure."""
    values = (
        f"{words.exact(first)} and {words.exact(again)}" if first != again else "equal last values but different series"
    )
    return f"Does not repeat: seed {seed} twice gave {values}. {_NOT_REPEATED[seeded]}"


def seeds_without_effect(seeds: Sequence[int | None], arm: str, seeded: Seeded) -> str:
    """Say that seeds gave equal values, and ask for the likely cause."""
    return f"Seeds {', '.join(map(str, seeds))} of {arm} gave exactly the same values: {_WITHOUT_EFFECT[seeded]}"


def recorded_seeds(recorded: int, extra: Sequence[int]) -> str:
    """Say that the verdict counts seeds beyond those requested now."""
    total = words.counted(recorded, "recorded seed")
    beyond = f"{len(extra)} more than requested now ({words.stretches(extra)})"
    return f"The verdict uses all {total} of this folder, {beyond}; --folder starts a separate study."


def seeds_kept(seeds: Sequence[int]) -> str:
    """Say that a resumed study keeps the seeds it began with."""
    return f"The study goes on with the seeds it began with ({words.stretches(seeds)}); --folder starts a separate one."


def never_ran(arm: str, reason: str) -> str:
    """Say that no run of an arm finished, with its last error."""
    return f"No verdict: no run of arm {arm} finished: {reason or 'no reason was recorded'}"


def failures(ended: int, reasons: Counter[str]) -> str:
    """Return the number of failed runs with their reasons, most frequent first."""
    parts = [f"{reason} ({count})" if len(reasons) > 1 else reason for reason, count in reasons.most_common(3)]
    more = f"; and {len(reasons) - 3} other reasons" if len(reasons) > 3 else ""
    return f"{reasons.total()} of {words.counted(ended, 'run')} failed: {'; '.join(parts)}{more}"


def other_metric(wanted: str, metric: str) -> str:
    """Say that the metric that decides has another name than the requested."""
    return f"No metric is named {wanted}: {metric} decides, the only name that matches."


def training_metric(metric: str, beside: str) -> str:
    """Say that a metric is probably of the training data."""
    return (
        f"{beside} is reported beside {metric}, so {metric} is probably measured on the training data, as in Keras; "
        f"{beside} measures the validation data."
    )


def chosen_metric(metric: str, beside: str) -> str:
    """Return what to name instead of a training metric."""
    return f"{beside}, or {metric} with --keep-going if it is not measured on the training data"


def printed(names: Sequence[str]) -> str:
    """Say which names the output has before numbers."""
    return f"before numbers, the output has {words.listing(names)}"


def first_of_metrics(names: Sequence[str]) -> str:
    """Say that figures show the first of several metrics."""
    of = words.counted(len(names), "metric")
    return f"Figures show {names[0]}, the first of {of}; --maximize or --minimize names another."


def further_metrics(names: Sequence[str]) -> str:
    """Name metrics whose spread is not described."""
    return f"Not described: {words.listing(names)}."


def arms_alike(first: str, second: str, identical: str) -> str:
    """Say that two arms gave equal values.

    `identical` names the settings that they share, if they share all.
    """
    same = f"{first} and {second} gave exactly the same values under every seed"
    if identical:
        return f"{same}: both have identical {identical}, so there is nothing to compare."
    return f"{same}: does the script use the settings in which the arms differ?"


def same_configuration(first: str, second: str, identical: str) -> str:
    """Say that two arms have one configuration."""
    return f"{first} and {second} have identical {identical}: they can differ by chance alone."


def metric_missing(arm: str, metric: str, seeds: Sequence[str]) -> str:
    """Say which runs of an arm lack the metric that decides."""
    listed = ", ".join(seeds[:5]) + (" …" if len(seeds) > 5 else "")
    return f"{words.counted(len(seeds), 'run')} of {arm} never reported {metric} (seeds {listed})."


def repeated_steps(metric: str, times: int) -> str:
    """Say that values were reported again for their steps."""
    often = words.counted(times, "time")
    return f"{metric} was reported {often} at a step that already had a value; the last one counts."


def torn_lines(count: int) -> str:
    """Say that lines of metrics were cut off."""
    return f"{words.counted(count, 'line')} of metrics could not be read; the rest counts."


def arms_differ(path: Path) -> str:
    """Say where the difference between the arms' code and files is."""
    return f"Code and configuration of the arms differ as in {path}."


def data_changed(path: str, contents: int) -> str:
    """Say that a data file changed between runs."""
    return f"{path} changed between runs: it had {contents} different contents."


def mixed_code(arm: str, versions: int) -> str:
    """Say that runs of an arm had different code."""
    return f"Runs of {arm} had {versions} versions of the code: the verdict mixes them. --folder starts a new study."


def shared_file(path: str, arm: str, seed: int | None, reads: int) -> str:
    """Say that a run read what another wrote."""
    often = words.counted(reads, "run")
    return (
        f"{often} read files that other runs wrote, such as {path} of {arm}, seed {seed}: a cache is harmless, but "
        "runs that go on from another's checkpoint are not independent."
    )


def killed(signal: str, *, for_memory: bool) -> str:
    """Say which signal ended a process."""
    return f"killed by {signal}{', perhaps out of memory' if for_memory else ''}"


def processes_stopped(names: Sequence[str]) -> str:
    """Say which processes a run left behind."""
    return f"Stopped processes that a run left running in a session of their own: {words.listing(names, 3)}."


def leftovers_stopped(names: Sequence[str]) -> str:
    """Name processes that outlived a runner that was killed."""
    return f"Stopped processes that an earlier call left running when it was killed: {words.listing(names, 3)}."


def processes_left(names: Sequence[str]) -> str:
    """Say which processes outlived their run, and could not be ended."""
    return f"Could not stop processes that a run left running, such as another user's: {words.listing(names, 3)}."


def timed_out(limit_s: float) -> str:
    """Say that a run exceeded its time limit."""
    return f"timed out after {words.duration(limit_s)}"


def secrets_redacted(lines: int) -> str:
    """Say that lines of a patch were not recorded."""
    if lines == 1:
        return "1 line of the patch looks like a secret and is not recorded."
    return f"{lines} lines of the patch look like secrets and are not recorded."


def all_failed(runs: int, arm: str = "") -> str:
    """Say that all of the first runs failed."""
    return f"All of the first {runs} runs{f' of {arm}' if arm else ''} failed; {_KEEP_GOING}."


def none_reported(runs: int, metric: str) -> str:
    """Say that no run reported the metric that decides."""
    return f"None of the first {runs} runs reported {words.name(metric)}; {_KEEP_GOING}."


def nothing_to_compare(message: str) -> str:
    """Say that a study stopped as at most one arm still runs."""
    return f"Stopped: fewer than two arms are left to compare. {message}"


def percent_as_shares(names: Sequence[str]) -> str:
    """Say which metrics were printed in percent."""
    return f"Printed in percent and recorded as shares: {', '.join(names[:3])}."


def no_finite_value(metric: str) -> str:
    """Say that no run has a finite value of the metric."""
    return f"No verdict: no run has a finite value of {metric}."


def arms_caption(summary: str, metric: str) -> str:
    """Return the caption of a report's table of arms."""
    return f"Arms: {value_of(summary, metric)} of each run. SD: standard deviation over seeds."


def methods(seeds: str, summary: str, metric: str) -> str:
    """Return the methods of a report on recorded runs."""
    return f"{seeds} per arm; the value analysed is the {value_of(summary, metric)} of each run."


def code_unchanged(folder: Path, commit: str, files: Sequence[str]) -> str:
    """Say where a replay's code is, and how that was checked."""
    checked = f"commit {commit[:12]}" if commit else f"only the files of the command ({', '.join(files)})"
    return f"Code: unchanged in {folder}, checked by {checked}."


def code_changed(folder: Path) -> str:
    """Say that a replay runs other code than its original."""
    return f"Code: current version in {folder}, not the recorded one."


def code_checked_out(commit: str, *, patched: bool) -> str:
    """Say which revision a replay runs."""
    return f"Code: commit {commit[:12]}{' with its patch' if patched else ''}, checked out for the replay."


def replay_scope(compared: str, data_files: int, times: Sequence[str]) -> str:
    """Say what a replay compared, and what it could not."""
    lacking = ["weights", "files that the script writes"]
    lacking += [] if data_files else ["data files (--capture records them)"]
    lacking += [f"{', '.join(times)} (times differ from run to run)"] if times else []
    files = f", {words.counted(data_files, 'data file')}" if data_files else ""
    return f"Compared: {compared or 'nothing'}{files}. Not compared: {'; '.join(lacking)}."


def changed_since(changed: Sequence[str]) -> str:
    """Say which packages have another version than the reference's."""
    return f"Changed since the reference: {', '.join(changed)}."
