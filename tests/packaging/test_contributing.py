"""CONTRIBUTING.md and the README files of the folders name only what exists, and their recipes work."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from seedspread.api.app import ROUTERS, create_app
from seedspread.settings import AppSettings
from seedspread_worker.catalog import registry

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = ("A new recipe", "A new statistic, with a figure", "A new route, with a page", "A new setting")
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for folder in ("backend/seedspread", "worker/seedspread_worker", "frontend/src", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".ts", ".tsx", ".json") and "node_modules" not in path.parts
}
FREE = """
from seedspread_worker import Field, Metric, RecipeParameters, free_recipe

class Parameters(RecipeParameters):
    steps: int = Field(3, ge=1, le=9, description="steps of the walk")

HEIGHT = Metric("height", "maximize")

@free_recipe(name="my-walk", version="1", parameters=Parameters, sources=("algorithm",), metrics=(HEIGHT,))
def train(run):
    rng, height = run.rng("algorithm"), 0.0
    for step in range(1, run.parameters.steps + 1):
        height += rng.normal()
        run.log(step, height=height)
"""


def steps(title: str) -> list[str]:
    """Return the numbered steps of a section of CONTRIBUTING.md."""
    body = CONTRIBUTING.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\d\. .*?(?=^\d\. |\Z)", body, re.MULTILINE | re.DOTALL)


def codes(text: str) -> list[str]:
    """Return what stands in backticks, placeholders left out."""
    return [code for code in re.findall(r"`([^`\n]+)`", text) if "NAME" not in code and "FILE" not in code]


@pytest.mark.parametrize("title", RECIPES)
def test_every_step_names_files_and_names_that_exist(title: str) -> None:
    numbered = steps(title)
    assert len(numbered) >= 3
    wrong = []
    for step in numbered:
        assert codes(step), step
        for code in codes(step):
            if "/" in code or code.endswith((".py", ".md", ".json")):
                exists = (ROOT / code).exists() or any(path.name == code for path in SOURCES)
            elif code.startswith("make "):
                exists = re.search(rf"^{code.split()[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
            else:
                name = re.escape(code.strip("@(…)").split("(")[0])
                exists = any(re.search(rf"\b{name}\b", text) for text in SOURCES.values()) or name == "None"
            if not exists:
                wrong.append(f"{title}: {code}")
    assert wrong == []


def test_a_recipe_is_registered_by_its_file(tmp_path: Path) -> None:
    shipped = {path.stem for path in (ROOT / "worker/seedspread_worker/recipes").glob("*.py")} - {"__init__"}
    assert {name.rpartition(".")[2] for name in registry.SHIPPED} == shipped
    file = tmp_path / "my_walk.py"
    file.write_text(FREE, encoding="utf-8")
    assert "my-walk" in registry.load([str(file)])


def test_every_module_of_routes_is_part_of_the_application() -> None:
    modules = {path.stem for path in (ROOT / "backend/seedspread/api/routes").glob("*.py")} - {"__init__"}
    routed = {route.endpoint.__module__ for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    # Prometheus' page is registered beside the API's routes, outside its description.
    assert modules - {name.rpartition(".")[2] for name in routed} <= {"metrics"}
    assert callable(create_app)


def test_every_setting_is_described_and_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SEEDSPREAD_"):
            monkeypatch.delenv(name)
    for name, field in AppSettings.model_fields.items():
        assert field.description, name
        assert field.default is not PydanticUndefined, name
    monkeypatch.setenv("SEEDSPREAD_MAX_ATTEMPTS", "7")
    settings = AppSettings()
    assert settings.max_attempts == 7
    assert settings.as_environment()["SEEDSPREAD_MAX_ATTEMPTS"] == "7"


@pytest.mark.parametrize("file", ["backend/README.md", "worker/README.md", "tests/README.md"])
def test_folder_readmes_name_files_that_exist(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    names = {code for code in codes(text) if re.fullmatch(r"(?!my_)[\w./-]*\.py|[\w-]+/", code)}
    assert names
    folder = (ROOT / file).parent
    existing = {path.name for path in SOURCES}
    wrong = [
        name
        for name in sorted(names)
        if not (folder / name).exists()
        and not any(path.as_posix().endswith(f"/{name.rstrip('/')}") for path in SOURCES)
        and name.rpartition("/")[2] not in existing
        and not any(name.rstrip("/") in path.parent.parts for path in SOURCES)
    ]
    assert wrong == []


def test_every_folder_of_the_library_has_a_section() -> None:
    text = (ROOT / "backend/README.md").read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"^## (.+)$", text, re.MULTILINE))
    folders = {path.parent.name for path in (ROOT / "backend/seedspread").glob("*/__init__.py")}
    assert sorted(folder for folder in folders if not re.search(rf"\b{folder}\b", headings)) == []
