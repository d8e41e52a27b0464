"""Start the shim, then the original `sitecustomize`."""

from __future__ import annotations

import os
import sys


def _start() -> None:
    """Start the shim.

    An error in it is printed as one line, and the script runs without the shim.
    """
    try:
        from importlib import import_module

        import_module("seedspread_shim.start").start()
    except Exception as error:  # noqa: BLE001 (the script must run whatever happens here)
        sys.stderr.write(f"seedspread: shim failed: {type(error).__name__}: {error}\n")


def _user_customization() -> None:
    """Run the `sitecustomize` that this one hides, if any."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    others = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if os.environ.get("SEEDSPREAD_SHIM_FOLDER"):
    _start()
_user_customization()
