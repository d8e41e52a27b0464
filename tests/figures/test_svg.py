from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from pypdf import PdfReader

from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k, draw_winner_flip, winner_flip
from seedspread.figures.churn import churn, draw_churn
from seedspread.figures.curves import curves
from seedspread.figures.curves_drawing import draw_curves
from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import draw_distribution
from seedspread.figures.kit.figure import Figure, empty_figure, packed
from seedspread.figures.kit.look import THEMES
from seedspread.figures.pairs.arrival import arrival, draw_arrival
from seedspread.figures.pairs.differences import differences, draw_differences
from seedspread.figures.pairs.improvement import draw_improvements, improvements
from seedspread.figures.pairs.power import draw_planner, planner
from seedspread.figures.profile import draw_profiles, profiles
from seedspread.figures.svg.printed import PrintSize, draw_printed
from seedspread.figures.svg.scales import scale
from seedspread.figures.svg.svg import draw_svg, unpacked
from seedspread.stats.data.arms import arm_values
from seedspread.stats.decision.rule import DecisionRule
from tests.figures.drawn import ACCURACY, LOSS, arm_series

RNG = np.random.default_rng(2)
RULE, UP = DecisionRule(), Direction.MAXIMIZE
BASE = arm_values(0, "a <b>&amp; name", [*RNG.normal(0.9, 0.01, 12), np.nan])
WIDE = arm_values(1, "wide", RNG.normal(0.91, 0.01, 13))
UNEVEN = RNG.normal(size=(13, 30))
UNEVEN[2, 10:] = np.nan

DRAWN: dict[str, Callable[[], Figure]] = {
    "curves": lambda: draw_curves(curves([arm_series(UNEVEN)], UP), ACCURACY),
    "logarithmic curves": lambda: draw_curves(curves([arm_series(np.exp(UNEVEN))], UP), LOSS, log=True),
    "box": lambda: draw_distribution(distribution([BASE, WIDE]), ACCURACY),
    "violin": lambda: draw_distribution(distribution([BASE, WIDE], outlines=True), ACCURACY, kind="violin"),
    "ecdf": lambda: draw_distribution(distribution([BASE, WIDE]), ACCURACY, kind="ecdf"),
    "differences": lambda: draw_differences(differences(BASE, WIDE, RULE), ACCURACY),
    "slopes": lambda: draw_differences(differences(BASE, WIDE, RULE), ACCURACY, kind="slopes"),
    "improvement": lambda: draw_improvements(improvements([BASE, WIDE], RULE, UP), ACCURACY),
    "profile": lambda: draw_profiles(profiles([BASE, WIDE], UP), ACCURACY),
    "winner": lambda: draw_winner_flip(winner_flip(BASE, WIDE, RULE), ACCURACY),
    "arrival": lambda: draw_arrival(arrival(BASE, WIDE, RULE), ACCURACY, 0.05),
    "power": lambda: draw_planner(planner(0.01, paired=False, difference=0.01, now=10), ACCURACY),
    "best of k": lambda: draw_best_of_k(best_of_k([BASE, WIDE], UP), ACCURACY),
    "churn": lambda: draw_churn([churn(0, "base", RNG.random((6, 50)) < 0.7)]),
    "nothing": lambda: empty_figure("curves", "Nothing", "Curves appear <soon>."),
}


@pytest.mark.parametrize("name", list(DRAWN))
@pytest.mark.parametrize("theme", list(THEMES))
def test_every_figure_can_be_drawn_without_a_browser(name: str, theme: str) -> None:
    drawing = draw_svg(DRAWN[name](), theme=theme)
    root = ElementTree.fromstring(drawing)
    assert "nan" not in drawing
    assert "role:" not in drawing
    texts = [element for element in root.iter() if element.tag.endswith("tspan")]
    assert any(element.text for element in texts)


def test_every_seed_is_a_mark() -> None:
    drawing = draw_svg(draw_distribution(distribution([WIDE]), ACCURACY, kind="points"))
    colour = THEMES["light"]["arm1"]
    assert drawing.count(f'fill="{colour}"') == 13 + 1  # and the mean


