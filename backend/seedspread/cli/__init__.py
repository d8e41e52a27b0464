"""Command line: one module per command, mostly on top of the API."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit.

    The exit code is 0, or 1 for a failure, or 2 for invalid input, or 130 after Ctrl-C.
    """
    # Imported here: the processes that `up` starts import this package too, and need none of it.
    import sys

    try:
        from seedspread.cli.app import run
    except KeyboardInterrupt:
        sys.exit(130)  # as for Ctrl-C later, without a traceback
    sys.exit(run(sys.argv[1:]))
