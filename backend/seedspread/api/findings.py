"""Findings: what the audit of a study has to say."""

from __future__ import annotations

from fastapi import APIRouter

from seedspread.analysis import audit
from seedspread.api.http.dependencies import Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.core.audit import ArmSeeding, Finding

router = APIRouter(tags=["studies"])


@router.get("/studies/{study_id}/findings", responses={**responses(404, 503)})
def list_findings(ctx: Ctx, study_id: StudyId) -> list[Finding]:
    """Audit a study: do its runs behave as their seeds say? Errors first, each with what to do about it."""
    return list(audit.audit(ctx, study_id))


@router.get("/studies/{study_id}/seeding", responses={**responses(404, 503)})
def read_seeding(ctx: Ctx, study_id: StudyId) -> list[ArmSeeding]:
    """What seeding does to each arm, in a sentence: how many of its runs are distinct, and how far they spread."""
    return list(audit.seeding(ctx, study_id))
