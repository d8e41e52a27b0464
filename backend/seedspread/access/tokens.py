"""Create, list, check and revoke tokens.

A token holds 256 random bits. The database has its SHA-256 alone: with that much randomness a slow hash adds nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from seedspread.access.roles import Role
from seedspread.access.sentences import nobody_can_sign_in, only_admin
from seedspread.context import Context
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.storage.tables import TokenRow
from seedspread.views.service import TokenView

PREFIX = "sst_"
"""Prefix of every token, by which people and secret scanners recognise one."""

USE_NOTED_EVERY = timedelta(minutes=1)
"""Resolution of the time of last use: a page sends several requests a second, too many to write for each."""


@dataclass(frozen=True)
class Holder:
    """Holder of a valid token.

    `study` and `share` are set for whoever reads by a link to one study, and may read nothing else. `share` is the
    link's number: what tells a link from a token, whatever that is named.
    """

    name: str
    role: Role
    study: int | None = None
    share: int | None = None


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token, as 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(ctx: Context, name: str, role: Role = Role.LOGGER) -> str:
    """Create a token and return it; it cannot be read again.

    Raises:
        InvalidInput: the name is empty, too long or not printable.
        Conflict: the name is in use.
    """
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise InvalidInput("name", name, "1 to 100 printable characters")
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "role": role.value, "digest": digest_of(token), "created_at": ctx.clock()}
    try:
        with ctx.database.session() as session:
            session.execute(insert(TokenRow), [row])
    except IntegrityError:
        raise Conflict(f"there is a token named {name!r}", hint="choose another name") from None
    return token


def list_tokens(ctx: Context) -> list[TokenView]:
    """Return all tokens by name, revoked ones included, without the tokens themselves."""
    with ctx.database.reading() as session:
        return [
            TokenView(
                name=row.name,
                role=Role(row.role),
                created_at=row.created_at,
                used_at=row.used_at,
                revoked_at=row.revoked_at,
            )
            for row in session.scalars(select(TokenRow).order_by(TokenRow.name))
        ]


def revoke_token(ctx: Context, name: str, *, keep_admin: bool = False) -> None:
    """Revoke a token: from now on it is refused.

    Args:
        keep_admin: refuse to revoke the only admin, after whom nobody could manage tokens from elsewhere.

    Raises:
        NotFound: no valid token has this name.
        Conflict: it is the only admin, and one has to stay.
    """
    statement = update(TokenRow).where(TokenRow.name == name, TokenRow.revoked_at.is_(None))
    admins = select(TokenRow.name).where(TokenRow.role == Role.ADMIN.value, TokenRow.revoked_at.is_(None))
    with ctx.database.session() as session:
        # Locked, so that of two admins who revoke each other at once one stays.
        if keep_admin and session.scalars(admins.with_for_update()).all() == [name]:
            message, hint = only_admin(name)
            raise Conflict(message, hint=hint)
        if session.execute(statement.values(revoked_at=ctx.clock()).returning(TokenRow.name)).one_or_none() is None:
            raise NotFound("token", name, hint="`seedspread token list` shows them")


def holder_of(ctx: Context, token: str) -> Holder | None:
    """Return the holder of a valid token, else None; record its use.

    Raises:
        Unavailable: the database cannot be reached.
    """
    now = ctx.clock()
    query = select(TokenRow).where(TokenRow.digest == digest_of(token), TokenRow.revoked_at.is_(None))
    with ctx.database.reading() as session:
        row = session.scalar(query)
    if row is None:
        return None
    if row.used_at is None or now - row.used_at > USE_NOTED_EVERY:
        with ctx.database.session() as session:
            session.execute(update(TokenRow).where(TokenRow.name == row.name).values(used_at=now))
    return Holder(row.name, Role(row.role))


def revoked_among(ctx: Context, holders: Collection[Holder]) -> set[Holder]:
    """Return the holders whose tokens were revoked.

    Links are left out.

    Raises:
        Unavailable: the database cannot be reached.
    """
    names = {holder.name for holder in holders if holder.share is None}
    if not names:
        return set()
    query = select(TokenRow.name).where(TokenRow.name.in_(names), TokenRow.revoked_at.is_not(None))
    with ctx.database.reading() as session:
        revoked = set(session.scalars(query))
    return {holder for holder in holders if holder.share is None and holder.name in revoked}


def require_somebody(ctx: Context) -> None:
    """Check that somebody can sign in to a service that requires it.

    Raises:
        Conflict: a token is required, and no valid one may read.
        Unavailable: the database cannot be reached.
    """
    if not ctx.settings.requires_token:
        return
    query = select(func.count()).select_from(TokenRow).where(TokenRow.revoked_at.is_(None))
    with ctx.database.reading() as session:
        readers = session.scalar(query.where(TokenRow.role != Role.LOGGER.value))
    if not readers:
        message, hint = nobody_can_sign_in(ctx.settings.host)
        raise Conflict(message, hint=hint)
