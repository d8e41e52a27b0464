from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from pyarrow import BufferReader

from seedspread.context import Context
from seedspread.core.study import ArmSpec
from seedspread.errors import InvalidInput, NotFound
from seedspread.observe.export import export_data
from seedspread.report.build import render
from seedspread.storage.database import Database
from seedspread.studies.change import cancel_study
from seedspread.words import stretches
from tests.builders import run_ids, store
from tests.support.studies import context_of, exclude, measured_study

DRAWN = random.Random(3)
SHARED = [DRAWN.gauss(0, 0.004) for _ in range(12)]
BASE = [0.94 + shift for shift in SHARED]
WIDE = [0.95 + shift + DRAWN.gauss(0, 0.001) for shift in SHARED]
NASTY = "50 % & <b>wide</b> \\_{x} | #1"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def reported_study(database: Database) -> int:
    specs = (ArmSpec(name="base"), ArmSpec(name=NASTY, parameters={"hidden": 16}))
    arms: dict[str, list[float | None]] = {"base": [*BASE], NASTY: [*WIDE[:-1], None]}
    study_id = measured_study(database, arms, specs=specs, smallest_difference=0.001, name="Does width help?")
    exclude(database, run_ids(database, study_id)[6], "read the wrong file")
    return study_id


def test_the_html_report_stands_alone_and_says_all_that_matters(context: Context, database: Database) -> None:
    page = render(context, reported_study(database))
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(", page)
    assert "<b>wide</b>" not in page
    assert page.count("<svg") >= 4
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)
    assert "read the wrong file" in page
    assert "beats base" in page
    assert "within 0.1 points of 0" in page
    assert datetime.now(UTC).strftime("%Y-%m-%d") in page


def test_every_colour_of_the_drawings_follows_the_readers_theme(context: Context, database: Database) -> None:
    page = render(context, reported_study(database))
    style, body = page.split("</style>", 1)
    paints = set(re.findall(r'(?:fill|stroke)="(?:#|rgba)[^"]*"', body))
    assert len(paints) > 8
    assert {paint for paint in paints if f"[{paint}]" not in style} == set()
    assert (
        'figure svg [fill="rgba(0,90,156,0.22)"] { fill: color-mix(in srgb, var(--arm0) 22%, transparent); }' in style
    )
    dark = re.findall(r"@media screen(?: and \(prefers-color-scheme: dark\))? \{ :root.*?--ground: (#\w+);", style)
    assert dark == ["#0f1115", "#0f1115"]
    assert re.findall(r'data-figure="([\w-]+)"', body)[:3] == ["curves", "distribution", "differences"]


def test_the_methods_name_what_varied_n_seeds_tests_and_exclusions(context: Context, database: Database) -> None:
    text = render(context, reported_study(database), "markdown")
    for told in (
        "with seeds 0–11 (n = 11 runs with a finite value per arm)",
        "Varied with the seed: split, init.",
        "paired t intervals over shared seeds at the 95% level",
        "a sign-flip test that rejects at the same level",
        "“equivalent” requires a CI within 0.1 points of 0",
        "seed 3 excluded by hand (read the wrong file)",
        "1 failed",
    ):
        assert told in text.replace("\\", ""), told


