"""Studies: submitted, listed, summarised, read, changed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from seedspread.analysis.rules import note_shown
from seedspread.api.http.access import Author
from seedspread.api.http.dependencies import MAX_ID, Ctx, Order, PageNumber, PerPage, StudyId, part
from seedspread.api.http.errors import responses
from seedspread.api.http.json import tagged
from seedspread.api.http.specs import SpecRoute
from seedspread.api_prefix import PREFIX
from seedspread.cache import Encoded, Rounds
from seedspread.core.study import MAX_RUNS, Name, Project, StudySpec, SummaryValue, Tag
from seedspread.errors import InvalidInput
from seedspread.observe import studies as observe
from seedspread.observe import summary
from seedspread.studies import change, submit
from seedspread.views.numbers import Page
from seedspread.views.runs import Distribution
from seedspread.views.studies import (
    Changed,
    ChangedStudies,
    Checked,
    Code,
    Extended,
    ProjectView,
    StudyDetail,
    StudyView,
    Submitted,
)
from seedspread.views.study_summary import StudySummaries

router = APIRouter(prefix="/studies", tags=["studies"], route_class=SpecRoute)

EXAMPLES: dict[str, Any] = {
    "two arms": {
        "summary": "Two widths under the same 20 seeds",
        "value": {
            "name": "does width matter?",
            "recipe": "digits-mlp",
            "arms": [{"name": "base"}, {"name": "wide", "parameters": {"hidden": 64}}],
            "seeds": 20,
            "metric": "val_accuracy",
            "smallest_difference": 0.005,
        },
    },
    "sources": {
        "summary": "Where the spread comes from: each source varied alone",
        "value": {"name": "where from?", "recipe": "digits-mlp", "preset": "sources", "seeds": {"count": 10}},
    },
    "policies": {
        "summary": "One split for all, nothing else seeded",
        "value": {
            "name": "only the split is fixed",
            "recipe": "digits-mlp",
            "arms": [{"name": "base", "policies": {"split": "fixed", "init": "free"}}],
            "seeds": [1, 2, 3, 5, 8],
        },
    },
}

Spec = Annotated[StudySpec, Body(openapi_examples=EXAMPLES)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


# More than this PostgreSQL does not take in one statement with room to spare; null names all runs of a study.
RunIds = Annotated[list[Annotated[int, Field(ge=1, le=MAX_ID)]], Field(max_length=30_000)]


class Runs(_Request):
    """Some runs of a study; null for all of them."""

    runs: RunIds | None = Field(None, description="ids of runs; null for all")


class Exclusion(_Request):
    """Runs to leave out of statistics, and why."""

    runs: RunIds
    reason: str = Field(max_length=change.MAX_REASON, examples=["the machine ran out of memory"])


class Inclusion(_Request):
    """Runs to count again."""

    runs: RunIds


class More(_Request):
    """Number of seeds to add."""

    count: int = Field(ge=1, le=MAX_RUNS, strict=True, description="new seeds for every arm", examples=[10])
    code: Code | None = Field(
        None,
        description="needed where the recipe changed since: `current` adds arms of the same parameters with today's "
        "code, `recorded` queues runs of the code that the study has, which wait for a worker that has it",
    )


class Edit(_Request):
    """Changes of a study's description.

    Omitted fields keep their values.
    """

    name: Name | None = None
    project: Project | None = Field(None, description="empty: none")
    tags: list[Tag] | None = Field(None, max_length=change.MOST_TAGS)
    notes: str | None = Field(None, max_length=20_000)
    pinned: bool | None = None
    archived: bool | None = None


class Several(_Request):
    """Studies by their ids."""

    studies: list[Annotated[int, Field(ge=1, le=MAX_ID)]] = Field(min_length=1, max_length=1000, examples=[[1, 2]])


class EditSeveral(Several):
    """Changes of several studies.

    Fields that are left out stay as they are.
    """

    project: Project | None = Field(None, description="empty: none")
    add_tags: list[Tag] = Field(default_factory=list, max_length=change.MOST_TAGS)
    remove_tags: list[Tag] = Field(default_factory=list, max_length=change.MOST_TAGS)
    pinned: bool | None = None
    archived: bool | None = None


class Tagging(_Request):
    """Tags that runs get, and tags that they lose."""

    runs: RunIds
    add: list[Tag] = Field(default_factory=list, max_length=change.MOST_TAGS)
    remove: list[Tag] = Field(default_factory=list, max_length=change.MOST_TAGS)


@router.post("", status_code=201, responses={**responses(409, 413, 422, 503)})
def submit_study(
    ctx: Ctx,
    spec: Spec,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A text of your own. Whoever repeats a submission under the same key gets the study that the "
            "first one made (200 instead of 201), so that a submission can be repeated after a broken connection."
        ),
    ] = None,
    by: Author = None,
) -> Submitted:
    """Submit a study.

    Its runs (arms × seeds) are stored in one transaction and sent to the workers. Give `arms`, or a `preset`: `seeds`
    (every source varies), `rounds` (nothing seeded, then the split, then everything), `sources` (each source varies
    alone), `factorial` (sources crossed) or `a/a` (the same arm twice).
    """
    submitted = submit.submit(ctx, spec, idempotency_key, by)
    response.status_code = 201 if submitted.created else 200
    response.headers["Location"] = f"{PREFIX}/studies/{submitted.study_id}"
    return submitted


@router.post("/check", responses={**responses(413, 422, 503)})
def check_study(ctx: Ctx, spec: Spec) -> Checked:
    """Check a specification and say what it would become; nothing is stored."""
    return submit.check(ctx, spec)


@router.get("", response_model=Page[StudyView], responses={**responses(422, 503)})
async def list_studies(
    ctx: Ctx,
    request: Request,
    query: Annotated[
        str,
        Query(
            description="A search: words of the name, notes and tags, `recipe:`, `project:`, `tag:`, `name:`, `id:`, "
            "`is:` (queued, running, finished, cancelled, failed, diverged, excluded, pinned, archived; archived "
            "studies are left out unless named), and comparisons: `metric<0.9` (the "
            "mean of the deciding metric), `val_loss<0.3`, `runs>=40`. A minus before a term turns it around.",
            examples=["recipe:digits-mlp tag:paper metric<0.9 is:running"],
        ),
    ] = "",
    recipe: Annotated[str | None, Query(max_length=100, description="only studies of this recipe")] = None,
    tag: Annotated[str | None, Query(max_length=60, description="only studies with this tag")] = None,
    state: Annotated[
        Literal["queued", "running", "finished", "cancelled"] | None, Query(description="only studies in this state")
    ] = None,
    sort: Annotated[
        str, Query(max_length=210, description="created_at, name, recipe, id, runs, metric, or metric:NAME")
    ] = "created_at",
    order: Order = "desc",
    page: PageNumber = 1,
    per_page: PerPage = 50,
) -> Response:
    """List studies: searched, sorted, by the page.

    The response carries an ETag that changes with the list.
    """
    text = f"{query} is:{state}" if state else query
    where = part(sort, order, page, per_page)
    rounds: Rounds = request.app.state.rounds
    answer = await rounds.get(
        ("studies", text, where, recipe, tag),
        lambda: observe.encoded_list(ctx, text, where, recipe=recipe, tag=tag),
    )
    return tagged(request, answer.content, answer.tag)


@router.post("/edit", responses={**responses(404, 422, 503)})
def edit_studies(ctx: Ctx, edit: EditSeveral) -> ChangedStudies:
    """Change several studies at once: all of them or none."""
    fields = edit.model_dump(exclude={"studies"})
    return ChangedStudies(studies=change.edit_several(ctx, edit.studies, **fields))


@router.post("/delete", responses={**responses(404, 422, 503)})
def delete_studies(ctx: Ctx, several: Several) -> ChangedStudies:
    """Delete several studies with all their runs: all of them or none."""
    return ChangedStudies(studies=change.delete_several(ctx, several.studies))


@router.get("/{study_id}", responses={**responses(404, 503)})
def read_study(ctx: Ctx, study_id: StudyId) -> StudyDetail:
    """Return one study with its specification, arms and progress."""
    return observe.study(ctx, study_id)


@router.patch("/{study_id}", responses={**responses(404, 422, 503)})
def edit_study(ctx: Ctx, study_id: StudyId, edit: Edit) -> StudyDetail:
    """Change a study's description, pin it or archive it."""
    change.edit(ctx, study_id, **edit.model_dump())
    return observe.study(ctx, study_id)


