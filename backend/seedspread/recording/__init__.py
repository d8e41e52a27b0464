"""Run folders: the append-only format of recorded studies.

README.md in this folder specifies the format. Importing this package loads the standard library alone.
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
