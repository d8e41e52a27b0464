"""Check before training that code and data are those of the manifest."""

from __future__ import annotations

from seedspread.core.manifest import Manifest
from seedspread.datafiles import digest
from seedspread.errors import Conflict
from seedspread_worker.author.recipe import Recipe
from seedspread_worker.catalog.sourcecode import source_of


def check_recipe(recipe: Recipe, manifest: Manifest) -> None:
    """Check that the recipe's code is the one the manifest names.

    Raises:
        Conflict: another version, or changed code under the same version.
    """
    if recipe.version != manifest.recipe_version:
        raise Conflict(
            f"this worker has version {recipe.version} of recipe {recipe.name!r}; "
            f"the run was made with version {manifest.recipe_version}"
        )
    have = source_of(recipe).digest
    if have != manifest.source_digest:
        raise Conflict(
            f"the code of recipe {recipe.name!r} changed since the run was made: "
            f"its SHA-256 was {manifest.source_digest[:12]}…, here it is {have[:12]}…",
            hint="restart workers that run other code than the API knows, or submit the study again",
        )


def check_data(manifest: Manifest) -> None:
    """Check that every data file is the one the manifest names.

    Raises:
        Conflict: a file that changed.
        InvalidInput: a file that is gone.
    """
    for parameter, data in manifest.data.items():
        digest_now = digest(data.path, field=f"parameters.{parameter}")
        if digest_now.sha256 != data.sha256:
            raise Conflict(
                f"the data file {data.path} (parameter {parameter!r}) changed since the study was submitted: "
                f"its SHA-256 was {data.sha256[:12]}…, now it is {digest_now.sha256[:12]}…"
            )
