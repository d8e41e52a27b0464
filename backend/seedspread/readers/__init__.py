"""Read numbers that other tools wrote: tables, JSON, exports and stores."""

from seedspread.readers.formats.table import Series, Table
from seedspread.readers.reading import Options, Reading, read_crossed, read_groups, read_study

__all__ = ["Options", "Reading", "Series", "Table", "read_crossed", "read_groups", "read_study"]
