"""Free recipes that leave something behind in their process."""

from __future__ import annotations

import asyncio
import atexit
import builtins
import codecs
import collections.abc
import copyreg
import ctypes
import decimal
import faulthandler
import gc
import json.encoder
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
import tempfile
import threading
import time
import tracemalloc
import types
import unittest.mock
import warnings
from typing import Any

import joblib
import numpy as np
import sklearn.metrics
import threadpoolctl
from sklearn.linear_model import SGDClassifier

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


def eager() -> None:
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)


def options() -> None:
    import pandas as pd

    pd.set_option("display.precision", 3)


def time_zone() -> None:
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()


def trace() -> None:
    sys.setprofile(lambda *_: None)
    threading.setprofile(lambda *_: None)


def stream_hooks() -> None:
    sys.excepthook = lambda *_: None


def modules() -> None:
    sys.modules["json"] = types.ModuleType("json")


def added_name() -> None:
    builtins.leftover = 1  # type: ignore[attr-defined]


def temporary_folder() -> None:
    tempfile.tempdir = "/nowhere"


def other_function() -> None:
    np.linalg.norm = lambda *_: 0.0  # type: ignore[assignment]


def method() -> None:
    SGDClassifier.fit = lambda *_: None


def entry() -> None:
    json.encoder.ESCAPE_DCT["~"] = "-"


def put() -> None:
    os.putenv("TZ", "Asia/Tokyo")
    time.tzset()


def pickling() -> None:
    copyreg.pickle(SGDClassifier, lambda _: (SGDClassifier, ()))
    copyreg.add_extension("leaving", "pickling", 7)


def wakeup() -> None:
    _, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)


def methods() -> None:
    kind: Any = getattr(sys.modules["seedspread_worker"], "R" + "un")
    kind.log, kind.weights = (lambda *_, **__: None), property(lambda _: None)
    kind.seed = classmethod(lambda *_: 0)


def by_a_call() -> None:
    unittest.mock.patch("sklearn.metrics.accuracy_score", return_value=0.0).start()


def pool() -> None:
    joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(number) for number in range(2))


def fork_server() -> None:
    with multiprocessing.get_context("forkserver").Pool(1) as workers:
        workers.map(abs, range(2))


def detached() -> None:
    """Start a process whose own parent has ended."""
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.setsid()
            os.execv("/bin/sleep", ["sleep", "600"])
        os._exit(0)
    os.waitpid(child, 0)


class Finder:
    """Finds nothing."""

    @staticmethod
    def find_spec(*_: object) -> None:
        """Return None."""


LEAVES: dict[str, Any] = {
    "detached": detached,
    "closed-output": lambda: sys.stdout.close(),
    "logger": lambda: logging.getLogger("concurrent.futures").setLevel(1),
    "event-loop": lambda: asyncio.run(asyncio.sleep(0)),
    "finder": lambda: sys.meta_path.insert(0, Finder()),
    "no-finders": sys.path_hooks.clear,
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
    "eager": eager,
    "options": options,
    "time-zone": time_zone,
    "put": put,
    "pickling": pickling,
    "wakeup": wakeup,
    "methods": methods,
    "abstract": lambda: collections.abc.Sequence.register(SGDClassifier),
    "audit-hook": lambda: sys.addaudithook(lambda *_: None),
    "at-fork": lambda: os.register_at_fork(after_in_child=random.seed),
    "codec-error": lambda: codecs.register_error("strict", codecs.ignore_errors),
    "trace": trace,
    "hooks": stream_hooks,
    "digits": lambda: sys.set_int_max_str_digits(5000),
    "stack": lambda: threading.stack_size(2**20),
    "processors": lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    "tracing": tracemalloc.start,
    "temporary": temporary_folder,
    "generator": lambda: np.random.set_bit_generator(np.random.PCG64(1)),  # type: ignore[attr-defined]
    "error-call": lambda: np.seterrcall(print),
    "buffer": lambda: np.setbufsize(16),
    "rounding": lambda: ctypes.CDLL(None).fesetround(0x800),
    "modules": modules,
    "added-name": added_name,
    "other-function": other_function,
    "method": method,
    "entry": entry,
    "by-a-call": by_a_call,
    "joblib": lambda: joblib.parallel_config(n_jobs=2),
    "threads-of-blas": lambda: threadpoolctl.threadpool_limits(2),
    "pool": pool,
    "fork-server": fork_server,
    "dump-later": lambda: faulthandler.dump_traceback_later(1, exit=True),
    "at-exit": lambda: atexit.register(random.seed, 0),
}


def probes() -> dict[str, float]:
    """What some of them change, as numbers."""
    pools = {item["prefix"]: item["num_threads"] for item in threadpoolctl.threadpool_info()}
    return {
        "time_zone": float(time.timezone),
        "processors": float(len(os.sched_getaffinity(0))),
        "third": 1.0 / 3.0,
        "norm": float(np.linalg.norm(np.ones(4))),
        "accuracy": float(sklearn.metrics.accuracy_score([1, 0], [1, 1])),
        "jobs": float(joblib.parallel.get_active_backend()[1] or 1),
        "threads": float(sum(pools.values())),
        "score": float(SGDClassifier(random_state=0).fit([[0.0], [1.0]], [0, 1]).coef_[0][0]),
        "stack": float(threading.stack_size()),
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
    value = float(np.random.rand() + random.random())  # noqa: NPY002 - the process's own are meant
    run.log(1, value=value, **probes())
    LEAVES[run.parameters.leaves]()
