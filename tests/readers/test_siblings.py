"""Tables as papers, consoles, spreadsheets, scripts and careless copying leave them, all of the same sixteen runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedspread.errors import InvalidInput
from seedspread.readers import Options, read_groups
from seedspread.readers.reading import Group
from tests.readers.samples import ARMS, BASE, WIDE

SEEDS = range(8)
RUNS = [(seed, arm, values[seed]) for seed in SEEDS for arm, values in (("base", BASE), ("wide", WIDE))]
COMMA = "seed,arm,acc"
GUESSED = Options()


def lines(line: str, *, head: str = "", last: str = "") -> str:
    """Return a head, a line for each run with {seed}, {arm}, {acc}, {percent} and {loss}, and a last line."""
    body = [
        line.format(seed=seed, arm=arm, acc=acc, percent=f"{100 * acc:.1f}", loss=f"{1 - acc:.3f}")
        for seed, arm, acc in RUNS
    ]
    return "\n".join([*([head] if head else []), *body, *([last] if last else [])]) + "\n"


def by_seed(line: str, *, head: str = "", last: str = "") -> str:
    """Return a head, a line for each seed with {seed}, {base} and {wide}, and a last line."""
    body = [line.format(seed=seed, base=BASE[seed], wide=WIDE[seed]) for seed in SEEDS]
    return "\n".join([*([head] if head else []), *body, *([last] if last else [])]) + "\n"


def spoilt(change: Callable[[list[str]], list[str]]) -> str:
    """Return a plain CSV with its lines changed."""
    return "\n".join(change(lines("{seed},{arm},{acc}", head=COMMA).splitlines())) + "\n"


READ = {
    "markdown.md": lines("| {seed} | {arm} | {acc} |", head="| seed | arm | acc |\n| --- | --- | ---: |"),
    "readme.md": "# Results\n\nOn CIFAR:\n\n"
    + by_seed("| {seed} | {base} | **{wide}** |", head="| Seed | `base` | **wide** |\n|:-:|-:|-:|")
    + "\n*Table 1.*\n",
    "no_outer_bars.md": lines("{seed} | {arm} | {acc}", head="seed | arm | acc\n---|---|---"),
    "paper.tex": by_seed(
        r"{seed} & {base} & \textbf{{{wide}}} \\",
        head="\\begin{table}\n\\begin{tabular}{lcc}\n\\toprule\nSeed & base & wide \\\\\n\\midrule",
        last="\\bottomrule\n\\end{tabular}\n\\caption{A & B.}\n\\end{table}",
    ),
    "rows_of_seeds.tex": "\\hline\nModel & "
    + " & ".join(f"seed {seed}" for seed in SEEDS)
    + " \\\\ \\hline\nbase & "
    + " & ".join(map(str, BASE))
    + " \\\\\n$\\mathbf{wide}$ & "
    + " & ".join(map(str, WIDE))
    + " \\\\ \\hline\n",
    "psql.txt": lines(" {seed} | {arm} | {acc}", head=" seed | arm  | acc\n------+------+-------", last="(16 rows)"),
    "ascii_box.txt": lines(
        "| {seed} | {arm} | {acc} |",
        head="+------+------+-----+\n| seed | arm | acc |\n+------+------+-----+",
        last="+------+------+-----+",
    ),
    "rich_box.txt": lines(
        "│ {seed} │ {arm} │ {acc} │", head="┏━━━┳━━━┳━━━┓\n┃ seed ┃ arm ┃ acc ┃\n┡━━━╇━━━╇━━━┩", last="└───┴───┴───┘"
    ),
    "simple.rst": lines(
        "{seed}     {arm}  {acc}",
        head="====  ====  =====\nseed  arm   acc\n====  ====  =====",
        last="====  ====  =====",
    ),
    "pandas.txt": "   seed   arm    acc\n"
    + "".join(f"{at}  {seed}  {arm}  {acc}\n" for at, (seed, arm, acc) in enumerate(RUNS)),
    "write_table.csv": '"seed","arm","acc"\n'
    + "".join(f'"{at}",{seed},"{arm}",{acc}\n' for at, (seed, arm, acc) in enumerate(RUNS, 1)),
    "coloured.txt": lines("{seed},{arm},{acc}", head="\x1b[1mseed,arm,acc\x1b[0m"),
    "title.csv": lines("{seed},{arm},{acc}", head=f"Results of May\n\n{COMMA}"),
    "padded_title.csv": lines("{seed},{arm},{acc}", head=f"Results of May,,\n,,\n{COMMA}"),
    "block_above.csv": lines("{seed},{arm},{acc}", head=f"experiment,cifar\ndate,2024-01-01\n\n{COMMA}"),
    "slashes.csv": lines("{seed},{arm},{acc}", head=f"// made by a tool\n{COMMA}"),
    "percent_sign.csv": lines("{seed};{arm};{acc}", head="% made by a tool\nseed;arm;acc"),
    "comments_between.csv": spoilt(lambda rows: [*rows[:4], "# switched machine, all good", *rows[4:], "# end"]),
    "trailing_in_rows.csv": lines("{seed},{arm},{acc},", head=COMMA),
    "trailing_twice.csv": lines("{seed};{arm};{acc};;", head="seed;arm;acc;;"),
    "concatenated.csv": spoilt(lambda rows: [*rows[:5], rows[0], *rows[5:9], rows[0], *rows[9:]]),
    "footers.csv": by_seed("{seed},{base},{wide}", head="seed,base,wide", last="mean,0.914,0.923\nStd,0.004,0.004"),
    "average.csv": lines("{seed},{arm},{acc}", head=COMMA, last="average,,0.918"),
    "carets.csv": lines("{seed}^{arm}^{acc}", head="seed^arm^acc"),
    "colons.csv": lines("{seed}:{arm}:{acc}", head="seed:arm:acc"),
    "quoted_breaks.csv": lines('{seed},{arm},"one\ntwo, three",{acc}', head="seed,arm,note,acc"),
    "broken_header.csv": lines("{seed},{arm},{acc}", head='seed,arm,"acc\n(top-1)"'),
    "no_break_spaces.csv": lines("{seed},\u00a0{arm} ,{acc}\u00a0", head=COMMA),
    "seeds_equal.csv": lines("seed={seed},{arm},{acc}", head=COMMA),
    "seeds_run.csv": lines("run-{seed},{arm},{acc}", head=COMMA),
    "seeds_padded.csv": lines("s0{seed},{arm},{acc}", head=COMMA),
    "seeds_hex.csv": lines("0x{seed},{arm},{acc}", head=COMMA),
    "names_padded.csv": lines("{arm}_s0{seed},{acc}", head="name,acc"),
    "names_paths.csv": lines("{arm}/seed{seed},{acc}", head="run_name,acc"),
    "names_pairs.csv": lines("{arm}-seed={seed}-lr=1e-3,{acc}", head="run,acc"),
    "arm_and_metric.csv": by_seed("{seed},{base},{wide},0.5,0.6", head="seed,base_acc,wide_acc,base_loss,wide_loss"),
    "metric_and_arm.csv": by_seed("{seed},{base},0.5,{wide},0.6", head="seed,acc/base,loss/base,acc/wide,loss/wide"),
    "loss_of_one.csv": by_seed("{seed},{base},{wide},0.5", head="seed,base_val_acc,wide_val_acc,base_val_loss"),
    "title_of_seeds.csv": "seed,0,1,2,3,4,5,6,7\nbase,"
    + ",".join(map(str, BASE))
    + "\nwide,"
    + ",".join(map(str, WIDE))
    + "\n",
    "exit_codes.csv": lines("{seed},{arm},0,{acc}", head="seed,arm,exit_code,acc", last="8,wide,137,0.1"),
    "finished.csv": lines("{seed},{arm},True,{acc}", head="seed,arm,finished,acc", last="8,wide,False,0.1"),
    "slurm.csv": lines("{seed},{arm},COMPLETED,{acc}", head="seed,arm,State,acc", last="8,wide,CANCELLED by 1000,0.1"),
    "times.csv": lines(
        "2024-05-0{seed}T10:00:00Z,{seed},{arm},{acc},12{seed}.5", head="started_at,seed,arm,acc,wall_clock_s"
    ),
    "pairs.log": "start\n" + lines("arm={arm} seed={seed} acc={acc}"),
    "pairs_commas.txt": lines("seed: {seed}, arm: {arm}, acc: {acc}"),
    "optuna_tuples.csv": lines(
        "{seed},{seed},{acc},{arm},{seed},COMPLETE",
        head="\"('number', '')\",\"('index', '')\",\"('value', '')\",\"('params', 'model')\",\"('params', 'seed')\","
        "\"('state', '')\"",
    ),
    "optuna_two_levels.csv": ",number,value,params,params,user_attrs,state\n,,,model,seed,note,\n"
    + "".join(f"{at},{at},{acc},{arm},{seed},x,COMPLETE\n" for at, (seed, arm, acc) in enumerate(RUNS)),
    "with_text.jsonl": "Loading data\n"
    + "\n".join(json.dumps({"seed": seed, "arm": arm, "acc": acc}) for seed, arm, acc in RUNS),
    "pretty.jsonl": "\n".join(json.dumps({"seed": seed, "arm": arm, "acc": acc}, indent=1) for seed, arm, acc in RUNS),
    "rows.json": json.dumps([["seed", "arm", "acc"], *RUNS]),
    "by_run.json": json.dumps({f"{arm}_{seed}": {"acc": acc, "loss": 1 - acc} for seed, arm, acc in RUNS}),
    "by_run_nested.json": json.dumps(
        {
            f"run {arm} {seed}": {"config": {"seed": seed, "model": arm}, "results": {"acc": acc}}
            for seed, arm, acc in RUNS
        }
    ),
    "seeds_in_words.json": json.dumps(
        {arm: {f"seed_{seed}": {"acc": acc} for seed, other, acc in RUNS if other == arm} for arm in ARMS}
    ),
    "arms.yaml": "\n".join(
        f"{arm}: {json.dumps({str(seed): acc for seed, other, acc in RUNS if other == arm})}" for arm in ARMS
    ),
}


def values_of(tmp_path: Path, name: str, text: str, options: Options = GUESSED) -> dict[str, Group]:
    """Return what is read from a text; the reading is described in one line a sentence."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8", newline="")
    reading = read_groups([str(file)], options)
    assert all("\n" not in line for line in reading.lines())
    return reading.values


