"""Cells of a notebook in execution order."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from seedspread.errors import InvalidInput
from seedspread.notebook import sentences

KIND = "cell"
"""Kind of the run folder's events that hold cells."""

RAISES = "raises-exception"
_OWN_MAGICS = ("%load_ext seedspread", "%reload_ext seedspread", "%unload_ext seedspread", "%seedspread")


@dataclass(frozen=True)
class Cell:
    """Execution of a cell.

    execution: number of the execution in the session, from 1. position: of the cell in the notebook, from 1; None if
    unknown. cell_id: as in the notebook. error: the exception that it raised, empty if it succeeded.
    """

    execution: int
    source: str
    cell_id: str = ""
    position: int | None = None
    error: str = ""
    seconds: float | None = None

    def to_event(self) -> dict[str, Any]:
        """Return the fields of a run folder's event."""
        return asdict(self)


def cells_from_events(events: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """Return the cells in some events, in execution order.

    A later event about an execution replaces an earlier one.
    """
    cells: dict[int, Cell] = {}
    for event in events:
        execution, source = event.get("execution"), event.get("source")
        if not isinstance(execution, int) or not isinstance(source, str):
            continue
        position, seconds = event.get("position"), event.get("seconds")
        cells[execution] = Cell(
            execution,
            source,
            str(event.get("cell_id") or ""),
            position if isinstance(position, int) else None,
            str(event.get("error") or ""),
            float(seconds) if isinstance(seconds, int | float) else None,
        )
    return [cells[execution] for execution in sorted(cells)]


def order_warnings(cells: Sequence[Cell]) -> list[str]:
    """Return a sentence about each difference from the notebook's order."""
    lines = []
    runs = Counter(_key(cell) for cell in cells)
    twice = {key: count for key, count in runs.items() if count > 1}
    for key, count in twice.items():
        mine = [cell for cell in cells if _key(cell) == key]
        changed = len({cell.source for cell in mine}) > 1
        lines.append(sentences.ran_repeatedly(_name(mine[0]), count, changed=changed))
    highest: Cell | None = None
    for cell in cells:
        if cell.position is None:
            continue
        if highest is not None and highest.position is not None and cell.position < highest.position:
            lines.append(sentences.ran_out_of_order(_name(cell), _name(highest).lower()))
        elif highest is None or highest.position is None or cell.position > highest.position:
            highest = cell
    failed = [cell for cell in cells if cell.error]
    lines += [f"{_name(cell)} raised {cell.error}." for cell in failed]
    return list(dict.fromkeys(lines))


def _key(cell: Cell) -> str:
    return cell.cell_id or cell.source


def _name(cell: Cell) -> str:
    if cell.position is not None:
        return f"Cell {cell.position}"
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"Cell “{first[:40]}”"


def to_notebook(cells: Sequence[Cell], *, title: str = "") -> str:
    """Return a notebook (nbformat 4) with the cells in execution order.

    A cell that raised is kept, since it may have changed the state first, and tagged so that execution continues.

    Raises:
        InvalidInput: there are no cells.
    """
    if not cells:
        raise InvalidInput("cells", [], "a run that was recorded in a notebook, with %load_ext seedspread")
    written: list[dict[str, Any]] = []
    if title:
        written.append({"cell_type": "markdown", "id": "title", "metadata": {}, "source": title})
    for cell in cells:
        source = "\n".join(line for line in cell.source.splitlines() if not line.strip().startswith(_OWN_MAGICS))
        if source.strip():
            written.append(
                {
                    "cell_type": "code",
                    "id": f"execution-{cell.execution}",
                    "metadata": {"tags": [RAISES]} if cell.error else {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source,
                }
            )
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": written}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def difference(a: Sequence[Cell], b: Sequence[Cell], names: tuple[str, str] = ("a", "b")) -> list[str]:
    """Return the lines in which the cells of two runs differ."""

    def lines(cells: Sequence[Cell]) -> list[str]:
        return [
            line for at, cell in enumerate(cells, start=1) for line in (f"# --- {at} ---", *cell.source.splitlines())
        ]

    return list(difflib.unified_diff(lines(a), lines(b), *names, lineterm="", n=2))
