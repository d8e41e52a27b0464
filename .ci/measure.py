"""Count what ARCHITECTURE and WRITING ask of the code: folder sizes, helpers, names, docstrings, comments, formats.

python .ci/measure.py                       # this checkout
python .ci/measure.py --commit c444b9b HEAD # committed trees, side by side
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.packaging import floor_plan  # noqa: E402 - the folder of a script is its path, not the checkout

PACKAGES = ("backend/seedspread", "worker/seedspread_worker")
PAGE_SHARED = ("lib", "state", "api", "ui", "figures", "live", "arms", "view", "keys", "shell")
VAGUE = frozenset(
    {
        *("found", "told", "said", "one", "known", "asked", "held", "stated", "given", "place"),
        *("shown", "kept", "taken", "got", "had", "made", "what", "which", "them", "those", "left", "came", "seen"),
        *("read", "gone", "here", "there", "thing", "things", "stuff", "much", "many", "whole", "rest"),
    }
)
BANNED = frozenset({"found", "told", "said", "one", "known", "asked", "held", "stated", "given", "place"})
QUESTION_WORDS = frozenset({"what", "how", "whether", "where", "who", "which", "why", "when", "whose", "nothing"})
ARTICLES = frozenset({"the", "a", "an"})
SENTENCE = re.compile(r"[A-Z“][^\s]*( [^\s]+){3,}")
FLOAT_FORMAT = re.compile(r"[0-9.,+{}_]*[efgEFG%]$")
# These write floats for machines, where a thousands separator or a real minus sign would be an error: coordinates and
# widths of drawings, colours with their opacity, widths of LaTeX columns, the decimal that identifies a float32.
MACHINE_FORMATS = (
    "figures/svg/svg.py",
    "figures/svg/glyphs.py",
    "figures/kit/look.py",
    "recording/tfevents.py",
    "report/latex.py",
)
# Sentences belong to modules whose names end so; `errors` are the exceptions with their messages.
SENTENCE_MODULES = ("sentences", "caveats", "methods", "wording", "errors")


@dataclass(frozen=True)
class Module:
    """A parsed module of one of the two packages."""

    path: Path
    text: str
    tree: ast.Module


def modules(root: Path) -> list[Module]:
    """Parse every module of the packages below `root`, migrations left out."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths if "migrations" not in path.parts]
    return [Module(path.relative_to(root), text, ast.parse(text)) for path, text in texts]


def code_lines(module: Module) -> int:
    """Count the lines that are not blank."""
    return sum(bool(line.strip()) for line in module.text.splitlines())


def fullest_folders(parsed: list[Module]) -> list[int]:
    """Return the sizes of the five fullest folders, `__init__` not counted."""
    sizes = Counter(module.path.parent for module in parsed if module.path.stem != "__init__")
    return [size for _, size in sizes.most_common(5)]


def private_called_once(parsed: list[Module]) -> int:
    """Count private functions that are referred to once, outside their own body."""
    total = 0
    for module in parsed:
        private = [
            node
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("_")
            and not node.name.endswith("__")
        ]
        names = Counter(
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Name | ast.Attribute)
        )
        total += sum(names[node.name] == 1 and not node.decorator_list for node in private)
    return total


def local_names(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every binding of a name: assignments, loops, comprehensions, parameters."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)) or isinstance(node, ast.arg):
            yield node


def bound(node: ast.AST) -> str:
    """Return the name that a binding binds."""
    return node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""


def vague_names(parsed: list[Module], names: frozenset[str] = VAGUE) -> int:
    """Count the bindings of vague names."""
    return sum(bound(node) in names for module in parsed for node in local_names(module.tree))


def docstrings(parsed: list[Module]) -> list[str]:
    """Return the first lines of all docstrings of modules, classes and functions."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = (node for module in parsed for node in ast.walk(module.tree) if isinstance(node, kinds))
    texts = (ast.get_docstring(node) for node in nodes)
    return [text.strip().splitlines()[0] for text in texts if text and text.strip()]


def comments(module: Module) -> int:
    """Count the lines that hold a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(module.text).readline)
    return sum(token.type == tokenize.COMMENT for token in tokens)


def formats_for_people(module: Module) -> bool:
    """Tell whether a module turns floats into text for people; `round` returns a number, which is no text."""
    return not module.path.as_posix().endswith(MACHINE_FORMATS) and formats_numbers(module, rounding=False)


def formats_numbers(module: Module, *, rounding: bool = True) -> bool:
    """Tell whether a module formats a float or, as the crude count has it, rounds one."""
    calls = ("format", "round") if rounding else ("format",)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            spec = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
            if FLOAT_FORMAT.match(spec):
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
            return True
    return False


