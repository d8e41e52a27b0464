"""Each role runs with its own lock alone: what the other locks bring is hidden from it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.packaging.test_locks import BACKEND, pins

# Runs the given code in a process in which some top-level modules cannot be found.
WITHOUT = """
import importlib.abc, sys

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r} in this role", name=name)
        return None

HIDDEN = set(sys.argv[2].split(","))
sys.meta_path.insert(0, Hidden())
exec(sys.argv[1])
"""
ROLES = {
    "requirements-api.lock": """
from seedspread.api import create_app
from seedspread.cli.app import build
from seedspread.settings import AppSettings
import seedspread.cli.console.serving
build(None)
assert create_app(AppSettings()).openapi()["paths"]
""",
    "requirements-worker.lock": """
from seedspread.cli.app import build
import seedspread_worker.pool.app, seedspread_worker.pool.health, seedspread_worker.trainer.main
build(None)
import seedspread_worker.engine.engine
""",
}


def hidden_from(lock: Path) -> set[str]:
    """The top-level modules that are installed here but not by this lock."""
    kept = pins(lock).keys() | {"seedspread", "setuptools", "pip"}
    return {
        module
        for module, distributions in packages_distributions().items()
        if not kept & {canonicalize_name(name) for name in distributions}
    }


@pytest.mark.parametrize("lock", ROLES)
def test_a_role_needs_nothing_beyond_its_lock(lock: str) -> None:
    hidden = hidden_from(BACKEND / lock)
    assert {"pytest", "hypothesis"} <= hidden
    command = [sys.executable, "-c", WITHOUT, ROLES[lock], ",".join(sorted(hidden))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
