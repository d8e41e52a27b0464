"""Where the commands find the API."""

from __future__ import annotations

from seedspread.cli.options import settings
from seedspread.client import Client


def connect(api: str | None) -> Client:
    """A client of the API at `api`, by default where `up` on this machine listens."""
    if api:
        return Client(api)
    here = settings()
    host = "127.0.0.1" if here.host in ("0.0.0.0", "::") else here.host  # noqa: S104 - read, not bound
    return Client(f"http://[{host}]:{here.port}" if ":" in host else f"http://{host}:{here.port}")
