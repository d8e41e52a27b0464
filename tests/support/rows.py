"""Rows for every table as its schema is now, whatever the revision: odd values, two runs a study, all references."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from seedspread.storage.tables import Base
from tests.builders import spec

AT = datetime(2029, 12, 31, 23, 59, 58, 765432, tzinfo=UTC)
CONTENT = bytes(range(256)) * 3


def rows(k: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of each table, referenced ones first; `k` keeps them apart from those of another call."""
    study, arm, first, second = 10 * k + 1, 10 * k + 1, 10 * k + 1, 10 * k + 2
    digest = hashlib.sha256(CONTENT + bytes([k])).hexdigest()
    document = {"z": 1, "a": [1.5, None, "ü\u2028"], "large": 2**60}
    run = {
        "study_id": study,
        "arm_id": arm,
        "sources": {"split": {"seed": 2**31}},
        "queue": "cpu",
        "diverged": False,
        "cancel_requested": False,
        "created_at": AT,
        "touched_at": AT,
        "finished_at": AT,
        "epoch": 3,
        "step": 2,
        "attempt": 1,
        "log_tail": "naïve\n",
        "notes": "",
        "environment": f"e{k}",
    }
    of_first = {"run_id": first, "attempt": 1}
    chunk = {
        **of_first,
        "first_step": 1,
        "count": 3,
        "fractional": False,
        "steps": struct.pack("<3q", 1, 2, 3),
    }
    summary = {"last_step": 3, "best_step": 2, "count": 3, "run_id": first}
    return {
        "environment": [{"digest": f"e{k}", "content": document}],
        "recipe": [{"source_digest": f"r{k}", "name": "toy", "version": "1", "info": document, "published_at": AT}],
        "study": [
            {
                "id": study,
                "name": f"study {k} ‘quoted’",
                "recipe": "toy",
                "source_digest": f"r{k}",
                "spec": spec().model_dump(mode="json"),
                "metric": "accuracy",
                "direction": "maximize",
                "summary": "last",
                "settings": spec().settings.model_dump(mode="json"),
                "tags": ["b", "a"],
                "notes": "",
                "data": {},
                "created_at": AT,
                "request_digest": "q",
                "idempotency_key": f"key {k}",
                "external_id": f"outside {k}",
                "project": "",
            }
        ],
        "arm": [
            {
                "id": arm,
                "study_id": study,
                "position": 0,
                "name": "base",
                "parameters": document,
                "differs": {},
                "policies": {"init": "vary"},
            }
        ],
        "run": [
            {**run, "id": first, "position": 0, "seed": 2**62, "state": "finished", "duration_s": 0.1, "tags": ["t"]},
            {**run, "id": second, "position": 1, "seed": 0, "state": "failed", "diverged": True, "replay_of": first}
            | {"excluded_reason": "power cut", "excluded_at": AT, "manifest": document, "external_id": f"run {k}"},
        ],
        "attempt": [
            {"run_id": number, "number": 1, "state": state, "worker": "w", "trainer": "", "left_behind": ""}
            | {"started_at": AT, "ended_at": AT}
            for number, state in ((first, "finished"), (second, "failed"))
        ],
        "chunk": [
            {**chunk, "metric": "accuracy", "values": struct.pack("<3d", 0.25, 0.5, 0.75)},
            {**chunk, "metric": "loss", "values": struct.pack("<3d", 1e308, math.inf, math.nan)},
        ],
        "usage": [{**of_first, "peak_memory_bytes": 2**40, "content": document}],
        "part": [{**of_first, "sequence": 0, "digest": "p", "points": 6}],
        "run_file": [{**of_first, "path": "model ü.bin", "sha256": digest, "size_bytes": len(CONTENT) + 1}],
        "token": [{"name": f"t{k}", "role": "member", "digest": f"d{k}", "created_at": AT}],
        "share": [{"id": 10 * k + 1, "study_id": study, "digest": f"s{k}", "created_at": AT, "expires_at": AT}],
        "change": [
            {"id": 10 * k + 1, "at": AT, "name": "t", "role": "admin", "method": "POST", "path": "/x", "status": 409}
        ],
        "summary": [
            {**summary, "metric": "accuracy", "last": 0.75, "best": 0.75, "min": 0.25, "max": 0.75, "non_finite": 0},
            {**summary, "metric": "loss", "last": None, "best": 1e308, "min": -math.inf, "max": math.inf}
            | {"non_finite": 2},
        ],
        "fingerprint": [{**of_first, "kind": "weights", "step": 2**40, "digest": "f"}],
        "examples": [{**of_first, "count": 12, "correct": b"\xff\x80", "scores": None}],
        "worker": [
            {"name": f"w{k}", "host": "h", "pid": 1, "queue": "cpu", "started_at": AT, "beat_at": AT, "runs": 2}
            | {"lacks": {}, "problems": [], "device": ""}
        ],
        "alert": [
            {"id": 10 * k + 1, "study_id": study, "kind": "lost", "subject": "", "text": "", "created_at": AT}
            | {"delivery": "none", "tries": 0}
        ],
        "saved_view": [{"page": f"study-{study}", "name": "mine", "search": "?a=1", "saved_at": AT}],
        "noise_floor": [
            {"name": f"floor {k}", "created_at": AT, "metric": "accuracy", "unit": "", "direction": "maximize"}
            | {"values": [0.1, 0.2], "seeds": [2**62, 1], "failures": 0, "conditions": document, "origin": ""}
            | {"study_id": study, "error": 0.05, "candidates": 3}
        ],
        "floor_look": [
            {"floor": f"floor {k}", "number": 1, "look": 1, "candidate": "c", "at": AT, "values": [0.3], "failures": 0}
            | {"alpha": 0.015, "state": "better", "headline": ""}
        ],
        "data_file": [{"sha256": digest, "name": "f.bin", "size_bytes": len(CONTENT) + 1, "stored_at": AT}],
        "data_part": [
            {"sha256": digest, "part": 0, "content": CONTENT},
            {"sha256": digest, "part": 1, "content": bytes([k])},
        ],
    }


def fill(connection: Connection, k: int) -> int:
    """Insert `rows(k)` into the tables and columns that exist; the number of rows.

    Fails where a column that must have a value has none here: add it to `rows`.
    """
    prepared = rows(k)
    assert prepared.keys() == Base.metadata.tables.keys(), "rows for every table"
    inspector = sa.inspect(connection)
    existing = set(inspector.get_table_names())
    inserted = 0
    for table in Base.metadata.sorted_tables:
        if table.name not in existing:
            continue
        names = {column["name"] for column in inspector.get_columns(table.name)}
        typed = sa.table(table.name, *(sa.column(name, table.columns[name].type) for name in names))
        for row in prepared[table.name]:
            connection.execute(sa.insert(typed).values({name: row[name] for name in row if name in names}))
            inserted += 1
    return inserted


def contents(connection: Connection) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return every row of every table, by the newest schema, in the order of their keys."""
    listed = {}
    for table in Base.metadata.sorted_tables:
        query = sa.select(table).order_by(*table.primary_key.columns)
        listed[table.name] = [tuple(map(repr, row)) for row in connection.execute(query)]
    return listed
