"""Run a notebook with other parameters, in a separate process.

`python -m seedspread.notebook.execute FILE --seed 3 --set lr=0.1`

papermill inserts the parameters in a cell after the one tagged `parameters`, or in the first cell. Output of the cells
goes to standard output as it arrives, so that `seedspread run` finds metrics in it. The value of the last cell, if it
is a mapping of numbers, is printed as a JSON line.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from seedspread.errors import InvalidInput, Unavailable
from seedspread.notebook.cells import RAISES

NOTEBOOK = "notebook.ipynb"
_INJECTED: Final = "injected-parameters"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def parsed(texts: Sequence[str], option: str = "--set") -> dict[str, Any]:
    """Parse parameters from `name=value` texts of a command-line option.

    Values are numbers, True, lists and None in Python's notation, or else text.

    Raises:
        InvalidInput: a text without a name.
    """
    parameters: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip().isidentifier():
            raise InvalidInput(option, text, "NAME=VALUE, as in lr=0.1")
        try:
            parameters[name.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            parameters[name.strip()] = value
    return parameters


def execute(notebook: Path, parameters: dict[str, Any], output: Path) -> None:
    """Run a notebook; its cells print to standard output and error.

    Raises:
        InvalidInput: the notebook does not exist.
        Unavailable: papermill is not installed.
        RuntimeError: a cell raised an exception.
    """
    if not notebook.is_file():
        raise InvalidInput("NOTEBOOK", str(notebook), "a notebook that exists")
    try:
        import papermill
    except ImportError:
        raise Unavailable("papermill is not installed", hint="pip install 'seedspread[notebook]'") from None
    try:
        papermill.execute_notebook(
            str(notebook),
            str(output),
            parameters=parameters,
            cwd=str(notebook.resolve().parent),
            progress_bar=False,
            log_output=False,
            stdout_file=_Flushed(sys.stdout),
            stderr_file=_Flushed(sys.stderr),
        )
    except papermill.exceptions.PapermillExecutionError:
        # papermill counts errors that a cell is allowed to raise, after it went on past them.
        raised = _unexpected_error(output)
        if raised is not None:
            sys.stderr.write(raised.traceback)
            raise RuntimeError(f"code cell {raised.cell}: {error_line(raised)}") from None
    _print_result(output)


class Raised(NamedTuple):
    """Exception of a cell, its traceback in plain text.

    cell: number among the notebook's own code cells, from 1.
    """

    cell: int
    name: str
    message: str
    traceback: str


def error_line(raised: Raised) -> str:
    """Return the exception in one line, as Python's tracebacks end."""
    return " ".join(f"{raised.name}: {raised.message}".split())


def _unexpected_error(output: Path) -> Raised | None:
    """Return what the first cell raised that is not tagged for it."""
    cell = 0
    for item in json.loads(output.read_bytes())["cells"]:
        tags = item["metadata"].get("tags", [])
        if item["cell_type"] != "code" or _INJECTED in tags:
            continue
        cell += 1
        errors = [each for each in item.get("outputs", []) if each["output_type"] == "error"]
        if errors and RAISES not in tags:
            lines = [_COLOUR.sub("", line) for line in errors[0].get("traceback", [])]
            return Raised(cell, errors[0]["ename"], errors[0]["evalue"], "".join(f"{line}\n" for line in lines))
    return None


class _Flushed(io.TextIOBase):
    """Stream that flushes every write."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text and flush the stream."""
        self._stream.write(text)
        self._stream.flush()
        return len(text)


def _print_result(output: Path) -> None:
    """Print the last cell's value if it is a mapping of numbers."""
    cells = [cell for cell in json.loads(output.read_bytes())["cells"] if cell["cell_type"] == "code"]
    outputs = cells[-1]["outputs"] if cells else []
    results = [item["data"].get("text/plain", "") for item in outputs if item["output_type"] == "execute_result"]
    for result in results[-1:]:
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval("".join(result))
            if isinstance(value, dict) and value and all(isinstance(item, int | float) for item in value.values()):
                sys.stdout.write(json.dumps(value) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="seedspread.notebook.execute")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--set", dest="values", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("further", nargs="*", metavar="NAME=VALUE")
    # An arm's parameters follow the options, where plain parsing takes no more of them.
    options = parser.parse_intermixed_args(arguments)
    folder = os.environ.get("SEEDSPREAD_RUN_FOLDER")
    try:
        parameters = parsed([*options.values, *options.further])
        if options.seed is not None:
            parameters["seed"] = options.seed
        artifacts = Path(folder) / "artifacts" if folder else Path(options.notebook).resolve().parent
        artifacts.mkdir(parents=True, exist_ok=True)
        name = NOTEBOOK if folder else f"{options.notebook.stem}.seed{options.seed}.ipynb"
        execute(options.notebook, parameters, artifacts / name)
    except (InvalidInput, Unavailable, RuntimeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
