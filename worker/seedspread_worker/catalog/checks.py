"""Check that recipe code and data match a manifest before training."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seedspread.core.manifest import DataDigest, Manifest
from seedspread.core.recipe import RecipeInfo
from seedspread.datafiles import digest
from seedspread.errors import InvalidInput, NotFound, SeedspreadError
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog import registry
from seedspread_worker.catalog.sourcecode import source_of


class Lacking(SeedspreadError):
    """Worker lacks something that the run needs.

    The training itself has not failed. `key` is one of `core.recipe.Ability.lacks`.
    """

    code = "lacking"

    def __init__(self, key: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.key = key


def find_recipe(recipes: dict[str, Recipe], manifest: Manifest, *, allow_changed: bool) -> Recipe:
    """Return the recipe of a manifest.

    Unless `allow_changed`, its code must be the one that the manifest names.

    Raises:
        Lacking: no such recipe, another version, or changed code under the same version.
    """
    key = f"code:{manifest.source_digest}"
    try:
        recipe = registry.find(recipes, manifest.recipe)
    except NotFound as error:
        raise Lacking(key, error.message, hint=error.hint) from None
    if allow_changed:
        return recipe
    if recipe.version != manifest.recipe_version:
        raise Lacking(
            key,
            f"this worker has version {recipe.version} of recipe {recipe.name!r}; "
            f"the run was made with version {manifest.recipe_version}",
        )
    have = source_of(recipe).digest
    if have != manifest.source_digest:
        raise Lacking(
            key,
            f"the code of recipe {recipe.name!r} changed since the run was made: "
            f"its SHA-256 was {manifest.source_digest[:12]}…, here it is {have[:12]}…",
            hint="put the code back, or submit the study again",
        )
    return recipe


def data_of(info: RecipeInfo, parameters: Mapping[str, Any]) -> dict[str, DataDigest]:
    """Return the digests of the files that parameters name, by parameter.

    Raises:
        InvalidInput: a file that cannot be read.
    """
    files = {
        name: value
        for name, value in parameters.items()
        if isinstance(value, str) and value not in info.data_sets(name) and "/" in value and Path(value).is_file()
    }
    return {name: digest(path, field=f"--set {name}") for name, path in files.items()}


def check_data(manifest: Manifest) -> None:
    """Check that every data file is the one the manifest names.

    Raises:
        Lacking: a file that changed or does not exist any more.
    """
    for parameter, data in manifest.data.items():
        key = f"data:{data.sha256}"
        try:
            current = digest(data.path, field=f"parameters.{parameter}")
        except InvalidInput as error:
            raise Lacking(key, error.message) from None
        if current.sha256 != data.sha256:
            raise Lacking(
                key,
                f"the data file {data.path} (parameter {parameter!r}) changed since the study was submitted: "
                f"its SHA-256 was {data.sha256[:12]}…, now it is {current.sha256[:12]}…",
            )


def lacking_of(error: BaseException, manifest: Manifest) -> str | None:
    """Return the key of what the worker lacks, or None.

    It is None for an error with another cause.
    """
    if isinstance(error, Lacking):
        return error.key
    if isinstance(error, ModuleNotFoundError) and error.name and missing_package(error.name):
        return f"code:{manifest.source_digest}"
    return None


def missing_package(name: str) -> bool:
    """Check whether a package is not installed here.

    `name` may be a dotted module.
    """
    try:
        return find_spec(name.split(".")[0]) is None
    except (ImportError, ValueError):
        return False
