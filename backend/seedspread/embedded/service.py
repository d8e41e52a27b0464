"""Run the service of `seedspread up`: Valkey, the API, and workers.

They are started and stopped in order.
"""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from seedspread.api_prefix import PREFIX
from seedspread.embedded import listening, valkey
from seedspread.embedded.folder import locked
from seedspread.embedded.programs import Program
from seedspread.embedded.sentences import no_recipes
from seedspread.embedded.supervisor import ProgramFailed, Supervisor
from seedspread.settings import AppSettings, cores

API = "the API"
WORKER = "the worker"
GPU_WORKER = "the GPU worker"
API_TIMEOUT_S = 60.0  # a first start migrates the database, on slow disks for many seconds
RECIPES_TIMEOUT_S = 60.0  # importing TensorFlow takes half a minute on a busy machine
POLL_S = 0.05  # short, since it is all that a start waits for once the program is ready

ANSWER_TIMEOUT_S = 10.0
# Without the proxies of the environment: they cannot reach this machine's loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Service:
    """Running service; call `tend` to keep it running.

    problem: the reason why there are no recipes yet, or None.
    """

    url: str
    broker_url: str
    workers: int
    folder: Path
    supervisor: Supervisor
    problem: str | None = None

    def tend(self, for_s: float) -> None:
        """Supervise the processes for `for_s` seconds."""
        until = time.monotonic() + for_s
        while (remaining_s := until - time.monotonic()) > 0:
            self.supervisor.tend()
            time.sleep(min(remaining_s, 0.2))


@contextmanager
def running(settings: AppSettings) -> Iterator[Service]:
    """Run the service of one data directory during the block.

    When the block begins, the service responds and its workers have published their recipes, so that studies can be
    submitted. All its processes have ended after the block.

    Raises:
        Conflict: the directory or the port is in use.
        ProgramFailed: the API or the Valkey server ended at its start.
        Unavailable: there is no Valkey server to start.
    """
    with locked(settings.data_dir) as folder, listening.bound(settings.host, settings.port) as listener:
        supervisor = Supervisor(folder / "run" / "processes.json")
        supervisor.end_leftovers()
        try:
            yield _start(settings, folder, listener, supervisor)
        finally:
            _stop(supervisor)


def _start(settings: AppSettings, folder: Path, listener: socket.socket, supervisor: Supervisor) -> Service:
    broker_url = settings.broker_url or valkey.start(supervisor, folder)
    settings = settings.model_copy(update={"data_dir": folder, "broker_url": broker_url})
    environment = settings.as_environment()
    url = listening.url(listener)
    supervisor.start(_api(folder, environment, listener, url))
    _wait(supervisor, url)
    workers = cores() if settings.workers is None else settings.workers
    problem = None
    if workers:
        settings.recipes_note.unlink(missing_ok=True)
        supervisor.start(_worker(folder, environment, workers))
        if settings.gpus is not None:
            supervisor.start(_gpu_worker(folder, environment))
        problem = _published(supervisor, settings.recipes_note)
    return Service(url, broker_url, workers, folder, supervisor, problem)


def _stop(supervisor: Supervisor) -> None:
    try:
        supervisor.stop()
    except KeyboardInterrupt:  # asked twice: no more patience
        supervisor.stop(at_once=True)


def _api(folder: Path, environment: dict[str, str], listener: socket.socket, url: str) -> Program:
    return Program(
        name=API,
        command=(sys.executable, "-P", "-m", "seedspread.cli.console.serving", "--fd", str(listener.fileno())),
        rank=1,
        log=folder / "logs" / "api.log",
        env=environment,
        fds=(listener.fileno(),),
        answers=lambda: _answers(url),
    )


def _answers(url: str) -> bool:
    """Ask the API for its health; any answer is one."""
    try:
        with _DIRECT.open(f"{url}{PREFIX}/health", timeout=ANSWER_TIMEOUT_S):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False


def _worker(folder: Path, environment: dict[str, str], workers: int) -> Program:
    return Program(
        name=WORKER,
        command=(sys.executable, "-P", "-m", "seedspread_worker", "--queue", "cpu", "--concurrency", str(workers)),
        rank=1,
        log=folder / "logs" / "worker.log",
        env=environment,
        death_signal=signal.SIGTERM,  # it gives back what it trains
        patience_s=12.0,
    )


def _gpu_worker(folder: Path, environment: dict[str, str]) -> Program:
    return Program(
        name=GPU_WORKER,
        command=(sys.executable, "-P", "-m", "seedspread_worker", "--queue", "gpu"),
        rank=1,
        log=folder / "logs" / "worker-gpu.log",
        env=environment,
        death_signal=signal.SIGTERM,
        patience_s=12.0,
    )


def _wait(supervisor: Supervisor, url: str) -> None:
    """Wait until the API responds, even if it reports problems."""
    give_up = time.monotonic() + API_TIMEOUT_S
    while True:
        if supervisor.process(API).code == -signal.SIGKILL:
            supervisor.tend()  # killed from outside, mostly for lack of memory: that says nothing against starting it
        else:
            supervisor.check(API)
        try:
            with _DIRECT.open(f"{url}{PREFIX}/health", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if time.monotonic() > give_up:
                raise ProgramFailed(f"the API does not answer at {url}: {error}") from None
            time.sleep(POLL_S)


def _published(supervisor: Supervisor, note: Path) -> str | None:
    """Wait until a worker has published its recipes.

    Return the reason if it could not, or None.
    """
    give_up = time.monotonic() + RECIPES_TIMEOUT_S
    while not note.exists():
        if time.monotonic() > give_up:
            return no_recipes(RECIPES_TIMEOUT_S)
        supervisor.tend()
        time.sleep(POLL_S)
    return note.read_text(encoding="utf-8") or None
