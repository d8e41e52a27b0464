"""The HTTP API and the page: the only part that knows FastAPI."""

from seedspread.api.app import create_app

__all__ = ["create_app"]
