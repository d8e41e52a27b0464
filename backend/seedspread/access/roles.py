"""Decide which requests a role may make."""

from __future__ import annotations

import re
from enum import StrEnum

from seedspread.api_prefix import PREFIX


class Role(StrEnum):
    """Role of a token: what its holder may do."""

    LOGGER = "logger"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = re.compile(rf"{PREFIX}/(?:health|session|openapi\.json)/?|/api/docs/?")
# Computations over what was sent or stored: they store nothing, and a body is only how long questions are asked.
_READING_POSTS = re.compile(
    rf"{PREFIX}/(?:best-of-k|claims|compare|compare/file|plan-seeds|variance|studies/check|studies/\d+/groups)/?"
)
_LOGGING = re.compile(rf"{PREFIX}/imports/.*")
_ADMINISTRATION = re.compile(rf"{PREFIX}/(?:tokens|changes)(?:/.*)?")


def is_open(path: str) -> bool:
    """Tell whether a path is answered without a token.

    These are the page's files, the health, the sign-in itself and the description of the API: nothing of any study.
    """
    return not path.startswith(("/api/", "/metrics")) or _OPEN.fullmatch(path) is not None


def may(role: Role, method: str, path: str) -> bool:
    """Tell whether a role allows a request.

    Unknown paths need the role of a member, so that a new route is closed until somebody opens it.

    Args:
        method: the HTTP method in capitals.
        path: the path of the URL, decoded, without the query.
    """
    if _ADMINISTRATION.fullmatch(path):
        return role is Role.ADMIN
    if role is Role.LOGGER:
        return _LOGGING.fullmatch(path) is not None
    if method in _SAFE or (method == "POST" and _READING_POSTS.fullmatch(path)):
        return True
    return role in (Role.MEMBER, Role.ADMIN)
