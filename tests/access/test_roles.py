"""Roles: every route of the API belongs to exactly one class."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seedspread.access.roles import Role, is_open, may

ROUTES = [
    (method.upper(), re.sub(r"\{\w*(?:id|study|run)\}", "7", path))
    for path, methods in json.loads(Path("frontend/openapi.json").read_bytes())["paths"].items()
    for method in methods
    if method in ("get", "post", "put", "patch", "delete")
]
READING_POSTS = {
    "/api/v1/best-of-k",
    "/api/v1/claims",
    "/api/v1/compare",
    "/api/v1/compare/file",
    "/api/v1/plan-seeds",
    "/api/v1/variance",
    "/api/v1/studies/check",
    "/api/v1/studies/7/groups",
    "/api/v1/studies/7/snapshot",
}
ADMINISTRATION = ("/api/v1/tokens", "/api/v1/changes")


def test_a_viewer_reads_everything_and_changes_nothing() -> None:
    assert len(ROUTES) > 60
    for method, path in ROUTES:
        reads = (method == "GET" or path in READING_POSTS) and not path.startswith(ADMINISTRATION)
        assert may(Role.VIEWER, method, path) is reads, (method, path)


def test_a_member_does_everything_but_administration() -> None:
    for method, path in ROUTES:
        assert may(Role.MEMBER, method, path) is not path.startswith(ADMINISTRATION), (method, path)
        assert may(Role.ADMIN, method, path)


def test_a_logger_reaches_imports_alone() -> None:
    for method, path in ROUTES:
        assert may(Role.LOGGER, method, path) is path.startswith("/api/v1/imports/"), (method, path)


@pytest.mark.parametrize("path", ["/api/v1/studies/../tokens", "/api/v1/studies/check/../../studies", "/api/v1/x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_viewer_changes_nothing_by_an_odd_path(method: str, path: str) -> None:
    assert not may(Role.VIEWER, method, path)


def test_little_is_open() -> None:
    assert {path for _, path in ROUTES if is_open(path)} == {"/api/v1/health", "/api/v1/session"}
    for path in ("/", "/studies/3", "/assets/index-1.js", "/api/docs", "/api/v1/openapi.json"):
        assert is_open(path)
    for path in ("/metrics", "/api/v2/studies", "/api/v1/health/x", "/api/v1/sessions"):
        assert not is_open(path)
