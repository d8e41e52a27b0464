"""Examine what a service needs to run on this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from seedspread.api_prefix import PREFIX
from seedspread.core.states import RunState
from seedspread.errors import SeedspreadError, Unavailable
from seedspread.queue.address import broker_url, note
from seedspread.queue.app import make_celery
from seedspread.queue.dispatch import Dispatcher
from seedspread.resources.gpus import nvml
from seedspread.settings import AppSettings
from seedspread.storage import recipes, runs, workers
from seedspread.storage.database import Database, require_known, revisions_known, server_time, shown_url
from seedspread.upkeep import sentences
from seedspread.upkeep.lines import Level, Line

TIMEOUT_S = 5.0
"""Limit of the wait for an answer of the broker and the port."""

LITTLE_BYTES = 200 * 2**20
"""Free space below which a study's results may no longer fit."""

_LOW_BYTES = 2 * 2**30
_NVIDIA = Path("/dev/nvidiactl")  # the driver is loaded where it exists
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True)
class Examined:
    """Subject of the examination: settings, environment, time."""

    settings: AppSettings
    environment: Mapping[str, str]
    now: datetime


def examine(settings: AppSettings, environment: Mapping[str, str] | None = None) -> list[Line]:
    """Return one line or more for each thing that a service needs.

    Nothing is changed, and whatever is down is one line: nothing is raised. It takes a few seconds at most.
    """
    subject = Examined(settings, os.environ if environment is None else environment, datetime.now(UTC))
    lines: list[Line] = []
    for name, probe in PROBES.items():
        try:
            lines += list(probe(subject))
        except SeedspreadError as error:
            lines.append(Line(name, Level.PROBLEM, _one_line(error.message), _one_line(error.hint or "")))
        except Exception as error:  # noqa: BLE001 - a probe that fails is a line as well
            lines.append(Line(name, Level.PROBLEM, _one_line(f"{type(error).__name__}: {error}"), sentences.REPORT))
    return lines


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _database(subject: Examined) -> Iterator[Line]:
    database = Database(subject.settings.resolved_database_url)
    address = shown_url(database.url)
    try:
        if _is_absent(database):
            yield Line("database", Level.NOTE, sentences.no_database(address), sentences.UP_MAKES_IT)
            return
        database.ping()
        yield Line("database", Level.OK, address)
        revision, newest = database.revision(), revisions_known()[-1]
        require_known(revision)
        detail = sentences.schema(revision, newest) if revision else sentences.NO_SCHEMA
        level, todo = (Level.OK, "") if revision == newest else (Level.NOTE, sentences.UP_MIGRATES)
        yield Line("schema", level, detail, todo)
    finally:
        database.dispose()


def _broker(subject: Examined) -> Iterator[Line]:
    settings = subject.settings
    if not settings.broker_url and not note(settings.data_dir.expanduser()).exists():
        yield Line("broker", Level.NOTE, sentences.NO_BROKER, sentences.UP_STARTS_IT)
        return
    address = urlsplit(broker_url(settings))
    try:
        Dispatcher(make_celery(settings, socket_timeout_s=TIMEOUT_S)).ping()
    except Unavailable:
        if settings.broker_url:
            raise
        # `up` takes its broker with it. While it runs, the health of its API says what is wrong.
        yield Line("broker", Level.NOTE, sentences.UP_STOPPED, sentences.UP_STARTS_IT)
        return
    yield Line("broker", Level.OK, sentences.answers(f"{address.hostname}:{address.port or 6379}"))


def _disk(subject: Examined) -> Iterator[Line]:
    folder = subject.settings.data_dir.expanduser().absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:  # quota and read-only disks show when something is written
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield Line("disk", Level.PROBLEM, sentences.not_writable(existing, error.strerror or ""), sentences.MEND_DISK)
        return
    usage = shutil.disk_usage(existing)
    level = Level.OK if usage.free >= _LOW_BYTES else Level.NOTE if usage.free >= LITTLE_BYTES else Level.PROBLEM
    todo = "" if level is Level.OK else sentences.FREE_SPACE
    yield Line("disk", level, sentences.free(usage.free, usage.total, folder), todo)


def _clock(subject: Examined) -> Iterator[Line]:
    settings = subject.settings
    tolerance = timedelta(seconds=settings.lease_s / 4)
    database = Database(settings.resolved_database_url)
    try:
        if _is_absent(database) or database.revision() != revisions_known()[-1]:
            yield Line("clock", Level.OK, sentences.NO_OTHER_CLOCK)
            return
        with database.reading() as session:
            theirs = server_time(session) or datetime.now(UTC)
            ahead = theirs - datetime.now(UTC)
            latest = max((worker.beat_at for worker in workers.listed(session, subject.now, 0)), default=None)
    finally:
        database.dispose()
    if abs(ahead) > tolerance:
        detail = sentences.clock_differs(ahead.total_seconds())
        yield Line("clock", Level.PROBLEM, detail, sentences.SET_CLOCKS)
    elif latest is not None and latest - datetime.now(UTC) > tolerance:
        detail = sentences.worker_ahead((latest - datetime.now(UTC)).total_seconds())
        yield Line("clock", Level.PROBLEM, detail, sentences.SET_CLOCKS)
    else:
        yield Line("clock", Level.OK, sentences.CLOCKS_AGREE)


