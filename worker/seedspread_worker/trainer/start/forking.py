"""Parent's side of template processes: start them, ask them for trainers."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from seedspread_worker.trainer.start.template import REQUEST_BYTES

_PACKAGES = ("tensorflow", "torch", "jax", "sklearn")
FORKABLE: Final = frozenset({frozenset[str](), *(frozenset({name}) for name in _PACKAGES)})
"""Sets of packages that a template can hold; several frameworks in a process depend on the order of their imports."""
MOST_TEMPLATES: Final = 2
"""Templates of different environments that one process keeps; each has loaded its libraries."""
END_S: Final = 10.0
"""How long the end of a killed trainer may take to be reported."""
_LAST_S: Final = 2.0
"""How long a template may take to end by itself."""
_IGNORED = re.compile(r"(SEEDSPREAD_|PYTEST_|_MP_FORK_|CELERY_).*|FORKED_BY_MULTIPROCESSING|SHLVL|_")
"""Variables that no interpreter or library reads as it is loaded: a trainer gets its own values of them."""

log = structlog.get_logger(__name__)


def supported() -> bool:
    """Check whether this system has what templates need: Linux has."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(socket, "SOCK_SEQPACKET")


class CannotFork(Exception):
    """No template can provide the trainer; start a process of its own."""