def test_markdown_tables_survive_what_people_name_their_arms(context: Context, database: Database) -> None:
    text = render(context, reported_study(database), "markdown")
    row = next(line for line in text.splitlines() if "wide" in line and line.startswith("| 50"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 7


@pytest.mark.parametrize("form", ["html", "markdown", "latex"])
def test_the_verdict_column_names_the_winner(context: Context, database: Database, form: str) -> None:
    study_id = measured_study(database, {"base": WIDE, "other": BASE})
    assert "base better" in render(context, study_id, form)


def test_a_cancelled_study_says_so_everywhere(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE[:4], "wide": WIDE[:3]}, number_of_seeds=12)
    cancel_study(context, study_id)
    text = render(context, study_id, "markdown").replace("\\", "")
    for told in (
        "17 of 24 runs were cancelled.",
        "9 of 12 runs of wide left out: 9 cancelled.",
        "with seeds 0–3 (n = 3 to 4 runs",
        "Left out of base: 8 cancelled.",
        "| 8 cancelled |",
    ):
        assert told in text, told
    for untold in ("Fisher", "did not report", "No run was left out", "have not ended"):
        assert untold not in text, untold


def test_latex_is_escaped_and_balanced(context: Context, database: Database) -> None:
    text = render(context, reported_study(database), "latex")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    assert r"50 \% \& \textless{}b\textgreater{}wide" in body
    assert body.count(r"\begin{table}") == body.count(r"\end{table}") == 2
    plain = re.sub(r"\\[{}]", "", body)
    assert plain.count("{") == plain.count("}")
    assert not re.search(r"(?<!\\)[#_&%](?!.*\\\\)", re.sub(r" & ", " ", body))


@pytest.mark.parametrize("form", ["html", "markdown", "latex"])
@pytest.mark.parametrize("arms", [{"base": BASE}, {"base": [], "wide": []}, {"base": [0.5], "wide": [0.5, 0.5]}])
def test_poor_studies_have_reports_too(
    context: Context, database: Database, form: str, arms: dict[str, list[float | None]]
) -> None:
    study_id = measured_study(database, arms, number_of_seeds=12)
    text = render(context, study_id, form)
    assert "nan" not in text.lower().replace("nothing", "").replace("finance", "")
    assert "None" not in text


def test_data_are_exact_in_every_format(context: Context, database: Database) -> None:
    study_id = reported_study(database)
    rows = list(csv.DictReader(io.StringIO(export_data(context, study_id).decode())))
    assert len(rows) == 24
    values = {(row["arm"], int(row["seed"])): row["accuracy.last"] for row in rows}
    assert float(values["base", 5]) == BASE[5]
    assert values[NASTY, 10] == repr(WIDE[10])
    assert [(row["arm"], row["seed"]) for row in rows if row["state"] == "failed"] == [(NASTY, "11")]
    assert next(row["excluded_reason"] for row in rows if row["excluded_reason"]) == "read the wrong file"
    plain = json.loads(export_data(context, study_id, "json"))
    assert plain[10]["accuracy.last"] == BASE[5]
    table = pq.read_table(BufferReader(export_data(context, study_id, "parquet")))
    assert table.column("accuracy.last").to_pylist()[10] == BASE[5]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)"])
def test_no_cell_of_a_csv_is_a_formula(context: Context, database: Database, name: str) -> None:
    study_id = measured_study(database, {"base": [-0.5, 0.5], name: [0.5, 0.6]})
    exclude(database, run_ids(database, study_id)[0], "=cmd|' /C calc'!A0")
    for what in ("runs", "series"):
        rows = list(csv.reader(io.StringIO(export_data(context, study_id, "csv", what).decode())))
        cells = [cell for row in rows for cell in row]
        assert f"'{name}" in cells
        for cell in cells:
            assert cell[:1] not in ("=", "+", "@")
            assert cell[:1] != "-" or float(cell) < 0


def test_series_are_rows_of_points(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": [0.5, float("nan")]})
    plain = json.loads(export_data(context, study_id, "json", "series"))
    points = [(row["seed"], row["step"], row["value"]) for row in plain if row["metric"] == "accuracy"]
    assert points == [(0, 1, 0.25), (0, 2, 0.5), (1, 1, "NaN"), (1, 2, "NaN")]
    assert b"nan" in export_data(context, study_id, "csv", "series")
    empty = store(database)
    assert pq.read_table(BufferReader(export_data(context, empty, "parquet", "series"))).num_rows == 0


def test_what_is_not_there_is_named(context: Context, database: Database) -> None:
    with pytest.raises(NotFound):
        render(context, 99)
    with pytest.raises(InvalidInput, match="html, markdown, latex"):
        render(context, store(database), "pdf")
    with pytest.raises(InvalidInput, match="csv, json, parquet"):
        export_data(context, 1, "xlsx")


def test_seeds_are_told_in_stretches() -> None:
    assert stretches([3, 0, 1, 2, 9]) == "0–3, 9"
    assert stretches([7]) == "7"
