"""Process of one run.

It never outlives the runner. Its output is read as it arrives, and its whole process group is ended with it.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from seedspread.embedded.programs import dies_with_parent
from seedspread.errors import InvalidInput
from seedspread.recording.lines import LineReader, Reading
from seedspread.recording.writer import RunWriter
from seedspread.resources.processes import ProcessTree
from seedspread.resources.sampler import Sampler
from seedspread.running import sentences

RUN_FOLDER: Final = "SEEDSPREAD_RUN_FOLDER"
"""Variable that holds a run's folder; every process of the run inherits it."""
_WESTERN: Final = "seedspread-western"
"""Error handler: a byte that is no UTF-8 is a character of Windows-1252, as Latin-1 scripts print it."""
_PIECE: Final = 1 << 16  # a pipe's default capacity on Linux
_GRACE_S: Final = 5.0  # after SIGTERM, time to write a checkpoint before SIGKILL
_LINGERING_S: Final = 10.0  # for what a shell started with &
_SUBREAPER: Final = 36
"""PR_SET_CHILD_SUBREAPER of Linux's prctl."""


class Child:
    """Process in its own session, with output and errors on one pipe.

    Args:
        command: program and arguments. environment: added to the current one, None removes. cwd: working directory.
        run: receives the output and the metrics in it.
        reader: finds the metrics.

    Raises:
        InvalidInput: the program does not exist or cannot be run.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str | None],
        cwd: Path,
        run: RunWriter,
        reader: LineReader,
    ) -> None:
        self.run, self.reader = run, reader
        self.latest: float | None = None
        self.percent: set[str] = set()
        self.tail = ""
        self.stopped = ""
        self._exited: float | None = None
        self.started = time.monotonic()
        self._decoder = codecs.getincrementaldecoder("utf-8")(_WESTERN)
        self._kill_at: float | None = None
        self._marker = environment.get(RUN_FOLDER) or ""
        merged = {**os.environ, **environment}
        try:
            self.process = subprocess.Popen(  # noqa: S603 (the user's own command)
                command,
                env={name: value for name, value in merged.items() if value is not None},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )
        except OSError as error:
            hint = "commands run without a shell; for pipes and variables use: -- sh -c '…'"
            raise InvalidInput(
                "COMMAND", command[0], f"a program that can be run ({error.strerror})", hint=hint
            ) from error
        if self.process.stdout is None:
            raise RuntimeError("the process has no pipe")
        self._sampler = Sampler(ProcessTree(self.process.pid))
        self.pipe = self.process.stdout.fileno()
        os.set_blocking(self.pipe, False)

    @property
    def seconds(self) -> float:
        """Seconds since the process started."""
        return time.monotonic() - self.started

    def pump(self) -> bool:
        """Read available output; return False once the pipe is closed."""
        for _ in range(16):  # leaves the others their turn
            try:
                data = os.read(self.pipe, _PIECE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._take(data)
        return True

    def stop(self, reason: str) -> None:
        """Ask the process group to end, and kill it after five seconds."""
        if not self.stopped:
            self.stopped = reason
            self._kill_at = time.monotonic() + _GRACE_S
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process group at once."""
        self._signal(signal.SIGKILL)

    def tick(self) -> None:
        """Sample resources if due; kill the group if it is overdue."""
        sample = self._sampler.sample_if_due()
        if sample is not None:
            self.run.usage(sample, self._sampler.record.gpus)
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._kill_at = time.monotonic() + _GRACE_S
            self._signal(signal.SIGKILL)

    def lingers(self) -> bool:
        """Return True while processes outlive the command, for ten seconds.

        A shell starts such with `&`.
        """
        if self._exited is None:
            self._exited = time.monotonic()
        if time.monotonic() - self._exited > _LINGERING_S:
            return False
        with suppress(PermissionError):
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return False
        return True

    def finish(self, orphans: Iterable[psutil.Process] = ()) -> int:
        """Wait for the process, record its last output, return its exit code.

        Processes that it left running are ended, with those that it orphaned.
        """
        code = self.process.wait()
        self._signal(signal.SIGKILL)
        # After the group: a daemon that the script started is outside of it.
        self._end_daemons(orphans)
        while True:
            try:
                data = os.read(self.pipe, _PIECE)
            except BlockingIOError:
                break
            if not data:
                break
            self._take(data)
        self._log(self.reader.close())
        if self.reader.overlong:
            self.run.event("finding", code="overlong_line", message=sentences.OVERLONG_LINE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def _end_daemons(self, orphans: Iterable[psutil.Process]) -> None:
        """End processes that left the group, and name them on the run.

        The run's folder in their environment tells them (on Linux), else that this process adopted them.
        """
        ended: set[str] = set()
        living: set[str] = set()
        for _ in range(3):  # one may have started another meanwhile
            leftover = [*(_marked(self._marker) if self._marker else ()), *_named(orphans)]
            if not leftover:
                break
            for pid, name in leftover:
                try:
                    os.kill(pid, signal.SIGKILL)
                    ended.add(name)
                except ProcessLookupError:
                    continue
                except PermissionError:
                    living.add(f"{name} ({pid})")
        if ended:
            self.run.event("finding", code="daemon_stopped", message=sentences.processes_stopped(sorted(ended)))
        if living:
            self.run.event("finding", code="daemon_left", message=sentences.processes_left(sorted(living)))

    def _take(self, data: bytes) -> None:
        self.run.text(data)
        text = self._decoder.decode(data)
        self.tail = (self.tail + text)[-4000:]
        self._log(self.reader.feed(text))

    def _log(self, readings: Iterable[Reading]) -> None:
        """Record the metrics of several lines in one write."""
        listed = [reading for reading in readings if reading.values]
        self.run.log_many(((reading.values, reading.step) for reading in listed), source="stdout")
        for reading in listed:
            self.percent |= reading.percent
            if self.reader.wanted in reading.values:
                self.latest = reading.values[self.reader.wanted]

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Orphans:
    """Processes that lost their parent, which Linux hands to this process meanwhile.

    A daemon that left its session and cleared its environment is known by this alone. A process that had children of
    its own before, or threads that may start some, does without: it could not tell them apart.
    """

    def __init__(self) -> None:
        self.started: set[int] = set()
        self._adopts = (
            sys.platform == "linux"
            and threading.active_count() == 1
            and not psutil.Process().children()
            and _adopt(True)
        )

    def living(self) -> Iterator[psutil.Process]:
        """Yield orphans and their descendants.

        Children in `started` are this process's own.
        """
        if not self._adopts:
            return
        for orphan in psutil.Process().children():
            if orphan.pid in self.started:
                continue
            with suppress(psutil.Error):
                if orphan.status() == psutil.STATUS_ZOMBIE:
                    with suppress(ChildProcessError):
                        os.waitpid(orphan.pid, os.WNOHANG)
                    continue
                yield from (orphan, *orphan.children(recursive=True))

    def close(self) -> None:
        """Adopt no more, and forget those that ended."""
        list(self.living())
        if self._adopts:
            self._adopts = not _adopt(False)


def _adopt(wanted: bool) -> bool:
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, int(wanted), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _named(orphans: Iterable[psutil.Process]) -> Iterator[tuple[int, str]]:
    for orphan in orphans:
        with suppress(psutil.Error):
            if orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE:
                yield orphan.pid, orphan.name()


def _western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_WESTERN, _western)


def _marked(folder: str) -> Iterator[tuple[int, str]]:
    """Yield id and name of other processes of a run folder."""
    wanted = f"{RUN_FOLDER}={folder}".encode("utf-8", "surrogateescape")
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name), (entry / "comm").read_text("utf-8", "replace").strip()


def end_leftovers(folders: Iterable[Path]) -> list[str]:
    """End processes of runs whose runner was killed; return their names.

    A run's own process ends with its runner, what it started in turn does not. folders: of runs that nobody records.
    """
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    ended: list[str] = []
    for folder in folders:
        for pid, name in _marked(str(folder.absolute())):
            if pid not in spared:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
                    ended.append(name)
    return ended


def failure(code: int, tail: str) -> str:
    """Return why a process ended badly.

    The reason is its signal or exit code, and the last line that it printed.
    """
    lines = [line.strip() for line in tail.replace("\r", "\n").splitlines() if line.strip()]
    last = f": {lines[-1][:300]}" if lines else ""
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"{sentences.killed(name, for_memory=-code == signal.SIGKILL)}{last}"
    return f"exit code {code}{last}"
