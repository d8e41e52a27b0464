"""What a browser has to fetch before it shows anything."""

from __future__ import annotations

import gzip

import pytest

from frontend import build_page

ASSETS = build_page.STATIC / "assets"
# Every page there is; pages are fetched when they are opened, the first content waits for FIRST_BYTES alone.
MOST_BYTES = 256_000
FIRST_BYTES = 125_000


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The page, built from the sources as they are."""
    if not build_page.is_current():
        build_page.build()


def weights() -> dict[str, int]:
    """Compressed bytes of every script by file name."""
    return {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in ASSETS.glob("*.js")}


def test_all_scripts_but_plotly_stay_light() -> None:
    light = {name: weight for name, weight in weights().items() if not name.startswith("plotly")}
    assert sum(light.values()) < MOST_BYTES, light


def test_the_first_content_waits_for_little() -> None:
    index = (build_page.STATIC / "index.html").read_text(encoding="utf-8")
    first = {name: weight for name, weight in weights().items() if name in index}
    assert len(first) > 1
    assert sum(first.values()) < FIRST_BYTES, first


def test_plotly_is_fetched_by_the_first_figure_alone() -> None:
    heavy = [name for name in weights() if name.startswith("plotly")]
    assert len(heavy) == 1
    assert heavy[0] not in (build_page.STATIC / "index.html").read_text(encoding="utf-8")


def test_every_script_lies_compressed_beside_the_plain_one() -> None:
    scripts = [*ASSETS.glob("*.js"), *ASSETS.glob("*.css"), *build_page.STATIC.glob("api-docs/*.js")]
    assert len(scripts) > 3
    for script in scripts:
        packed = script.with_name(f"{script.name}.gz")
        assert packed.is_file() == (script.stat().st_size >= 1024)
        assert not packed.is_file() or gzip.decompress(packed.read_bytes()) == script.read_bytes()


def test_the_page_asks_nobody_else() -> None:
    text = (build_page.STATIC / "index.html").read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
