"""Record cells in execution order: `%load_ext seedspread`.

Every run that `seedspread.run(…)` begins afterwards carries the cells that led to it, and those that follow until it
ends. `%seedspread` prints what was recorded and any problems with the order; `%seedspread save FILE` writes a notebook
that runs the cells again.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seedspread.notebook import sentences
from seedspread.notebook.cells import KIND, Cell, order_warnings, to_notebook
from seedspread.recording import logger
from seedspread.recording.files import Appender
from seedspread.recording.writer import event_line

EVENTS = "events.notebook.jsonl"


class Recorder:
    """Recorder of one session's cells for the runs in progress."""

    def __init__(self, notebook: Path | None = None) -> None:
        self.cells: list[Cell] = []
        self._notebook = notebook
        self._open: dict[Path, Appender] = {}
        self._current: Cell | None = None
        self._begun = 0.0
        self._warned: set[str] = set()

    def before(self, info: Any) -> None:
        """Record the cell that is about to run."""
        cell_id = str(getattr(info, "cell_id", None) or "")
        source = str(info.raw_cell)
        if not source.strip() or not getattr(info, "store_history", True):
            self._current = None
            return
        position = _position(self._notebook, cell_id, source)
        self._current = Cell(len(self.cells) + 1, source, cell_id, position)
        self._begun = time.perf_counter()

    def after(self, result: Any) -> None:
        """Record the result of the cell, and write it to open runs."""
        cell = self._current
        if cell is None:
            return
        error = getattr(result, "error_in_exec", None) or getattr(result, "error_before_exec", None)
        described = "" if error is None else f"{type(error).__name__}: {error}".splitlines()[0][:300]
        seconds = round(time.perf_counter() - self._begun, 6)
        cell = Cell(cell.execution, cell.source, cell.cell_id, cell.position, described, seconds)
        self.cells.append(cell)
        self._current = None
        for folder, appender in list(self._open.items()):
            appender.write(event_line(KIND, **cell.to_event()))
            if not _is_running(folder):
                appender.close(sync=True)
                del self._open[folder]
        self._warn()

    def take_history(self, sources: Sequence[str], errors: Mapping[int, Any] | None = None) -> None:
        """Add the cells that ran before the extension was loaded.

        The last of them loads the extension. errors: what IPython keeps of cells that raised, by number from 1.
        """
        for number, source in enumerate(sources[:-1], start=1):
            if source.strip():
                position = _position(self._notebook, "", source)
                raised = (errors or {}).get(number)
                error = f"{raised.get('ename')}: {raised.get('evalue')}"[:300] if isinstance(raised, Mapping) else ""
                self.cells.append(Cell(len(self.cells) + 1, source, position=position, error=error))
        for source in sources[-1:]:
            position = _position(self._notebook, "", source)
            self._current = Cell(len(self.cells) + 1, source, position=position)
            self._begun = time.perf_counter()

    def run_began(self, folder: Path) -> None:
        """Write the cells so far to a new run.

        The cell that is running is included.
        """
        appender = Appender(folder / EVENTS)
        for cell in [*self.cells, *([self._current] if self._current is not None else [])]:
            appender.write(event_line(KIND, **cell.to_event()))
        self._open[folder] = appender

    def warnings(self) -> list[str]:
        """Return sentences about problems with the order of cells so far."""
        return order_warnings(self.cells)

    def _warn(self) -> None:
        for line in self.warnings():
            if line not in self._warned:
                self._warned.add(line)
                sys.stderr.write(f"seedspread: {line} {sentences.ORDER_RECORDED}\n")

    def close(self) -> None:
        """Close the files of runs that are still open."""
        for appender in self._open.values():
            appender.close(sync=True)
        self._open.clear()


def _is_running(folder: Path) -> bool:
    try:
        state = json.loads((folder / "manifest.json").read_bytes()).get("state")
    except (OSError, ValueError):
        return False
    return bool(state == "running")


def _position(notebook: Path | None, cell_id: str, source: str) -> int | None:
    """Return a cell's position among the notebook's code cells, from 1.

    The cell is identified by its id, or by its code if no other cell has the same code. The result is None if it is
    ambiguous or the notebook is unknown.
    """
    if notebook is None:
        return None
    try:
        written = json.loads(notebook.read_bytes())["cells"]
        code = [cell for cell in written if cell.get("cell_type") == "code"]
        by_id = [at for at, cell in enumerate(code, start=1) if cell_id and cell.get("id") == cell_id]
        sources = ["".join(cell["source"]).strip() for cell in code]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    same = [at for at, text in enumerate(sources, start=1) if text == source.strip()]
    return by_id[0] if by_id else same[0] if len(same) == 1 else None


def _notebook_of_session() -> Path | None:
    """Return the path of this kernel's notebook, or None."""
    name = os.environ.get("JPY_SESSION_NAME") or os.environ.get("SEEDSPREAD_NOTEBOOK") or ""
    path = Path(name)
    return path if name.endswith(".ipynb") and path.is_file() else None


_active: Recorder | None = None


def load_ipython_extension(ipython: Any) -> None:
    """Start recording cells; `%load_ext seedspread` calls this."""
    global _active
    if _active is not None:
        return
    notebook = ipython.user_ns.get("__vsc_ipynb_file__")
    recorder = Recorder(Path(notebook) if notebook else _notebook_of_session())
    history = getattr(ipython, "history_manager", None)
    sources = [str(source) for source in getattr(history, "input_hist_raw", [])[1:]]
    recorder.take_history(sources, getattr(history, "exceptions", None))
    ipython.events.register("pre_run_cell", recorder.before)
    ipython.events.register("post_run_cell", recorder.after)
    ipython.register_magic_function(_magic, "line", "seedspread")
    logger.BEGAN.append(recorder.run_began)
    _active = recorder
    sys.stdout.write(f"{sentences.RECORDING}\n")


def unload_ipython_extension(ipython: Any) -> None:
    """Stop recording; `%unload_ext seedspread` calls this."""
    global _active
    if _active is None:
        return
    ipython.events.unregister("pre_run_cell", _active.before)
    ipython.events.unregister("post_run_cell", _active.after)
    logger.BEGAN.remove(_active.run_began)
    _active.close()
    _active = None


def _magic(line: str) -> None:
    """Print what was recorded, or save it as a notebook.

    The latter is `%seedspread save FILE.ipynb`.
    """
    recorder = _active
    if recorder is None:
        return
    words = line.split(maxsplit=1)
    if len(words) == 2 and words[0] == "save":
        path = Path(words[1].strip("'\""))
        path.write_text(to_notebook(recorder.cells), encoding="utf-8")
        sys.stdout.write(f"{sentences.saved(path, len(recorder.cells))}\n")
        return
    if words:
        sys.stderr.write("seedspread: %seedspread, or %seedspread save FILE.ipynb\n")
        return
    lines = recorder.warnings() or [sentences.SAME_ORDER]
    sys.stdout.write("\n".join([f"{len(recorder.cells)} cells recorded.", *lines]) + "\n")
