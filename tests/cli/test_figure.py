"""`seedspread compare --figure`: every seed as SVG, everything as a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedspread.cli.app import run

TABLE = "\n".join(
    [
        "seed,arm,acc",
        *(
            f"{seed},{arm},{0.9 + 0.001 * seed + 0.05 * (arm == 'w<i>de')}"
            for seed in range(8)
            for arm in ("base", "w<i>de")
        ),
    ]
)


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Two arms under eight seeds, one with a name that HTML must not understand."""
    path = tmp_path / "runs.csv"
    path.write_text(TABLE)
    return str(path)


def test_every_seed_is_drawn(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing, page = tmp_path / "a.svg", tmp_path / "a.html"
    assert run(["compare", table, "--direction", "maximize", "--figure", str(drawing)]) == 0
    output = capsys.readouterr().out
    assert f"Figure: {drawing}" in output.replace("\n", "")
    text = drawing.read_text()
    assert text.startswith("<svg")
    assert len(re.findall("<circle", text)) >= 8
    assert "w&lt;i&gt;de" in text
    assert run(["compare", table, "--direction", "maximize", "--figure", str(page)]) == 0
    document = page.read_text()
    assert document.count("<svg") >= 2
    assert "beats" in document
    assert "<script" not in document
    assert "<i>" not in document


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.gif", "a file that ends in .svg, .pdf, .png or .html"), ("none/a.svg", "a folder that exists")],
)
def test_a_path_that_cannot_be_written_is_named_before_anything_is_computed(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    assert run(["compare", table, "--figure", str(tmp_path / name)]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(("name", "begins"), [("a.pdf", b"%PDF"), ("a.PNG", b"\x89PNG"), ("a.svg", b"<svg")])
def test_a_figure_has_a_papers_width(table: str, tmp_path: Path, name: str, begins: bytes) -> None:
    line = ["compare", table, "--direction", "maximize", "--figure", str(tmp_path / name), "--width-in", "3.3"]
    assert run(line) == 0
    content = (tmp_path / name).read_bytes()
    assert content.startswith(begins)
    assert name != "a.svg" or b'width="3.3in"' in content


def test_a_size_that_no_page_has_is_refused(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["compare", table, "--direction", "maximize", "--figure", str(tmp_path / "a.pdf"), "--width-in", "0.1"]
    assert run(line) == 2
    assert "a number from 1 to 20" in capsys.readouterr().err
