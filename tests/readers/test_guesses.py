"""Guesses that a person would make too, shown in one line; what is not safe to guess is asked for."""

from __future__ import annotations

import json
import math
from pathlib import Path

import openpyxl
import pytest

from seedspread.errors import InvalidInput
from seedspread.readers import Options, read_groups
from seedspread.readers.reading import Group
from tests.readers.samples import BASE, WIDE

SEEDS = range(8)


def table(head: str, line: str) -> str:
    """Return a table with a line for each arm and seed: {arm}, {seed}, {acc}, {state}, {lr}, {hour}."""
    lines = [head]
    for seed in SEEDS:
        for arm, values, lr in (("base", BASE, 0.001), ("wide", WIDE, 0.003)):
            lost = arm == "wide" and seed == 3
            lines.append(
                line.format(
                    arm=arm,
                    seed=seed,
                    acc=values[seed],
                    loss=0.3,
                    lr=lr,
                    percent=f"{100 * values[seed]:.1f}%",
                    state="LOST" if lost else "GOOD",
                    run=f"{arm}-{seed}",
                )
            )
    return "\n".join(lines) + "\n"


def sizes(values: dict[str, Group]) -> dict[str, tuple[str, int]]:
    """Return the kind and length of each group."""
    return {name: ("seeds" if isinstance(group, dict) else "list", len(group)) for name, group in values.items()}


def states(good: str, bad: str, column: str = "state") -> str:
    """Return a table with a column of states."""
    return table(f"run,arm,seed,{column},val_acc", "{run},{arm},{seed},{state},{acc}").replace("GOOD", good).replace(
        "LOST", bad
    )  # fmt: skip


