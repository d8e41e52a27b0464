"""Read tables of numbers from Parquet, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedspread.datafiles.limits import check_unpacked
from seedspread.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow

MAGIC = b"PAR1"
SUFFIXES = (".parquet", ".pq")
_CELLS = 2**21
"""Cells of a batch: 16 MiB of numbers."""
_ROWS = 2**16
_BYTES_PER_CELL = 4  # a number is kept as float32


@contextmanager
def opened(file: Path, field: str) -> Iterator[tuple[list[str], Iterator[list[Any]]]]:
    """Open a file as column names and batches of columns.

    Each column of a batch is a pyarrow array. Columns of text are dictionaries, however often a text is repeated.

    Raises:
        InvalidInput: pyarrow is not installed, the file is no Parquet file or is damaged, it has two columns of a name
            or one of lists or structures, or it unpacks to more than the limit.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInput(field, str(file), "CSV, TSV or npz; for Parquet, pyarrow must be installed") from error
    try:
        with file.open("rb") as raw:
            texts = [column.name for column in parquet.read_schema(raw) if _is_text(arrow, column.type)]
            raw.seek(0)
            source = parquet.ParquetFile(raw, read_dictionary=texts)
            names = list(source.schema_arrow.names)
            _check(arrow, source, names, str(file), field)
            yield names, _batches(source, len(names))
    except (InvalidInput, MemoryError):
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(field, str(file), f"a Parquet file ({reason[:200]})") from error


def _batches(source: Any, width: int) -> Iterator[list[Any]]:
    size = max(1, min(_ROWS, _CELLS // max(width, 1)))
    for batch in source.iter_batches(batch_size=size, use_threads=False):
        yield batch.columns


def _check(arrow: Any, source: Any, names: list[str], path: str, field: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(field, path, f"columns of different names; {twice!r} is there twice")
    nested = next((column for column in source.schema_arrow if arrow.types.is_nested(column.type)), None)
    if nested is not None:
        raise InvalidInput(field, path, f"one value in each cell; the column {nested.name!r} holds {nested.type}")
    metadata = source.metadata
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    stored_bytes = sum(group.total_byte_size for group in groups)
    n_rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    # Equal values are stored once, so the table may be far larger than its pages.
    check_unpacked(max(stored_bytes, n_rows * len(names) * _BYTES_PER_CELL), path=path, field=field)


def _is_text(arrow: Any, kind: pyarrow.DataType) -> bool:
    types = arrow.types
    return bool(types.is_string(kind) or types.is_large_string(kind))
