"""Where the commands find the API."""

from __future__ import annotations

from seedspread.cli.console.options import settings
from seedspread.client import Client
from seedspread.errors import InvalidInput


def connect(api: str | None) -> Client:
    """A client of the API at `api`, by default where `up` on this machine listens.

    Raises:
        InvalidInput: `api` is no address.
    """
    if api:
        if not api.startswith(("http://", "https://")):
            raise InvalidInput("--api", api, "an address such as http://127.0.0.1:8321")
        return Client(api)
    here = settings()
    host = "127.0.0.1" if here.host in ("0.0.0.0", "::") else here.host  # noqa: S104 - read, not bound
    return Client(f"http://[{host}]:{here.port}" if ":" in host else f"http://{host}:{here.port}")
