"""Adaptive studies that are open, and their stored interim looks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from seedspread.core.states import AdaptiveState
from seedspread.storage.tables import StudyRow

NEW: dict[str, Any] = {"open": True}
"""What an adaptive study starts with; its looks come in with the first round."""

CANCELLED = "cancelled"
"""Stands in the document of a study that a person cancelled before its looks were done."""


def still_open(session: Session) -> list[int]:
    """Return the adaptive studies that need another interim look."""
    query = select(StudyRow.id).where(StudyRow.adaptive["open"].as_boolean()).order_by(StudyRow.id)
    return list(session.scalars(query))


def locked(session: Session, study_id: int) -> StudyRow | None:
    """Lock the study's row until the transaction ends.

    Return None if the study does not exist.
    """
    # Two processes that look at once would otherwise both spend the error of this look.
    return session.get(StudyRow, study_id, with_for_update=True)


def close(session: Session, study_id: int) -> None:
    """Take no more looks at a study; the looks taken stay."""
    row = locked(session, study_id)
    if row is not None and AdaptiveState.of(row.adaptive).open:
        row.adaptive = {**(row.adaptive or {}), "open": False, "next_at": None, CANCELLED: True}


def reopen(session: Session, study_id: int) -> None:
    """Reopen interim looks that `close` ended.

    Plans that ended with a decision stay closed.
    """
    row = locked(session, study_id)
    if row is not None and AdaptiveState.of(row.adaptive).cancelled:
        plan = {key: value for key, value in (row.adaptive or {}).items() if key != CANCELLED}
        row.adaptive = {**plan, "open": True}
