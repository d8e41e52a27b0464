"""Lines of checks, with what to do about each problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seedspread import words

AS_SAVED: Final = "every file is as it was saved"
DUMP_UNREAD: Final = "its rows were not examined: restore it into an empty database, then check that"
NO_SCHEMA: Final = "there is no schema yet"
PAGES_SOUND: Final = "SQLite finds no damage"
PAGES_BY_SERVER: Final = "the server keeps its own files; pg_amcheck examines them"
ROWS_AGREE: Final = "no row contradicts another"
RESTORE_A_BACKUP: Final = "restore a backup: `seedspread restore`"
REPORT_ROWS: Final = "make a backup of this state, then restore an earlier one, or report this"
MIGRATE: Final = "upgrade it first: `seedspread migrate`"
UPLOAD_AGAIN: Final = "delete the file and upload it again"
RESTORE_AGAIN: Final = "repeat the restore; until then nothing here is complete"


def schema(revision: str, newest: str) -> str:
    """Say which schema the database has."""
    return f"{revision}, the newest" if revision == newest else f"{revision}, the newest is {newest}"


def examined_later(revision: str) -> str:
    """Say that rows of an older schema were not examined."""
    return f"not examined: their schema is {revision}"


def broken_rule(rule: str, rows: int, examples: Sequence[str]) -> str:
    """Say how many rows break a rule, and which."""
    more = ", …" if rows > len(examples) else ""
    return f"{words.counted(rows, 'row')} against the rule that {rule} ({'; '.join(examples)}{more})"


def uploads(files: int, size_bytes: int) -> str:
    """Say how many uploaded files have the digest they are stored by."""
    return f"{words.counted(files, 'file')} ({words.size(size_bytes)}), each with the digest it is stored by"


def changed_upload(path: Path) -> str:
    """Say that an uploaded file has other contents than its digest."""
    return f"{path} has other contents than it was stored with"


def interrupted_restore(path: Path) -> str:
    """Say that a restore was interrupted."""
    return f"a restore was interrupted ({path.name})"


def saved(files: int, size_bytes: int, kind: str, target: Path) -> str:
    """Say what a backup holds."""
    return f"saved {words.counted(files, 'file')} ({words.size(size_bytes)}) with the database ({kind}) to {target}"


def restored(files: int, made_at: str, data_dir: Path) -> str:
    """Say what was restored."""
    return f"restored {words.counted(files, 'file')} and the database as of {made_at} to {data_dir}"


def restored_run_folder(folder: Path, before: str) -> str:
    """Say where a run folder is now, and how to watch it."""
    return f"run folder {before} is at {folder}; `seedspread up --watch {folder}` shows it"
