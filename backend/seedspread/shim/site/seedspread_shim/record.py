"""Append metrics and events to the run's folder.

The shim writes to files of its own.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Iterator

_STEP_NAMES = ("global_step", "step", "epoch", "iteration")
_lock = threading.Lock()
_descriptors: dict[str, int] = {}
_broken = False


def folder() -> str:
    """Return the folder of the run."""
    return os.environ["SEEDSPREAD_SHIM_FOLDER"]


def event(kind: str, **facts: Any) -> None:
    """Append an event."""
    _append("events.shim.jsonl", dict(facts, kind=kind))


def finding(code: str, message: str) -> None:
    """Append a finding about the script."""
    event("finding", code=code, message=message)


def metrics(source: str, values: dict[Any, Any], step: Any = None) -> None:
    """Append the numbers among the values.

    Nested numbers get names joined by a slash. Without a step, a value called global_step, step, epoch or iteration is
    used.
    """
    numbers = dict(_numbers(values))
    if step is None:
        step = next((numbers[name] for name in _STEP_NAMES if name in numbers), None)
    position = _number(step)
    if isinstance(position, str):
        position = None
    if numbers:
        _append("metrics.shim.jsonl", {"step": position, "values": numbers, "source": source})


def parameters(values: Any) -> None:
    """Append parameters of the run."""
    plain = values if isinstance(values, dict) else getattr(values, "__dict__", None)
    if plain:
        event("parameters", values={str(name): value for name, value in plain.items()})


def _numbers(values: dict[Any, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _numbers(value, before + str(name) + "/")
        else:
            number = _number(value)
            if number is not None:
                yield before + str(name), number


def _number(value: Any) -> Any | None:
    """Return a number in its JSON form, or None."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, bytes)):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except Exception:  # noqa: BLE001 (an image, a table: anything at all)
        return None
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def _append(name: str, document: dict[str, Any]) -> None:
    """Append one line to a file in the run's folder.

    An error is printed once and never reaches the script.
    """
    global _broken
    import json

    try:
        line = (json.dumps(document, ensure_ascii=False, default=str) + "\n").encode("utf-8", "backslashreplace")
        with _lock:
            descriptor = _descriptors.get(name)
            if descriptor is None:
                path = os.path.join(folder(), name)
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
                descriptor = _descriptors[name] = os.open(path, flags, 0o644)
            os.write(descriptor, line)
    except Exception as error:  # noqa: BLE001
        if not _broken:
            _broken = True
            sys.stderr.write(f"seedspread: cannot record: {error}\n")
