"""Sentences of the logger and of the reader of run folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

LOGGED_AFTER_END = "run.log was called after the run had ended; the values are not recorded"


LOOK_COUNTS = "This verdict counts as a look: the one after the remaining seeds pays for it with a wider interval."


def look_not_recorded(folder: Path) -> str:
    """Return that a verdict was shown which later ones cannot pay for."""
    return (
        f"{folder} cannot be written, so this look is not recorded. Add no seeds because of it: the next verdict would "
        "not account for it."
    )


def more_seeds(folder: Path, recorded: int, requested: int) -> str:
    """Return that a folder has seeds beside the requested ones."""
    return (
        f"{folder} holds {recorded} seeds beside the {requested} of this line: the verdict uses all of them. "
        "Another --folder starts afresh."
    )


def recorded(runs: int, folder: Path, command: str) -> str:
    """Return where runs were recorded, and the command that compares them."""
    return f"recorded {'1 run' if runs == 1 else f'{runs} runs'} in {folder}; `{command}` compares the arms there"


def other_than_assigned(field: str, script: object, assigned: object) -> str:
    """Return that a script names another arm or seed than the run's."""
    return f"The script says {field} {script!r}; the run was started for {field} {assigned!r}, which counts."


def other_study(folder: Path, study_id: str) -> str:
    """Return that a run folder is ignored, as it is another study's."""
    return f"{folder} belongs to another study, {study_id}: ignored"


def no_file(pattern: str) -> str:
    """Return that a run wrote no file of that pattern."""
    return f"wrote no {pattern}"


def older_file(pattern: str) -> str:
    """Return that the files of a pattern were there before the run."""
    return f"did not write {pattern}; the existing file is older than the run"


def metric_in_files(metric: str, files: Sequence[str]) -> str:
    """Return that files disagree on a metric, and which counts."""
    first, *others = files
    named = " and ".join(f"{other}/{metric}" for other in others[:3])
    return f"wrote {metric} to several files with different values: that of {first} counts, beside {named}"


def unreadable_file(name: str, error: Exception) -> str:
    """Return that a file of results cannot be read."""
    return f"wrote {name}, which cannot be read: {error}"
