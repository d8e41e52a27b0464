"""Rules of the floor plan, as functions that read a tree of Python sources and return what breaks them.

`test_floor_plan.py` applies them to this checkout and to small trees that break one rule each.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BANNED_NAMES = frozenset({"found", "told", "said", "one", "known", "asked", "held", "stated", "given", "place"})
BANNED_OPENINGS = frozenset(
    {"What", "How", "Whether", "Where", "Who", "Which", "Why", "When", "Whose", "Nothing", "The", "A", "An"}
)
DOUBLED_VERB = re.compile(
    r"Return (adjust|advance|allow|analyse|arrange|audit|change|complete|delay|derive|do|guess|identify|insert|migrate"
    r"|need|phrase|plan|post|preview|put|read|redact|reopen|requeue|restart|revoke|seal|spell|store|stream|study"
    r"|suggest|trace|upload|write)\b(?! (of|for|from|in|by|with)\b)"
)
"""An imperative after "Return", which two rounds of rewording leave behind."""
LONGEST_FIRST_LINE = 12
LONGEST_FUNCTION = 60
LONGEST_MODULE = 650
LARGEST_FOLDER = 12
DEEPEST = 4
FLOAT_FORMAT = re.compile(r"[<>=^]?[-+ ]?#?0?\d*[,_]?(\.\d+)?[eEfFgG%]$")
PROSE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
QUIET_CALLS = frozenset(
    {
        *("Field", "Option", "Argument", "Query", "Header", "Path", "Body", "add_argument", "add_typer"),
        *("InvalidInput", "NotFound", "Conflict", "Unavailable", "Unauthorized"),
        *("Problem", "fail", "Metric", "figure", "question_rng", "GaugeMetricFamily", "Histogram"),
    }
)
"""Calls whose text is an error, help, a description, a figure's title in the registry or the key of a random stream."""
QUIET_KEYWORDS = frozenset({"help", "epilog", "description", "summary", "responses", "openapi_examples", "hint"})
"""Arguments that are help of commands, description of the API, or what to do about an error."""
CODE = re.compile(r"\{ [\w-]+: |\} ?\}|^import \w|\(\?|\\b")
"""Style sheets, scripts and patterns; no sentence looks like them."""
GENERATED = "migrations"


@dataclass(frozen=True)
class Import:
    """An import of one module by another; `runtime` is False for imports that only type checkers see."""

    target: str
    line: int
    at_once: bool
    runtime: bool


@dataclass(frozen=True)
class Tree:
    """Parsed modules by dotted name, with the path that messages give."""

    modules: Mapping[str, ast.Module]
    paths: Mapping[str, Path]
    packages: frozenset[str]
    imports: Mapping[str, tuple[Import, ...]] = field(default_factory=dict)

    def where(self, module: str, line: int = 0) -> str:
        """Return the place of a problem as `path:line`."""
        return f"{self.paths[module].as_posix()}{f':{line}' if line else ''}"


def read_tree(root: Path, packages: Mapping[str, str]) -> Tree:
    """Parse the packages (name: folder below `root`), migrations left out."""
    modules: dict[str, ast.Module] = {}
    paths: dict[str, Path] = {}
    names: set[str] = set()
    for package, folder in packages.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = [package, *path.relative_to(root / folder).with_suffix("").parts]
            if GENERATED in parts:
                continue
            if parts[-1] == "__init__":
                parts.pop()
                names.add(".".join(parts))
            name = ".".join(parts)
            modules[name] = ast.parse(path.read_text(encoding="utf-8"))
            paths[name] = path.relative_to(root)
    tree = Tree(modules, paths, frozenset(names))
    return Tree(modules, paths, tree.packages, {name: tuple(_imports(tree, name)) for name in modules})


def _imports(tree: Tree, module: str) -> Iterator[Import]:
    package = module.split(".") if module in tree.packages else module.split(".")[:-1]

    def visit(node: ast.AST, at_once: bool, runtime: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_once, runtime) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            # `from package import module` names the module too.
            yield from (Import(f"{start}.{alias.name}", node.lineno, at_once, runtime) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from (Import(name, node.lineno, at_once, runtime) for name in _dynamic(tree, node))
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, at_once and not later and not typing, runtime and not typing)

    yield from visit(tree.modules[module], at_once=True, runtime=True)


def _dynamic(tree: Tree, call: ast.Call) -> list[str]:
    """Return the modules that a dynamic import may load: a constant, or every module below an f-string's start."""
    argument = call.args[0] if call.args else None
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    if isinstance(argument, ast.JoinedStr) and argument.values and isinstance(argument.values[0], ast.Constant):
        start = str(argument.values[0].value)
        return [name for name in tree.modules if name.startswith(start)]
    return []


def resolve(tree: Tree, target: str) -> str | None:
    """Return the module of the tree that an imported name is or lies in, or None."""
    while target and target not in tree.modules:
        target = target.rpartition(".")[0]
    return target or None


