"""Reading specifications: what is wrong is said with its place."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from seedspread.cli.console import spec_file as specfile
from seedspread.errors import InvalidInput


def write(folder: Path, text: str | bytes, name: str = "study.yaml") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("study.yaml", "name: width\narms:\n  - {name: base}\nseeds: 3\n"),
        ("study.json", '{"name": "width", "arms": [{"name": "base"}], "seeds": 3}'),
        ("without-ending", '{"name": "width", "arms": [{"name": "base"}], "seeds": 3}'),
        ("with-mark.yaml", "\ufeffname: width\narms: [{name: base}]\nseeds: 3\n"),
    ],
)
def test_json_and_yaml_are_read(tmp_path: Path, name: str, text: str) -> None:
    given = specfile.read(write(tmp_path, text, name))
    assert given == {"name": "width", "arms": [{"name": "base"}], "seeds": 3}


def test_plain_values_are_read_as_yaml_1_2_reads_them(tmp_path: Path) -> None:
    text = "[010, 0o10, 0x1F, +3, 1:30, 1_000, yes, on, No, true, False, 1e-3, .5, 2., -1.5E+3, 1.2.3, ~, null]"
    given = specfile.read(write(tmp_path, f"values: {text}\n"))["values"]
    expected = [
        10,
        8,
        31,
        3,
        "1:30",
        "1_000",
        "yes",
        "on",
        "No",
        True,
        False,
        1e-3,
        0.5,
        2.0,
        -1500.0,
        "1.2.3",
        None,
        None,
    ]
    assert given == expected
    assert list(map(type, given)) == list(map(type, expected))


def test_anchors_and_merged_mappings_are_followed(tmp_path: Path) -> None:
    text = "arms:\n  - &base {name: a, lr: 1}\n  - {<<: *base, name: b}\n"
    assert specfile.read(write(tmp_path, text)) == {"arms": [{"name": "a", "lr": 1}, {"name": "b", "lr": 1}]}


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "width"}')))
    assert specfile.read("-") == {"name": "width"}


@pytest.mark.parametrize(
    ("name", "text", "line", "column", "kind"),
    [
        ("study.json", '{"name": "width",\n "seeds": }', 2, 11, "JSON"),
        ("study.yaml", "name: width\narms: [a, b\nseeds: 3\n", 3, 6, "YAML"),
        ("study.yaml", "name: 'width\n", 2, 1, "YAML"),
        ("study.yaml", "a: b: c\n", 1, 5, "YAML"),
    ],
)
def test_a_malformed_file_has_its_line_and_column(
    tmp_path: Path, name: str, text: str, line: int, column: int, kind: str
) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(InvalidInput) as raised:
        specfile.read(path)
    assert raised.value.field == f"{path}, line {line}, column {column}"
    assert raised.value.expected == f"well-formed {kind}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"name: \xff\xfe", "UTF-8"),
        (b"- a\n- b\n", "a mapping"),
        (b"just text", "a mapping"),
        (b"name: 2026-11-23\n", "dates in quotes"),
        (b"smallest_difference: .nan\n", "a finite number"),
        (b"1: x\n", "a key that is text"),
        (b"{" * 5000, "well-formed JSON"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "not nested"),
        (b"? " * 5000, "YAML"),
        (b"a: !!python/object:os.system {}\n", "YAML"),
        (b"a: &a [x, x]\nb: &b [" + b"*a, " * 999 + b"*a]\nc: [" + b"*b, " * 999 + b"*b]\n", "YAML"),
        (b"a: &a [*a]\n", "YAML"),
    ],
)
def test_what_is_no_specification_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        specfile.read(write(tmp_path, text))
    assert message in raised.value.expected


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("study.yaml", "name: width\nseeds: 3\narms:\n  - {name: a}\nseeds: 5\n", ", line 5"),
        ("study.yaml", "arms:\n  - name: a\n    seeds: 3\n    seeds: 3\n", ", line 4"),
        ("study.json", '{"arms": [{"seeds": 3, "seeds": 4}]}', ""),
    ],
)
def test_a_key_given_twice_is_refused_with_its_place(tmp_path: Path, name: str, text: str, place: str) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(InvalidInput) as raised:
        specfile.read(path)
    assert (raised.value.field, raised.value.value) == (f"{path}{place}", "seeds")
    assert "given twice" in raised.value.expected


def test_merged_keys_of_yaml_may_be_given_anew(tmp_path: Path) -> None:
    given = specfile.read(write(tmp_path, "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: *b, y: 4}\n"))
    assert given["c"] == {"x": 3, "y": 4}


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        specfile.read(str(tmp_path / "nowhere.yaml"))
    with pytest.raises(InvalidInput, match="FILE"):
        specfile.read(str(tmp_path))
