"""Logger for custom training loops.

Use it as `with seedspread.run(arm="wide", seed=3) as run: run.log(val_acc=acc)`.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from seedspread.errors import InvalidInput
from seedspread.recording import sentences
from seedspread.recording.files import Appender, cannot_write, digest
from seedspread.recording.records import MAX_SEED, ArmRecord
from seedspread.recording.writer import create_study, event_line, examples_line, metric_line, new_study

FOLDER = "seedspread-runs"
"""Default folder of recorded studies, below the current folder."""

BEGAN: list[Callable[[Path], None]] = []
"""Callbacks for each run that begins here, called with its folder."""

_RECORDED: dict[Path, int] = {}
"""Number of runs recorded outside `seedspread run`, by study folder."""

_IN_CHILD: dict[Path, tuple[str | None, int | None]] = {}
"""First arm and seed that this process named, by run folder."""

RUN_FOLDER, ARM, SEED, DISABLED = "SEEDSPREAD_RUN_FOLDER", "SEEDSPREAD_ARM", "SEEDSPREAD_SEED", "SEEDSPREAD_DISABLED"


class _Sink(Protocol):
    """Target that a logger writes to."""

    def log(self, values: Mapping[str, Any], step: float | None = None) -> None: ...
    def event(self, kind: str, **facts: Any) -> None: ...
    def examples(self, name: str, ids: Sequence[Any], **columns: Sequence[Any]) -> None: ...
    def end(self, state: str, *, reason: str = "") -> None: ...


class Logger:
    """Logger of one run, used as a context manager.

    Outside a study (no arm and seed, and not started by `seedspread run`) every call does nothing. An exception that
    leaves the block ends the run as failed, and Ctrl-C ends it as cancelled; both propagate.

    arm, seed, folder: of this run, None outside a study. enabled: True if values are recorded.
    """

    def __init__(self, sink: _Sink | None, arm: str | None, seed: int | None, folder: Path | None) -> None:
        self.arm, self.seed, self.folder = arm, seed, folder
        self._sink = sink
        self._ended = False

    @property
    def enabled(self) -> bool:
        """True while calls are recorded."""
        return self._sink is not None

    def log(self, values: Mapping[str, Any] | None = None, /, *, step: float | None = None, **named: Any) -> None:
        """Record values of metrics, by name or as a mapping.

        Args:
            values: numbers by metric; anything that converts to a float, NaN and infinities included.
            step: of the values; None counts each metric's values from 0.
            named: the same as `values`.

        Raises:
            InvalidInput: a value or the step is not a number.
        """
        sink = self._sink
        if sink is None:
            if self._ended:
                self._warn_once()
            return
        sink.log(named if values is None else {**values, **named}, step)

    def examples(
        self, ids: Iterable[Any], correct: Iterable[Any] | None = None, *, name: str = "test", **columns: Any
    ) -> None:
        """Record results per example, such as whether each was classified correctly.

        Args:
            ids: of the examples; use the same ids in every run, so that runs can be compared by example.
            correct: True for each correct example; as long as `ids`.
            name: of the set of examples.
            columns: further columns, as long as `ids`.

        Raises:
            InvalidInput: a column of another length.
        """
        if self._sink is not None:
            values = ({} if correct is None else {"correct": correct}) | columns
            self._sink.examples(name, _listed(ids), **{key: _listed(column) for key, column in values.items()})

    def data(self, path: str | os.PathLike[str]) -> None:
        """Record a file that the training read, by path, size and SHA-256.

        Raises:
            InvalidInput: the file does not exist.
        """
        self._file(path, "data")

    def artifact(self, path: str | os.PathLike[str]) -> None:
        """Record a file that the training wrote, by path, size and SHA-256.

        Raises:
            InvalidInput: the file does not exist.
        """
        self._file(path, "artifact")

    def parameters(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        """Record the values of parameters."""
        if self._sink is not None:
            self._sink.event("parameters", values={**(values or {}), **named})

    def end(self, state: str = "finished", reason: str = "") -> None:
        """End the run; further calls are ignored, with a warning."""
        if self._sink is not None:
            self._sink.end(state, reason=reason)
            self._sink = None
            self._ended = True

    def __repr__(self) -> str:
        if self.folder is None:
            return "<Logger: records nothing>"
        state = "records" if self.enabled else "ended"
        return f"<Logger: arm {self.arm!r}, seed {self.seed}, {state} in {self.folder}>"

    def __enter__(self) -> Logger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None or (kind is SystemExit and getattr(error, "code", 0) in (None, 0)):
            self.end()
        elif issubclass(kind, KeyboardInterrupt):
            self.end("cancelled", "interrupted")
        else:
            self.end("failed", f"{kind.__name__}: {error}"[:500])

    def _file(self, path: str | os.PathLike[str], role: str) -> None:
        if self._sink is None:
            return
        try:
            sha256, size = digest(Path(path))
        except OSError as error:
            raise InvalidInput(role, os.fspath(path), f"a file that can be read ({error.strerror})") from error
        self._sink.event("file", role=role, path=str(Path(path).absolute()), sha256=sha256, bytes=size)

    def _warn_once(self) -> None:
        self._ended = False
        sys.stderr.write(f"seedspread: {sentences.LOGGED_AFTER_END}\n")


class _Child:
    """Target of a logger in a script that `seedspread run` started.

    The runner owns the run, so values go to separate files in its folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._metrics = Appender(folder / "metrics.logger.jsonl")
        self._events = Appender(folder / "events.logger.jsonl")
        self._begun = time.monotonic()

    def log(self, values: Mapping[str, Any], step: float | None = None) -> None:
        """Append one line of metric values."""
        self._metrics.write(metric_line(values, step, time.monotonic() - self._begun))

    def event(self, kind: str, **facts: Any) -> None:
        """Append an event."""
        self._events.write(event_line(kind, **facts))

    def examples(self, name: str, ids: Sequence[Any], **columns: Sequence[Any]) -> None:
        """Append results per example."""
        file = Appender(self.folder / "examples.logger.jsonl")
        file.write(examples_line(name, ids, **columns))
        file.close()

    def end(self, state: str, *, reason: str = "") -> None:
        """Close the files; the runner records how the run ended."""
        if state != "finished":
            with suppress(OSError):
                self.event("ended", state=state, reason=reason)
        self._metrics.close(sync=True)
        self._events.close(sync=True)


