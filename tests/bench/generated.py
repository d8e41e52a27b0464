"""Send generated requests to every operation of the API; count answers, and every one that must not be.

    python -m tests.bench.generated [--requests 6000] [--seed 1] [--database sqlite|postgresql]

Requests are drawn from the seed and the API's own description: paths, queries, headers and bodies, valid, nearly valid
and hostile. An answer must not be a 5xx (503 neither: nothing is away), and every error must have the one JSON shape.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.api.openapi import document
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.bench.kills import opened
from tests.builders import NOW, finish, recipe, run_ids, store
from tests.support.brokers import FlakyBroker

HOSTILE: tuple[Any, ...] = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "😀" * 50,
        "x" * 5000,
        "../../etc/passwd",
        "/etc/passwd",
        "<script>alert(1)</script>",
    ),
    *("' OR 1=1 --", '"; DROP TABLE study; --', "${jndi:ldap://x}", "{{7*7}}", "=1+1", "%00", "%", "\r\nX-A: b", "NaN"),
    *(0, -1, 1, 2, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, -1e-320, float("nan"), float("inf")),
    *(
        True,
        False,
        None,
        [],
        {},
        [[]],
        [None],
        {"": None},
        [1] * 50,
        {"a": {"b": {"c": []}}},
        "1",
        "1,2,3",
        "true",
        "last",
    ),
)
ENDLESS = ("/events",)
"""Ends of paths whose answer has no end."""


class Generator:
    """Requests from a seed and the API's description."""

    def __init__(self, seed: int, ids: dict[str, list[Any]]) -> None:
        self.rng = random.Random(seed)
        self.api = json.loads(document())
        self.ids = ids
        self.operations = [
            (method, path, operation)
            for path, methods in self.api["paths"].items()
            for method, operation in methods.items()
            if not path.endswith(ENDLESS)
        ]

    def request(self) -> tuple[str, str, dict[str, Any]]:
        """Return method, address and options of the next request."""
        method, path, operation = self.rng.choice(self.operations)
        query = []
        headers: dict[str, str] = {}
        for parameter in operation.get("parameters", ()):
            value = self._value(parameter.get("schema", {}), parameter["name"])
            text = value if isinstance(value, str) else json.dumps(value)
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", quote(_bytes(text)) or "%20")
            elif parameter["in"] == "query" and (parameter.get("required") or self.rng.random() < 0.4):
                query += [f"{parameter['name']}={quote(_bytes(text))}"] * self.rng.choice([1, 1, 1, 2])
            elif parameter["in"] == "header" and self.rng.random() < 0.3:
                headers[parameter["name"]] = "".join(c for c in text[:200] if 32 <= ord(c) < 127) or "x"
        if self.rng.random() < 0.05:
            query.append(f"{quote(_bytes(str(self.rng.choice(HOSTILE))))}=1")
        options: dict[str, Any] = {"headers": headers}
        if method in ("post", "put", "patch", "delete") and self.rng.random() < 0.97:
            options["content"], headers["content-type"] = self._body(operation)
        return method.upper(), path + ("?" + "&".join(query) if query else ""), options

    def _body(self, operation: dict[str, Any]) -> tuple[bytes, str]:
        content = operation.get("requestBody", {}).get("content", {})
        described: dict[str, Any] = next(iter(content.values()), {})
        schema = described.get("schema", {})
        kind = next(iter(content), "application/json")
        kind = self.rng.choice([*[kind] * 9, "application/json", "text/plain", "", "application/x-www-form-urlencoded"])
        examples = [example["value"] for example in described.get("examples", {}).values()]
        value = (
            self.rng.choice(examples) if examples and self.rng.random() < 0.5 else self._value(schema, "", body=True)
        )
        if self.rng.random() < 0.6:
            value = self._spoiled(value)
        text = _bytes(json.dumps(value, ensure_ascii=self.rng.random() < 0.5))
        if self.rng.random() < 0.08:
            cut = self.rng.randrange(len(text) + 1)
            text = self.rng.choice(
                [text[:cut], text + b"\xff", text + text, b"[" * 500, b"\x1f\x8b" + text, b'{"a":1,"a":2}']
            )
        return text, kind

    def _spoiled(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self.rng.random() < 0.9:
            key = self.rng.choice(list(value))
            changed = value | {key: self._spoiled(value[key])}
            if self.rng.random() < 0.2:
                changed |= {self.rng.choice(["extra", "__proto__", "id", ""]): self.rng.choice(HOSTILE)}
            if self.rng.random() < 0.15:
                del changed[key]
            return changed
        if isinstance(value, list) and value and self.rng.random() < 0.7:
            return [self._spoiled(value[0]), *value[1:]]
        return self.rng.choice(HOSTILE)

    def _value(self, schema: dict[str, Any], name: str, depth: int = 0, *, body: bool = False) -> Any:
        if not body and self.rng.random() < 0.3:
            return self.rng.choice(HOSTILE)
        if name in self.ids and self.rng.random() < 0.9:
            return self.rng.choice(self.ids[name])
        if "$ref" in schema:
            schema = self.api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._value(self.rng.choice(schema[several]), name, depth + 1, body=body)
        if "enum" in schema or "const" in schema:
            return self.rng.choice(schema.get("enum", [schema.get("const")]))
        if schema.get("examples") and self.rng.random() < 0.5:
            return self.rng.choice(schema["examples"])
        match schema.get("type"):
            case "object" if depth < 6:
                needed, optional = schema.get("required", []), list(schema.get("properties", {}))
                chosen = {*needed, *(key for key in optional if self.rng.random() < 0.4)}
                of = schema.get("properties", {})
                made = {key: self._value(of.get(key, {}), key, depth + 1, body=True) for key in sorted(chosen)}
                if isinstance(schema.get("additionalProperties"), dict):
                    made["k"] = self._value(schema["additionalProperties"], "k", depth + 1, body=True)
                return made
            case "array" if depth < 6:
                size = self.rng.choice([0, 1, 1, 2, 3])
                return [self._value(schema.get("items", {}), name, depth + 1, body=True) for _ in range(size)]
            case "integer":
                low = int(schema.get("minimum", schema.get("exclusiveMinimum", 0)))
                return self.rng.choice([low, low + 1, low - 1, int(schema.get("maximum", 7)), 3, 10])
            case "number":
                return self.rng.choice([0.0, 0.5, 1.0, 3, 1e-9, 1e9])
            case "boolean":
                return self.rng.random() < 0.5
            case "string":
                return self.rng.choice(
                    ["a", "base", "accuracy", "toy", "last", "desc", "2030-01-01T00:00:00Z", "f" * 64]
                )
            case _:
                return self.rng.choice(HOSTILE)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def prepare(database: Database) -> dict[str, list[Any]]:
    """Store a finished study and a waiting one; return what paths may name."""
    studies = [store(database), store(database)]
    runs = [run for study in studies for run in run_ids(database, study)]
    for run in runs[:4]:
        finish(database, run, {"accuracy": [0.5, 0.7 + run / 1000], "loss": [1.0, 0.5]})
    return {"study_id": studies, "run_id": runs[:6], "runs": runs[:6], "studies": studies, "ids": [str(studies[0])]}


def sent(database: Database, settings: AppSettings, requests: int, seed: int) -> dict[str, Any]:
    """Send so many requests; return the answers by status, and what must not be."""
    with database.session() as session:
        recipes.publish(session, [recipe()], NOW)
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    generator = Generator(seed, {})
    app = create_app(settings, broker=FlakyBroker())
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
        for number in range(requests):
            if number % 200 == 0:
                generator.ids = prepare(database)
            method, path, options = generator.request()
            answer = client.request(method, path, follow_redirects=False, **options)
            statuses[answer.status_code] += 1
            shaped = answer.status_code < 400 or method == "HEAD" or "message" in _error(answer.content)
            if answer.status_code >= 500 or not shaped:
                wrong.append(
                    f"{number}: {answer.status_code} {method} {path[:200]} {str(options)[:300]}: {answer.text[:200]}"
                )
    return {"requests": requests, "statuses": dict(sorted(statuses.items())), "wrong": wrong}


def _error(content: bytes) -> dict[str, Any]:
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def main() -> None:
    """Send, print; exit with 1 where an answer must not be."""
    parser = argparse.ArgumentParser(prog="generated", description=__doc__)
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedspread-generated-") as scratch:
        folder = Path(scratch)
        with opened(given.database, folder) as url:
            database = Database(url)
            result = sent(
                database, AppSettings(data_dir=folder, database_url=url, reconcile_s=3600), given.requests, given.seed
            )
            database.dispose()
    sys.stdout.write("".join(f"{line}\n" for line in result["wrong"][:20]))
    sys.stdout.write(json.dumps(result | {"wrong": len(result["wrong"])}) + "\n")
    sys.exit(bool(result["wrong"]))


if __name__ == "__main__":
    main()
