"""HTTP API and the page; no other package imports FastAPI."""

from seedspread.api.app import create_app

__all__ = ["create_app"]
