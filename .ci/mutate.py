"""Mutate random places of a package and report which mutants the tests let pass; not part of the suite.

python .ci/mutate.py core -n 20 --seed 7
python .ci/mutate.py storage analysis -n 30 --tests tests/storage tests/analysis

Tests run once without a mutant, which records what each of them calls. A mutant then meets those alone that call what
it changes, the quickest first, in a fork of that process; one that changes a module as it is imported meets all tests.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import gc
import inspect
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Literal

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"seedspread": ROOT / "backend" / "seedspread", "seedspread_worker": ROOT / "worker" / "seedspread_worker"}
# Run again in one process, pytest says that its plugins cannot be rewritten any more.
ARGUMENTS = ["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
Outcome = Literal["killed", "survived", "timed out"]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one module: which node in the order of a walk, and what becomes of it."""

    path: Path
    index: int
    line: int
    change: str


def swapped(node: ast.AST) -> str | None:
    """Change a node in place and describe the change; None where this kind of node is left alone."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        before = type(node.ops[0])
        node.ops[0] = COMPARISONS[before]()
        return f"{before.__name__} -> {COMPARISONS[before].__name__}"
    if isinstance(node, ast.BoolOp):
        before_op = type(node.op).__name__
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return f"{before_op} -> {type(node.op).__name__}"
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        before_operator = type(node.op)
        node.op = OPERATORS[before_operator]()
        return f"{before_operator.__name__} -> {OPERATORS[before_operator].__name__}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op = ast.UAdd()
        node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        return "not removed"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return f"{not node.value} -> {node.value}"
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value += 1
        return f"{node.value - 1} -> {node.value}"
    if isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
        return "branches of a conditional swapped"
    return None


def skipped(tree: ast.Module) -> set[int]:
    """Return the ids of nodes whose change means nothing: annotations, type aliases, decorators."""
    quiet: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts += [*node.decorator_list, node.returns, *(argument.annotation for argument in node.args.args)]
            parts += [argument.annotation for argument in node.args.kwonlyargs]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        for part in parts:
            quiet |= {id(child) for child in ast.walk(part)} if part is not None else set()
    return quiet


def candidates(path: Path) -> list[Mutant]:
    """List every change that could be made to a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet = skipped(tree)
    mutants: list[Mutant] = []
    for index, node in enumerate(ast.walk(tree)):
        line = getattr(node, "lineno", 0)
        if id(node) not in quiet and (change := swapped(node)) is not None:
            mutants.append(Mutant(path, index, line, change))
    return mutants


def mutated_tree(mutant: Mutant) -> ast.Module:
    """Return the module's syntax tree with the mutant's change."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    swapped(list(ast.walk(tree))[mutant.index])
    return ast.fix_missing_locations(tree)


class Recorder:
    """Pytest plugin that records which of the packages' functions each test calls, and how long it takes."""

    def __init__(self, scratch: Path) -> None:
        """Record functions below this folder."""
        self.scratch = str(scratch)
        self.tests: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run one test and note what it called."""
        called: set[CodeType] = set()

        def note(frame: FrameType, event: str, _argument: object) -> None:
            if event == "call":
                called.add(frame.f_code)

        started = time.monotonic()
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            self.seconds[item.nodeid] = time.monotonic() - started
            for code in called:
                if code.co_filename.startswith(self.scratch):
                    self.tests[named(code)].add(item.nodeid)


class Selection:
    """Pytest plugin that runs chosen tests alone, the quickest first."""

    def __init__(self, chosen: set[str], seconds: dict[str, float]) -> None:
        """Take the tests' ids and how long each takes."""
        self.chosen, self.seconds = chosen, seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests."""
        items[:] = sorted((i for i in items if i.nodeid in self.chosen), key=lambda item: self.seconds[item.nodeid])


def named(code: CodeType) -> tuple[str, str, int]:
    """Return what identifies a function: its file, qualified name and first line."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects in a module's code, those of nested functions included."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes_of(constant)


def changed_functions(mutant: Mutant, path: Path) -> list[CodeType] | None:
    """Return the functions that the mutant changes; None where it changes what a module does as it is imported."""
    source = mutant.path.read_text(encoding="utf-8")
    before = compile(source, str(path), "exec", dont_inherit=True)
    after = compile(mutated_tree(mutant), str(path), "exec", dont_inherit=True)
    plain = {named(code): code for code in codes_of(before)}
    functions = [code for code in codes_of(after) if code != plain.get(named(code))]
    body = [code for code in functions if not code.co_flags & inspect.CO_NEWLOCALS]
    return None if body or not functions else functions


def swap(functions: list[CodeType]) -> None:
    """Put changed code into the functions that exist, and forget what they had cached."""
    changed = {named(code): code for code in functions}
    for item in gc.get_objects():
        if isinstance(item, FunctionType) and named(item.__code__) in changed:
            item.__code__ = changed[named(item.__code__)]
        elif isinstance(item, functools._lru_cache_wrapper):
            item.cache_clear()


