"""HTTP API and the page.

No other package knows FastAPI.
"""

from seedspread.api.app import create_app

__all__ = ["create_app"]
