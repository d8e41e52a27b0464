"""Sign-in, tokens and the log of changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from seedspread.access import changes, tokens
from seedspread.access.roles import Role
from seedspread.access.sentences import not_a_token_to_sign_in_with
from seedspread.api.http.access import COOKIE, COOKIE_AGE_S, holder
from seedspread.api.http.dependencies import Ctx, PageNumber, PerPage
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.errors import Unauthorized
from seedspread.views.numbers import Page
from seedspread.views.service import ChangeView, NewTokenView, RoleName, SessionView, TokenView

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
    return SessionView(required=required, name=signed_in.name, role=signed_in.role.value)


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
    """Delete the cookie of the browser; the token stays valid."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


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
