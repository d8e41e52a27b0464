"""Studies that were trained elsewhere: imported and pushed exactly once, shown like any other, never trained."""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from seedspread.access import tokens
from seedspread.api import create_app
from seedspread.cli.app import run
from seedspread.errors import Conflict, InvalidInput, Unavailable
from seedspread.observe.usage import usage_of
from seedspread.recording import ArmRecord, create_study, open_study
from seedspread.recording.parts import PackedSeries, RunPart, decode_parts, encode_parts
from seedspread.recording.writer import new_study
from seedspread.resources.record import Sample
from seedspread.sending.push import push
from seedspread.sending.studies import from_folder
from seedspread.settings import AppSettings
from seedspread.storage import measured, series
from seedspread.storage.database import Database
from seedspread.storage.runs import peaks_of_study
from seedspread.studies import ingest
from seedspread.studies.receiver import LocalReceiver
from seedspread.views.imports import ImportedArm, ImportedRun, ImportedStudy, ReceivedParts, ReceivedStudy
from tests.readers import trackers
from tests.readers.samples import BASE, WIDE
from tests.support.brokers import SilentBroker
from tests.support.studies import context_of


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")
    yield opened
    opened.dispose()


@pytest.fixture
def client(sqlite: Database) -> Iterator[TestClient]:
    app = create_app(AppSettings(database_url=str(sqlite.url), reconcile_s=3600), broker=SilentBroker())
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as opened:
        yield opened


def imported(database: Database, source: str, *options: str) -> int:
    """Import a source into a database with the command; return the study's id."""
    assert run(["import", source, "--database-url", str(database.url), "--json", *options]) == 0
    return 1


def test_a_store_is_imported_with_every_value_and_decimal_steps(
    sqlite: Database, client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = trackers.neptune_parts(tmp_path / "exports", trackers.RUNS)
    imported(sqlite, source, "--metric", "metrics/val/acc")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"study_id": 1, "runs": 6, "points": 36, "skipped": 0, "files": 0}
    assert "arms by config/lr (lr=0.001, lr=0.25); seeds from config/seed" in captured.err
    with sqlite.reading() as session:
        stored = series.read(session, range(1, 7))
    for at, (_, metrics) in enumerate(trackers.RUNS, start=1):
        for name, values in metrics.items():
            points = stored[at][name]
            assert points.steps.tolist() == [0, 0.5, 1]
            assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(points.values, values, strict=True))
    shown = client.get("/api/v1/runs/1/series").json()
    assert all(columns["steps"] == [0, 0.5, 1] for columns in shown["series"].values()), shown


