"""Lightning and the Hugging Face Trainer report to the logger what they compute themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seedspread
from seedspread.recording import Run, open_study

# Both frameworks warn of matters of their own: few workers, deprecated calls within PyTorch.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def run(tmp_path: Path) -> seedspread.Logger:
    """A run of the logger."""
    return seedspread.run(arm="base", seed=3, folder=tmp_path / "study")


def recorded(run: seedspread.Logger) -> Run:
    """End the run and return it as it was recorded."""
    assert run.folder is not None
    folder = run.folder.parent.parent
    run.end()
    return open_study(folder).runs[0]


def test_lightning(run: seedspread.Logger, tmp_path: Path) -> None:
    import pytorch_lightning
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    from seedspread.callbacks.lightning import LightningLogger

    losses: list[float] = []

    class Model(pytorch_lightning.LightningModule):  # type: ignore[misc]
        def __init__(self, rate: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(2, 1)

        def training_step(self, batch: list[Any], _: int) -> Any:
            loss = self.layer(batch[0]).square().mean()
            losses.append(loss.item())
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: list[Any], _: int) -> None:
            self.log("val_mean", self.layer(batch[0]).mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), self.hparams["rate"])

    rows = DataLoader(TensorDataset(torch.eye(2).repeat(2, 1)), batch_size=2)
    trainer = pytorch_lightning.Trainer(
        max_epochs=3,
        accelerator="cpu",
        logger=LightningLogger(run),
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    trainer.fit(Model(), rows, rows)
    stored = recorded(run)
    series = stored.series()
    # In single precision, as the framework hands them over.
    assert list(series["train_loss"].values) == pytest.approx(losses)
    assert list(series["train_loss"].steps) == list(range(6))
    assert list(series["val_mean"].steps) == [1, 3, 5]
    assert "epoch" not in series
    assert [event["values"] for event in stored.events("parameters")] == [{"rate": 0.1}]


def test_hugging_face(run: seedspread.Logger, tmp_path: Path) -> None:
    import torch
    import transformers

    from seedspread.callbacks.huggingface import HuggingFaceCallback

    class Model(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, x: Any, labels: Any = None) -> dict[str, Any]:
            logits = self.layer(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def accuracy(prediction: Any) -> dict[str, float]:
        return {"accuracy": float(np.mean(prediction.predictions.argmax(axis=1) == prediction.label_ids))}

    rows = [{"x": torch.eye(2)[at % 2], "labels": torch.tensor(at % 2)} for at in range(8)]
    trainer = transformers.Trainer(
        Model(),
        transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"),
            num_train_epochs=3,
            per_device_train_batch_size=4,
            eval_strategy="epoch",
            save_strategy="no",
            logging_steps=1,
            report_to="none",
            use_cpu=True,
            disable_tqdm=True,
        ),
        train_dataset=rows,
        eval_dataset=rows,
        compute_metrics=accuracy,
        callbacks=[HuggingFaceCallback(run)],
    )
    trainer.train()
    series = recorded(run).series()
    history = trainer.state.log_history
    for name in ("loss", "eval_loss", "eval_accuracy"):
        entries = [entry for entry in history if name in entry]
        assert list(series[name].values) == [entry[name] for entry in entries], name
        assert list(series[name].steps) == [entry["step"] for entry in entries], name
    assert len(series["loss"].values) == 6
