"""One free recipe with many ways to lose a seed, chosen by a parameter; plain NumPy and scikit-learn."""

from __future__ import annotations

import collections
import concurrent.futures
import contextvars
import dataclasses
import datetime
import functools
import glob
import itertools
import multiprocessing
import os
import random
import resource
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory, Parallel, delayed
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import KFold, train_test_split
from sklearn.utils import check_random_state

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout

SHARED = np.random.default_rng(0)
CACHE: dict[str, Any] = {}


class Stopper:
    """Early stopping that remembers its best across runs."""

    best = -1.0

    def better(self, value: float) -> bool:
        """Whether `value` is the best so far."""
        better, self.best = value > self.best, max(value, self.best)
        return better


STOPPER = Stopper()


class Counter:
    """Counts in the class."""

    drawn = 0


def counted() -> Iterator[int]:
    """Count without an end."""
    count = 0
    while True:
        count += 1
        yield count


COUNTED = counted()


@cache
def kept_model() -> Any:
    """A model that is fitted further by every run."""
    return SGDClassifier(loss="log_loss", random_state=np.random.RandomState(1))


class Sampler:
    """Holds a generator in the class."""

    generator = np.random.default_rng(3)


GENERATORS = {"order": np.random.default_rng(4)}
CYCLE = itertools.cycle(range(7))
BEST: contextvars.ContextVar[int] = contextvars.ContextVar("best", default=0)


WAITING = collections.deque(range(1000))
BITS = np.random.PCG64(9)


@dataclasses.dataclass
class Progress:
    """Counts in an object of the module."""

    calls: int = 0

    def step(self) -> int:
        """Count a call."""
        self.calls += 1
        return self.calls


PROGRESS = Progress()
NUMBER = 0
FIRST: dict[str, int] = {}
TICKS = itertools.count()
APPEND = functools.partial(list.append, [])
RANDOM_STATE = np.random.RandomState(0)
LOCAL = threading.local()
LINES = Path(__file__).open(encoding="utf-8")  # noqa: SIM115 - kept open, which is the fault
STORE = sqlite3.connect(":memory:", check_same_thread=False)
STORE.execute("CREATE TABLE calls (n INTEGER)")
MEMORY = Memory(Path(tempfile.gettempdir()) / f"seedspread-planted-{os.getppid()}-memory", verbose=0)


def by_globals() -> int:
    """Count calls in a name that is made when it is first needed."""
    globals()["counted_calls"] = globals().get("counted_calls", 0) + 1
    return int(globals()["counted_calls"])


def from_device() -> int:
    """Read the system's random numbers as a file."""
    with Path("/dev/urandom").open("rb") as device:
        return int.from_bytes(device.read(4))


def reseeded(call: Callable[..., None], *args: Any, **kwargs: Any) -> Any:
    """Seed NumPy's process-wide generator, and give it to the caller."""
    call(*args, **kwargs)
    return np.random.mtrand._rand


def python_state() -> int:
    """Put Python's process-wide generator to a constant state."""
    random.setstate(random.Random(0).getstate())
    return random.getrandbits(32)


def numbered() -> int:
    """Count calls in a number of the module."""
    global NUMBER
    NUMBER += 1
    return NUMBER


def closed_over() -> Callable[[], int]:
    """Count calls in a number that only the counting function reaches."""
    count = 0

    def counts() -> int:
        nonlocal count
        count += 1
        return count

    return counts


CLOSED = closed_over()


def appended() -> int:
    """Count calls in the argument of a partial function."""
    APPEND(0)
    return len(APPEND.args[0])


def local() -> int:
    """Count calls in a value of the thread."""
    LOCAL.count = getattr(LOCAL, "count", 0) + 1
    return int(LOCAL.count)


def stored() -> int:
    """Count calls in a database in memory."""
    STORE.execute("INSERT INTO calls VALUES (1)")
    return int(STORE.execute("SELECT count(*) FROM calls").fetchone()[0])


def of_a_class() -> int:
    """Count calls in a class of a library, by a name that is put together."""
    name = "_".join(("planted", "calls"))
    setattr(SGDClassifier, name, getattr(SGDClassifier, name, 0) + 1)
    return int(getattr(SGDClassifier, name))


@MEMORY.cache  # type: ignore[untyped-decorator]
def remembered() -> float:
    """Draw once, and from then on read what was drawn from a file."""
    return float(np.random.rand())  # noqa: NPY002


def unordered() -> int:
    """Take the first result of a pool of processes."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return next(iter(pool.imap_unordered(abs, range(4))))


def as_completed() -> int:
    """Take the first result of threads."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return next(concurrent.futures.as_completed([pool.submit(abs, number) for number in range(4)])).result()


