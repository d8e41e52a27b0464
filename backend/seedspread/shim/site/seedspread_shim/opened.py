"""Record files that a script opens or writes, by an audit hook.

The runner computes their digests.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import Any

from . import record

_MOST = 1000  # a script that opens more reads a folder of examples, which is data, not input files
_CODE = (".py", ".pyc", ".so", ".pyi", ".pth", ".egg-link", ".pyd", ".dll", ".dylib", ".lock", ".toml", ".cfg")
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/lib", "/usr/share/zoneinfo", "/usr/share/locale")
_written: set[str] = set()
_opened: set[str] = set()


def install() -> None:
    """Install the audit hook; Python cannot remove it again."""
    paths = [*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, sys.exec_prefix]
    folders = {os.path.realpath(path) for path in paths} - {"/", "/usr"}
    ignored = tuple(path + os.sep for path in folders) + _SYSTEM
    own = os.path.realpath(record.folder()) + os.sep
    code = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir)) + os.sep
    ignored += (own, code)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            _note(args, ignored)
        elif event == "os.rename" and isinstance(args[1], (str, bytes)):
            _note_written(os.path.abspath(os.fsdecode(args[1])), ignored)

    sys.addaudithook(hook)


def _note(args: tuple[Any, ...], ignored: tuple[str, ...]) -> None:
    path, mode, flags = args
    if not isinstance(path, (str, bytes)):
        return
    name = os.fsdecode(path)
    if name.endswith(_CODE) or "__pycache__" in name:
        return
    absolute = os.path.abspath(name)
    if absolute in _opened:
        return
    writing = any(sign in mode for sign in "wax+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
    if writing:
        _note_written(absolute, ignored)
        return
    if absolute in _written or len(_opened) > _MOST:
        return
    real = os.path.realpath(absolute)
    if real.startswith(ignored) or not os.path.isfile(real):
        return
    _opened.add(absolute)
    if len(_opened) > _MOST:
        record.event("opened", path="", more=True)
        return
    status = os.stat(real)
    record.event("opened", path=absolute, bytes=status.st_size, mtime_ns=status.st_mtime_ns)


def _note_written(absolute: str, ignored: tuple[str, ...]) -> None:
    """Note a file that the script writes.

    What it reads of it later is no input.
    """
    if absolute in _written:
        return
    _written.add(absolute)
    if len(_written) <= _MOST and not os.path.realpath(absolute).startswith(ignored):
        record.event("wrote", path=absolute)
