"""`python -m seedspread.api.openapi > frontend/openapi.json`: the description that the page's client is typed by."""

from __future__ import annotations

import sys

import orjson

from seedspread.api.app import create_app
from seedspread.settings import AppSettings


def document() -> bytes:
    """The OpenAPI document of the API, the same bytes for the same code."""
    described = create_app(AppSettings()).openapi()
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
