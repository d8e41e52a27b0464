"""Planning of seeds, adaptive plans, and the audit of a study."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from seedspread.analysis import audit
from seedspread.analysis.planning import SeedQuestion, plan_seeds
from seedspread.api.http.dependencies import MAX_ID, Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.core.audit import ArmSeeding, Finding
from seedspread.studies.adaptive import read_plan
from seedspread.views.adaptive import AdaptiveView
from seedspread.views.statistics import SeedPlanView

planning_router = APIRouter(tags=["statistics"], route_class=StrictRoute)

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SeedsWanted(BaseModel):
    """Difference to detect, and a spread: given, or that of a study."""

    model_config = ConfigDict(extra="forbid")

    difference: Positive | None = Field(
        None, description="the smallest difference that matters; null: the study's", examples=[0.005]
    )
    power: float = Field(0.8, ge=0.5, lt=1, description="chance of finding it where it is there")
    level: float = Field(0.95, ge=0.5, lt=1)
    std: Positive | None = Field(None, description="standard deviation between seeds", examples=[0.004])
    paired: bool | None = Field(None, description="whether arms share their seeds; null: as in the study, else not")
    study_id: int | None = Field(None, ge=1, le=MAX_ID, description="a study to take the spread from")
    a: str | int = Field(0, description="the study's arm, by name or position")
    b: str | int | None = Field(None, description="the other arm; null: the second one, where there is one")
    comparisons: int | None = Field(
        None, ge=1, le=100_000, description="comparisons to correct for; null: as many as the study has, else 1"
    )


@planning_router.post("/plan-seeds", responses={**responses(404, 422, 503)})
def plan(ctx: Ctx, wanted: SeedsWanted) -> SeedPlanView:
    """Plan how many seeds a difference needs.

    The plan also says what a number of seeds can detect. It starts from a difference that matters, never from the one
    observed.
    """
    return plan_seeds(SeedQuestion(**wanted.model_dump()), ctx)


@planning_router.get("/studies/{study_id}/plan", responses={**responses(404, 503)})
def read_adaptive_plan(ctx: Ctx, study_id: StudyId) -> AdaptiveView:
    """Return the plan of an adaptive study.

    The plan has the interim looks, the error rate that each spends, and the progress.
    """
    return read_plan(ctx, study_id)


audit_router = APIRouter(tags=["studies"])


@audit_router.get("/studies/{study_id}/findings", responses={**responses(404, 503)})
def list_findings(ctx: Ctx, study_id: StudyId) -> list[Finding]:
    """Audit a study for problems with its seeds.

    Each finding says what to do about it; errors come first.
    """
    return list(audit.audit(ctx, study_id))


@audit_router.get("/studies/{study_id}/seeding", responses={**responses(404, 503)})
def read_seeding(ctx: Ctx, study_id: StudyId) -> list[ArmSeeding]:
    """Describe the effect of seeding on each arm.

    Each arm has a sentence on its distinct runs and their spread.
    """
    return list(audit.seeding(ctx, study_id))
