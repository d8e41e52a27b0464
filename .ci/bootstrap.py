"""Sets up `.venv` for `make demo` (what runs) or `make dev` (also what tests); standard library only.

A second run with nothing changed does nothing. `uv` installs where it can and pip where it cannot; both check the
hashes of the locks. Node.js comes as a wheel where the machine has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
STAMP = VENV / ".seedspread.json"
BACKEND = ROOT / "backend"
LOCKS = {"demo": BACKEND / "requirements.lock", "dev": BACKEND / "requirements-dev.lock"}
FRAMEWORKS_LOCK = BACKEND / "requirements-frameworks.lock"
BUILD_LOCK = BACKEND / "requirements-build.lock"
NODE_LOCK = BACKEND / "requirements-node.lock"
BUILD_PAGE = ROOT / "frontend" / "build_page.py"
SLOW_TO_IMPORT = (
    "keras",
    "tensorflow",
    "sklearn.ensemble",
    "scipy.stats",
    "plotly.graph_objects",
    "alembic.command",
    "celery.bin.worker",
    "fastapi",
    "uvicorn",
    "psycopg",
    "typer",
)
CUDA_ONLY = ("cuda-", "nvidia-", "triton")
"""Packages of the frameworks' lock that only PyTorch's CUDA build needs, by how their names begin."""

OLDEST = (3, 11)
OUTPUT_TAIL_LINES = 40


class SetUpError(Exception):
    """A step failed; the message says which, with the end of its output."""


def environment() -> dict[str, str]:
    """The caller's environment, so that uv trusts the machine's certificates and wheels are built without the page."""
    changed = {"UV_SYSTEM_CERTS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**changed, **kept, "SEEDSPREAD_FRONTEND": "skip", "VIRTUAL_ENV": str(VENV)}


def run(*command: str | Path) -> None:
    """Runs a command quietly; raises SetUpError with its output's tail when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-OUTPUT_TAIL_LINES:])
        raise SetUpError(f"{' '.join(words)}\nended with exit status {done.returncode}:\n{tail}")


def wanted(profile: str) -> str:
    """What `.venv` must have been made from to serve this profile."""
    import tomllib  # only here: an older Python gets as far as being told that it is too old

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    # The settings of linters and the like change nothing that is installed.
    metadata = [project["build-system"], project["project"], project["tool"]["hatch"]]
    locks = [LOCKS[profile], BUILD_LOCK, *([FRAMEWORKS_LOCK] if profile == "dev" else [])]
    files = [path.read_bytes() for path in (*locks, Path(__file__))]
    return hashlib.sha256(b"\0".join([json.dumps(metadata).encode(), *files])).hexdigest()


def installed() -> dict[str, str]:
    """What `.venv` was made from, by profile; empty where it is missing, broken, or of an older set-up."""
    try:
        made: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return made if PYTHON.exists() else {}


def is_installed(profile: str) -> bool:
    """Whether `.venv` holds what the profile needs: `dev` holds all that `demo` needs."""
    made = installed()
    return any(made.get(name) == wanted(name) for name in LOCKS if name in {profile, "dev"})


def create_venv() -> None:
    """Makes `.venv` with pip in it, unless a usable one of this Python is there."""
    if PYTHON.exists():
        asked = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", VENV)
    except SetUpError as error:
        major, minor = sys.version_info[:2]
        raise SetUpError(
            f"This Python cannot make a virtual environment. On Debian or Ubuntu install python{major}.{minor}-venv.\n"
            f"{error}"
        ) from error


def pip_install(*arguments: str | Path) -> None:
    """Installs with pip."""
    run(PYTHON, "-m", "pip", "install", "--quiet", *arguments)


def install(*arguments: str | Path) -> None:
    """Installs with uv, ten times as fast; with pip where uv fails, which knows the machine's own pip settings."""
    try:
        run(PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, *arguments)
    except SetUpError as error:
        print(f"uv could not install, trying pip. It said:\n{error}", file=sys.stderr)
        pip_install(*arguments)


def without_cuda(lock: str) -> str:
    """Return a lock's text with PyTorch's CPU build alone, whose hash is the first of torch's."""
    kept = [entry for entry in re.split(r"(?m)^(?=\S)", lock) if not entry.startswith(CUDA_ONLY)]
    first_hash = re.compile(r"\A(torch==[^\n]*\n[^\n]*?--hash=sha256:\w+).*", re.DOTALL)
    return "".join(first_hash.sub(r"\1\n", entry) for entry in kept)