@router.delete("/{study_id}", status_code=204, responses={**responses(404, 503)})
def delete_study(ctx: Ctx, study_id: StudyId) -> None:
    """Delete a study with all its runs.

    Workers that train one of the runs stop.
    """
    change.delete_study(ctx, study_id)


@router.post("/{study_id}/cancel", responses={**responses(404, 422, 503)})
def cancel_study(ctx: Ctx, study_id: StudyId, selection: Runs | None = None) -> Changed:
    """Cancel queued runs and stop running ones.

    Without `runs`, the whole study is cancelled.
    """
    return change.cancel_study(ctx, study_id, selection.runs if selection else None)


@router.post("/{study_id}/retry", responses={**responses(404, 422, 503)})
def retry_study(ctx: Ctx, study_id: StudyId, selection: Runs | None = None) -> Changed:
    """Queue failed and cancelled runs again.

    Without `runs`, all of the study's failed and cancelled runs are queued.
    """
    return change.retry_study(ctx, study_id, selection.runs if selection else None)


@router.post("/{study_id}/seeds", status_code=201, responses={**responses(404, 409, 422, 503)})
def add_seeds(ctx: Ctx, study_id: StudyId, more: More) -> Extended:
    """Give every arm more seeds, the same new ones for all."""
    return change.add_seeds(ctx, study_id, more.count, more.code)