class ForkedProcess:
    """Trainer that a template forks; the part of `subprocess.Popen` that is needed.

    The template keeps its process id until `let_go`, so that a signal never reaches another process.

    Args:
        link: the socket over which the template reports.
        failed: called with the reason where the template cannot fork.
    """

    def __init__(self, link: socket.socket, failed: Callable[[str], None]) -> None:
        self.link = link
        self.returncode: int | None = None
        self._failed = failed
        self._pid: int | None = None
        self._is_gone = False
        self._partial: list[dict[str, Any]] = []

    @property
    def pid(self) -> int | None:
        """Process id, None until the template has forked."""
        return self._pid

    def read(self, wait_s: float = 0.0) -> None:
        """Read the template's messages, waiting up to `wait_s` seconds for the first.

        Raises:
            CannotFork: the template cannot fork, or ended before it did.
        """
        while not self._is_gone and select.select([self.link], [], [], max(wait_s, 0.0))[0]:
            wait_s = 0.0
            try:
                packet = self.link.recv(REQUEST_BYTES)
            except OSError:
                packet = b""
            message = json.loads(packet) if packet else {}
            self._pid = message.get("pid", self._pid)
            if "status" in message:
                self.returncode = message["status"]
            elif not packet or "failed" in message:
                self._is_gone = True
                if self._pid is None:
                    reason = message.get("failed", "")
                    if reason:
                        self._failed(reason)
                    raise CannotFork(reason)
                if self.returncode is None:
                    self.returncode = -signal.SIGKILL  # as the kernel does to the trainers of a template that died

    def poll(self) -> int | None:
        """Return how it ended as `subprocess` does, None while it runs."""
        self.read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        until = time.monotonic() + (END_S if timeout is None else timeout)
        while self.returncode is None:
            left = until - time.monotonic()
            self.read(left)
            if self.returncode is None and left <= 0:
                raise subprocess.TimeoutExpired("trainer", timeout or END_S)
        return self.returncode

    def kill(self) -> None:
        """End it by SIGKILL; before it was forked, take the request back."""
        if self._pid is None:
            with contextlib.suppress(OSError):
                self.link.shutdown(socket.SHUT_RDWR)
        elif self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Close the link; the template ends what still runs."""
        self._is_gone = True
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
        self.link.close()


class _Template:
    """Template process, and the socket over which it is asked."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lacks: set[frozenset[str]] = set()
        parent = ["--parent", str(os.getpid())] if threading.current_thread() is threading.main_thread() else []
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [
                *(sys.executable, "-P", "-m", "seedspread_worker.trainer.main"),
                "--template",
                str(theirs.fileno()),
                *parent,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=dict(environment),
        )
        theirs.close()

    def close(self) -> None:
        """Let it end once its trainers have."""
        self.control.close()

    def end(self) -> None:
        """End it, and with it the trainers that are left."""
        self.close()
        try:
            self.process.wait(_LAST_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Templates:
    """Templates of this process and its forks, one for each environment.

    A fork of the process that calls `start` shares the templates; it starts one of its own where it needs another
    environment. Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._templates: dict[tuple[Any, ...], _Template] = {}
        self._ending: list[_Template] = []  # each serves the trainers that it has forked
        atexit.register(self.close)

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the template of an environment, without waiting for it."""
        if supported():
            with self._lock:
                self._of(environment)

    def fork(
        self,
        ahead: frozenset[str],
        environment: Mapping[str, str],
        arguments: Sequence[str],
        descriptors: Sequence[int],
    ) -> ForkedProcess:
        """Ask for a trainer, without waiting for it.

        Args:
            ahead: what it has imported from the start.
            environment: all its environment variables.
            arguments: of `seedspread_worker.trainer.main`.
            descriptors: the reading end of its orders, the writing end of its reports, and its log.

        Raises:
            CannotFork: no template can provide it.
        """
        if not supported() or ahead not in FORKABLE:
            raise CannotFork
        request = {
            "ahead": sorted(ahead),
            "arguments": list(arguments),
            "environment": dict(environment),
        }
        packet = json.dumps(request).encode()
        for _ in range(2):  # a template that was killed is started again
            with self._lock:
                template = self._of(environment)
            if ahead in template.lacks:
                raise CannotFork
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                parts = [*descriptors, theirs.fileno()]
                socket.send_fds(template.control, [packet], parts, socket.MSG_DONTWAIT)
            except OSError as error:
                ours.close()
                if not isinstance(error, BrokenPipeError | ConnectionError):
                    raise CannotFork(str(error)) from None  # a large environment, or many requests that wait
                self._forget(template)
            else:
                return ForkedProcess(ours, partial(self._note, template, ahead))
            finally:
                theirs.close()
        raise CannotFork

    def close(self) -> None:
        """End all templates and the trainers that are left."""
        with self._lock:
            for template in [*self._ending, *self._templates.values()]:
                template.end()
            self._templates.clear()
            self._ending.clear()

    def _of(self, environment: Mapping[str, str]) -> _Template:
        """Return the template of an environment, started now if there is none."""
        key = _key(environment)
        template = self._templates.pop(key, None)
        if template is None:
            while len(self._templates) >= MOST_TEMPLATES:
                self._put_aside(next(iter(self._templates)))
            template = _Template(environment)
        self._templates[key] = template  # the last one is the one used last
        return template

    def _forget(self, template: _Template) -> None:
        with self._lock:
            for key in [key for key, kept in self._templates.items() if kept is template]:
                self._put_aside(key)

    def _put_aside(self, key: tuple[Any, ...]) -> None:
        template = self._templates.pop(key)
        template.close()
        self._ending = [old for old in [*self._ending, template] if old.process.poll() is None]

    def _note(self, template: _Template, ahead: frozenset[str], reason: str) -> None:
        template.lacks.add(ahead)
        log.info("trainers are started without a template", ahead=sorted(ahead), reason=reason)


def _key(environment: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what trainers of one template have in common.

    These are the variables that an interpreter or a library may read as it is loaded, and the installed packages.
    """
    read = sorted((name, value) for name, value in environment.items() if not _IGNORED.fullmatch(name))
    return tuple(read), *packages_changed_ns()


def packages_changed_ns() -> tuple[int, ...]:
    """Return when packages were last installed or removed here."""
    return tuple(_changed_ns(sysconfig.get_path(name)) for name in ("purelib", "platlib"))


def _changed_ns(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns  # installing or removing a package changes it
    except OSError:
        return 0
