"""`seedspread serve`: the API and the page alone; workers and broker run elsewhere."""

from __future__ import annotations

import typer

from seedspread import logs
from seedspread.cli.console import output
from seedspread.cli.console.options import BrokerUrl, DatabaseUrl, DataDir, Host, Port, settings
from seedspread.embedded import listening

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
) -> None:
    """Answer the API and show the page, without workers."""
    given = settings(host=host, port=port, data_dir=data_dir, database_url=database_url, broker_url=broker_url)
    from seedspread.cli.console.serving import serve as answer  # only here: FastAPI is an extra

    logs.set_up(given.log_level, file=given.data_dir / "logs" / "api.log", console=True)
    with listening.bound(given.host, given.port) as listener:
        output.for_people().print(f"Seedspread answers at {listening.url(listener)}", soft_wrap=True)
        answer(given, listener)
