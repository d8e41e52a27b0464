"""Supervise a few programs: start, restart, and stop them in order."""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path

import structlog

from seedspread import logs
from seedspread.embedded.interrupts import shielded
from seedspread.embedded.leftovers import Ledger
from seedspread.embedded.programs import Process, Program
from seedspread.embedded.watch import Watch
from seedspread.errors import SeedspreadError

FIRST_PAUSE_S = 0.5  # a program that fails at once must not be started in a tight loop
LONGEST_PAUSE_S = 10.0  # once the cause is gone, nobody should wait longer for the service
LOOK_S = 2.0
"""Seconds between two looks at what runs."""
STEADY_S = 30.0
"""Seconds of running after which a restart begins with the shortest pause."""

log = structlog.get_logger(__name__)


class ProgramFailed(SeedspreadError):
    """Program that ended before it could be used."""


class Supervisor:
    """Supervisor of the programs of one data directory.

    Call `tend` a few times per second.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger = Ledger(ledger)
        self._running: dict[str, Process] = {}
        self._due: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._watches: dict[str, Watch] = {}
        self._looked = time.monotonic()

    def end_leftovers(self) -> None:
        """End processes that a killed predecessor left running."""
        ended = self._ledger.end_leftovers()
        if ended:
            log.warning("ended what an earlier process left running", processes=ended)

    def start(self, program: Program) -> Process:
        """Start `program` and keep it running."""
        with shielded():
            process = self._running[program.name] = Process(program)
            self._ledger.write(process.pid for process in self._running.values())
        log.info("started", program=program.name, pid=process.pid)
        return process

    def process(self, name: str) -> Process:
        """Return the current or last process of the program."""
        return self._running[name]

    def check(self, name: str) -> None:
        """Check that the program runs.

        Raises:
            ProgramFailed: it ended; the message is the last line it wrote.
        """
        process = self._running[name]
        if process.code is not None:
            words = process.last_words() or f"it ended with code {process.code}"
            raise ProgramFailed(
                f"{name} did not start: {words.removeprefix('error: ')}", hint=f"the whole log is {process.program.log}"
            )

    def tend(self) -> None:
        """Restart programs that ended or hang, with growing pauses.

        Logs are kept within their size.
        """
        now = time.monotonic()
        if now - self._looked > LOOK_S:
            self._looked = now
            self._look()
        for name, process in list(self._running.items()):
            if process.code is None:
                continue
            if name not in self._due:
                process.end(0)
                self._due[name] = now + self._pause(process, now)
                log.warning("ended by itself", program=name, code=process.code, said=process.last_words())
            elif now >= self._due[name]:
                del self._due[name]
                try:
                    self.start(process.program)
                except OSError as error:  # no memory, no more processes, a disk that is full
                    self._due[name] = now + self._pause(process, now)
                    log.warning("could not be started", program=name, problem=str(error))

    def _look(self) -> None:
        """Kill what hangs, and bound the logs."""
        for name, process in self._running.items():
            logs.bound(process.program.log)
            if process.code is not None:
                continue
            watch = self._watches.get(name)
            if watch is None or watch.process is not process:
                watch = self._watches[name] = Watch(process)
            reason = watch.problem()
            if reason is not None:
                log.warning("does not work any more; it is replaced", program=name, reason=reason)
                process.end(0)

    def _pause(self, process: Process, now: float) -> float:
        name = process.program.name
        # A program that ran well for a while has another fault than the last time: start over with short pauses.
        steady = now - process.started_at > STEADY_S
        pause = FIRST_PAUSE_S if steady else self._pauses.get(name, FIRST_PAUSE_S)
        self._pauses[name] = min(2 * pause, LONGEST_PAUSE_S)
        return pause

    def stop(self, *, at_once: bool = False) -> None:
        """Stop every program, highest rank first.

        With `at_once`, they are killed without waiting for them to end.
        """
        by_rank = sorted(self._running.values(), key=lambda process: -process.program.rank)
        for _, rank in groupby(by_rank, key=lambda process: process.program.rank):
            processes = list(rank)
            for process in processes:
                process.ask()
            began = time.monotonic()
            for process in sorted(processes, key=lambda process: process.program.patience_s):
                process.end(0 if at_once else began + process.program.patience_s - time.monotonic())
                log.info("stopped", program=process.program.name, code=process.code)
        self._running.clear()
        self._ledger.write(())
