"""Read the settings that lie beside the result files of runs.

Hydra, Lightning and many scripts number their runs, and write what a run was started with into its folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seedspread.errors import InvalidInput
from seedspread.readers.formats.records import read_settings
from seedspread.readers.formats.table import Cell, Row, Series
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

    Return None where the paths themselves say which runs these are, or where most runs have no settings.

    Args:
        labels: the file's path without what all have in common, one per file.
        top: the folder that was asked for; runs below it without a result are found too.

    Raises:
        InvalidInput: most runs have settings and one has none, or settings that cannot be read.
    """
    if len(files) < 2 or not all(_NUMBERED.fullmatch(label) for label in labels):
        return None
    files_below = Counter(folder for file in files for folder in file.parents)
    beside = [_settings_file(file, files_below) for file in files]
    own = [pair for pair in beside if pair is not None]
    if len(own) * 2 < len(files):
        return None
    name = own[0][1]
    for file, pair in zip(files, beside, strict=True):
        if pair is None or pair[1] != name:
            expected = f"{name} beside it, as {len(own)} of {len(files)} files have"
            raise InvalidInput("FILE", str(file), expected, hint="Name the files to read, or take this one away.")
    used = {path for path, _ in own}
    below = [] if top is None else sorted(path for path in top.rglob(name) if path not in used)
    others = [path for path in below if not files_below[_run_folder(path, name)]][:_MOST_RUNS]
    read = [_read(path) for path in (*(path for path, _ in own), *others)]
    keys = list(dict.fromkeys(key for settings in read for key in settings))
    telling = [key for key in keys if is_seed(key) or len({repr(settings.get(key)) for settings in read}) > 1]
    if not telling:
        return None
    rows: list[Row] = [{key: settings.get(key) for key in telling} for settings in read]
    return Beside(name, rows[: len(files)], rows[len(files) :])


def _settings_file(file: Path, files_below: Counter[Path]) -> tuple[Path, str] | None:
    # Results may lie one folder below the run's own, as in run/metrics/val.csv; settings above several runs are not
    # those of one.
    for folder in (file.parent, file.parent.parent):
        for name in FILES:
            if files_below[folder] == 1 and (folder / name).is_file():
                return folder / name, name
    return None


def _run_folder(path: Path, name: str) -> Path:
    return path.parents[len(Path(name).parts) - 1]


def _read(path: Path) -> Row:
    """Return the settings in a file; lists become text.

    Raises:
        InvalidInput: the file cannot be read as settings.
    """
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else None
    except OSError as error:
        raise InvalidInput("FILE", str(path), f"settings that can be read ({error.strerror})") from None
    if raw is None:
        raise InvalidInput("FILE", str(path), f"settings of at most {_MOST_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    settings = read_settings(text, str(path))
    return {key: _plain(value) for key, value in settings.items()}


def _plain(value: Cell) -> Cell:
    return str(list(value.values)) if isinstance(value, Series) else value
