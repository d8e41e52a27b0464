"""Command line: one module per command, mostly on top of the API."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit.

    The exit code is 0, or 1 for a failure, or 2 for invalid input.
    """
    # Imported here: the processes that `up` starts import this package too, and need none of it.
    import sys

    from seedspread.cli.app import run

    sys.exit(run(sys.argv[1:]))
