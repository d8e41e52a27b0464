"""What a wheel and an sdist carry, built from a copy of the sources with a stand-in for the built page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from frontend import build_page

ROOT = Path(__file__).resolve().parents[2]
COPIED = ["pyproject.toml", "README.md", "LICENSE", ".gitignore", "docker-compose.yml", "backend", "worker", "frontend"]
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "static", "_frontend.stamp", "schema.d.ts")
PAGE = "<!doctype html><title>built elsewhere</title>"


def hatch(target: str, source: Path, output: Path, *, page: str) -> Path:
    """Builds a distribution as an installer would, with nothing on PATH but Python; gives the built file."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(output)],
        cwd=source,
        env={"PATH": str(Path(sys.executable).parent), "HOME": str(output), "SEEDSPREAD_FRONTEND": page},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = output.glob("seedspread-*")
    return built


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources without anything built."""
    folder = tmp_path_factory.mktemp("source")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel without the page."""
    return hatch("wheel", source, tmp_path_factory.mktemp("wheel"), page="skip")


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"seedspread", "seedspread_worker"}
    assert {"seedspread/py.typed", "seedspread_worker/py.typed"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".stamp", ".pyc", ".ts", ".tsx"))]


def test_every_module_and_data_file_of_the_sources_is_in_the_wheel(source: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, package in [("backend", "seedspread"), ("worker", "seedspread_worker")]:
        for path in (source / folder / package).rglob("*"):
            if path.is_file():
                assert path.relative_to(source / folder).as_posix() in names


def test_the_migrations_travel_with_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        migrations = [name for name in archive.namelist() if "/migrations/" in name]
    assert any(name.endswith("migrations/env.py") for name in migrations)
    assert any("/versions/" in name and name.endswith(".py") for name in migrations)


def test_the_wheel_offers_the_command_and_the_extras(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name: name for name in archive.namelist() if ".dist-info/" in name}
        metadata = message_from_string(archive.read(names["METADATA"]).decode())
        scripts = archive.read(names["entry_points.txt"]).decode()
        license_text = archive.read(names["LICENSE"]).decode()
    assert "seedspread = seedspread.cli:main" in scripts
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "Apache License" in license_text
    assert "Version 2.0, January 2004" in license_text
    assert {"api", "worker", "cpu", "cuda", "postgres", "local"} <= set(metadata.get_all("Provides-Extra", []))
    unconditional = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert unconditional
    assert not [line for line in unconditional if line.lower().startswith(("tensorflow", "keras", "fastapi"))]


@pytest.fixture(scope="module")
def built_source(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which the page is built and stamped."""
    folder = tmp_path_factory.mktemp("built") / "source"
    shutil.copytree(source, folder)
    static = folder / "backend" / "seedspread" / "static"
    static.mkdir()
    (static / "index.html").write_text(PAGE)
    digest = subprocess.run(
        [sys.executable, "-c", "import build_page; print(build_page.sources_digest())"],
        cwd=folder / "frontend",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "backend" / "seedspread" / build_page.STAMP.name).write_text(digest.stdout)
    return folder


def test_an_sdist_carries_the_page_so_that_its_wheel_needs_no_node(built_source: Path, tmp_path: Path) -> None:
    sdist = hatch("sdist", built_source, tmp_path / "sdist", page="")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path, filter="data")
        else:
            archive.extractall(tmp_path)
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]
    wheel = hatch("wheel", tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "wheel", page="")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("seedspread/static/index.html").decode() == PAGE
        assert "seedspread/_frontend.stamp" not in archive.namelist()
