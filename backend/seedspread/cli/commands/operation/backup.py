"""`seedspread backup`, `restore` and `check`: keep what is kept."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.console import output
from seedspread.cli.console.options import DatabaseUrl, DataDir, Json, settings
from seedspread.errors import InvalidInput
from seedspread.recording.logger import FOLDER
from seedspread.upkeep import sentences
from seedspread.upkeep.backup import back_up
from seedspread.upkeep.backup import restore as restore_backup
from seedspread.upkeep.check import check as check_kept
from seedspread.upkeep.check import check_backup
from seedspread.upkeep.lines import Line, document, is_fine

RunFolders = Annotated[
    list[str] | None,
    typer.Option("--watch", help="Folder of studies to save too; repeatable. [default: seedspread-runs here]"),
]

BACKUP_EXAMPLES = """Examples:

- `seedspread backup monday.tar.gz` while the service runs
- `seedspread backup /mnt/backups/monday --watch results` makes a folder, with the studies of `results` in it
- `seedspread backup rows.tar --portable`, to move from SQLite to PostgreSQL
"""


def add_backup(app: typer.Typer) -> None:
    """Register the command."""
    app.command("backup", epilog=BACKUP_EXAMPLES)(backup)


def backup(
    target: Annotated[Path, typer.Argument(help="New file (.tar, .tar.gz, .tgz) or folder.")],
    portable: Annotated[
        bool, typer.Option("--portable", help="Save the database as rows, which restore on SQLite and PostgreSQL.")
    ] = False,
    watch: RunFolders = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Save database, uploads and run folders, while the service goes on.

    SQLite is copied by its online backup, PostgreSQL by pg_dump where one of the server's version is on PATH, else as
    rows. Data folders beside the data directory, logs, caches and checkpoints are not saved. The backup appears once it
    is complete; it holds the digests of tokens, so only its owner may read it.
    """
    app_settings = settings(data_dir=data_dir, database_url=database_url)
    manifest = back_up(app_settings, target, _run_folders(watch), as_rows=portable)
    if as_json:
        output.print_json(asdict(manifest))
        return
    size = sum(file.size_bytes for file in manifest.files)
    line = sentences.saved(len(manifest.files) - 1, size, manifest.database, target)
    output.tell([line], as_json=False)


def _run_folders(names: list[str] | None) -> list[Path]:
    """Return the folders of studies to save.

    Raises:
        InvalidInput: a folder of the command line does not exist.
    """
    if not names:
        return [folder for folder in [*settings().watched_folders] or [Path(FOLDER)] if folder.is_dir()]
    for name in names:
        if not Path(name).is_dir():
            raise InvalidInput("--watch", name, "a folder that exists")
    return [Path(name) for name in names]


RESTORE_EXAMPLES = """Examples:

- `seedspread restore monday.tar.gz --data-dir restored`, then `seedspread up --data-dir restored`
- `seedspread restore rows.tar --data-dir new --database-url postgresql+psycopg://user@host/seedspread`
"""


def add_restore(app: typer.Typer) -> None:
    """Register the command."""
    app.command("restore", epilog=RESTORE_EXAMPLES)(restore)


def restore(
    source: Annotated[Path, typer.Argument(help="A backup: the file or folder that `seedspread backup` made.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Restore a backup into an empty data directory and an empty database.

    Every digest is verified before anything is written. `up`, `serve` and `migrate` then upgrade an older schema; a
    newer one is refused. Run folders are restored below the data directory.
    """
    restored = restore_backup(settings(data_dir=data_dir, database_url=database_url), source)
    manifest = restored.manifest
    lines = [sentences.restored(len(manifest.files) - 1, manifest.created_at, restored.data_dir)]
    lines += [
        sentences.restored_run_folder(folder, before)
        for folder, before in zip(restored.run_folders, manifest.run_folders.values(), strict=True)
    ]
    output.tell(lines, as_json=False)


CHECK_EXAMPLES = """Examples:

- `seedspread check` examines the data directory
- `seedspread check monday.tar.gz` examines a backup
"""


def add_check(app: typer.Typer) -> None:
    """Register the command."""
    app.command("check", epilog=CHECK_EXAMPLES)(check)


def check(
    source: Annotated[Path | None, typer.Argument(help="A backup. [default: what the service keeps]")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> int:
    """Check that what is kept is whole: database, rows, stored files, schema.

    Exit code 0 if it is, 2 if something is to be mended. Nothing is changed, and the service may go on meanwhile.
    """
    if source is not None:
        return print_lines(check_backup(source), as_json=as_json)
    return print_lines(check_kept(settings(data_dir=data_dir, database_url=database_url)), as_json=as_json)


def print_lines(lines: list[Line], *, as_json: bool) -> int:
    """Print a check's lines; return the exit code, 0 or 2."""
    if as_json:
        output.print_json(document(lines))
    else:
        output.tell([line.text() for line in lines], as_json=False)
    return 0 if is_fine(lines) else 2
