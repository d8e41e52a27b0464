"""Template process: it has imported a framework, computed nothing, and forks.

Importing TensorFlow takes seconds of processor time; a fork of a process that has done so takes milliseconds. The
template serves one control socket, whose other end its parent and the parent's forks share. Each request is one packet:
a JSON document and four descriptors (orders, reports, log, link). A template without a framework forks one template
for each framework that is asked for. What happens to a trainer travels over its link: `{"pid"}` once it was forked,
`{"status"}` once it has ended, or `{"failed"}`. The other end of the link being closed ends the trainer, and a trainer
dies with its template (parent-death signal): none outlives the process that asked for it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seedspread_worker import sentences

REQUEST_BYTES: Final = 1 << 18
"""Upper bound of a request, above what a socket takes at once."""
_TASKS = Path("/proc/self/task")


@dataclass(frozen=True)
class ForkedTrainer:
    """Command-line arguments and pipes of a trainer that was just forked."""

    arguments: list[str]
    orders: int
    reports: int


class _IsTrainer(Exception):
    """Raised in a forked process, to leave the loops of its template."""

    def __init__(self, trainer: ForkedTrainer) -> None:
        super().__init__()
        self.trainer = trainer


def serve(
    control: socket.socket,
    load: Callable[[frozenset[str]], None],
    die_with: Callable[[int], None],
) -> ForkedTrainer | None:
    """Fork trainers until the control socket is closed and they have ended.

    Return None then. In a forked trainer, return what it was asked for; the caller goes on as that trainer.

    Args:
        control: the socket that requests come from.
        load: imports packages, without computing anything.
        die_with: lets the kernel kill this process when the process with that id ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the links
    try:
        template = _Template(frozenset(), control, load, die_with)
        template.prepare()
        template.serve()
    except _IsTrainer as forked:
        return forked.trainer
    return None


class _Template:
    """Template that has imported `ahead`, and the processes it has forked."""

    def __init__(
        self,
        ahead: frozenset[str],
        control: socket.socket,
        load: Callable[[frozenset[str]], None],
        die_with: Callable[[int], None],
    ) -> None:
        self._ahead = ahead
        self._control = control
        self._load = load
        self._die_with = die_with
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._take)
        self._trainers: dict[int, tuple[socket.socket, int]] = {}  # process id: link and pidfd
        self._templates: dict[frozenset[str], tuple[int, socket.socket]] = {}
        self._is_closed = False
        self._problem: str | None = None

    def prepare(self) -> None:
        """Import what the trainers need."""
        self._problem = _threads()  # of NumPy, where it is to compute with several
        try:
            if self._problem is None:
                self._load(self._ahead)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything; a trainer of its own shows it
            self._problem = f"{type(error).__name__}: {error}"
        _name("ss-template")
        gc.collect()
        gc.freeze()  # a collection would otherwise copy every page that the forks share

    def serve(self) -> None:
        """Answer requests until nobody can send one and all trainers have ended."""
        while not self._is_closed or self._trainers:
            for key, _ in self._selector.select():
                key.data()
        for pid, control in self._templates.values():
            control.close()
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _take(self) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._control, REQUEST_BYTES, 4)
        except OSError:
            packet, descriptors = b"", []
        if not packet:
            self._is_closed = True
            self._selector.unregister(self._control)
            return
        request = json.loads(packet)
        ahead = frozenset(request["ahead"])
        try:
            if ahead == self._ahead:
                self._fork_trainer(request, descriptors)
            else:
                self._pass_on(ahead, packet, descriptors)
        finally:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _pass_on(self, ahead: frozenset[str], packet: bytes, descriptors: list[int]) -> None:
        """Pass a request on to its template, which is forked first."""
        for _ in range(2):  # a template that was killed is forked again
            if ahead not in self._templates:
                self._fork_template(ahead, descriptors)
            pid, control = self._templates[ahead]
            try:
                socket.send_fds(control, [packet], descriptors)
            except OSError:
                control.close()
                del self._templates[ahead]
                with contextlib.suppress(ChildProcessError, ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
            else:
                return

    def _fork_template(self, ahead: frozenset[str], descriptors: list[int]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        template = os.getpid()
        pid = os.fork()
        if pid:
            theirs.close()
            self._templates[ahead] = pid, ours
            return
        self._die_with(template)
        self._drop()
        ours.close()
        while descriptors:  # emptied: the numbers may soon be those of other files
            os.close(descriptors.pop())
        own = _Template(ahead, theirs, self._load, self._die_with)
        own.prepare()
        own.serve()
        os._exit(0)

    def _fork_trainer(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        orders, reports, log, link_descriptor = descriptors
        link = socket.socket(fileno=os.dup(link_descriptor))
        problem = self._problem or _threads()
        if problem is not None:
            _tell(link, failed=problem)
            link.close()
            return
        template = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _tell(link, failed=str(error))
            link.close()
            return
        if pid == 0:
            self._die_with(template)
            pipes = os.dup(orders), os.dup(reports)  # the caller closes what came with the request
            link.close()
            self._become(request, log)
            raise _IsTrainer(ForkedTrainer(list(request["arguments"]), *pipes))
        pidfd = os.pidfd_open(pid)
        self._trainers[pid] = link, pidfd
        self._selector.register(pidfd, selectors.EVENT_READ, lambda: self._has_ended(pid))
        self._selector.register(link, selectors.EVENT_READ, lambda: self._is_let_go(pid))
        _tell(link, pid=pid)

    def _become(self, request: Mapping[str, Any], log: int) -> None:
        """Make this fork what a process started with the request would be."""
        self._drop()
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv[1:] = request["arguments"]
        _name("ss-trainer")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _drop(self) -> None:
        """Close in a fork what belongs to its template."""
        self._selector.close()
        self._control.close()
        for link, pidfd in self._trainers.values():
            link.close()
            os.close(pidfd)
        for _, control in self._templates.values():
            control.close()

    def _has_ended(self, pid: int) -> None:
        """Report a trainer's end.

        It keeps its process id until it is let go.
        """
        link, pidfd = self._trainers[pid]
        ended = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if ended is None:
            return
        self._selector.unregister(pidfd)
        _tell(link, status=ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)

    def _is_let_go(self, pid: int) -> None:
        """End a trainer whose parent has closed the link."""
        link, pidfd = self._trainers[pid]
        with contextlib.suppress(OSError):
            if link.recv(64):
                return
        del self._trainers[pid]
        with contextlib.suppress(KeyError):
            self._selector.unregister(pidfd)
        self._selector.unregister(link)
        link.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(pidfd)


def _tell(link: socket.socket, **message: Any) -> None:
    with contextlib.suppress(OSError):  # whoever asked is gone: the end of the link says so too
        link.send(json.dumps(message).encode())


def _name(name: str) -> None:
    """Name this process in lists of processes.

    Its command line stays that of the template.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def _threads() -> str | None:
    """Return why this process must not fork.

    A fork has one thread, and the locks that the others held stay locked in it.
    """
    names = [(task / "comm").read_text().strip() for task in sorted(_TASKS.iterdir())]
    return None if len(names) == 1 else sentences.template_has_threads(names)
