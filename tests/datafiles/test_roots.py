"""Requests reach files below the data folders only, whatever their paths look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.datafiles import confined, digest
from seedspread.errors import InvalidInput


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "inner").mkdir(parents=True)
    (folder / "wine.csv").write_text("a,target\n1,x\n")
    (tmp_path / "secret.csv").write_text("password\nhunter2\n")
    return folder


def test_files_below_a_root_are_reached_by_their_real_path(root: Path) -> None:
    (root / "link.csv").symlink_to(root / "wine.csv")
    assert confined(str(root / "inner" / ".." / "wine.csv"), [root], field="path") == str(root / "wine.csv")
    assert confined(str(root / "link.csv"), [root], field="path") == str(root / "wine.csv")


def test_a_root_that_is_a_link_counts_as_the_folder_it_leads_to(root: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.symlink_to(root)
    assert confined(str(linked / "wine.csv"), [linked], field="path") == str(root / "wine.csv")


@pytest.mark.parametrize(
    "name", ["secret.csv", "missing.csv", "data/../secret.csv", "data/link.csv", "data/folder/secret.csv"]
)
def test_everything_else_is_refused_alike(root: Path, tmp_path: Path, name: str) -> None:
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (root / "folder").symlink_to(tmp_path)
    with pytest.raises(InvalidInput, match="below a data folder") as refusal:
        confined(str(tmp_path / name), [root], field="path")
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.field == "path"


@pytest.mark.parametrize("path", ["~nobody-of-this-name/x.csv", "a\x00b", "/proc/self/environ", "/dev/zero", ""])
def test_odd_paths_are_refused(root: Path, path: str) -> None:
    with pytest.raises(InvalidInput, match="below a data folder"):
        confined(path, [root], field="path")


def test_a_loop_of_links_is_refused(root: Path) -> None:
    (root / "a").symlink_to(root / "b")
    (root / "b").symlink_to(root / "a")
    with pytest.raises(InvalidInput):
        digest(confined(str(root / "a"), [root], field="path"), field="path")