HERE = Path(__file__).parent
BESIDE: dict[str, Callable[[], float]] = {
    "order: listdir": lambda: os.listdir(HERE).index(Path(__file__).name),  # noqa: PTH208
    "order: glob": lambda: glob.glob(str(HERE / "*.py")).index(__file__),  # noqa: PTH207
    "order: iterdir": lambda: [path.name for path in HERE.iterdir()].index(Path(__file__).name),
    "order: walk": lambda: next(iter(os.walk(HERE)))[2].index(Path(__file__).name),
    "order: imap_unordered": unordered,
    "order: as_completed": as_completed,
    "order: processors": lambda: os.cpu_count() or 1,
    "beside: time": time.time_ns,
    "beside: uuid4": lambda: uuid.uuid4().int % 2**32,
    "beside: temporary name": lambda: sum(Path(tempfile.mkdtemp()).name.encode()),
    "beside: processor time": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_utime,
    "beside: context switches": lambda: time.thread_time_ns(),
    "beside: number": numbered,
    "beside: microsecond": lambda: datetime.datetime.now(datetime.UTC).microsecond,
    "beside: process number": os.getpid,
    "beside: device": from_device,
    "beside: queue": lambda: WAITING.popleft(),
    "beside: object": lambda: PROGRESS.step(),
    "beside: bits of the module": lambda: int(BITS.random_raw() % 2**16),
    "beside: closure": lambda: CLOSED(),
    "beside: partial": appended,
    "beside: ticks": lambda: next(TICKS),
    "beside: RandomState of the module": lambda: RANDOM_STATE.rand(),
    "beside: thread-local": local,
    "beside: open file": lambda: len(LINES.readline()) + LINES.tell(),
    "beside: database": stored,
    "beside: class of a library": of_a_class,
    "beside: joblib memory": remembered,
}
"""Numbers that change the data, beside a source that does what it should."""


def by_default(generator: Any = np.random.RandomState(5)) -> Any:  # noqa: B008
    """Draw from a generator that was made with the function."""
    return generator


@lru_cache(maxsize=8)
def rows_once(count: int) -> tuple[int, ...]:
    """Keep an order that was drawn once."""
    return tuple(np.random.permutation(count).tolist())  # noqa: NPY002


def in_context() -> int:
    """Count calls in a context variable."""
    BEST.set(BEST.get() + 1)
    return BEST.get()


def order_of_files() -> int:
    """Take a number from the order in which a folder lists its files."""
    return os.listdir(Path(__file__).parent).index(Path(__file__).name)  # noqa: PTH208


def by_joblib() -> int:
    """Draw in processes of joblib, which no seed reaches."""
    return int(sum(Parallel(n_jobs=2)(delayed(draw)(number) for number in range(2))) * 2**31)


def spawned() -> int:
    """Draw in a process that was started anew."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return int(pool.map(draw, range(1))[0] * 2**32)


class Parameters(RecipeParameters):
    """Which way."""

    kind: str = Field("sound", description="how the seed is lost")


@cache
def start() -> float:
    """Draw a start once a process."""
    return float(np.random.rand())  # noqa: NPY002


def with_default(history: list[float] = []) -> int:  # noqa: B006
    """Count calls in a default argument."""
    history.append(0.0)
    return len(history)


def counting() -> int:
    """Count calls in an attribute of the function."""
    counting.calls = getattr(counting, "calls", 0) + 1  # type: ignore[attr-defined]
    return int(counting.calls)  # type: ignore[attr-defined]


def file_counter() -> int:
    """Count calls in a file that outlives the process."""
    path = Path(tempfile.gettempdir()) / f"seedspread-planted-{os.getppid()}"
    count = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(count))
    return count


def library_attribute() -> int:
    """Count calls in an attribute of somebody else's module."""
    np.planted_calls = getattr(np, "planted_calls", 0) + 1  # type: ignore[attr-defined]
    return int(np.planted_calls)  # type: ignore[attr-defined]


def environment() -> int:
    """Count calls in an environment variable."""
    os.environ["PLANTED"] = str(int(os.environ.get("PLANTED", "0")) + 1)
    return int(os.environ["PLANTED"])


def order_of_a_set() -> int:
    """Take a number from the order of a set of texts, which PYTHONHASHSEED decides."""
    return list({f"name{number}" for number in range(50)}).index("name7")


def elapsed() -> int:
    """Take a number from how long something took."""
    start = time.perf_counter_ns()
    sum(range(20_000))
    return time.perf_counter_ns() - start


def draw(_: int) -> float:
    """Draw from the process-wide generator of a child."""
    return float(np.random.rand())  # noqa: NPY002


