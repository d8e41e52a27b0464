"""Following a study until it has ended: runs done, rate, time left."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from seedspread.cli.output import duration
from seedspread.client import POLL_S, Client
from seedspread.core.states import OVER, TERMINAL, RunState, StudyState
from seedspread.usecases.views.studies import StudyDetail, StudyView


def follow(client: Client, study_id: int, console: Console, pause: Callable[[float], None]) -> StudyDetail:
    """Show the progress of a study until it has ended; the study as it then is.

    Args:
        console: where the bar is drawn; one that isn't a terminal gets a line now and then.
        pause: waits that many seconds (and may do something useful meanwhile).
    """
    study = client.study(study_id)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=console,
        disable=not console.is_terminal,
    )
    told = -1
    with bar:
        task = bar.add_task(study.name, total=study.runs, pace="")
        while True:
            _draw(bar, task, study)
            if not console.is_terminal:
                told = _tell(console, study, told)
            if study.state in OVER:
                return study
            pause(POLL_S)
            study = client.study(study_id)


def ended(study: StudyView) -> int:
    """How many runs have ended."""
    return sum(study.counts.get(state, 0) for state in TERMINAL)


def failed(study: StudyView) -> int:
    """How many runs failed."""
    return study.counts.get(RunState.FAILED, 0)


def pace(study: StudyDetail) -> str:
    """Rate, time left and failures in a few words."""
    words = []
    if study.rate_per_s:
        slow = study.rate_per_s < 1
        words.append(f"{study.rate_per_s * 60:.1f} runs/min" if slow else f"{study.rate_per_s:.1f} runs/s")
    if study.left_s is not None and study.state not in OVER:
        words.append(f"{duration(study.left_s)} left")
    if failed(study):
        words.append(f"{failed(study)} failed")
    return " · ".join(words)


def _draw(bar: Progress, task: TaskID, study: StudyDetail) -> None:
    words = pace(study) or ("waiting for a worker" if study.state is StudyState.QUEUED else "")
    bar.update(task, completed=ended(study), total=study.runs, pace=words)


def _tell(console: Console, study: StudyDetail, told: int) -> int:
    """A line at every tenth of the way; the last tenth told."""
    tenth = 10 * ended(study) // max(study.runs, 1)
    if tenth > told:
        console.print(f"{ended(study)} of {study.runs} runs  {pace(study)}".rstrip())
    return max(tenth, told)
