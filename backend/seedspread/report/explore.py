"""One HTML file of a study to explore without a service.

It carries the study's numbers, the explorer (built from the dashboard's sources) and plotly.js as installed.
"""

from __future__ import annotations

import html
from importlib.util import find_spec
from pathlib import Path

from seedspread.errors import Unavailable

SCRIPT, STYLE = "explorer.js", "explorer.css"
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def page(title: str, study: bytes, folder: Path) -> str:
    """Write the file.

    Args:
        study: what it carries, as JSON.
        folder: where the build left the explorer.

    Raises:
        Unavailable: the dashboard is not built, or plotly is not installed.
    """
    script, style = folder / SCRIPT, folder / STYLE
    if not script.is_file() or not style.is_file():
        raise Unavailable(
            "the dashboard is not built, and the file is made from it",
            hint="build it with `python frontend/build_page.py`, or install a released wheel",
        )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{html.escape(title)}</title><style>{style.read_text(encoding='utf-8')}</style></head>"
        '<body><div id="root"></div>'
        # Inside a script element nothing but its end tag is markup.
        f'<script type="application/json" id="study">{study.decode().replace("<", chr(92) + "u003c")}</script>'
        f"<script>{_inline(plotly_script())}</script><script>{_inline(script.read_text(encoding='utf-8'))}</script>"
        "</body></html>\n"
    )


def plotly_script() -> str:
    """Return plotly.js of the installed package.

    Raises:
        Unavailable: it is not installed.
    """
    # Not imported: that takes half a second, and only the file is needed.
    spec = find_spec("plotly")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / "package_data" / "plotly.min.js"
    if path is None or not path.is_file():
        raise Unavailable("plotly is not installed", hint="install seedspread with its dependencies")
    return path.read_text(encoding="utf-8")


def _inline(script: str) -> str:
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
