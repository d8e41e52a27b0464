"""Differences between two runs, grouped, with code as unified diffs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from seedspread.core import sentences
from seedspread.core.environment import environment_differences, flat
from seedspread.core.fingerprints import broken, by_place
from seedspread.core.manifest import Manifest
from seedspread.core.record import Plain, Record
from seedspread.core.report import FingerprintKind

CONTEXT_LINES = 3  # as diff -u and Git show them
_PACKAGES = "packages."
_ELSEWHERE = ("git", "threads", "onednn", "op_determinism", "engine")
"""Facts of an environment that are told as code or as settings."""


class Group(StrEnum):
    """Group of differences."""

    SEEDS = "seeds"
    PARAMETERS = "parameters"
    SETTINGS = "settings"
    DATA = "data"
    CODE = "code"
    PACKAGES = "packages"
    ENVIRONMENT = "environment"
    RESULTS = "results"


class Entry(BaseModel):
    """Entry in which two runs differ.

    A value is null where that run has none.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    a: Plain = None
    b: Plain = None
    matters: bool = True
    why: str = ""


class FileDiff(BaseModel):
    """Source file that differs.

    `diff` is a unified diff from a to b; `status` is changed, added or removed.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    status: str
    lines_added: int
    lines_removed: int
    diff: str


class RunDiff(BaseModel):
    """Differences between two runs, by group.

    Groups without a difference are absent.
    """

    model_config = ConfigDict(frozen=True)

    sentence: str
    groups: dict[Group, tuple[Entry, ...]]
    code: tuple[FileDiff, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """Facts of a run that can be compared: inputs, environment, results."""

    manifest: Manifest
    record: Record = field(default_factory=Record)
    results: Mapping[str, Any] = field(default_factory=dict)


def run_diff(a: RunFacts, b: RunFacts) -> RunDiff:
    """Return the differences from `a` to `b`."""
    code = file_diffs(a.record.source_files, b.record.source_files)
    entries: dict[Group, list[Entry]] = {
        Group.SEEDS: list(_entries(_seeds(a.manifest), _seeds(b.manifest))),
        Group.PARAMETERS: list(_entries(a.manifest.parameters, b.manifest.parameters)),
        Group.SETTINGS: list(_entries(a.manifest.settings.model_dump(), b.manifest.settings.model_dump())),
        Group.DATA: list(_entries(_data(a.manifest), _data(b.manifest))),
        Group.CODE: list(_entries(_code(a), _code(b))),
        **_surroundings(a.record.environment, b.record.environment),
        Group.RESULTS: [*_entries(a.results, b.results, matters=False), *_fingerprints(a.record, b.record)],
    }
    groups = {group: tuple(entries[group]) for group in Group if entries[group]}
    return RunDiff(sentence=_sentence(groups, code), groups=groups, code=code)


def file_diffs(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[FileDiff, ...]:
    """Return a unified diff of each source file that differs."""
    return tuple(_file_diff(name, a.get(name), b.get(name)) for name in sorted({*a, *b}) if a.get(name) != b.get(name))


def _file_diff(name: str, a: str | None, b: str | None) -> FileDiff:
    lines = list(difflib.unified_diff(_lines(a), _lines(b), f"a/{name}", f"b/{name}", n=CONTEXT_LINES, lineterm=""))
    changes = lines[2:]
    return FileDiff(
        name=name,
        status="added" if a is None else "removed" if b is None else "changed",
        lines_added=sum(line.startswith("+") for line in changes),
        lines_removed=sum(line.startswith("-") for line in changes),
        diff="\n".join(lines),
    )


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.splitlines()


def _entries(a: Mapping[str, Any], b: Mapping[str, Any], *, matters: bool = True) -> Iterator[Entry]:
    first, second = dict(flat(a)), dict(flat(b))
    for key in dict.fromkeys((*first, *second)):
        x, y = first.get(key), second.get(key)
        if x != y and not (x != x and y != y):  # NaN equals NaN here
            yield Entry(key=key, a=x, b=y, matters=matters)


def _seeds(manifest: Manifest) -> dict[str, Any]:
    values: dict[str, Any] = {"seed": manifest.seed}
    for source, assigned in manifest.sources.items():
        values[f"{source.value}.policy"] = assigned.policy.value
        values[f"{source.value}.value"] = assigned.value
    return values


def _data(manifest: Manifest) -> dict[str, Any]:
    return {name: data.model_dump() for name, data in manifest.data.items()}


def _code(run: RunFacts) -> dict[str, Any]:
    git = run.record.environment.get("git") or {}
    facts = {
        "recipe": run.manifest.recipe,
        "version": run.manifest.recipe_version,
        "sha256": run.manifest.source_digest,
    }
    return facts | {f"git {key}": value for key, value in git.items()}


def _surroundings(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[Group, list[Entry]]:
    entries: dict[Group, list[Entry]] = {Group.PACKAGES: [], Group.ENVIRONMENT: []}
    for item in environment_differences(_without(a), _without(b)):
        group = Group.PACKAGES if item.key.startswith(_PACKAGES) else Group.ENVIRONMENT
        key = item.key.removeprefix(_PACKAGES)
        entries[group].append(Entry(key=key, a=item.a, b=item.b, matters=item.matters, why=item.why))
    return entries


def _without(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in environment.items() if key not in _ELSEWHERE}


def _fingerprints(a: Record, b: Record) -> Iterator[Entry]:
    """Yield digests that differ.

    Of the weights after each epoch, only the first difference is included.
    """
    weights_told = False
    for item in broken(by_place(a.fingerprints), by_place(b.fingerprints)):
        if item.kind is FingerprintKind.WEIGHTS:
            if weights_told:
                continue
            weights_told = True
        after = f" after epoch {item.step}" if item.step else ""
        yield Entry(key=f"fingerprint of {sentences.MEANING[item.kind]}{after}", a=item.a, b=item.b, matters=False)


def _sentence(groups: Mapping[Group, tuple[Entry, ...]], code: Iterable[FileDiff]) -> str:
    changed = [f"{file.name}: {_lines_of(file)}" for file in code]
    causes = [
        group.value
        for group, entries in groups.items()
        if group not in (Group.RESULTS, Group.CODE) and any(entry.matters for entry in entries)
    ]
    causes_and_code = causes + (
        [f"code ({'; '.join(changed)})"] if changed else ["code"] if Group.CODE in groups else []
    )
    return sentences.runs_differ(causes_and_code, results=Group.RESULTS in groups)


def _lines_of(file: FileDiff) -> str:
    if file.status != "changed":
        return file.status
    return sentences.lines_differ(max(file.lines_added, file.lines_removed))
