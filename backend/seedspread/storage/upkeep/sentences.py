"""Rules that every row keeps, in the words of a check."""

from __future__ import annotations

from typing import Final

STATE: Final = "a run's state exists"
LEASE: Final = "a running run has a worker and a lease"
TRYING: Final = "a running run has a running attempt"
NO_LEASE: Final = "only running runs have a lease"
ENDED: Final = "an ended run has the time of its end"
QUEUED: Final = "a queued run has not ended"
ONE_STUDY: Final = "a run and its arm are of one study"
EARLIER: Final = "attempts before the present one have ended"
SERIES: Final = "a series has 8 bytes for each step and value"
MERGED: Final = "an ended run has each series once"
EXAMPLES: Final = "results per example are as many as they say"
FILE_SIZE: Final = "a run's file is as large as the content it names"
SPECIFICATION: Final = "a study's specification is valid"
CONTENT: Final = "a stored file has the digest it is stored by"


def refers(column: str, table: str) -> str:
    """Return the rule of a foreign key."""
    return f"each {column} refers to a row of {table}"
