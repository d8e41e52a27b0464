"""Check LaTeX strictly without TeX: printable ASCII, known commands, balanced groups, rows of equal length."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

COMMANDS = frozenset(
    re.findall(
        r"\w+",
        """
        paragraph begin end centering footnotesize sloppy par setlength caption label toprule midrule bottomrule
        raggedright arraybackslash hspace dimexpr linewidth tabcolsep relax allowbreak textbackslash textasciitilde
        textasciicircum textless textgreater textbar times div pm cdot leq geq neq approx equiv infty rightarrow
        leftarrow uparrow downarrow leftrightarrow Rightarrow surd sum partial nabla in circ ldots S copyright ss ae AE
        oe OE o O l L i mu u r H v c k alpha beta gamma delta epsilon zeta eta theta iota kappa lambda nu xi pi rho
        varsigma sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
        """,
    )
)
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|([{}$&#%_^~])|(\n)", re.DOTALL)


def faults(text: str) -> list[str]:
    """Return what TeX, or a reader, would stumble over; empty for sound LaTeX."""
    problems = [
        f"not ASCII: {character!r}" for character in set(text) if not (" " <= character <= "~" or character == "\n")
    ]
    body = "\n".join("" if line.startswith("% ") else line for line in text.split("\n"))
    depth, math, environments = 0, False, []
    for match in _TOKEN.finditer(body):
        command, escaped, special, _ = match.groups()
        if command in ("begin", "end"):
            name = body[match.end() :].split("}", 1)[0].lstrip("{")
            if command == "begin":
                environments.append(name)
            elif not environments or environments.pop() != name:
                problems.append(f"unbalanced environment {name}")
        elif command is not None and command not in COMMANDS:
            problems.append(f"unknown command {command}")
        elif escaped is not None and escaped not in "\\&%$#_{}`'^~=.\"":
            problems.append(f"unknown escape {escaped!r}")
        elif special == "{":
            depth += 1
        elif special == "}":
            depth -= 1
            if depth < 0:
                problems.append("a group ends that never began")
        elif special == "$":
            math = not math
        elif special in ("^", "_") and not math:
            problems.append(f"{special} outside math")
        elif special in ("#", "~", "%"):
            problems.append(f"bare {special}")
        elif special == "&" and "tabular" not in environments:
            problems.append("& outside a table")
    if depth or math or environments:
        problems.append("something is left open")
    return problems + _row_faults(body)


def _row_faults(body: str) -> list[str]:
    problems = []
    for table in re.findall(r"\\begin\{table\}.*?\\end\{table\}", body, re.DOTALL):
        shares = [float(share) for share in re.findall(r"\\dimexpr ([\d.]+)\\linewidth", table)]
        if not shares or sum(shares) > 1.0001:
            problems.append(f"columns take {sum(shares):.3f} of the text width")
        rows = [line for line in table.split("\n") if line.endswith(r"\\")]
        counts = {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows}
        if counts != {len(shares)}:
            problems.append(f"rows of {counts} cells in {len(shares)} columns")
        problems += [f"no {part}" for part in (r"\centering", r"\caption", r"\label", r"\toprule") if part not in table]
        for row in rows:
            longest = max((len(_plain(word)) for word in re.split(r"\s|\\allowbreak\{\}", row)), default=0)
            if longest > 44:
                problems.append(f"a word of {longest} letters that cannot break")
    return problems


def _plain(word: str) -> str:
    return re.sub(r"\\[A-Za-z]+(\{\})?|[\\{}$]", "", word)


def compiled(text: str, folder: Path) -> str | None:
    """Compile with pdflatex where it is installed; return what went wrong, or None."""
    engine = shutil.which("pdflatex")
    if engine is None:
        return None
    document = (
        "\\documentclass{article}\n\\usepackage{array,booktabs}\n\\begin{document}\n" + text + "\\end{document}\n"
    )
    (folder / "report.tex").write_text(document)
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
    log = run.stdout.decode("latin-1")
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    if run.returncode:
        return log[-1500:]
    return f"a line is {max(wide)} pt too wide" if wide and max(wide) > 3 else None
