"""Write an imported study as a run folder."""

from __future__ import annotations

from array import array
from pathlib import Path

from seedspread.errors import InvalidInput
from seedspread.recording import ArmRecord, StudyRecord, create_study
from seedspread.recording.records import MAX_SEED
from seedspread.sending.studies import SentStudy


def write_folder(study: SentStudy, folder: Path) -> None:
    """Write every run of a study into a new run folder.

    Raises:
        InvalidInput: the folder is a study's already, or a seed lies outside 0 to 2**53 - 1.
        Unavailable: the folder cannot be written.
    """
    if (folder / "study.json").exists():
        raise InvalidInput("--to-folder", str(folder), "a folder that holds no study yet")
    outside = [run.seed for run, _ in study.runs if run.seed is not None and not 0 <= run.seed <= MAX_SEED]
    if outside:
        raise InvalidInput("seed", outside[0], f"seeds from 0 to {MAX_SEED} in run folders")
    described = study.study
    record = StudyRecord(
        study_id=study.external_id,
        name=described.name,
        created=str(described.origin.get("read_at", "")),
        metric=described.metric,
        direction=described.direction or "",
        summary=described.summary,
        arms=[ArmRecord(arm.name, dict(arm.parameters)) for arm in described.arms],
        seeds=sorted({run.seed for run, _ in study.runs if run.seed is not None}),
        source="import",
        origin=dict(described.origin),
    )
    writer = create_study(folder, record)
    for at, (run, _) in enumerate(study.runs):
        recorded = writer.begin(run.arm, run.seed)
        for series in study.series(at):
            kind = "d" if series.fractional else "q"
            recorded.series(series.metric, array(kind, series.steps).tolist(), array("d", series.values).tolist())
        recorded.end(run.state, reason=run.reason or "")
