"""The commands that talk to the API, and what every command does with bad input."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import delete

from seedspread.cli.app import COMMANDS, run
from seedspread.client import ApiError, Client
from seedspread.context import utc_now
from seedspread.core.recipe import Ability
from seedspread.errors import Conflict
from seedspread.storage import recipes, workers
from seedspread.storage.tables import RecipeRow
from tests.cli.conftest import RECIPE, Api
from tests.servers import free_port

SPEC = {"name": "width", "recipe": "digits", "arms": [{"name": "a"}, {"name": "b", "parameters": {"hidden": 64}}]}


class Printed(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Printed]:
    def call(*arguments: str) -> Printed:
        code = run(arguments)
        captured = capsys.readouterr()
        return Printed(code, captured.out, captured.err)

    return call


def spec(folder: Path, **changes: Any) -> str:
    path = folder / "study.json"
    path.write_text(json.dumps(SPEC | {"seeds": 5} | changes))
    return str(path)


def test_a_study_is_submitted_shown_and_cancelled(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    submitted = command("submit", spec(tmp_path))
    assert submitted == (0, f"study 1: 10 runs · {api.url}/studies/1\n", "")

    shown = command("status", "1")
    assert shown.code == 0
    assert "study 1 · width · digits 1" in shown.out
    assert "10 queued" in shown.out
    assert "a: accuracy has no value yet (n = 0 of 5)" in shown.out
    reason = "waits: No worker takes runs from the cpu queue. Start one: `seedspread worker --queue cpu`."
    assert reason in shown.out.splitlines()

    listed = command("status")
    assert f"1 {reason}" in listed.out.splitlines()
    assert "width" in listed.out
    assert "0/10" in listed.out

    assert command("cancel", "1").out == "study 1: cancels up to 10 runs; runs that finish first are kept\n"
    assert json.loads(command("status", "1", "--json").out)["counts"]["cancelled"] == 10
    assert command("cancel", "1").out == "study 1: no runs left to cancel\n"

    assert command("retry", "--run", "3").out == "run 3 is queued again\n"
    assert json.loads(command("retry", "1", "--json").out) == {"runs": 9}
    assert command("retry", "1").out == "study 1: no failed or cancelled runs\n"
    assert "only failed and cancelled runs" in command("retry", "--run", "3").err


def test_seeds_added_after_the_recipe_changed_ask_which_code(
    api: Api, command: Callable[..., Printed], tmp_path: Path
) -> None:
    command("submit", spec(tmp_path))
    assert command("extend", "1", "--seeds", "2").out == "study 1: 4 runs are queued, seeds 5, 6\n"

    with api.database.session() as session:
        recipes.publish(session, [RECIPE.model_copy(update={"source_digest": "1" * 64})], utc_now())
    result = command("extend", "1", "--seeds", "2")
    assert (result.code, result.out) == (1, "")
    assert "the code of recipe digits changed since study 1 (0000000 when it was submitted, 1111111 now)" in result.err
    assert "--code current" in result.err
    assert json.loads(command("status", "1", "--json").out)["counts"]["queued"] == 14  # nothing was queued

    added = json.loads(command("extend", "1", "--seeds", "2", "--code", "current", "--json").out)
    assert added["runs"] == 4
    arms = json.loads(command("status", "1", "--json").out)["arms"]
    assert [arm["name"] for arm in arms] == ["a", "b", "a (code 1111111)", "b (code 1111111)"]
    with Client(api.url) as client:
        with pytest.raises(Conflict, match="changed since study 1"):
            client.add_seeds(1, 1)
        assert client.add_seeds(1, 1, "recorded").runs == 2
    assert command("extend", "1", "--seeds", "2", "--code", "old").code == 2


def test_a_worker_that_still_starts_is_not_said_to_lack_a_recipe(
    api: Api, command: Callable[..., Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedspread.cli.commands.recipes.STARTING_S", 0.0)
    with api.database.session() as session:
        workers.register(session, workers.Registration("w1", "here", 1, "cpu"), utc_now())
    result = command("recipes", "check")
    assert (result.code, "w1  starting, not heard from yet" in result.out) == (1, True)

    with api.database.session() as session:  # it is waited for
        workers.enable(session, "w1", Ability(offers={}), [])
    assert "w1  not installed" in command("recipes", "check").out


def test_json_is_one_document_and_nothing_else(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    for arguments in (
        ("submit", spec(tmp_path), "--json"),
        ("status", "--json"),
        ("status", "1", "--json"),
        ("recipes", "--json"),
        ("recipes", "digits", "--json"),
        ("cancel", "1", "--json"),
    ):
        result = command(*arguments)
        assert result.code == 0
        assert isinstance(json.loads(result.out), dict)
        assert result.err == ""


def test_the_same_key_makes_no_second_study(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    first = json.loads(command("submit", spec(tmp_path), "--idempotency-key", "k", "--json").out)
    second = json.loads(command("submit", spec(tmp_path), "--idempotency-key", "k", "--json").out)
    assert (first["created"], second["created"]) == (True, False)
    assert first["study_id"] == second["study_id"]

    clash = command("submit", spec(tmp_path, seeds=6), "--idempotency-key", "k")
    assert clash.code == 1
    assert clash.err.startswith("error: ")


def test_recipes_are_listed_and_explained(api: Api, command: Callable[..., Printed]) -> None:
    listed = command("recipes").out
    assert listed.startswith("digits 1  Digits.\n  No live worker offers it.\n  metrics: accuracy (maximize)\n")
    assert "    hidden: integer, 1 to 4096, default 32  units\n" in listed
    assert command("recipes", "digits").out == listed
    unknown = command("recipes", "nope")
    assert unknown == (1, "", "error: there is no recipe 'nope'\nhint: there are: digits\n")


def test_data_is_listed_and_a_file_looked_into(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    listed = command("datasets").out
    assert "digits: its own data · 0 studies" in listed
    assert "no study has trained on a file yet" in listed
    path = tmp_path / "t.csv"
    path.write_text("width,kind\n1,a\n2,b\n3,a\n4,b\n")
    looked = command("datasets", str(path)).out
    assert "It reads as 4 rows of 1 number in 2 classes" in looked
    assert "  a: 2\n" in looked
    assert json.loads(command("datasets", str(path), "--json").out)["contents"]["examples"] == 4
    missing = command("datasets", str(tmp_path / "none.csv"))
    assert missing.code == 2
    assert "this one does not exist" in missing.err


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"seeds": []}, ["seeds"]),
        ({"seeds": [1, 1]}, ["seeds", "every seed once"]),
        ({"colour": "red"}, ["colour", "'red'", "no field of this name"]),
        ({"recipe": "nope"}, ["recipe", "'nope'", "digits"]),
        ({"metric": "speed"}, ["metric", "'speed'", "accuracy"]),
        ({"seeds": 100_001}, ["seeds"]),
        ({"arms": [{"name": "a", "parameters": {"hidden": 0}}]}, ["arms[0].parameters.hidden", "0", "at least 1"]),
        ({"arms": [{"name": "a", "parameters": {"width": 3}}]}, ["arms[0].parameters.width", "3", "hidden"]),
    ],
)
def test_bad_input_is_one_line_a_fault_and_stores_nothing(
    api: Api, command: Callable[..., Printed], tmp_path: Path, changes: dict[str, Any], lines: list[str]
) -> None:
    result = command("submit", spec(tmp_path, **changes))
    assert result.code == 2
    assert result.out == ""
    first = result.err.splitlines()[0]
    assert first.startswith("error: ")
    for word in lines:
        assert word in first
    assert "Traceback" not in result.err
    assert json.loads(command("status", "--json").out)["total"] == 0


@pytest.mark.parametrize("registered", [True, False], ids=["a starting worker", "no worker yet"])
def test_a_submission_waits_for_recipes_of_workers_that_start(
    registered: bool, api: Api, command: Callable[..., Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api.database.session() as session:
        session.execute(delete(RecipeRow))
        if registered:
            workers.register(session, workers.Registration("here:1/1", "here", 1, "cpu"), utc_now())

    def publish(_: float) -> None:
        with api.database.session() as session:
            recipes.publish(session, [RECIPE], utc_now())

    waited = SimpleNamespace(sleep=publish, monotonic=time.monotonic)
    monkeypatch.setattr("seedspread.cli.commands.study.time", waited)
    result = command("submit", spec(tmp_path))
    assert result.out == f"study 1: 10 runs · {api.url}/studies/1\n"
    assert result.err == "waiting up to 60 s for workers to publish their recipes\n"


def test_a_submission_that_is_followed_says_why_no_worker_trains_it(
    api: Api, command: Callable[..., Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api.database.session() as session:
        for name in ("here:1/1", "there:1/1"):
            workers.register(session, workers.Registration(name, name[:4], 1, "cpu"), utc_now())
            workers.enable(session, name, Ability({"digits": "1" * 64}, {}), [])
    pauses: list[float] = []

    def cancelled_later(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 3:
            with Client(api.url) as client:
                client.cancel(1)

    clock = SimpleNamespace(sleep=cancelled_later, monotonic=time.monotonic)
    monkeypatch.setattr("seedspread.cli.commands.study.time", clock)
    result = command("submit", spec(tmp_path), "--wait")
    assert (result.code, len(pauses)) == (1, 3)
    reasons = [line for line in result.err.splitlines() if line.startswith("waits: ")]
    assert len(reasons) == 1, result.err  # once, not at every look
    assert "digits" in reasons[0]
    assert "code" in reasons[0]


def test_a_submission_waits_for_no_recipe_that_nobody_will_publish(
    api: Api, command: Callable[..., Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = spec(tmp_path, recipe="digit")
    with api.database.session() as session:
        workers.register(session, workers.Registration("here:1/1", "here", 1, "cpu"), utc_now())
        workers.enable(session, "here:1/1", Ability({"digits": "0" * 64}, {}), [])
    result = command("submit", file)
    assert "waiting" not in result.err
    assert "recipe: 'digit' is not usable; expected one of digits" in result.err
    with api.database.session() as session:
        workers.enable(session, "here:1/1", Ability(None, {}), [])
    monkeypatch.setattr("seedspread.cli.commands.study.WAIT_FOR_RECIPES_S", 0.1)
    assert "recipe: 'digit' is not usable" in command("submit", file).err


def test_every_fault_has_its_line(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    result = command("submit", spec(tmp_path, colour="red", seeds=[], notes=3))
    assert result.code == 2
    assert len([line for line in result.err.splitlines() if line.startswith("error: ")]) == 3


def test_a_study_that_is_not_there_is_said_in_a_line(api: Api, command: Callable[..., Printed]) -> None:
    for arguments in (("status", "77"), ("cancel", "77"), ("retry", "77")):
        result = command(*arguments)
        assert result.code == 1
        assert "there is no study 77" in result.err


def test_an_api_that_is_not_there_is_said_with_what_to_do(command: Callable[..., Printed]) -> None:
    result = command("status", "--api", f"http://127.0.0.1:{free_port()}")
    assert result.code == 1
    assert result.out == ""
    assert "there is no answer from" in result.err
    assert "seedspread up" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("up", "--port", "70000"), ["--port", "70000", "65535"]),
        (("up", "--bogus"), ["--bogus"]),
        (("up", "--recipes", "no_such_module"), ["--recipes", "no_such_module"]),
        (("up", "--host", "203.0.113.7", "--workers", "0"), ["host", "203.0.113.7"]),
        (("worker", "--queue", "tpu"), ["tpu", "cpu"]),
        (("migrate", "--database-url", "mysql://x/y"), ["database_url", "mysql"]),
        (("status", "one"), ["one"]),
        (("status", "--api", "nowhere"), ["--api", "nowhere"]),
        (("submit",), ["FILE"]),
        (("retry",), ["STUDY is missing", "--run"]),
        (("retry", "1", "--run", "2"), ["--run", "2", "STUDY 1"]),
        (("submit", "does-not-exist.yaml"), ["does-not-exist.yaml"]),
        (("fly",), ["fly"]),
    ],
)
def test_wrong_use_is_one_clean_line(
    command: Callable[..., Printed], tmp_path: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    extra = ("--data-dir", str(tmp_path)) if arguments[0] in ("up", "worker", "migrate") else ()
    result = command(*arguments, *extra)
    assert result.code == 2
    assert result.out == ""
    errors = [line for line in result.err.splitlines() if not line.startswith("hint: ")]
    assert len(errors) == 1
    for word in words:
        assert word in errors[0]


def test_a_setting_in_the_environment_is_named_as_it_stands_there(
    command: Callable[..., Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDSPREAD_PORT", "eight")
    result = command("migrate")
    assert result.code == 2
    assert "SEEDSPREAD_PORT" in result.err
    assert "'eight'" in result.err


def test_a_database_is_migrated(command: Callable[..., Printed], tmp_path: Path) -> None:
    assert command("migrate", "--data-dir", str(tmp_path)).code == 0
    assert (tmp_path / "seedspread.db").stat().st_size > 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(command: Callable[..., Printed], name: str) -> None:
    result = command(name, "--help")
    assert result.code == 0
    assert "Usage: seedspread" in result.out
    assert result.out.count(f"seedspread {name}") >= 2


def test_help_lists_every_command(command: Callable[..., Printed]) -> None:
    for arguments in ((), ("--help",), ("-h",)):
        result = command(*arguments)
        assert result.code == 0
        for name in COMMANDS:
            assert f"│ {name} " in result.out


def test_the_version_is_said(command: Callable[..., Printed]) -> None:
    assert command("--version") == (0, f"seedspread {metadata.version('seedspread')}\n", "")


def test_what_a_plan_lacks_is_called_missing(command: Callable[..., Printed]) -> None:
    assert command("plan", "--difference", "1").err.startswith("error: std is missing;")
    assert command("plan", "--std", "1").err.startswith("error: difference is missing;")


def test_the_api_is_described(command: Callable[..., Printed], tmp_path: Path) -> None:
    assert command("openapi", str(tmp_path / "openapi.json")).code == 0
    described = json.loads((tmp_path / "openapi.json").read_text())
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/studies" in described["paths"]


def test_a_study_is_shared_by_a_link(api: Api, command: Callable[..., Printed], tmp_path: Path) -> None:
    command("submit", spec(tmp_path))
    made = command("share", "1", "--days", "7")
    assert made.out.startswith(f"{api.url}/shared/sss_")
    assert "reads study 1 without one until" in made.err
    listed = command("share", "1", "--list")
    assert listed.out.startswith("link 1: until 20")
    assert command("share", "1", "--revoke", "1").out == "link 1 of study 1 is revoked\n"
    assert json.loads(command("share", "1", "--list", "--json").out)["shares"][0]["revoked_at"] is not None
    assert command("share", "1", "--revoke", "1").code == 1
    assert command("share", "9").code == 1


def test_the_client_waits_where_it_asked_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(200, json=[])]
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with Client("http://seeds.example") as client:
        monkeypatch.setattr(client._http, "request", lambda *_, **__: answers.pop(0))
        assert client.workers() == []
        assert waited == [3]
        answers[:] = [httpx.Response(429, json={"error": {"code": "too_many_requests", "message": "m"}})]
        with pytest.raises(ApiError, match="m"):
            client.workers()
