"""The containers: compose file and Dockerfiles, read as text and tried as far as no engine is needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"api", "worker-cpu", "worker-gpu"}
DOCKERFILES = [ROOT / "backend" / "Dockerfile", ROOT / "worker" / "Dockerfile"]


def test_it_has_the_services_and_only_the_gpu_waits_for_its_profile() -> None:
    assert SERVICES.keys() == OURS | {"valkey", "postgresql"}
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"worker-gpu"}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_checked_restarted_and_pinned(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"
    repository, _, tag = service["image"].partition(":")
    assert repository
    assert re.search(r"\d", tag), "an image without a version is another one tomorrow"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_run_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    lock = service["build"].get("args", {}).get("LOCK", "worker")
    assert (ROOT / "backend" / f"requirements-{lock}.lock").is_file()


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_is_one_of_ours(name: str) -> None:
    """The commands of the containers, and what their health checks run, exist with these options."""
    command = SERVICES[name]["command"]
    usage = run([sys.executable, "-m", "seedspread.cli", command[0], "--help"])
    assert usage.returncode == 0
    options = [word for word in command if word.startswith("--")]
    assert options
    assert all(option in usage.stdout for option in options)
    check = SERVICES[name]["healthcheck"]["test"]
    if "-m" in check:
        request = run([sys.executable, *check[2:], "--help"])
        assert request.returncode == 0
        assert check[-1] in request.stdout


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command without colours, on a wide screen."""
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = re.findall(r"\$\{(\w*PASSWORD\w*)([^}]*)\}", text)
    assert {name for name, _ in used} == {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}
    assert all(rest.startswith(":?") for _, rest in used)


def test_only_the_service_is_reachable_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"api"}
    assert all(port.startswith("127.0.0.1:") for port in published["api"])
    assert COMPOSE["networks"]["store"]["internal"] is True
    assert all(SERVICES[name]["networks"] == ["store"] for name in ("valkey", "postgresql"))


def test_what_is_kept_lies_in_named_volumes() -> None:
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service["volumes"]}
    assert mounted == COMPOSE["volumes"].keys()


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_images_are_built_from_hashed_locks_and_run_without_root(dockerfile: Path) -> None:
    text = dockerfile.read_text()
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    assert len(stages) > 2
    assert re.search(r"^USER 10001:10001$", stages[-1], flags=re.MULTILINE)
    assert "HEALTHCHECK" in stages[-1]
    for line in re.findall(r"pip install[^\n&]*", text):
        assert "--require-hashes" in line or "--no-deps /wheel/" in line
    for lock in re.findall(r"backend/(requirements[\w-]*\.lock)", text):
        assert (ROOT / "backend" / lock).is_file()


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_is_copied_exists_and_is_not_ignored(dockerfile: Path) -> None:
    kept = {
        line[1:] for line in (dockerfile.parent / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(), flags=re.MULTILINE):
        for source in line.split()[:-1]:
            name = source.replace("${LOCK}", "worker")
            assert (ROOT / name).exists(), name
            assert any(Path(name).match(rule) or name.startswith(f"{rule}/") for rule in kept), name
