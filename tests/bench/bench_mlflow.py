"""MLflow's own page with the runs that `bench_page` shows in ours: 1,000 runs of 1,000 steps.

    python -m tests.bench.bench_mlflow [--runs 1000] [--steps 1000] [--out FILE.json]

MLflow is installed into an environment that is thrown away, and is no dependency of anything here; where it cannot be
had, a sentence says so and nothing is measured. `rows` and `usable` are milliseconds from the link to an experiment's
runs to its rows, and to its curves drawn, with a warm server and browser. MLflow then shows 100 rows and the curves of
10 runs, Seedspread all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser import chromium as browsers
from tests.servers import free_port
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

MLFLOW = "mlflow>=3.1,<4"
INSTALL_TIMEOUT_S = 900
START_S = 90.0
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
ROWS = "() => document.querySelectorAll('a[href*=\"/runs/\"]').length > 10"
DRAWN = f"() => ({ROWS})() && document.querySelector('.js-plotly-plot .scatterlayer .trace, .js-plotly-plot canvas')"


def installed(folder: Path, package: str = MLFLOW) -> Path | None:
    """The Python of a new environment with MLflow, or another package; None where it cannot be had."""
    python = folder / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    commands = (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")],
        [*uv, "pip", "install", "--quiet", "--python", str(python), package],
    )
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    try:
        for command in commands:
            subprocess.run(command, check=True, timeout=INSTALL_TIMEOUT_S, env=environment, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        output = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        sys.stderr.write(
            f"{package} cannot be installed here, nothing was measured: {output[-1] if output else error}\n"
        )
        return None
    return python


@contextlib.contextmanager
def serving(python: Path, folder: Path) -> Iterator[str]:
    """MLflow's server on the folder's database."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *stores], stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **QUIET}
        )
    try:
        until(lambda: answers(url), START_S, "the start of MLflow's server")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    """Whether the server is there."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5):
            return True
    except OSError:
        return False


def shown(url: str, experiment: str) -> dict[str, float]:
    """Milliseconds to the rows and the curves of an experiment, from a warm list of experiments."""
    found = browsers.find()
    target = f"#/experiments/{experiment}/runs?compareRunsMode=CHART"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            args=browsers.sandbox_arguments(),
            env={**os.environ, **found.environment},
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        # Once before it counts.
        for _ in range(2):
            page.goto(f"{url}/#/experiments")
            page.wait_for_selector(f"a[href*='/experiments/{experiment}']", timeout=60_000)
            page.wait_for_timeout(1500)
            start = page.evaluate("performance.now()")
            page.evaluate(f"location.hash = {json.dumps(target)}")
            page.wait_for_function(ROWS, polling=16, timeout=120_000)
            rows = page.evaluate("performance.now()") - start
            page.wait_for_function(DRAWN, polling=16, timeout=120_000)
            usable = page.evaluate("performance.now()") - start
        bytes_loaded = page.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
        )
        browser.close()
    return {"rows": rows, "usable": usable, "bytes": bytes_loaded}


def main(arguments: list[str]) -> int:
    """Installs, fills, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder)
        if python is None:
            return 0
        fill = [str(python), str(Path(__file__).with_name("mlflow_fill.py")), name, str(given.runs), str(given.steps)]
        filled = subprocess.run(fill, check=True, stdout=subprocess.PIPE, env={**os.environ, **QUIET}, text=True)
        with serving(python, folder) as url:
            told = shown(url, filled.stdout.strip())
    numbers = ", ".join(f"{key} {value:,.0f}" for key, value in told.items())
    sys.stdout.write(f"MLflow, {given.runs:,} runs of {given.steps:,} steps: {numbers}\n")
    if given.out is not None:
        given.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
