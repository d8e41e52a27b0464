"""Receive studies into the database of this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedspread.context import Context
from seedspread.recording.parts import PackedSeries, RunPart
from seedspread.studies import ingest
from seedspread.views.imports import ImportedStudy, ReceivedParts, ReceivedStudy


class LocalReceiver:
    """Receiver of studies over a database, which needs no token."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def announce(self, external_id: str, study: ImportedStudy) -> ReceivedStudy:
        """Store a study's description."""
        return ingest.receive_study(self.ctx, external_id, study)

    def send_parts(self, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
        """Store parts of its runs."""
        return ingest.receive_parts(self.ctx, external_id, parts)

    def lacking_files(self, external_id: str, digests: Sequence[str]) -> list[str]:
        """Return those of the digests whose contents are not stored."""
        del external_id
        return ingest.lacking_files(self.ctx, digests)

    def send_file(self, external_id: str, sha256: str, content: bytes) -> None:
        """Store the content of a file."""
        del external_id
        ingest.receive_file(self.ctx, sha256, content)

    def is_stored(self, external_id: str) -> bool:
        """Return True if the study is stored."""
        return ingest.is_stored(self.ctx, external_id)

    def shown_looks(self, study_id: int) -> list[tuple[int, int]]:
        """Return seeds and planned seeds of verdicts shown since, and forget them."""
        looks = [item for item in list(self.ctx.shown) if item[0] == study_id]
        self.ctx.shown.difference_update(looks)
        return sorted((seeds, planned) for _, seeds, planned in looks)

    def send_live(self, external_id: str, record: Mapping[str, Any], series: Sequence[PackedSeries]) -> bool:
        """Store a run's progress; return False if it has ended here."""
        return ingest.receive_live(self.ctx, external_id, record, series)
