"""Finds a Chromium for the tests: SEEDSPREAD_CHROMIUM, one on PATH, or an npm package's, which needs no root."""

from __future__ import annotations

import ctypes.util
import fcntl
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from frontend import build_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = Path(__file__).resolve().parent
PACKAGE = FOLDER / "node_modules" / "@sparticuz" / "chromium"
UNPACKED = FOLDER / "node_modules" / ".chromium"
REBOUND = "rebound.test"
"""Host name that the browser resolves to this machine, as after DNS rebinding."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>
"""
ARCHIVES = ("fonts", "swiftshader", "al2023")


class Chromium(NamedTuple):
    """A browser to launch: its program, and what its environment needs beside this process's."""

    program: Path
    environment: dict[str, str]


def unpack_archive(archive: Path, folder: Path) -> None:
    """Extracts a tar file; Python 3.11.2 does not know filters yet, and newer ones warn without."""
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            opened.extractall(folder)


def unpack(node: build_page.Node) -> None:
    """Unpacks the npm package's browser, its libraries and its fonts into UNPACKED, once; takes about 3 s."""
    version = (PACKAGE / "package.json").read_text()
    marker = UNPACKED / "package.json"
    if marker.is_file() and marker.read_text() == version:
        return
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir()
    for name in ("chromium", *(f"{archive}.tar" for archive in ARCHIVES)):
        command = [str(node.program), str(FOLDER / "unpack.mjs"), str(PACKAGE / "bin" / f"{name}.br")]
        subprocess.run([*command, str(UNPACKED / name)], check=True, stdin=subprocess.DEVNULL)
    for archive in ARCHIVES:
        unpack_archive(UNPACKED / f"{archive}.tar", UNPACKED)
        (UNPACKED / f"{archive}.tar").unlink()
    (UNPACKED / "chromium").chmod(0o755)
    # The package's own file looks for its fonts in the folders of a cloud function.
    (UNPACKED / "fonts.conf").write_text(FONTS_CONF.format(folder=UNPACKED))
    marker.write_text(version)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Keep other processes out of the block while it lasts."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def from_npm() -> Chromium:
    """The headless shell of `@sparticuz/chromium` (Linux on x86-64); raises BuildError without Node.js or network."""
    with alone(FOLDER / ".lock"):  # test processes run side by side
        node = build_page.require_node()
        build_page.install_packages(node, FOLDER)
        unpack(node)
    environment = {}
    if ctypes.util.find_library("nss3") is None:
        environment["LD_LIBRARY_PATH"] = str(UNPACKED / "lib")
    if not Path("/etc/fonts/fonts.conf").is_file():
        environment["FONTCONFIG_FILE"] = str(UNPACKED / "fonts.conf")
    return Chromium(UNPACKED / "chromium", environment)


def find() -> Chromium:
    """The browser the tests run in; raises BuildError where none can be had."""
    named = os.environ.get("SEEDSPREAD_CHROMIUM")
    if named:
        return Chromium(Path(named), {})
    for name in NAMES:
        program = shutil.which(name)
        if program is not None:
            return Chromium(Path(program), {})
    return from_npm()


def sandbox_arguments() -> list[str]:
    """`--no-sandbox` only where Chromium's sandbox cannot work: for root, and without user namespaces."""
    if os.geteuid() == 0:
        return ["--no-sandbox"]
    tried = subprocess.run(["unshare", "-U", "true"], capture_output=True, check=False)
    return [] if tried.returncode == 0 else ["--no-sandbox"]


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser the tests run in, headless; raises BuildError where none can be had."""
    chosen = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chosen.program,
            args=[*sandbox_arguments(), f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"],
            env={**os.environ, **chosen.environment},
        )
        yield browser
        browser.close()