BOTH = {"base": ("seeds", 8), "wide": ("seeds", 8)}
ONE_LOST = {"base": ("seeds", 8), "wide": ("seeds", 7)}
GUESSED = {
    "a tracker's seed": (
        table("params.seed,arm,acc", "{seed},{arm},{acc}"),
        BOTH,
        "16 runs; arms by arm (base, wide); seeds from params.seed; metric acc",
    ),
    "another word for the seed": (
        table("Random State,method,f1", "{seed},{arm},{acc}"),
        BOTH,
        "16 runs; arms by method (base, wide); seeds from Random State; metric f1",
    ),
    "seeds as decimals": (table("seed,arm,acc", "{seed}.0,{arm},{acc}"), BOTH, "seeds from seed"),
    "seeds in words": (table("seed,arm,acc", "seed_{seed},{arm},{acc}"), BOTH, "seeds from seed"),
    "runs of MLflow": (
        table(
            "run_id,experiment_id,status,metrics.val_acc,params.seed,params.model,tags.mlflow.runName",
            "x{run},1,{state},{acc},{seed},{arm},run-{seed}",
        )
        .replace("GOOD", "FINISHED")
        .replace("LOST", "FAILED"),
        ONE_LOST,
        "arms by params.model (base, wide); seeds from params.seed; metric metrics.val_acc; states from status",
    ),
    "runs of W&B": (
        table(
            '"Name","State","Notes","User","Created","Runtime","lr","optimizer","seed","val/acc","val/loss"',
            '"{run}","{state}","-","u","2024-01-0{seed}T00:00","10{seed}","{lr}","adam","{seed}","{acc}","{loss}"',
        )
        .replace("GOOD", "finished")
        .replace("LOST", "crashed"),
        {"lr=0.001": ("seeds", 8), "lr=0.003": ("seeds", 7)},
        "arms by lr (lr=0.001, lr=0.003); seeds from seed; metric val/acc, not val/loss; states from State",
    ),
    "trials of Optuna": (
        table(
            ",number,value,datetime_start,duration,params_model,params_seed,state",
            "{seed},{seed},{acc},2024-01-01 00:0{seed}:00,0 days 00:01:00,{arm},{seed},{state}",
        )
        .replace("GOOD", "COMPLETE")
        .replace("LOST", "PRUNED"),
        ONE_LOST,
        "arms by params_model (base, wide); seeds from params_seed; metric value; states from state",
    ),
    "two parameters": (
        table("seed,model,params.lr,acc", "{seed},{arm},{lr},{acc}"),
        BOTH,
        "arms by model (base, wide)",
    ),
    "percentages": (
        table("model,accuracy", "{arm},{percent}"),
        {"base": ("list", 8), "wide": ("list", 8)},
        "no seeds; metric accuracy; percentages in accuracy read as shares",
    ),
    "names of runs": (
        table("name,acc", "{run},{acc}"),
        BOTH,
        "arms by arm (base, wide); seeds from seed; metric acc; run names in name",
    ),
    "pairs in names": (
        table("name,acc", "lr={lr};seed={seed},{acc}"),
        {"lr=0.001": ("seeds", 8), "lr=0.003": ("seeds", 8)},
        "seeds from seed; metric acc; run names in name",
    ),
    "a path that holds the seed": (
        table("params.seed,params.model,params.out,acc", "{seed},{arm},out/{seed},{acc}"),
        BOTH,
        "arms by params.model (base, wide)",
    ),
    "trailing commas and an index": (
        "".join(f"{line},\n" for line in table(",seed,arm,acc", "{seed},{seed},{arm},{acc}").splitlines()),
        BOTH,
        "seeds from seed",
    ),
    "comments": ("# made by a tool; v2\n" + table("seed,arm,acc", "{seed},{arm},{acc}"), BOTH, "1 comment line"),
    "a header in a comment": (table("# seed,arm,acc", "{seed},{arm},{acc}"), BOTH, "seeds from seed"),
    "a semicolon in the header": (table("seed,arm,acc,notes (a; b)", "{seed},{arm},{acc},x"), BOTH, "metric acc"),
    "spaces": (table("seed arm acc", "{seed} {arm} {acc}"), BOTH, "cells separated by spaces"),
    "names in other scripts": (
        table("seed,arm,acc", "{seed},{arm},{acc}").replace("base", "基线 🚀").replace("wide", '"Δ, ""x"""'),
        {"基线 🚀": ("seeds", 8), 'Δ, "x"': ("seeds", 8)},
        'arms by arm (基线 🚀, Δ, "x")',
    ),
    "a column per arm called by its metric": (
        "seed,base_acc,wide_acc\n" + "".join(f"{seed},{BASE[seed]},{WIDE[seed]}\n" for seed in SEEDS),
        {"base_acc": ("seeds", 8), "wide_acc": ("seeds", 8)},
        "one column per arm",
    ),
    "a column per seed called by its metric": (
        "model,acc_seed0,acc_seed1,acc_seed2\nbase,0.9,0.91,0.92\nwide,0.93,0.94,0.95\n",
        {"base": ("seeds", 3), "wide": ("seeds", 3)},
        "seeds from seed; metric acc; one column per seed",
    ),
    "a chart of W&B": (
        '"Step","base-0 - acc","base-0 - acc__MIN","base-1 - acc","w-0 - acc","w-1 - acc"\n0,1,1,2,3,4\n1,2,2,3,4,5\n',
        {"base": ("seeds", 2), "w": ("seeds", 2)},
        "metric acc (the last value of each series); run names in name",
    ),
    "one run's log": (
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1.0,0.5,1.0\n1,0.6,0.9,0.55,0.95\n",
        {"log": ("list", 1)},
        "metric val_accuracy (the last value of each series), not accuracy, loss, val_loss; one row per epoch",
    ),
}


def write(path: Path, text: str) -> str:
    """Write a file; return its name."""
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("kind", GUESSED)
def test_a_table_is_understood_and_said_so(kind: str, tmp_path: Path) -> None:
    text, expected, line = GUESSED[kind]
    reading = read_groups([write(tmp_path / "log.csv", text)])
    assert sizes(reading.values) == expected
    assert line in reading.guesses[0]


@pytest.mark.parametrize(
    ("good", "bad", "column", "failures", "cancelled"),
    [
        ("finished", "crashed", "state", 1, 0),
        ("finished", "failed", "State", 1, 0),
        ("FINISHED", "FAILED", "status", 1, 0),
        ("COMPLETE", "PRUNED", "trial_state", 0, 1),
        ("TrialState.COMPLETE", "TrialState.FAIL", "state", 1, 0),
        ("success", "killed", "params.status", 0, 1),
        ("done", "Out Of Memory", "run_status", 1, 0),
        ("finished", "abducted", "state", 1, 0),
    ],
)
def test_states_count_alike_in_all_arms(
    good: str, bad: str, column: str, failures: int, cancelled: int, tmp_path: Path
) -> None:
    reading = read_groups([write(tmp_path / "runs.csv", states(good, bad, column))])
    assert sizes(reading.values) == ONE_LOST
    left_out = reading.left_out()
    assert (left_out["wide"].failures, left_out["wide"].cancelled) == (failures, cancelled)
    assert left_out["base"].failures == 0
    assert f"ignored in wide: 1 {bad.casefold()}" in reading.lines()[-1]
    assert ("unknown state" in reading.lines()[-1]) is (bad == "abducted")


