"""Mutate random places of the page and report which mutants its tests let pass; not part of the suite.

python .ci/mutate_page.py src/pages/compare src/live -n 20 --seed 7
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
CHANGES = (
    (re.compile(r" === "), " !== "),
    (re.compile(r" !== "), " === "),
    (re.compile(r" && "), " || "),
    (re.compile(r" \|\| "), " && "),
    (re.compile(r" \?\? "), " && "),
    (re.compile(r" < (?=[\w(])"), " <= "),
    (re.compile(r" > (?=[\w(])"), " >= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" >= "), " > "),
    (re.compile(r" \+ "), " - "),
    (re.compile(r" - "), " + "),
    (re.compile(r" \* "), " / "),
    (re.compile(r"(?<=[\s({,=])!(?=[a-z(])"), ""),
    (re.compile(r"\btrue\b"), "false"),
    (re.compile(r"\bfalse\b"), "true"),
    (re.compile(r"(?<=[\s({,=\[])(\d+)(?=[\s,;)}\]])"), "+1"),
    (re.compile(r"\.(some)\("), ".every("),
    (re.compile(r"\.(every)\("), ".some("),
    (re.compile(r"\? (null|undefined) : "), "? '' : "),
)


@dataclass(frozen=True)
class Mutant:
    """One replacement in one file."""

    path: Path
    start: int
    end: int
    text: str
    line: int
    before: str


def candidates(path: Path) -> list[Mutant]:
    """List every change that could be made to a file, imports and comments left alone."""
    source = path.read_text(encoding="utf-8")
    mutants, start = [], 0
    for number, line in enumerate(source.splitlines(keepends=True), 1):
        code = not line.lstrip().startswith(("import", "export type", "//", "*", "/*", "type", "interface"))
        for pattern, replacement in CHANGES if code else ():
            for match in pattern.finditer(line):
                text = str(int(match[1]) + 1) if replacement == "+1" else replacement
                place = (start + match.start(), start + match.end())
                mutants.append(Mutant(path, *place, text, number, match[0]))
        start += len(line)
    return mutants


def killed(mutant: Mutant, root: Path, timeout_s: float) -> bool:
    """Run the tests that reach the mutant's file; a hang counts as killed."""
    path = root / mutant.path.relative_to(FRONTEND)
    source = path.read_text(encoding="utf-8")
    path.write_text(source[: mutant.start] + mutant.text + source[mutant.end :], encoding="utf-8")
    command = ["npx", "vitest", "related", "--run", "--bail", "1", str(path.relative_to(root))]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(source, encoding="utf-8")
    return done.returncode != 0


def main() -> None:
    """Draw mutants below the given folders and test them in a copy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", default=["src"], help="folders or files of the page")
    parser.add_argument("-n", type=int, default=20, help="mutants in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=300, help="seconds per mutant")
    options = parser.parse_args()
    files = [path for name in options.folders for path in [FRONTEND / name, *(FRONTEND / name).rglob("*")]]
    code = sorted({p for p in files if p.suffix in (".ts", ".tsx") and p.is_file() and ".test." not in p.name})
    skipped = ("testing", "schema.d.ts", "plotly.d.ts", "main.tsx")
    every = [m for path in code if not any(part in str(path) for part in skipped) for m in candidates(path)]
    drawn = random.Random(options.seed).sample(every, min(options.n, len(every)))  # noqa: S311
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        root = Path(name) / "frontend"
        shutil.copytree(FRONTEND, root, ignore=shutil.ignore_patterns("node_modules"))
        (root / "node_modules").symlink_to(FRONTEND / "node_modules")
        shutil.copytree(FRONTEND.parent / "tests" / "goldens", Path(name) / "tests" / "goldens")
        dead = 0
        for mutant in drawn:
            fell = killed(mutant, root, options.timeout)
            dead += fell
            where = f"{mutant.path.relative_to(FRONTEND)}:{mutant.line}: {mutant.before!r} -> {mutant.text!r}"
            sys.stdout.write(f"  {'killed' if fell else 'survived'}: {where}\n")
            sys.stdout.flush()
        sys.stdout.write(f"page: {dead} of {len(drawn)} mutants killed\n")


if __name__ == "__main__":
    main()
