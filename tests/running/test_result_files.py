"""Results that a run writes into files."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedspread.recording import open_study
from tests.running.conftest import PYTHON, TRAIN, Command


@pytest.mark.parametrize("percentage", ["91.5%", "91.5 %"])
def test_percentages_in_a_result_file_are_shares(command: Command, percentage: str) -> None:
    Path("table.py").write_text(f"open('out.csv', 'w').write('epoch,val_acc\\n1,{percentage}\\n')\n")
    options = ("--results", "out.csv", "--maximize", "val_acc", "--seeds", "1", "--no-check", "--folder", "out")
    command(*options, "--", PYTHON, "table.py", "{seed}")
    assert open_study(Path("out")).counted()[0].value("val_acc") == pytest.approx(0.915)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("csv", "'epoch,val_acc\\n1,0.5\\n2,' + str(v) + '\\n'"),
        ("json", "json.dumps({'val_acc': [0.5, v], 'name': 'x'})"),
        ("jsonl", "json.dumps({'epoch': 2, 'eval': {'val_acc': v}}) + '\\n'"),
    ],
)
def test_result_files(command: Command, name: str, content: str) -> None:
    Path("files.py").write_text(
        f"import json, random, sys\nv = random.Random(sys.argv[1]).random()\nopen(sys.argv[2], 'w').write({content})\n"
    )
    result = command(
        "--seeds", "3", "--maximize", "val_acc", "--results", f"r-{{seed}}.{name}", "-j", "2", "--folder", "out", "--",
        PYTHON, "files.py", "{seed}", f"r-{{seed}}.{name}",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert all(next(run.events("file"))["role"] == "result" for run in open_study(Path("out")).counted())
    missing = command("--seeds", "3", "--maximize", "x", "--results", "none-{seed}.csv", *TRAIN)
    assert "--maximize" in missing.err


def test_tensorboard_folders_are_results(command: Command) -> None:
    Path("tb.py").write_text(
        "import struct, sys, os\n"
        "def event(step, tag, value):\n"
        "    v = b'\\x0a' + bytes([len(tag)]) + tag + b'\\x15' + struct.pack('<f', value)\n"
        "    s = b'\\x0a' + bytes([len(v)]) + v\n"
        "    e = b'\\x09' + struct.pack('<d', 1.0) + b'\\x10' + bytes([step]) + b'\\x2a' + bytes([len(s)]) + s\n"
        "    return struct.pack('<Q', len(e)) + bytes(4) + e + bytes(4)\n"
        "os.makedirs(sys.argv[2])\n"
        "with open(sys.argv[2] + '/events.out.tfevents.1', 'wb') as f:\n"
        "    for step in (1, 2): f.write(event(step, b'val/acc', 0.5 + step / 4 + int(sys.argv[1]) / 64))\n"
        "    f.write(event(3, b'val/acc', 1.0)[:-9])\n"
    )
    result = command(
        "--seeds", "3", "--maximize", "val/acc", "--results", "{run}/tb", "--folder", "out", "--",
        PYTHON, "tb.py", "{seed}", "{run}/tb",
    )  # fmt: skip
    assert result.code == 0, result.err
    run = open_study(Path("out")).counted()[1]
    series = run.series()["val/acc"]
    assert (list(series.steps), list(series.values), series.source) == ([1, 2], [0.765625, 1.015625], "tensorboard")


def test_tables_that_appear_late_or_grow_over_all_runs_are_read_for_their_own_run(command: Command) -> None:
    late = "(sleep 0.3; printf 'epoch,acc\\n0,0.5\\n1,0.%s\\n' $0 > late-$0.csv) & echo started"
    shared = "[ -e all.csv ] || echo seed,acc > all.csv; echo $0,0.$0 >> all.csv"
    options = ("--seeds", "3", "--maximize", "acc", "--no-check")
    command(*options, "--folder", "a", "--results", "late-{seed}.csv", "--", "sh", "-c", late, "{seed}")
    command(*options, "--folder", "b", "--results", "all.csv", "--", "sh", "-c", shared, "{seed}")
    series = {name: [run.series()["acc"] for run in open_study(Path(name)).counted()] for name in ("a", "b")}
    assert [list(run.values) for run in series["a"]] == [[0.5, 0.0], [0.5, 0.1], [0.5, 0.2]]
    assert [list(run.values) for run in series["b"]] == [[0.0], [0.1], [0.2]]
    result = command(*options, "--folder", "c", "--results", "none.csv", "--", "sh", "-c", "true", "{seed}")
    assert result.code == 2
    assert "A run wrote no none.csv." in result.err
