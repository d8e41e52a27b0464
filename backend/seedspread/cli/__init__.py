"""Command line: one module per command, mostly on top of the API."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit.

    Exit code 0, 1 for a failure, 2 for invalid input.
    """
    # Imported here: the processes that `up` starts import this package too, and need none of it.
    import sys

    from seedspread.cli.app import run

    sys.exit(run(sys.argv[1:]))
