"""The command line: one command a module; the same use cases as the API, mostly through it."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the process' exit code says how it went: 0, 1 for trouble, 2 for bad input."""
    # Imported here: the processes that `up` starts import this package too, and need none of it.
    import sys

    from seedspread.cli.app import run

    sys.exit(run(sys.argv[1:]))