@pytest.mark.parametrize("name", READ)
def test_the_same_runs_are_read_from_every_kind_of_text(name: str, tmp_path: Path) -> None:
    assert values_of(tmp_path, name, READ[name]) == ARMS


@pytest.mark.parametrize("name", ["title.csv", "concatenated.csv", "footers.csv", "paper.tex", "with_text.jsonl"])
def test_what_is_passed_over_is_said(name: str, tmp_path: Path) -> None:
    expected = {
        "title.csv": "1 line above the header skipped",
        "concatenated.csv": "2 repeated headers skipped",
        "footers.csv": "rows mean, Std skipped",
        "paper.tex": "a LaTeX table",
        "with_text.jsonl": "1 other line skipped",
    }
    (tmp_path / name).write_text(READ[name])
    assert expected[name] in read_groups([str(tmp_path / name)]).lines()[0]


NUMBERS = {
    "1,234,567": 1234567.0,
    "1'234.5": 1234.5,
    "1’234’567": 1234567.0,
    "1_234": 1234.0,
    "1\u202f234.25": 1234.25,
    "1 234": 1234.0,
    "−0.5": -0.5,
    "1e-3": 0.001,
    " .5 ": 0.5,
    "92.35 %": 0.9235,
}


@pytest.mark.parametrize("written", NUMBERS)
def test_numbers_are_read_as_people_write_them(written: str, tmp_path: Path) -> None:
    text = f"seed;arm;x\n0;a;{written}\n1;a;{written}\n0;b;2.5\n1;b;3.5\n"
    assert values_of(tmp_path, "numbers.csv", text)["a"] == {0: NUMBERS[written], 1: NUMBERS[written]}