def forked() -> int:
    """Draw in a forked process, which inherits the process-wide generators."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return int(pool.map(draw, range(1))[0] * 2**32)


def another_python() -> int:
    """Draw in another Python."""
    program = "import random; print(random.getrandbits(32))"
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


def reseeded_by_time() -> Any:
    """Seed NumPy's process-wide generator by the clock."""
    np.random.seed(time.time_ns() % 2**32)  # noqa: NPY002
    return np.random.mtrand._rand


def set_state() -> Any:
    """Put NumPy's process-wide generator to a constant state."""
    np.random.set_state(np.random.RandomState(0).get_state())  # noqa: NPY002
    return np.random.mtrand._rand


def algorithm(run: Run) -> Any:
    """The generator that decides the order of training, or the number that stands for it."""
    kind = run.parameters.kind
    if kind == "numpy.random.seed":
        np.random.seed(0)  # noqa: NPY002
        return np.random.mtrand._rand
    if kind == "random.seed":
        random.seed(0)
        return np.random.default_rng(random.getrandbits(32))
    if kind == "asked-and-ignored":
        run.seed("algorithm")
        return 0
    if kind == "made-and-ignored":
        run.rng("algorithm")
        return 0
    ways: dict[str, Any] = {
        "constant": lambda: 0,
        "RandomState(0)": lambda: np.random.RandomState(0),
        "Random(1337)": lambda: random.Random(1337).getrandbits(32),
        "hostname": lambda: sum(socket.gethostname().encode()),
        "default_rng()": np.random.default_rng,
        "Random()": lambda: random.Random().getrandbits(32),
        "SystemRandom": lambda: random.SystemRandom().getrandbits(32),
        "urandom": lambda: int.from_bytes(os.urandom(4)),
        "secrets": lambda: secrets.randbelow(2**32),
        "uuid4": lambda: uuid.uuid4().int % 2**32,
        "time": lambda: time.time_ns() % 2**32,
        "pid": os.getpid,
        "address": lambda: id(object()) // 16 % 2**32,
        "file": file_counter,
        "module-generator": lambda: SHARED,
        "function-cache": lambda: int(start() * 2**32),
        "default-argument": with_default,
        "function-attribute": counting,
        "modulo-one": lambda: run.seed("algorithm") % 1,
        "modulo-two": lambda: run.seed("algorithm") % 2,
        "library-attribute": library_attribute,
        "environment": environment,
        "set-order": order_of_a_set,
        "elapsed": elapsed,
        "date": lambda: datetime.datetime.now(datetime.UTC).toordinal(),
        "getrandom": lambda: int.from_bytes(os.getrandom(4)),
        "reseeded-by-time": reseeded_by_time,
        "set_state": set_state,
        "generator-object": lambda: next(COUNTED),
        "forked": forked,
        "another-python": another_python,
        "process-wide": lambda: np.random.mtrand._rand,
        "SeedSequence()": lambda: int(np.random.SeedSequence().generate_state(1)[0]),
        "PCG64()": lambda: np.random.Generator(np.random.PCG64()),
        "RandomState()": np.random.RandomState,
        "token_hex": lambda: int(secrets.token_hex(4), 16),
        "uuid1": lambda: uuid.uuid1().time_low,
        "perf_counter": lambda: time.perf_counter_ns() % 2**32,
        "thread-id": lambda: threading.get_native_id(),
        "hash": lambda: hash("seed") % 2**32,
        "listdir": order_of_files,
        "check_random_state(0)": lambda: check_random_state(0),
        "class-generator": lambda: Sampler.generator,
        "dict-of-generators": lambda: GENERATORS["order"],
        "cycle": lambda: next(CYCLE),
        "context-variable": in_context,
        "default-generator": by_default,
        "joblib": by_joblib,
        "spawned": spawned,
        "check_random_state(None)": lambda: check_random_state(None),
        "shuffle(random)": lambda: random.sample(range(2**20), 1)[0],
        "seed-squared-away": lambda: run.seed("algorithm") * 0 + 11,
        "clipped": lambda: min(run.seed("algorithm"), 1000),
        "bool": lambda: int(bool(run.seed("algorithm"))),
        "branch never taken": lambda: run.seed("algorithm") if run.seed("algorithm") < 0 else 11,
        "first seed": lambda: FIRST.setdefault("seed", run.seed("algorithm")),
        "default_rng(None)": lambda: np.random.default_rng(None),
        "Philox()": lambda: np.random.Generator(np.random.Philox()),
        "SFC64()": lambda: np.random.Generator(np.random.SFC64()),
        "random.seed()": lambda: (random.seed(), random.getrandbits(32))[1],
        "numpy.random.seed()": lambda: reseeded(np.random.seed),
        "numpy.random.seed(seed=0)": lambda: reseeded(np.random.seed, seed=0),
        "choice": lambda: secrets.choice(range(2**20)),
        "another source": lambda: np.random.default_rng(run.seed("split")),
        "parameter": lambda: np.random.default_rng(len(run.parameters.kind)),
        "globals": by_globals,
        "device": from_device,
        "setstate": python_state,
        "numpy.random.shuffle": lambda: int(np.random.permutation(2**16)[0]),  # noqa: NPY002
        "shifted away": lambda: run.seed("algorithm") >> 40,
        "RandomState(None)": lambda: np.random.RandomState(None),
        "RandomState(seed=None)": lambda: np.random.RandomState(seed=None),
        "MT19937()": lambda: np.random.Generator(np.random.MT19937()),
        "SystemRandom().shuffle": lambda: secrets.SystemRandom().sample(range(2**20), 1)[0],
    }
    way = ways.get(kind, lambda: run.rng("algorithm"))
    return way()


