"""Texts that the service answers with, beside its errors."""

from __future__ import annotations

from typing import Final

from seedspread.api_prefix import PREFIX

DASHBOARD_NOT_BUILT: Final = (
    f"The dashboard is not built here. The API under {PREFIX} works without it; {PREFIX}/openapi.json describes it.\n"
    "Build the dashboard with `python frontend/build_page.py` in a checkout, or install a released wheel.\n"
)


def cells_title(run_id: int) -> str:
    """Return the title of a notebook that repeats a run."""
    return f"Cells of run {run_id}, in the order in which they ran."


def events_fail(part: str, kind: str) -> str:
    """Return that event streams fail.

    It leaves out what the error says: health is answered to all.
    """
    return f"Event streams fail at {part} ({kind}); the service goes on trying. Its log has the traceback."