def speaks(module: Module) -> bool:
    """Tell whether a module contains user-facing sentences: prose that is neither docstring nor error nor log."""
    quiet: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr | ast.Raise) or (isinstance(node, ast.Call) and "Field" in ast.unparse(node.func)):
            quiet |= {id(child) for child in ast.walk(node)}
    texts = (
        node.value
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet
    )
    return any(text.count(" ") >= 2 and re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", text) for text in texts)


def speaks_elsewhere(module: Module) -> bool:
    """Tell whether prose stands outside sentence modules, errors, help, logs and descriptions of the API."""
    return not module.path.stem.endswith(SENTENCE_MODULES) and any(floor_plan.prose(module.tree))


def writes_plus_minus(module: Module) -> bool:
    """Tell whether a module puts ± into a text; patterns that read it, and escapes of it, hold it as a constant."""
    return any(
        isinstance(part, ast.Constant) and "±" in str(part.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    )


def page_cycle(root: Path) -> int:
    """Return how many of the page's shared folders lie in one import cycle."""
    source = root / "frontend" / "src"
    arrows: dict[str, set[str]] = {}
    for path in [*source.rglob("*.ts"), *source.rglob("*.tsx")]:
        here = path.relative_to(source).parts[0]
        if ".test." in path.name or here == "testing":  # tests may import whatever they test
            continue
        for target in re.findall(r"""from ["'](\.[^"']+)["']""", path.read_text(encoding="utf-8")):
            other = (path.parent / target).resolve()
            if other.is_relative_to(source.resolve()) and len(other.relative_to(source.resolve()).parts) > 1:
                arrows.setdefault(here, set()).add(other.relative_to(source.resolve()).parts[0])
    shared = {name for name in arrows if name not in ("pages", "test")}
    groups = [
        {other for other in shared if other in reachable(name, arrows) and name in reachable(other, arrows)}
        for name in shared
    ]
    widest = max((len(group - {name} | {name}) for name, group in zip(shared, groups, strict=True)), default=0)
    return widest if widest > 1 else 0


def reachable(start: str, arrows: Mapping[str, set[str]]) -> set[str]:
    """Return everything that `start` imports, over any number of arrows."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for other in arrows.get(waiting.pop(), set()) - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def lines_below(folder: Path, patterns: tuple[str, ...]) -> int:
    """Count the lines of a folder's files whose names fit one of the patterns."""
    paths = {path for pattern in patterns for path in folder.rglob(pattern) if "node_modules" not in path.parts}
    written = [path for path in paths if path.is_file() and path.name != "schema.d.ts"]  # that one is generated
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in written)


def test_ratios(root: Path) -> str:
    """Return tests : code for the page, stats and figures."""
    page = root / "frontend" / "src"
    page_tests = lines_below(page, ("*.test.ts", "*.test.tsx")) + lines_below(page / "test", ("*.ts", "*.tsx"))
    page_code = lines_below(page, ("*.ts", "*.tsx")) - page_tests
    ratios = [page_tests / page_code if page_code else 0.0]
    for name in ("stats", "figures"):
        code = lines_below(root / "backend" / "seedspread" / name, ("*.py",))
        ratios.append(lines_below(root / "tests" / name, ("*.py",)) / code)
    return "; ".join(f"{ratio:.2f}" for ratio in ratios)


def measure(root: Path) -> dict[str, str]:
    """Return every measure of a tree, as text, by name."""
    parsed = modules(root)
    thousands = sum(map(code_lines, parsed)) / 1000
    first_lines = docstrings(parsed)
    openings = Counter(re.split(r"\W", line.lower(), maxsplit=1)[0] for line in first_lines)
    commented = sum(map(comments, parsed)) / sum(map(code_lines, parsed))
    plus_minus = sum("±" in module.text for module in parsed)
    share = {
        name: sum(openings[word] for word in words) / len(first_lines)
        for name, words in {"question": QUESTION_WORDS, "article": ARTICLES}.items()
    }
    return {
        "modules, lines of code": f"{len(parsed)}, {thousands * 1000:,.0f}",
        "fullest folders (modules)": ", ".join(map(str, fullest_folders(parsed))),
        "private functions called once, per 1,000 lines": f"{private_called_once(parsed) / thousands:.1f}",
        "vague local names, per 1,000 lines": f"{vague_names(parsed) / thousands:.1f}",
        "of these the banned ten, per 1,000 lines": f"{vague_names(parsed, BANNED) / thousands:.1f}",
        "docstrings": f"{len(first_lines)}",
        "docstrings opening with a question word": f"{share['question']:.0%}",
        "docstrings opening with The, A or An": f"{share['article']:.0%}",
        "median words in a docstring's first line": f"{statistics.median(len(line.split()) for line in first_lines):g}",
        "docstrings' first lines above 12 words": f"{sum(len(line.split()) > 12 for line in first_lines)}",
        "comment lines": f"{commented:.1%}",
        "modules that format or round numbers, crude": f"{sum(map(formats_numbers, parsed))}",
        "modules that format numbers for people": f"{sum(map(formats_for_people, parsed))}",
        "modules with any prose, crude": f"{sum(map(speaks, parsed))}",
        "modules with prose outside sentence modules, errors, help": f"{sum(map(speaks_elsewhere, parsed))}",
        "modules that mention ±": f"{plus_minus}",
        "modules that write ± into a text": f"{sum(map(writes_plus_minus, parsed))}",
        "page's shared folders in one cycle": f"{page_cycle(root)}",
        "tests : code (page; stats; figures)": test_ratios(root),
    }


def exported(commit: str, folder: Path) -> Path:
    """Write the tree of a commit below `folder` and return its place."""
    target = folder / commit.replace("/", "_")
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as file:
        file.extractall(target, filter="data")
    return target


def main() -> None:
    """Print the measures as a table, a column a tree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--commit", nargs="*", default=[], help="commits to measure; none: this checkout")
    commits: list[str] = parser.parse_args().commit
    with tempfile.TemporaryDirectory() as scratch:
        columns = {commit: measure(exported(commit, Path(scratch))) for commit in commits} or {"now": measure(ROOT)}
    print("| measure |", " | ".join(columns), "|")
    print("| --- |", " | ".join("---" for _ in columns), "|")
    for name in next(iter(columns.values())):
        print(f"| {name} |", " | ".join(column[name] for column in columns.values()), "|")


if __name__ == "__main__":
    main()
