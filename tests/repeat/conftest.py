"""A lab with one quick recipe in a file that tests may change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repeat.lab import NOISY, Lab, lab

# Modules are cached by name: every test's recipe file has its own.
numbers = itertools.count(1)


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """The file of recipe `noisy`, this test's own."""
    path = tmp_path / f"noisy_{next(numbers)}.py"
    path.write_text(NOISY)
    return path


@pytest.fixture
def quick_lab(tmp_path: Path, recipe_file: Path) -> Iterator[Lab]:
    """A lab with recipe `noisy`, whose trainers leave TensorFlow out."""
    with lab(tmp_path / "data", [str(recipe_file)]) as opened:
        yield opened
