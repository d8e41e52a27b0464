"""Write the OpenAPI document that the page's client is typed by.

Run `python -m seedspread.api.openapi > frontend/openapi.json`.
"""

from __future__ import annotations

import sys

import orjson

from seedspread.api.app import create_app
from seedspread.settings import AppSettings


def document() -> bytes:
    """Return the OpenAPI document.

    Equal code gives equal bytes.
    """
    described = create_app(AppSettings()).openapi()
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
