"""Stores as trackers write them, in their own layout, for tests that install none of them."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Runs = Sequence[tuple[Mapping[str, Any], Mapping[str, Sequence[float]]]]
"""Parameters of each run, and the values of each metric at steps 0, 1, 2, …"""

RUNS: Runs = [
    ({"seed": seed, "lr": lr}, {"val/acc": [0.1, 0.3 + lr, 0.2 + lr + seed / 7], "loss": [1 / 3, float("nan"), 0.25]})
    for seed in (3, 4, 5)
    for lr in (0.001, 0.25)
]


def mlflow_folder(folder: Path, runs: Runs, *, experiment: str = "digits", failed: Sequence[int] = ()) -> str:
    """Write a file store: a folder an experiment, a folder a run, a file a metric."""
    home = folder / "mlruns"
    for identity, title in (("0", "Default"), ("77", experiment)):
        (home / identity).mkdir(parents=True)
        (home / identity / "meta.yaml").write_text(
            f"artifact_location: x\nexperiment_id: '{identity}'\nlifecycle_stage: active\nname: {title}\n"
        )
    for at, (parameters, metrics) in enumerate(runs):
        run = home / "77" / f"{at:032x}"
        run.mkdir()
        status = 4 if at in failed else 3
        (run / "meta.yaml").write_text(
            f"run_id: {run.name}\nrun_name: fox-{at}\nlifecycle_stage: active\nstatus: {status}\nstart_time: {at}\n"
        )
        for kind, values in (("params", parameters), ("metrics", metrics)):
            for key, value in values.items():
                file = run / kind / key
                file.parent.mkdir(parents=True, exist_ok=True)
                lines = (
                    [f"17{step} {number!r} {step}" for step, number in enumerate(value)] if kind == "metrics" else []
                )
                file.write_text("\n".join(lines) + "\n" if lines else str(value))
    return str(home)


def mlflow_database(path: Path, runs: Runs) -> str:
    """Write the tables of an MLflow database that hold runs."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);"
            "CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, start_time INTEGER, experiment_id INTEGER,"
            " lifecycle_stage TEXT);"
            "CREATE TABLE params (run_uuid TEXT, key TEXT, value TEXT);"
            "CREATE TABLE metrics"
            " (run_uuid TEXT, key TEXT, value REAL, step INTEGER, timestamp INTEGER, is_nan INTEGER);"
            "INSERT INTO experiments VALUES (0, 'Default', 'active'), (7, 'digits', 'active');"
        )
        for at, (parameters, metrics) in enumerate(runs):
            database.execute("INSERT INTO runs VALUES (?, ?, 'FINISHED', ?, 7, 'active')", (f"r{at}", f"fox-{at}", at))
            for key, value in parameters.items():
                database.execute("INSERT INTO params VALUES (?, ?, ?)", (f"r{at}", key, str(value)))
            for key, values in metrics.items():
                for step, value in enumerate(values):
                    nan = value != value
                    row = (f"r{at}", key, 0.0 if nan else value, step, step, int(nan))
                    database.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
        database.commit()
    return str(path)


