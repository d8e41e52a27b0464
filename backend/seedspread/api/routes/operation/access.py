"""Sign-in, tokens and the log of changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from seedspread.access import changes, shares, tokens
from seedspread.access.roles import Role
from seedspread.access.sentences import LINK_ENDED, not_a_token_to_sign_in_with
from seedspread.api.http.access import COOKIE, COOKIE_AGE_S, SHARE_COOKIE, Author, holder
from seedspread.api.http.dependencies import MAX_ID, Ctx, PageNumber, PerPage, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.errors import Unauthorized
from seedspread.views.numbers import Page
from seedspread.views.service import (
    ChangeView,
    NewShareView,
    NewTokenView,
    RoleName,
    SessionView,
    ShareView,
    TokenView,
)

router = APIRouter(tags=["access"], route_class=StrictRoute)


class SignIn(BaseModel):
    """Token to sign in with."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr = Field(max_length=200, description="as `seedspread token create` printed it")


class NewToken(BaseModel):
    """Name and role of a token."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["ada"])
    role: RoleName = Field("member", description="what its holder may do")


@router.get("/session")
def read_session(ctx: Ctx, request: Request) -> SessionView:
    """Return whether a token is required, and whose the request carries."""
    required = ctx.settings.requires_token
    signed_in = holder(request)
    if signed_in is None:
        return SessionView(required=required)
    return SessionView(required=required, name=signed_in.name, role=signed_in.role.value, study=signed_in.study)


@router.post("/session", responses={**responses(401, 422, 503)})
def sign_in(ctx: Ctx, request: Request, response: Response, body: SignIn) -> SessionView:
    """Sign a browser in.

    The token becomes a cookie that scripts cannot read. Once the token is revoked, the next request of every session
    with it is refused.
    """
    token = body.token.get_secret_value().strip()
    signed_in = tokens.holder_of(ctx, token)
    if signed_in is None or signed_in.role is Role.LOGGER:
        message, hint = not_a_token_to_sign_in_with()
        raise Unauthorized(message, hint=hint)
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_AGE_S,
        path="/",
        httponly=True,
        samesite="strict",
        # Behind a proxy that ends TLS the scheme is the proxy's to tell (uvicorn's --proxy-headers).
        secure=request.url.scheme == "https",
    )
    return SessionView(required=ctx.settings.requires_token, name=signed_in.name, role=signed_in.role.value)


@router.delete("/session", status_code=204)
def sign_out(response: Response) -> None:
    """Delete the cookies of the browser; the token stays valid."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    response.delete_cookie(SHARE_COOKIE, path="/", httponly=True, samesite="lax")


@router.get("/tokens", responses={**responses(401, 403, 503)})
def list_tokens(ctx: Ctx) -> list[TokenView]:
    """List the tokens by name, revoked ones included."""
    return tokens.list_tokens(ctx)


@router.post("/tokens", status_code=201, responses={**responses(401, 403, 409, 422, 503)})
def create_token(ctx: Ctx, body: NewToken) -> NewTokenView:
    """Create a token. The response shows it for the only time."""
    return NewTokenView(name=body.name, role=body.role, token=tokens.create_token(ctx, body.name, Role(body.role)))


@router.delete("/tokens/{name}", status_code=204, responses={**responses(401, 403, 404, 409, 503)})
def revoke_token(ctx: Ctx, name: Annotated[str, Path(max_length=100)]) -> None:
    """Revoke a token: from now on it is refused.

    Its event streams end. Where a token is required, the only admin cannot be revoked.
    """
    tokens.revoke_token(ctx, name, keep_admin=ctx.settings.requires_token)


@router.get("/changes", responses={**responses(401, 403, 422, 503)})
def list_changes(ctx: Ctx, page: PageNumber = 1, per_page: PerPage = 50) -> Page[ChangeView]:
    """List who asked for which change, the newest first.

    Requests are logged where the service requires a token, refused ones included; bodies are not.
    """
    return changes.list_changes(ctx, page, per_page)


share_router = APIRouter(prefix="/studies/{study_id}/shares", tags=["access"], route_class=StrictRoute)
ShareId = Annotated[int, Path(ge=1, le=MAX_ID, description="a link's number")]


class NewShare(BaseModel):
    """Validity of a read-only link."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(30, ge=1, le=shares.LONGEST_DAYS, strict=True, description="after so many it is refused")


@share_router.get("", responses={**responses(404, 503)})
def list_shares(ctx: Ctx, study_id: StudyId) -> list[ShareView]:
    """List the read-only links to a study, the newest first."""
    return shares.list_shares(ctx, study_id)


@share_router.post("", status_code=201, responses={**responses(404, 422, 503)})
def create_share(ctx: Ctx, study_id: StudyId, body: NewShare | None = None, by: Author = None) -> NewShareView:
    """Create a read-only link to a study.

    The response shows it for the only time. Whoever opens the link reads this study and nothing else, until the link
    expires or is revoked.
    """
    share, token = shares.create_share(ctx, study_id, (body or NewShare()).days, by)
    return NewShareView(**dict(share), path=f"/shared/{token}")


@share_router.delete("/{share_id}", status_code=204, responses={**responses(404, 503)})
def revoke_share(ctx: Ctx, study_id: StudyId, share_id: ShareId) -> None:
    """Revoke a read-only link.

    From now on it is refused, and its event streams end.
    """
    shares.revoke_share(ctx, study_id, share_id)


shared_router = APIRouter(include_in_schema=False)


@shared_router.get("/shared/{token}", response_model=None)
def open_share(ctx: Ctx, request: Request, token: Annotated[str, Path(max_length=200)]) -> Response:
    """Open a read-only link.

    Its token becomes a cookie, and the page of its study follows.
    """
    reader = shares.reader_of(ctx, token)
    if reader is None:
        return PlainTextResponse(LINK_ENDED, status_code=410)
    response = RedirectResponse(f"{request.scope.get('root_path', '')}/studies/{reader.study}", status_code=303)
    response.set_cookie(
        SHARE_COOKIE,
        token,
        max_age=COOKIE_AGE_S,
        path="/",
        httponly=True,
        samesite="lax",  # the link is opened from a mail or a chat, so that a strict one would not be sent along
        secure=request.url.scheme == "https",
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