def test_states_can_be_ignored_or_named(tmp_path: Path) -> None:
    file = write(tmp_path / "runs.csv", states("finished", "failed"))
    assert sizes(read_groups([file], Options(state_column="none")).values) == BOTH
    other = write(tmp_path / "other.csv", states("finished", "failed", "ending"))
    assert sizes(read_groups([other], Options(state_column="ending", by=("arm",))).values) == ONE_LOST


REFUSED = {
    "a seed twice": ("seed,arm,acc\n0,a,1\n1,a,2\n0,a,3\n0,b,1\n1,b,1\n", "rows 2 and 4: 'seed 0 of a'"),
    "two kinds of seeds": ("seed,params.seed,acc\n0,1,0.1\n1,2,0.2\n", "--seed-column is missing"),
    "two metrics alike": (
        "seed,arm,val_acc,test_acc\n0,a,0.1,0.2\n1,a,0.2,0.3\n0,b,0.3,0.4\n1,b,0.2,0.1\n",
        "--column",
    ),
    "a seed that is none": ("seed,arm,acc\none,a,1\ntwo,a,2\n", "a whole number in the column seed"),
    "a seed that is missing": ("seed,arm,acc\n0,a,1\n,a,2\n0,b,2\n1,b,2\n", "the seed is missing"),
    "a seed of 65 bits": (f"seed,arm,acc\n{2**65},a,1\n1,a,2\n", "at most 63 bits"),
    "runs that all differ": (
        "params.lr,params.wd,acc\n0.1,1,0.5\n0.2,2,0.6\n0.3,3,0.7\n0.4,4,0.8\n",
        "--by is missing",
    ),
    "thousands or decimals": ("seed;arm;return\n0;a;1,234\n1;a;2,345\n0;b;3,456\n1;b;4,567\n", "in one way only"),
    "a row too short": ("seed,arm,acc\n0,a\n", "row 2: ['0', 'a'] is not usable; expected 3 cells"),
    "a column twice": ("seed,acc,acc\n0,1,2\n", "'acc' is there twice"),
    "words for numbers": ("seed,arm,acc\n0,a,good\n1,a,bad\n", "holds"),
    "unknown states only beside bad ones": ("seed,state,acc\n0,fine,1\n1,failed,2\n2,fine,3\n", "fine"),
    "nothing": ("\n \n", "this is empty"),
    "half of a JSON document": ('[{"seed": 0, "acc": 0.9}, {"seed"', "line 1"),
    "JSON of something else": ('{"a": {"b": {"c": "d"}}}', "numbers"),
    "an object among numbers": ("[1, 2, {}]", "a number"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_safe_to_guess_is_asked_for(kind: str, tmp_path: Path) -> None:
    text, message = REFUSED[kind]
    with pytest.raises(InvalidInput) as caught:
        read_groups([write(tmp_path / "runs.csv", text)])
    assert message in str(caught.value)


def test_a_seed_twice_is_counted_once_on_request(tmp_path: Path) -> None:
    file = write(tmp_path / "runs.csv", REFUSED["a seed twice"][0])
    assert read_groups([file], Options(duplicates="first")).values["a"] == {0: 1.0, 1: 2.0}
    averaged = read_groups([file], Options(duplicates="mean"))
    assert averaged.values["a"] == {0: 2.0, 1: 2.0}
    assert "1 repeated seed of a (2 rows): mean used" in averaged.lines()[0]


def test_whatever_is_guessed_can_be_stated(tmp_path: Path) -> None:
    text = table("seed,other,model,lr,acc,loss", "{seed},1{seed},{arm},{lr},{acc},{loss}{seed}")
    file = write(tmp_path / "runs.csv", text)
    choices = Options(column="loss", by=("lr", "model"), seed_column="other", baseline="lr=0.003, wide")
    reading = read_groups([file], choices)
    assert list(reading.values) == ["lr=0.003, wide", "lr=0.001, base"]
    assert list(reading.values["lr=0.001, base"]) == list(range(10, 18))
    assert sizes(read_groups([file], Options(seed_column="none")).values) == {"base": ("list", 8), "wide": ("list", 8)}
    for wrong in (Options(column="x"), Options(by=("x",)), Options(seed_column="x"), Options(baseline="x")):
        with pytest.raises(InvalidInput):
            read_groups([file], wrong)


def test_series_give_their_last_or_best_value(tmp_path: Path) -> None:
    lines = ["arm,seed,epoch,val_acc"]
    for seed, arm in ((0, "a"), (1, "a"), (0, "b"), (1, "b")):
        lines += [f"{arm},{seed},{epoch},{0.5 + 0.1 * epoch - (0.3 if epoch == 3 else 0)!r}" for epoch in (3, 1, 2)]
    file = write(tmp_path / "runs.csv", "\n".join(lines))
    last, best = read_groups([file]), read_groups([file], Options(summary="best", maximize=True))
    assert last.values["a"] == {0: 0.5 + 0.1 * 3 - 0.3, 1: 0.5 + 0.1 * 3 - 0.3}
    assert best.values["a"] == {0: 0.7, 1: 0.7}
    assert "the best value of each series" in best.guesses[0]
    with pytest.raises(InvalidInput, match="--direction is missing"):
        read_groups([file], Options(summary="best"))
    area = read_groups([file], Options(summary="area"))
    # Epochs 1, 2, 3 at 0.6, 0.7 and 0.5: two trapezoids over a length of two.
    assert dict(area.values)["a"] == pytest.approx({0: 0.625, 1: 0.625})
    assert area.title == "area under the curve of val_acc"
    numbers = write(tmp_path / "numbers.csv", "arm,seed,acc\na,0,0.5\na,1,0.6\nb,0,0.5\nb,1,0.7")
    with pytest.raises(InvalidInput, match=r"acc of .* is one number per run, not a series"):
        read_groups([numbers], Options(summary="area"))


def test_several_files_are_an_arm_each(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{arm}.csv", "seed,acc,loss\n" + "".join(f"{s},{v},0.{s}\n" for s, v in enumerate(values)))
        for arm, values in (("base", BASE), ("wide", WIDE))
    ]
    reading = read_groups(files)
    assert sizes(reading.values) == BOTH
    assert len(reading.guesses) == 2
    assert reading.metric == "acc"


@pytest.mark.parametrize(("raw", "note"), [("größer".encode("cp1252"), "Windows-1252"), ("größer".encode(), "")])
def test_western_text_is_read_and_said_so(raw: bytes, note: str, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_bytes(b"seed;arm;acc\r\n0;" + raw + b";0,5\r\n1;" + raw + b";0,6\r\n0;a;0,7\r\n1;a;0,8\r\n")
    reading = read_groups([str(file)])
    assert list(reading.values) == ["größer", "a"]
    assert (f"read as {note}" in reading.guesses[0]) is bool(note)


def test_cyrillic_text_is_read_by_its_stated_encoding(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_bytes("seed,arm,acc\n0,шире,1.5\n1,шире,2.5\n0,а,1.1\n1,а,1.2\n".encode("cp1251"))
    assert list(read_groups([str(file)], Options(encoding="cp1251")).values) == ["шире", "а"]
    for encoding in ("nonsense", "utf-8"):
        with pytest.raises(InvalidInput):
            read_groups([str(file)], Options(encoding=encoding))


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx", "a.csv.gz", "a.csv", "a.db", "a.json"])
def test_broken_bytes_are_one_clean_error(name: str, tmp_path: Path) -> None:
    start = {"a.parquet": b"PAR1", "a.xlsx": b"PK\x03\x04", "a.csv.gz": b"\x1f\x8b\x08", "a.db": b"SQLite format 3\x00"}
    file = tmp_path / name
    file.write_bytes(start.get(name, b"\x00\x01\x02") + bytes(range(200)))
    with pytest.raises(InvalidInput):
        read_groups([str(file)])


def test_of_several_seeds_the_finest_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    rows = [(seed // 4, seed, arm) for seed in SEEDS for arm in ("base", "wide")]
    lines = [f"{split},{init},{arm},0.9{init}{len(arm)}" for split, init, arm in rows]
    file = write(tmp_path / "runs.csv", "\n".join(["split_seed,init_seed,arm,acc", *lines]))
    reading = read_groups([file])
    assert sizes(reading.values) == BOTH
    assert "seeds from init_seed" in reading.guesses[0]
    assert reading.guesses[0].endswith("use --seed-column to take seeds from split_seed instead")
    crossed = [f"{split},{init},{arm},0.9" for split in (0, 1) for init in (0, 1, 2) for arm in ("base", "wide")]
    file = write(tmp_path / "crossed.csv", "\n".join(["split_seed,init_seed,arm,acc", *crossed]))
    with pytest.raises(InvalidInput, match="split_seed, init_seed, or none"):
        read_groups([file])


LONG = [(seed, arm, values[seed]) for seed in SEEDS for arm, values in (("base", BASE), ("wide", WIDE))]
PAIRED: dict[str, Group] = {
    "base": dict(enumerate(BASE[: len(SEEDS)])),
    "wide": dict(enumerate(WIDE[: len(SEEDS)])),
}


def test_seeds_are_recognised_by_their_words(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("\n".join(["arm,run,acc", *(f"{arm},seed_{seed},{value}" for seed, arm, value in LONG)]))
    assert read_groups([str(file)]).values == PAIRED


def test_grouped_thousands_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "rewards.csv"
    lines = (f'{seed},{arm},"{1000 * (seed + 1) + value:,.3f}"' for seed, arm, value in LONG)
    file.write_text("\n".join(["seed,arm,reward", *lines]))
    values = read_groups([str(file)]).values
    assert list(values) == ["base", "wide"]
    assert values["wide"] == {seed: round(1000 * (seed + 1) + WIDE[seed], 3) for seed in SEEDS}


def test_nested_values_of_a_trackers_configuration_make_arms(tmp_path: Path) -> None:
    file = tmp_path / "wandb.json"
    runs = [
        {
            "config": {"seed": {"value": seed}, "model": {"value": {"width": 32 if arm == "base" else 64}}},
            "summary": {"acc": value},
        }
        for seed, arm, value in LONG
    ]
    file.write_text(json.dumps(runs))
    assert list(read_groups([str(file)]).values.values()) == list(PAIRED.values())


def test_a_half_written_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    lines = [json.dumps({"seed": seed, "arm": arm, "acc": value}) for seed, arm, value in LONG]
    file.write_text("\n".join([*lines, '{"seed": 9, "ar']))
    reading = read_groups([str(file)])
    assert reading.values == PAIRED
    assert any("last line (incomplete) skipped" in line for line in reading.lines())
    lines[3] = lines[3][:-4]
    file.write_text("\n".join(lines))
    with pytest.raises(InvalidInput, match="line 4"):
        read_groups([str(file)])


def test_a_title_above_a_sheet_is_no_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Results of May"])
    sheet.merge_cells("A1:C1")
    for row in (("seed", "arm", "acc"), *LONG):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    assert read_groups([str(tmp_path / "book.xlsx")]).values == PAIRED


@pytest.mark.parametrize(
    ("cells", "values", "note"),
    [
        (
            ("91.2", "92.1 %", "91.8"),
            [0.912, 0.921, 0.918],
            "2 numbers in acc without a percent sign",
        ),
        (("91.2%", "92.1", "nan"), [0.912, 0.921], "1 number in acc without a percent sign"),
        (("0.912", "92.1%", "0"), [0.912, 0.921, 0.0], ""),
        (("1", "92.1%", "0.918"), [1.0, 0.921, 0.918], ""),
    ],
)
def test_a_missing_percent_sign_changes_no_scale(
    tmp_path: Path, cells: tuple[str, ...], values: list[float], note: str
) -> None:
    file = tmp_path / "acc.csv"
    file.write_text("arm,seed,acc\n" + "".join(f"A,{seed},{cell}\n" for seed, cell in enumerate(cells)))
    reading = read_groups([str(file)], Options())
    (group,) = reading.values.values()
    read = group.values() if isinstance(group, dict) else group
    assert [value for value in read if value is not None and not math.isnan(value)] == values
    assert note in " ".join(reading.lines())
    assert bool(note) == ("without a percent sign" in " ".join(reading.lines()))


def test_shares_and_percentages_without_their_sign_are_not_mixed(tmp_path: Path) -> None:
    file = tmp_path / "acc.csv"
    file.write_text("arm,seed,acc\nA,1,0.912\nA,2,92.1%\nB,1,91.8\n")
    with pytest.raises(InvalidInput, match=r"acc: '91.8' is not usable; expected a percent sign on every percentage"):
        read_groups([str(file)], Options())
