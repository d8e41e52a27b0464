"""Python client of the API, with typed results and errors."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from seedspread.api_prefix import PREFIX
from seedspread.core.audit import ArmSeeding, Finding
from seedspread.core.diff import RunDiff
from seedspread.core.manifest import DataDigest
from seedspread.core.states import OVER
from seedspread.errors import MISSING, Conflict, InvalidInput, SeedspreadError, Unavailable
from seedspread.recording.parts import MEDIA_TYPE, RunPart, encode_parts
from seedspread.views.imports import LOOK_FIELDS, ImportedStudy, Lacking, ReceivedParts, ReceivedStudy
from seedspread.views.numbers import Page
from seedspread.views.replays import ReplaysStarted, ReplaysView
from seedspread.views.service import NewShareView, RecipeView, ShareView, WorkerView
from seedspread.views.studies import Changed, Code, Extended, StudyDetail, StudyView, Submitted

TIMEOUT_S = 60.0
POLL_S = 0.5
"""Shortest pause between looks at a study that somebody waits for."""
LONGEST_POLL_S = 5.0
RETRIES = 5
"""Times that a request that came too fast is repeated."""

_TOO_MANY = 429
_LONGEST_WAIT_S = 60

View = TypeVar("View", bound=BaseModel)


def pause_s(study: StudyDetail) -> float:
    """Return how long to wait before looking at a study again.

    That is a tenth of the time that it is expected to take, within `POLL_S` and `LONGEST_POLL_S`. Looking costs the
    service more than ten milliseconds for a study of 1,000 runs; its event stream, which tells of each run, costs more.
    """
    return min(max(POLL_S, 0.1 * (study.left_s or 0.0)), LONGEST_POLL_S)


class ApiError(SeedspreadError):
    """Error reported by the API, in its own words."""


def is_loopback(address: str) -> bool:
    """Tell whether a URL leads to this machine."""
    try:
        host = httpx.URL(address).host
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False


class Client:
    """Client of the API at `address`.

    Close it, or use it as a context manager.
    """

    def __init__(self, address: str, *, token: str | None = None) -> None:
        """Connect to a service.

        Args:
            token: a write token, needed to send studies that were trained elsewhere.

        Raises:
            InvalidInput: the token cannot be part of a header.
        """
        # Refused here, or it would look as if nobody answered. The value is a secret, so only its length is shown.
        if token and not (token.isascii() and token.isprintable()):
            expected = "ASCII characters on one line, as `seedspread token create` prints them"
            raise InvalidInput("token", f"{len(token)} characters", expected)
        self.address = address.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.address}{PREFIX}",
            timeout=httpx.Timeout(TIMEOUT_S, connect=5.0),
            headers={"Authorization": f"Bearer {token}"} if token else None,
            trust_env=not is_loopback(self.address),  # a proxy from the environment cannot reach this machine
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def check(self, spec: dict[str, Any]) -> None:
        """Validate a specification.

        Raises:
            InvalidInput: it cannot be submitted; the exception carries every error.
        """
        self._call("POST", "/studies/check", json=spec)

    def upload(self, file: Path) -> DataDigest:
        """Upload a data file, unless the service already has it.

        Studies refer to it by the path in the response.

        Raises:
            InvalidInput: the file is empty or too large.
            OSError: the file cannot be read.
        """
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        path, query = f"/datasets/uploads/{sha256}", {"name": file.name}
        try:
            return self._view(DataDigest, "GET", path, params=query)
        except ApiError as error:
            if error.code != "not_found":
                raise
        with file.open("rb") as opened:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
            return self._view(DataDigest, "PUT", path, params=query, content=opened, headers=headers)

    def announce(self, external_id: str, study: ImportedStudy) -> ReceivedStudy:
        """Announce a study that was trained elsewhere.

        Return the runs that the service has stored of it.
        """
        path, document = f"/imports/{external_id}", study.model_dump(mode="json")
        try:
            return self._view(ReceivedStudy, "PUT", path, json=document)
        except InvalidInput as error:
            if not LOOK_FIELDS.intersection(fault.field for fault in error.faults):
                raise
        if study.looks or study.paired is not None or study.at_most is not None:
            raise ApiError(
                f"{self.address} is an older version, which cannot pay for this study's looks: nothing was sent",
                hint="Upgrade the service, then send the folder again.",
            )
        plain = {name: value for name, value in document.items() if name not in LOOK_FIELDS}
        return self._view(ReceivedStudy, "PUT", path, json=plain)

    def send_parts(self, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
        """Send parts of runs.

        The service skips parts that it has already.
        """
        headers = {"Content-Type": MEDIA_TYPE}
        path = f"/imports/{external_id}/parts"
        return self._view(ReceivedParts, "POST", path, content=encode_parts(parts), headers=headers)

    def lacking_files(self, external_id: str, digests: Sequence[str]) -> list[str]:
        """Return those of the digests whose contents the service lacks."""
        path = f"/imports/{external_id}/files/lacking"
        return self._view(Lacking, "POST", path, json={"sha256": list(digests)}).sha256

    def send_file(self, external_id: str, sha256: str, content: bytes) -> None:
        """Send the content of a run's file."""
        headers = {"Content-Type": MEDIA_TYPE}
        self._call("PUT", f"/imports/{external_id}/files/{sha256}", content=content, headers=headers)

    def submit(self, spec: dict[str, Any], idempotency_key: str | None = None) -> Submitted:
        """Submit a study."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._view(Submitted, "POST", "/studies", json=spec, headers=headers)

    def study(self, study_id: int) -> StudyDetail:
        """Return one study."""
        return self._view(StudyDetail, "GET", f"/studies/{study_id}")

    def studies(self, per_page: int) -> Page[StudyView]:
        """Return the newest studies."""
        query = {"per_page": per_page, "sort": "created_at", "order": "desc"}
        return self._view(Page[StudyView], "GET", "/studies", params=query)

    def wait(self, study_id: int, timeout_s: float = math.inf) -> StudyDetail:
        """Wait for a study to end.

        It has ended when every run has and, if the study is adaptive, no more seeds will be added.

        Raises:
            TimeoutError: the study goes on after `timeout_s` seconds; it is not affected.
        """
        until = time.monotonic() + timeout_s
        while (study := self.study(study_id)).state not in OVER:
            if time.monotonic() > until:
                raise TimeoutError(f"study {study_id} goes on after {timeout_s} s; it was left as it is")
            time.sleep(min(pause_s(study), max(until - time.monotonic(), 0.0)))
        return study

    def cancel(self, study_id: int) -> Changed:
        """Cancel what has not ended."""
        return self._view(Changed, "POST", f"/studies/{study_id}/cancel")

    def add_seeds(self, study_id: int, count: int, code: Code | None = None) -> Extended:
        """Give every arm of a study the same `count` new seeds.

        Args:
            code: only for a study whose recipe has changed since it was submitted: `current` adds arms that today's
                code trains, `recorded` queues runs of the recorded code, which wait for a worker that has it.

        Raises:
            Conflict: the recipe has changed, and `code` is None.
        """
        return self._view(Extended, "POST", f"/studies/{study_id}/seeds", json={"count": count, "code": code})

    def share(self, study_id: int, days: int) -> NewShareView:
        """Create a read-only link to a study, valid for `days`."""
        return self._view(NewShareView, "POST", f"/studies/{study_id}/shares", json={"days": days})

    def shares(self, study_id: int) -> list[ShareView]:
        """Return the read-only links to a study, the newest first."""
        listed = self._call("GET", f"/studies/{study_id}/shares").json()
        return [ShareView.model_validate(link) for link in listed]

    def revoke_share(self, study_id: int, share_id: int) -> None:
        """Revoke a read-only link to a study."""
        self.delete(f"/studies/{study_id}/shares/{share_id}")

    def recipes(self) -> list[RecipeView]:
        """Return every recipe."""
        return TypeAdapter(list[RecipeView]).validate_json(self._call("GET", "/recipes").content)

    def workers(self) -> list[WorkerView]:
        """Return every worker that is known."""
        return TypeAdapter(list[WorkerView]).validate_json(self._call("GET", "/workers").content)

    def comparison(self, study_id: int, a: int, b: int) -> dict[str, Any]:
        """Return the comparison of two arms, by their positions."""
        answer: dict[str, Any] = self._call("GET", f"/studies/{study_id}/comparison", params={"a": a, "b": b}).json()
        return answer

    def replay(self, run_id: int, times: int, worker: str | None, *, allow_changed: bool) -> ReplaysStarted:
        """Train a run again."""
        body = {"times": times, "worker": worker, "allow_changed": allow_changed}
        return self._view(ReplaysStarted, "POST", f"/runs/{run_id}/replays", json=body)

    def replays(self, run_id: int) -> ReplaysView:
        """Return the replays of a run, with their verdicts."""
        return self._view(ReplaysView, "GET", f"/runs/{run_id}/replays")

    def export(self, run_id: int) -> bytes:
        """Return a run's manifest file unchanged.

        Its seal covers these exact bytes.
        """
        return self._call("GET", f"/runs/{run_id}/export").content

    def diff(self, a: int, b: int) -> RunDiff:
        """Return the differences between two runs."""
        return self._view(RunDiff, "GET", "/runs/diff", params={"a": a, "b": b})

    def findings(self, study_id: int) -> list[Finding]:
        """Return the audit findings of a study."""
        return TypeAdapter(list[Finding]).validate_json(self._call("GET", f"/studies/{study_id}/findings").content)

    def seeding(self, study_id: int) -> list[ArmSeeding]:
        """Return the effect of seeding on each arm of a study."""
        return TypeAdapter(list[ArmSeeding]).validate_json(self._call("GET", f"/studies/{study_id}/seeding").content)

    def get(self, view: type[View], path: str, **query: Any) -> View:
        """Get a path and parse the response as `view`."""
        return self._view(view, "GET", path, params=query)

    def every(self, view: type[View], path: str, **query: Any) -> list[View]:
        """Get a path and parse each element of the response list."""
        return [view.model_validate(item) for item in self._call("GET", path, params=query).json()]

    def post(self, view: type[View], path: str, body: dict[str, Any] | None = None) -> View:
        """Post a document (or none) and parse the response as `view`."""
        return self._view(view, "POST", path, json=body)

    def delete(self, path: str) -> None:
        """Delete what is at a path."""
        self._call("DELETE", path)

    def download(self, path: str, **query: Any) -> bytes:
        """Get a path and return the bytes of the response."""
        return self._call("GET", path, params=query).content

    def page(self, study_id: int) -> str:
        """Return the address of the study's page."""
        return f"{self.address}/studies/{study_id}"

    def _view(self, view: type[View], method: str, path: str, **request: Any) -> View:
        content = self._call(method, path, **request).content
        try:
            return view.model_validate_json(content)
        except ValidationError as error:
            raise ApiError(
                f"{self.address} answered in a form that this version does not know ({error.error_count()} faults)",
                hint="is it a Seedspread API of the same version?",
            ) from None

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise InvalidInput("address", self.address, "an address such as http://127.0.0.1:8321") from None
        except httpx.TransportError as error:
            raise Unavailable(
                f"there is no answer from {self.address}: {error or type(error).__name__}",
                hint="start it with `seedspread up`, or say where it is with --api or SEEDSPREAD_API",
            ) from None
        return response

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        response = self._answer(method, path, **request)
        # A body that was read from a file cannot be sent again.
        for _ in range(RETRIES if not hasattr(request.get("content"), "read") else 0):
            wait = response.headers.get("Retry-After", "")
            if response.status_code != _TOO_MANY or not wait.isdecimal():
                break
            time.sleep(min(int(wait), _LONGEST_WAIT_S))
            response = self._answer(method, path, **request)
        if response.is_error:
            raise _fault(response, self.address)
        return response


def _fault(response: httpx.Response, address: str) -> SeedspreadError:
    try:
        error = response.json()["error"]
        code, message, hint = str(error["code"]), str(error["message"]), error.get("hint")
    except (ValueError, KeyError, TypeError):
        return ApiError(f"{address} answered {response.status_code}", hint="is it a Seedspread API?")
    faults = [
        InvalidInput(fault["field"], MISSING if fault.get("missing") else fault["value"], fault["expected"], hint=hint)
        for fault in error.get("faults", ())
    ]
    if faults:
        fault = InvalidInput.all_of(faults)
        fault.unlisted += int(error.get("unlisted", 0))
        return fault
    kinds: dict[str, type[SeedspreadError]] = {"conflict": Conflict, "unavailable": Unavailable}
    problem = kinds.get(code, ApiError)(message, hint=hint)
    problem.code = code
    return problem
