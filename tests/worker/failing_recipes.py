"""Free recipes that misbehave, each in one way; none of them needs more than NumPy."""

from __future__ import annotations

import argparse
import os
import signal
import time

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe

VALUE = (Metric("value", "maximize"),)


class Parameters(RecipeParameters):
    """Short trainings."""

    epochs: int = Field(2, ge=1, le=10_000, description="steps")


@free_recipe(name="order-of-sets", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def order_of_sets(run: Run) -> None:
    """Depends on the order of a set of strings."""
    first = next(iter({f"word {number}" for number in range(100)}))
    run.log(1, value=float(first.split()[1]))


@free_recipe(name="raises", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def raises(run: Run) -> None:
    """Fails at once."""
    print("about to fail")  # noqa: T201
    raise ValueError("the learning rate went missing\nand more lines")


@free_recipe(name="unseeded-generator", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def unseeded_generator(run: Run) -> None:
    """Makes a generator that deterministic operations refuse."""
    import tensorflow as tf

    run.log(1, value=float(tf.random.get_global_generator().normal(())))


@free_recipe(name="talks", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def talks(run: Run) -> None:
    """Says every step, until it is cancelled."""
    for step in range(1, 1000):
        print(f"step {step}", flush=True)  # noqa: T201
        run.log(step, value=float(step))
        time.sleep(0.1)


@free_recipe(name="out-of-memory", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def out_of_memory(run: Run) -> None:
    """Asks for more than there is."""
    np.ones(2**58, dtype=np.float64)


@free_recipe(name="killed", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def killed(run: Run) -> None:
    """Dies after its first step."""
    run.log(1, value=1.0)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


@free_recipe(name="exits", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def exits(run: Run) -> None:
    """Calls sys.exit."""
    raise SystemExit(3)


@free_recipe(name="not-finite", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def not_finite(run: Run) -> None:
    """Reports values that aren't finite, and goes on."""
    for step, value in enumerate((1.0, float("nan"), float("inf"), float("-inf"), 0.1 + 0.2), start=1):
        run.log(step, value=value)


@free_recipe(name="chatty", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def chatty(run: Run) -> None:
    """Prints a lot."""
    for line in range(5_000):
        print(f"line {line}")  # noqa: T201
    run.log(1, value=1.0)


@free_recipe(name="slow", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def slow(run: Run) -> None:
    """Takes a while, and looks for a cancel at every step."""
    run.plan(run.parameters.epochs)
    for step in range(1, run.parameters.epochs + 1):
        time.sleep(0.02)
        run.log(step, value=float(step))


@free_recipe(name="stubborn", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def stubborn(run: Run) -> None:
    """Never looks for a cancel."""
    run.log(1, value=1.0)
    time.sleep(60)


@free_recipe(name="silent", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def silent(run: Run) -> dict[str, float]:
    """Returns its result instead of logging it."""
    return {"value": 1.0}


@free_recipe(name="interrupted", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def interrupted(run: Run) -> None:
    """Raises KeyboardInterrupt."""
    raise KeyboardInterrupt


@free_recipe(name="exits-well", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def exits_well(run: Run) -> None:
    """Calls sys.exit as a script does at its end."""
    run.log(1, value=1.0)
    raise SystemExit(0)


@free_recipe(name="unknown-metric", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def unknown_metric(run: Run) -> None:
    """Reports what it didn't declare."""
    run.log(1, other=1.0)


@free_recipe(name="message-fails", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def message_fails(run: Run) -> None:
    """Raises an error whose own message fails."""

    class Odd(BaseException):
        def __str__(self) -> str:
            raise RuntimeError

    raise Odd


@free_recipe(name="other-base", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def other_base(run: Run) -> None:
    """Raises what no `except Exception` catches."""
    raise GeneratorExit("early")


@free_recipe(name="forks", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def forks(run: Run) -> None:
    """Forks, and forgets to end the child, which then reports as well."""
    child = os.fork()
    run.log(1, value=float(child > 0))
    os.waitpid(child, 0)


@free_recipe(name="own-parser", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def own_parser(run: Run) -> None:
    """Parses the command line, as the script did that it was."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.25)
    run.log(1, value=parser.parse_args().rate)
