"""Replay a run from its manifest file, without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from seedspread.core.manifest import Manifest, ManifestFile
from seedspread.core.recipe import RecipeInfo
from seedspread.core.record import Record
from seedspread.core.repeat import RepeatVerdict, repeat_verdict
from seedspread.core.validation import parse
from seedspread.errors import Conflict, InvalidInput, SeedspreadError
from seedspread.studies.replay import MAX_TIMES, check_data, how_code_changed
from seedspread.studies.trial import trained_here


def read(path: str) -> ManifestFile:
    """Read the manifest file at `path` and verify its seal and record.

    Raises:
        InvalidInput: the file does not exist, is no manifest file, or was edited.
    """
    try:
        document = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise InvalidInput("FILE", path, f"a file that can be read ({error.strerror})") from None
    except orjson.JSONDecodeError as error:
        raise InvalidInput("FILE", path, f"a manifest file in JSON ({error})") from None
    file = parse(ManifestFile, document, field=path)
    if not file.record:
        raise InvalidInput(path, {}, "a manifest file with its record; `seedspread export RUN` writes one")
    return file


def replay_file(
    file: ManifestFile,
    *,
    times: int = 1,
    recipes: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    allow_changed: bool = False,
) -> Iterator[RepeatVerdict]:
    """Train the manifest `times` times and compare with its record.

    Each training runs in a fresh trainer.

    Args:
        file: as returned by `read`.
        times: 1 to 100.
        recipes: modules (or .py files) with further recipes.
        data: paths of data files on this machine, by parameter; default: the recorded paths.
        allow_changed: train even if the recipe's code differs here.

    Raises:
        InvalidInput: `times` out of range, or data files that are gone or have changed.
        Conflict: the recipe is not available here, or its code differs.
        Unavailable: the worker's packages are not installed on this machine.
        SeedspreadError: the training failed.
    """
    if not 1 <= times <= MAX_TIMES:
        raise InvalidInput("times", times, f"a whole number from 1 to {MAX_TIMES}")
    manifest = _relocated(file.manifest, data or {})
    check_data(manifest)
    before = Record.from_json(file.record)
    answers = _trained(manifest, times, recipes, allow_changed=allow_changed)
    code = next(answers, {}).get("code")
    if code is None:
        raise Conflict(f"there is no recipe {manifest.recipe!r} here", hint="name its module with --recipes")
    now = RecipeInfo.model_validate(code)
    if now.source_digest != manifest.source_digest and not allow_changed:
        before_code = (manifest.recipe_version, dict(before.source_files))
        raise how_code_changed(manifest.recipe, before_code, (now.version, dict(now.source_files)), "the exported run")
    for answer in answers:
        if "failed" in answer:
            raise SeedspreadError(f"the training failed: {answer['failed']}")
        yield repeat_verdict(before, Record.from_json(answer["record"]))


def _relocated(manifest: Manifest, paths: Mapping[str, str]) -> Manifest:
    """Return the manifest with other paths for its data files.

    Their digests stay the same.
    """
    for name in paths:
        if name not in manifest.data:
            raise InvalidInput("--data", name, f"one of the run's data files: {', '.join(manifest.data) or 'none'}")
    moved = {
        name: data.model_copy(update={"path": paths[name]}) if name in paths else data
        for name, data in manifest.data.items()
    }
    return manifest.model_copy(update={"data": moved})


def _trained(
    manifest: Manifest, times: int, recipes: Sequence[str], *, allow_changed: bool
) -> Iterator[dict[str, Any]]:
    """Yield the results of `seedspread_worker.trainer.repeat`.

    It runs in a process of its own.
    """
    command = [sys.executable, "-m", "seedspread_worker.trainer.repeat", "--recipes", ",".join(recipes)]
    request = {"manifest": manifest.model_dump(mode="json"), "times": times, "allow_changed": allow_changed}
    yield from trained_here(command, request)
