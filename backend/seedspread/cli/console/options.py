"""Options that several commands share, and the resulting settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedspread.errors import InvalidInput
from seedspread.recording.records import Centre

if TYPE_CHECKING:
    # Half of the time until `seedspread run` starts its first run, which needs neither.
    from seedspread.client import Client
    from seedspread.settings import AppSettings

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The one directory for everything that is kept. [default: ~/.seedspread]"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="SQLite or PostgreSQL, as a URL. [default: SQLite in the data dir]"),
]
BrokerUrl = Annotated[
    str | None, typer.Option("--broker-url", help="Redis or Valkey. [default: the embedded Valkey of `up`]")
]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one. [default: 8321]")]
Recipes = Annotated[
    list[str] | None,
    typer.Option(
        "--recipes", help="Further recipes: modules, .py files, or .toml files of commands; with commas, or repeated."
    ),
]
DataRoots = Annotated[
    list[str] | None,
    typer.Option("--data-root", help="Folder whose files studies may name, beside data/ of the data dir; repeatable."),
]
Watch = Annotated[
    list[str] | None,
    typer.Option(
        "--watch", help="Folder of studies to show while they are written; repeatable. [default: seedspread-runs here]"
    ),
]
Workers = Annotated[int | None, typer.Option("--workers", help="Trainers to run. [default: one per core]")]
Gpus = Annotated[
    str | None, typer.Option("--gpus", help="GPUs to train on, by number (0,1), or all: one trainer for each.")
]
PerGpu = Annotated[int | None, typer.Option("--per-gpu", min=1, max=64, help="Trainers that share a GPU. [default: 1]")]
Api = Annotated[
    str | None,
    typer.Option("--api", envvar="SEEDSPREAD_API", help="Where the API is. [default: http://127.0.0.1:8321]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]

Deciding = Annotated[
    Centre,
    typer.Option(
        "--centre",
        rich_help_panel="Decision rule",
        help="Of files and commands: the value that decides, chosen before the results.",
    ),
]

Until = Annotated[
    str | None, typer.Option("--until", help="'decided': stop when the answer is in; looks are paid for.")
]
AtMost = Annotated[
    int | None, typer.Option("--at-most", help="With --until: the most seeds per arm. [default: --seeds, or 40]")
]
Claims = Annotated[list[str] | None, typer.Option("--assert", help='Such as "wide >= base - 0.005".')]
SeedEverything = Annotated[
    bool, typer.Option("--seed-everything", help="Seed random, NumPy, TensorFlow, PyTorch and JAX in each run.")
]
Capture = Annotated[
    bool, typer.Option("--capture", help="Record calls to loggers such as wandb, and files that a run opens.")
]


def study_number(text: str | int) -> int:
    """Parse a study's number from the command line."""
    if isinstance(text, str) and not text.isdecimal():
        raise typer.BadParameter(f"{text!r} is not a study's number; `seedspread status` lists them")
    return int(text)


def settings(**overrides: Any) -> AppSettings:
    """Return the settings of the environment and the command line.

    The command line takes precedence.

    Raises:
        InvalidInput: an option or a `SEEDSPREAD_*` variable is invalid; `field` names it.
    """
    from pydantic import ValidationError

    from seedspread.core.validation import from_pydantic
    from seedspread.settings import AppSettings

    options = {name: value for name, value in overrides.items() if value is not None}
    for name in ("data_roots", "watch"):
        if isinstance(options.get(name), list):
            options[name] = os.pathsep.join(options[name])
    if isinstance(options.get("recipes"), list):
        options["recipes"] = ",".join(options["recipes"])
    try:
        return AppSettings(**options)
    except ValidationError as error:
        faults = from_pydantic(error).faults
        raise InvalidInput.all_of([_named(fault, fault.field in options) for fault in faults]) from None


def _named(fault: InvalidInput, is_option: bool) -> InvalidInput:
    name = f"--{fault.field.replace('_', '-')}" if is_option else f"SEEDSPREAD_{fault.field.upper()}"
    return InvalidInput(name, fault.value, fault.expected, hint=fault.hint)


TOKEN = "SEEDSPREAD_TOKEN"  # noqa: S105 - the name of the variable
TOKEN_FILE = "SEEDSPREAD_TOKEN_FILE"  # noqa: S105 - the same


def access_token(file: str | None = None) -> str | None:
    """Return the token for a service, None if there is none.

    It is read from a file or a variable, never from an option: a list of processes shows options.

    Raises:
        InvalidInput: the file cannot be read.
    """
    name = "--token-file" if file is not None else TOKEN_FILE
    file = file or os.environ.get(TOKEN_FILE)
    if not file:
        return os.environ.get(TOKEN, "").strip() or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(name, file, "a file that can be read") from None


def connect(api: str | None, *, token: str | None = None) -> Client:
    """Connect to the API at `api`; default: the address of `up` here.

    Without `token` the environment's is sent, if it has one.

    Raises:
        InvalidInput: `api` is no address, or the file with the token cannot be read.
    """
    from seedspread.client import Client

    token = token or access_token()
    if api:
        if not api.startswith(("http://", "https://")):
            raise InvalidInput("--api", api, "an address such as http://127.0.0.1:8321")
        return Client(api, token=token)
    local = settings()
    host = "127.0.0.1" if local.host in ("0.0.0.0", "::") else local.host  # noqa: S104 - read, not bound
    return Client(f"http://[{host}]:{local.port}" if ":" in host else f"http://{host}:{local.port}", token=token)
