"""`seedspread worker`, `serve`, `migrate` and `token`: run the parts."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from seedspread import logs
from seedspread.access import tokens
from seedspread.access.roles import Role
from seedspread.access.sentences import MEANING
from seedspread.cli.console import output
from seedspread.cli.console.options import (
    TOKEN,
    BrokerUrl,
    DatabaseUrl,
    DataDir,
    DataRoots,
    Gpus,
    Host,
    Json,
    PerGpu,
    Port,
    Recipes,
    settings,
)
from seedspread.cli.text import sentences
from seedspread.context import Context
from seedspread.embedded import listening
from seedspread.errors import InvalidInput, Unavailable
from seedspread.settings import AppSettings, is_loopback
from seedspread.storage.database import Database

WORKER_EXAMPLES = """Examples:

- `seedspread worker` beside a running `seedspread up`
- `seedspread worker --gpus 0,1 --per-gpu 2 --broker-url redis://host/0 --database-url postgresql+psycopg://…`
"""


class Queue(StrEnum):
    """Queues that a worker can serve."""

    CPU = "cpu"
    GPU = "gpu"


def add_worker(app: typer.Typer) -> None:
    """Register the command."""
    app.command("worker", epilog=WORKER_EXAMPLES)(worker)


def worker(
    queue: Annotated[Queue, typer.Option("--queue", help="Which runs to take.")] = Queue.CPU,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", min=1, max=1024, help="Trainers. [default: one per core, or per GPU]")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    recipes: Recipes = None,
    gpus: Gpus = None,
    per_gpu: PerGpu = None,
) -> None:
    """Take runs from a queue and train them.

    Ctrl-C or SIGTERM returns the current runs to the queue; this or another worker trains them again.
    """
    app_settings = settings(
        data_dir=data_dir,
        database_url=database_url,
        broker_url=broker_url,
        recipes=recipes,
        gpus=gpus,
        per_gpu=per_gpu,
    )
    if gpus is not None:
        queue = Queue.GPU
    require_worker()
    require_modules(app_settings.recipe_modules)
    check_schema(app_settings)
    command = [sys.executable, "-P", "-m", "seedspread_worker", "--console", "--queue", queue.value]
    if concurrency is not None:
        command += ["--concurrency", str(concurrency)]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **app_settings.as_environment()})  # noqa: S606 - our own module


def require_worker() -> None:
    """Check that this installation can train.

    Raises:
        Unavailable: packages that a worker needs are not installed.
    """
    missing = [name for name in ("seedspread_worker", "psutil", "keras", "tensorflow") if not _is_there(name)]
    if missing:
        raise Unavailable(
            f"this installation has no {' and no '.join(missing)}",
            hint="pip install 'seedspread[worker,cpu]' (or 'seedspread[worker,cuda]' for a GPU)",
        )


def check_schema(app_settings: AppSettings) -> None:
    """Refuse a database of a newer version.

    An unavailable database is accepted: it may come back later.

    Raises:
        SchemaTooNew: a newer version of Seedspread has upgraded the database.
    """
    database = Database(app_settings.resolved_database_url)
    try:
        database.check_schema()
    except Unavailable:
        return
    finally:
        database.dispose()


def check_access(app_settings: AppSettings) -> None:
    """Refuse to serve a network while nobody could sign in.

    Raises:
        Conflict: the service requires a token, and there is none.
        InvalidInput: this machine has no such host address.
        Unavailable: the database that holds the tokens cannot be reached.
    """
    if app_settings.requires_token:
        # An address that this machine does not have is the first thing to mend.
        listening.bound(app_settings.host, 0).close()
        with local_context(app_settings) as ctx:
            tokens.require_somebody(ctx)


def announce_reach(console: Console, app_settings: AppSettings, port: int) -> None:
    """Print the address that the service listens on beyond loopback."""
    if not is_loopback(app_settings.host):
        console.print(sentences.reachable(app_settings.host, port))
    elif app_settings.requires_token:
        console.print(sentences.TOKENS_ONLY)


def require_modules(names: tuple[str, ...]) -> None:
    """Check that every module of recipes can be found.

    Raises:
        InvalidInput: naming the modules that cannot be found.
    """
    lost = [
        name for name in names if not (Path(name).is_file() if name.endswith((".py", ".toml")) else _is_there(name))
    ]
    if lost:
        expected = "modules that can be imported from here, .py files, or .toml files of commands"
        raise InvalidInput.all_of([InvalidInput("--recipes", name, expected) for name in lost])


def _is_there(name: str) -> bool:
    folder = str(Path.cwd())
    if folder not in sys.path:  # where the worker will look, too
        sys.path.append(folder)
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


SERVE_EXAMPLES = (
    """Example: `seedspread serve --host 0.0.0.0 --broker-url redis://broker/0 --database-url postgresql+psycopg://…`"""
)


def add_serve(app: typer.Typer) -> None:
    """Register the command."""
    app.command("serve", epilog=SERVE_EXAMPLES)(serve)


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    data_roots: DataRoots = None,
) -> None:
    """Answer the API and show the page, without workers."""
    app_settings = settings(
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=database_url,
        broker_url=broker_url,
        data_roots=data_roots or None,
    )
    check_schema(app_settings)
    check_access(app_settings)
    from seedspread.cli.console.serving import serve as answer  # only here: FastAPI is an extra

    logs.set_up(app_settings.log_level, file=app_settings.data_dir / "logs" / "api.log", console=True)
    with listening.bound(app_settings.host, app_settings.port) as listener:
        output.for_people().print(sentences.answers_at(listening.url(listener)), soft_wrap=True)
        announce_reach(output.for_people(), app_settings, listener.getsockname()[1])
        answer(app_settings, listener)


MIGRATE_EXAMPLES = """\
Example: `seedspread migrate --database-url postgresql+psycopg://user@host/seedspread`"""


def add_migrate(app: typer.Typer) -> None:
    """Register the command."""
    app.command("migrate", epilog=MIGRATE_EXAMPLES)(migrate)


def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Migrate the database schema.

    `up` and `serve` do this by themselves.
    """
    database = Database(settings(data_dir=data_dir, database_url=database_url).resolved_database_url)
    try:
        database.upgrade()
    finally:
        database.dispose()
    output.for_people().print(sentences.SCHEMA_CURRENT)