def install_frameworks(tell: Callable[[str], None]) -> None:
    """Install PyTorch and JAX for the tests; raise SetUpError where they cannot be imported afterwards.

    With pip, which finds the CPU build of PyTorch where the machine's own settings offer it. Where they do not, the
    registry's build comes, with the CUDA libraries that it loads on Linux.
    """
    tell(f"Installing PyTorch and JAX, which tests train with ({FRAMEWORKS_LOCK.relative_to(ROOT)})")
    lock = VENV / "requirements-frameworks-cpu.lock"
    lock.write_text(without_cuda(FRAMEWORKS_LOCK.read_text()))
    try:
        pip_install("--no-deps", "--require-hashes", "-r", lock)
    except SetUpError as missing:
        tell("No CPU build of PyTorch here: installing the registry's, with CUDA's libraries about 3 GB on Linux")
        try:
            pip_install("--require-hashes", "-r", FRAMEWORKS_LOCK)
        except SetUpError as error:
            raise SetUpError(
                "PyTorch and JAX, which tests/frameworks trains with, could not be installed. Offer pip the CPU build "
                f"of PyTorch (PIP_FIND_LINKS, say) and run this again.\n{missing}\n{error}"
            ) from error
    run(PYTHON, "-c", "import jax, lightgbm, pytorch_lightning, torch, transformers, xgboost")


def page_reports(question: str) -> bool:
    """What the builder of the page answers to `current` (the page is up to date) or `node` (it can be built)."""
    asked = subprocess.run([str(PYTHON), str(BUILD_PAGE), question], cwd=ROOT, env=environment(), check=False)
    return asked.returncode == 0


def page_is_unwanted() -> bool:
    """Whether the caller said `SEEDSPREAD_FRONTEND=skip`: no npm, the service answers without its page."""
    return os.environ.get("SEEDSPREAD_FRONTEND", "").lower() == "skip"


def start_building_page() -> subprocess.Popen[str]:
    """Starts the build of the page beside whatever comes next."""
    return subprocess.Popen(
        [str(PYTHON), str(BUILD_PAGE)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish_building_page(build: subprocess.Popen[str]) -> None:
    """Waits for the page; raises SetUpError with what the build said where it failed."""
    output, _ = build.communicate()
    if build.returncode != 0:
        raise SetUpError(f"The dashboard could not be built (SEEDSPREAD_FRONTEND=skip goes without it):\n{output}")


def compile_bytecode() -> None:
    """Imports what is slow the first time, before several trainers do so at once; compiling all takes far longer."""
    run(PYTHON, "-c", f"import {', '.join(SLOW_TO_IMPORT)}")


def set_up(profile: str) -> None:
    """Brings `.venv` and the page up to date; raises SetUpError."""
    started = time.monotonic()

    def tell(step: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {step}", file=sys.stderr, flush=True)

    build = None
    fresh = not is_installed(profile)
    if fresh:
        tell(f"Setting up {VENV.name}: Python {sys.version.split()[0]}, the build tools")
        STAMP.unlink(missing_ok=True)
        create_venv()
        pip_install("--require-hashes", "-r", BUILD_LOCK)
    stale = not page_is_unwanted() and not page_reports("current")
    # The tests run the page's own tests, and unpack their browser with Node.js.
    if (stale or (fresh and profile == "dev")) and not page_reports("node"):
        tell("Installing Node.js from its wheel")
        install("--require-hashes", "-r", NODE_LOCK)
    if stale:
        tell("Building the dashboard")
        build = start_building_page()
    try:
        if fresh:
            tell(f"Installing the packages of {LOCKS[profile].relative_to(ROOT)}")
            install("--require-hashes", "-r", LOCKS[profile])
            install("--no-deps", "--no-build-isolation", "-e", ROOT)
            if profile == "dev":
                install_frameworks(tell)
            tell("Compiling TensorFlow's and the other packages' Python files, once")
            compile_bytecode()
    finally:
        if build is not None:
            finish_building_page(build)
    if fresh:
        STAMP.write_text(json.dumps({profile: wanted(profile)}))
    if fresh or build is not None:
        tell("Ready")


def main(arguments: list[str]) -> int:
    """Sets up the named profile; the exit status says whether it is ready."""
    if sys.version_info < OLDEST:
        print(
            f"Seedspread needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 ...",
            file=sys.stderr,
        )
        return 2
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print(f"usage: {Path(__file__).name} {'|'.join(LOCKS)}", file=sys.stderr)
        return 2
    try:
        set_up(arguments[0])
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
