"""`seedspread migrate`: bring a database's schema up to date."""

from __future__ import annotations

import typer

from seedspread.cli.console import output
from seedspread.cli.console.options import DatabaseUrl, DataDir, settings
from seedspread.storage.database import Database

MIGRATE_EXAMPLES = """\
Example: `seedspread migrate --database-url postgresql+psycopg://user@host/seedspread`"""


def add_migrate(app: typer.Typer) -> None:
    """Register the command."""
    app.command("migrate", epilog=MIGRATE_EXAMPLES)(migrate)


def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database's schema up to date; `up` and `serve` do it by themselves."""
    database = Database(settings(data_dir=data_dir, database_url=database_url).resolved_database_url)
    try:
        database.upgrade()
    finally:
        database.dispose()
    output.for_people().print("the schema is up to date")
