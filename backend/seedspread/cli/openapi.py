"""`seedspread openapi`: the API's description, which the dashboard's client is typed against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from seedspread.settings import AppSettings

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
