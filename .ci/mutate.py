"""Mutate random places of a package and report which mutants the tests let pass; not part of the suite.

python .ci/mutate.py core -n 20 --seed 7
python .ci/mutate.py storage analysis -n 30 --tests tests/storage tests/analysis
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"seedspread": ROOT / "backend" / "seedspread", "seedspread_worker": ROOT / "worker" / "seedspread_worker"}
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


def mutated(mutant: Mutant) -> str:
    """Return the module's source with the mutant's change."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    swapped(list(ast.walk(tree))[mutant.index])
    return ast.unparse(ast.fix_missing_locations(tree))


def killed(mutant: Mutant, scratch: Path, tests: list[str], timeout_s: float) -> bool:
    """Run the tests against a copy of the packages with the mutant in it; a hang counts as killed."""
    original = scratch / mutant.path.relative_to(ROOT)
    source = original.read_text(encoding="utf-8")
    original.write_text(mutated(mutant), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    paths = os.pathsep.join(str(scratch / folder) for folder in ("backend", "worker"))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return True
    finally:
        original.write_text(source, encoding="utf-8")
    return done.returncode != 0


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


def report(package: str, results: list[tuple[Mutant, bool]], write: Callable[[str], object]) -> None:
    """Write the score and every survivor."""
    survivors = [mutant for mutant, dead in results if not dead]
    write(f"{package}: {len(results) - len(survivors)} of {len(results)} mutants killed\n")
    for mutant in survivors:
        write(f"  survived: {mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.change}\n")


def main() -> None:
    """Draw mutants of each package and test them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packages", nargs="+", help="folders below seedspread, or worker/FOLDER")
    parser.add_argument("-n", type=int, default=20, help="mutants per package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="*", help="default: tests/PACKAGE")
    parser.add_argument("--timeout", type=float, default=600, help="seconds per mutant")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        scratch = Path(name)
        copied(scratch)
        for package in options.packages:
            every = [mutant for path in modules_of(package) for mutant in candidates(path)]
            drawn = random.Random(f"{options.seed}/{package}").sample(every, min(options.n, len(every)))  # noqa: S311
            tests = options.tests or [f"tests/{package}"]
            results = [(mutant, killed(mutant, scratch, tests, options.timeout)) for mutant in drawn]
            report(package, results, sys.stdout.write)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
