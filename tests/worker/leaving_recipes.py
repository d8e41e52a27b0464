"""Free recipes that leave something behind in their process."""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import multiprocessing
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe


def raise_on_warnings() -> None:
    warnings.filterwarnings("error")


def check_numerics() -> None:
    import tensorflow as tf

    tf.debugging.enable_check_numerics()


def jit() -> None:
    import tensorflow as tf

    tf.config.optimizer.set_jit(True)


def floatx() -> None:
    import keras

    keras.config.set_floatx("float64")


def pandas_output() -> None:
    import sklearn

    sklearn.set_config(transform_output="pandas")


def silent_logging() -> None:
    logging.disable(logging.CRITICAL)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as people write it


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (220, 220))


def close_files() -> None:
    os.closerange(3, 30)


def thread() -> None:
    threading.Thread(target=time.sleep, args=(60,), name="sleeper", daemon=True).start()


def child() -> None:
    subprocess.Popen(["sleep", "600"])


def patch() -> None:
    np.random.seed = lambda *_: None
    random.random = lambda: 0.5


LEAVES = {
    "nothing": lambda: None,
    "warnings": raise_on_warnings,
    "alarm": lambda: signal.alarm(1),
    "handler": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "recursion": lambda: sys.setrecursionlimit(150),
    "environment": lambda: os.environ.update(OMP_NUM_THREADS="7", SEEDSPREAD_LEFT="1"),
    "folder": lambda: os.chdir("/"),
    "timeout": lambda: socket.setdefaulttimeout(0.001),
    "decimal": lambda: setattr(decimal.getcontext(), "prec", 3),
    "collector": gc.disable,
    "umask": lambda: os.umask(0o777),
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C"),
    "start-method": lambda: multiprocessing.set_start_method("spawn"),
    "numpy": lambda: np.seterr(all="raise"),
    "logging": silent_logging,
    "path": lambda: sys.path.insert(0, "/nowhere"),
    "sklearn": pandas_output,
    "patch": patch,
    "limits": limits,
    "files": close_files,
    "thread": thread,
    "child": child,
    "numerics": check_numerics,
    "jit": jit,
    "floatx": floatx,
}


class Parameters(RecipeParameters):
    """One thing to leave behind."""

    leaves: str = Field("nothing", description="what is left behind")


@free_recipe(
    name="leaving", version="1", parameters=Parameters, sources=("algorithm",), metrics=(Metric("value", "maximize"),)
)
def leaving(run: Run) -> None:
    """Draws from the process's own generators, says which process it is, and leaves something behind."""
    np.log(np.zeros(1))
    warnings.warn("a warning", UserWarning, stacklevel=1)
    print("pid", os.getpid(), flush=True)  # noqa: T201
    run.log(1, value=float(np.random.rand() + random.random()))  # noqa: NPY002 - the process's own are meant
    LEAVES[run.parameters.leaves]()