@pytest.mark.parametrize(("arms", "width", "lines"), [(2, 720, 1), (8, 720, 4), (8, 360, 8)])
def test_the_legend_stays_inside_and_above_the_plot(arms: int, width: int, lines: int) -> None:
    named = [replace(WIDE, name=f"a rather long name {at}", position=at) for at in range(arms)]
    root = ElementTree.fromstring(draw_svg(draw_best_of_k(best_of_k(named, UP), ACCURACY), width))
    entries = [part for part in root.iter() if part.tag.endswith("tspan") and "rather long" in (part.text or "")]
    assert len(entries) == arms
    heights = sorted({float(part.attrib["y"]) for part in entries})
    assert heights == pytest.approx([20.2 + 18 * line for line in range(lines)])
    assert all(float(part.attrib["x"]) + 6.6 * len(part.text or "") <= width for part in entries)
    drawn = [part.attrib for part in root.iter() if part.tag.endswith("line")]
    upright = [line for line in drawn if line["x1"] == line["x2"]]
    assert min(float(line["y1"]) for line in upright) > heights[-1]


def test_places_run_from_one_end_of_the_axis_to_the_other() -> None:
    found = scale({"range": [0, 10]}, [], 100, 200)
    assert found.pixels([0, 5, 10]).tolist() == [100, 150, 200]
    assert np.isnan(found.pixels([np.nan, np.inf])).all()
    assert [words for _, words in found.ticks] == ["0", "2", "4", "6", "8", "10"]
    logarithmic = scale({"type": "log"}, [np.array([1.0, 100.0])], 0, 1)
    assert logarithmic.pixels([10])[0] == pytest.approx(0.5)
    assert [value for value, _ in logarithmic.ticks] == [1, 10, 100]


@pytest.mark.parametrize("values", [[], [3.0, 3.0], [1e300, -1e300], [1e-12, 2e-12]])
def test_an_axis_of_anything_has_two_ends(values: list[float]) -> None:
    found = scale({}, [np.array(values)], 0, 100)
    assert found.low < found.high
    assert np.isfinite(found.pixels(values)).all()


def test_packed_arrays_come_back_as_they_were() -> None:
    for values in (np.arange(5.0), RNG.normal(size=2000), np.arange(2000)):
        np.testing.assert_array_equal(unpacked(packed(values)), values)


@pytest.mark.parametrize("name", list(DRAWN))
def test_every_figure_fits_a_papers_column(name: str) -> None:
    document = draw_printed(DRAWN[name](), "pdf", PrintSize())
    page = PdfReader(io.BytesIO(document)).pages[0]
    assert float(page.mediabox.width) == pytest.approx(3.3 * 72, abs=0.01)
    assert page.extract_text().strip()
    # Vectors: paths and letters of an embedded font, no picture made of dots.
    assert b"/Subtype /Image" not in document
    assert b"/FontFile" in document


def test_the_font_has_the_size_that_was_chosen() -> None:
    figure = draw_distribution(distribution([WIDE]), ACCURACY)
    for size in (PrintSize(3.3, 8), PrintSize(6.5, 10)):
        root = ElementTree.fromstring(draw_printed(figure, "svg", size))
        assert root.get("width") == f"{size.width_in:g}in"
        pixels = float(root.get("viewBox", "").split()[2])
        assert 12 * size.width_in * 72 / pixels == pytest.approx(size.font_pt, rel=0.01)
    with pytest.raises(InvalidInput, match="a number from 1 to 20"):
        PrintSize(width_in=0)
    with pytest.raises(InvalidInput, match="a number from 4 to 24"):
        PrintSize(font_pt=float("nan"))


def test_pictures_have_300_dots_an_inch_and_are_not_blank() -> None:
    picture = draw_printed(draw_distribution(distribution([BASE, WIDE]), ACCURACY), "png", PrintSize())
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height > 300) == (990, True)
    start, compressed = 8, b""
    while start < len(picture):
        (size,) = struct.unpack(">I", picture[start : start + 4])
        if picture[start + 4 : start + 8] == b"IDAT":
            compressed += picture[start + 8 : start + 8 + size]
        start += size + 12
    assert len(set(zlib.decompress(compressed))) > 50


def test_titles_stay_inside_of_a_narrow_figure() -> None:
    long = [arm_values(at, f"an arm with a name of forty letters or {at}", [0.1, 0.2, 0.4]) for at in range(2)]
    figure = draw_differences(differences(long[0], long[1], RULE), ACCURACY)
    root = ElementTree.fromstring(draw_svg(figure, 350, 250))
    for line in root.iter("{http://www.w3.org/2000/svg}tspan"):
        assert len(line.text or "") * 6 < 350
        assert 0 <= float(line.get("x", "")) <= 350
