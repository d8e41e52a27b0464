"""Constant seeds in a recipe's code, read from its text.

A constant beside sound sources changes nothing that an audit compares: its runs repeat, and every source has an effect.
Only the text shows it. Numbers that come from files or libraries are not seen.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from seedspread_worker import sentences
from seedspread_worker.catalog.commands import read_commands
from seedspread_worker.catalog.scopes import Scope, scope_of
from seedspread_worker.catalog.sourcecode import gathered, text_of
from seedspread_worker.catalog.usage import reached

_SEEDING_CALLS = frozenset(
    {
        *("seed", "seed_all", "seed_instance", "seed_everything", "fix_seed", "fix_random_seed", "set_seed"),
        *("set_random_seed", "set_global_seed", "manual_seed", "manual_seed_all", "from_seed", "init_seeds"),
        *("default_rng", "RandomState", "check_random_state", "SeedSequence", "Random", "SeedGenerator"),
        *("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64", "PRNGKey", "PRNGSequence", "Rngs"),
        *("GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"),
    }
)
"""Functions and classes whose first argument is a seed, by the last part of their name."""
_SECOND = re.compile(r"stateless_\w+|shuffle|randomSplit")
"""Functions whose second argument is a seed where the first is no sequence of the caller's."""
_SEEDS_BY_NAME = frozenset({"seed", "a", "x", "entropy", "key", "new_seed"})
"""Names that the first argument of a seeding call has."""
_SEED_NAME = re.compile(r"(.*[a-z_])?seeds?(_(value|number|int))?|(.*_)?(random_?state|rng)", re.IGNORECASE)
_COUNTS = re.compile(r"(n|num|nr|number|count|max|min|total)_.*|nseeds|numseeds", re.IGNORECASE)
_OF_CONSTANTS = frozenset({"int", "float", "hash", "abs", "len", "ord", "sum", "min", "max", "pow", "round", "range"})
_OF_CONSTANTS |= {"list", "tuple", "sorted", "reversed", "str", "bytes", "zip", "enumerate"}
"""Builtin functions whose result is a constant where their arguments are."""
_TAKES_DEFAULT = frozenset({"get", "pop", "setdefault", "getattr", "getenv", "setattr"})
_DRAWN = re.compile(r"\{seed(:\w+)?\}")
_SHOWN = 60
_DEPTH = 12

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Definition: TypeAlias = _Function | ast.ClassDef


def constant_seeds(recipe: str, starts: Sequence[Path], files: Sequence[Path]) -> list[str]:
    """Return the constants that a recipe's code passes as seeds.

    Each is text with its file and line, as `random_state=0 at mine.py:12`; a parameter of the recipe, a number of the
    module and a counter of a loop are constants as well.

    Args:
        recipe: its name.
        starts: the files that register it.
        files: these and the local files that they import.
    """
    roots: list[tuple[Path, ast.AST]] = []
    trees: dict[Path, ast.Module] = {}
    for start in starts:
        code, whole = reached(recipe, start, files)
        roots += code
        trees |= whole
    return _read(roots, trees, command=False)


def constant_seeds_of_command(title: str, file: Path) -> list[str]:
    """Return the constant seeds of a command and its Python scripts.

    A script's own default is none: the command line replaces it.

    Args:
        title: the command's name.
        file: the file of commands.
    """
    command = read_commands(file).get(title)
    if command is None:
        return []
    lines = file.read_text("utf-8").splitlines()
    named = [file.parent / part for part in (*command.command, *command.files) if part.endswith(".py")]
    paths = {path for script in named if script.is_file() for path in gathered(script).values()}
    trees = {path: ast.parse(text_of(path)) for path in sorted(paths) if path.suffix == ".py"}
    settings = [*pairwise((*command.command, "")), *command.environment.items()]
    results = []
    for option, value in settings:
        name, equals, own = option.partition("=")
        seed = own if equals else value
        if _is_seed_name(name.lstrip("-").replace("-", "_")) and seed and not _DRAWN.search(seed):
            number = next((at for at, line in enumerate(lines, 1) if name in line and seed in line), 1)
            results.append(f"{name}={seed} at {file.name}:{number}")
    return results + _read(list(trees.items()), trees, command=True)