def run(
    arm: str | None = None,
    seed: int | None = None,
    *,
    study: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
) -> Logger:
    """Record one run of a training loop.

    Under `seedspread run`, the arm and seed are those that the script was started for, and the values belong to that
    run. Otherwise the run is recorded in `folder`, and a line on standard error says so when the process ends. Without
    an arm and a seed, or with SEEDSPREAD_DISABLED=1, every call of the logger does nothing.

    Args:
        arm: name of the configuration.
        seed: 0 to 2**53 - 1.
        study: name of the study, by default the script's.
        folder: study folder, by default `seedspread-runs/<study>`.
        parameters: of this arm.
        enabled: False records nothing; None records if arm and seed are known.

    Raises:
        InvalidInput: an invalid arm or seed, or a second one within a script that `seedspread run` started.
        Conflict: another process is recording this arm and seed.
    """
    off = enabled is False or os.environ.get(DISABLED, "") not in ("", "0")
    if off:
        return Logger(None, arm, seed, None)
    if RUN_FOLDER in os.environ:
        return _in_child(arm, seed, parameters)
    if arm is None and seed is None and not enabled:
        return Logger(None, None, None, None)
    name = "run" if arm is None else arm
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput("arm", arm, "a name")
    if seed is not None:
        seed = checked_seed(seed)
    title = study or _script_name()
    place_of_study = Path(folder) if folder is not None else Path(FOLDER) / title
    writer = create_study(place_of_study, new_study(title, source="logger"))
    writer.ensure(ArmRecord(name, dict(parameters or {})), [] if seed is None else [seed])
    recorder = writer.begin(name, seed, parameters=dict(parameters or {}), command=[sys.executable, *sys.argv])
    if not _RECORDED:
        atexit.register(_say_where)
    _RECORDED[place_of_study] = _RECORDED.get(place_of_study, 0) + 1
    _announce(recorder.folder)
    return Logger(recorder, name, seed, recorder.folder)


def _script_name() -> str:
    """Return the script's name, or in a kernel the notebook's."""
    name = Path(sys.argv[0] or "study").stem or "study"
    if name == "ipykernel_launcher":
        # Jupyter names the page in this variable; other front ends name it nowhere.
        name = Path(os.environ.get("JPY_SESSION_NAME", "")).stem or "notebook"
    return name


def _say_where() -> None:
    """Print where this process recorded, and the command that judges it."""
    import shlex

    with suppress(OSError, ValueError):
        for folder, count in _RECORDED.items():
            command = f"seedspread compare {shlex.quote(str(folder))}"
            sys.stderr.write(f"seedspread: {sentences.recorded(count, folder, command)}\n")


def _announce(folder: Path) -> None:
    for began in BEGAN:
        began(folder)


def _in_child(arm: str | None, seed: int | None, parameters: Mapping[str, Any] | None) -> Logger:
    """Return the logger of a script that `seedspread run` started.

    A finding is recorded if the script names another arm or seed.
    """
    folder = Path(os.environ[RUN_FOLDER])
    if not folder.is_dir():
        raise cannot_write(folder, FileNotFoundError(2, "no such folder"))
    assigned_arm, assigned_seed = os.environ.get(ARM), os.environ.get(SEED, "")
    sink = _Child(folder)
    number = int(assigned_seed) if assigned_seed.isdecimal() else None
    first = _IN_CHILD.setdefault(folder, (arm, seed))
    if first != (arm, seed):
        field, ours, theirs = ("seed", first[1], seed) if first[1] != seed else ("arm", first[0], arm)
        expected = (
            f"{ours!r} as before: `seedspread run` starts the script once for every arm and seed, so take the loop "
            f"over {field}s out of the script and use SEEDSPREAD_SEED or {{seed}}"
        )
        raise InvalidInput(field, theirs, expected)
    for field, ours, theirs in (("arm", assigned_arm, arm), ("seed", number, seed)):
        if theirs is not None and theirs != ours:
            message = sentences.other_than_assigned(field, theirs, ours)
            sink.event("finding", code=f"{field}_differs", message=message)
    if parameters:
        sink.event("parameters", values=dict(parameters))
    _announce(folder)
    return Logger(sink, assigned_arm, number, folder)


def checked_seed(seed: Any, field: str = "seed") -> int:
    """Return a seed as a whole number, which NumPy's are as well.

    Raises:
        InvalidInput: another value, or one out of range.
    """
    try:
        number = None if isinstance(seed, bool) else int(seed.__index__())
    except (AttributeError, TypeError):
        number = None
    if number is None or not 0 <= number <= MAX_SEED:
        raise InvalidInput(field, seed, f"a whole number from 0 to {MAX_SEED}")
    return number


def _listed(column: Any) -> list[Any]:
    """Return a column, array or tensor as a list of plain values."""
    plain = getattr(column, "tolist", None)
    listed = plain() if callable(plain) else column
    if isinstance(listed, str | bytes) or not isinstance(listed, Iterable):
        raise InvalidInput("examples", column, "a list, an array or a tensor")
    return list(listed)
