"""The API from Python: typed answers, and its errors as our own."""

from __future__ import annotations

import math
import time
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from seedspread.core.audit import ArmSeeding, Finding
from seedspread.core.diff import RunDiff
from seedspread.core.recipe import RecipeInfo
from seedspread.core.states import OVER
from seedspread.errors import MISSING, Conflict, InvalidInput, SeedspreadError, Unavailable
from seedspread.views.numbers import Page
from seedspread.views.replays import ReplaysStarted, ReplaysView
from seedspread.views.studies import Changed, StudyDetail, StudyView, Submitted

PREFIX = "/api/v1"
TIMEOUT_S = 60.0
POLL_S = 0.5

View = TypeVar("View", bound=BaseModel)


class ApiError(SeedspreadError):
    """The API refused; in its own words."""


class Client:
    """Calls the API at `address`; close it, or use it as a context."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._http = httpx.Client(base_url=f"{self.address}{PREFIX}", timeout=httpx.Timeout(TIMEOUT_S, connect=5.0))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def check(self, spec: dict[str, Any]) -> None:
        """Nothing, where the specification could be submitted.

        Raises:
            InvalidInput: carrying every fault.
        """
        self._call("POST", "/studies/check", json=spec)

    def submit(self, spec: dict[str, Any], idempotency_key: str | None = None) -> Submitted:
        """Submit a study."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._view(Submitted, "POST", "/studies", json=spec, headers=headers)

    def study(self, study_id: int) -> StudyDetail:
        """One study."""
        return self._view(StudyDetail, "GET", f"/studies/{study_id}")

    def studies(self, per_page: int) -> Page[StudyView]:
        """The newest studies."""
        query = {"per_page": per_page, "sort": "created_at", "order": "desc"}
        return self._view(Page[StudyView], "GET", "/studies", params=query)

    def wait(self, study_id: int, timeout_s: float = math.inf) -> StudyDetail:
        """The study, once every run of it has ended and, where it is adaptive, no more are to come.

        Raises:
            TimeoutError: it goes on after `timeout_s` seconds; nothing happened to it.
        """
        until = time.monotonic() + timeout_s
        while (study := self.study(study_id)).state not in OVER:
            if time.monotonic() > until:
                raise TimeoutError(f"study {study_id} goes on after {timeout_s} s; it was left as it is")
            time.sleep(POLL_S)
        return study

    def cancel(self, study_id: int) -> Changed:
        """Cancel what has not ended."""
        return self._view(Changed, "POST", f"/studies/{study_id}/cancel")

    def recipes(self) -> list[RecipeInfo]:
        """Every recipe."""
        return TypeAdapter(list[RecipeInfo]).validate_json(self._call("GET", "/recipes").content)

    def comparison(self, study_id: int, a: int, b: int) -> dict[str, Any]:
        """The comparison of two arms, by their positions."""
        answer: dict[str, Any] = self._call("GET", f"/studies/{study_id}/comparison", params={"a": a, "b": b}).json()
        return answer

    def replay(self, run_id: int, times: int, worker: str | None, *, allow_changed: bool) -> ReplaysStarted:
        """Train a run again."""
        asked = {"times": times, "worker": worker, "allow_changed": allow_changed}
        return self._view(ReplaysStarted, "POST", f"/runs/{run_id}/replays", json=asked)

    def replays(self, run_id: int) -> ReplaysView:
        """The replays of a run, with their verdicts."""
        return self._view(ReplaysView, "GET", f"/runs/{run_id}/replays")

    def export(self, run_id: int) -> bytes:
        """The manifest file of a run, as it came: its seal is over these very numbers."""
        return self._call("GET", f"/runs/{run_id}/export").content

    def diff(self, a: int, b: int) -> RunDiff:
        """What differs between two runs."""
        return self._view(RunDiff, "GET", "/runs/diff", params={"a": a, "b": b})

    def findings(self, study_id: int) -> list[Finding]:
        """What the audit of a study found."""
        return TypeAdapter(list[Finding]).validate_json(self._call("GET", f"/studies/{study_id}/findings").content)

    def seeding(self, study_id: int) -> list[ArmSeeding]:
        """What seeding does to each arm of a study."""
        return TypeAdapter(list[ArmSeeding]).validate_json(self._call("GET", f"/studies/{study_id}/seeding").content)

    def get(self, view: type[View], path: str, **query: Any) -> View:
        """What stands under a path, as a view."""
        return self._view(view, "GET", path, params=query)

    def every(self, view: type[View], path: str, **query: Any) -> list[View]:
        """What stands under a path that answers with a list, as views."""
        return [view.model_validate(one) for one in self._call("GET", path, params=query).json()]

    def post(self, view: type[View], path: str, body: dict[str, Any] | None = None) -> View:
        """What the API answers to a document (or to none), as a view."""
        return self._view(view, "POST", path, json=body)

    def download(self, path: str, **query: Any) -> bytes:
        """What stands under a path, as it is."""
        return self._call("GET", path, params=query).content

    def page(self, study_id: int) -> str:
        """Where a browser shows the study."""
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

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise InvalidInput("address", self.address, "an address such as http://127.0.0.1:8321") from None
        except httpx.TransportError as error:
            raise Unavailable(
                f"there is no answer from {self.address}: {error or type(error).__name__}",
                hint="start it with `seedspread up`, or say where it is with --api or SEEDSPREAD_API",
            ) from None
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
        return InvalidInput.all_of(faults)
    kinds: dict[str, type[SeedspreadError]] = {"conflict": Conflict, "unavailable": Unavailable}
    return kinds.get(code, ApiError)(message, hint=hint)
