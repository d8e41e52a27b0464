"""Read the manifest of a backup; nothing it says is trusted unexamined."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from seedspread.errors import Conflict, shown

FORMAT = 1
MANIFEST = "manifest.json"
DATA_DIR = "data-dir"
RUN_FOLDERS = "run-folders"
_KINDS = ("sqlite", "pg_dump", "portable")
_NEEDED = frozenset({"version", "created_at", "schema", "database", "database_file", "files", "format"})
_ALLOWED = _NEEDED | {"run_folders", "links"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SavedFile:
    """File of a backup; `path` is relative, with / between folders."""

    path: str
    sha256: str
    size_bytes: int
    mode: int = 0o600


@dataclass
class Manifest:
    """Contents of a backup.

    Args:
        version: the Seedspread that made it.
        created_at: ISO 8601, when it began.
        schema: the database's revision.
        database: how the database was copied: `sqlite`, `pg_dump` or `portable`.
        database_file: the file with that copy; one of `files`.
        run_folders: folders in the backup, with where each was.
        files: every file of the backup, the database's copy included.
        links: symbolic links with their targets; nothing behind them is saved.
    """

    version: str
    created_at: str
    schema: str | None
    database: str
    database_file: str
    run_folders: dict[str, str] = field(default_factory=dict)
    files: list[SavedFile] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest and validate every value of it.

        Every path lies inside the backup, none is named twice or lies below a link, and the database's copy is listed.

        Raises:
            Conflict: it is damaged, or of a newer version.
        """
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise _refused(f"cannot be read: {error}") from None
        except RecursionError:
            raise _refused("cannot be read: it is nested too deep") from None
        if not isinstance(document, dict):
            raise _refused(f"is {shown(document)}; expected an object")
        if type(document.get("format")) is int and document["format"] > FORMAT:
            raise Conflict(
                f"the backup was made by Seedspread {shown(document.get('version'))}, in a newer format",
                hint="install that version, or newer",
            )
        return cls(**_validated(document))


def _refused(problem: str) -> Conflict:
    return Conflict(f"{MANIFEST} of the backup {problem}", hint="use another backup")


def _wrong(name: str, value: object, expected: str) -> Conflict:
    return _refused(f"is damaged: {shown(name)} is {shown(value)}; expected {expected}")


def _validated(document: dict[str, Any]) -> dict[str, Any]:
    missing, unknown = _NEEDED - document.keys(), document.keys() - _ALLOWED
    if missing:
        raise _refused(f"is damaged: it lacks {shown(min(missing))}")
    if unknown:
        raise _refused(f"is damaged: it has an unknown {shown(min(unknown))}")
    if not (type(document["format"]) is int and document["format"] == FORMAT):
        raise _wrong("format", document["format"], "1")
    for name in ("version", "created_at"):
        if not isinstance(document[name], str):
            raise _wrong(name, document[name], "text")
    schema = document["schema"]
    if not (schema is None or isinstance(schema, str)):
        raise _wrong("schema", schema, "text or null")
    if document["database"] not in _KINDS:
        raise _wrong("database", document["database"], "one of " + ", ".join(_KINDS))
    if not isinstance(document["files"], list):
        raise _wrong("files", document["files"], "a list")
    files = [_file(f"files[{number}]", entry) for number, entry in enumerate(document["files"])]
    links = _texts("links", document.get("links", {}))
    run_folders = _texts("run_folders", document.get("run_folders", {}))
    database_file = _path("database_file", document["database_file"])
    if all(file.path != database_file for file in files):
        raise _refused(f"is damaged: files does not list the copy of the database, {shown(database_file)}")
    others = [file.path for file in files if file.path != database_file]
    for path in chain(others, links):
        parts = PurePosixPath(path).parts
        is_placeable = len(parts) > (1 if parts[0] == DATA_DIR else 2) and parts[0] in (DATA_DIR, RUN_FOLDERS)
        if not is_placeable:
            raise _wrong("path", path, f"a name below {DATA_DIR}, or a folder of {RUN_FOLDERS}")
    for path in run_folders:
        parts = PurePosixPath(path).parts
        if not (len(parts) == 2 and parts[0] == RUN_FOLDERS):
            raise _wrong("run_folders", path, f"a folder of {RUN_FOLDERS}")
    _require_distinct([*(file.path for file in files), *links], run_folders)
    return document | {"files": files, "links": links, "run_folders": run_folders}


def _file(name: str, entry: object) -> SavedFile:
    if not isinstance(entry, dict) or not {"path", "sha256", "size_bytes"} <= entry.keys() <= {
        "path",
        "sha256",
        "size_bytes",
        "mode",
    }:
        raise _refused(f"is damaged: {name} is {shown(entry)}; expected path, sha256, size_bytes and mode")
    path, digest, size, mode = entry["path"], entry["sha256"], entry["size_bytes"], entry.get("mode", 0o600)
    _path(f"{name}.path", path)
    is_digest = isinstance(digest, str) and _SHA256.fullmatch(digest) is not None
    if not is_digest:
        raise _wrong(f"{name}.sha256", digest, "64 hexadecimal digits")
    if not (type(size) is int and size >= 0):
        raise _wrong(f"{name}.size_bytes", size, "a whole number, 0 or more")
    if not (type(mode) is int and 0 <= mode <= 0o7777):
        raise _wrong(f"{name}.mode", mode, "permissions between 0 and 4095")
    return SavedFile(path, digest, size, mode)


def _texts(name: str, value: object) -> dict[str, str]:
    """Return an object of paths with text."""
    if not isinstance(value, dict):
        raise _refused(f"is damaged: {name} is {shown(value)}; expected an object")
    for path, text in value.items():
        _path(name, path)
        is_name = isinstance(text, str) and text != "" and _is_encodable(text)
        if not is_name:
            raise _wrong(f"{name}[{shown(path)}]", text, "a path")
    return value


def _is_encodable(text: str) -> bool:
    """Return True if a file can have that name."""
    try:
        return b"\0" not in os.fsencode(text)
    except ValueError:
        return False


def _path(name: str, value: object) -> str:
    if not isinstance(value, str) or value in ("", ".") or not _is_encodable(value):
        raise _refused(f"is damaged: {name} is {shown(value)}; expected a path in the backup")
    path = PurePosixPath(value)
    if ".." in path.parts or path.is_absolute():
        raise Conflict(f"the backup names a file outside of itself: {shown(value)}", hint="use another backup")
    if not (str(path) == value and value != MANIFEST):
        raise _wrong(name, value, "a path in the backup")
    return value


def _require_distinct(paths: list[str], run_folders: Mapping[str, str]) -> None:
    """Check that paths are restored apart, none below a file or link."""

    def placed(path: str) -> tuple[str, ...]:
        parts = PurePosixPath(path).parts
        # The database's copy is not placed by its path: its first part sets it apart.
        return parts[1:] if parts[0] == DATA_DIR else parts if parts[0] == RUN_FOLDERS else ("", *parts)

    targets = sorted((placed(path), path) for path in paths)
    for (first, _), (second, path) in pairwise(targets):
        if second[: len(first)] == first:
            raise _refused(f"is damaged: {shown(path)} is listed twice, or lies below a file or link")
    taken = {target for target, _ in targets}
    for path in run_folders:
        parts = PurePosixPath(path).parts
        if parts in taken or parts[:1] in taken:
            raise _refused(f"is damaged: run folder {shown(path)} is a file or link, or lies below one")