def _read(roots: Sequence[tuple[Path, ast.AST]], trees: dict[Path, ast.Module], *, command: bool) -> list[str]:
    reader = _Reader(trees, command=command)
    for path, root in roots:
        reader.read(path, root)
    return sorted(reader.constants(), key=_by_line)


def _by_line(text: str) -> tuple[str, int, str]:
    call, _, line_of_file = text.rpartition(" at ")
    file, _, line = line_of_file.rpartition(":")
    return file, int(line), call


@dataclass
class _Candidate:
    """Place where code takes a seed."""

    scope: Scope
    value: ast.expr
    shown: ast.AST
    prefix: str = ""
    texts: bool = False  # text is a seed as well


class _Reader:
    """Find seeds in code, then see which of them are constants."""

    def __init__(self, trees: dict[Path, ast.Module], *, command: bool) -> None:
        self._command = command
        self._modules = {path: scope_of(path, tree.body, None) for path, tree in trees.items()}
        self._classes = {
            (path, node.name): scope_of(path, node.body, None)
            for path, tree in trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }
        self._candidates: list[_Candidate] = []
        self._defaults: list[tuple[Scope, str, ast.arg, ast.expr]] = []
        self._fields: list[tuple[Scope, str, int, str, ast.expr]] = []
        self._calls: dict[str, list[tuple[ast.Call, Scope]]] = {}
        self._mentioned: set[str] = set()
        self._registered: set[str] = set()
        self._own: dict[str, list[tuple[ast.expr, Scope]]] = {}  # what is assigned to `self.name`
        self._seen: set[int] = set()
        self._unread: set[str] = set()

    def read(self, path: Path, root: ast.AST) -> None:
        """Read a statement or definition of a file's top level."""
        try:
            self._visit(root, self._modules[path], "")
        except RecursionError:
            self._unread.add(f"{sentences.TOO_NESTED} at {path.name}:{getattr(root, 'lineno', 1)}")

    def constants(self) -> set[str]:
        """Return each constant seed with its place."""
        results, named = set(self._unread), set()
        for item in self._candidates:
            if self._constant(item.value, item.scope, texts=item.texts):
                named.add(id(item.scope))
                results.add(_at(f"{item.prefix}{ast.unparse(item.shown)}", item.scope, item.shown))
        for scope, function, argument, default in self._defaults:
            left_out = any(value is default for value, _ in self._passed(function, scope, argument.arg))
            if left_out and id(scope) not in named and self._constant(default, scope):
                results.add(_at(f"{argument.arg}={ast.unparse(default)}", scope, argument))
        for scope, name, position, attribute, value in self._fields:
            calls = [call for call, _ in self._calls.get(name, ())]
            if self._constant(value, scope) and (
                not calls or any(_argument(call, attribute, position) is None for call in calls)
            ):
                results.add(_at(f"{attribute} = {ast.unparse(value)}", scope, value))
        return results

    def _visit(self, node: ast.AST, scope: Scope, owner: str) -> None:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        if isinstance(node, ast.If) and not self._command and "__name__" in ast.unparse(node.test):
            return  # not run where a worker imports the file
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node, scope, owner)
            return
        if isinstance(node, ast.ClassDef):
            self._class(node, scope)
            return
        if isinstance(node, ast.Call):
            self._call(node, scope)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self._mentioned.add(node.id)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _is_seed_name(key.value):
                    self._candidates.append(_Candidate(scope, value, value, f"{key.value!r}: "))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            self._assigned(node, scope)
        for field_name, value in ast.iter_fields(node):
            if field_name in ("annotation", "returns"):
                continue
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.AST) and not (isinstance(node, ast.Call) and child is node.func):
                    self._visit(child, scope, owner)
                elif isinstance(child, ast.Attribute):
                    self._visit(child.value, scope, owner)
                elif isinstance(child, ast.AST) and not isinstance(child, ast.Name):
                    self._visit(child, scope, owner)

    def _function(self, node: _Function, scope: Scope, owner: str) -> None:
        name = owner if getattr(node, "name", "") == "__init__" and owner else getattr(node, "name", "")
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = scope_of(scope.path, body, scope)
        inner.function = name
        positional = [*node.args.posonlyargs, *node.args.args]
        offset = 1 if owner and positional and positional[0].arg in ("self", "cls") else 0
        for number, argument in enumerate(positional):
            inner.parameters[argument.arg] = number - offset
        inner.parameters |= dict.fromkeys((argument.arg for argument in node.args.kwonlyargs), 10**6)
        for variadic in (node.args.vararg, node.args.kwarg):
            if variadic is not None:
                inner.names.setdefault(variadic.arg, []).append(None)
        pairs = list(zip(positional[len(positional) - len(node.args.defaults) :], node.args.defaults, strict=True))
        pairs += [
            (argument, default)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is not None
        ]
        inner.defaults = {argument.arg: default for argument, default in pairs}
        decorators = getattr(node, "decorator_list", [])
        if any("free_recipe" in ast.unparse(decorator) for decorator in decorators):
            self._registered.add(name)
        for argument, default in pairs:
            if _is_seed_name(argument.arg) and name:
                self._defaults.append((inner, name, argument, default))
            self._visit(default, scope, "")
        for child in (*decorators, *body):
            self._visit(child, inner if child in body else scope, "")

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        bases = [ast.unparse(base) for base in node.bases]
        parameters = any(base.endswith("RecipeParameters") for base in bases)
        inner = scope_of(scope.path, [], scope)
        fields = [part for part in node.body if isinstance(part, ast.Assign | ast.AnnAssign)]
        for position, part in enumerate(fields):
            target = part.target if isinstance(part, ast.AnnAssign) else part.targets[0]
            if isinstance(target, ast.Name) and part.value is not None and _is_seed_name(target.id) and not parameters:
                self._fields.append((scope, node.name, position, target.id, part.value))
            if part.value is not None:
                self._visit(part.value, inner, "")
            self._seen.add(id(part))
        for child in (*node.decorator_list, *node.body):
            self._visit(child, scope, node.name)

    def _assigned(self, node: ast.Assign | ast.AnnAssign, scope: Scope) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Attribute | ast.Subscript) or node.value is None:
                continue
            if isinstance(target, ast.Subscript):
                key = target.slice
                name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            else:
                name = target.attr
                if isinstance(target.value, ast.Name) and target.value.id == "self":
                    self._own.setdefault(name, []).append((node.value, scope))
            if _is_seed_name(name) and "HASHSEED" not in name.upper():
                self._candidates.append(_Candidate(scope, node.value, node))

    def _call(self, call: ast.Call, scope: Scope) -> None:
        dotted = self._dotted(call.func, scope)
        last = dotted.rpartition(".")[2]
        self._calls.setdefault(last, []).append((call, scope))
        arguments = list(call.args)
        if last in ("map", "partial", "starmap", "submit") and arguments:  # calls what it is given
            dotted = self._dotted(arguments[0], scope)
            last, arguments = dotted.rpartition(".")[2], arguments[1:]
        texts = dotted in ("random.Random", "random.seed")
        if last in _SEEDING_CALLS or dotted.endswith(("random.key", "jr.key")):
            named = [
                item.value
                for item in call.keywords
                if item.arg is not None and (last == "Rngs" or item.arg in _SEEDS_BY_NAME)
            ]
            for value in (*arguments[: 2 if last == "seed" else 1], *named):
                self._candidates.append(_Candidate(scope, value, call, texts=texts))
        elif _SECOND.fullmatch(last) and len(arguments) > 1 and self._second_is_seed(last, arguments, scope):
            self._candidates.append(_Candidate(scope, arguments[1], call))
        elif last in _TAKES_DEFAULT:
            self._default_of_name(last, call, scope)
        for keyword in call.keywords:
            if keyword.arg is not None and _is_seed_name(keyword.arg) and last not in ("add_argument", "option"):
                self._candidates.append(_Candidate(scope, keyword.value, keyword.value, f"{keyword.arg}="))

    def _second_is_seed(self, last: str, arguments: list[ast.expr], scope: Scope) -> bool:
        """Check whether a second argument is a seed.

        It is in `data.shuffle(1000, 3)`; in NumPy's `rng.shuffle(x, 0)` it is an axis.
        """
        return last != "shuffle" or self._constant(arguments[0], scope)

    def _default_of_name(self, last: str, call: ast.Call, scope: Scope) -> None:
        """Take a default or a value whose name is a seed's."""
        arguments = call.args[1:] if last in ("getattr", "setattr") else call.args
        if len(arguments) < 2 or (self._command and last != "setattr"):
            return
        name = arguments[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and _is_seed_name(name.value):
            self._candidates.append(_Candidate(scope, arguments[1], call))

    def _constant(self, value: ast.expr | None, scope: Scope, *, texts: bool = False, depth: int = 0) -> bool:
        """Check whether an expression is the same number in every run."""
        if value is None or depth > _DEPTH:
            return False

        def same(part: ast.expr | None) -> bool:
            return self._constant(part, scope, texts=texts, depth=depth + 1)

        match value:
            case ast.Constant():
                kinds = (int, float, str, bytes) if texts else (int, float)
                return isinstance(value.value, kinds) and not isinstance(value.value, bool)
            case ast.UnaryOp():
                return same(value.operand)
            case ast.BinOp():
                return same(value.left) and same(value.right)
            case ast.List() | ast.Tuple() | ast.Set():
                return bool(value.elts) and all(map(same, value.elts))
            case ast.Starred():
                return same(value.value)
            case ast.IfExp():
                return same(value.body) or same(value.orelse)
            case ast.BoolOp():
                return any(map(same, value.values))
            case ast.NamedExpr():
                return same(value.value)
            case ast.Name():
                return any(
                    self._constant(item, where, texts=texts, depth=depth + 1)
                    for item, where in self._values(value.id, scope)
                )
            case ast.Attribute():
                return self._attribute_constant(value, scope, depth, texts=texts)
            case ast.Subscript():
                return self._item_constant(value, scope, depth, texts=texts)
            case ast.Call():
                return self._call_constant(value, scope, depth)
            case ast.ListComp() | ast.GeneratorExp():
                return same(value.elt)
        return False

    def _call_constant(self, call: ast.Call, scope: Scope, depth: int) -> bool:
        if not isinstance(call.func, ast.Name) or call.func.id not in _OF_CONSTANTS or call.keywords:
            return False
        arguments = call.args
        if call.func.id == "range":  # counts from the same number, however far
            arguments = arguments[:1] if len(arguments) > 1 else []
        elif not arguments:
            return False
        return all(self._constant(item, scope, texts=True, depth=depth + 1) for item in arguments)

    def _attribute_constant(self, value: ast.Attribute, scope: Scope, depth: int, *, texts: bool) -> bool:
        parts = self._dotted(value, scope).split(".")
        if "parameters" in parts[1:-1]:
            return True  # the same in every run of an arm
        if parts[0] == "self" and len(parts) == 2:
            return any(
                self._constant(item, where, texts=texts, depth=depth + 1) for item, where in self._own.get(parts[1], ())
            )
        holders = [names for (_, name), names in self._classes.items() if len(parts) > 1 and name == parts[-2]]
        holders += [names for path, names in self._modules.items() if len(parts) > 1 and path.stem == parts[-2]]
        return any(
            self._constant(item, names, texts=texts, depth=depth + 1)
            for names in holders
            for item in names.names.get(parts[-1], ())
        )

    def _item_constant(self, value: ast.Subscript, scope: Scope, depth: int, *, texts: bool) -> bool:
        """Check an item of a list or dictionary in the code."""
        containers = [(value.value, scope)]
        if isinstance(value.value, ast.Name):
            containers = [(item, where) for item, where in self._values(value.value.id, scope) if item is not None]
        for container, where in containers:
            if isinstance(container, ast.Dict):
                wanted = ast.unparse(value.slice)
                items = [
                    item
                    for key, item in zip(container.keys, container.values, strict=True)
                    if key is not None and ast.unparse(key) == wanted
                ]
            elif isinstance(container, ast.List | ast.Tuple):
                items = [container]
            else:
                continue
            if any(self._constant(item, where, texts=texts, depth=depth + 1) for item in items):
                return True
        return False

    def _values(self, name: str, scope: Scope) -> Iterator[tuple[ast.expr | None, Scope]]:
        """Yield what a name may stand for."""
        at: Scope | None = scope
        while at is not None:
            if name in at.parameters:
                yield from self._passed(at.function, at, name)
                yield from ((item, at) for item in at.names.get(name, ()))
                return
            if name in at.names:
                yield from ((item, at) for item in at.names[name])
                return
            if name in at.imports:
                parts = at.imports[name].split(".")
                for path, names in self._modules.items():
                    if len(parts) > 1 and path.stem == parts[-2]:
                        yield from ((item, names) for item in names.names.get(parts[-1], ()))
                return
            at = at.parent
        if not hasattr(builtins, name):  # of `from module import *`
            for names in self._modules.values():
                yield from ((item, names) for item in names.names.get(name, ()))

    def _passed(self, function: str, scope: Scope, parameter: str) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield what a function's calls pass as a parameter.

        Its default is among them where a call leaves it out.
        """
        default = scope.defaults.get(parameter)
        calls = self._calls.get(function, []) if function else []
        omitted = function in self._registered or (not self._command and not calls and function in self._mentioned)
        for call, where in calls:
            value = _argument(call, parameter, scope.parameters[parameter])
            if value is None:
                omitted = True
            elif value is not call:
                yield value, where
        if omitted and default is not None:
            yield default, scope

    def _dotted(self, node: ast.expr, scope: Scope, depth: int = 0) -> str:
        """Return a dotted name, imports and other names for it resolved."""
        if depth > _DEPTH:
            return ""
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value, scope, depth + 1)}.{node.attr}"
        if isinstance(node, ast.Call):
            function = self._dotted(node.func, scope, depth + 1)
            if function == "getattr" and len(node.args) > 1 and isinstance(name := node.args[1], ast.Constant):
                return f"{self._dotted(node.args[0], scope, depth + 1)}.{name.value!s}"
            return f"{function}()"
        if not isinstance(node, ast.Name):
            return "()"
        at: Scope | None = scope
        while at is not None:
            if node.id in at.imports:
                return at.imports[node.id]
            if node.id in at.names or node.id in at.parameters:
                values = at.names.get(node.id, [None])
                first = values[0] if len(values) == 1 else None
                getter = isinstance(first, ast.Call) and ast.unparse(first.func) == "getattr"
                if isinstance(first, ast.Attribute | ast.Name) or getter:
                    return self._dotted(first, at, depth + 1)  # type: ignore[arg-type]  # no None
                return node.id
            at = at.parent
        return node.id


def _argument(call: ast.Call, parameter: str, position: int) -> ast.expr | None:
    """Return what a call passes as a parameter.

    The call itself stands for what cannot be told, None for nothing.
    """
    for keyword in call.keywords:
        if keyword.arg == parameter:
            return keyword.value
    starred = any(isinstance(item, ast.Starred) for item in call.args)
    if 0 <= position < len(call.args) and not starred:
        return call.args[position]
    unclear = starred or any(item.arg is None for item in call.keywords)
    return call if unclear else None


def _is_seed_name(name: str) -> bool:
    last = name.rpartition("__")[2] or name
    return _SEED_NAME.fullmatch(last) is not None and _COUNTS.fullmatch(last) is None


def _at(text: str, scope: Scope, node: ast.AST) -> str:
    text = " ".join(text.split())
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"{shown} at {scope.path.name}:{getattr(node, 'lineno', 0)}"