@router.post("/{study_id}/exclude", responses={**responses(404, 422, 503)})
def exclude_runs(ctx: Ctx, study_id: StudyId, exclusion: Exclusion, by: Author = None) -> Changed:
    """Exclude runs from statistics.

    The reason appears wherever the numbers are quoted.
    """
    return change.exclude_runs(ctx, study_id, exclusion.runs, exclusion.reason, by)


@router.post("/{study_id}/include", responses={**responses(404, 422, 503)})
def include_runs(ctx: Ctx, study_id: StudyId, inclusion: Inclusion) -> Changed:
    """Count excluded runs again."""
    return change.include_runs(ctx, study_id, inclusion.runs)


@router.post("/{study_id}/tags", responses={**responses(404, 422, 503)})
def tag_runs(ctx: Ctx, study_id: StudyId, tagging: Tagging) -> Changed:
    """Add tags to runs of a study, and remove others."""
    return change.tag_runs(ctx, study_id, tagging.runs, tagging.add, tagging.remove)


@router.get("/{study_id}/distribution", responses={**responses(404, 422, 503)})
def read_distribution(
    ctx: Ctx,
    study_id: StudyId,
    metric: Annotated[str | None, Query(max_length=200, description="default: the metric that decides")] = None,
    summary: Annotated[
        SummaryValue | None, Query(description="last, best or area; default: the one that decides")
    ] = None,
) -> Distribution:
    """Return one number of every finished run, by arm.

    Excluded runs are included, with their reasons.
    """
    return observe.distribution(ctx, study_id, metric, summary)


summary_router = APIRouter(tags=["studies"])


@summary_router.get("/studies/summaries", response_model=StudySummaries, responses={**responses(422, 503)})
async def read_study_summaries(
    ctx: Ctx,
    request: Request,
    ids: Annotated[
        str,
        Query(max_length=2000, description=f"ids of studies, at most {summary.MOST_STUDIES}", examples=["1,2,3"]),
    ],
) -> Response:
    """Summarise studies: verdict, progress, and what needs attention.

    Use it for one page of the list of studies. A summary is cached until its study changes. A study that cannot be
    compared says so in its own summary; ids that are no study are listed in `unknown`.
    """
    numbers = tuple(_id(part) for part in ids.split(","))

    def summarised() -> Encoded:
        summaries = summary.study_summaries(ctx, numbers)
        for item in summaries.items:
            if item.standing in ("decided", "undecided"):
                note_shown(ctx, item.study_id)
        return Encoded(summaries.model_dump_json(by_alias=True).encode())

    def kept() -> Encoded:
        # A verdict that was shown is noted each time, until the watched folder has recorded it.
        if ctx.settings.watched_folders:
            return summarised()
        mark = ctx.database.mark()
        answer: Encoded = ctx.encoded.get(("summaries", numbers), summarised, of=mark)
        return answer

    rounds: Rounds = request.app.state.rounds
    answer = await rounds.get(("summaries", numbers), kept)
    return tagged(request, answer.content, answer.tag)


@summary_router.get("/projects", responses={**responses(503)})
def list_projects(ctx: Ctx) -> list[ProjectView]:
    """List the projects that studies belong to, with their sizes."""
    return observe.list_projects(ctx)


def _id(text: str) -> int:
    number = int(text) if text.strip().isdecimal() and text.isascii() and len(text) < 18 else 0
    if not 1 <= number <= MAX_ID:
        raise InvalidInput("ids", text, "ids of studies with commas between them, such as 1,2,3")
    return number