def forked(work: Callable[[], int], timeout_s: float) -> int | None:
    """Do work in a fork, without its output, and return its exit code; None where it took too long."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        output = os.open(os.devnull, os.O_WRONLY)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def tested(tests: list[str], *plugins: object) -> int:
    """Run pytest in this process and return its exit code."""
    return int(pytest.main([*ARGUMENTS, *tests], plugins=list(plugins)))


@contextmanager
def written(mutant: Mutant, scratch: Path) -> Iterator[Path]:
    """Write the mutant into the copy of its module, for processes that tests start."""
    path = scratch / mutant.path.relative_to(ROOT)
    source = path.read_text(encoding="utf-8")
    path.write_text(ast.unparse(mutated_tree(mutant)), encoding="utf-8")
    try:
        yield path
    finally:
        path.write_text(source, encoding="utf-8")


def outcome_of(mutant: Mutant, scratch: Path, tests: list[str], recorder: Recorder, timeout_s: float) -> Outcome:
    """Run the tests with the mutant in place."""
    with written(mutant, scratch) as path:
        functions = changed_functions(mutant, path)
        if functions is None:
            code = forked(lambda: fresh(tests), timeout_s)
        else:
            chosen = set[str]().union(*(recorder.tests[named(code)] for code in functions))
            if not chosen:
                return "survived"
            code = forked(lambda: selected(functions, tests, Selection(chosen, recorder.seconds)), timeout_s)
        return "timed out" if code is None else "survived" if code == 0 else "killed"


def selected(functions: list[CodeType], tests: list[str], selection: Selection) -> int:
    """Run the tests that call the changed functions, in this process."""
    swap(functions)
    return tested(tests, selection)


@functools.cache
def recorded(scratch: Path, tests: tuple[str, ...]) -> Recorder:
    """Run the tests without a mutant and return what they call."""
    recorder = Recorder(scratch)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = tested([*tests], recorder)
    if code:
        sys.exit(f"{output.getvalue()}\n{' '.join(tests)}: fails without any mutant, so it would kill every one")
    return recorder


def fresh(tests: list[str]) -> int:
    """Run pytest in a new interpreter."""
    return subprocess.run([sys.executable, "-m", "pytest", *ARGUMENTS, *tests], check=False).returncode


def prepared(scratch: Path) -> None:
    """Put the copies of the packages first, here and in processes that tests start."""
    paths = [str(scratch / folder) for folder in ("backend", "worker")]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    sys.path[:0] = [*paths, str(ROOT)]
    os.chdir(ROOT)


def copied(scratch: Path) -> None:
    """Copy both packages, so that the checkout stays as it is."""
    ignore = shutil.ignore_patterns("__pycache__", "static", "node_modules")
    for folder in PACKAGES.values():
        shutil.copytree(folder, scratch / folder.relative_to(ROOT), ignore=ignore)


def modules_of(package: str) -> list[Path]:
    """Return the modules of a folder such as `core`, `core/audit` or `worker/pool`."""
    root = PACKAGES["seedspread_worker" if package.startswith("worker/") else "seedspread"]
    folder = root / package.removeprefix("worker/")
    return sorted(folder.glob("*.py"))


def report(package: str, results: list[tuple[Mutant, Outcome]], write: Callable[[str], object]) -> None:
    """Write the score and every mutant that was not killed; one that timed out is told apart, on a busy machine."""
    counts = Counter(outcome for _, outcome in results)
    write(f"{package}: {counts['killed']} of {len(results)} mutants killed, {counts['timed out']} timed out\n")
    for mutant, outcome in results:
        if outcome != "killed":
            write(f"  {outcome}: {mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.change}\n")


def main() -> None:
    """Draw mutants of each package and test them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packages", nargs="+", help="folders below seedspread, or worker/FOLDER")
    parser.add_argument("-n", type=int, default=20, help="mutants per package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="*", help="default: tests/PACKAGE")
    parser.add_argument("-k", dest="expression", help="leave tests out as pytest does, such as slow ones")
    parser.add_argument("--timeout", type=float, default=600, help="seconds per mutant")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        scratch = Path(name)
        copied(scratch)
        prepared(scratch)
        for package in options.packages:
            every = [mutant for path in modules_of(package) for mutant in candidates(path)]
            drawn = random.Random(f"{options.seed}/{package}").sample(every, min(options.n, len(every)))  # noqa: S311
            tests = [*(options.tests or [f"tests/{package}"])]
            tests += ["-k", options.expression] if options.expression else []
            recorder = recorded(scratch, tuple(tests))
            results = [(mutant, outcome_of(mutant, scratch, tests, recorder, options.timeout)) for mutant in drawn]
            report(package, results, sys.stdout.write)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
