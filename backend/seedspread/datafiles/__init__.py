"""Data files of a user, located, hashed and read.

This package imports neither TensorFlow nor a database.
"""

from seedspread.datafiles.contents import KINDS, Contents, contents
from seedspread.datafiles.digests import digest
from seedspread.datafiles.inspection import inspect
from seedspread.datafiles.roots import confined
from seedspread.datafiles.table import Table, read_table
from seedspread.datafiles.text import LabelledText, read_text
from seedspread.datafiles.uploads import existing_upload, store_upload

__all__ = [
    "KINDS",
    "Contents",
    "LabelledText",
    "Table",
    "confined",
    "contents",
    "digest",
    "existing_upload",
    "inspect",
    "read_table",
    "read_text",
    "store_upload",
]