def folder_of(tree: Tree, module: str) -> str:
    """Return the dotted folder of a module; a module beside the packages is its own room."""
    parts = module.split(".") if module in tree.packages else module.split(".")[:-1]
    return module if len(parts) == 1 else ".".join(parts)


def arrows(tree: Tree) -> dict[str, dict[str, str]]:
    """Return the arrows between folders, each with a place that draws it; type-only imports included."""
    drawn: dict[str, dict[str, str]] = defaultdict(dict)
    for module in tree.modules:
        for item in tree.imports[module]:
            target = resolve(tree, item.target)
            if target is None or target == module or (target in tree.packages and "." not in target):
                continue
            here, there = folder_of(tree, module), folder_of(tree, target)
            if here != there:
                drawn[here].setdefault(there, tree.where(module, item.line))
    return drawn


def forbidden_arrows(tree: Tree, allowed: Mapping[str, frozenset[str]]) -> list[str]:
    """Return imports that no permission covers, permissions that no import uses, and unknown folders."""
    drawn = arrows(tree)
    wrong = [
        f"{place}: {here} must not import {there}"
        for here, targets in drawn.items()
        for there, place in targets.items()
        if there not in allowed.get(here, frozenset())
    ]
    unused = [
        f"{here} may import {there}, but does not"
        for here, targets in allowed.items()
        for there in sorted(targets)
        if there not in drawn.get(here, {})
    ]
    folders = {folder_of(tree, module) for module in tree.modules}
    unknown = [f"{folder} has no entry in the floor plan" for folder in sorted(folders - allowed.keys())]
    return wrong + unused + unknown


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the cycles of a graph, each as its sorted members."""
    reach = {name: _reachable(name, graph) for name in graph}
    groups = {tuple(sorted(other for other in reach[name] if name in reach.get(other, set()))) for name in graph}
    return [list(group) for group in sorted(groups) if len(group) > 1]


def _reachable(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), set()) - reached:
            reached.add(target)
            waiting.append(target)
    return reached


def module_cycles(tree: Tree) -> list[list[str]]:
    """Return cycles among modules; a package's `__init__` is not on the way to its modules."""
    graph = {
        module: {
            target
            for item in tree.imports[module]
            if (target := resolve(tree, item.target)) is not None and target != module
        }
        for module in tree.modules
    }
    return cycles(graph)


def folder_cycles(tree: Tree) -> list[list[str]]:
    """Return cycles among folders."""
    return cycles({folder: set(targets) for folder, targets in arrows(tree).items()})


def full_folders(tree: Tree, limits: Mapping[str, int]) -> list[str]:
    """Return folders with too many modules, or too deep below their package."""
    sizes = Counter(folder_of(tree, module) for module in tree.modules if module not in tree.packages)
    # Modules beside the packages of the root are rooms of their own; together they fill the root's folder.
    roots = {module.split(".")[0] for module in tree.modules}
    for root in roots:
        beside = [module for module in tree.modules if module.count(".") == 1 and module not in tree.packages]
        sizes[root] = sum(module.startswith(f"{root}.") for module in beside)
    full = [
        f"{folder}: {size} modules, at most {limits.get(folder, LARGEST_FOLDER)}"
        for folder, size in sizes.items()
        if size > limits.get(folder, LARGEST_FOLDER)
    ]
    deep = [f"{package}: too deep" for package in tree.packages if package.count(".") >= DEEPEST]
    return full + deep


def functions(tree: Tree) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function with its module."""
    for module, body in tree.modules.items():
        for node in ast.walk(body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node


def long_functions(tree: Tree) -> list[str]:
    """Return functions of more than 60 lines, signatures not counted: a command's options fill pages."""
    return [
        f"{tree.where(module, node.lineno)}: {node.name} has {length} lines"
        for module, node in functions(tree)
        if (length := (node.end_lineno or node.lineno) - node.body[0].lineno + 1) > LONGEST_FUNCTION
    ]


def long_modules(tree: Tree) -> list[str]:
    """Return modules of more than 650 lines."""
    lengths = {module: body.body[-1].end_lineno or 0 for module, body in tree.modules.items() if body.body}
    return [f"{tree.where(module)}: {length} lines" for module, length in lengths.items() if length > LONGEST_MODULE]


def vague_names(tree: Tree) -> list[str]:
    """Return bindings of banned names: assignments, loops, parameters, fields and functions."""
    wrong: list[str] = []
    for module, body in tree.modules.items():
        for node in ast.walk(body):
            name = ""
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
            elif isinstance(node, ast.arg):
                name = node.arg
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = node.name.strip("_").lower()
            if name in BANNED_NAMES:
                wrong.append(f"{tree.where(module, getattr(node, 'lineno', 0))}: {name}")
    return wrong


