"""Decide which requests a role may make."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    rf"{PREFIX}/(?:best-of-k|claims|compare|compare/file|plan-seeds|variance|studies/check"
    r"|studies/\d+/(?:groups|snapshot))/?"
)
_LOGGING = re.compile(rf"{PREFIX}/imports/.*")
_ADMINISTRATION = re.compile(rf"{PREFIX}/(?:tokens|changes)(?:/.*)?")


def is_open(path: str) -> bool:
    """Tell whether a path is answered without a token.

    These are the page's files, the health, the sign-in itself and the description of the API: nothing of any study.
    """
    return not path.startswith(("/api/", "/metrics")) or _OPEN.fullmatch(path) is not None


_SHARED = re.compile(
    rf"{PREFIX}/studies/(?P<study>\d+)(?:/(?:best-of-k|comparisons?|data|distribution|events|explorer"
    r"|figures/[^/]+|findings|plan|report|runs|runs/compact|seeding|series|test-set-noise|variance))?/?"
)
_FIGURE_KINDS = f"{PREFIX}/figures"  # which charts there are: nothing of any study
_OTHER_STUDY = re.compile(r"\s*\d+:")  # `a=7:wide` of a comparison names an arm of study 7
_SHARED_POST = re.compile(rf"{PREFIX}/studies/(?P<study>\d+)/snapshot/?")  # each of its parts is checked by itself


def may_read_shared(study: int, method: str, path: str, arms: Iterable[str]) -> bool:
    """Tell whether a link to one study allows a request.

    It allows the study's own page and what that page reads; a new route is closed until somebody opens it.

    Args:
        study: the study of the link.
        method: the HTTP method in capitals.
        path: the path of the URL, decoded, without the query.
        arms: values of the query that name arms, which might be of other studies.
    """
    if method == "GET" and path == _FIGURE_KINDS:
        return True
    match = (_SHARED_POST if method == "POST" else _SHARED).fullmatch(path)
    if method not in ("GET", "HEAD", "POST") or match is None or match["study"] != str(study):
        return False
    return not any(_OTHER_STUDY.match(arm) for arm in arms)


def asks_for_change(method: str, path: str) -> bool:
    """Tell whether a request wants to change anything.

    Computations over what a body holds or names do not.
    """
    return method not in _SAFE and not (method == "POST" and _READING_POSTS.fullmatch(path))


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
    if not asks_for_change(method, path):
        return True
    return role in (Role.MEMBER, Role.ADMIN)
