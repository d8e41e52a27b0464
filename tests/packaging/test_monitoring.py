"""The dashboard and the alert rules ask only for what /metrics exports."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from tests.builders import store
from tests.support.brokers import SilentBroker

FOLDER = Path(__file__).resolve().parents[2] / "monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
PROMETHEUS_OWN = {"up"}
SCRAPE_LABELS = {"job", "instance"}


@pytest.fixture
def exported(migrated_sqlite_file: Path, tmp_path: Path) -> dict[str, set[str]]:
    """Labels of each sample that a service with a study exports, by its name."""
    url = f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}"
    database = Database(url)
    store(database)
    database.dispose()
    labels: dict[str, set[str]] = defaultdict(set)
    with TestClient(create_app(AppSettings(database_url=url, reconcile_s=3600), broker=SilentBroker())) as client:
        client.get("/api/v1/studies", headers={"Host": "localhost"})
        for family in text_string_to_metric_families(client.get("/metrics", headers={"Host": "localhost"}).text):
            for sample in family.samples:
                labels[sample.name] |= set(sample.labels)
    return labels


def expressions() -> list[str]:
    """Return every expression of both files."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in RULES)]


def test_only_exported_metrics_and_labels_are_asked_for(exported: dict[str, set[str]]) -> None:
    asked: set[str] = set()
    for expression in expressions():
        names = set(re.findall(r"\bseedspread_\w+", expression))
        assert names or re.search(r"\bup\b", expression), expression
        assert names <= exported.keys(), expression
        selected = {label for part in re.findall(r"\{(.*?)\}", expression) for label in re.findall(r"(\w+)=", part)}
        grouped = {
            label for part in re.findall(r"\b(?:by|on|ignoring) \((.*?)\)", expression) for label in part.split(", ")
        }
        known = set().union(*(exported[name] for name in names)) | SCRAPE_LABELS
        assert selected | grouped <= known, expression
        assert expression.count("(") == expression.count(")")
        asked |= names
    families = {name for name in exported if not name.endswith(("_created", "_sum", "_count", "_bucket"))}
    assert families - asked == set(), "each metric is shown"


def test_every_rule_says_what_to_do_and_every_panel_has_its_place() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"]
        assert re.fullmatch(r"\d+m", rule.get("for", "1m"))
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert max(x for x, _ in cells) < 24