def bad_docstrings(tree: Tree) -> list[str]:
    """Return docstrings whose first line opens with a banned word, is too long, or does not end its sentence."""
    wrong: list[str] = []
    for module, body in tree.modules.items():
        for node in ast.walk(body):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            text = ast.get_docstring(node)
            if not text:
                continue
            line = text.splitlines()[0]
            faults = []
            if re.split(r"\W", line, maxsplit=1)[0] in BANNED_OPENINGS:
                faults.append(f"opens with {line.split()[0]}")
            if match := DOUBLED_VERB.match(line):
                faults.append(f"has two verbs, {match[0]!r}")
            if len(line.split()) > LONGEST_FIRST_LINE:
                faults.append(f"{len(line.split())} words")
            wrong += [f"{tree.where(module, node.body[0].lineno)}: {fault}: {line}" for fault in faults]
    return wrong


def float_formats(tree: Tree, allowed: frozenset[str]) -> list[str]:
    """Return places outside `allowed` that turn a float into text."""
    wrong: list[str] = []
    for module, body in tree.modules.items():
        if module in allowed:
            continue
        for node in ast.walk(body):
            spec = ""
            if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
                spec = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "format" and len(node.args) == 2:
                spec = str(node.args[1].value) if isinstance(node.args[1], ast.Constant) else ""
            if spec and FLOAT_FORMAT.search(spec):
                wrong.append(f"{tree.where(module, getattr(node, 'lineno', 0))}: {spec}")
    return wrong


def plus_minus(tree: Tree, allowed: frozenset[str]) -> list[str]:
    """Return places outside `allowed` that put ± into a text; patterns that read it hold it as a constant."""
    return [
        f"{tree.where(module, node.lineno)}: ± belongs to the half-width of a CI, which `words.mean` writes"
        for module, body in tree.modules.items()
        if module not in allowed
        for node in ast.walk(body)
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and "±" in str(part.value) for part in node.values)
    ]


def prose(body: ast.Module) -> Iterator[ast.Constant]:
    """Yield pieces of user-facing sentences: three words in a row, in no docstring, error, log, help or description.

    Text that only errors use is theirs, even where a local name or a private function carries it to them.
    """
    quiet: set[int] = set()
    for node in ast.walk(body):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        last = name.rpartition(".")[2]
        if (
            isinstance(node, ast.Raise)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            or (isinstance(node, ast.keyword) and node.arg in QUIET_KEYWORDS)
            or (isinstance(node, ast.Dict) and "description" in [getattr(key, "value", None) for key in node.keys])
            or name.startswith(("log.", "re."))
            or last in QUIET_CALLS
            or last.endswith("Error")
            # `"determinism is enabled" in message` recognises a text of somebody else's.
            or isinstance(node, ast.Compare)
            # "alpha beta gamma".split() is a list of words.
            or (last == "split" and isinstance(node, ast.Call) and not node.args)
        ):
            quiet |= {id(child) for child in ast.walk(node)}
    candidates = [
        node
        for node in ast.walk(body)
        if isinstance(node, ast.Constant) and PROSE.search(str(node.value)) and not CODE.search(str(node.value))
    ]
    # Following names is the slow part, so it waits until there is something to follow.
    while any(id(node) not in quiet for node in candidates) and (carried := _only_in(quiet, body)):
        quiet |= carried
    yield from (node for node in candidates if id(node) not in quiet)


def code_texts(body: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts of a module that are neither docstrings nor examples in the API's description."""
    quiet: set[int] = set()
    for node in ast.walk(body):
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
            isinstance(node, ast.keyword) and node.arg == "examples"
        ):
            quiet |= {id(child) for child in ast.walk(node)}
    yield from (
        node
        for node in ast.walk(body)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet
    )


def _only_in(quiet: set[int], body: ast.Module) -> set[int]:
    """Return nodes not yet quiet whose values reach quiet nodes alone: assigned names, private functions."""
    more: set[int] = set()
    scopes = (node for node in ast.walk(body) if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef))
    for scope in scopes:
        uses: dict[str, list[int]] = defaultdict(list)
        sources: dict[str, list[ast.AST]] = defaultdict(list)
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                uses[node.id].append(id(node))
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        sources[target.id].append(node.value)
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
                sources[node.name].append(node)
        for name, nodes in sources.items():
            if uses[name] and all(use in quiet for use in uses[name]):
                more |= {id(child) for node in nodes for child in ast.walk(node)} - quiet
    return more


def sentences_elsewhere(tree: Tree, homes: frozenset[str]) -> list[str]:
    """Return the first sentence of each module that is none of their `homes`."""
    wrong: list[str] = []
    for module, body in tree.modules.items():
        first = next(prose(body), None)
        if first is not None and module not in homes:
            wrong.append(f"{tree.where(module, first.lineno)}: {first.value!r} belongs into a module of sentences")
    return wrong


def names_equal_but_for_case(paths: list[Path]) -> list[str]:
    """Return paths that a case-insensitive file system cannot tell apart; folders included."""
    every = {parent for path in paths for parent in [path, *path.parents]}
    folded = Counter(path.as_posix().casefold() for path in every)
    return sorted(path.as_posix() for path in every if folded[path.as_posix().casefold()] > 1)
