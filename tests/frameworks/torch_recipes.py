"""PyTorch, imported inside the training function: its first import in a process is where a seed is easily lost."""

from __future__ import annotations

import os
from typing import Any

from sklearn.datasets import load_wine

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout


class Parameters(RecipeParameters):
    """A short training."""

    epochs: int = Field(4, ge=1, le=100, description="passes over the training data")
    die_after: int = Field(0, ge=0, le=100, description="epoch after which the process is killed at the first attempt")
    marker: str = Field("", description="file by which an attempt knows that it is not the first")


def die_once(run: Run, epoch: int) -> None:
    """Kill this process after an epoch, at the run's first attempt."""
    marker = run.parameters.marker
    if epoch == run.parameters.die_after and not os.path.exists(marker):  # noqa: PTH110
        open(marker, "w").close()  # noqa: PTH123
        os.kill(os.getpid(), 9)


@free_recipe(
    name="torch-wine",
    version="1",
    parameters=Parameters,
    sources=("split", "init", "shuffle"),
    metrics=(Metric("val_accuracy", "maximize", "share"), Metric("loss", "minimize")),
)
def torch_wine(run: Run) -> None:
    """A hidden layer with dropout, orders from PyTorch's own generator, weights from the process-wide one."""
    import torch
    from torch import nn

    x, y = load_wine(return_X_y=True)
    split = holdout(run, ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y, share=0.25)
    device = torch.device(run.device)
    parts: list[Any] = [torch.as_tensor(part, device=device) for part in (split.x_train, split.y_train)]
    x_val, y_val = (torch.as_tensor(part, device=device) for part in (split.x_val, split.y_val))
    model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    orders = torch.Generator().manual_seed(run.seed("shuffle"))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*parts), batch_size=32, shuffle=True, generator=orders
    )
    run.plan(run.parameters.epochs)
    run.weights(0, model.parameters())
    start = 0
    if (kept := run.resume()) is not None:
        start = kept["epoch"]
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        orders.set_state(kept["orders"])
    for epoch in range(start + 1, run.parameters.epochs + 1):
        model.train()
        total = 0.0
        for rows, labels in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(rows), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            accuracy = (model(x_val).argmax(1) == y_val).double().mean().item()
        run.weights(epoch, model.parameters())
        run.log(epoch, val_accuracy=accuracy, loss=total / len(parts[0]))
        run.checkpoint(
            epoch,
            {
                "epoch": epoch,
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "orders": orders.get_state(),
            },
        )
        die_once(run, epoch)
