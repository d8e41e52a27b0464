"""Write what the page shares with the service.

Colours, markers, dashes, the patterns of a search, and words of metrics that are better the lower they are.

`python -m seedspread.api.shared > frontend/src/lib/shared.json`
"""

from __future__ import annotations

import sys

import orjson

from seedspread.core.query import PATTERNS
from seedspread.figures.kit.look import ARM_COLOURS, DASHES, MARKERS, THEMES
from seedspread.storage.recipes import SMALLER_IS_BETTER


def shared() -> bytes:
    """Return the shared values as JSON.

    Equal code gives equal bytes.
    """
    values = {
        "armColours": ARM_COLOURS,
        "dashes": DASHES,
        "markers": MARKERS,
        "search": PATTERNS,
        "smallerIsBetter": sorted(SMALLER_IS_BETTER),
        "themes": {name: dict(palette) for name, palette in THEMES.items()},
    }
    return orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(shared())
