"""Write tokens: stored by digest, shown once, revocable."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from seedspread.storage.tables import TokenRow

PREFIX = "sst_"
"""How every token begins, so that a person or a scanner of secrets knows one."""


def digest_of(token: str) -> str:
    """Return the digest of a token.

    It holds 256 random bits, so a plain SHA-256 gives nothing away.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def create(session: Session, name: str, now: datetime) -> str:
    """Store a new token and return it, for the only time.

    Raises:
        sqlalchemy.exc.IntegrityError: the name is used.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    session.execute(insert(TokenRow), [{"name": name, "digest": digest_of(token), "created_at": now}])
    return token


def every(session: Session) -> list[TokenRow]:
    """Return all tokens, revoked ones included, by name."""
    return list(session.scalars(select(TokenRow).order_by(TokenRow.name)))


def revoke(session: Session, name: str, now: datetime) -> bool:
    """Revoke a token. Return False if no valid one has the name."""
    statement = update(TokenRow).where(TokenRow.name == name, TokenRow.revoked_at.is_(None))
    return session.execute(statement.values(revoked_at=now).returning(TokenRow.name)).one_or_none() is not None


def name_of(session: Session, token: str) -> str | None:
    """Return the name of a valid token, or None."""
    query = select(TokenRow.name).where(TokenRow.digest == digest_of(token), TokenRow.revoked_at.is_(None))
    return session.scalar(query)


def note_use(session: Session, name: str, now: datetime) -> None:
    """Record when a token was last used."""
    session.execute(update(TokenRow).where(TokenRow.name == name).values(used_at=now))
