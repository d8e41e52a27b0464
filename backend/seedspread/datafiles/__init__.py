"""Data files of a user, located, hashed and read.

This package imports neither TensorFlow nor a database.
"""

from seedspread.datafiles.apart import contents_apart, inspect_apart
from seedspread.datafiles.contents import KINDS, Contents, contents, inspect
from seedspread.datafiles.digests import digest
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
    "contents_apart",
    "digest",
    "existing_upload",
    "inspect",
    "inspect_apart",
    "read_table",
    "read_text",
    "store_upload",
]
