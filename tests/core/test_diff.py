"""The difference of two runs: only what differs, in its group, changed code by the line."""

from __future__ import annotations

import math
from typing import Any

import pytest

from seedspread.core.diff import Group, RunFacts, file_diffs, run_diff
from seedspread.core.manifest import DataDigest, Manifest
from seedspread.core.plan import SourceValue
from seedspread.core.record import Record
from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.core.sources import Policy, Source
from seedspread.core.study import Settings

CODE = "def model(run):\n    width = 32\n    return width\n"


def facts(*, source: str = CODE, results: dict[str, Any] | None = None, **changes: Any) -> RunFacts:
    told: dict[str, Any] = {
        "recipe": "digits-mlp",
        "recipe_version": "1",
        "source_digest": "d" * 64,
        "parameters": {"hidden": 32, "epochs": 10},
        "seed": 7,
        "sources": {Source.INIT: SourceValue(policy=Policy.VARY, value=11, seed=7)},
        "settings": Settings(),
        "data": {"table": DataDigest(path="a.csv", sha256="e" * 64, size_bytes=10)},
    }
    environment = {
        "python": "3.11.7",
        "host": changes.pop("host", "one"),
        "threads": 1,
        "packages": {"numpy": changes.pop("numpy", "2.4.6"), "rich": changes.pop("rich", "14.0")},
        "cpu": {"flags": changes.pop("flags", ["avx2", "fma"])},
        "git": {"commit": changes.pop("commit", "c0ffee"), "patch": ""},
    }
    epochs = enumerate(changes.pop("epochs", ()), start=1)
    prints = (
        *(Fingerprint(FingerprintKind.WEIGHTS, letter * 64, step) for step, letter in epochs),
        Fingerprint(FingerprintKind.FINAL, changes.pop("final", "f" * 64)),
    )
    return RunFacts(
        Manifest(**told | changes), Record(prints, {}, environment, {"digits.py": source}), results or {"accuracy": 0.9}
    )


def test_equal_runs_have_no_difference() -> None:
    result = run_diff(facts(), facts(host="another"))
    assert (result.groups, result.code) == ({}, ())
    assert result.sentence == "No difference that could change results; the results are the same."


@pytest.mark.parametrize(
    ("changes", "group", "told"),
    [
        ({"seed": 8}, Group.SEEDS, [("seed", 7, 8, True)]),
        ({"parameters": {"hidden": 64, "epochs": 10}}, Group.PARAMETERS, [("hidden", 32, 64, True)]),
        ({"settings": Settings(threads=2)}, Group.SETTINGS, [("threads", 1, 2, True)]),
        ({"data": {}}, Group.DATA, [("table.path", "a.csv", None, True), ("table.sha256", "e" * 64, None, True), ("table.size_bytes", 10, None, True)]),  # noqa: E501
        ({"numpy": "2.5.0", "rich": "15.0"}, Group.PACKAGES, [("numpy", "2.4.6", "2.5.0", True), ("rich", "14.0", "15.0", False)]),  # noqa: E501
        ({"flags": ["avx2", "fma", "avx512f"]}, Group.ENVIRONMENT, [("cpu.flags", [], ["avx512f"], True)]),
        ({"commit": "decaf"}, Group.CODE, [("git commit", "c0ffee", "decaf", True)]),
        ({"final": "0" * 64}, Group.RESULTS, [("fingerprint of the final weights", "f" * 64, "0" * 64, False)]),
        ({"results": {"accuracy": math.nan}}, Group.RESULTS, [("accuracy", 0.9, math.nan, False)]),
    ],
)  # fmt: skip
def test_a_difference_stands_in_its_group_alone(
    changes: dict[str, Any], group: Group, told: list[tuple[str, Any, Any, bool]]
) -> None:
    result = run_diff(facts(), facts(**changes))
    assert list(result.groups) == [group]
    assert repr([(entry.key, entry.a, entry.b, entry.matters) for entry in result.groups[group]]) == repr(told)


def test_of_the_weights_after_each_epoch_the_first_that_differs_is_listed() -> None:
    result = run_diff(facts(epochs="abcd"), facts(epochs="axyz", final="0" * 64))
    assert [entry.key for entry in result.groups[Group.RESULTS]] == [
        "fingerprint of the weights after epoch 2",
        "fingerprint of the final weights",
    ]


def test_changed_code_is_told_by_the_line() -> None:
    result = run_diff(facts(), facts(source=CODE.replace("32", "64"), source_digest="b" * 64, final="0" * 64))
    (file,) = result.code
    assert (file.name, file.status, file.lines_added, file.lines_removed) == ("digits.py", "changed", 1, 1)
    assert [line for line in file.diff.splitlines()[3:] if line[0] in "+-"] == ["-    width = 32", "+    width = 64"]
    assert result.sentence == "They differ in code (digits.py: 1 line differs); the results differ."


def test_added_and_removed_files_are_told() -> None:
    result = file_diffs({"a.py": "x\n"}, {"b.py": "y\nz\n"})
    assert [(file.name, file.status, file.lines_added, file.lines_removed) for file in result] == [
        ("a.py", "removed", 0, 1),
        ("b.py", "added", 2, 0),
    ]