@pytest.mark.parametrize("absent", ["", "-", "—", "n/a", "N.A.", "#DIV/0!", "?", "missing", "null"])
@pytest.mark.parametrize("ended", ["diverged", "OOM", "crashed (exit 1)", "CANCELLED by 7"])
def test_runs_without_a_number_have_no_result_or_did_not_finish(absent: str, ended: str, tmp_path: Path) -> None:
    text = f"seed;arm;x\n0;a;{absent}\n1;a;0.5\n2;a;{ended}\n0;b;2.5\n1;b;3.5\n2;b;0.5\n"
    assert values_of(tmp_path, "gaps.csv", text)["a"] == {0: None, 1: 0.5}


@pytest.mark.parametrize(
    "text", ["0,912\n0,921\n0,917\n", "acc\n0,912\n0,921\n0,917\n", "Genauigkeit\n0,912\n0,921\n0,917"]
)
def test_a_single_column_may_have_decimal_commas(text: str, tmp_path: Path) -> None:
    (values,) = values_of(tmp_path, "column.csv", text).values()
    assert values == [0.912, 0.921, 0.917]


SUMMARIES = {
    "columns": "model,mean,std,n\nbase,0.914,0.004,8\nwide,0.923,0.0037,8\n",
    "named columns": "method,acc_mean,acc_std\nbase,0.914,0.004\nwide,0.923,0.003\n",
    "signs": "model,accuracy\nbase,0.914 ± 0.004\nwide,0.923 ± 0.0037\n",
    "ascii signs": "model,accuracy\nbase,91.4 +/- 0.4\nwide,92.3 +/- 0.4\n",
    "brackets": "model,accuracy\nbase,91.4 (0.4)\nwide,92.3 (0.3)\n",
    "a paper": "Model & Acc \\\\\nbase & $91.4 \\pm 0.4$ \\\\\nwide & $92.3 \\pm 0.3$ \\\\\n",
    "percentages": "| model | acc |\n|---|---|\n| base | 91.4% ± 0.4% |\n| wide | 92.3% ± 0.4% |\n",
}


