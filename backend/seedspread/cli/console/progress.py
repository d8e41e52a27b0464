"""Follow a study until it has ended: runs done, rate, time left."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from seedspread import words
from seedspread.cli.text import sentences
from seedspread.client import Client, pause_s
from seedspread.core.states import OVER, TERMINAL, AdaptiveState, RunState, StudyState
from seedspread.views.adaptive import AdaptiveView
from seedspread.views.studies import StudyDetail, StudyView

DRAW_S = 1.0
"""Longest pause between two states of a bar that somebody looks at."""


def follow(client: Client, study_id: int, console: Console, pause: Callable[[float], None]) -> StudyDetail:
    """Show the progress of a study until it has ended; return it.

    Args:
        console: draws the bar; one that is not a terminal gets a line now and then.
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
    last_tenth, blocked = -1, None
    with bar:
        task = bar.add_task(study.name, total=study.runs, pace="")
        while True:
            _draw(bar, task, study)
            if not console.is_terminal:
                last_tenth = _tell(console, study, last_tenth)
            if study.state in OVER:
                return study
            if study.blocked != blocked and (blocked := study.blocked):
                console.print(sentences.waits(blocked), markup=False, soft_wrap=True)
            pause(min(pause_s(study), DRAW_S) if console.is_terminal else pause_s(study))
            study = client.study(study_id)


def ended(study: StudyView) -> int:
    """Count the runs that have ended."""
    return sum(study.counts.get(state, 0) for state in TERMINAL)


def failed(study: StudyView) -> int:
    """Count the runs that failed."""
    return study.counts.get(RunState.FAILED, 0)


def pace(study: StudyDetail) -> str:
    """Return rate and time left in a few words."""
    parts = [words.rate(study.rate_per_s)] if study.rate_per_s else []
    if study.left_s is not None and study.state not in OVER and _most(study) == study.runs:
        parts.append(f"{words.about(study.left_s)} left")
    return " · ".join(parts)


def looks(study: StudyDetail) -> str | None:
    """Describe an adaptive study's plan and progress.

    Return None for a study that is not adaptive.
    """
    plan_spec = study.spec.rule.adaptive
    if plan_spec is None:
        return None
    plan = AdaptiveView.of(study.adaptive)
    text = f"adaptive (batches of {plan_spec.batch} seeds, at most {plan_spec.max_seeds} per arm)"
    if not AdaptiveState.of(study.adaptive).open:
        return (
            f"{text}: {plan.sentence if plan and study.state is not StudyState.CANCELLED else sentences.NO_MORE_LOOKS}"
        )
    return f"{text}: {sentences.next_look(None if plan is None else plan.next_at)}"


def _draw(bar: Progress, task: TaskID, study: StudyDetail) -> None:
    text = _words(study) or ("waiting for a worker" if study.state is StudyState.QUEUED else "")
    bar.update(task, completed=ended(study), total=_most(study), pace=text)


def _words(study: StudyDetail) -> str:
    return " · ".join(part for part in (pace(study), f"{failed(study)} failed" if failed(study) else "") if part)


def _most(study: StudyDetail) -> int:
    """Return the largest number of runs that the study may have.

    An adaptive study that is open may queue more.
    """
    plan_spec = study.spec.rule.adaptive
    more = plan_spec is not None and AdaptiveState.of(study.adaptive).open
    return max(study.runs, plan_spec.max_seeds * len(study.arms)) if plan_spec is not None and more else study.runs


def _tell(console: Console, study: StudyDetail, last_tenth: int) -> int:
    """Print a line at every tenth; return the last tenth printed."""
    most = _most(study)
    tenth = 10 * ended(study) // max(most, 1)
    if tenth > last_tenth:
        up_to = "" if most == study.runs else "up to "
        console.print(f"{ended(study)} of {up_to}{most} runs  {_words(study)}".rstrip())
    return max(tenth, last_tenth)
