"""Send alerts to a webhook, as Slack takes them.

An alert is marked before it is posted: whatever ends this process in between, it is not posted twice. Only where it is
certain that nobody got it (no connection, or an answer that refuses) is it posted again.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import httpx
import structlog
from sqlalchemy import ColumnElement, and_, select, update

from seedspread.client import is_loopback
from seedspread.context import Context
from seedspread.errors import SeedspreadError
from seedspread.storage.tables import AlertRow, StudyRow

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0  # a receiver that is slower is treated as one that failed, and is asked again
MOST_TRIES = 8  # with pauses that double from 5 s, the last try is some ten minutes after the first
FIRST_PAUSE_S = 5.0
SYMBOLS = {"failed": ":x:", "diverged": ":warning:", "decided": ":white_check_mark:"}

PLAIN = {"synchronize_session": False}

_posting = threading.Lock()


def deliver(ctx: Context, now: datetime) -> None:
    """Post what is due, in a thread of its own.

    A slow receiver holds nothing else up.
    """
    if ctx.settings.webhook_url is None or _posting.locked():
        return
    _give_up_interrupted(ctx, now)
    with ctx.database.reading() as session:
        due = session.scalar(select(AlertRow.id).where(_is_due(now)).limit(1))
    if due is not None:
        threading.Thread(target=post_due, args=(ctx,), name="webhook", daemon=True).start()


def post_due(ctx: Context) -> int:
    """Post every alert that is due, one after the other; their number."""
    # One thread posts at a time, so that alerts arrive in the order in which they arose.
    if not _posting.acquire(blocking=False):
        return 0
    posted = 0
    try:
        while (alert_id := _claim(ctx)) is not None:
            _post(ctx, alert_id)
            posted += 1
    except SeedspreadError as error:
        log.warning("alerts are sent later", problem=error.message)
    finally:
        _posting.release()
    return posted


def message(ctx: Context, kind: str, study_id: int, study: str, text: str) -> dict[str, str]:
    """Return the body of a post, in Slack's markup."""
    settings, name = ctx.settings, _escaped(study).replace("|", "¦")
    # A free port that the system chose is in no setting: the study is then named without a link.
    own = f"http://{settings.host}:{settings.port}" if settings.port else None
    address = settings.public_url or own
    link = name if address is None else f"<{address.rstrip('/')}/studies/{study_id}|{name}>"
    return {"text": f"{SYMBOLS[kind]} {link}: {_escaped(text)}"}


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(AlertRow.delivery == "due", AlertRow.due_at <= now)


def _give_up_interrupted(ctx: Context, now: datetime) -> None:
    """Mark what a process was sending when it ended.

    It may have arrived, so it is not sent again.
    """
    old = and_(AlertRow.delivery == "sending", AlertRow.due_at < now - timedelta(seconds=6 * TIMEOUT_S))
    with ctx.database.reading() as session:
        if session.scalar(select(AlertRow.id).where(old).limit(1)) is None:
            return
    with ctx.database.session() as session:
        session.execute(update(AlertRow).where(old).values(delivery="unknown", due_at=None), execution_options=PLAIN)


def _claim(ctx: Context) -> int | None:
    """Mark the next due alert as being sent.

    In one statement: of several processes one gets it.
    """
    now = ctx.clock()
    with ctx.database.session() as session:
        query = select(AlertRow.id).where(_is_due(now)).order_by(AlertRow.id).limit(1)
        alert_id = session.scalar(query)
        if alert_id is None:
            return None
        claimed = session.execute(
            update(AlertRow)
            .where(AlertRow.id == alert_id, AlertRow.delivery == "due")
            .values(delivery="sending", tries=AlertRow.tries + 1, due_at=now)
            .returning(AlertRow.id),
            execution_options=PLAIN,
        ).one_or_none()
        return None if claimed is None else alert_id


def _post(ctx: Context, alert_id: int) -> None:
    with ctx.database.reading() as session:
        query = select(AlertRow, StudyRow.name).join(StudyRow, StudyRow.id == AlertRow.study_id)
        row = session.execute(query.where(AlertRow.id == alert_id)).one_or_none()
    if row is None or ctx.settings.webhook_url is None:
        return
    alert, study = row
    body = message(ctx, alert.kind, alert.study_id, study, alert.text)
    outcome, problem = _send(ctx.settings.webhook_url.get_secret_value(), body, alert_id)
    if outcome == "due" and alert.tries >= MOST_TRIES:
        outcome = "refused"
    if problem is not None:
        # Never the address: whoever has it can post there.
        log.warning("an alert was not delivered", alert=alert_id, outcome=outcome, problem=problem, tries=alert.tries)
    pause = timedelta(seconds=FIRST_PAUSE_S * 2 ** (alert.tries - 1))
    with ctx.database.session() as session:
        session.execute(
            update(AlertRow)
            .where(AlertRow.id == alert_id)
            .values(delivery=outcome, due_at=ctx.clock() + pause if outcome == "due" else None),
            execution_options=PLAIN,
        )


def _send(address: str, body: dict[str, str], alert_id: int) -> tuple[str, str | None]:
    """Post once; what became of it and what was wrong.

    `due`: nobody got it, try again. `unknown`: it may have arrived, so it is not sent again.
    """
    try:
        answer = httpx.post(
            address,
            json=body,
            timeout=TIMEOUT_S,
            headers={"X-Seedspread-Alert": str(alert_id)},
            follow_redirects=False,
            trust_env=not is_loopback(address),  # a proxy from the environment cannot reach this machine
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return "due", type(error).__name__
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        return "refused", type(error).__name__
    except httpx.HTTPError as error:
        return "unknown", type(error).__name__
    if answer.is_success:
        return "sent", None
    again = answer.status_code == 429 or answer.status_code >= 500
    return ("due" if again else "refused"), f"status {answer.status_code}"


def _escaped(text: str) -> str:
    line = " ".join(text.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
