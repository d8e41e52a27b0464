"""`seedspread doctor`: examine what a service needs on this machine."""

from __future__ import annotations

import typer

from seedspread.cli.commands.operation.backup import print_lines
from seedspread.cli.console.options import BrokerUrl, DatabaseUrl, DataDir, Host, Json, Port, settings
from seedspread.upkeep.doctor import examine

DOCTOR_EXAMPLES = """Examples:

- `seedspread doctor`
- `seedspread doctor --json`, for monitoring: exit code 2 if something is to be mended
"""


def add_doctor(app: typer.Typer) -> None:
    """Register the command."""
    app.command("doctor", epilog=DOCTOR_EXAMPLES)(doctor)


def doctor(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    as_json: Json = False,
) -> int:
    """Examine what a service needs, one line each, with what to do.

    Database, schema, broker, disk, clock, recipes, workers, GPUs, port and proxies. Nothing is changed. Exit code 0 if
    nothing is to be mended, 2 otherwise; a note (what is not there yet) is no problem.
    """
    app_settings = settings(host=host, port=port, data_dir=data_dir, database_url=database_url, broker_url=broker_url)
    return print_lines(examine(app_settings), as_json=as_json)
