"""Run folders: one documented.

Append-only format that everything records to and reads from.

The format is specified in README.md beside this file. Importing this package loads the standard library alone.
"""

from __future__ import annotations

from seedspread.recording.reader import Run, Series, StudyFolder, is_study_folder, open_study
from seedspread.recording.records import RUN_FORMAT, STUDY_FORMAT, ArmRecord, RunRecord, StudyRecord
from seedspread.recording.writer import RunWriter, StudyWriter, create_study

__all__ = [
    "RUN_FORMAT",
    "STUDY_FORMAT",
    "ArmRecord",
    "Run",
    "RunRecord",
    "RunWriter",
    "Series",
    "StudyFolder",
    "StudyRecord",
    "StudyWriter",
    "create_study",
    "is_study_folder",
    "open_study",
]
