"""Texts about tokens and roles."""

from __future__ import annotations

from seedspread.access.roles import Role

MEANING: dict[Role, str] = {
    Role.LOGGER: "send studies that were trained elsewhere",
    Role.VIEWER: "read everything",
    Role.MEMBER: "read everything, submit and change studies",
    Role.ADMIN: "do everything, manage tokens and read the log of changes",
}


def nobody_can_sign_in(host: str) -> tuple[str, str]:
    """Return why a service does not start, and what to do."""
    return (
        f"a service on {host} requires a token, and there is none to sign in with",
        "create one first, with the same data directory or database: seedspread token create NAME --role admin",
    )


def token_required() -> tuple[str, str]:
    """Return message and cure for a request without a valid token."""
    hint = (
        "sign in on the page, or set SEEDSPREAD_TOKEN; "
        "`seedspread token create NAME --role member` makes one where the service runs"
    )
    return "this service takes a valid token", hint


def not_a_token_to_sign_in_with() -> tuple[str, str]:
    """Return message and cure for a sign-in with an unusable token."""
    return (
        "this token does not sign anybody in",
        "Check that it was copied whole. It may have been revoked; a token with the role logger only sends studies.",
    )


def only_admin(name: str) -> tuple[str, str]:
    """Return why the only admin is not revoked, and what to do."""
    return (
        f"{name!r} is the only token with the role admin; without it nobody could manage tokens from here",
        "create another admin first; where the service runs, `seedspread token revoke` revokes any token",
    )


def too_many(wait_s: int) -> tuple[str, str]:
    """Return message and cure for requests that come too fast."""
    return "too many requests", f"wait {wait_s} s (Retry-After), then go on more slowly"


def only_this_study(study: int) -> str:
    """Return the message for a request beyond a read-only link."""
    return f"this link shows study {study}, read only, and nothing else"


LINK_ENDED = "This link has expired or was revoked. Ask whoever sent it for another one.\n"


def role_too_low(name: str, role: Role) -> str:
    """Return the message for a request that the role forbids."""
    return f"the token {name!r} has the role {role.value}, which may only {MEANING[role]}"
