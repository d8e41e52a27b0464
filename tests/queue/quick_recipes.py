"""A recipe that takes as long as it is told to, and whose series follows from its seed alone."""

from __future__ import annotations

import os
import signal
import time

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe


class Parameters(RecipeParameters):
    """What can be changed about `quick`."""

    steps: int = Field(4, ge=1, le=10_000, description="points to report")
    pause_s: float = Field(0.0, ge=0, le=60, description="sleep before each point")
    trouble: str = Field("", description="'raise', 'kill' or 'exit' half-way")


@free_recipe(
    name="quick",
    version="1",
    parameters=Parameters,
    sources=("init",),
    metrics=(Metric("score", "maximize"),),
)
def quick(run: Run) -> None:
    """Draws a score a step."""
    given = run.parameters
    rng = run.rng("init")
    run.plan(given.steps)
    for step in range(1, given.steps + 1):
        time.sleep(given.pause_s)
        run.check_cancelled()
        if given.trouble and 2 * step > given.steps:
            {"raise": fail, "kill": die, "exit": os._exit}[given.trouble](3)
        run.log(step, score=float(rng.random()))


def fail(number: int) -> None:
    raise ValueError(f"trouble number {number}")


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
