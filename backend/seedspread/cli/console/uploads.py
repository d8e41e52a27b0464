"""Upload the local data files that a specification names.

The service then needs no access to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seedspread.client import Client
from seedspread.core.recipe import RecipeInfo

Parameters = dict[str, Any]


def with_uploads(client: Client, spec: dict[str, Any]) -> dict[str, Any]:
    """Upload local data files and name them by their stored paths.

    A value is replaced only if the recipe takes data there and this machine has a file at that path. Other values may
    name a built-in data set, or a file that only the service can read.

    Raises:
        InvalidInput: the service refuses a file, for example because of its size.
    """
    if not any(_local_file(value) for parameters in _all_parameters(spec) for value in parameters.values()):
        return spec
    recipe = next((info for info in client.recipes() if info.name == spec.get("recipe")), None)
    return spec if recipe is None else _replaced(spec, recipe, lambda file: client.upload(file).path)


def _replaced(spec: dict[str, Any], recipe: RecipeInfo, upload: Callable[[Path], str]) -> dict[str, Any]:
    uploads: dict[Path, str] = {}

    def replaced(parameters: Parameters) -> Parameters:
        changed = dict(parameters)
        for name in recipe.data_parameters().keys() & parameters.keys():
            file = _local_file(parameters[name])
            if file is not None and parameters[name] not in recipe.data_sets(name):
                uploads.setdefault(file, "")
                uploads[file] = uploads[file] or upload(file)
                changed[name] = uploads[file]
        return changed

    return {
        key: [{**arm, "parameters": replaced(arm["parameters"])} if _has_parameters(arm) else arm for arm in value]
        if key in ("arms", "variants") and isinstance(value, list)
        else value
        for key, value in spec.items()
    }


def _all_parameters(spec: dict[str, Any]) -> Iterator[Parameters]:
    for key in ("arms", "variants"):
        arms = spec.get(key)
        yield from (arm["parameters"] for arm in arms if _has_parameters(arm)) if isinstance(arms, list) else ()


def _has_parameters(arm: object) -> bool:
    return isinstance(arm, dict) and isinstance(arm.get("parameters"), dict)


def _local_file(value: object) -> Path | None:
    """Return the file on this machine that a parameter names, or None."""
    if not isinstance(value, str) or not any(mark in value for mark in "./\\"):
        return None
    try:
        file = Path(value).expanduser()
        return file.resolve() if file.is_file() else None
    except (OSError, ValueError, RuntimeError):  # no path at all, or nobody of that name after a ~
        return None
