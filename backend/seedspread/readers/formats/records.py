"""Read JSON and JSON lines as scripts write them.

Supported are lists, records, arms of numbers, and nested configurations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from seedspread.errors import InvalidInput
from seedspread.readers.formats import sentences, strict_yaml
from seedspread.readers.formats.table import Cell, Row, Series, Table, make_table, written_number
from seedspread.readers.formats.vocabulary import (
    METRIC_PREFIXES,
    PARAMETER_PREFIXES,
    SEED,
    is_metric,
    is_seed,
    is_step,
    tokens,
)

ARM, VALUE = "arm", "value"
_NON_FINITE = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
_DEEPEST = 20  # results are not nested deeper; what is could exhaust the stack
_PAIR = re.compile(r"([A-Za-z_][\w./-]*)\s*[=:]\s*([^\s,;=:]+)")
_PAIRS = re.compile(rf"\s*{_PAIR.pattern}(?:(?:\s*[,;|]\s*|\s+){_PAIR.pattern})+\s*")
_BETWEEN = re.compile(r"[\s,]*")
_SEED_KEY = re.compile(r"\D*\d+")
_SHAPES = "a list of numbers or records, numbers by seed, or numbers by arm"


def read_json(text: str, name: str) -> Table:
    """Read one JSON document.

    Raises:
        InvalidInput: malformed JSON, or a structure that holds no runs.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if (lines := _lines(text, name)) is not None:
            records, torn = lines
            table = records_table(records, name)
            if torn:
                table.notes.append(sentences.INCOMPLETE_LAST_LINE)
            return table
        if (documents := _documents(text)) is not None:
            return records_table(documents, name)
        raise InvalidInput(f"{name}, line {error.lineno}", error.msg, "well-formed JSON") from None
    except RecursionError:
        raise InvalidInput("FILE", name, f"JSON of at most {_DEEPEST} levels") from None
    return _document(document, name)


def looks_like_json(text: str) -> bool:
    """Return True if a text starts like JSON or JSON lines."""
    return text.lstrip()[:1] in ("{", "[")


def read_yaml(text: str, name: str) -> Table:
    """Read one YAML document, shaped like the JSON that scripts write.

    Raises:
        InvalidInput: malformed YAML, or a structure that holds no runs.
    """
    try:
        document = strict_yaml.load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = name if mark is None else f"{name}, line {mark.line + 1}"
        raise InvalidInput(where, str(getattr(error, "problem", error)), "well-formed YAML") from None
    return _document(document, name)


