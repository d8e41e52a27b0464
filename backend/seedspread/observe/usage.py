"""Resources that runs used over time."""

from __future__ import annotations

from typing import Any

from seedspread.context import Context
from seedspread.errors import NotFound
from seedspread.storage import runs
from seedspread.views.runs import RunUsage, Usage


def usage_of(ctx: Context, run_id: int, attempt: int | None = None) -> RunUsage:
    """Return what an attempt at a run used.

    Args:
        attempt: its number; None for the attempt that counts.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        row = runs.get(session, run_id)
        if row is None:
            raise NotFound("run", run_id)
        number = row.attempt if attempt is None else attempt
        content = runs.usage(session, run_id, number)
    return RunUsage(run_id=run_id, attempt=number, usage=None if content is None else Usage.model_validate(content))


def peak_columns(rows: dict[int, tuple[int | None, int | None]], run_ids: list[int]) -> dict[str, list[Any]]:
    """Return the peaks of runs in columns, None if not sampled."""
    pairs = [rows.get(run_id, (None, None)) for run_id in run_ids]
    return {
        "peak_memory_bytes": [memory for memory, _ in pairs],
        "peak_gpu_memory_bytes": [memory for _, memory in pairs],
    }
