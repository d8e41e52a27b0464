"""Metrics are read from what scripts really print."""

from __future__ import annotations

import math

import pytest

from seedspread.recording.lines import LineReader
from seedspread.recording.names import matching_name

KERAS = (
    "Epoch 1/2\n\r 1/10 ━━ 0s 9ms/step - accuracy: 0.1 - loss: 3.0\r10/10 ━━━━━━━ 1s 2ms/step - accuracy: 0.91 - "
    "loss: 0.2 - val_accuracy: 0.93\nEpoch 2/2\n\r10/10 ━━━━━━━ 1s 2ms/step - accuracy: 0.95 - loss: 0.1 - "
    "val_accuracy: 0.94\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("val_acc: 0.91\n", [({"val_acc": 0.91}, None)]),
        ("val_acc=0.91\n", [({"val_acc": 0.91}, None)]),
        ("val_acc: 0.91", [({"val_acc": 0.91}, None)]),
        ("val acc = .5;\n", [({"val acc": 0.5}, None)]),
        ("val_acc: -1e-3\r\n", [({"val_acc": -0.001}, None)]),
        ('{"val_acc": 0.9, "epoch": 3, "n": {"loss": 1}}\n', [({"val_acc": 0.9, "n/loss": 1.0}, 3)]),
        ("{'eval_loss': 0.3, 'epoch': 1.5}\n", [({"eval_loss": 0.3}, 1.5)]),
        ("{'eval_loss': '0.3', 'epoch': '1.0'}\n", [({"eval_loss": 0.3}, 1)]),
        ("2024-01-01 12:00:00 INFO val_acc: 0.91\n", [({"val_acc": 0.91}, None)]),
        ("INFO:root:val_acc: 0.91\n", [({"val_acc": 0.91}, None)]),
        ("Train loss: 0.3, Test loss: 0.4\n", [({"Train loss": 0.3, "Test loss": 0.4}, None)]),
        ("Epoch 3 val_acc: 0.9 loss: 2\n", [({"val_acc": 0.9, "loss": 2.0}, 3)]),
        ("Iteration 3, loss = 0.52\n", [({"loss": 0.52}, 3)]),
        ("[10]\tval-logloss:0.31\tval_acc:0.9\n", [({"val-logloss": 0.31, "val_acc": 0.9}, 10)]),
        ("│  test_acc   │    0.84210   │\n", [({"test_acc": 0.8421}, None)]),
        ("Average loss: 0.05, Accuracy: 9829/10000 (98%)\n", [({"Average loss": 0.05, "Accuracy": 0.9829}, None)]),
        ("step 100 val_acc 0.9 more\n", [({"val_acc": 0.9}, 100)]),
        ("val_acc: tensor(0.9100)\n", [({"val_acc": 0.91}, None)]),
        ("\x1b[32mval_acc\x1b[0m: 0.5\n", [({"val_acc": 0.5}, None)]),
        ("val_acc: 0.5 ± 0.1\n", [({"val_acc": 0.5}, None)]),
        ("loss: −0.5\n", [({"loss": -0.5}, None)]),
        (" 50%|## |\r100%|####| 10/10 [00:02<00:00,  3.2it/s, loss=0.3]\n", [({"loss": 0.3}, None)]),
        ("Accuracy: 91.2%\n", [({"Accuracy": 0.912}, None)]),
        ("reward: 9,876.5, cost: -1,234,567\n", [({"reward": 9876.5, "cost": -1234567.0}, None)]),
        ("acc: 0,912 r: 1.234,5\n", [({"acc": 0.912, "r": 1234.5}, None)]),
        ("Genauigkeit: 91,5 %\n", [({"Genauigkeit": 0.915}, None)]),
        ("loss=1,val_acc=2\n", [({"loss": 1.0, "val_acc": 2.0}, None)]),
        ("acc: 0.9,0.8 n: 1, 2\n", [({"acc": 0.9, "n": 1.0}, None)]),
        ("time: 12:30 date: 2024-01-01 version: 1.2.3 eta: 3s http://localhost:8080/\n", []),
        ("I0000 00:00:1 2 port.cc:153] custom operations are on. train.py:7: warning\n", []),
        ("Saved to C:\\models\\a.pt\n", []),
        ("\n\n  \n", []),
        (KERAS, [({"accuracy": 0.91, "loss": 0.2, "val_accuracy": 0.93}, 1),
                 ({"accuracy": 0.95, "loss": 0.1, "val_accuracy": 0.94}, 2)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_lines(text: str, expected: list[tuple[dict[str, float], float | None]], piece: int) -> None:
    reader = LineReader("val_acc")
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    readings = [reading for part in pieces for reading in reader.feed(part)] + list(reader.close())
    assert [(reading.values, reading.step) for reading in readings] == expected


@pytest.mark.parametrize("piece", [1000, 10_000_000])
def test_a_metric_behind_a_long_text_on_its_line_is_read(piece: int) -> None:
    texts = ["word " * 30_000, "x" * 90_000, f"{' ' * 90_000}", "[1, 2], " * 9_000, "a: b " * 9_000, "é\ufffd " * 9_000]
    for text in texts:
        line = f"acc: 0.5 {text}, val_acc: 0.25\nval_acc: 0.5\n"
        reader = LineReader("val_acc")
        pieces = [line[start : start + piece] for start in range(0, len(line), piece)]
        readings = [reading for part in pieces for reading in reader.feed(part)]
        assert [reading.values["val_acc"] for reading in readings] == [0.25, 0.5]
        assert readings[0].values["acc"] == 0.5
        assert not reader.overlong


def test_of_a_line_of_more_than_a_million_characters_the_end_is_read_which_is_noted() -> None:
    reader = LineReader("acc")
    assert list(reader.feed("#" * 2_000_000)) == []
    (reading,) = reader.feed(" acc: 0.5\n")
    assert reading.values == {"acc": 0.5}
    assert reader.overlong


def test_progress_that_overwrites_itself_for_long_takes_its_last_state() -> None:
    reader = LineReader("acc")
    for step in range(5_000):
        assert list(reader.feed(f"\r{step}/5000 acc: 0.{step:04}")) == []
    assert [reading.values for reading in reader.close()] == [{"acc": 0.4999}]
    assert not reader.overlong


@pytest.mark.parametrize(
    ("text", "value"), [("nan", math.nan), ("-inf", -math.inf), ("NaN", math.nan), ("inf", math.inf)]
)
def test_what_is_not_finite_is_a_value(text: str, value: float) -> None:
    (reading,) = LineReader("loss").feed(f"loss: {text}, acc: 0.5\n")
    assert reading.values["loss"] == value or math.isnan(value)
    assert reading.values["acc"] == 0.5


@pytest.mark.parametrize("line", ["acc: 91.2 %", "acc=91.2%", "acc 91.2 %", "acc is 91.2%"])
def test_a_percentage_is_a_share_with_or_without_a_space(line: str) -> None:
    (reading,) = LineReader("acc").feed(f"{line}\n")
    assert reading.values == {"acc": pytest.approx(0.912)}
    assert reading.percent == {"acc"}


def test_a_metric_called_epoch_can_be_wanted() -> None:
    (reading,) = LineReader("epoch").feed("epoch: 7, step: 3\n")
    assert (reading.values, reading.step) == ({"epoch": 7.0}, 3.0)


def test_a_line_without_end_keeps_memory_bounded() -> None:
    reader = LineReader("loss")
    for step in range(3000):
        assert list(reader.feed(f"\r{step}/3000 loss: 0.{step:04d} " + "#" * 50)) == []
    assert len(reader._rest) < 50_000
    assert [reading.values for reading in reader.close()] == [{"loss": 0.2999}]


@pytest.mark.parametrize(
    ("wanted", "names", "match"),
    [
        ("val_acc", ["acc", "val_acc"], "val_acc"),
        ("val_acc", ["Val Acc"], "Val Acc"),
        ("val_acc", ["final val_acc", "loss"], "final val_acc"),
        ("val_acc", ["final val_acc", "best val_acc"], None),
        ("Accuracy", ["Accuracy of the network"], "Accuracy of the network"),
        ("acc", ["val_accuracy"], None),
        ("acc", ["train_acc", "loss"], None),
        ("loss", ["loss/train"], None),
        ("acc", ["train_acc", "val_acc"], "val_acc"),
        ("train acc", ["train_acc", "val_acc"], "train_acc"),
    ],
)
def test_names_are_matched_only_where_one_fits(wanted: str, names: list[str], match: str | None) -> None:
    assert matching_name(wanted, names) == match


@pytest.mark.parametrize(
    "printed", ["val acc 97.22%", "val-acc 97.22 %", "Val Acc was 97.22%", "epoch 1/5 - val_acc 97.22%"]
)
def test_a_wanted_metric_is_found_as_people_print_its_name(printed: str) -> None:
    (reading,) = LineReader("val_acc").feed(f"epoch 1/5 - loss 0.123 - {printed}\n")
    assert reading.values["val_acc"] == pytest.approx(0.9722)


@pytest.mark.parametrize(
    "line",
    [
        "TF_ENABLE_ONEDNN_OPTS: 0",
        "port.cc:153] turn them off with the environment variable `TF_ENABLE_ONEDNN_OPTS=0`.",
        "export CUDA_VISIBLE_DEVICES=0",
        "Python version: 3.11, torch version: 2.1, cudnn: 8902",
        "Listening on port=8080, pid: 1234, rank: 0, world_size: 4",
        "open http://localhost/?a=3&b=4",
        "GPU memory: 1024 MB, RAM: 16, Memory usage: 12.5 GB",
        "Total params: 12,345",
        "Non-trainable params: 0 (0.00 Byte)",
        "seed: 3, batch_size: 32, device: 0, date: 20260102",
        "Namespace(seed=3, lr=0.01, hidden=(64, 32))",
        "args: {'seed': 3, 'opt': {'beta': 0.9}}",
        "SGDClassifier(alpha=0.1, max_iter=5)",
        "  (fc): Linear(in_features=784, out_features=10, bias=True)",
        "WARNING:tensorflow:5 out of the last 5 calls triggered tracing",
        "/usr/lib/x.py:12: FutureWarning: copy=3 will change",
        "Using device: cuda:0",
        "Downloading: 45%|████▌     | 45/100",
        '{"seed": 3, "config": {"lr": 0.1}}',
    ],
)
def test_settings_and_the_machine_are_no_metrics(line: str) -> None:
    assert [reading.values for reading in LineReader("val_acc").feed(f"{line}\n")] == []


@pytest.mark.parametrize(
    ("wanted", "line"), [("memory", "GPU memory: 12 MB"), ("epochs", "epochs: 12"), ("seed", "seed: 12")]
)
def test_a_name_that_is_no_metric_is_one_if_it_is_asked_for(wanted: str, line: str) -> None:
    (reading,) = LineReader(wanted).feed(f"{line}\n")
    assert list(reading.values.values()) == [12.0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("train: loss=0.3, acc=0.9; val: acc=0.8", {"train loss": 0.3, "train acc": 0.9, "val acc": 0.8}),
        ("val loss: 0.4 acc: 0.8 | train loss: 0.3 acc: 0.9",
         {"val loss": 0.4, "val acc": 0.8, "train loss": 0.3, "train acc": 0.9}),
        ("Train - loss: 0.3 | Val - loss: 0.4", {"Train loss": 0.3, "Val loss": 0.4}),
        ("[val] acc: 0.8", {"val acc": 0.8}),
        ("Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.3", {"Train Loss": 2.3}),
        ("Test set: Average loss: 0.3, Accuracy: 99/100 (99%)", {"Test Average loss": 0.3, "Test Accuracy": 0.99}),
        ("learn: 0.3\ttest: 0.4\tbest: 0.4 (50)", {"learn": 0.3, "test": 0.4, "best": 0.4}),
        ("best acc 0.9", {"best acc": 0.9}),
        ("best acc so far: 0.9", {"best acc so far": 0.9}),
        ("training acc 0.9, test acc 0.8", {"training acc": 0.9, "test acc": 0.8}),
        ("The acc on the test set is 91.2%", {"acc": 0.912}),
        ("We got 0.93 acc after 10 epochs", {"acc": 0.93}),
        ("acc ...... 0.9", {"acc": 0.9}),
        ("acc => 0.9", {"acc": 0.9}),
        ("acc：0.9", {"acc": 0.9}),
        ("acc: **0.9**", {"acc": 0.9}),
        ("acc: [0.9]", {"acc": 0.9}),
        ("acc: 0.9/1.0", {"acc": 0.9}),
        ("acc: <tf.Tensor: shape=(), dtype=float32, numpy=0.9>", {"acc": 0.9}),
        ("acc=tensor(0.9, device='cuda:0')", {"acc": 0.9}),
        ("psnr: 30.1 dB, R^2: 0.9", {"psnr": 30.1, "R^2": 0.9}),
        ("[1]\tvalid_0's binary_logloss: 0.4", {"valid_0's binary_logloss": 0.4}),
        ("2026-01-02 10:11:12.345 | INFO     | __main__:main:42 - acc: 0.9", {"acc": 0.9}),
        ("error: 0.3", {"error": 0.3}),
    ],
)  # fmt: skip
def test_a_value_keeps_the_part_of_the_data_and_the_words_that_make_it_another(
    line: str, expected: dict[str, float]
) -> None:
    (reading,) = LineReader("acc").feed(f"{line}\n")
    assert reading.values == pytest.approx(expected)


@pytest.mark.parametrize(
    ("line", "step"),
    [("Epoch [3/10] acc: 0.9", 3), ("Epoch [3/10], Step [100/600], acc: 0.9", 1900), ("Epoch 3/10 acc=0.9", 3)],
)
def test_steps_that_are_counted_anew_in_every_epoch_do_not_repeat(line: str, step: float) -> None:
    (reading,) = LineReader("acc").feed(f"{line}\n")
    assert (reading.values, reading.step) == ({"acc": 0.9}, step)
