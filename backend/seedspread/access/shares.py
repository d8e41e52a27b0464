"""Create, list, check and revoke read-only links to one study.

A link holds a token of 256 random bits. As of the other tokens, the database has its SHA-256 alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import insert, select, update

from seedspread.access.roles import Role
from seedspread.access.tokens import Holder, digest_of
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.storage import studies
from seedspread.storage.tables import ShareRow
from seedspread.views.service import ShareView

PREFIX = "sss_"
"""Prefix of every link's token, which tells it from a token to sign in with."""

LONGEST_DAYS = 365


def create_share(ctx: Context, study_id: int, days: int, by: str | None = None) -> tuple[ShareView, str]:
    """Create a link to a study; return it with its token.

    Raises:
        InvalidInput: `days` is not within 1 and `LONGEST_DAYS`.
        NotFound: there is no such study.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("days", days, f"a whole number from 1 to {LONGEST_DAYS}")
    token = PREFIX + secrets.token_urlsafe(32)
    now = ctx.clock()
    row = {"study_id": study_id, "digest": digest_of(token), "created_at": now, "created_by": by}
    with ctx.database.session() as session:
        studies.require(session, study_id)
        statement = insert(ShareRow).values(**row, expires_at=now + timedelta(days=days)).returning(ShareRow)
        return _view(session.scalars(statement).one()), token


def list_shares(ctx: Context, study_id: int) -> list[ShareView]:
    """Return the links of a study, the newest first, without their tokens.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.reading() as session:
        studies.require(session, study_id)
        rows = session.scalars(select(ShareRow).where(ShareRow.study_id == study_id).order_by(ShareRow.id.desc()))
        return [_view(row) for row in rows]


def revoke_share(ctx: Context, study_id: int, share_id: int) -> None:
    """Revoke a link: from now on it is refused.

    Raises:
        NotFound: the study has no such link, or it was revoked.
    """
    mine = (ShareRow.id == share_id, ShareRow.study_id == study_id, ShareRow.revoked_at.is_(None))
    with ctx.database.session() as session:
        statement = update(ShareRow).where(*mine).values(revoked_at=ctx.clock()).returning(ShareRow.id)
        if session.execute(statement).one_or_none() is None:
            raise NotFound("share link", share_id, hint=f"study {study_id} has no valid link of this number")


def reader_of(ctx: Context, token: str) -> Holder | None:
    """Return who reads by a valid link, else None.

    Raises:
        Unavailable: the database cannot be reached.
    """
    if not token.startswith(PREFIX):
        return None
    valid = (ShareRow.revoked_at.is_(None), ShareRow.expires_at > ctx.clock())
    with ctx.database.reading() as session:
        row = session.scalar(select(ShareRow).where(ShareRow.digest == digest_of(token), *valid))
    return None if row is None else Holder(f"share link {row.id}", Role.VIEWER, row.study_id, row.id)


def ended_among(ctx: Context, holders: Collection[Holder]) -> set[Holder]:
    """Return those of the holders whose links were revoked, expired or deleted.

    Raises:
        Unavailable: the database cannot be reached.
    """
    ids = {holder.share for holder in holders if holder.share is not None}
    if not ids:
        return set()
    query = select(ShareRow.id).where(ShareRow.id.in_(ids), ShareRow.revoked_at.is_(None))
    with ctx.database.reading() as session:
        valid = set(session.scalars(query.where(ShareRow.expires_at > ctx.clock())))
    return {holder for holder in holders if holder.share is not None and holder.share not in valid}


def _view(row: ShareRow) -> ShareView:
    return ShareView(
        id=row.id,
        study_id=row.study_id,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
