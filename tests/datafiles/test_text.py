"""Labelled text files: read as they are meant, refused with what is wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from seedspread.datafiles import digest, inspect, read_text
from seedspread.errors import InvalidInput

LINES = ["label\ttext", '1\t"Good, really good."', "0\tBad.", "1\tFine", "0\tAwful"]


def _file(folder: Path, content: str | bytes, name: str = "texts.tsv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_file_is_read_plain_or_gzipped(tmp_path: Path) -> None:
    text = "\n".join(LINES) + "\n"
    for path in (_file(tmp_path, text), _file(tmp_path, gzip.compress(text.encode()), "texts.tsv.gz")):
        read = read_text(path)
        assert read.texts == ["Good, really good.", "Bad.", "Fine", "Awful"]
        assert read.labels.tolist() == [1, 0, 1, 0]
        assert read.classes == ("0", "1")


def test_columns_are_found_by_name_or_by_content(tmp_path: Path) -> None:
    named = "id,sentiment,review\n1,neg,a b\n2,pos,c d\n3,neg,e f\n4,pos,g\n"
    bare = "some words,yes\nother words,no\nmore,yes\nless,no\n"
    assert read_text(_file(tmp_path, named)).classes == ("neg", "pos")
    assert read_text(_file(tmp_path, bare)).texts[0] == "some words"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "this one is empty"),
        ("\n \n", "this one is blank"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "text in UTF-8; byte 0 is none"),
        (b"label,text\n1,a\x00b\n", "this file holds binary data"),
        (b"\x1f\x8bbroken", "an intact gzip file"),
        ("just one column\nof words\n", "at least two columns"),
        ("a,b,c\n1,2,3\n4,5,6\n", "columns named `text` and `label`; it has a, b, c"),
        ("label,text\n1,a\n0\n", "2 columns in every row; row 3 has 1"),
        ("label,text\n1,a\n1,b\n", "two different labels"),
        ("label,text\n1,a\n2,b\n3,c\n", "a column of classes; 'label' has 3 values"),
    ],
)
def test_what_cannot_be_used_is_refused(content: str | bytes, expected: str, tmp_path: Path) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(InvalidInput) as caught:
        inspect("text", str(path), field="arms[0].parameters.data", sets=("imdb",))
    assert expected in str(caught.value)
    assert caught.value.field == "arms[0].parameters.data"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        inspect("text", str(tmp_path / "gone.csv"), field="parameters.data", sets=("imdb",))
    with pytest.raises(InvalidInput, match="is a folder"):
        digest(tmp_path)
    with pytest.raises(InvalidInput, match="imdb, or the path of a file"):
        inspect("text", "imbd", field="parameters.data", sets=("imdb",))
    assert inspect("text", "imdb", field="parameters.data", sets=("imdb",)) is None


def test_a_digest_follows_the_content(tmp_path: Path) -> None:
    path = _file(tmp_path, "\n".join(LINES))
    first = digest(path)
    assert first.size_bytes == path.stat().st_size
    assert digest(path) == first
    path.write_text(path.read_text().replace("Bad", "Sad"))
    assert digest(path).sha256 != first.sha256
