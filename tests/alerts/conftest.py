"""Fixtures of a context whose clock stands still and whose broker can be away."""

from tests.support.application import broker, clock, ctx, sqlite_database

__all__ = ["broker", "clock", "ctx", "sqlite_database"]
