"""Build the command line; turn errors into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module, metadata
from typing import Annotated, Any

import typer

from seedspread.cli.console.error_lines import error_document, error_lines
from seedspread.cli.text import wording
from seedspread.errors import InvalidInput, SeedspreadError

HELP = """Is this result real, or is it seed luck?

Seedspread trains the same thing under many seeds and tells how far the seeds spread, and whether one variant
really beats another.

Start with `seedspread demo`, or `seedspread up` and then `seedspread submit study.yaml` in another terminal.
"""

COMMANDS = {
    "run": "run",
    "up": "up",
    "demo": "up",
    "submit": "study",
    "status": "study",
    "cancel": "study",
    "retry": "study",
    "extend": "study",
    "recipes": "recipes",
    "study": "notebook",
    "cells": "notebook",
    "import": "imports",
    "push": "imports",
    "token": "server",
    "share": "operation.share",
    "try": "recipes",
    "serve": "server",
    "worker": "server",
    "migrate": "server",
    "backup": "operation.backup",
    "restore": "operation.backup",
    "check": "operation.backup",
    "doctor": "operation.doctor",
    "openapi": "server",
    "replay": "replay",
    "export": "export",
    "diff": "inspect",
    "audit": "inspect",
    "compare": "compare",
    "judge": "compare",
    "floor": "statistics",
    "variance": "statistics",
    "bestof": "statistics",
    "plan": "statistics",
    "report": "export",
    "data": "export",
    "datasets": "inspect",
}
"""Module of each command, in the order of the help; only the one asked for is imported."""

_SEARCHED = ("run", "study", "compare", "judge", "import", "push")

OK, TROUBLE, BAD_INPUT = 0, 1, 2

# `typer` exports BadParameter but not its base, which stands for every wrong use of a command.
UsageError: type[Exception] = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError")


def build(only: str | None = None) -> typer.Typer:
    """Build the command line, or only the command `only`."""
    app = typer.Typer(
        name="seedspread",
        help=HELP,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=HELP)(_nothing)  # keeps a single command a command
    for name in (only,) if only in COMMANDS else COMMANDS:
        module = import_module(f"seedspread.cli.commands.{COMMANDS[name]}")
        getattr(module, f"add_{name}")(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        command_line = build(arguments[0] if arguments else None)
        code = command_line(args=list(arguments) or ["--help"], prog_name="seedspread", standalone_mode=False)
    except UsageError as error:
        wrong = _wrong_use(error)
        return _say([f"error: {wrong.message}"], wrong, arguments)
    except SeedspreadError as error:
        return _say(error_lines(error), error, arguments)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except typer.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    return code if isinstance(code, int) else OK


def _nothing(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=lambda show: _version(show=show), help="The version."),
    ] = False,
) -> None:
    """Handle the options before any command."""


def _version(*, show: bool) -> None:
    """Print the version and exit, if `show`.

    Raises:
        typer.Exit: the version was printed.
    """
    if show:
        sys.stdout.write(f"seedspread {metadata.version('seedspread')}\n")
        raise typer.Exit


class WrongUse(InvalidInput):
    """Wrong use of a command, in the words of the parser."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(field, None, message)
        self.message = message


def _wrong_use(error: Exception) -> WrongUse:
    message = " ".join(getattr(error, "format_message", lambda: str(error))().split())
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "seedspread"
    parameter = getattr(error, "param", None)
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities") and context is not None:
        message = _no_such_option(option, context.info_name or "", _options(context.command), message)
    field = getattr(error, "option_name", None) or (parameter.opts[0] if parameter is not None else "arguments")
    return WrongUse(f"{message} (see {command} --help)", field)


def _no_such_option(option: str, command: str, own: Iterable[str], message: str) -> str:
    """Say where an option is that a command lacks."""
    better = wording.other_name(option, command, list(own))
    if better is None:
        # The commands that people type most; importing them all would take seconds.
        named = {name: getattr(typer.main.get_command(build(name)), "commands", {})[name] for name in _SEARCHED}
        better = wording.owners(option, command, {name: list(_options(other)) for name, other in named.items()})
    better = better or message
    return f"{better}; {wording.BEHIND_DASHES}" if command == "run" else better


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)


def _say(lines: Sequence[str], error: SeedspreadError, arguments: Sequence[str]) -> int:
    """Print an error, also as JSON where asked; return the exit code."""
    options = list(arguments)
    # After -- comes another program's command line.
    if "--json" in options[: options.index("--") if "--" in options else None]:
        sys.stdout.write(error_document(error))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return BAD_INPUT if isinstance(error, InvalidInput) else TROUBLE