@pytest.mark.parametrize("kind", SUMMARIES)
def test_means_with_spreads_are_refused_with_a_way_out(kind: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="the result of each run") as caught:
        values_of(tmp_path, "summary.csv", SUMMARIES[kind])
    assert "judge RUNS --published MEAN SD N" in str(caught.value.hint)


def test_a_spread_within_each_run_is_no_summary_of_runs(tmp_path: Path) -> None:
    text = lines("{seed},{arm},{acc},0.1", head="seed,arm,reward_mean,reward_std")
    assert values_of(tmp_path, "episodes.csv", text) == ARMS


REFUSED = {
    "no rows": (COMMA + "\n", "rows below the header"),
    "a web page": ("<html><table><tr><td>1</td></tr></table></html>", "this is a web page"),
    "seeds of 64 bits": (lines("1844674407370955161{seed},{arm},{acc}", head=COMMA), "at most 63 bits"),
    "seeds that lost digits": (lines("9.00719925474099{seed}e18,{arm},{acc}", head=COMMA), "has lost some"),
    "rows pasted twice": (spoilt(lambda rows: [*rows, *rows[1:3]]), "rows 2 and 18"),
    "a word among numbers": (spoilt(lambda rows: [*rows[:4], "1,wide,good", *rows[5:]]), "row 5: 'good'"),
    "a mean among runs": (spoilt(lambda rows: [*rows[:4], "1,wide,0.9 ± 0.1", *rows[5:]]), "the result of each run"),
    "broken YAML": ("a: [1, 2\nb: {", "well-formed YAML"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_one_line_with_its_place(kind: str, tmp_path: Path) -> None:
    text, message = REFUSED[kind]
    with pytest.raises(InvalidInput) as caught:
        values_of(tmp_path, "runs.yaml" if "YAML" in kind else "runs.csv", text)
    assert message in str(caught.value)
    assert "\n" not in caught.value.message


def test_a_metric_may_be_named_where_the_file_names_arms(tmp_path: Path) -> None:
    wide = by_seed("{seed},{base},{wide}", head="seed,base,wide")
    assert values_of(tmp_path, "wide.csv", wide, Options(column="accuracy")) == ARMS
    named = by_seed("{seed},{base},{wide},1,2", head="seed,base_acc,wide_acc,base_loss,wide_loss")
    assert values_of(tmp_path, "named.csv", named, Options(column="loss")) == {
        "base": dict.fromkeys(SEEDS, 1.0),
        "wide": dict.fromkeys(SEEDS, 2.0),
    }
    with pytest.raises(InvalidInput, match="--column"):
        values_of(tmp_path, "long.csv", lines("{seed},{arm},{acc}", head=COMMA), Options(column="accuracy"))


@pytest.mark.parametrize("head", ["train_acc,val_acc,train_loss,val_loss", "acc_mean,acc_std,loss_mean,loss_std"])
def test_parts_and_statistics_are_no_arms(head: str, tmp_path: Path) -> None:
    text = f"seed,{head}\n" + "".join(f"{seed},0.{seed}1,0.{seed}2,0.{seed}3,0.{seed}4\n" for seed in SEEDS)
    assert len(values_of(tmp_path, "parts.csv", text, Options(column=head.split(",")[1]))) == 1


def test_a_column_that_repeats_in_every_arm_is_offered_as_the_seed(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(lines("run-{seed},{arm},{acc}", head="run,arm,acc"))
    reading = read_groups([str(tmp_path / "runs.csv")])
    assert "use --seed-column run to pair by run" in reading.lines()[1]
    paired = read_groups([str(tmp_path / "runs.csv")], Options(seed_column="run"))
    assert paired.values == ARMS


def test_seeds_beyond_the_exact_floats_stay_apart(tmp_path: Path) -> None:
    first = 2**53 + 1
    text = f"{COMMA}\n" + "".join(f"{first + seed},{arm},{acc}\n" for seed, arm, acc in RUNS)
    expected = {arm: {first + seed: acc for seed, acc in values.items()} for arm, values in ARMS.items()}
    assert values_of(tmp_path, "big.csv", text) == expected


def test_two_hundred_columns_are_no_obstacle(tmp_path: Path) -> None:
    settings = ",".join(f"param_{at}" for at in range(200))
    text = lines("{seed},{arm}," + ",".join(["x"] * 200) + ",{acc}", head=f"seed,model,{settings},acc")
    assert values_of(tmp_path, "wide.csv", text) == ARMS


def of_two_files(tmp_path: Path, a: str, b: str) -> list[str]:
    """Write two files of equal numbers under these headers."""
    for name, head in (("a", a), ("b", b)):
        rows = [",".join([str(seed), *["0.9"] * head.count(",")]) for seed in SEEDS]
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]))
    return [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]


@pytest.mark.parametrize(
    ("a", "b", "notes"),
    [
        ("seed,acc,loss", "seed,loss,acc", []),
        ("seed,val_acc", "seed,val-acc", []),
        ("seed,a,time", "seed,b,time", []),
        ("seed,acc,time", "seed,accuracy,time", ["metrics differ in name: acc from a.csv, accuracy from b.csv"]),
    ],
)
def test_metrics_of_several_files_that_differ_in_name_are_said(
    tmp_path: Path, a: str, b: str, notes: list[str]
) -> None:
    assert read_groups(of_two_files(tmp_path, a, b)).notes == notes


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("seed,acc,loss", "seed,f1,loss", "all have loss"),
        ("seed,acc", "seed,loss", "acc from a.csv, loss from b.csv"),
    ],
)
def test_different_metrics_of_several_files_are_refused_by_name(tmp_path: Path, a: str, b: str, expected: str) -> None:
    files = of_two_files(tmp_path, a, b)
    with pytest.raises(InvalidInput) as refused:
        read_groups(files)
    assert expected in f"{refused.value.message} {refused.value.hint}"
    if "all have" in expected:
        assert read_groups(files, Options(column="loss")).metric == "loss"
