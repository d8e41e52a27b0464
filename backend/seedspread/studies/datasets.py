"""Data sets of recipes, and data files of studies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from seedspread import datafiles
from seedspread.context import Context
from seedspread.core.manifest import DataDigest
from seedspread.core.recipe import RecipeInfo
from seedspread.datafiles import Contents
from seedspread.errors import InvalidInput, NotFound, Unavailable
from seedspread.storage import datasets as stored
from seedspread.storage import recipes, recovery, workers
from seedspread.storage.datasets import TrainedArm
from seedspread.studies import sentences
from seedspread.views.datasets import (
    ArrayView,
    BuiltInView,
    CheckedFile,
    ClassView,
    ContentsView,
    DataFileView,
    DatasetsView,
    FileState,
    StudyRef,
    TakesView,
    UsedView,
)

MIB = 2**20
MOST_CHECKED_BYTES = 256 * MIB
"""The largest file that is read on request."""
MOST_HASHED_BYTES = 64 * MIB
"""The largest file whose digest a list takes again; a larger one is told by its size."""
MOST_READ_BYTES = 8 * MIB
"""The largest file that a list looks into."""
MOST_STUDIES = 20
MOST_SHOWN = 200  # characters of a class; a label may be a whole text
MOST_CLASSES = 50  # more classes are counted, not listed: nobody reads them


def datasets(ctx: Context) -> DatasetsView:
    """Return the bundled data sets and the files of studies.

    The state of a file is as this process sees it; workers check it themselves before every run.

    Raises:
        Unavailable: the database is unavailable.
    """
    with ctx.database.reading() as session:
        arms = stored.trained(session)
        infos = recipes.every(session)
    return DatasetsView(
        built_in=[view for recipe in infos for view in _built_in(recipe, arms)],
        files=_files(ctx, arms, infos),
    )


def check(ctx: Context, path: str, kind: str | None, target: str) -> CheckedFile:
    """Inspect a file: its contents, matching recipes, earlier use.

    Args:
        kind: as in `datafiles.contents`.
        target: for a table, the column of the class; empty for the last one.

    Raises:
        InvalidInput: the file is missing, unreadable, above `MOST_CHECKED_BYTES`, or not of this kind.
        Unavailable: the database is unavailable.
    """
    path = datafiles.confined(path, ctx.settings.data_folders, field="path")
    _check_size(path)
    contents = datafiles.contents_apart(ctx.settings, path, kind=kind, target=target, field="path")
    with ctx.database.reading() as session:
        arms = stored.trained(session)
        infos = recipes.every(session)
    takes = [
        TakesView(recipe=recipe.name, parameter=name)
        for recipe in infos
        for name, kind_taken in recipe.data_parameters().items()
        if kind_taken == contents.kind
    ]
    same = [arm for arm in arms if any(data["sha256"] == contents.digest.sha256 for data in arm.data.values())]
    at_path = [arm for arm in arms if any(data["path"] == contents.digest.path for data in arm.data.values())]
    before = {arm.study_id for arm in same}
    return CheckedFile(
        path=contents.digest.path,
        kind=contents.kind,
        sha256=contents.digest.sha256,
        size_bytes=contents.digest.size_bytes,
        contents=_contents(contents),
        takes=takes,
        same=_studies(same)[:MOST_STUDIES],
        other=_studies(arm for arm in at_path if arm.study_id not in before)[:MOST_STUDIES],
        sentence=sentences.contents(contents),
    )


def uploaded(ctx: Context, sha256: str, name: str) -> DataDigest:
    """Return the digest of an uploaded file.

    Raises:
        NotFound: no file of this digest and name was uploaded.
        InvalidInput: an invalid digest or file name.
    """
    upload_digest = datafiles.existing_upload(ctx.settings.upload_folder, sha256, name)
    if upload_digest is None:
        raise NotFound("upload", f"{name} with SHA-256 {sha256}")
    return upload_digest


async def upload(ctx: Context, sha256: str, name: str, chunks: AsyncIterator[bytes]) -> DataDigest:
    """Store an uploaded file, once for each digest and name.

    Raises:
        InvalidInput: an invalid digest or file name, an empty or too large body, or a body with another digest.
    """
    settings = ctx.settings
    return await datafiles.store_upload(
        settings.upload_folder, sha256, name, chunks, max_bytes=settings.max_upload_bytes
    )


def _check_size(path: str) -> None:
    try:
        size = Path(path).expanduser().stat().st_size
    except (OSError, ValueError, RuntimeError):
        return  # what is wrong with the path is said by who opens it
    if size > MOST_CHECKED_BYTES:
        expected, hint = sentences.file_too_large(MOST_CHECKED_BYTES, size)
        raise InvalidInput("path", path, expected, hint=hint)


def _built_in(recipe: RecipeInfo, arms: Sequence[TrainedArm]) -> list[BuiltInView]:
    own = [arm for arm in arms if arm.recipe == recipe.name]
    parameters = recipe.data_parameters()
    if not parameters:
        view = BuiltInView(recipe=recipe.name, parameter=None, name=None, default=True, kind=None, used=_used(own))
        return [view]
    defaults = recipe.defaults()
    return [
        BuiltInView(
            recipe=recipe.name,
            parameter=parameter,
            name=name,
            default=defaults.get(parameter) == name,
            kind=kind,
            used=_used([arm for arm in own if arm.parameters.get(parameter) == name]),
        )
        for parameter, kind in parameters.items()
        for name in recipe.data_sets(parameter)
    ]


def _files(ctx: Context, arms: Sequence[TrainedArm], infos: Sequence[RecipeInfo]) -> list[DataFileView]:
    """Return a view for each path and digest.

    Views are in the order in which `arms` first name them.
    """
    kinds = {(recipe.name, name): kind for recipe in infos for name, kind in recipe.data_parameters().items()}
    users: dict[tuple[str, str], list[tuple[TrainedArm, str]]] = {}
    for arm in arms:
        for parameter, data in arm.data.items():
            users.setdefault((data["path"], data["sha256"]), []).append((arm, parameter))
    return [_file(ctx, used, kinds) for used in users.values()]


def _file(ctx: Context, used: Sequence[tuple[TrainedArm, str]], kinds: dict[tuple[str, str], str]) -> DataFileView:
    newest, parameter = used[0]
    digest = DataDigest.model_validate(newest.data[parameter])
    kind = kinds.get((newest.recipe, parameter), "")
    target = str(newest.parameters.get("target") or "")
    state, sentence = _state(digest)
    return DataFileView(
        path=digest.path,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        kind=kind,
        target=target,
        recipes=sorted({arm.recipe for arm, _ in used}),
        last_used=newest.created_at,
        state=state,
        sentence=sentence,
        contents=_small_contents(ctx, digest, kind, target) if state == "same" else None,
        used=_used([arm for arm, _ in used]),
    )


def _state(digest: DataDigest) -> tuple[FileState, str]:
    """Compare a file with its recorded digest.

    The result is what this process can see of the file.
    """
    file = Path(digest.path)
    try:
        size = file.stat().st_size if file.is_file() else None
        if size is None:
            return "missing", sentences.FILE_MISSING
        if size == digest.size_bytes and size > MOST_HASHED_BYTES:
            return "unchecked", sentences.FILE_UNCHECKED
        if size == digest.size_bytes and datafiles.digest(file).sha256 == digest.sha256:
            return "same", sentences.FILE_SAME
    except (OSError, InvalidInput) as error:
        return "missing", sentences.file_unreadable(error)
    return "changed", sentences.FILE_CHANGED


def _small_contents(ctx: Context, digest: DataDigest, kind: str, target: str) -> ContentsView | None:
    if digest.size_bytes > MOST_READ_BYTES or kind not in datafiles.KINDS:
        return None
    try:
        return _contents(datafiles.contents_apart(ctx.settings, digest.path, kind=kind, target=target, field="data"))
    except (InvalidInput, Unavailable):
        return None  # it changed just now, the recipe reads it in a way of its own, or others are read


def _contents(contents: Contents) -> ContentsView:
    return ContentsView(
        examples=contents.examples,
        features=contents.features,
        classes=[
            ClassView(name=name[:MOST_SHOWN], examples=number) for name, number in contents.classes[:MOST_CLASSES]
        ],
        class_count=len(contents.classes),
        arrays=[ArrayView(name=name, type=kind, shape=list(shape)) for name, kind, shape in contents.arrays],
    )


def _used(arms: Sequence[TrainedArm]) -> UsedView:
    named = _studies(arms)
    return UsedView(studies=named[:MOST_STUDIES], study_count=len(named), runs=sum(arm.runs for arm in arms))


def _studies(arms: Iterable[TrainedArm]) -> list[StudyRef]:
    """Return the arms' studies, each once, in the order of the arms."""
    return [StudyRef(id=study, name=name) for study, name in {arm.study_id: arm.study for arm in arms}.items()]


