"""Name the path below which the API answers."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "/api/v1"
