"""Names that Python code binds, and what is assigned to each.

An assignment counts wherever it stands: which branch runs is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Scope:
    """Names of a function or module, with what is assigned to each.

    `None` stands for what is unknown.
    """

    path: Path
    parent: Scope | None = None
    names: dict[str, list[ast.expr | None]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    function: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    defaults: dict[str, ast.expr] = field(default_factory=dict)

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """Add an assignment; a tuple takes its values one by one."""
        if isinstance(target, ast.Name):
            self.names.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            values: Sequence[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                values = value.elts
            for item, part in zip(target.elts, values, strict=True):
                self.bind(item, part)


def scope_of(path: Path, body: Sequence[ast.AST], parent: Scope | None) -> Scope:
    """Return the names that statements bind, those of definitions inside left out."""
    scope = Scope(path, parent)
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.names.setdefault(node.name, []).append(None)
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                scope.bind(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            scope.bind(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            _bind_loop(scope, node.target, node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            scope.bind(node.optional_vars, None)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                scope.imports[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                scope.imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}".lstrip(".")
        if not isinstance(node, ast.Lambda):
            waiting += list(ast.iter_child_nodes(node))
    return scope


def _bind_loop(scope: Scope, target: ast.expr, values: ast.expr) -> None:
    """Bind a loop's target; an element is constant where the whole is."""
    counts = isinstance(values, ast.Call) and isinstance(values.func, ast.Name) and values.func.id == "enumerate"
    if counts and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        scope.bind(target.elts[0], ast.Constant(0))
        scope.bind(target.elts[1], None)
    elif isinstance(target, ast.Tuple):
        scope.bind(target, None)
    else:
        scope.bind(target, values)