def test_an_imported_study_is_read_like_any_other_and_not_trained(
    sqlite: Database, client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "runs.csv"
    rows = [f"{s},{arm},{v},{v / 2}" for arm, values in (("base", BASE), ("wide", WIDE)) for s, v in enumerate(values)]
    file.write_text("\n".join(["seed,model,val_acc,val_loss", *rows, "8,wide,,"]))
    study = imported(sqlite, str(file), "--name", "from a table")
    imported(sqlite, str(file))
    assert '"skipped": 17' in capsys.readouterr().out
    detail = client.get(f"/api/v1/studies/{study}").json()
    assert (detail["name"], detail["imported"], detail["metric"]) == ("from a table", True, "val_acc")
    assert detail["origin"]["source"] == str(file)
    assert "arms by model (base, wide)" in detail["notes"]
    assert detail["counts"]["finished"] == 17
    assert client.get("/api/v1/studies").json()["total"] == 1
    comparison = client.get(f"/api/v1/studies/{study}/comparison?a=0&b=1").json()
    assert comparison["difference"]["paired"] is True
    assert (comparison["a"]["n"], comparison["b"]["n"], comparison["b"]["missing"]) == (8, 8, 1)
    for path in (
        "comparisons",
        "best-of-k",
        "findings",
        "seeding",
        "figures/distribution",
        "figures/differences",
        "figures/curves",
        "report",
        "data",
        "runs",
        "series",
        "distribution",
    ):
        answer = client.get(f"/api/v1/studies/{study}/{path}")
        assert answer.status_code in (200, 422), (path, answer.text)
    for path in ("", "/series", "/manifest", "/export", "/log", "/replays"):
        answer = client.get(f"/api/v1/runs/1{path}")
        assert answer.status_code < 500, (path, answer.text)
    assert client.post(f"/api/v1/studies/{study}/seeds", json={"count": 2}).status_code == 409
    assert client.post(f"/api/v1/studies/{study}/retry").status_code == 409
    assert client.post("/api/v1/runs/1/replays", json={}).status_code == 409
    assert [info["name"] for info in client.get("/api/v1/recipes").json()] == []
    assert client.delete(f"/api/v1/studies/{study}").status_code < 300


def folder(path: Path, seeds: Sequence[int] = range(3)) -> Path:
    """Write a run folder with two arms; the last seed of wide failed."""
    writer = create_study(
        path, new_study("pushed", metric="acc", arms=[ArmRecord("base"), ArmRecord("wide", {"h": 64})])
    )
    drawn = random.Random(1)
    for arm in ("base", "wide"):
        for seed in seeds:
            recorded = writer.begin(arm, seed)
            for step in range(5):
                recorded.log({"acc": drawn.random(), "loss": math.nan if step == 2 else 1 / (step + 1)}, step)
            recorded.end("failed" if (arm, seed) == ("wide", seeds[-1]) else "finished", reason="")
    return path


def test_a_folder_is_pushed_with_a_token_exactly_once(
    sqlite: Database, client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ctx = context_of(sqlite)
    token = tokens.create_token(ctx, "laptop")
    sent = from_folder(open_study(folder(tmp_path / "study")))
    url = f"/api/v1/imports/{sent.external_id}"
    body = sent.study.model_dump(mode="json")
    assert client.put(url, json=body).status_code == 401
    assert client.put(url, json=body, headers={"Authorization": "Bearer sst_wrong"}).status_code == 401
    receiver = _Remote(client, token)
    first = push(sent, receiver)
    assert (first.runs, first.points, first.skipped) == (6, 60, 0)
    again = push(from_folder(open_study(tmp_path / "study")), receiver)
    assert (again.runs, again.points, again.skipped) == (0, 0, 6)
    detail = client.get(f"/api/v1/studies/{first.study_id}").json()
    assert detail["counts"] == {"queued": 0, "running": 0, "finished": 5, "failed": 1, "cancelled": 0}
    # The token is nowhere but in the sender's hands.
    assert token not in caplog.text
    assert token.encode() not in (tmp_path / "seedspread.db").read_bytes()
    assert token not in client.get(f"/api/v1/studies/{first.study_id}").text
    tokens.revoke_token(ctx, "laptop")
    assert client.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    (listed,) = tokens.list_tokens(ctx)
    assert listed.used_at is not None
    assert listed.revoked_at is not None


class _Remote:
    """A service over HTTP that may die before or after it has stored what it was sent."""

    def __init__(self, client: TestClient, token: str, dies: Sequence[str] = ()) -> None:
        self.client, self.headers, self.dies = client, {"Authorization": f"Bearer {token}"}, list(dies)
        self.sent: list[str] = []

    def announce(self, external_id: str, study: ImportedStudy) -> ReceivedStudy:
        answer = self.client.put(
            f"/api/v1/imports/{external_id}", json=study.model_dump(mode="json"), headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return ReceivedStudy.model_validate_json(answer.content)

    def send_parts(self, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
        fate = self.dies.pop(0) if self.dies else ""
        if fate == "before":
            raise Unavailable("gone")
        headers = self.headers | {"Content-Type": "application/octet-stream"}
        answer = self.client.post(f"/api/v1/imports/{external_id}/parts", content=encode_parts(parts), headers=headers)
        if fate == "after":
            raise Unavailable("gone")
        assert answer.status_code == 200, answer.text
        return ReceivedParts.model_validate_json(answer.content)

    def lacking_files(self, external_id: str, digests: Sequence[str]) -> list[str]:
        answer = self.client.post(
            f"/api/v1/imports/{external_id}/files/lacking", json={"sha256": list(digests)}, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["sha256"])

    def send_file(self, external_id: str, sha256: str, content: bytes) -> None:
        fate = self.dies.pop(0) if self.dies else ""
        if fate == "before":
            raise Unavailable("gone")
        self.sent.append(sha256)
        headers = self.headers | {"Content-Type": "application/octet-stream"}
        path = f"/api/v1/imports/{external_id}/files/{sha256}"
        answer = self.client.put(path, content=content, headers=headers)
        if fate == "after":
            raise Unavailable("gone")
        assert answer.status_code == 204, answer.text


def test_nothing_is_lost_or_doubled_when_the_service_dies(
    sqlite: Database, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedspread.sending.push.POINTS_A_PART", 7)
    token = tokens.create_token(context_of(sqlite), "laptop")
    path = folder(tmp_path / "study")
    fates = ["", "after", "before", "", "before", "after", "after"]
    remote = _Remote(client, token, fates)
    with pytest.raises(Unavailable):
        push(from_folder(open_study(path)), remote, pauses_s=(), points_a_request=10)
    push(from_folder(open_study(path)), remote, pauses_s=(0, 0, 0, 0), points_a_request=10)
    study = from_folder(open_study(path))
    with sqlite.reading() as session:
        stored = series.read(session, range(1, 7))
    by_run = {}
    for at, (record, _) in enumerate(study.runs):
        by_run[record.arm, record.seed] = {item.metric: item for item in study.series(at)}
    runs = client.get("/api/v1/studies/1/runs").json()["items"]
    assert len(runs) == 6
    for shown in runs:
        for metric, packed in by_run[
            shown["arm"] if isinstance(shown["arm"], str) else shown["arm_name"], shown["seed"]
        ].items():
            points = stored[shown["id"]][metric]
            assert (points.steps.tobytes(), points.values.tobytes()) == (packed.steps, packed.values)


def test_a_run_of_a_notebook_keeps_its_cells(sqlite: Database, client: TestClient, tmp_path: Path) -> None:
    writer = create_study(tmp_path / "study", new_study("cells", metric="acc", arms=[ArmRecord("a")]))
    for seed in (0, 1):
        recorded = writer.begin("a", seed)
        recorded.event("cell", execution=1, source="x = 1", position=2, cell_id="b")
        recorded.event("cell", execution=2, source=f"y = {seed}", position=1, cell_id="a")
        recorded.log({"acc": 0.5})
        recorded.end("finished")
    assert run(["push", str(tmp_path / "study"), "--database-url", str(sqlite.url)]) == 0
    first, second = sorted(item["id"] for item in client.get("/api/v1/studies/1/runs").json()["items"])
    assert client.get(f"/api/v1/runs/{first}").json()["has_notebook"] is True
    answer = client.get(f"/api/v1/runs/{first}/cells").json()
    assert [cell["source"] for cell in answer["cells"]] == ["x = 1", "y = 0"]
    assert answer["warnings"] == ["Cell 1 ran after cell 2, which stands below it in the notebook."]
    document = client.get(f"/api/v1/runs/{first}/notebook")
    assert document.headers["content-disposition"] == f'attachment; filename="run-{first}.ipynb"'
    assert [cell["source"] for cell in document.json()["cells"]][1:] == ["x = 1", "y = 0"]
    lines = client.get(f"/api/v1/runs/{first}/cells/diff?other={second}").json()
    assert {"-y = 0", "+y = 1"} <= set(lines)
    assert client.get("/api/v1/runs/99/cells").status_code == 404


def test_logs_artifacts_and_examples_go_along_once(
    sqlite: Database, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedspread.sending.files.LARGEST_SENT", 50_000)
    outside = tmp_path / "model.bin"
    outside.write_bytes(b"weights" * 1000)
    moved = tmp_path / "moved.bin"
    moved.write_bytes(b"before")
    writer = create_study(tmp_path / "study", new_study("files", metric="acc", arms=[ArmRecord("a")]))
    for seed in (0, 1):
        recorded = writer.begin("a", seed)
        recorded.log({"acc": 0.5})
        recorded.text(f"epoch {seed} \u00e9\n".encode())
        recorded.examples("test", ["x", "y", "z"][:: 1 - 2 * seed], correct=[True, seed == 0, False])
        (recorded.folder / "artifacts").mkdir()
        (recorded.folder / "artifacts" / "same \u00e9.txt").write_text("the same in both runs")
        (recorded.folder / "artifacts" / "large.bin").write_bytes(b"0" * 50_001)
        for path in (outside, moved):
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            recorded.file(str(path), role="artifact", sha256=sha256, size=path.stat().st_size)
        recorded.end("finished")
    moved.write_bytes(b"afterw")
    remote = _Remote(client, tokens.create_token(context_of(sqlite), "laptop"), ["before", "after", "", "after"])
    for _ in range(4):
        with suppress(Unavailable):
            push(from_folder(open_study(tmp_path / "study")), remote, pauses_s=())
    assert push(from_folder(open_study(tmp_path / "study")), remote).skipped == 2
    assert len(remote.sent) == len(set(remote.sent)) == 6  # two logs, two lists of examples, the note, the model
    first, second = sorted(item["id"] for item in client.get("/api/v1/studies/1/runs").json()["items"])
    files = {file["path"]: file for file in client.get(f"/api/v1/runs/{first}/files").json()}
    names = {"log.txt", "examples.jsonl", "artifacts/same \u00e9.txt", "artifacts/large.bin", str(outside), str(moved)}
    assert set(files) == names
    assert {path for path, file in files.items() if not file["stored"]} == {"artifacts/large.bin", str(moved)}
    answer = client.get(f"/api/v1/runs/{first}/files/content", params={"path": str(outside)})
    assert answer.content == outside.read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''model.bin")
    for name in (str(moved), "../seedspread.db"):
        assert client.get(f"/api/v1/runs/{first}/files/content", params={"path": name}).status_code == 404
    assert client.get(f"/api/v1/runs/{second}/log").json()["text"] == "epoch 1 \u00e9\n"
    with sqlite.reading() as session:
        correct = measured.examples(session, [first, second])
    assert {run: bits.tolist() for run, bits in correct.items()} == {
        first: [True, True, False],
        second: [False, False, True],  # in the order of the first run's ids
    }


def test_a_file_that_is_damaged_or_missing_is_refused(sqlite: Database, client: TestClient) -> None:
    ctx = context_of(sqlite)
    digest = hashlib.sha256(b"whole").hexdigest()
    headers = {"Authorization": f"Bearer {tokens.create_token(ctx, 'laptop')}"}
    url = f"/api/v1/imports/s1/files/{digest}"
    unsigned = {"Content-Type": "application/octet-stream"}
    headers |= unsigned
    assert client.put(url, content=b"whole", headers=unsigned).status_code == 401
    assert client.put(url, content=b"damaged", headers=headers).status_code == 422
    ingest.receive_study(ctx, "s1", ImportedStudy(name="s", metric="acc", arms=[ImportedArm(name="a")]))
    files = [{"path": "log.txt", "sha256": digest, "bytes": 5}]
    record = ImportedRun.model_validate({"run_id": "r1", "arm": "a", "seed": 1, "files": files})
    part = RunPart(record.model_dump(mode="json"), 0, final=True, series=())
    with pytest.raises(Conflict, match=r"log\.txt of run r1 has not arrived"):
        ingest.receive_parts(ctx, "s1", [part])
    assert client.put(url, content=b"whole", headers=headers).status_code == 204
    assert ingest.receive_parts(ctx, "s1", [part]).stored == 1


def test_a_new_attempt_takes_the_place_of_a_failed_one(database: Database) -> None:
    ctx = context_of(database)
    study = ImportedStudy(name="s", metric="acc", arms=[ImportedArm(name="a")])
    ingest.receive_study(ctx, "s1", study)

    def part(run_id: str, attempt: int, state: str, value: float, *, sequence: int = 0) -> RunPart:
        record = ImportedRun.model_validate(
            {"run_id": run_id, "arm": "a", "seed": 1, "attempt": attempt, "state": state}
        )
        packed = PackedSeries.of("acc", [0], [value])
        return RunPart(record.model_dump(mode="json"), sequence, final=True, series=(packed,))

    assert ingest.receive_parts(ctx, "s1", [part("r1", 1, "failed", 0.1)]).stored == 1
    assert ingest.receive_parts(ctx, "s1", [part("r1", 1, "failed", 0.1)]).repeated == 1
    with pytest.raises(Conflict, match="with other values"):
        ingest.receive_parts(ctx, "s1", [part("r1", 1, "failed", 0.2)])
    with pytest.raises(Conflict, match="waits for part 1, not 2"):
        ingest.receive_parts(ctx, "s1", [part("r1", 1, "failed", 0.2, sequence=2)])
    with pytest.raises(Conflict, match="already from another run"):
        ingest.receive_parts(ctx, "s1", [part("r2", 1, "finished", 0.5)])
    assert ingest.receive_parts(ctx, "s1", [part("r2", 2, "finished", 0.5)]).stored == 1
    with database.reading() as session:
        assert series.read(session, [1])[1]["acc"].values.tolist() == [0.5]


@pytest.mark.parametrize("cut", [0, 3, 9, 40, -1])
def test_a_damaged_body_is_refused(cut: int) -> None:
    record = {"run_id": "r", "arm": "a", "state": "finished"}
    body = encode_parts([RunPart(record, 0, True, (PackedSeries.of("x", [0, 0.5], [math.inf, -0.0]),))])
    assert decode_parts(body)[0].series[0].fractional
    with pytest.raises(InvalidInput):
        decode_parts(body[:cut])
    with pytest.raises(InvalidInput):
        decode_parts(body[:-1] + bytes([body[-1] ^ 1]))


def test_an_import_is_written_as_a_run_folder_and_read_back(tmp_path: Path) -> None:
    source = f"mlflow:{trackers.mlflow_folder(tmp_path, trackers.RUNS)}#digits"
    assert run(["import", source, "--to-folder", str(tmp_path / "study")]) == 0
    read = open_study(tmp_path / "study")
    assert len(read.counted()) == len(trackers.RUNS)
    assert {(r.record.arm, r.record.seed) for r in read.counted()} == {
        (f"lr={p['lr']}", p["seed"]) for p, _ in trackers.RUNS
    }
    assert run(["import", source, "--to-folder", str(tmp_path / "study")]) == 2


def test_tokens_are_made_listed_and_revoked_by_command(
    sqlite: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--database-url", str(sqlite.url)]
    assert run(["token", "create", "laptop", *where]) == 0
    assert capsys.readouterr().out.startswith("sst_")
    assert run(["token", "create", "laptop", *where]) == 1
    assert run(["token", "list", *where]) == 0
    assert "laptop (logger): created" in capsys.readouterr().out
    assert run(["token", "revoke", "laptop", *where]) == 0
    assert run(["token", "revoke", "laptop", *where]) == 1
    monkeypatch.delenv("SEEDSPREAD_TOKEN", raising=False)
    assert run(["import", "nowhere.csv", "--api", "http://127.0.0.1:9"]) == 2


def test_what_a_run_used_is_pushed_once_and_checked(sqlite: Database, tmp_path: Path) -> None:
    ctx = context_of(sqlite)
    writer = create_study(tmp_path / "study", new_study("used", metric="acc", arms=[ArmRecord("a")]))
    for seed in (0, 1):
        recorded = writer.begin("a", seed)
        recorded.log({"acc": 0.5}, 0)
        if seed == 0:
            for at in range(1000):
                recorded.usage(Sample(at + 1.0, 0.5, 2**20 + at))
        recorded.end("finished")
    receiver = LocalReceiver(ctx)
    study = from_folder(open_study(tmp_path / "study"))
    record, _ = study.complete(1)
    assert record.usage is None
    for expected in (2, 0):
        assert push(study, receiver, pauses_s=()).runs == expected
    usage = usage_of(ctx, 1).usage
    assert usage is not None
    assert len(usage.samples.time) <= 240
    assert usage.samples.time[-1] == 1000
    assert usage.peaks.memory_bytes == 2**20 + 999
    assert usage_of(ctx, 2).usage is None
    with sqlite.reading() as session:
        assert [row.run_id for row in peaks_of_study(session, 1)] == [1]


@pytest.mark.parametrize(
    "usage",
    [
        {"samples": {"time": [1.0, 2.0], "cpu": [1.0]}, "peaks": {}},
        {"samples": {"time": [-1.0]}, "peaks": {}},
        {"samples": {"time": [2.0, 1.0]}, "peaks": {}},
        {"samples": {"time": [1.0, 1.0]}, "peaks": {}},
        {"samples": {"time": [1.0]}, "peaks": {}, "gpus": ["GPU 0\x00"]},
        {"samples": {"time": [1.0], "memory_bytes": [2**63]}, "peaks": {}},
        {"samples": {"time": [float(at) for at in range(1001)]}, "peaks": {}},
        {"samples": {"time": []}, "peaks": {"memory_bytes": "much"}},
        {"samples": {"time": []}},
    ],
)
def test_resources_that_make_no_sense_are_refused(sqlite: Database, usage: dict[str, object]) -> None:
    ctx = context_of(sqlite)
    study = ImportedStudy(name="used", metric="acc", arms=[ImportedArm(name="a")])
    ingest.receive_study(ctx, "used", study)
    record = ImportedRun(run_id="r1", arm="a", seed=0).model_dump(mode="json") | {"usage": usage}
    with pytest.raises(InvalidInput, match="usage"):
        ingest.receive_parts(ctx, "used", [RunPart(record, 0, final=True, series=())])


def test_values_edited_after_a_push_are_named(
    sqlite: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = folder(tmp_path / "study")
    line = ["push", str(path), "--database-url", f"sqlite:///{tmp_path / 'seedspread.db'}"]
    assert run(line) == 0
    assert "edited" not in capfd.readouterr().out
    ended = next(item for item in open_study(path).counted() if item.state == "finished")
    with (ended.folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 99, "time": 1, "values": {"acc": 0.99}}\n')
    assert run(line) == 0
    assert f"values were edited after the run had ended: {ended.folder.name}." in capfd.readouterr().out
