"""Confine the files that a request may name to data folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seedspread.errors import InvalidInput


def confined(path: str, roots: Sequence[Path], *, field: str) -> str:
    """Return the real path of a file below a data folder.

    Symbolic links are resolved first, in the path and in the folders. The error is the same whether the file exists or
    not, so that it reveals nothing about other files of this machine.

    Args:
        roots: the data folders; a folder that does not exist has no files.
        field: the dotted position of `path` in the user's input.

    Raises:
        InvalidInput: the path lies outside the data folders.
    """
    try:
        real = Path(path).expanduser().resolve()
        is_inside = any(real.is_relative_to(root.expanduser().resolve()) for root in roots)
    except (OSError, ValueError, RuntimeError):  # the last: nobody of that name after a ~
        is_inside = False
    if not is_inside:
        folders = ", ".join(str(root) for root in roots)
        raise InvalidInput(
            field,
            path,
            f"a file below a data folder of the service ({folders})",
            hint="copy it there, let `seedspread submit` or `seedspread datasets FILE` upload it, or start the "
            "service with --data-root FOLDER",
        )
    return os.fspath(real)
