"""Manifests: what they pin, and that an edited one is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from seedspread.core.manifest import Manifest, ManifestFile
from seedspread.core.plan import SourceValue
from seedspread.core.sources import Policy, Source
from seedspread.core.study import Settings
from seedspread.core.validation import parse
from seedspread.errors import InvalidInput


def manifest(**changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "recipe": "digits-mlp",
        "recipe_version": "1",
        "source_digest": "0" * 64,
        "parameters": {"hidden": 32},
        "seed": 7,
        "sources": {Source.INIT: SourceValue(policy=Policy.VARY, value=11, seed=7)},
        "settings": Settings(),
    }
    return Manifest.model_validate({**given, **changes})


def test_equal_manifests_have_equal_digests() -> None:
    assert manifest().digest() == manifest().digest()
    assert manifest(seed=8).digest() != manifest().digest()


def test_a_manifest_survives_its_file() -> None:
    sealed = ManifestFile.seal(manifest(), {"series": {"loss": ["0x1p-1"]}})
    assert parse(ManifestFile, sealed.model_dump(mode="json")) == sealed


@pytest.mark.parametrize(
    "edit",
    [{"manifest": {"seed": 8}}, {"record": {"series": {"loss": ["0x1p-2"]}}}],
    ids=["manifest", "record"],
)
def test_an_edited_file_is_refused(edit: dict[str, Any]) -> None:
    content = ManifestFile.seal(manifest(), {"series": {"loss": ["0x1p-1"]}}).model_dump(mode="json")
    for key, change in edit.items():
        content[key] |= change
    with pytest.raises(InvalidInput, match="was edited"):
        parse(ManifestFile, content)


def test_a_source_the_recipe_has_not_got_is_refused() -> None:
    assert manifest().value(Source.INIT) == 11
    with pytest.raises(InvalidInput, match="one of the recipe's sources: init"):
        manifest().value(Source.SPLIT)
