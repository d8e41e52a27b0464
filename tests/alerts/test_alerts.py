"""Alerts: each event once, posted once, whatever the receiver does and whenever the process dies."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update

from seedspread.alerts import noticing as alerts
from seedspread.alerts import webhook
from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.core.study import SeedRange
from seedspread.settings import AppSettings
from seedspread.storage.tables import AlertRow
from seedspread.studies import change, submit
from tests.builders import finish, run_ids, spec
from tests.support.application import Clock
from tests.waiting import until

SECRET = "T0K3N-of-the-webhook"


@dataclass
class Receiver:
    """Posts that a local webhook received, and the status it answers with (0: it never answers)."""

    address: str
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    quiet: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a webhook on this machine."""
    got: Receiver

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.bodies.append(json.loads(body) | {"alert": self.headers["X-Seedspread-Alert"], "path": self.path})
            status = got.answers.pop(0) if got.answers else 200
            if status == 0:
                got.quiet.wait(10)
                return
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep standard error clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        got = Receiver(f"http://127.0.0.1:{server.server_address[1]}/services/{SECRET}")
        yield got
        got.quiet.set()
        server.shutdown()


@pytest.fixture
def alerting(ctx: Context, receiver: Receiver) -> Context:
    """Return the context with that webhook set."""
    settings = AppSettings(max_attempts=3, webhook_url=receiver.address, public_url="https://seeds.example/")
    return replace(ctx, settings=settings)


