"""Edits of recipe files are published, also those made while an earlier one is being published."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from seedspread_worker.catalog.catalog import Catalog
from seedspread_worker.pool.publish import Publisher
from tests.waiting import until


@pytest.mark.parametrize("meanwhile", ["edited", "deleted and restored", "helper edited"])
def test_an_edit_made_while_recipes_are_published_is_published_too(tmp_path: Path, meanwhile: str) -> None:
    recipe, helper = tmp_path / "mine.py", tmp_path / "helper.py"
    recipe.write_text("1")
    helper.write_text("1")
    seen: list[str] = []
    stopping = threading.Event()

    class Slow(Publisher):
        def publish(self) -> Catalog:
            seen.append(f"{recipe.read_text() if recipe.exists() else 'gone'} {helper.read_text()}")
            if len(seen) == 2:  # it has been read, and nobody watches yet
                (helper if meanwhile == "helper edited" else recipe).write_text("3")
            return Catalog(recipes=[], files=[str(recipe), str(helper)])

    nothing: Any = None
    thread = threading.Thread(target=Slow(nothing, [str(recipe)], tmp_path / "o", tmp_path / "n", stopping).run)
    thread.start()
    try:
        until(lambda: len(seen) == 1, 20, "the first reading")
        if meanwhile == "deleted and restored":
            recipe.unlink()
        else:
            recipe.write_text("2")
        expected = {
            "edited": ["2 1", "3 1"],
            "deleted and restored": ["gone 1", "3 1"],
            "helper edited": ["2 1", "2 3"],
        }
        until(lambda: seen[1:] == expected[meanwhile], 20, f"both readings, not {seen}")
    finally:
        stopping.set()
        thread.join(20)
    assert not thread.is_alive()
