"""Texts about tokens and roles."""

from __future__ import annotations

from seedspread.access.roles import MEANING, Role


def nobody_can_sign_in(host: str) -> tuple[str, str]:
    """Return why a service does not start, and what to do."""
    return (
        f"a service on {host} requires a token, and there is none to sign in with",
        "create one first, with the same data directory or database: seedspread token create NAME --role admin",
    )


def token_required() -> tuple[str, str]:
    """Return the message for a request without a valid token, and what to do."""
    hint = (
        "sign in on the page, or set SEEDSPREAD_TOKEN; "
        "`seedspread token create NAME --role member` makes one where the service runs"
    )
    return "this service takes a valid token", hint


def role_too_low(name: str, role: Role) -> str:
    """Return the message for a request that the token's role does not allow."""
    return f"the token {name!r} has the role {role.value}, which may only {MEANING[role]}"
