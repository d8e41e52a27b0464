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


def leftover_of_restore(path: Path) -> str:
    """Say what a killed restore left beside a database means."""
    return (
        f"a restore was killed ({path.name}); it places the database last, so everything is there unless another "
        "database was made here since"
    )


def delete_leftover(path: Path) -> str:
    """Say what to do about what a killed restore left."""
    return f"delete {path}; if studies or files are missing, restore into a new --data-dir"


def saved(files: int, size_bytes: int, kind: str, target: Path) -> str:
    """Say what a backup holds."""
    return f"saved {words.counted(files, 'file')} ({words.size(size_bytes)}) with the database ({kind}) to {target}"


def restored(files: int, made_at: str, data_dir: Path) -> str:
    """Say what was restored."""
    return f"restored {words.counted(files, 'file')} and the database as of {made_at} to {data_dir}"


def restored_run_folder(folder: Path, before: str) -> str:
    """Say where a run folder is now, and how to watch it."""
    return f"run folder {before} is at {folder}; `seedspread up --watch {folder}` shows it"


REPORT: Final = "report this with `seedspread doctor --json`"
UP_MAKES_IT: Final = "`seedspread up` makes it"
UP_MIGRATES: Final = "`up` and `serve` upgrade it, or `seedspread migrate`"
NO_BROKER: Final = "none is set, and no `seedspread up` runs here"
UP_STOPPED: Final = "the broker of an earlier `seedspread up` does not answer"
UP_STARTS_IT: Final = "`seedspread up` starts its own; or set SEEDSPREAD_BROKER_URL"
MEND_DISK: Final = "mount it writable, free space or quota, or name another --data-dir"
FREE_SPACE: Final = "free space, or move the data directory: `seedspread backup`, `seedspread restore`"
NO_OTHER_CLOCK: Final = "there is no other clock to compare with yet"
CLOCKS_AGREE: Final = "this machine, the database and the workers agree"
SET_CLOCKS: Final = "synchronise the clocks of all machines (NTP): leases end by them"
NO_RECIPES: Final = "none yet: a worker publishes them when it starts"
UP_OR_WORKER: Final = "start `seedspread up`, or `seedspread worker`"
MEND_RECIPE: Final = "mend the module; workers take it up at once"
UNREADABLE_GPUS: Final = "there is an NVIDIA driver, but its GPUs cannot be listed"
INSTALL_NVML: Final = "pip install nvidia-ml-py, to see what trainings use of them"
GPUS_WANTED: Final = "SEEDSPREAD_GPUS is set, and no NVIDIA driver is loaded"
INSTALL_DRIVER: Final = "install the driver, or unset SEEDSPREAD_GPUS"
NO_GPU: Final = "none; trainings use CPUs"
ANY_PORT: Final = "any free one"
OTHER_PORT: Final = "stop that program, or choose another port: --port"
NO_PROXY: Final = "no proxy is set"
EXEMPT_HOSTS: Final = "put services on other machines into NO_PROXY if the proxy cannot reach them"


def no_database(address: str) -> str:
    """Say that there is no database yet."""
    return f"there is none at {address} yet"


def answers(address: str) -> str:
    """Say that something answers."""
    return f"answers at {address}"


def not_writable(folder: Path, reason: str) -> str:
    """Say that nothing can be written to a folder."""
    return f"nothing can be written to {folder} ({reason})"


def free(free_bytes: int, total_bytes: int, folder: Path) -> str:
    """Say how much space is free."""
    return f"{words.size(free_bytes)} of {words.size(total_bytes)} free for {folder}"


def clock_differs(seconds: float) -> str:
    """Say by how much the database's clock differs from this one."""
    return f"the database's clock is {words.duration(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"


def worker_ahead(seconds: float) -> str:
    """Say that a worker's clock is ahead, or this one went back."""
    return f"a worker's last sign of life is {words.duration(seconds)} in the future"


def offered(names: Sequence[str]) -> str:
    """Say which recipes workers offer."""
    return f"{words.counted(len(names), 'recipe')}: {words.listing(names)}"


def published(count: int) -> str:
    """Say that no worker offers the recipes that are known."""
    return f"{words.counted(count, 'recipe')} published, but no worker offers any now"


def waits_in_vain(runs: int, queue: str) -> str:
    """Say that runs wait for a worker that is not there."""
    return f"{words.counted(runs, 'run')} wait{'s' if runs == 1 else ''} for a {queue} worker, and there is none"


def start_worker(queue: str) -> str:
    """Say which worker to start."""
    return f"start one: `seedspread worker --queue {queue}`"


def living(count: int) -> str:
    """Say how many workers are alive."""
    return f"{words.counted(count, 'worker')} alive" if count else "none is alive"


def port_free(host: str, port: int) -> str:
    """Say that a port is free."""
    return f"{port} of {host} is free"


def port_taken(host: str, port: int) -> str:
    """Say that another program has a port."""
    return f"another program answers on port {port} of {host}"


def service_answers(version: str, port: int, status: str) -> str:
    """Say that a service answers, and how it is."""
    return f"Seedspread {version} answers on port {port}: {status}"


def proxies(listed: Sequence[str]) -> str:
    """Say which proxies are set, and that this machine needs none."""
    return f"{', '.join(listed)}; requests to this machine go past it"
