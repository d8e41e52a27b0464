"""The builder of the page: when it builds, with which Node.js, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend import build_page


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v24.19.0", "v26.0.0\n"])
def test_new_enough_versions_of_node(version: str) -> None:
    assert build_page.supported(version)


@pytest.mark.parametrize("version", ["v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0", "", "not a version"])
def test_versions_of_node_that_cannot_build(version: str) -> None:
    assert not build_page.supported(version)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small front end of its own: the builder's folders point there."""
    folder = tmp_path / "frontend"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("export {};")
    (folder / "package-lock.json").write_text("{}")
    monkeypatch.setattr(build_page, "FRONTEND", folder)
    monkeypatch.setattr(build_page, "STATIC", tmp_path / "static")
    monkeypatch.setattr(build_page, "STAMP", tmp_path / "page.stamp")
    return folder


def fake_npm(folder: Path, script: str) -> build_page.Node:
    """A Node.js whose npm is a shell script."""
    npm = folder.parent / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    return build_page.Node((str(npm),), npm)


def test_the_digest_follows_the_sources_and_ignores_what_is_generated(sources: Path) -> None:
    before = build_page.sources_digest()
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "left.js").write_text("1")
    assert build_page.sources_digest() == before
    (sources / "src" / "main.tsx").write_text("export const changed = 1;")
    after = build_page.sources_digest()
    assert after != before
    (sources / "src" / "main.tsx").rename(sources / "src" / "other.tsx")
    assert build_page.sources_digest() not in {before, after}


def test_a_build_is_due_until_it_is_done_and_again_after_a_change(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f'mkdir -p node_modules "{build_page.STATIC}"; echo "$1" >> calls; touch "{build_page.STATIC}/index.html"'
    monkeypatch.setattr(build_page, "find_node", lambda: fake_npm(sources, script))
    monkeypatch.setattr(build_page, "GENERATED", {*build_page.GENERATED, "calls"})
    assert not build_page.is_current()
    assert build_page.main([]) == 0
    assert build_page.is_current()
    assert build_page.main([]) == 0
    assert (sources / "calls").read_text().split() == ["ci", "run"]
    (sources / "src" / "main.tsx").write_text("export const changed = 1;")
    assert build_page.main(["current"]) == 1
    assert build_page.main([]) == 0
    assert (sources / "calls").read_text().split() == ["ci", "run", "run"]


def test_a_failed_build_says_what_npm_said_and_leaves_no_stamp(
    sources: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_page, "find_node", lambda: fake_npm(sources, "echo the registry is away; exit 7"))
    assert build_page.main([]) == 1
    output = capsys.readouterr().err
    assert "the registry is away" in output
    assert "exit status 7" in output
    assert not build_page.STAMP.exists()


def test_without_node_the_message_names_the_ways_out(
    sources: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_page, "find_node", lambda: None)
    assert build_page.main(["npm", "ci"]) == 1
    assert build_page.main(["node"]) == 1
    output = capsys.readouterr().err
    assert build_page.NODE_REQUIREMENT in output
    assert "SEEDSPREAD_FRONTEND=skip" in output
    assert not (sources / "node_modules").exists()