OPENAPI_EXAMPLES = """\
Example: `seedspread openapi frontend/openapi.json`"""


def add_openapi(app: typer.Typer) -> None:
    """Register the command."""
    app.command("openapi", epilog=OPENAPI_EXAMPLES)(openapi)


def openapi(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write it; none: print it.")] = None,
) -> None:
    """Write the API's description (OpenAPI 3.1, JSON)."""
    from seedspread.api import create_app  # only here and in `serve`: FastAPI is an extra

    document = orjson.dumps(create_app(AppSettings()).openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    if file is None:
        sys.stdout.write(document.decode() + "\n")
    else:
        file.write_bytes(document + b"\n")


class _Silent:
    """Broker of processes that train nothing."""

    def send(self, waiting: object) -> int:
        """Send nothing."""
        return 0

    def ping(self) -> None:
        """Need no connection."""

    def depth(self, queue: str) -> int:
        """Count no messages."""
        return 0


@contextmanager
def local_context(app_settings: AppSettings) -> Iterator[Context]:
    """Open the database of this machine, brought to the present schema."""
    database = Database(app_settings.resolved_database_url)
    database.upgrade()
    try:
        yield Context(database, _Silent(), app_settings)
    finally:
        database.dispose()


ACCESS_EXAMPLES = """Examples:

- `seedspread token create ada --role admin` prints a token to sign in with, once
- `seedspread token create laptop` prints one that only sends studies trained elsewhere
- `seedspread token revoke laptop` refuses it from now on
"""


def add_token(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Create, list and revoke tokens.", no_args_is_help=True, epilog=ACCESS_EXAMPLES)
    group.command("create")(token_create)
    group.command("list")(token_list)
    group.command("revoke")(token_revoke)
    app.add_typer(
        group,
        name="token",
        help="Create, list and revoke tokens, with which people sign in and programs send studies.",
        epilog=ACCESS_EXAMPLES,
    )


TokenName = Annotated[str, typer.Argument(help="What it is for, as in laptop.")]


TokenRole = Annotated[
    Role, typer.Option("--role", help="; ".join(f"{role.value}: {meaning}" for role, meaning in MEANING.items()) + ".")
]


def token_create(
    name: TokenName, role: TokenRole = Role.LOGGER, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Create a token and print it.

    The token is shown once and never stored; the database has its digest alone.
    """
    with local_context(settings(data_dir=data_dir, database_url=database_url)) as ctx:
        token = tokens.create_token(ctx, name, role)
    output.for_people().print(token, soft_wrap=True, markup=False)
    output.beside().print(sentences.token_shown_once(TOKEN), soft_wrap=True)


def token_list(data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """List tokens: names, roles, and when they were created, used and revoked."""
    with local_context(settings(data_dir=data_dir, database_url=database_url)) as ctx:
        listed = tokens.list_tokens(ctx)
    if as_json:
        output.print_json({"tokens": [token.model_dump(mode="json") for token in listed]})
        return
    for token in listed:
        state = f"revoked {_day(token.revoked_at)}" if token.revoked_at else f"last used {_day(token.used_at)}"
        output.tell([f"{token.name} ({token.role}): created {_day(token.created_at)}, {state}"], as_json=False)
    if not listed:
        output.tell([sentences.NO_TOKENS], as_json=False)


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else moment.isoformat(timespec="minutes", sep=" ")


def token_revoke(name: TokenName, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Revoke a token: from now on it is refused."""
    with local_context(settings(data_dir=data_dir, database_url=database_url)) as ctx:
        tokens.revoke_token(ctx, name)
    output.tell([f"token {name} is revoked"], as_json=False)
