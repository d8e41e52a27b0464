"""Read the settings that lie beside the result files of runs.

Hydra, Lightning and many scripts number their runs, and write what a run was started with into its folder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seedspread.errors import InvalidInput
from seedspread.readers.formats.records import read_settings
from seedspread.readers.formats.table import Row, Series
from seedspread.readers.formats.vocabulary import is_seed

FILES: Final = (
    ".hydra/config.yaml",
    "hparams.yaml",
    "config.yaml",
    "config.yml",
    "config.json",
    "hparams.json",
    "args.json",
    "params.json",
)
"""Files of settings in a run's folder; the first that is there counts."""

_MOST_BYTES = 1_000_000
_MOST_RUNS = 10_000
# Folders and files that number runs, or say when they ran: nothing in such a path tells an arm.
_NUMBERED = re.compile(
    r"(?:[\d\W_]|version|runs?|exp|experiments?|trials?|jobs?|outputs?|multirun|results?|logs?|metrics)+", re.IGNORECASE
)


@dataclass(frozen=True)
class Beside:
    """Settings beside result files.

    Attributes:
        file: name of the files, as in `.hydra/config.yaml`.
        rows: of each result file's run, the settings that tell runs apart.
        without_results: the same of runs whose folder holds settings and no result.
    """

    file: str
    rows: list[Row]
    without_results: list[Row]


def settings_beside(files: Sequence[Path], labels: Sequence[str], top: Path | None = None) -> Beside | None:
    """Return the settings that tell runs apart.

    Return None where the paths themselves say which runs these are, or where a run has no settings.

    Args:
        labels: the file's path without what all have in common, one per file.
        top: the folder that was asked for; runs below it without a result are found too.
    """
    if len(files) < 2 or not all(_NUMBERED.fullmatch(label) for label in labels):
        return None
    beside = [pair for file in files if (pair := _settings_file(file)) is not None]
    if len(beside) < len(files) or len({name for _, name in beside}) != 1:
        return None
    file = beside[0][1]
    used = {path for path, _ in beside}
    others = [] if top is None else sorted(path for path in top.rglob(file) if path not in used)[:_MOST_RUNS]
    read = [_read(path) for path in (*(path for path, _ in beside), *others)]
    if not all(read):
        return None
    keys = list(dict.fromkeys(key for settings in read for key in settings))
    telling = [key for key in keys if is_seed(key) or len({repr(settings.get(key)) for settings in read}) > 1]
    rows: list[Row] = [{key: settings.get(key) for key in telling} for settings in read]
    # Runs of one seed that their settings do not tell apart differ in something that only the paths may say.
    if not telling or (any(map(is_seed, telling)) and len({repr(row) for row in rows}) < len(rows)):
        return None
    return Beside(file, rows[: len(files)], rows[len(files) :])


def _settings_file(file: Path) -> tuple[Path, str] | None:
    # Results may lie one folder below the run's own, as in run/metrics/val.csv.
    for folder in (file.parent, file.parent.parent):
        for name in FILES:
            if (folder / name).is_file():
                return folder / name, name
    return None


def _read(path: Path) -> Row:
    """Return the words, numbers and truth values in a file of settings.

    There are none if it holds something else.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        settings = read_settings(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError, InvalidInput):
        return {}
    return {key: value for key, value in settings.items() if not isinstance(value, Series)}
