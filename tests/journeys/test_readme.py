"""What the README tells a user to type does what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from seedspread.core.study import StudySpec
from tests.journeys.service import Service, running
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parents[2] / "README.md").read_text()
MARKED = re.compile(r"<!-- test: (?P<name>\S+) -->\n+```\w+\n(?P<text>.*?)```", re.DOTALL)
EXAMPLES = {found["name"]: found["text"] for found in MARKED.finditer(README)}
RECIPES = {"my_wine.py": "my-wine", "my_sgd.py": "my-sgd"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every example as a file."""
    place = tmp_path_factory.mktemp("readme")
    for name, text in EXAMPLES.items():
        (place / name).write_text(text)
    return place


@pytest.fixture(scope="module")
def tour(folder: Path) -> Iterator[Service]:
    """A service that offers the README's own recipes."""
    recipes = ",".join(str(folder / name) for name in RECIPES)
    with running(folder / "data", recipes=recipes) as service:
        until(lambda: {"my-wine", "my-sgd"} <= {recipe["name"] for recipe in service.get("/recipes")}, 90, "recipes")
        yield service


def typed(folder: Path, *command: str, service: Service | None = None) -> str:
    """What a command printed; it ended well."""
    address = {"SEEDSPREAD_API": service.url} if service else {}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **address}, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_study_of_the_tour(folder: Path, tour: Service) -> None:
    seedspread = (sys.executable, "-m", "seedspread.cli")
    message = json.loads(typed(folder, *seedspread, "submit", "study.yaml", "--wait", "--json", service=tour))
    study = message["study"]
    assert study["counts"]["finished"] == study["runs"] == 24
    assert "with" in typed(folder, *seedspread, "compare", str(study["id"]), service=tour)
    typed(folder, *seedspread, "report", str(study["id"]), "--format", "html", "-o", "report.html", service=tour)
    assert "Does dropout help on digits?" in (folder / "report.html").read_text()


@pytest.mark.parametrize(("name", "runs"), [("every_field.yaml", 20), ("factorial.yaml", 50), ("adaptive.yaml", 20)])
def test_what_a_study_may_say_is_accepted(name: str, runs: int, tour: Service) -> None:
    assert tour.post("/studies/check", yaml.safe_load(EXAMPLES[name]))["runs"] == runs


def test_every_field_of_a_study_is_told() -> None:
    of_presets = {"preset", "variants", "cross"}
    assert set(yaml.safe_load(EXAMPLES["every_field.yaml"])) == set(StudySpec.model_fields) - of_presets


def test_the_calls_over_rest(folder: Path, tour: Service) -> None:
    answers = typed(folder, "bash", "-e", "rest.sh", service=tour)
    assert '"error"' not in answers
    assert "width on wine" in str(tour.get("/studies"))


def test_the_client_from_python(folder: Path, tour: Service) -> None:
    assert "10 paired seeds" in typed(folder, sys.executable, "client.py", service=tour)


@pytest.mark.parametrize("recipe", RECIPES.values())
def test_a_recipe_of_ones_own_trains(recipe: str, tour: Service) -> None:
    study = tour.submit(name=f"own {recipe}", recipe=recipe, arms=[{"name": "base"}], seeds=2)
    tour.wait(study)
    assert tour.get(f"/studies/{study}")["counts"]["finished"] == 2


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_ones_own_is_short(name: str) -> None:
    assert len(EXAMPLES[name].strip().splitlines()) <= 25


def test_the_statistics_without_a_server(folder: Path) -> None:
    assert "wide beats base" in typed(folder, sys.executable, "stats.py")


def test_the_seeds_without_a_server(folder: Path) -> None:
    assert "PYTHONHASHSEED" in typed(folder, sys.executable, "seeding.py")
