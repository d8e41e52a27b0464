"""Whatever is sent, the answer is an answer: never a 500, always one of the shapes that are promised."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedspread.core.study import StudySpec
from tests.api.test_studies import API, SPEC

# Each example is sent to the same application; nothing that one stores changes what another is answered.
ONE_APP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(StudySpec.model_fields))


def answered(client: TestClient, method: str, path: str, **request: Any) -> None:
    answer = client.request(method, f"{API}{path}", **request)
    assert answer.status_code in (200, 201, 404, 422), answer.text
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert error["message"]
        assert error["code"] == ("not_found" if answer.status_code == 404 else "invalid_input")


@ONE_APP
@given(body=JSON)
def test_any_json_as_a_study(client: TestClient, body: Any) -> None:
    answered(client, "POST", "/studies/check", json=body)


@ONE_APP
@given(field=FIELDS, value=JSON)
def test_any_value_in_any_field(client: TestClient, field: str, value: Any) -> None:
    answered(client, "POST", "/studies/check", json=SPEC | {field: value})


@ONE_APP
@given(name=st.sampled_from(["hidden", "rate", "data", "other"]), value=JSON)
def test_any_value_of_any_parameter(client: TestClient, name: str, value: Any) -> None:
    arms = [{"name": "a", "parameters": {name: value}}]
    answered(client, "POST", "/studies", json=SPEC | {"arms": arms, "seeds": 1})


@ONE_APP
@given(text=st.text(max_size=30))
def test_any_text_in_an_address(client: TestClient, text: str) -> None:
    told = quote(text, safe="")
    for path in ("/studies?query=", "/studies?tag=", "/studies?recipe=", "/studies?sort=metric:", "/recipes/"):
        answered(client, "GET", path + told)
