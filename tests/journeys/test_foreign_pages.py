"""Requests of pages of other sites change and read nothing, tried in Chromium."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import REBOUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service

CHANGES: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("POST", "/studies/{study}/cancel", None),
    ("POST", "/studies/{study}/cancel", {}),
    ("POST", "/runs/{run}/replays", {}),
    ("POST", "/studies/{study}/seeds", {"count": 3}),
    ("PATCH", "/studies/{study}", {"name": "taken over"}),
    ("PUT", "/runs/{run}/exclusion", {"reason": "taken over"}),
    ("PUT", "/views/foreign", {"query": "taken over"}),
    ("POST", "/projects", {"name": "taken over"}),
    ("DELETE", "/studies/{study}", None),
)
READS = ("/studies", "/studies/{study}", "/studies/{study}/report", "/health")
# Every way in which a page sends a request without asking first, and those for which its browser asks.
ATTACK = """
async ([base, changes, reads]) => {
  const outcomes = [];
  const say = (how, what, answer) => outcomes.push([how, what, answer]);
  const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json"];
  for (const [method, path, body] of changes) {
    const url = base + path;
    for (const type of types)
      for (const mode of ["no-cors", "cors"])
        for (const credentials of ["include", "omit"]) {
          const options = { method, mode, credentials, headers: { "content-type": type } };
          if (body !== null) options.body = JSON.stringify(body);
          const [done, refused] = [(answer) => say("fetch", method, answer.status), () => say("fetch", method, -1)];
          await fetch(url, options).then(done, refused);
        }
    if (body === null) navigator.sendBeacon(url);
    else
      for (const type of types) navigator.sendBeacon(url, new Blob([JSON.stringify(body)], { type }));
    for (const enctype of types.slice(0, 3)) {
      const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
      const frame = make("iframe", { name: `f${Math.random()}` });
      const form = make("form", { method: "post", action: url, enctype, target: frame.name });
      const field = make("input", { name: '{"name": "taken over", "x": "', value: '"}' });
      form.append(field);
      document.body.append(frame, form);
      form.submit();
    }
  }
  for (const path of reads) {
    await fetch(base + path, { credentials: "include" }).then(
      async (answer) => say("read", path, (await answer.text()).length), () => say("read", path, -1));
    await new Promise((done) => {
      const script = document.createElement("script");
      script.src = base + path;
      script.onload = () => { say("script", path, 1); done(); };
      script.onerror = () => { say("script", path, -1); done(); };
      document.head.append(script);
    });
  }
  await new Promise((done) => {
    const events = new EventSource(base + reads[1] + "/events");
    events.onmessage = events.onopen = () => { say("events", "", 1); events.close(); done(); };
    events.onerror = () => { say("events", "", -1); events.close(); done(); };
  });
  await new Promise((done) => setTimeout(done, 500));
  return outcomes;
}
"""


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>foreign</title><body></body>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def foreign_port() -> Iterator[int]:
    """Yield the port of another site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def loose(chromium: Browser) -> Iterator[Page]:
    """Yield a page that may log errors, as browsers do for refused requests."""
    with chromium.new_context() as context:
        yield context.new_page()


@pytest.fixture
def training(service: Service) -> Iterator[int]:
    """Yield a study at work; one request without a body could cancel it."""
    arms = [{"name": "forest", "parameters": {"trees": 60}}]
    study = service.submit(name="at work", recipe="digits-forest", arms=arms, seeds=200)
    yield study
    service.post(f"/studies/{study}/cancel", {})
    service.wait(study)
    service.delete(f"/studies/{study}")


def unharmed(service: Service, study: int) -> None:
    """Assert that nothing was changed of what foreign pages try to change."""
    shown, runs = service.get(f"/studies/{study}"), service.get(f"/studies/{study}/runs")["items"]
    assert shown["name"] == "at work"
    assert shown["counts"]["cancelled"] == 0
    assert sum(shown["counts"].values()) == 200
    assert [run["excluded_reason"] for run in runs if run["excluded_reason"] is not None] == []
    assert service.get("/projects") == []


def first_run(service: Service, study: int) -> int:
    """Return the id of a study's first run."""
    return int(service.get(f"/studies/{study}/runs")["items"][0]["id"])


def paths(study: int, run: int) -> list[Any]:
    """Return the arguments of `ATTACK` after the base address."""
    changes = [[method, path.format(study=study, run=run), body] for method, path, body in CHANGES]
    return [changes, [path.format(study=study) for path in READS]]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", REBOUND])
def test_a_page_of_another_site_changes_and_reads_nothing(
    loose: Page, service: Service, training: int, foreign_port: int, name: str
) -> None:
    run = first_run(service, training)
    loose.goto(f"http://{name}:{foreign_port}/")
    outcomes = loose.evaluate(ATTACK, [f"{service.url}/api/v1", *paths(training, run)])
    assert len(outcomes) > 100
    # An opaque answer has status 0: the page learns nothing of it, and what it did is compared below.
    assert {tuple(outcome[::2]) for outcome in outcomes if outcome[2] not in (-1, 0)} == set()
    unharmed(service, training)


def test_a_name_that_was_pointed_here_gets_nothing(loose: Page, service: Service, training: int) -> None:
    run, port = first_run(service, training), service.url.rsplit(":", 1)[1]
    answer = loose.goto(f"http://{REBOUND}:{port}/")
    assert answer is not None
    assert answer.status == 400
    # To the browser this page is of the same site as the service.
    outcomes = loose.evaluate(ATTACK, [f"http://{REBOUND}:{port}/api/v1", *paths(training, run)])
    assert {outcome[2] for outcome in outcomes if outcome[0] == "fetch"} <= {-1, 0, 400}
    assert {outcome[2] for outcome in outcomes if outcome[0] in ("script", "events")} == {-1}
    unharmed(service, training)


def test_no_other_site_shows_the_page_in_a_frame(loose: Page, service: Service, foreign_port: int) -> None:
    loose.goto(f"http://localhost:{foreign_port}/")
    loose.set_content(f'<iframe src="{service.url}/"></iframe>')
    loose.wait_for_timeout(1000)
    assert [frame.url for frame in loose.frames[1:]] == ["chrome-error://chromewebdata/"]
