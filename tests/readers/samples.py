"""The same two arms over eight seeds, as many programs would write them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Arms = Mapping[str, Mapping[int, float | None]]

BASE = (0.912, 0.921, 0.917, 0.909, 0.915, 0.911, 0.918, 0.913)
WIDE = (0.923, 0.929, 0.921, 0.918, 0.927, 0.922, 0.925, 0.92)
ARMS: Arms = {"base": dict(enumerate(BASE)), "wide": dict(enumerate(WIDE))}


def rows_of(arms: Arms) -> list[dict[str, Any]]:
    """Return one record a run, arms interleaved by seed."""
    seeds = dict.fromkeys(seed for values in arms.values() for seed in values)
    return [
        {"seed": seed, "arm": arm, "acc": values[seed]}
        for seed in seeds
        for arm, values in arms.items()
        if seed in values
    ]


def as_csv(rows: Sequence[Mapping[str, Any]], **dialect: Any) -> str:
    """Return records as delimited text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator=dialect.pop("lineterminator", "\n"), **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def with_commas(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the records with decimal commas, as a German spreadsheet writes them."""
    return [{key: str(cell).replace(".", ",") if isinstance(cell, float) else cell for key, cell in row.items()}
            for row in rows]  # fmt: skip


def as_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return records as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), sink)
    return bytes(sink.getvalue())


def as_workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return records as an Excel workbook whose first sheet is empty."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("runs")
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def wide_by_arm(arms: Arms) -> list[dict[str, Any]]:
    """Return one record a seed, with a column an arm."""
    seeds = next(iter(arms.values()))
    return [{"seed": seed} | {arm: values[seed] for arm, values in arms.items()} for seed in seeds]


def wide_by_seed(arms: Arms) -> list[dict[str, Any]]:
    """Return one record an arm, with a column a seed."""
    return [{"model": arm} | {str(seed): value for seed, value in values.items()} for arm, values in arms.items()]


FORMATS: dict[str, Callable[[Arms], bytes]] = {
    "comma.csv": lambda arms: as_csv(rows_of(arms)).encode(),
    "semicolon.csv": lambda arms: as_csv(rows_of(arms), delimiter=";").encode(),
    "german.csv": lambda arms: ("\ufeff" + as_csv(with_commas(rows_of(arms)), delimiter=";")).encode(),
    "tabs.tsv": lambda arms: as_csv(rows_of(arms), delimiter="\t").encode(),
    "bars.txt": lambda arms: as_csv(rows_of(arms), delimiter="|").encode(),
    "mac.csv": lambda arms: as_csv(rows_of(arms), lineterminator="\r").encode(),
    "windows.txt": lambda arms: as_csv(rows_of(arms), delimiter="\t", lineterminator="\r\n").encode("utf-16"),
    "stated.csv": lambda arms: ("sep=;\r\n" + as_csv(rows_of(arms), delimiter=";")).encode(),
    "packed.csv.gz": lambda arms: gzip.compress(as_csv(rows_of(arms)).encode()),
    "records.json": lambda arms: json.dumps(rows_of(arms)).encode(),
    "lines.jsonl": lambda arms: "\n".join(map(json.dumps, rows_of(arms))).encode(),
    "arms.json": lambda arms: json.dumps(arms).encode(),
    "nested.json": lambda arms: json.dumps(
        [
            {"config": {"seed": row["seed"], "model": row["arm"]}, "summary": {"acc": row["acc"]}}
            for row in rows_of(arms)
        ]
    ).encode(),
    "columns.json": lambda arms: json.dumps(
        {key: [row[key] for row in rows_of(arms)] for key in ("seed", "arm", "acc")}
    ).encode(),
    "table.parquet": lambda arms: as_parquet(rows_of(arms)),
    "book.xlsx": lambda arms: as_workbook(rows_of(arms)),
    "wide_arms.csv": lambda arms: as_csv(wide_by_arm(arms)).encode(),
    "wide_seeds.csv": lambda arms: as_csv(wide_by_seed(arms)).encode(),
    "long.csv": lambda arms: as_csv(
        [{"arm": row["arm"], "seed": row["seed"], "metric": "acc", "value": row["acc"]} for row in rows_of(arms)]
    ).encode(),
    "epochs.csv": lambda arms: as_csv(
        [
            {"arm": row["arm"], "seed": row["seed"], "epoch": epoch, "acc": row["acc"] if epoch == 2 else 0.5}
            for row in rows_of(arms)
            for epoch in (1, 2)
        ]
    ).encode(),
}
"""The same numbers in each format."""
