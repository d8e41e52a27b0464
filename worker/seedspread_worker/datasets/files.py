"""Data of a parameter: a bundled data set, or a user's file.

A file is read once per process and content.
"""

from __future__ import annotations

from functools import lru_cache

from seedspread.datafiles import LabelledText, digest, read_table, read_text
from seedspread_worker.author.run import Run
from seedspread_worker.datasets.bundled import TABLES, Labelled
from seedspread_worker.datasets.imdb import imdb


def table(run: Run, parameter: str, *, target: str = "") -> Labelled:
    """Load rows and classes of the table that `parameter` names.

    Raises:
        InvalidInput: the value is neither a built-in table nor a readable file; see `datafiles.read_table`.
    """
    value = getattr(run.parameters, parameter)
    if value in TABLES:
        return TABLES[value]()
    path = str(run.data_path(parameter) or value)
    return _table(path, digest(path, field=f"parameters.{parameter}").sha256, target, f"parameters.{parameter}")


def text(run: Run, parameter: str) -> LabelledText:
    """Load texts and classes that `parameter` names.

    Raises:
        InvalidInput: the value is neither `imdb` (cached or downloadable) nor a readable file; see
            `datafiles.read_text`.
    """
    value = getattr(run.parameters, parameter)
    if value == "imdb":
        return imdb(f"parameters.{parameter}")
    path = str(run.data_path(parameter) or value)
    return _text(path, digest(path, field=f"parameters.{parameter}").sha256, f"parameters.{parameter}")


@lru_cache(maxsize=4)
def _table(path: str, _sha256: str, target: str, field: str) -> Labelled:
    loaded = read_table(path, target=target, field=field)
    loaded.x.flags.writeable = loaded.y.flags.writeable = False
    return loaded.x, loaded.y


@lru_cache(maxsize=4)
def _text(path: str, _sha256: str, field: str) -> LabelledText:
    return read_text(path, field=field)