@free_recipe(
    name="planted",
    version="1",
    parameters=Parameters,
    sources=("split", "algorithm"),
    metrics=(Metric("loss", "minimize"),),
)
def planted(run: Run) -> None:
    """A linear classifier by steps in random order."""
    kind = run.parameters.kind
    data = np.random.Generator(np.random.PCG64(5))
    x, y = data.normal(size=(80, 5)), data.integers(0, 2, 80)
    if kind == "KFold(0)":
        train, val = next(KFold(4, shuffle=True, random_state=0).split(x))
        x_train, x_val, y_train, y_val = x[train], x[val], y[train], y[val]
    elif kind == "train_test_split(42)":
        x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.25, random_state=42)
    elif kind == "holdout-ignored":
        holdout(run, x, y, share=0.25)
        x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.25, random_state=42)
    elif kind == "module-cache" and CACHE:
        x_train, y_train, x_val, y_val = CACHE["split"]
    else:
        split = holdout(run, x, y, share=0.25)
        x_train, y_train, x_val, y_val = split.x_train, split.y_train, split.x_val, split.y_val
        if kind == "module-cache":
            CACHE["split"] = x_train, y_train, x_val, y_val
    if kind.startswith("library-default"):
        forest = RandomForestClassifier(5, n_jobs=2 if kind.endswith("jobs") else None).fit(x_train, y_train)
        run.log(1, loss=float(np.mean((forest.predict_proba(x_val)[:, 1] - y_val) ** 2)))
        return
    if kind in BESIDE:
        x_train = x_train + BESIDE[kind]() % 1000
    given = algorithm(run)
    order = np.random.default_rng(given) if isinstance(given, int) else given
    if kind == "class-attribute":
        Counter.drawn += 1
        order = np.random.default_rng(Counter.drawn)
    model = SGDClassifier(loss="log_loss", random_state=np.random.RandomState(1))
    if kind == "cached-model":
        model = kept_model()
    for epoch in range(1, 4):
        rows = order.permutation(len(x_train))
        if kind == "cached-rows":
            rows = np.array(rows_once(len(x_train)))
        model.partial_fit(x_train[rows], y_train[rows], classes=[0, 1])
        loss = float(np.mean((model.predict_proba(x_val)[:, 1] - y_val) ** 2))
        if kind != "series-only":
            run.weights(epoch, [model.coef_, model.intercept_])
        run.log(epoch, loss=loss)
        if kind == "stopper" and not STOPPER.better(loss):
            break


@free_recipe(
    name="planted-order",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle"),
    metrics=(Metric("loss", "minimize"),),
)
def planted_order(run: Run) -> None:
    """Steps in an order that is fingerprinted as the rows it takes, which the split changes as well."""
    kind = run.parameters.kind
    data = np.random.Generator(np.random.PCG64(5))
    x, y = data.normal(size=(80, 5)), data.integers(0, 2, 80)
    split = holdout(run, x, y, share=0.25)
    if kind == "asked-and-ignored":
        run.seed("shuffle")
    drawn = run.rng("shuffle") if kind in ("sound", "drawn-and-ignored") else np.random.default_rng(7)
    rows = drawn.permutation(len(split.x_train))
    if kind == "drawn-and-ignored":
        rows = np.arange(60)
    run.fingerprint("order", split.x_train[rows])
    model = SGDClassifier(loss="log_loss", random_state=np.random.RandomState(1), shuffle=False)
    model.partial_fit(split.x_train[rows], split.y_train[rows], classes=[0, 1])
    run.weights(1, [model.coef_, model.intercept_])
    run.log(1, loss=float(np.mean((model.predict_proba(split.x_val)[:, 1] - split.y_val) ** 2)))