def read_settings(text: str, name: str) -> Row:
    """Read one mapping of settings from JSON or YAML.

    Nested keys are joined: `model.hidden`.

    Raises:
        InvalidInput: malformed text, or no mapping.
    """
    try:
        document = json.loads(text) if name.endswith(".json") else strict_yaml.load(text)
    except (json.JSONDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(name, str(error), "well-formed settings") from None
    if not isinstance(document, dict):
        raise InvalidInput(name, type(document).__name__, "a mapping of settings")
    return _flattened(document, name)


def read_log(text: str, name: str) -> Table | None:
    """Read the lines of a log that hold a run each.

    Examples: `{"seed": 3, "acc": 0.91}`, `arm=wide seed=3 acc=0.91`. The result is None if most lines hold neither.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not any(line.lstrip().startswith("{") or _PAIRS.fullmatch(line) for line in lines[:50]):
        return None
    records = [record for line in lines if (record := _logged(line)) is not None]
    if len(records) < 2 or len(records) * 2 < len(lines):
        return None
    table = records_table(records, name)
    table.notes += sentences.skipped_lines(0, 0, 0, len(lines) - len(records))
    return table


def _logged(line: str) -> dict[str, Any] | None:
    if line.lstrip().startswith("{"):
        try:
            record = json.loads(line)
        except ValueError:
            return None
        return record if isinstance(record, dict) else None
    return dict(_PAIR.findall(line)) if _PAIRS.fullmatch(line) else None


def _documents(text: str) -> list[Any] | None:
    """Return objects that follow each other, each over several lines, or None."""
    decoder, documents = json.JSONDecoder(), []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        try:
            document, end = decoder.raw_decode(text, at)
        except ValueError:
            return None
        documents.append(document)
        between = _BETWEEN.match(text, end)
        at = end if between is None else between.end()
    return documents if all(isinstance(document, dict) for document in documents) else None


def _lines(text: str, name: str) -> tuple[list[Any], bool] | None:
    """Return the records of JSON lines, and if the last is torn.

    The result is None if the text is something else.

    Raises:
        InvalidInput: a broken line among the others.
    """
    lines = [(at, line) for at, line in enumerate(text.splitlines(), start=1) if line.strip()]
    records = []
    for at, line in lines:
        try:
            records.append(json.loads(line))
        except ValueError as error:
            # A script that is killed, or still runs, leaves its last line half-written.
            if at == lines[-1][0] and len(records) > 1 and not text.endswith("\n"):
                return records, True
            if len(records) > 1:
                raise InvalidInput(f"{name}, line {at}", str(error), "one JSON object a line") from None
            return None
    return (records, False) if len(records) > 1 and all(isinstance(record, dict) for record in records) else None


def _document(document: Any, name: str) -> Table:
    if isinstance(document, list):
        if all(isinstance(item, dict) for item in document) and document:
            return records_table(document, name)
        if _is_headed(document):
            return _split({"columns": document[0], "data": document[1:]}, name)
        return _values(document, name)
    if isinstance(document, dict) and document:
        # `log_history` is in the trainer_state.json of Hugging Face's Trainer.
        for key in ("runs", "results", "records", "trials", "data", "rows", "log_history"):
            inner = document.get(key)
            if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
                return records_table(inner, name)
        if {"columns", "data"} <= document.keys():
            return _split(document, name)
        if _is_record(document):
            return records_table([document], name)
        return _keyed(document, name)
    raise InvalidInput("FILE", name, _SHAPES)


def _is_headed(rows: Sequence[Any]) -> bool:
    """Return True for equally long lists below one of names."""
    if len(rows) < 2 or not all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows):
        return False
    return bool(rows[0]) and all(isinstance(cell, str) for cell in rows[0])


def _is_record(document: Mapping[str, Any]) -> bool:
    """Return True if a document is a single run.

    Such a document has a seed or a configuration beside its results.
    """
    groups = [key for key, item in document.items() if isinstance(item, dict)]
    if any(tokens(key)[-1:] and tokens(key)[-1] in PARAMETER_PREFIXES | METRIC_PREFIXES for key in groups):
        return True
    return any(is_seed(key) and not isinstance(item, dict | list) for key, item in document.items())


def _values(items: Sequence[Any], name: str) -> Table:
    labels = [f"item {at + 1}" for at in range(len(items))]
    cells = [[_number(item, f"{name}, {label}")] for item, label in zip(items, labels, strict=True)]
    return make_table(name, [VALUE], cells, labels)


def _split(document: Mapping[str, Any], name: str) -> Table:
    columns, data = document["columns"], document["data"]
    if not isinstance(columns, list) or not isinstance(data, list):
        raise InvalidInput("FILE", name, "lists `columns` and `data`")
    if any(not isinstance(row, list) or len(row) != len(columns) for row in data):
        raise InvalidInput("FILE", name, f"{len(columns)} cells in every row of `data`")
    return records_table([dict(zip(map(str, columns), row, strict=True)) for row in data], name)


def _keyed(document: Mapping[str, Any], name: str) -> Table:
    """Read an object: columns of a table, numbers by seed, or arms."""
    if any(is_seed(key) for key in document) and all(isinstance(item, list | dict) for item in document.values()):
        return _columns(document, name)
    if not any(isinstance(item, dict | list) for item in document.values()):
        if not all(map(_SEED_KEY.fullmatch, document)) and any(map(is_metric, document)):
            return records_table([document], name)
        rows: list[list[Cell]] = [[seed, _number(item, f"{name}, {seed}")] for seed, item in document.items()]
        return make_table(name, [SEED, VALUE], rows, [f"seed {seed}" for seed in document])
    records: list[dict[str, Any]] = []
    if all(isinstance(item, dict) and not any(map(_SEED_KEY.fullmatch, item)) for item in document.values()):
        scalars = [cell for item in document.values() for cell in item.values() if not isinstance(cell, list)]
        if scalars:
            return records_table([{"name": run} | item for run, item in document.items()], name)
    for arm, item in document.items():
        if isinstance(item, list):
            records += [_of_arm(arm, None, value) for value in item]
        elif isinstance(item, dict) and all(isinstance(part, list) for part in item.values()) and item:
            records += _parallel(arm, item, name)
        elif isinstance(item, dict):
            records += [_of_arm(arm, seed, value) for seed, value in item.items()]
        else:
            raise InvalidInput(f"{name}, {arm}", item, "a list of numbers, or numbers by seed, as the other arms have")
    return records_table(records, name)


def _of_arm(arm: str, seed: str | None, value: Any) -> dict[str, Any]:
    under = {ARM: arm} if seed is None else {ARM: arm, SEED: seed}
    return under | value if isinstance(value, dict) else under | {VALUE: value}


def _parallel(arm: str, item: Mapping[str, list[Any]], name: str) -> list[dict[str, Any]]:
    """Return the runs of an arm written as `{"acc": [...], "seed": [...]}`."""
    lengths = {len(values) for values in item.values()}
    if len(lengths) > 1:
        raise InvalidInput(f"{name}, {arm}", sorted(lengths), "lists of one length")
    return [{ARM: arm} | {key: values[at] for key, values in item.items()} for at in range(lengths.pop())]


def _columns(document: Mapping[str, Any], name: str) -> Table:
    """Read columns of equal length.

    Columns are lists, or pandas's mappings of row to value.
    """
    listed = {column: list(cells.values()) if isinstance(cells, dict) else cells for column, cells in document.items()}
    lengths = {column: len(cells) for column, cells in listed.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInput("FILE", name, f"columns of one length; they have {lengths}")
    count = next(iter(lengths.values()))
    return records_table([{column: cells[at] for column, cells in listed.items()} for at in range(count)], name)


def records_table(records: Sequence[Any], name: str) -> Table:
    """Build a table from records.

    Nested objects become columns such as `config.lr`, and lists of numbers become series.

    Raises:
        InvalidInput: an item that is not a record, or is nested too deeply.
    """
    flat: list[Row] = []
    for at, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise InvalidInput(f"{name}, item {at}", record, "an object, as the others are")
        flat.append(_flattened(record, f"{name}, item {at}"))
    columns = list(dict.fromkeys(column for row in flat for column in row))
    rows = [[row.get(column) for column in columns] for row in flat]
    table = make_table(name, columns, rows, [f"item {at + 1}" for at in range(len(flat))])
    for column in columns:
        first = tokens(column)[:1]
        if "." in column and first and first[0] in METRIC_PREFIXES and not is_step(column):
            table.metrics.add(column)
        elif "." in column and first and first[0] in PARAMETER_PREFIXES:
            table.parameters.add(column)
    return table


def _flattened(record: Mapping[str, Any], where: str, prefix: str = "", depth: int = 0) -> Row:
    if depth > _DEEPEST:
        raise InvalidInput(where, prefix, f"at most {_DEEPEST} levels")
    row: Row = {}
    for key, item in record.items():
        column = f"{prefix}{key}"
        if isinstance(item, dict):
            # W&B writes {"lr": {"value": 0.1, "desc": null}} in its config.yaml and config.json.
            if "value" in item and item.keys() <= {"value", "desc"}:
                inner = item["value"]
                if isinstance(inner, dict):
                    row |= _flattened(inner, where, f"{column}.", depth + 1)
                else:
                    row[column] = _cell(inner, where)
            else:
                row |= _flattened(item, where, f"{column}.", depth + 1)
        else:
            row[column] = _cell(item, where)
    return row


def _cell(item: Any, where: str) -> Cell:
    if isinstance(item, list):
        if item and all(isinstance(value, int | float) and not isinstance(value, bool) for value in item):
            return Series(tuple(range(len(item))), tuple(float(value) for value in item))
        return json.dumps(item)
    if isinstance(item, str):
        return _NON_FINITE.get(item, item)
    if isinstance(item, bool) or item is None or isinstance(item, int | float):
        return item
    raise InvalidInput(where, item, "a number, a word or nothing")


def _number(item: Any, where: str) -> Cell:
    cell = _cell(item, where)
    if isinstance(cell, str):
        bare = cell.strip()
        if bare and written_number(bare) is None and bare.lower() not in ("null", "none", "na"):
            raise InvalidInput(where, item, "a number, or null for a run without a result")
    return cell