def _workers(subject: Examined) -> Iterator[Line]:
    settings = subject.settings
    database = Database(settings.resolved_database_url)
    try:
        if _is_absent(database) or database.revision() != revisions_known()[-1]:
            yield Line("recipes", Level.NOTE, sentences.NO_RECIPES, sentences.UP_OR_WORKER)
            return
        with database.reading() as session:
            published = [info.name for info in recipes.every(session)]
            living = [worker for worker in workers.listed(session, subject.now, settings.lease_s) if worker.alive]
            waiting = runs.by_queue(session)
    finally:
        database.dispose()
    offered = sorted({name for worker in living for name in worker.offers or {}})
    if offered:
        yield Line("recipes", Level.OK, sentences.offered(offered))
    elif published:
        yield Line("recipes", Level.NOTE, sentences.published(len(published)), sentences.UP_OR_WORKER)
    else:
        yield Line("recipes", Level.NOTE, sentences.NO_RECIPES, sentences.UP_OR_WORKER)
    for problem in dict.fromkeys(problem for worker in living for problem in worker.problems):
        yield Line("recipes", Level.PROBLEM, _one_line(problem), sentences.MEND_RECIPE)
    for queue, counts in waiting.items():
        queued = counts.get(RunState.QUEUED, 0)
        if queued and not any(worker.queue == queue for worker in living):
            detail = sentences.waits_in_vain(queued, queue)
            yield Line("workers", Level.PROBLEM, detail, sentences.start_worker(queue))
    yield Line("workers", Level.OK if living else Level.NOTE, sentences.living(len(living)))


def _gpu(subject: Examined) -> Iterator[Line]:
    library = nvml()
    if library is not None and library.names():
        yield Line("gpu", Level.OK, ", ".join(library.names()))
    elif _NVIDIA.exists() and library is None:
        yield Line("gpu", Level.NOTE, sentences.UNREADABLE_GPUS, sentences.INSTALL_NVML)
    elif subject.settings.gpus is not None:
        yield Line("gpu", Level.PROBLEM, sentences.GPUS_WANTED, sentences.INSTALL_DRIVER)
    else:
        yield Line("gpu", Level.OK, sentences.NO_GPU)


def _port(subject: Examined) -> Iterator[Line]:
    host, port = subject.settings.host, subject.settings.port
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    name = f"[{reached}]" if ":" in reached else reached
    if port == 0:
        yield Line("port", Level.OK, sentences.ANY_PORT)
        return
    try:
        socket.create_connection((reached, port), timeout=TIMEOUT_S).close()
    except ConnectionRefusedError:
        yield Line("port", Level.OK, sentences.port_free(host, port))
        return
    # Without the proxies of the environment, which cannot reach this machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{name}:{port}{PREFIX}/health", timeout=TIMEOUT_S) as answer:
            health = json.load(answer)
        status, its_version = health["status"], health["version"]
    except (OSError, ValueError, KeyError, TypeError):
        yield Line("port", Level.PROBLEM, sentences.port_taken(host, port), sentences.OTHER_PORT)
        return
    level = Level.OK if status == "ok" else Level.PROBLEM
    # A service of another version may have other parts.
    parts = [health[name] for name in ("database", "broker", "disk", "events") if name in health]
    problems = [part["problem"] for part in parts if part.get("problem")]
    yield Line("port", level, sentences.service_answers(its_version, port, status), _one_line("; ".join(problems)))


def _proxies(subject: Examined) -> Iterator[Line]:
    variables = {name.lower(): value for name, value in subject.environment.items() if value}
    proxies = {name: urlsplit(variables[name]).hostname or "?" for name in _PROXIES if name in variables}
    if not proxies:
        yield Line("proxy", Level.OK, sentences.NO_PROXY)
        return
    detail = sentences.proxies([f"{name.upper()} is {host}" for name, host in proxies.items()])
    yield Line("proxy", Level.NOTE, detail, sentences.EXEMPT_HOSTS)


def _is_absent(database: Database) -> bool:
    """Tell whether a SQLite file is missing: connecting would create it."""
    return database.dialect == "sqlite" and not Path(database.url.database or "").expanduser().is_file()


PROBES: dict[str, Callable[[Examined], Iterator[Line]]] = {
    "database": _database,
    "broker": _broker,
    "disk": _disk,
    "clock": _clock,
    "recipes": _workers,
    "gpu": _gpu,
    "port": _port,
    "proxy": _proxies,
}
"""Probes by the subject of their first line, in the order of the answer."""