def trackio_database(path: Path, runs: Runs) -> str:
    """Write Trackio's database: a JSON object a step, another a configuration."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, timestamp TEXT, run_name TEXT,"
            " step INTEGER, metrics TEXT);"
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, run_name TEXT, config TEXT,"
            " created_at TEXT);"
        )
        for at, (parameters, metrics) in enumerate(runs):
            config = {"_Username": "u", "_Created": "2026-01-01", **parameters}
            row = (f"r{at}", f"fox-{at}", json.dumps(config))
            database.execute("INSERT INTO configs (run_id, run_name, config) VALUES (?, ?, ?)", row)
            for step in range(len(next(iter(metrics.values())))):
                values = {
                    key: "NaN" if series[step] != series[step] else series[step] for key, series in metrics.items()
                }
                database.execute(
                    "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, 't', ?, ?, ?)",
                    (f"r{at}", f"fox-{at}", step, json.dumps(values)),
                )
        database.commit()
    return str(path)


def neptune_parts(folder: Path, runs: Runs) -> str:
    """Write the long table of neptune-exporter, a file a run, with decimal steps."""
    schema = pa.schema(
        [
            ("project_id", pa.string()),
            ("run_id", pa.string()),
            ("attribute_path", pa.string()),
            ("attribute_type", pa.string()),
            ("step", pa.decimal128(18, 6)),
            ("timestamp", pa.timestamp("ms", tz="UTC")),
            ("int_value", pa.int64()),
            ("float_value", pa.float64()),
            ("string_value", pa.string()),
            ("bool_value", pa.bool_()),
        ]
    )
    for at, (parameters, metrics) in enumerate(runs):
        run = f"RUN-{at}"
        base = {"project_id": "team/digits", "run_id": run}
        rows: list[dict[str, Any]] = [
            {**base, "attribute_path": "sys/name", "attribute_type": "string", "string_value": f"fox {at}"}
        ]
        for key, value in parameters.items():
            kind = "int" if isinstance(value, int) else "float"
            row = {**base, "attribute_path": f"config/{key}", "attribute_type": kind, f"{kind}_value": value}
            rows.append(row)
        for key, values in metrics.items():
            rows += [
                {**base, "attribute_path": f"metrics/{key}", "attribute_type": "float_series",
                 "step": Decimal(step) / 2, "float_value": value}
                for step, value in enumerate(values)
            ]  # fmt: skip
        project = folder / "team_digits_1a2b"
        project.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), project / f"{run}_part_0.parquet")
    return str(folder)


def _event_class() -> Any:
    """Return the protocol buffer message of an event, described here from TensorBoard's event.proto."""
    file = descriptor_pb2.FileDescriptorProto(name="seedspread_test_event.proto", package="seedspread_test")
    fields = descriptor_pb2.FieldDescriptorProto
    optional, repeated = fields.LABEL_OPTIONAL, fields.LABEL_REPEATED
    value = file.message_type.add(name="Value")
    value.field.add(name="tag", number=1, type=fields.TYPE_STRING, label=optional)
    value.field.add(name="simple_value", number=2, type=fields.TYPE_FLOAT, label=optional)
    summary = file.message_type.add(name="Summary")
    summary.field.add(
        name="value", number=1, type=fields.TYPE_MESSAGE, type_name=".seedspread_test.Value", label=repeated
    )
    event = file.message_type.add(name="Event")
    event.field.add(name="wall_time", number=1, type=fields.TYPE_DOUBLE, label=optional)
    event.field.add(name="step", number=2, type=fields.TYPE_INT64, label=optional)
    event.field.add(
        name="summary", number=5, type=fields.TYPE_MESSAGE, type_name=".seedspread_test.Summary", label=optional
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("seedspread_test.Event"))


def tensorboard_logs(folder: Path, runs: Runs) -> str:
    """Write event files as SummaryWriter does, a folder a run; the last file ends in the middle of a record."""
    event_class = _event_class()
    for parameters, metrics in runs:
        run = folder / ",".join(f"{key}={value}" for key, value in parameters.items())
        run.mkdir(parents=True)
        records = [event_class(wall_time=1.0)]
        for tag, values in metrics.items():
            for step, value in enumerate(values):
                event = event_class(wall_time=1.0 + step, step=step)
                event.summary.value.add(tag=tag, simple_value=value)
                records.append(event)
        raw = b""
        for record in records:
            content = record.SerializeToString()
            # The checksums are not read: a reader that stops at a torn record must not depend on them.
            raw += struct.pack("<QI", len(content), 0) + content + struct.pack("<I", 0)
        (run / "events.out.tfevents.1.host").write_bytes(raw)
    file = next(folder.rglob("*tfevents*"))
    file.write_bytes(file.read_bytes() + struct.pack("<QI", 40, 0) + b"\x12")
    return str(folder)