KEPT_S = 7 * 86_400.0
"""Data files in the database that no queued run needs are deleted after this time."""


def supply(ctx: Context, now: datetime) -> int:
    """Store data files that live workers lack; return their number.

    This is a step of the reconciler. A file is stored only if a worker needs it and this process can read it.

    Raises:
        Unavailable: the database is unavailable.
    """
    with ctx.database.reading() as session:
        abilities = workers.abilities(session, now, ctx.settings.lease_s)
        lacking = {key.removeprefix("data:") for queue in abilities.values() for item in queue for key in item.lacks}
        paths = {sha256: path for need in recovery.needed(session) for sha256, path in need.needs.data.items()}
        wanted = [sha256 for sha256 in lacking & paths.keys() if not stored.has_file(session, sha256)]
    supplied = sum(_supply(ctx, sha256, paths[sha256], now) for sha256 in wanted)
    if supplied:
        with ctx.database.session() as session:
            stored.drop_files(session, paths.keys(), now - timedelta(seconds=KEPT_S))
    return supplied


def _supply(ctx: Context, sha256: str, path: str, now: datetime) -> bool:
    try:
        digest = datafiles.digest(path)
    except InvalidInput:
        return False
    if digest.sha256 != sha256 or digest.size_bytes > ctx.settings.max_shared_bytes:
        return False
    with Path(path).open("rb") as file, ctx.database.session() as session:
        parts = iter(lambda: file.read(stored.PART_BYTES), b"")
        stored.put_file(session, sha256, Path(path).name, digest.size_bytes, parts, now)
    return True
