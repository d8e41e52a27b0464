"""Draw figures for print, as SVG, PDF and PNG.

Width and font size are those of a paper's column.

Typst converts the SVG, because its wheel brings its own fonts and needs no package of the system. PDFs stay vectors
with embedded fonts, as journals ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from seedspread import words
from seedspread.errors import InvalidInput, Unavailable
from seedspread.figures.kit.figure import Figure
from seedspread.figures.svg.glyphs import FONT_SIZE
from seedspread.figures.svg.svg import LEGEND_LINE, draw_svg

PrintFormat = Literal["svg", "pdf", "png"]

DOTS_AN_INCH: Final = 300
"""Resolution of PNGs, the least that journals ask for."""
POINTS_AN_INCH: Final = 72  # the PostScript point, in which fonts are measured
WIDTHS_IN: Final = (1.0, 20.0)
FONTS_PT: Final = (4.0, 24.0)
_RATIO: Final = 0.6  # near the golden ratio, as journals print figures
_LEAST_HEIGHT: Final = 200
# The drawing comes as a text of its own, so that no name in it is read as Typst's language.
_DOCUMENT: Final = """#let inches(text) = float(text) * 1in
#set page(width: inches(sys.inputs.width), height: inches(sys.inputs.height), margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%, height: 100%)"""


@dataclass(frozen=True)
class PrintSize:
    """Size of a printed figure: width in inches, font size in points.

    The defaults are a column of a two-column paper.

    Raises:
        InvalidInput: a width outside 1 to 20 inches, or a font size outside 4 to 24 points.
    """

    width_in: float = 3.3
    font_pt: float = 8.0

    def __post_init__(self) -> None:
        for name, value, (low, high) in (("width_in", self.width_in, WIDTHS_IN), ("font_pt", self.font_pt, FONTS_PT)):
            if not low <= value <= high:
                raise InvalidInput(name, value, f"a number from {words.exact(low)} to {words.exact(high)}")

    @property
    def inches_a_pixel(self) -> float:
        """Inches per pixel of the drawing, whose text has `FONT_SIZE` pixels."""
        return self.font_pt / FONT_SIZE / POINTS_AN_INCH

    @property
    def width(self) -> int:
        """Width of the drawing in pixels."""
        return round(self.width_in / self.inches_a_pixel)


def print_size(width_in: float | None, font_pt: float | None) -> PrintSize:
    """Return a size in print, None meaning a paper's column.

    Raises:
        InvalidInput: a width or font size out of range.
    """
    column = PrintSize()
    return PrintSize(column.width_in if width_in is None else width_in, column.font_pt if font_pt is None else font_pt)


def draw_printed(figure: Figure, form: PrintFormat, size: PrintSize, theme: str = "light") -> bytes:
    """Draw a figure for print.

    Raises:
        Unavailable: PDF or PNG without the library that writes them.
    """
    width = size.width
    # Each arm of a narrow figure may take a line of the legend of its own.
    names = sum(1 for trace in figure.data if trace.get("name") and trace.get("showlegend") is not False)
    height = round(max(_RATIO * width, _LEAST_HEIGHT)) + LEGEND_LINE * min(names, 8)
    # The exact width decides, not the rounded number of pixels.
    inches = size.width_in / width
    drawing = draw_svg(figure, width, height, theme, scale_in=inches)
    if form == "svg":
        return drawing.encode()
    try:
        import typst  # loaded here: most figures are shown on a page
    except ImportError as error:
        raise Unavailable(
            f"Writing a figure as {form} needs the package typst.", hint="Install it with: pip install typst"
        ) from error
    inputs = {"drawing": drawing, "width": repr(size.width_in), "height": repr(height * inches)}
    return bytes(typst.compile(_DOCUMENT.encode(), format=form, ppi=float(DOTS_AN_INCH), sys_inputs=inputs))