def decide(ctx: Context, study: int, better: float = 0.2) -> None:
    """Finish every run of a two-arm study; arm 1 lies above arm 0 by so much."""
    for place, run_id in enumerate(run_ids(ctx.database, study)):
        finish(ctx.database, run_id, {"accuracy": [0.5 + 0.001 * (place // 2) + better * (place % 2)]})


def listed(ctx: Context) -> list[tuple[str, str, str]]:
    """Kind, text and delivery of every alert, the oldest first."""
    return [(item.kind, item.text, item.delivery) for item in reversed(alerts.list_alerts(ctx, 1, 100).items)]


def test_a_verdict_is_told_once_and_again_when_seeds_are_added(alerting: Context, receiver: Receiver) -> None:
    study = submit.submit(alerting, spec(name="a <b> & c", seeds=SeedRange(count=8))).study_id
    watch = alerts.Watch()
    watch(alerting, alerting.clock())
    assert listed(alerting) == [], "nothing is decided while runs are to come"
    decide(alerting, study)
    for _ in range(3):
        watch(alerting, alerting.clock())
    alerts.Watch()(alerting, alerting.clock())
    ((kind, text, delivery),) = listed(alerting)
    assert (kind, delivery) == ("decided", "due")
    assert text.startswith("wide beats base by 20 points")
    assert webhook.post_due(alerting) == 1
    assert webhook.post_due(alerting) == 0
    (body,) = receiver.bodies
    assert body["text"].startswith(
        f":white_check_mark: <https://seeds.example/studies/{study}|a &lt;b&gt; &amp; c>: wide beats base"
    )
    assert listed(alerting)[0][2] == "sent"
    change.add_seeds(alerting, study, 1)
    watch(alerting, alerting.clock())
    assert len(listed(alerting)) == 1
    for run_id in run_ids(alerting.database, study)[-2:]:
        finish(alerting.database, run_id, {"accuracy": [0.7]})
    watch(alerting, alerting.clock())
    with alerting.database.reading() as session:
        assert list(session.scalars(select(AlertRow.subject).order_by(AlertRow.id))) == ["16", "18"]


def test_first_failure_and_divergence_of_a_study_are_told_once(alerting: Context, receiver: Receiver) -> None:
    study = submit.submit(alerting, spec(seeds=SeedRange(count=3))).study_id
    runs = run_ids(alerting.database, study)
    for run_id in runs[:2]:
        finish(alerting.database, run_id, {}, state=RunState.FAILED, reason="ValueError: no such file")
    finish(alerting.database, runs[2], {"accuracy": [0.5, math.nan]})
    watch = alerts.Watch()
    watch(alerting, alerting.clock())
    finish(alerting.database, runs[3], {}, state=RunState.FAILED, reason="again")
    watch(alerting, alerting.clock())
    assert [(kind, text) for kind, text, _ in listed(alerting)] == [
        ("failed", f"Run {runs[0]} (seed 0) failed: ValueError: no such file"),
        ("diverged", f"A value of run {runs[2]} (seed 1) is not finite."),
    ]
    assert webhook.post_due(alerting) == 2
    assert [body["alert"] for body in receiver.bodies] == ["1", "2"]


def test_alerts_are_listed_page_by_page(alerting: Context) -> None:
    for better in (0.1, 0.2, 0.3):
        decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id, better)
    alerts.Watch()(alerting, alerting.clock())
    newest, oldest = (alerts.list_alerts(alerting, page, 2) for page in (1, 2))
    assert [item.study_id for item in (*newest.items, *oldest.items)] == [3, 2, 1]
    assert (len(newest.items), newest.total, oldest.total) == (2, 3, 3)


def test_one_thread_posts_at_a_time(alerting: Context, receiver: Receiver) -> None:
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    receiver.answers = [0]
    with ThreadPoolExecutor(1) as other:
        posting = other.submit(webhook.post_due, alerting)
        until(lambda: bool(receiver.bodies))
        assert webhook.post_due(alerting) == 0
        assert not posting.done(), "nobody waits for the first to end"
        receiver.quiet.set()
        assert posting.result() == 1
    assert len(receiver.bodies) == 1


def test_what_is_not_decided_is_not_told(alerting: Context) -> None:
    study = submit.submit(alerting, spec(seeds=SeedRange(count=5))).study_id
    decide(alerting, study, better=0.0001)
    alerts.Watch()(alerting, alerting.clock())
    assert listed(alerting) == []


def test_a_refusal_is_tried_again_later_and_then_given_up(alerting: Context, receiver: Receiver, clock: Clock) -> None:
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    receiver.answers = [503, 429]
    assert webhook.post_due(alerting) == 1
    assert webhook.post_due(alerting) == 0, "not at once"
    clock.move(6)
    assert webhook.post_due(alerting) == 1
    clock.move(11)
    assert webhook.post_due(alerting) == 1
    assert (len(receiver.bodies), listed(alerting)[0][2]) == (3, "sent")


def test_one_that_says_no_for_good_is_not_asked_again(alerting: Context, receiver: Receiver) -> None:
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    receiver.answers = [404]
    webhook.post_due(alerting)
    assert (len(receiver.bodies), listed(alerting)[0][2]) == (1, "refused")


def test_an_answer_that_never_comes_is_not_posted_twice(
    alerting: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.3)
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    receiver.answers = [0]
    webhook.post_due(alerting)
    clock.move(3600)
    webhook.post_due(alerting)
    assert (len(receiver.bodies), listed(alerting)[0][2]) == (1, "unknown")


def test_nobody_there_is_tried_again(alerting: Context, clock: Clock) -> None:
    nobody = replace(alerting, settings=AppSettings(webhook_url=f"http://127.0.0.1:9/{SECRET}"))
    decide(nobody, submit.submit(nobody, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(nobody, nobody.clock())
    for _ in range(webhook.MOST_TRIES):
        assert webhook.post_due(nobody) == 1
        clock.move(4000)
    assert webhook.post_due(nobody) == 0
    assert listed(nobody)[0][2] == "refused"


def test_a_process_that_dies_while_it_posts_leaves_nothing_to_post_twice(
    alerting: Context, receiver: Receiver, clock: Clock
) -> None:
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    assert webhook._claim(alerting) == 1
    clock.move(600)
    webhook.deliver(alerting, alerting.clock())
    assert webhook.post_due(alerting) == 0
    assert (receiver.bodies, listed(alerting)[0][2]) == ([], "unknown")


def test_the_address_is_in_no_log(
    alerting: Context, receiver: Receiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    decide(alerting, submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(alerting, alerting.clock())
    receiver.answers = [500]
    with caplog.at_level(logging.WARNING):
        webhook.post_due(alerting)
    shown = capsys.readouterr()
    assert "not delivered" in shown.out + shown.err + caplog.text
    assert SECRET not in shown.out + shown.err + caplog.text + repr(alerting.settings) + str(alerting.settings)
    assert SECRET in alerting.settings.as_environment()["SEEDSPREAD_WEBHOOK_URL"]


def test_a_free_port_gives_no_link(ctx: Context) -> None:
    settings = AppSettings(port=0)
    assert webhook.message(replace(ctx, settings=settings), "failed", 7, "a|b", "no") == {"text": ":x: a¦b: no"}


def test_without_a_webhook_alerts_are_for_the_page_alone(ctx: Context) -> None:
    decide(ctx, submit.submit(ctx, spec(seeds=SeedRange(count=8))).study_id)
    alerts.Watch()(ctx, ctx.clock())
    assert webhook.post_due(ctx) == 0
    assert listed(ctx)[0][2] == "none"
    with ctx.database.session() as session:
        session.execute(update(AlertRow).values(text=""))
    assert listed(ctx) == []


def test_verdicts_that_take_long_are_spread_over_rounds(alerting: Context) -> None:
    ids = [submit.submit(alerting, spec(seeds=SeedRange(count=8))).study_id for _ in range(3)]
    for study in ids:
        decide(alerting, study)
    watch = alerts.Watch(round_s=0)
    for rounds in (1, 2, 3, 3):
        watch(alerting, alerting.clock())
        assert len(listed(alerting)) == rounds
