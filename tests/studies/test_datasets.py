"""Data that recipes bring along, files that were trained on, and files looked over before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seedspread.context import Context
from seedspread.core.study import ArmSpec
from seedspread.errors import InvalidInput
from seedspread.storage import recipes
from seedspread.storage.database import Database
from seedspread.studies import datasets as usecase
from seedspread.studies.datasets import check, datasets
from seedspread.studies.submit import submit
from seedspread.views.datasets import BuiltInView, DataFileView
from tests.builders import NOW, recipe, spec
from tests.support.studies import context_of

TABLE = "width,height,kind\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n"


@pytest.fixture
def ctx(sqlite_database: Database) -> Context:
    with sqlite_database.session() as session:
        recipes.publish(session, [recipe(), recipe("plain", parameters={"type": "object", "properties": {}})], NOW)
    return context_of(sqlite_database)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def train(ctx: Context, *data: Path | str, name: str = "a study") -> int:
    """A study with an arm for each data set."""
    arms = [ArmSpec(name=f"arm {at}", parameters={"data": str(value)}) for at, value in enumerate(data)]
    return submit(ctx, spec(name=name, arms=tuple(arms))).study_id


def only(files: list[DataFileView]) -> DataFileView:
    (found,) = files
    return found


def named(views: list[BuiltInView], name: str | None) -> BuiltInView:
    return next(view for view in views if view.name == name)


def test_what_recipes_bring_along_and_who_used_it(ctx: Context) -> None:
    study = train(ctx, "wine", "wine", "digits")
    found = datasets(ctx)
    assert found.files == []
    digits, wine, own = (named(found.built_in, name) for name in ("digits", "wine", None))
    assert (digits.recipe, digits.parameter, digits.kind, digits.default) == ("toy", "data", "table", True)
    assert (wine.default, wine.used.runs, [one.id for one in wine.used.studies]) == (False, 6, [study])
    assert digits.used.runs == 3
    assert (own.recipe, own.parameter, own.used.study_count) == ("plain", None, 0)


def test_a_file_with_its_shape_and_its_studies(ctx: Context, table: Path) -> None:
    studies = [train(ctx, table, name=name) for name in ("first", "second")]
    found = only(datasets(ctx).files)
    assert (found.path, found.kind, found.state, found.recipes) == (str(table), "table", "same", ["toy"])
    assert found.size_bytes == len(TABLE)
    assert [one.id for one in found.used.studies] == studies[::-1]
    assert (found.used.study_count, found.used.runs) == (2, 6)
    assert found.contents is not None
    assert (found.contents.examples, found.contents.features, found.contents.class_count) == (4, 2, 2)


def test_a_file_that_changed_has_an_entry_for_each_digest(ctx: Context, table: Path) -> None:
    before = train(ctx, table)
    table.write_text(TABLE.replace("1,2", "2,1"))
    changed = only(datasets(ctx).files)
    assert (changed.state, changed.contents) == ("changed", None)
    assert "until the original is put back" in changed.sentence
    after = train(ctx, table)
    states = {one.used.studies[0].id: one.state for one in datasets(ctx).files}
    assert states == {before: "changed", after: "same"}
    table.unlink()
    assert {one.state for one in datasets(ctx).files} == {"missing"}


def test_a_large_file_is_told_by_its_size(ctx: Context, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(ctx, table)
    monkeypatch.setattr(usecase, "MOST_HASHED_BYTES", 10)
    assert only(datasets(ctx).files).state == "unchecked"
    table.write_text(TABLE + "1,1,a\n")
    assert only(datasets(ctx).files).state == "changed"


class TestCheck:
    def test_what_is_in_it_and_who_takes_it(self, ctx: Context, table: Path) -> None:
        found = check(ctx, str(table), None, "")
        assert (found.kind, found.contents.examples, found.same, found.other) == ("table", 4, [], [])
        assert [(one.recipe, one.parameter) for one in found.takes] == [("toy", "data")]
        assert found.sentence == (
            "It reads as 4 rows of 2 numbers in 2 classes; the smallest has 2 examples, the largest 2."
        )

    def test_studies_of_these_bytes_and_of_others_at_this_path(self, ctx: Context, table: Path, tmp_path: Path) -> None:
        study = train(ctx, table)
        copied = Path(shutil.copy(table, tmp_path / "copy.csv"))
        assert [one.id for one in check(ctx, str(copied), None, "").same] == [study]
        table.write_text(TABLE.replace("1,2", "2,1"))
        found = check(ctx, str(table), None, "")
        assert (found.same, [one.id for one in found.other]) == ([], [study])

    def test_a_file_above_the_limit_says_what_is_possible(
        self, ctx: Context, table: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(usecase, "MOST_CHECKED_BYTES", 10)
        with pytest.raises(InvalidInput, match="to look into here") as caught:
            check(ctx, str(table), None, "")
        assert "can still train on it" in str(caught.value.hint)

    @pytest.mark.parametrize("path", ["/no/such/file.csv", "/", "~nobody-of-that-name/x.csv", "relative.csv"])
    def test_no_such_file(self, ctx: Context, path: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            check(ctx, path, None, "")
        assert caught.value.field == "path"
